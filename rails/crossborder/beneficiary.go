package crossborder

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

const accountMax = 34 // characters of an account number that is no IBAN

var (
	// ErrAccount is returned when a beneficiary has no account number, or one that messages cannot carry.
	ErrAccount = errors.New("an account number has 1 to 34 characters, and no blanks at its ends")
	// ErrDirection is returned for what is no payout.
	ErrDirection = errors.New("the channel only pays out")
)

// Accepts refuses a payout that the rules for cross-border payments would: without a name, a town and country in their own
// places, the bank's BIC, or an account as the country has them.
func (c *Correspondent) Accepts(p payment.Payment) error {
	if p.Direction != fx.Send {
		return ErrDirection
	}
	if p.Order.Beneficiary == nil {
		return errors.New("beneficiary: is missing")
	}
	to := *p.Order.Beneficiary
	var faults []error
	check := func(err error, field string) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", field, err))
		}
	}
	check(banklink.CheckName(to.Name), "name")
	check(iso20022.CheckAddress(addressOf(to)), "address")
	check(iso20022.CheckBIC(to.Agent), "agent")
	check(checkAccount(to), "account")
	check(banklink.CheckPurpose(to.Purpose), "purpose")
	if bearer(p) == iso20022.BearerService {
		check(iso20022.ErrBearer, "charge_bearer")
	}
	return errors.Join(faults...)
}

// checkAccount wants an IBAN where the country has them.
func checkAccount(to payment.Beneficiary) error {
	if _, hasIBAN := iso20022.IBANLengths()[to.Country]; hasIBAN {
		account := iso20022.CompactIBAN(to.Account)
		if err := iso20022.CheckIBAN(account); err != nil {
			return err
		}
		if account[:2] != to.Country {
			return fmt.Errorf("%w of %s", iso20022.ErrIBANCountry, to.Country)
		}
		return nil
	}
	if to.Account == "" || len(to.Account) > accountMax || strings.TrimSpace(to.Account) != to.Account {
		return ErrAccount
	}
	return iso20022.CheckX(to.Account)
}

func accountOf(to payment.Beneficiary) iso20022.Account {
	if iban := iso20022.CompactIBAN(to.Account); iso20022.CheckIBAN(iban) == nil {
		return iso20022.Account{IBAN: iban}
	}
	return iso20022.Account{Other: to.Account}
}

func addressOf(to payment.Beneficiary) iso20022.Address {
	return iso20022.Address{Street: to.Street, PostCode: to.Postcode, Town: to.Town, Country: to.Country}
}

// Estimate says when a payout that begins now arrives: it leaves while the correspondent works, and takes as long as others
// took, to the end of a business day at the latest.
func (c *Correspondent) Estimate(_ payment.Payment, now time.Time) (earliest, latest time.Time) {
	begins := c.calendar.Begins(now)
	return begins.Add(c.config.Fastest), c.calendar.Closed(begins.Add(c.config.Slowest))
}
