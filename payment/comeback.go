package payment

import (
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// returns reports whether what came back is the return of a payout that was paid. Beside any other outcome it is money that
// the outcome does not explain.
func (n News) returns(a Attempt) bool {
	return n.Outcome == Captured || n.Outcome == Unknown || a.Outcome == Captured
}

// fails reports whether the attempt has failed, or does so with this news.
func (n News) fails(a Attempt) bool {
	return a.Outcome.Free() || n.Outcome.Free() && a.Outcome != Captured && a.Outcome.Allows(n.Outcome)
}

// comeBack takes in what came back of a payout, in all, as the channel booked it. Each part of it is in the books once, as
// the first of these that fits when it is told:
//
//	a return      once, at most what was sent: one that returns has been paid
//	restored      the debit of a payout that failed, given back whole
//	astray        anything else: a fact all the same, in suspense, with a mark for people
func (p Payment) comeBack(i int, n News) Payment {
	a := &p.Attempts[i]
	untold := n.Returned.Amount.Sub(p.held(*a))
	switch _, came := p.returned(); {
	case untold.Sign() <= 0:
	case n.fails(*a) && a.Progress.Booked && !a.Progress.Restored && !a.Progress.strayed() && untold.Cmp(a.Amount) >= 0:
		a.Progress.Restored = true
		untold = untold.Sub(a.Amount)
	case !n.fails(*a) && n.returns(*a) && !came && len(p.Operations) < OperationsMax:
		p = p.beginReturn(i, n, money.Min(untold, a.Amount))
		o, _ := p.returned()
		untold = untold.Sub(o.Amount)
	}
	return p.astray(i, n, untold)
}

// held is how much of what came back of a payout the books hold already.
func (p Payment) held(a Attempt) money.Amount {
	total := a.Amount.Asset().Zero()
	if a.Progress.strayed() {
		total = total.Add(a.Progress.Astray)
	}
	if a.Progress.Restored {
		total = total.Add(a.Amount)
	}
	if o, came := p.returned(); came && o.Attempt == a.ID {
		total = total.Add(o.Amount)
	}
	return total
}

// strayed reports whether anything came back that is in suspense.
func (g Progress) strayed() bool { return g.Astray.Sign() > 0 }

// learnOfBooks takes in how far the money of a payout has come, and what of it came back.
func (p Payment) learnOfBooks(i int, n News) Payment {
	a := &p.Attempts[i]
	switch {
	case a.Outcome.Free():
		p = p.hearLate(i, n)
	case n.Progress != nil:
		a.Progress = a.Progress.follows(*n.Progress)
	}
	if n.Returned != nil {
		p = p.comeBack(i, n)
	}
	return p
}

// hearLate takes in what a channel says of a payout that had failed. What the bank booked on our account is so whatever
// became of the payout; that it was debited or paid after all, or that the bank contradicts itself, is for people.
func (p Payment) hearLate(i int, n News) Payment {
	g := &p.Attempts[i].Progress
	if n.Outcome.Moved() && n.Returned == nil && (n.Progress == nil || n.Progress.Conflict == "") {
		g.Conflict = "paid after it had failed"
	}
	if n.Progress == nil {
		return p
	}
	if n.Progress.Conflict != "" {
		g.Conflict = n.Progress.Conflict
	}
	g.Billed = most(g.Billed, n.Progress.Billed)
	if n.Progress.Booked && !g.Booked {
		g.Booked = true
		if n.Returned == nil && !g.Contradicts() {
			g.Conflict = "debited after it had failed"
		}
	}
	return p
}

// beginReturn makes the payout one that was paid and came back.
func (p Payment) beginReturn(i int, n News, amount money.Amount) Payment {
	a := &p.Attempts[i]
	a.Outcome, a.Reason, a.Captured, a.CheckAt = Captured, "", a.Amount, time.Time{}
	p = p.beginOperation(Operation{
		ID: "ret_" + a.ID[len("att_"):], Kind: Return, Attempt: a.ID, Amount: amount,
		Note: n.Returned.Code, Ours: n.Returned.Ours, CreatedAt: n.At, Deadline: n.At,
	})
	last := &p.Operations[len(p.Operations)-1]
	last.Outcome, last.CheckAt = Done, time.Time{}
	return p
}

// astray notes that so much more came back than the books can place.
func (p Payment) astray(i int, n News, more money.Amount) Payment {
	g := &p.Attempts[i].Progress
	if more.Sign() <= 0 {
		return p
	}
	if g.strayed() {
		more = more.Add(g.Astray)
	}
	g.Astray = more
	g.Conflict = fmt.Sprintf("%s came back that is no return of it", more)
	if n.Progress != nil && n.Progress.Conflict != "" {
		g.Conflict = n.Progress.Conflict
	}
	return p
}
