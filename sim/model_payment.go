package sim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// judgePayment holds one payment against what peers did for it. What people have to decide is no way out: it has to be
// right that they must, and what is under review is all that may differ.
func (w *world) judgePayment(p payment.Payment, deposits map[string]money.Amount) {
	id, status := string(p.ID), p.Status()
	w.statuses[status]++
	reviewed := w.judgeReviews(p)
	if !status.Final() && !reviewed {
		w.broken("I5", id, "is still "+string(status)+story(p))
	}
	switch {
	case p.Direction == fx.Send:
		w.judgePayout(p, reviewed)
	case p.Method.Type == payment.MethodCard:
		w.judgeCard(p, reviewed)
	default:
		w.judgePush(p, reviewed, deposits)
	}
}

// judgeCard counts charges, and what of them was given back.
func (w *world) judgeCard(p payment.Payment, reviewed bool) {
	id, status := string(p.ID), p.Status()
	zero := p.Debit().Asset().Zero()
	held, net, taken := 0, zero, 0
	for _, a := range p.Attempts {
		c := w.chargeOf(a)
		if c == nil {
			continue
		}
		left := c.captured.Sub(c.refunded)
		if c.state == payment.Authorized && !c.lapsed() {
			held++
		}
		if c.refunded.Cmp(c.captured) > 0 {
			w.broken("I7", id, fmt.Sprintf("%s gave %s back of %s", a.Channel, c.refunded, c.captured))
		}
		net = net.Add(left)
		if left.Sign() > 0 && !withPeople(p, a) {
			taken++
		}
	}
	want, slack := p.Received().Sub(p.Refunded()), w.underReview(p)
	over := net.Sub(want)
	if over.Sign() < 0 {
		over = over.Neg()
	}
	switch {
	case taken > 1:
		w.broken("I1", id, fmt.Sprintf("charged %d times%s", taken, story(p)))
	case over.Cmp(slack) > 0:
		w.broken("I2", id, fmt.Sprintf("channels have %s, we count %s, %s are under review (%s)%s", net, want, slack, status, story(p)))
	case held > 0 && !reviewed:
		w.broken("I1", id, fmt.Sprintf("%d authorizations are still held (%s)", held, status))
	case status == payment.Succeeded && p.Order.Capture == payment.CaptureAutomatic && !p.Received().Equal(p.Debit()):
		w.broken("I2", id, "succeeded with "+p.Received().String())
	case status != payment.Succeeded && !reviewed && p.Received().Sign() > 0:
		w.broken("I2", id, fmt.Sprintf("is %s with %s", status, p.Received()))
	}
}

// withPeople reports whether the reversal of what was charged in vain is with people, since its channel does not answer.
func withPeople(p payment.Payment, a payment.Attempt) bool {
	return slices.ContainsFunc(p.Operations, func(o payment.Operation) bool {
		return o.Attempt == a.ID && o.Kind == payment.Reversal && o.Outcome == payment.Review
	})
}

// underReview is how much people have yet to decide about.
func (w *world) underReview(p payment.Payment) money.Amount {
	total := p.Debit().Asset().Zero()
	for _, o := range p.Operations {
		if o.Outcome == payment.Review && o.Amount.Asset() == total.Asset() {
			total = total.Add(o.Amount)
		}
	}
	return total
}

func (w *world) chargeOf(a payment.Attempt) *charge {
	for _, at := range w.acquirers {
		if at.name == a.Channel {
			return at.charges[a.ID]
		}
	}
	return nil
}

// judgePush holds what was credited against what the bank booked, or the chain holds, at each place that was given out.
func (w *world) judgePush(p payment.Payment, reviewed bool, deposits map[string]money.Amount) {
	id, status := string(p.ID), p.Status()
	for _, a := range p.Attempts {
		stands := w.cameTo(a, deposits)
		if credited := p.Arrived(a); !credited.Equal(stands) {
			w.broken("I10", id, fmt.Sprintf("%s are credited, %s stand at %s (%s)%s", credited, stands, a.Instruction.PayTo, status, story(p)))
		}
		if (a.Outcome == payment.Captured) != (a.Captured.Sign() > 0) {
			w.broken("I2", id, fmt.Sprintf("%s is %s with %s", a.ID, a.Outcome, a.Captured))
		}
		if complete := stands.Cmp(a.Amount) >= 0; a.Outcome == payment.Captured && !complete && !reviewed {
			w.broken("I2", id, fmt.Sprintf("%s is captured with %s of %s%s", a.ID, stands, a.Amount, story(p)))
		}
	}
	if paid := p.Received().Equal(p.Debit()); (status == payment.Succeeded) != paid && !reviewed {
		w.broken("I2", id, fmt.Sprintf("is %s with %s of %s%s", status, p.Received(), p.Debit(), story(p)))
	}
}

