package storetest

import (
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// twoPeople is a review that one person cannot resolve alone.
func twoPeople(t *testing.T, s *suite) {
	p := s.stored(1)
	p = s.commit(step(p, s.learn(p, payment.Review)))
	_, err := s.Proposal(t.Context(), "att_001")
	s.wants(err, payment.ErrNotFound)
	r := payment.Ruling{Ref: "att_001", Payment: p.ID, Outcome: payment.Declined, Why: string(payment.LadderExhausted), ProposedBy: "ann", ProposedAt: start}
	for _, outcome := range []payment.Outcome{payment.Declined, payment.Captured} { // the second takes the place of the first
		r.Outcome = outcome
		if err := s.Propose(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := s.Proposal(t.Context(), r.Ref); err != nil || found != r {
		t.Errorf("proposed %+v, %v", found, err)
	}
	confirm := func(by string, after time.Duration, outcome payment.Outcome) error {
		decided, err := p.Decide(r.Ref, outcome, start.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		tr := step(p, decided)
		said := r
		said.Outcome, said.ConfirmedBy, said.ConfirmedAt = outcome, by, start.Add(after)
		tr.Review = &said
		return s.Commit(t.Context(), tr)
	}
	s.wants(confirm("ann", time.Hour, payment.Captured), payment.ErrConflict)
	s.wants(confirm("bob", time.Hour, payment.Declined), payment.ErrConflict)
	s.wants(confirm("bob", payment.ProposedFor, payment.Captured), payment.ErrConflict)
	if got := s.load(p.ID); got.Version != p.Version {
		t.Fatalf("version %d", got.Version)
	}
	if err := confirm("bob", time.Hour, payment.Captured); err != nil {
		t.Fatal(err)
	}
	if got := s.load(p.ID); got.Status() != payment.Succeeded {
		t.Errorf("it is %s", got.Status())
	}
	_, err = s.Proposal(t.Context(), r.Ref)
	s.wants(err, payment.ErrNotFound)
	s.sound()
}

func listedReview(t *testing.T, s *database) {
	p := s.stored(1)
	s.commit(step(p, s.learn(p, payment.Review)))
	r := payment.Ruling{Ref: "att_001", Payment: p.ID, Outcome: payment.Captured, Why: string(payment.LadderExhausted), ProposedBy: "ann", ProposedAt: start}
	if err := s.Propose(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if all, err := s.InReview(t.Context()); err != nil || len(all) != 1 || all[0] != r {
		t.Errorf("in review %+v, %v", all, err)
	}
}
