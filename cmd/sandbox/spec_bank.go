package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
)

// standardBanks are the banks of a sandbox started without flags: one for domestic transfers in euros, and one where the
// gateway keeps accounts for transfers abroad. Both work round the clock, so that a tour on a Sunday is no longer.
var standardBanks = []string{
	"name=bank.sandbox-eur,listen=127.0.0.1:9201,secret=sandbox-bank-eur-secret,bic=CSWYDEFFXXX,fence=true," +
		"account=DE75512108001245126199/EUR/1000000.00," +
		"callback=http://127.0.0.1:8080/callbacks/bank.sandbox-eur,callback_secret=whsec_c2FuZGJveC1iYW5rLWV1ci1jYWxsYmFja3M=",
	"name=xb.sandbox,listen=127.0.0.1:9202,secret=sandbox-xb-secret,bic=CSWYGB2LXXX,fence=true," +
		"account=NOSTRO-CNY/CNY/10000000.00;NOSTRO-USD/USD/1000000.00;NOSTRO-GBP/GBP/1000000.00;NOSTRO-EUR/EUR/1000000.00," +
		"correspondents=CSWYSGSGXXX/12.00;CSWYHKHHXXX/5.00," +
		"callback=http://127.0.0.1:8080/callbacks/xb.sandbox,callback_secret=whsec_c2FuZGJveC14Yi1jYWxsYmFja3MtMDAwMQ==",
}

// parseBanks reads every --bank flag, or returns all their faults at once.
func parseBanks(specs []string) ([]bank.Config, error) {
	return parsePeers("--bank", specs, parseBank, func(c bank.Config) string { return c.Name })
}

// parseBank reads one --bank flag: key=value pairs between commas.
func parseBank(spec string) (bank.Config, error) {
	c := bank.Config{Config: channel.Config{Listen: "127.0.0.1:0"}, Fence: true, Settle: bank.SettleDefault}
	faults := eachPair(spec, func(key, value string) error { return setBank(&c, key, value) })
	faults = append(faults, wrong(c.Config)...)
	for i := range c.Correspondents {
		if c.Correspondents[i].Delay == 0 {
			c.Correspondents[i].Delay = c.Settle
		}
	}
	if err := c.Check(); err != nil {
		faults = append(faults, err.Error())
	}
	if len(faults) > 0 {
		return bank.Config{}, fmt.Errorf("--bank %q: %s", spec, strings.Join(faults, "; "))
	}
	return c, nil
}

func setBank(c *bank.Config, key, value string) (err error) {
	switch key {
	case "bic":
		c.BIC = value
	case "fence":
		c.Fence, err = parseBool(key, value)
	case "account":
		c.Accounts, err = parseList(value, parseAccount)
	case "correspondents":
		c.Correspondents, err = parseList(value, parseCorrespondent)
	case "cutoff":
		c.Cutoff = value
	case "settle":
		if c.Settle, err = time.ParseDuration(value); err != nil {
			err = fmt.Errorf("settle must be a duration such as 300ms, not %q", value)
		}
	default:
		err = setPeer(&c.Config, key, value)
	}
	return err
}

// parseList reads what stands between semicolons.
func parseList[T any](value string, parse func(string) (T, error)) ([]T, error) {
	var list []T
	for part := range strings.SplitSeq(value, ";") {
		each, err := parse(part)
		if err != nil {
			return nil, err
		}
		list = append(list, each)
	}
	return list, nil
}

func parseAccount(text string) (bank.Account, error) {
	part := strings.Split(text, "/")
	if len(part) != 3 {
		return bank.Account{}, fmt.Errorf("account must be number/currency/balance, not %q", text)
	}
	opening, err := amount.Parse(part[2])
	if err != nil {
		return bank.Account{}, fmt.Errorf("account %s: the balance is %w", part[0], err)
	}
	return bank.Account{ID: part[0], Currency: part[1], Opening: opening}, nil
}

func parseCorrespondent(text string) (bank.Correspondent, error) {
	part := strings.Split(text, "/")
	if len(part) < 2 || len(part) > 3 {
		return bank.Correspondent{}, fmt.Errorf("a correspondent must be BIC/charge or BIC/charge/delay, not %q", text)
	}
	c := bank.Correspondent{BIC: part[0]}
	var err error
	if c.Charge, err = amount.Parse(part[1]); err != nil {
		return c, fmt.Errorf("correspondent %s: the charge is %w", c.BIC, err)
	}
	if len(part) == 3 {
		if c.Delay, err = time.ParseDuration(part[2]); err != nil || c.Delay <= 0 {
			return c, fmt.Errorf("correspondent %s: the delay must be a duration such as 300ms", c.BIC)
		}
	}
	return c, nil
}
