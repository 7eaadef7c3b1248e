package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/cmd/sandbox/chain"
)

// standardChains are the chains of a sandbox started without flags.
var standardChains = []string{"name=chain.dev,listen=127.0.0.1:8545;127.0.0.1:8546,id=1337,interval=1s"}

// parseChains reads every --chain flag, or returns all their faults at once. An empty one asks for no chain.
func parseChains(specs []string) ([]chain.Config, error) {
	var (
		parsed []chain.Config
		faults []error
	)
	names := map[string]bool{}
	for _, spec := range specs {
		if spec == "" {
			continue
		}
		c, err := parseChain(spec)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if names[c.Name] {
			faults = append(faults, fmt.Errorf("--chain %s: the name is used twice", c.Name))
		}
		names[c.Name] = true
		parsed = append(parsed, c)
	}
	return parsed, errors.Join(faults...)
}

// parseChain reads one --chain flag: key=value pairs between commas.
func parseChain(spec string) (chain.Config, error) {
	c := chain.Config{Listen: []string{"127.0.0.1:0", "127.0.0.1:0"}, ID: 1337, Interval: time.Second, Finality: 32}
	var faults []string
	for pair := range strings.SplitSeq(spec, ",") {
		key, value, _ := strings.Cut(pair, "=")
		if err := setChain(&c, key, value); err != nil {
			faults = append(faults, err.Error())
		}
	}
	if c.Name == "" {
		faults = append(faults, "name is missing")
	}
	if len(faults) > 0 {
		return chain.Config{}, fmt.Errorf("--chain %q: %s", spec, strings.Join(faults, "; "))
	}
	return c, nil
}

func parseHolding(text string) (chain.Account, error) {
	part := strings.Split(text, "/")
	if len(part) != 3 || !common.IsHexAddress(part[0]) {
		return chain.Account{}, fmt.Errorf("account must be address/asset/balance, not %q", text)
	}
	return chain.Account{Address: common.HexToAddress(part[0]), Asset: part[1], Opening: part[2]}, nil
}

func setChain(c *chain.Config, key, value string) (err error) {
	switch key {
	case "name":
		c.Name = value
	case "listen":
		c.Listen = strings.Split(value, ";")
	case "id":
		if c.ID, err = strconv.ParseUint(value, 10, 63); err != nil || c.ID == 0 {
			err = fmt.Errorf("id must be a positive number, not %q", value)
		}
	case "interval":
		if c.Interval, err = time.ParseDuration(value); err != nil || c.Interval < 0 {
			err = fmt.Errorf("interval must be a duration such as 1s, or 0, not %q", value)
		}
	case "finality":
		if c.Finality, err = strconv.ParseUint(value, 10, 32); err != nil {
			err = fmt.Errorf("finality must be a number of blocks, not %q", value)
		}
	case "account":
		c.Accounts, err = parseList(value, parseHolding)
	case "automine":
		c.Automine, err = parseBool(key, value)
	default:
		err = fmt.Errorf("unknown key %q", key)
	}
	return err
}
