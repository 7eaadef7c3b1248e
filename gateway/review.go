package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/causeway-pay/causeway/payment"
)

// Resolve takes a reference out of review once two people agree. The first who names an outcome proposes it; it is carried
// out when another names the same within a day, of the same question. Naming another outcome, or the same when something else
// is known by then, takes the place of what was proposed. It returns payment.ErrConflict, payment.ErrNotInReview, ErrNotDecidable, ErrNoPerson or ErrNoReference, and then nothing has changed.
//
// It calls no channel: what follows from the decision is due, and taken up by whoever takes up due work.
func (g *Gateway) Resolve(ctx context.Context, ref string, outcome payment.Outcome, by string) (payment.Ruling, error) {
	by, err := payment.Person(by)
	if err != nil {
		return payment.Ruling{}, err
	}
	id, err := g.store.PaymentOf(ctx, ref)
	if err != nil {
		return payment.Ruling{}, fmt.Errorf("resolve %s: %w", ref, err)
	}
	stored, err := g.store.Payment(ctx, id)
	if err != nil {
		return payment.Ruling{}, fmt.Errorf("resolve %s: %w", ref, err)
	}
	now := g.now()
	if _, err := stored.Decide(ref, outcome, now); err != nil {
		return payment.Ruling{}, fmt.Errorf("resolve %s as %s: %w", ref, outcome, err)
	}
	r, err := g.store.Proposal(ctx, ref)
	if err != nil && !errors.Is(err, payment.ErrNotFound) {
		return payment.Ruling{}, fmt.Errorf("resolve %s: %w", ref, err)
	}
	why := stored.Question(ref)
	if err != nil || r.Outcome != outcome || r.Why != why || r.ProposedBy == by || !now.Before(r.ProposedAt.Add(payment.ProposedFor)) {
		r = payment.Ruling{Ref: ref, Payment: id, Outcome: outcome, Why: why, ProposedBy: by, ProposedAt: now}
		return r, g.store.Propose(ctx, r)
	}
	r.ConfirmedBy, r.ConfirmedAt = by, now
	_, err = g.drive(ctx, stored, &errand{review: &r, unsent: true, change: sendsNothing(func(p payment.Payment) (payment.Payment, error) {
		if p.Question(ref) != why {
			return p, fmt.Errorf("resolve %s: %w", ref, payment.ErrConflict)
		}
		return p.Decide(ref, outcome, now)
	})})
	return r, err
}
