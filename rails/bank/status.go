package bank

import (
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// notProvided is what a bank says instead of an id that it was never given.
const notProvided = "NOTPROVIDED"

// standingOf binds a report to a payout: by every reference that it repeats, and by amount and currency unless it is a
// rejection, which may come before the amount was known. A domestic payout is paid when our account was debited for it.
func standingOf(r *iso20022.InitiationStatus, at payment.Attempt, zone *time.Location) (banklink.Standing, error) {
	reference := banklink.ReferenceOf(at.ID)
	levels, transaction, err := levelsOf(r, reference)
	if err != nil {
		return banklink.Standing{}, err
	}
	s := banklink.Standing{ID: transaction.ServicerReference, At: r.CreatedAt.Time(zone)}
	for _, l := range levels {
		if l.status == "" {
			continue
		}
		if s.Status != "" && (s.Status == iso20022.Rejected) != (l.status == iso20022.Rejected) {
			return banklink.Standing{}, fmt.Errorf("%w: %s and %s", banklink.ErrConflict, s.Status, l.status)
		}
		s.Status = l.status
		if len(l.reasons) > 0 {
			s.Code = l.reasons[0].Code.Value
		}
	}
	rejected := s.Status == iso20022.Rejected || s.Status == iso20022.Canceled
	echoed := transaction.Original.Amount
	if unsaid := echoed.Asset().IsZero(); (!unsaid || !rejected) && !echoed.Equal(at.Amount) {
		return banklink.Standing{}, fmt.Errorf("%w: %s instead of %s", banklink.ErrEcho, echoed, at.Amount)
	}
	s.Paid = s.Status == iso20022.AcceptedSettled || s.Status == iso20022.AcceptedCredited
	return s, nil
}

// level is a status of the message, of the block in it, or of the transfer in that.
type level struct {
	status  iso20022.Status
	reasons []iso20022.Reason
}

// levelsOf lists the statuses of a report, the closest to the transfer last. Each level must be about what we sent.
func levelsOf(r *iso20022.InitiationStatus, reference string) ([]level, iso20022.TransactionStatus, error) {
	var none iso20022.TransactionStatus
	original := r.Original.MessageID
	bound := original == reference
	if !bound && original != notProvided {
		return nil, none, fmt.Errorf("%w: another message", banklink.ErrEcho)
	}
	levels := []level{{r.Status, r.Reasons}}
	if len(r.Payments) > 1 {
		return nil, none, fmt.Errorf("%w: several blocks", banklink.ErrEcho)
	}
	for _, block := range r.Payments {
		if block.PaymentID != reference && block.PaymentID != notProvided || len(block.Transactions) > 1 {
			return nil, none, fmt.Errorf("%w: another block", banklink.ErrEcho)
		}
		bound = bound || block.PaymentID == reference
		levels = append(levels, level{block.Status, block.Reasons})
		for _, t := range block.Transactions {
			if t.Original.EndToEndID != reference {
				return nil, none, fmt.Errorf("%w: another reference", banklink.ErrEcho)
			}
			return append(levels, level{t.Status, t.Reasons}), t, nil
		}
	}
	if !bound {
		return nil, none, fmt.Errorf("%w: no reference of ours", banklink.ErrEcho)
	}
	return levels, none, nil
}
