package banklink

import (
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

const (
	accountsMax    = 50
	numberMax      = 34 // characters of an account number that is no IBAN
	holderMax      = 70 // characters of a name that every bank prints
	pollMin        = 10 * time.Millisecond
	pollMax        = time.Hour
	accountPattern = "account %q"
)

// Config is what every channel to a bank has.
type Config struct {
	line.Config

	BIC      string    // of the bank
	Holder   string    // in whose name the accounts are
	Accounts []Account // ours at the bank, at most one for each currency
	Poll     time.Duration
	Zone     *time.Location // of the bank: what its dates without an offset mean
}

// Account is an account of ours.
type Account struct {
	Currency string // ISO 4217
	Number   string // IBAN, or another number
}

// ISO is the account as messages name it.
func (a Account) ISO() iso20022.Account {
	if iso20022.CheckIBAN(a.Number) == nil {
		return iso20022.Account{IBAN: a.Number, Currency: a.Currency}
	}
	return iso20022.Account{Other: a.Number, Currency: a.Currency}
}

// String returns the name of the channel, so that printing a Config does not print its secrets.
func (c Config) String() string { return c.Name }

// Faults returns an error for every field that is wrong. None repeats a secret.
func (c Config) Faults() []error {
	faults := c.Config.Faults()
	check := func(err error, field string) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", field, err))
		}
	}
	check(iso20022.CheckBIC(c.BIC), "bic")
	check(c.checkHolder(), "holder")
	if len(c.Accounts) == 0 || len(c.Accounts) > accountsMax {
		check(fmt.Errorf("between 1 and %d are needed", accountsMax), "accounts")
	}
	seen := map[string]bool{}
	for _, a := range c.Accounts {
		field := fmt.Sprintf(accountPattern, a.Number)
		_, err := money.LookupAsset(a.Currency, "")
		check(err, field)
		if a.Number == "" || len(a.Number) > numberMax {
			check(fmt.Errorf("number must have 1 to %d characters", numberMax), field)
		}
		check(iso20022.CheckX(a.Number), field)
		if seen[a.Currency] || seen[a.Number] {
			check(errors.New("a currency has one account, and an account one currency"), field)
		}
		seen[a.Currency], seen[a.Number] = true, true
	}
	if c.Poll < pollMin || c.Poll > pollMax {
		check(fmt.Errorf("must be between %s and %s", pollMin, pollMax), "poll")
	}
	return faults
}

func (c Config) checkHolder() error {
	if c.Holder == "" || len(c.Holder) > holderMax {
		return fmt.Errorf("must have 1 to %d characters", holderMax)
	}
	return iso20022.CheckX(c.Holder)
}
