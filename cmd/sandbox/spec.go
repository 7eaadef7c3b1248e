package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
	"github.com/causeway-pay/causeway/cmd/sandbox/callback"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
)

// standardAcquirers are the acquirers of a sandbox started without flags. Their secrets are public: they protect
// nothing, and a gateway in test mode knows them by default.
var standardAcquirers = []string{
	"name=card.acme-eu,listen=127.0.0.1:9101,secret=sandbox-acme-eu-secret," +
		"callback=http://127.0.0.1:8080/callbacks/card.acme-eu,callback_secret=whsec_c2FuZGJveC1hY21lLWV1LWNhbGxiYWNrLXNlY3JldA==",
	"name=card.globex,listen=127.0.0.1:9102,secret=sandbox-globex-secret," +
		"callback=http://127.0.0.1:8080/callbacks/card.globex,callback_secret=whsec_c2FuZGJveC1nbG9iZXgtY2FsbGJhY2stc2VjcmV0",
}

// peers reads the flags that describe peers. Whoever names some means that world, and not half of the standard one on its
// fixed ports beside them.
func (c *config) peers(acquirers, banks, chains []string, named func(flag string) bool) error {
	if named("acquirer") || named("bank") || named("chain") {
		for flag, peers := range map[string]*[]string{"acquirer": &acquirers, "bank": &banks, "chain": &chains} {
			if !named(flag) {
				*peers = nil
			}
		}
	}
	var acquirerErr, bankErr, chainErr error
	c.acquirers, acquirerErr = parseAcquirers(acquirers)
	c.banks, bankErr = parseBanks(banks)
	c.chains, chainErr = parseChains(chains)
	return errors.Join(acquirerErr, bankErr, chainErr)
}

// parseAcquirers reads every --acquirer flag, or returns all their faults at once.
func parseAcquirers(specs []string) ([]acquirer.Config, error) {
	return parsePeers("--acquirer", specs, parseAcquirer, func(c acquirer.Config) string { return c.Name })
}

// parsePeers reads every flag that describes a peer, or returns all their faults at once.
func parsePeers[C any](flag string, specs []string, parse func(string) (C, error), name func(C) string) ([]C, error) {
	var (
		parsed []C
		faults []error
	)
	names := map[string]bool{}
	for _, spec := range specs {
		c, err := parse(spec)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if names[name(c)] {
			faults = append(faults, fmt.Errorf("%s %s: the name is used twice", flag, name(c)))
		}
		names[name(c)] = true
		parsed = append(parsed, c)
	}
	return parsed, errors.Join(faults...)
}

// parseAcquirer reads one --acquirer flag: key=value pairs between commas. Values may hold "=", as base64 does.
func parseAcquirer(spec string) (acquirer.Config, error) {
	c := acquirer.Config{Config: channel.Config{Listen: "127.0.0.1:0"}, Replay: true, Fence: true}
	faults := eachPair(spec, func(key, value string) error { return setAcquirer(&c, key, value) })
	faults = append(faults, wrong(c.Config)...)
	if len(faults) > 0 {
		return acquirer.Config{}, fmt.Errorf("--acquirer %q: %s", spec, strings.Join(faults, "; "))
	}
	return c, nil
}

// eachPair hands every key=value pair of a flag to set, and lists what it does not like.
func eachPair(spec string, set func(key, value string) error) []string {
	var faults []string
	for pair := range strings.SplitSeq(spec, ",") {
		key, value, _ := strings.Cut(pair, "=")
		if err := set(key, value); err != nil {
			faults = append(faults, err.Error())
		}
	}
	return faults
}

// wrong lists what every peer needs and this one lacks, or has wrong.
func wrong(c channel.Config) []string {
	var faults []string
	if c.Name == "" {
		faults = append(faults, "name is missing")
	}
	if c.Secret == "" {
		faults = append(faults, "secret is missing")
	}
	if err := callback.Check(c.CallbackURL, c.CallbackSecret); err != nil {
		faults = append(faults, err.Error())
	}
	return faults
}

func setAcquirer(c *acquirer.Config, key, value string) (err error) {
	switch key {
	case "replay":
		c.Replay, err = parseBool(key, value)
	case "fence":
		c.Fence, err = parseBool(key, value)
	default:
		err = setPeer(&c.Config, key, value)
	}
	return err
}

// setPeer sets what every peer is told.
func setPeer(c *channel.Config, key, value string) error {
	switch key {
	case "name":
		c.Name = value
	case "listen":
		c.Listen = value
	case "secret":
		c.Secret = value
	case "callback":
		c.CallbackURL = value
	case "callback_secret":
		c.CallbackSecret = value
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return nil
}

func parseBool(key, value string) (bool, error) {
	b, err := strconv.ParseBool(value)
	if err != nil {
		return false, fmt.Errorf("%s must be true or false, not %q", key, value)
	}
	return b, nil
}
