package payment

import (
	"strconv"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
)

// Unswept returns what was credited at the place of an attempt in an asset and was neither swept nor is being swept: what
// is applied to the payment and what waits in its claims alike. A sweep that may have happened counts as one that did. It
// is negative while a chain has taken a transfer back, and not yet the sweep that moved it on.
func (p Payment) Unswept(attempt string, asset money.Asset) money.Amount {
	left := asset.Zero()
	for _, r := range p.Receipts {
		if r.Attempt == attempt && r.State == ReceiptCredited && r.Amount.Asset() == asset {
			left = left.Add(r.Amount)
		}
	}
	for _, o := range p.Operations {
		if o.Kind == Sweep && o.Attempt == attempt {
			left = left.Sub(o.taken(asset))
		}
	}
	return left
}

// taken is what a sweep took, or may yet take, out of the place that it sweeps: the gas too, where the place paid it.
func (o Operation) taken(asset money.Asset) money.Amount {
	total := asset.Zero()
	if o.Amount.Asset() == asset && (o.Outcome == Done || o.Open()) {
		total = total.Add(o.Amount)
	}
	if o.paysItself() && o.Booking.Gas.Asset() == asset {
		total = total.Add(o.Booking.Gas)
	}
	return total
}

// paysItself reports whether the place that is swept pays for the gas: it does with the chain's coin, and a token's place
// has none.
func (o Operation) paysItself() bool { return o.Amount.Asset().Kind == money.Native }

// sweeps returns the sweeps of an asset at the place of an attempt, oldest first.
func (p Payment) sweeps(attempt string, asset money.Asset) []Operation {
	var found []Operation
	for _, o := range p.Operations {
		if o.Kind == Sweep && o.Attempt == attempt && o.Amount.Asset() == asset {
			found = append(found, o)
		}
	}
	return found
}

// Hoard is what waits at the place of an attempt to be swept.
type Hoard struct {
	Payment ID
	Attempt string
	Amount  money.Amount
	From    time.Time // not before; what failed is not tried again at once
}

// Name tells it from every other, in the order in which they are looked at.
func (h Hoard) Name() string { return h.Attempt + " " + h.Amount.Asset().String() }

// Hoards lists what can be swept, by attempt and asset. Where a sweep is under way nothing can.
func (p Payment) Hoards() []Hoard {
	var found []Hoard
	seen := map[[2]string]bool{}
	for _, r := range p.Receipts {
		asset := r.Amount.Asset()
		key := [2]string{r.Attempt, asset.String()}
		if r.State != ReceiptCredited || asset.Network == "" || seen[key] {
			continue
		}
		seen[key] = true
		from, ok := p.sweepable(r.Attempt, asset)
		if left := p.Unswept(r.Attempt, asset); ok && left.Sign() > 0 {
			found = append(found, Hoard{Payment: p.ID, Attempt: r.Attempt, Amount: left, From: from})
		}
	}
	return found
}

// sweepable reports whether another sweep may be begun, and from when on.
func (p Payment) sweepable(attempt string, asset money.Asset) (from time.Time, ok bool) {
	all := p.sweeps(attempt, asset)
	for _, o := range all {
		if o.Open() {
			return from, false
		}
		if o.Outcome.Free() {
			from = o.CreatedAt.Add(sweepAgain)
		}
	}
	return from, len(all) < SweepsMax
}

// BeginSweep adds a sweep of what was credited at the place of an attempt. It is due at once. It returns ErrNotSweepable,
// ErrAmountExceeds, ErrAmountAsset or ErrTooManyOperations, and then nothing has changed.
func (p Payment) BeginSweep(o Operation) (Payment, error) {
	a, ok := p.Attempt(o.Attempt)
	from, may := p.sweepable(o.Attempt, o.Amount.Asset())
	if !ok || !p.pushed(a) || o.Amount.Asset().Network == "" || !may || o.CreatedAt.Before(from) {
		return p, ErrNotSweepable
	}
	o.Kind = Sweep
	if err := p.fits(o, p.Unswept(o.Attempt, o.Amount.Asset())); err != nil {
		return p, err
	}
	p = p.beginOperation(o)
	p.Operations[len(p.Operations)-1].CheckAt = o.CreatedAt
	return p, nil
}

// mined reports whether a block decides what became of the operation, so that it may be taken back with its block.
func (o Operation) mined() bool { return o.Kind == Sweep || o.Kind == ClaimReturn }

