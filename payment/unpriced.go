package payment

import (
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// What arrives while there is no exchange rate holds up nobody. It is booked at once, in the asset in which it came: a
// transfer in the payment's claims, a payout that came back in suspense. It is converted at the first rate that is to be had.

// nextRate returns when to ask for a rate again: every quarter of an hour at the latest.
func nextRate(ref string, checks int, at time.Time) time.Time {
	return nextCheck(ref, min(checks, quarterHour), at)
}

// ReceiveUnpriced takes in a transfer that has to be priced anew before it counts, while there is no rate. The attempt waits
// for one, also an attempt that had expired. It returns the errors of [Payment.Receive].
func (p Payment) ReceiveUnpriced(r Receipt, at time.Time) (Payment, error) {
	i := p.attemptIndex(r.Attempt)
	if i < 0 {
		return p, ErrNoReference
	}
	p = p.clone()
	a := &p.Attempts[i]
	a.Outcome, a.Reason, a.Checks, a.CheckAt = Pending, AwaitingRate, 0, nextRate(a.ID, 0, at)
	p.Closed, p.Switch, p.CancelRequested = "", nil, false
	return p.Receive(r, at)
}

// AwaitRate puts the conversion of what arrived off: of a return, or of the receipts of an attempt.
func (p Payment) AwaitRate(ref string, at time.Time) Payment {
	p = p.clone()
	if i := p.operationIndex(ref); i >= 0 {
		o := &p.Operations[i]
		o.Outcome, o.Reason, o.CheckAt = Pending, AwaitingRate, nextRate(ref, o.Checks, at)
		o.Checks++
	}
	if i := p.attemptIndex(ref); i >= 0 {
		a := &p.Attempts[i]
		a.Checks++
		a.CheckAt = nextRate(ref, a.Checks, at)
	}
	return p
}

// ConvertReceipts counts what arrived for the last attempt at a price that was made now.
func (p Payment) ConvertReceipts(q fx.Quote, at time.Time) Payment {
	p = p.Reprice(q)
	return p.tally(len(p.Attempts)-1, at)
}

// ConvertReturn credits a return at the market's rate of now.
func (p Payment) ConvertReturn(ref string, mid money.Rate) Payment {
	p = p.clone()
	o := &p.Operations[p.operationIndex(ref)]
	o.Booking = p.PriceReturn(*o, mid)
	o.Outcome, o.Reason, o.CheckAt = Done, "", time.Time{}
	return p
}

// unpriced reports whether what arrived for the attempt waits for a rate.
func (p Payment) unpriced(a Attempt) bool {
	return p.pushed(a) && a.Outcome == Pending && a.Reason == AwaitingRate && p.seen(a)
}

// awaitsRate reports whether anything that arrived waits for a rate.
func (p Payment) awaitsRate() bool {
	if o, came := p.returned(); came && o.Outcome == Pending {
		return true
	}
	last, ok := p.Last()
	return ok && p.unpriced(last)
}
