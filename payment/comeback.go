package payment

import (
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// returns reports whether what came back is the return of a payout that was paid. Beside any other outcome it is money that
// the outcome does not explain.
func (n News) returns() bool { return n.Outcome == Captured || n.Outcome == Unknown }

// comeBack takes in what came back of a payout, in all, as the channel booked it. A payout returns once, and at most what was
// sent; one that returns has been paid. What came back beside that, or of a payout that was never paid, is a fact all the
// same: it is in suspense, with a mark for people.
func (p Payment) comeBack(i int, n News) Payment {
	a := p.Attempts[i]
	if p.Direction != fx.Send {
		return p
	}
	if a.Outcome.Free() {
		return p.astray(i, n, n.Returned.Amount.Sub(a.squared(n)))
	}
	if n.Progress != nil {
		p.Attempts[i].Progress = a.Progress.follows(*n.Progress)
	}
	if _, came := p.returned(); !came && n.returns() && len(p.Operations) < OperationsMax {
		p = p.beginReturn(i, n)
	}
	explained := a.Amount.Asset().Zero()
	if o, came := p.returned(); came {
		explained = o.Amount
	}
	return p.astray(i, n, n.Returned.Amount.Sub(explained))
}

// squared is how much of what came back of a payout that failed the books hold already: its debit was given back with the
// failure, or was never booked because it came after it.
func (a Attempt) squared(n News) money.Amount {
	unbooked := n.Progress != nil && n.Progress.Booked && !a.Progress.Booked
	if a.Progress.Restored || unbooked {
		return a.Amount
	}
	return a.Amount.Asset().Zero()
}

// beginReturn makes the payout one that was paid and came back.
func (p Payment) beginReturn(i int, n News) Payment {
	a := &p.Attempts[i]
	a.Outcome, a.Reason, a.Captured, a.CheckAt = Captured, "", a.Amount, time.Time{}
	p = p.beginOperation(Operation{
		ID: "ret_" + a.ID[len("att_"):], Kind: Return, Attempt: a.ID, Amount: money.Min(n.Returned.Amount, a.Amount),
		Note: n.Returned.Code, Ours: n.Returned.Ours, CreatedAt: n.At, Deadline: n.At,
	})
	last := &p.Operations[len(p.Operations)-1]
	last.Outcome, last.CheckAt = Done, time.Time{}
	return p
}

// astray notes what came back, in all, and is no return. Told again, it is the same.
func (p Payment) astray(i int, n News, beside money.Amount) Payment {
	g := &p.Attempts[i].Progress
	if beside.Sign() <= 0 || most(g.Astray, beside).Equal(g.Astray) {
		return p
	}
	g.Astray = beside
	if n.Progress == nil || n.Progress.Conflict == "" {
		g.Conflict = fmt.Sprintf("%s came back that is no return of it", beside)
	}
	return p
}
