package gateway_test

import (
	"errors"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

func TestAReviewIsResolvedByTwoPeople(t *testing.T) {
	l := newLab(t, newProvider(payment.Capabilities{Inquiry: true}, swallowed), newProvider(all))
	p := l.pay("k1")
	resolve := func(outcome payment.Outcome, by string) (payment.Ruling, error) {
		return l.Resolve(t.Context(), p.Attempts[0].ID, outcome, by)
	}
	if _, err := resolve(payment.Captured, "ann"); !errors.Is(err, payment.ErrNotInReview) {
		t.Errorf("before the ladder has ended: %v", err)
	}
	l.skipTo(p.ID)
	for outcome, want := range map[payment.Outcome]error{payment.Done: payment.ErrNotDecidable, payment.Review: payment.ErrNotDecidable} {
		if _, err := resolve(outcome, "ann"); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", outcome, err, want)
		}
	}
	if _, err := resolve(payment.Captured, " "); !errors.Is(err, payment.ErrNoPerson) {
		t.Errorf("by nobody: %v", err)
	}
	for _, by := range []string{"ann", "ann", " Ann "} {
		if r, err := resolve(payment.Captured, by); err != nil || r.ConfirmedBy != "" {
			t.Fatalf("one person alone: %+v, %v", r, err)
		}
	}
	if r, err := resolve(payment.Declined, "bob"); err != nil || r.ConfirmedBy != "" {
		t.Fatalf("another who says otherwise: %+v, %v", r, err)
	}
	if got := l.load(p.ID); got.Status() != payment.NeedsReview {
		t.Fatalf("with no two who agree it is %s", got.Status())
	}
	l.jump(payment.ProposedFor)
	if r, err := resolve(payment.Declined, "ann"); err != nil || r.ConfirmedBy != "" {
		t.Fatalf("a day later: %+v, %v", r, err)
	}
	if waiting, err := l.db.InReview(t.Context()); err != nil || len(waiting) != 1 || waiting[0].ProposedBy != "ann" {
		t.Errorf("waiting %+v, %v", waiting, err)
	}
	r, err := resolve(payment.Declined, "bob")
	if err != nil || r.ProposedBy != "ann" || r.ConfirmedBy != "bob" {
		t.Fatalf("two who agree: %+v, %v", r, err)
	}
	if got := l.load(p.ID); got.Status() != payment.Failed {
		t.Errorf("it is %s", got.Status())
	}
	if waiting, err := l.db.InReview(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("waiting %+v, %v", waiting, err)
	}
	if _, err := resolve(payment.Captured, "ann"); !errors.Is(err, payment.ErrNotInReview) {
		t.Errorf("once it is resolved: %v", err)
	}
	found, err := l.db.Event(t.Context(), "m_1", payment.Test, lastEvent(l, p.ID))
	if err != nil || found.Type != "payment.failed" {
		t.Errorf("event %s, %v", found.Type, err)
	}
}

func lastEvent(l *lab, id payment.ID) string {
	l.t.Helper()
	events, _, err := l.db.Events(l.t.Context(), payment.EventFilter{Merchant: "m_1", Mode: payment.Test, Payment: id, Page: payment.Page{Limit: 1}})
	if err != nil || len(events) == 0 {
		l.t.Fatal(err)
	}
	return events[0].ID
}

