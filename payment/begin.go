package payment

import (
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// New starts a payment: a frozen quote, what the merchant asked for, how it is paid, and no attempt yet.
func New(id ID, merchant string, mode Mode, order Order, method Method, quote fx.Quote, now, expires time.Time) Payment {
	return Payment{
		ID: id, Merchant: merchant, Mode: mode, Direction: quote.Direction, Order: order, Method: method, Quote: quote,
		Settled: quote.Target.Asset().Zero(), CreatedAt: now, UpdatedAt: now, ExpiresAt: expires,
	}
}

// Begin adds the attempt a, numbered and unknown, with the decision that led to it. It panics when another attempt is
// live or the payment is closed, which is a fault of the caller; the store would refuse it as well.
func (p Payment) Begin(a Attempt, d Decision) Payment {
	if last, ok := p.Last(); (ok && last.Live()) || p.Closed != "" || p.spent() {
		panic("payment: begin while an attempt is live or the payment is closed")
	}
	p = p.clone()
	a.No = len(p.Attempts) + 1
	a.Outcome = Unknown
	a.Amount = p.Moves()
	a.Captured = a.Amount.Asset().Zero()
	a.SentAt = a.CreatedAt
	a.CheckAt = a.Deadline
	p.Attempts = append(p.Attempts, a)
	p.Decisions = append(p.Decisions, d)
	p.RetryAt = time.Time{}
	return p
}

// Resend notes that the reference is about to be sent again, which moves everything that is counted from the last send.
func (p Payment) Resend(ref string, now time.Time) Payment {
	p = p.clone()
	if i := p.attemptIndex(ref); i >= 0 {
		p.Attempts[i].SentAt = now
		p.Attempts[i].CheckAt = p.Attempts[i].Overdue()
	}
	if i := p.operationIndex(ref); i >= 0 {
		p.Operations[i].SentAt = now
		p.Operations[i].CheckAt = p.Operations[i].Overdue()
	}
	return p
}

// Wait notes that no channel could take the payment, and when to look again. Only the newest such decision is kept.
func (p Payment) Wait(d Decision, until time.Time) Payment {
	p = p.clone()
	if n := len(p.Decisions); n > 0 && p.Decisions[n-1].Chosen == "" {
		p.Decisions = p.Decisions[:n-1]
	}
	p.Decisions = append(p.Decisions, d)
	p.RetryAt = until
	return p
}

// Settle makes all pending credit available.
func (p Payment) Settle() Payment {
	p.Settled = p.Settled.Add(p.PendingCredit())
	p.Settlements++
	p.SettleAt = time.Time{}
	return p
}

// settleAt is when a credit settles that came at a moment, so many calendar days later.
func settleAt(at time.Time, days int) time.Time { return at.AddDate(0, 0, days) }

// Tried returns the attempts that were made with the method of now.
func (p Payment) Tried() []Attempt { return p.Attempts[p.SwitchedAfter:] }

// SwitchTo changes the method, at the price q, of a payment for which nothing can have been paid. Where the payer was
// told to send money and none was seen, the change waits until the channel has confirmed that. It returns
// ErrNotSwitchable otherwise: paying in two ways at once could charge twice.
func (p Payment) SwitchTo(m Method, q fx.Quote, expires time.Time) (Payment, error) {
	last, ok := p.Last()
	waiting := ok && last.Live()
	switch {
	case p.Direction != fx.Collect, p.Closed == CanceledByMerchant, p.CancelRequested, p.Switch != nil, p.Switches >= SwitchesMax:
		return p, ErrNotSwitchable
	case waiting && (!p.pushed(last) || last.Outcome != ActionRequired || p.seen(last)):
		return p, ErrNotSwitchable
	}
	p.Switch = &Switch{Method: m, Quote: q, Expires: expires}
	if waiting {
		return p, nil
	}
	return p.switched(), nil
}

// switched puts the change of method in force.
func (p Payment) switched() Payment {
	p.Method, p.Quote, p.ExpiresAt = p.Switch.Method, p.Switch.Quote, p.Switch.Expires
	p.Switch, p.Closed, p.RetryAt = nil, "", time.Time{}
	p.Switches++
	p.SwitchedAfter = len(p.Attempts)
	return p
}

// Cancel notes that the merchant no longer wants the payment. What is live is fenced or released; it returns
// ErrNotCancelable once money was captured, or seen on its way, or the payment is closed, and where the channel cannot
// release what it holds. A payout can be canceled while no channel has it.
func (p Payment) Cancel() (Payment, error) {
	last, ok := p.Last()
	if p.Closed != "" || p.Received().Sign() > 0 || (ok && (last.Outcome == Captured || p.seen(last))) {
		return p, ErrNotCancelable
	}
	if p.Direction == fx.Send && ok && last.Live() {
		return p, ErrNotCancelable
	}
	if ok {
		if _, busy := p.open(last.ID, Capture); busy || p.unreleasable(last) {
			return p, ErrNotCancelable
		}
	}
	p.CancelRequested = true
	return p, nil
}

// BeginCapture adds a capture of amount under the authorized attempt. It returns ErrNotCapturable, ErrAmountAsset or
// ErrAmountExceeds, and then nothing has changed.
func (p Payment) BeginCapture(o Operation) (Payment, error) {
	last, ok := p.Last()
	if !ok || last.Outcome != Authorized || p.CancelRequested {
		return p, ErrNotCapturable
	}
	o.Kind, o.Attempt = Capture, last.ID
	if err := p.fits(o, p.Capturable()); err != nil {
		return p, err
	}
	return p.beginOperation(o), nil
}

// LockEnded reports whether the price no longer holds for a capture asked for at the given moment, so that it is
// converted at the rate of that moment, with the margin of the payment.
func (p Payment) LockEnded(at time.Time) bool {
	return p.Quote.Source.Asset().Code != p.Quote.Target.Asset().Code && !at.Before(p.Quote.ExpiresAt)
}

// BeginRefund adds a refund of amount under the attempt that was captured. It returns ErrNotRefundable, ErrAmountAsset
// or ErrAmountExceeds, and then nothing has changed.
func (p Payment) BeginRefund(o Operation) (Payment, error) {
	i := p.capturedIndex()
	if i < 0 {
		return p, ErrNotRefundable
	}
	o.Kind, o.Attempt = Refund, p.Attempts[i].ID
	if err := p.fits(o, p.Refundable()); err != nil {
		return p, err
	}
	return p.beginOperation(o), nil
}

// Release adds the void of the authorized attempt.
func (p Payment) Release(o Operation) Payment {
	last, _ := p.Last()
	o.Kind, o.Attempt, o.Amount = Void, last.ID, last.Capturable()
	return p.beginOperation(o)
}

// beginReversal adds the reversal of money that arrived on an attempt of the free set. An attempt has at most one of each
// kind: what was held may be captured before it is released, and is then refunded.
func (p Payment) beginReversal(a Attempt, n News) Payment {
	id := ReversalID(a.ID)
	for _, o := range p.Operations {
		if o.Kind != Reversal || o.Attempt != a.ID {
			continue
		}
		if !o.Held || n.Outcome == Authorized {
			return p
		}
		id = reversalOfCapturedID(a.ID)
	}
	return p.beginOperation(Operation{
		ID: id, Kind: Reversal, Attempt: a.ID, Amount: n.Amount, Held: n.Outcome == Authorized,
		CreatedAt: n.At, Deadline: n.At.Add(reversalMax),
	})
}

// reversalMax is how long a reversal counts as in flight after the orphan was found.
const reversalMax = 30 * time.Second

// ReversalID is derived from the attempt, so that two gateways that find the same orphan reverse it under one reference.
func ReversalID(attempt string) string { return "orp_" + attempt[len("att_"):] }

// reversalOfCapturedID is the reference of the refund where the release has ReversalID.
func reversalOfCapturedID(attempt string) string { return "orc_" + attempt[len("att_"):] }

// refunded reports whether the money of an orphan that was first held, and then captured, is given back by a refund.
func (p Payment) refunded(attempt string) bool {
	return slices.ContainsFunc(p.Operations, func(o Operation) bool { return o.Kind == Reversal && o.Attempt == attempt && !o.Held })
}

func (p Payment) beginOperation(o Operation) Payment {
	p = p.clone()
	o.Outcome = Unknown
	o.SentAt = o.CreatedAt
	o.CheckAt = o.Deadline
	p.Operations = append(p.Operations, o)
	return p
}

func (p Payment) fits(o Operation, most money.Amount) error {
	switch {
	case len(p.Operations) >= OperationsMax:
		return ErrTooManyOperations
	case o.Amount.Asset() != most.Asset():
		return ErrAmountAsset
	case o.Amount.Sign() <= 0 || o.Amount.Cmp(most) > 0:
		return ErrAmountExceeds
	}
	return nil
}

func (p Payment) capturedIndex() int {
	for i, a := range p.Attempts {
		if a.Captured.Sign() > 0 {
			return i
		}
	}
	return -1
}
