package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Break is an invariant that did not hold.
type Break struct {
	Invariant string
	Of        string // payment, account or client
	What      string
}

func (w *world) broken(invariant, of, what string) {
	if len(w.breaks) < breaksMax {
		w.breaks = append(w.breaks, Break{invariant, of, what})
	}
}

// breaksMax is how many breaks are told; one is enough to fail.
const breaksMax = 20

// observe holds every step that became true against what may follow from the step before.
func (w *world) observe(t payment.Transition) {
	id := string(t.After.ID)
	for _, e := range t.Entries {
		if err := e.Check(); err != nil {
			w.broken("I4", id, err.Error())
		}
	}
	for _, c := range t.Changes() {
		if !allowed(t, c) {
			w.broken("I15", id, fmt.Sprintf("%s went from %s to %s", c.Ref, c.Was, c.Became))
		}
	}
	sequence := t.Before.Sequence
	for _, e := range t.Events {
		if sequence++; e.Sequence != sequence {
			w.broken("I8", id, fmt.Sprintf("event %d follows %d", e.Sequence, sequence-1))
		}
	}
	if t.Before.ID != "" && t.Before.Status() != t.After.Status() && len(t.Events) == 0 {
		w.broken("I8", id, fmt.Sprintf("%s became %s without an event", t.Before.Status(), t.After.Status()))
	}
	w.told[t.After.ID] = struct{}{}
}

func allowed(t payment.Transition, c payment.OutcomeChange) bool {
	if c.Was == "" {
		return true
	}
	var was, became payment.Outcome
	if was.UnmarshalText([]byte(c.Was)) != nil || became.UnmarshalText([]byte(c.Became)) != nil {
		return false
	}
	if _, isAttempt := t.After.Attempt(c.Ref); isAttempt {
		return was.Allows(became)
	}
	return was.AllowsOperation(became)
}

// judge holds what the gateways say at the end against what the channels did. By then everything has come to rest.
func (w *world) judge() {
	ctx := context.Background()
	for id := range w.acknowledged {
		if _, err := w.db.Payment(ctx, id); err != nil {
			w.broken("I5", string(id), "was acknowledged and is lost")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.told)) {
		p, err := w.db.Payment(ctx, id)
		if err != nil {
			w.broken("I5", string(id), err.Error())
			continue
		}
		w.judgePayment(p)
	}
	totals, _ := w.db.Totals(ctx)
	for _, sum := range totals {
		if !sum.IsZero() {
			w.broken("I4", sum.Asset().String(), "the ledger sums to "+sum.String())
		}
	}
	for _, a := range w.acquirers {
		if left, _ := w.db.Balance(ctx, ledger.Suspense(a.name), money.MustAsset("EUR")); !left.IsZero() && w.reviews == 0 {
			w.broken("G", a.name, "in suspense at the end: "+left.String())
		}
	}
}

// final reports whether nothing is to be expected of a payment any more.
func final(s payment.Status) bool {
	switch s {
	case payment.Succeeded, payment.Failed, payment.StatusCanceled, payment.StatusExpired:
		return true
	}
	return false
}

func (w *world) judgePayment(p payment.Payment) {
	id, status := string(p.ID), p.Status()
	w.statuses[status]++
	switch {
	case status == payment.NeedsReview, slices.ContainsFunc(p.Operations, func(o payment.Operation) bool { return o.Outcome == payment.Review }):
		w.reviews++
		return
	case !final(status):
		w.broken("I5", id, "is still "+string(status)+story(p))
	}
	zero := p.Debit().Asset().Zero()
	held, net, taken := 0, zero, 0
	for _, a := range p.Attempts {
		c := w.chargeOf(a)
		if c == nil {
			continue
		}
		left := c.captured.Sub(c.refunded)
		if c.state == payment.Authorized {
			held++
		}
		net = net.Add(left)
		if left.Sign() > 0 {
			taken++
		}
	}
	want := p.Received().Sub(p.Refunded())
	switch {
	case taken > 1:
		w.broken("I1", id, fmt.Sprintf("charged %d times", taken))
	case !net.Equal(want) && net.Cmp(want) > 0:
		w.broken("I2", id, fmt.Sprintf("channels have %s, we count %s (%s)", net, want, status))
	case !net.Equal(want):
		w.broken("I2", id, fmt.Sprintf("we count %s, channels have %s (%s)", want, net, status))
	case held > 0:
		w.broken("I1", id, fmt.Sprintf("%d authorizations are still held (%s)", held, status))
	case status == payment.Succeeded && p.Order.Capture == payment.CaptureAutomatic && !p.Received().Equal(p.Debit()):
		w.broken("I2", id, "succeeded with "+p.Received().String())
	case p.Refunded().Cmp(p.Received()) > 0:
		w.broken("I7", id, "refunded more than was received")
	}
}

func (w *world) chargeOf(a payment.Attempt) *charge {
	for _, at := range w.acquirers {
		if at.name == a.Channel {
			return at.charges[a.ID]
		}
	}
	return nil
}

// story tells what a payment went through, for whoever has to find out why.
func story(p payment.Payment) string {
	text := ""
	for _, a := range p.Attempts {
		text += fmt.Sprintf("; %s on %s %s (%s) checks %d at %s", a.ID, a.Channel, a.Outcome, a.Reason, a.Checks, a.CheckAt.Format(time.DateTime))
	}
	for _, o := range p.Operations {
		text += fmt.Sprintf("; %s %s %s (%s) checks %d at %s", o.Kind, o.ID, o.Outcome, o.Reason, o.Checks, o.CheckAt.Format(time.DateTime))
	}
	return text
}