// The database refuses it as well, whatever the code above thinks.
func TestTheDatabaseRefusesOnePersonWhoConfirms(t *testing.T) {
	l := newLab(t, newProvider(payment.Capabilities{Inquiry: true}, swallowed))
	p := l.pay("k1")
	l.skipTo(p.ID)
	p = l.load(p.ID)
	r := payment.Ruling{Ref: p.Attempts[0].ID, Payment: p.ID, Outcome: payment.Captured, ProposedBy: "ann", ProposedAt: l.now()}
	if err := l.db.Propose(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	after, err := p.Decide(r.Ref, r.Outcome, l.now())
	if err != nil {
		t.Fatal(err)
	}
	after.Version++
	r.ConfirmedBy, r.ConfirmedAt = "ann", l.now().Add(time.Second)
	if err := l.db.Commit(t.Context(), payment.Transition{Before: p, After: after, Review: &r}); !errors.Is(err, payment.ErrConflict) {
		t.Errorf("one person confirms: %v", err)
	}
	if got := l.load(p.ID); got.Status() != payment.NeedsReview {
		t.Errorf("it is %s", got.Status())
	}
}

// What a bank contradicts itself about is decided by two people, as what it never answered is.
func TestAContradictedPayoutIsResolvedByTwoPeople(t *testing.T) {
	l, h, j := pushLab(t)
	l.funded("500.00", "1000.00")
	paid := payment.Result{Outcome: payment.Captured, Amount: money.Must("100.00", "EUR"), Progress: &payment.Progress{Accepted: true, Booked: true}}
	h.says(paid)
	reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
	if err != nil {
		t.Fatal(err)
	}
	id, ref := reply.Payment.ID, reply.Payment.Attempts[0].ID
	if _, err := l.Resolve(t.Context(), ref, payment.Declined, "ann"); !errors.Is(err, payment.ErrNotInReview) {
		t.Errorf("before it is contradicted: %v", err)
	}
	paid.Progress = &payment.Progress{Accepted: true, Booked: true, Conflict: "both credited and rejected"}
	h.says(paid)
	if err := j.Moved(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	waiting, err := l.db.InReview(t.Context())
	if err != nil || len(waiting) != 1 || waiting[0].Ref != ref || waiting[0].Why != "both credited and rejected" {
		t.Fatalf("waiting %+v, %v", waiting, err)
	}
	for _, by := range []string{"ann", "ann", "bob"} {
		if l.load(id).Status() != payment.Paid {
			t.Error("one person alone decided")
		}
		if _, err := l.Resolve(t.Context(), ref, payment.Declined, by); err != nil {
			t.Fatal(err)
		}
	}
	p := l.load(id)
	if p.Status() != payment.Failed || l.balance(ledger.MerchantAvailable("m_1")) != "500.00" {
		t.Errorf("%s, available %s", p.Status(), l.balance(ledger.MerchantAvailable("m_1")))
	}
	if err := j.Moved(t.Context(), ref); err != nil {
		t.Error(err)
	}
	if waiting, err = l.db.InReview(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("waiting %+v, %v", waiting, err)
	}
	e, err := l.db.Event(t.Context(), "m_1", payment.Test, lastEvent(l, id))
	if err != nil || e.Type != "payout.failed" || len(l.load(id).Operations) != 0 {
		t.Errorf("%s, %v, %+v", e.Type, err, l.load(id).Operations)
	}
}

// Whoever confirms agrees to what the first person saw. When something else is known by then, the two did not agree on it.
func TestAProposalIsForWhatWasKnownThen(t *testing.T) {
	l, h, j := pushLab(t)
	l.funded("500.00", "1000.00")
	said := func(conflict string) payment.Result {
		return payment.Result{
			Outcome: payment.Captured, Amount: money.Must("100.00", "EUR"),
			Progress: &payment.Progress{Accepted: true, Booked: true, Conflict: conflict},
		}
	}
	h.says(said(""))
	reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
	if err != nil {
		t.Fatal(err)
	}
	id, ref := reply.Payment.ID, reply.Payment.Attempts[0].ID
	tell := func(conflict string) {
		h.says(said(conflict))
		if err := j.Moved(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
	}
	resolve := func(by string) payment.Ruling {
		r, err := l.Resolve(t.Context(), ref, payment.Declined, by)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	tell("both credited and rejected")
	resolve("ann")
	tell("debited twice")
	if waiting, err := l.db.InReview(t.Context()); err != nil || len(waiting) != 1 || waiting[0].ProposedBy != "" || waiting[0].Why != "debited twice" {
		t.Errorf("waiting %+v, %v", waiting, err)
	}
	if r := resolve("bob"); r.ConfirmedBy != "" || l.load(id).Status() != payment.Paid {
		t.Fatalf("two who saw different things decided: %+v", r)
	}
	if r := resolve("ann"); r.ConfirmedBy != "ann" || l.load(id).Status() != payment.Failed {
		t.Errorf("two who agree: %+v", r)
	}
}
