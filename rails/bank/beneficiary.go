package bank

import (
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// Accepts refuses a payout to an account that no domestic transfer reaches. Payers are not known beforehand.
func (b *Bank) Accepts(p payment.Payment) error {
	if p.Direction != fx.Send {
		return nil
	}
	to := p.Order.Beneficiary
	if to == nil {
		return errors.New("beneficiary: is missing")
	}
	var faults []error
	check := func(err error, field string) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", field, err))
		}
	}
	check(banklink.CheckName(to.Name), "name")
	account := iso20022.CompactIBAN(to.Account)
	check(iso20022.CheckIBAN(account), "account")
	if to.Country != "" && len(account) > 2 && account[:2] != to.Country {
		check(errors.New("is not an account of that country"), "country")
	}
	if to.Agent != "" {
		check(iso20022.CheckBIC(to.Agent), "agent")
	}
	check(banklink.CheckPurpose(to.Purpose), "purpose")
	return errors.Join(faults...)
}

// Estimate says when a transfer that begins now has arrived. A payout goes out on the bank's next business day at the
// latest, and domestic schemes allow one business day more; a payer is taken to begin at once.
func (b *Bank) Estimate(_ payment.Payment, now time.Time) (earliest, latest time.Time) {
	begins := b.calendar.Begins(now)
	return begins, b.calendar.Arrived(begins)
}