// cameTo is what stands at the place of an attempt in what it is due in.
func (w *world) cameTo(a payment.Attempt, deposits map[string]money.Amount) money.Amount {
	total := a.Amount.Asset().Zero()
	if strings.HasPrefix(a.Channel, "chain.") {
		if sum, ok := deposits[a.Instruction.PayTo+" "+total.Asset().String()]; ok {
			return sum
		}
		return total
	}
	for _, ref := range w.home.places[a.Instruction.PayTo] {
		if c := w.home.credits[ref]; c.stands {
			total = total.Add(c.amount)
		}
	}
	return total
}

// judgePayout demands that what left for a payout left once, and stayed away if it was paid.
func (w *world) judgePayout(p payment.Payment, reviewed bool) {
	id, status := string(p.ID), p.Status()
	out, times := p.Moves().Asset().Zero(), 0
	for _, a := range p.Attempts {
		gone := w.goneFor(a)
		if gone.Sign() > 0 {
			times++
		}
		out = out.Add(gone)
	}
	want := out.Asset().Zero()
	switch status {
	case payment.Paid:
		want = p.Moves()
	case payment.Returned:
		want = p.Moves()
		for _, o := range p.Operations {
			if o.Kind == payment.Return {
				want = want.Sub(o.Amount)
			}
		}
	}
	switch {
	case times > 1 || out.Cmp(p.Moves()) > 0:
		w.broken("I1", id, fmt.Sprintf("%s left for a payout of %s%s", out, p.Moves(), story(p)))
	case !out.Equal(want) && !reviewed:
		w.broken("I2", id, fmt.Sprintf("%s left, we count %s (%s)%s", out, want, status, story(p)))
	}
}

// goneFor is how much left for an attempt and did not come back.
func (w *world) goneFor(a payment.Attempt) money.Amount {
	for _, at := range w.institutions() {
		if o, known := at.orders[a.ID]; known {
			return o.gone()
		}
	}
	if i, known := w.net.purse.intents[a.ID]; known && i.pay.at() >= 0 {
		return i.amount
	}
	return a.Amount.Asset().Zero()
}

// judgeReviews demands that whatever waits for people does so for a reason that nobody else could settle.
func (w *world) judgeReviews(p payment.Payment) (any bool) {
	note := func(ref, why string) {
		any = true
		if w.reviews[why]++; why == "" {
			w.broken(NeedlessReview, string(p.ID), ref+" is in review for no reason"+story(p))
		}
	}
	for _, a := range p.Attempts {
		if a.Outcome == payment.Review {
			note(a.ID, w.whyReviewed(p, a))
		}
	}
	for _, o := range p.Operations {
		if o.Outcome == payment.Review {
			note(o.ID, w.whyOperationReviewed(p, o))
		}
	}
	return any
}

// whyReviewed is why only people can say what becomes of an attempt.
func (w *world) whyReviewed(p payment.Payment, a payment.Attempt) string {
	switch {
	case a.Instruction.PayTo != "" && p.Arrived(a).Sign() > 0:
		return "paid short, and nothing more came"
	case slices.ContainsFunc(p.Receipts, func(r payment.Receipt) bool { return r.Attempt == a.ID && r.State == payment.ReceiptCredited }):
		return "paid with another coin, and nothing more came"
	case p.Direction == fx.Send && w.unheardOf(a):
		return "payout that its bank never heard of"
	}
	return ""
}

// unheardOf reports whether no peer knows a payout, and none of them promises that it never will.
func (w *world) unheardOf(a payment.Attempt) bool {
	_, known := w.abroad.orders[a.ID]
	return a.Channel == w.abroad.name && !known
}

// whyOperationReviewed is the same of an operation.
func (w *world) whyOperationReviewed(p payment.Payment, o payment.Operation) string {
	a, _ := p.Attempt(o.Attempt)
	c := w.chargeOf(a)
	switch {
	case c == nil:
		return ""
	case o.Reason == payment.LateSuccess:
		return "happened after it was given up"
	}
	if _, heard := c.moved[o.ID]; !heard {
		return "request that its channel never heard of"
	}
	return ""
}
