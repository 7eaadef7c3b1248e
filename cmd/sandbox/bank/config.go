package bank

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
)

// SettleDefault is how long a step takes in sandbox time unless the configuration says otherwise: long enough to be
// seen from outside, and short enough for a tour.
const SettleDefault = 300 * time.Millisecond

// CorrespondentsMax is the longest way of a transfer, not counting the bank and the beneficiary's.
const CorrespondentsMax = 3

// Config describes one bank.
type Config struct {
	channel.Config

	BIC            string
	Accounts       []Account
	Fence          bool            // a reference that is canceled before it arrives is refused for ever
	Correspondents []Correspondent // on the way of a pacs.008, the nearest first; none: straight to the beneficiary
	Cutoff         string          // "16:00" in Frankfurt, on TARGET days; empty: round the clock, every day
	Settle         time.Duration   // how long a step takes, in sandbox time
}

// Account is an account that the bank opens with.
type Account struct {
	ID       string // an IBAN, or another number
	Currency string
	Opening  amount.Amount
}

// Correspondent is a bank on the way.
type Correspondent struct {
	BIC    string
	Charge amount.Amount // what it takes, in the currency of the transfer
	Delay  time.Duration // how long it takes, in sandbox time
}

// Check returns everything that is wrong with how a bank is described.
func (c Config) Check() error {
	var faults []string
	if !bicGrammar.MatchString(c.BIC) {
		faults = append(faults, "bic must be a BIC of 8 or 11 characters")
	}
	if len(c.Accounts) == 0 {
		faults = append(faults, "account is missing")
	}
	seen := map[string]bool{}
	for _, a := range c.Accounts {
		if a.ID == "" || len(a.ID) > 34 || !currencyGrammar.MatchString(a.Currency) {
			faults = append(faults, fmt.Sprintf("account %q needs a number of at most 34 characters and a currency of three capital letters", a.ID))
		}
		if seen[a.ID] {
			faults = append(faults, fmt.Sprintf("account %s is there twice", a.ID))
		}
		seen[a.ID] = true
	}
	if len(c.Correspondents) > CorrespondentsMax {
		faults = append(faults, fmt.Sprintf("there are more than %d correspondents", CorrespondentsMax))
	}
	for _, each := range c.Correspondents {
		if !bicGrammar.MatchString(each.BIC) {
			faults = append(faults, fmt.Sprintf("correspondent %q is no BIC", each.BIC))
		}
	}
	if c.Settle <= 0 {
		faults = append(faults, "settle must be more than zero")
	}
	if _, err := newCalendar(c.Cutoff); err != nil {
		faults = append(faults, err.Error())
	}
	if len(faults) == 0 {
		return nil
	}
	return errors.New(strings.Join(faults, "; "))
}
