package banklink

import (
	"context"
	"errors"
	"fmt"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Trail is what the bank booked on our account for one payout.
type Trail struct {
	Debits int          // how often it was debited; more than once is a fault of the bank
	Billed money.Amount // charges of banks on the way, in all; left out: none
	Back   money.Amount // what was given back; left out: nothing
	Code   string       // why it was given back
}

// empty reports whether the bank booked nothing.
func (t Trail) empty() bool { return t.Debits == 0 && t.Billed.Sign() == 0 && t.Back.Sign() == 0 }

// errBooked is returned when what was booked under our reference is not what we ordered.
var errBooked = errors.New("bank booked something else")

// Trail reads the mailbox of the account to its end and returns what was booked for the payout.
func (l *Link) Trail(ctx context.Context, a payment.Attempt) (Trail, error) {
	for _, s := range l.shelves {
		if s.account.Currency != a.Amount.Asset().Code {
			continue
		}
		found, err := l.find(ctx, s, a.CreatedAt, a.ID)
		if err != nil {
			return Trail{}, err
		}
		return trailOf(a, found)
	}
	return Trail{}, fmt.Errorf("%w: no account in %s", errBooked, a.Amount.Asset())
}

func trailOf(a payment.Attempt, found []Movement) (Trail, error) {
	var t Trail
	for _, m := range found {
		switch {
		case !m.Booked:
		case m.Amount.Asset() != a.Amount.Asset():
			return Trail{}, fmt.Errorf("%w: %s", errBooked, m.Amount)
		case m.Credit:
			t.Back, t.Code = sum(t.Back, m.Amount), firstOf(m.Code, t.Code)
		case m.Charge:
			t.Billed = sum(t.Billed, m.Amount)
		case !m.Amount.Equal(a.Amount):
			return Trail{}, fmt.Errorf("%w: %s instead of %s", errBooked, m.Amount, a.Amount)
		default:
			t.Debits++
		}
	}
	return t, nil
}

func sum(a, b money.Amount) money.Amount {
	if a.Asset().IsZero() {
		return b
	}
	return a.Add(b)
}