// learnOfMined takes in what a chain says of an operation. A block that holds it may be replaced: then it waits again, and
// comes to count again in another block. People cannot say that it happened, nor, of a return, that it did not: while its
// transfer may be on the way another would pay twice. The chain says so, whatever was decided before.
func (p Payment) learnOfMined(i int, n News) Payment {
	o := p.Operations[i]
	stale := o.Outcome == Done && n.AskedAt.Before(p.UpdatedAt) // the question was put before it came to count
	ruled := n.By == ByOperator && (n.Outcome == Done || o.Kind == ClaimReturn)
	if stale || ruled || (n.Outcome == Done && n.Progress == nil) {
		return p
	}
	if n.Outcome == Done && !n.Amount.Equal(o.Amount) {
		n.Outcome, n.Reason = Unknown, EchoMismatch
	}
	if n.By == ByOperator && n.Reason == "" && n.Outcome.Free() {
		n.Reason = usualReason[n.Outcome]
	}
	next := o.heard(n)
	switch {
	case next.Outcome == Done && n.Outcome == Done && (o.Outcome != Done || o.Booking.Block != n.Progress.Block):
		next.Booking.Block, next.Booking.Gas = n.Progress.Block, n.Progress.Gas
		next.Booking.Times++
	case next.Outcome == Declined && o.Outcome != Declined && n.Progress != nil: // it was carried out in vain
		next.Booking.Block, next.Booking.Gas = n.Progress.Block, n.Progress.Gas
	case next.Outcome == Pending && o.Outcome == Done:
		next.Booking.Block, next.Booking.Gas = "", money.Amount{}
		next.Reason = Reorganised
	}
	p.Operations[i] = next
	return p
}

// bookSweep returns the entries of what became of a sweep since it was: the move when it comes to count (B2), its exact
// reversal when its block is replaced (F1), and the gas alone when the chain carried it out in vain.
func (o Operation) bookSweep(was Operation) []ledger.Entry {
	return o.bookMined(was, "unswept", Operation.swept, func(o Operation) ledger.Entry {
		return ledger.Sweep{
			ID: o.minedCause("reverted"), Network: o.Amount.Asset().Network, Gas: o.Booking.Gas, Paid: o.paysItself(),
		}.Entry()
	})
}

// bookMined books an operation that a block decides: moved when it comes to count, which is undone when that block is
// replaced, and the gas alone when it was in vain.
func (o Operation) bookMined(was Operation, undone string, moved, gas func(Operation) ledger.Entry) []ledger.Entry {
	had, has := was.Outcome == Done, o.Outcome == Done
	changed := had != has || was.Booking.Times != o.Booking.Times
	var entries []ledger.Entry
	if had && changed {
		entries = append(entries, moved(was).Reverse(was.minedCause(undone)))
	}
	if has && changed {
		entries = append(entries, moved(o))
	}
	if o.Outcome == Declined && was.Outcome != Declined && o.Booking.Gas.Sign() > 0 {
		entries = append(entries, gas(o))
	}
	return entries
}

func (o Operation) swept() ledger.Entry {
	return ledger.Sweep{
		ID: o.minedCause("swept"), Network: o.Amount.Asset().Network, Amount: o.Amount, Gas: o.Booking.Gas, Paid: o.paysItself(),
	}.Entry()
}

// minedCause names an entry after the operation and the block that holds it, and a further time when it comes to count again: a
// chain may return to a block that it had dropped.
func (o Operation) minedCause(event string) string {
	if o.Booking.Times > 1 {
		event += "-" + strconv.Itoa(o.Booking.Times)
	}
	return o.ID + ":" + event + ":" + strings.TrimPrefix(o.Booking.Block, "0x")
}

const (
	// SweepsMax is how often the place of one attempt is swept of one asset. What comes there later waits for people.
	SweepsMax = 20
	// sweepMax is how long one try of a sweep counts as in flight.
	sweepMax = 30 * time.Second
	// sweepAgain is how long after a sweep that failed was begun the next one may be.
	sweepAgain = 6 * time.Hour
)

// NewSweep returns the sweep of an amount at the place of an attempt, to be begun now.
func NewSweep(id, attempt string, amount money.Amount, now time.Time) Operation {
	return Operation{ID: id, Kind: Sweep, Attempt: attempt, Amount: amount, CreatedAt: now, Deadline: now.Add(sweepMax)}
}
