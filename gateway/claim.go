package gateway

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// ReturnClaim pays out what waits in a payment's claims once two people agree. The first who names amount and destination
// proposes it; it begins when another names exactly the same within a day. Naming anything else takes the place of what was
// proposed, and naming again what was begun within the day answers with that. It returns payment.ErrClaimOpen,
// ErrClaimEarly, ErrNotReturnable, ErrDestination, ErrAmountExceeds, ErrNoPerson or ErrNotFound, and ErrHalted of its own,
// and then nothing has changed.
//
// It calls no channel: the return that it begins is due, and taken up by whoever takes up due work.
func (g *Gateway) ReturnClaim(ctx context.Context, id payment.ID, amount money.Amount, destination, by string) (payment.ClaimRuling, error) {
	r := payment.ClaimRuling{Payment: id, Amount: amount}
	fail := func(err error) (payment.ClaimRuling, error) {
		return payment.ClaimRuling{}, fmt.Errorf("return of a claim of %s: %w", id, err)
	}
	by, err := payment.Person(by)
	if err != nil {
		return fail(err)
	}
	stored, err := g.store.Payment(ctx, id)
	if err != nil {
		return fail(err)
	}
	if halted, err := g.PayoutsHalted(ctx); err != nil || halted {
		return fail(cmp.Or(err, ErrHalted))
	}
	if r.Destination, err = g.destination(stored, amount.Asset(), destination); err != nil {
		return fail(err)
	}
	known, err := g.store.ClaimRulings(ctx, id)
	if err != nil {
		return fail(err)
	}
	if begun, ok := g.begunAlready(stored, known, r); ok {
		return begun, nil
	}
	r.Operation, r.ProposedBy, r.ProposedAt = g.newID("clm"), by, g.now()
	if _, err := g.beginClaimReturn(stored, r); err != nil {
		return fail(err)
	}
	n := slices.IndexFunc(known, func(k payment.ClaimRuling) bool { return k.ConfirmedAt.IsZero() && k.Same(r) })
	if n < 0 || known[n].ProposedBy == by || !r.ProposedAt.Before(known[n].ProposedAt.Add(payment.ProposedFor)) {
		return r, g.store.ProposeClaim(ctx, r)
	}
	confirmed := known[n]
	confirmed.ConfirmedBy, confirmed.ConfirmedAt = by, r.ProposedAt
	return g.confirmClaim(ctx, stored, confirmed)
}

// begunAlready finds the same return that was confirmed within the day and did not fail.
func (g *Gateway) begunAlready(p payment.Payment, known []payment.ClaimRuling, wish payment.ClaimRuling) (payment.ClaimRuling, bool) {
	for _, r := range known {
		o, begun := p.Operation(r.Operation)
		if begun && r.Same(wish) && !o.Outcome.Free() && g.now().Before(r.ConfirmedAt.Add(payment.ProposedFor)) {
			return r, true
		}
	}
	return payment.ClaimRuling{}, false
}

// confirmClaim begins the return that r confirms, unless another gateway was faster: then its ruling is the answer.
func (g *Gateway) confirmClaim(ctx context.Context, stored payment.Payment, r payment.ClaimRuling) (payment.ClaimRuling, error) {
	e := &errand{claim: &r, unsent: true}
	e.change = sendsNothing(func(p payment.Payment) (payment.Payment, error) {
		if _, begun := p.Operation(r.Operation); begun {
			e.claim = nil
			return p, nil
		}
		return g.beginClaimReturn(p, r)
	})
	if _, err := g.drive(ctx, stored, e); err != nil {
		return payment.ClaimRuling{}, fmt.Errorf("return of a claim of %s: %w", r.Payment, err)
	}
	known, err := g.store.ClaimRulings(ctx, r.Payment)
	if n := slices.IndexFunc(known, func(k payment.ClaimRuling) bool { return k.Operation == r.Operation }); n >= 0 {
		return known[n], nil
	}
	return r, err
}

func (g *Gateway) beginClaimReturn(p payment.Payment, r payment.ClaimRuling) (payment.Payment, error) {
	now := g.now()
	return p.BeginClaimReturn(payment.NewClaimReturn(r.Operation, r.Amount, r.Destination, now), now.Add(-g.claimsAfter))
}

// destination reads an address as the rail keeps it that the asset came over.
func (g *Gateway) destination(p payment.Payment, asset money.Asset, text string) (string, error) {
	n := slices.IndexFunc(p.Receipts, func(r payment.Receipt) bool { return r.Amount.Asset() == asset })
	if n < 0 {
		return "", payment.ErrAmountExceeds
	}
	a, _ := p.Attempt(p.Receipts[n].Attempt)
	channel, _ := g.channel(a.Channel)
	returner, ok := channel.Rail.(rails.ClaimReturner)
	if !ok {
		return "", payment.ErrNotReturnable
	}
	to, err := returner.Destination(text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", payment.ErrDestination, err)
	}
	return to, nil
}
