package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

func (a *auditor) payments(ctx context.Context) error {
	return a.books.EachPayment(ctx, func(p payment.Payment, history []payment.OutcomeChange) error {
		for _, i := range []*Invariant{a.once, a.succeeded, a.alive, a.bounded, a.priced, a.fees, a.steps} {
			i.Checked++
		}
		a.chargedOnce(p)
		a.statusFits(p)
		a.staysAlive(p)
		a.staysBounded(p)
		a.addsUp(p)
		a.follows(p, history)
		return a.repriced(ctx, p)
	})
}

func (a *auditor) chargedOnce(p payment.Payment) {
	charged := 0
	for _, attempt := range p.Attempts {
		if attempt.Captured.Sign() > 0 {
			charged++
		}
	}
	if charged > 1 {
		a.once.fault("payment %s was charged by %d attempts", p.ID, charged)
	}
	for _, o := range p.Operations {
		refunded := func(r payment.Operation) bool {
			return r.Kind == payment.Reversal && r.Attempt == o.Attempt && !r.Held && !r.Outcome.Free()
		}
		if o.Kind == payment.Reversal && o.Outcome.Free() && !(o.Held && slices.ContainsFunc(p.Operations, refunded)) {
			a.once.fault("payment %s: the orphan %s was not given back", p.ID, o.ID)
		}
	}
}

func (a *auditor) statusFits(p payment.Payment) {
	succeeded := p.Status() == payment.Succeeded
	if succeeded && p.Received().Sign() <= 0 {
		a.succeeded.fault("payment %s succeeded and nothing was captured", p.ID)
	}
	if succeeded && p.Order.Capture == payment.CaptureAutomatic && !p.Received().Equal(p.Debit()) {
		a.succeeded.fault("payment %s succeeded with %s captured of %s", p.ID, p.Received(), p.Debit())
	}
	for _, attempt := range p.Attempts {
		pushed := p.Direction == fx.Collect && attempt.Capabilities.Push // a channel may serve both directions
		if pushed && attempt.Live() && (p.Arrived(attempt).Cmp(attempt.Amount) >= 0) != (attempt.Outcome == payment.Captured) {
			a.succeeded.fault("attempt %s is %s and %s of %s arrived", attempt.ID, attempt.Outcome, p.Arrived(attempt), attempt.Amount)
		}
	}
	if !succeeded && p.Received().Equal(p.Debit()) {
		a.succeeded.fault("payment %s is %s and everything was captured", p.ID, p.Status())
	}
}

// staysAlive checks that somebody will look at the payment again, or nobody needs to: a challenge and an authorization
// wait for people, a review for two of them.
func (a *auditor) staysAlive(p payment.Payment) {
	status := p.Status()
	waits := status == payment.RequiresAction || status == payment.StatusAuthorized || status == payment.NeedsReview
	if !status.Final() && !waits && p.Due().IsZero() {
		a.alive.fault("payment %s is %s and nobody will look at it", p.ID, status)
	}
	for _, o := range p.Operations {
		if (o.Outcome == payment.Unknown || o.Outcome == payment.Pending) && o.CheckAt.IsZero() {
			a.alive.fault("operation %s is %s and nobody will look at it", o.ID, o.Outcome)
		}
	}
}

func (a *auditor) staysBounded(p payment.Payment) {
	if p.Refunding().Cmp(p.Received()) > 0 {
		a.bounded.fault("payment %s: %s refunded of %s", p.ID, p.Refunding(), p.Received())
	}
	for _, c := range p.Claims() {
		gone := func(r payment.Receipt) bool { return r.Attempt == c.Attempt && r.State == payment.ReceiptOrphaned }
		if c.Amount.Sign() < 0 && !slices.ContainsFunc(p.Receipts, gone) { // what a chain took back later leaves a hole
			a.bounded.fault("payment %s: %s more was returned of its claims than waited at %s", p.ID, c.Amount.Neg(), c.Attempt)
		}
	}
	for _, attempt := range p.Attempts {
		captures := attempt.Amount.Asset().Zero()
		for _, o := range p.Operations {
			if o.Attempt == attempt.ID && o.Kind == payment.Capture && o.Outcome == payment.Done {
				captures = captures.Add(o.Amount)
			}
		}
		if attempt.Captured.Cmp(attempt.Amount) > 0 || captures.Cmp(attempt.Amount) > 0 {
			a.bounded.fault("attempt %s: %s captured of %s", attempt.ID, money.Max(attempt.Captured, captures), attempt.Amount)
		}
	}
}

// addsUp checks the arithmetic of the quote, and that it was accepted in time.
func (a *auditor) addsUp(p payment.Payment) {
	q := p.Quote
	if !q.AtMid.Equal(q.Target.Add(q.Margin).Add(q.Residual)) {
		a.priced.fault("payment %s: at mid %s is not target + margin + residual", p.ID, q.AtMid)
	}
	open := q.Target.Asset().One()
	if q.Fix == fx.TargetFixed && !q.Rate.Mid.IsZero() {
		open, _ = q.Rate.Mid.Convert(q.Source.Asset().One()).Up()
	}
	if q.Residual.Sign() < 0 || q.Residual.Cmp(open) >= 0 {
		a.priced.fault("payment %s: residual %s", p.ID, q.Residual)
	}
	if !p.CreatedAt.Before(q.ExpiresAt) {
		a.priced.fault("payment %s was made at %s with a quote that ended at %s", p.ID, p.CreatedAt, q.ExpiresAt)
	}
	for _, o := range p.Operations {
		if o.Kind == payment.Capture && o.Booking.Mid.IsZero() == p.LockEnded(o.CreatedAt) {
			a.priced.fault("capture %s was asked for at %s, and is not at the rate of that side of the lock", o.ID, o.CreatedAt)
		}
	}
	if !q.Net().Add(q.Fee()).Equal(q.Target) {
		a.fees.fault("payment %s: net and fees do not sum to %s", p.ID, q.Target)
	}
	if sum, err := q.Sum(); err != nil || sum != q.Hash {
		a.fees.fault("payment %s: the quote was changed after it was made", p.ID)
	}
}

// repriced computes the price again from the rules that the quote names.
func (a *auditor) repriced(ctx context.Context, p payment.Payment) error {
	rules, err := a.ruleSet(ctx, p.Quote.RuleSet)
	if err != nil {
		return err
	}
	if rules == nil {
		a.fees.fault("payment %s: rule set %d is not kept", p.ID, p.Quote.RuleSet)
		return nil
	}
	q, again := p.Quote, p.Quote.Recompute(rules)
	same := q.Source.Equal(again.Source) && q.Target.Equal(again.Target) && q.Margin.Equal(again.Margin) &&
		q.Rate.MarginBps == again.Rate.MarginBps && len(q.Fees) == len(again.Fees)
	for i := range q.Fees {
		same = same && q.Fees[i].Rule == again.Fees[i].Rule && q.Fees[i].Amount.Equal(again.Fees[i].Amount)
	}
	if !same {
		a.fees.fault("payment %s: rule set %d gives another price", p.ID, q.RuleSet)
	}
	return nil
}

func (a *auditor) ruleSet(ctx context.Context, version int64) (*fx.RuleSet, error) {
	if rules, ok := a.rules[version]; ok {
		return rules, nil
	}
	text, err := a.books.RuleSet(ctx, version)
	if err != nil && !errors.Is(err, payment.ErrNotFound) {
		return nil, err
	}
	var rules *fx.RuleSet
	if err == nil {
		if rules, err = fx.LoadRules([]byte(text)); err != nil {
			return nil, fmt.Errorf("rule set %d: %w", version, err)
		}
	}
	a.rules[version] = rules
	return rules, nil
}

// follows checks the history of every attempt and operation, step by step, up to what it is today.
func (a *auditor) follows(p payment.Payment, history []payment.OutcomeChange) {
	now := map[string]string{}
	for _, c := range history {
		if now[c.Ref] != c.Was {
			a.steps.fault("payment %s: %s was %q and the history says %q", p.ID, c.Ref, now[c.Ref], c.Was)
		}
		if c.Was != "" && !allowed(p, c) {
			a.steps.fault("payment %s: %s went from %s to %s", p.ID, c.Ref, c.Was, c.Became)
		}
		now[c.Ref] = c.Became
	}
	for _, attempt := range p.Attempts {
		if now[attempt.ID] != attempt.Outcome.String() {
			a.steps.fault("payment %s: %s is %s and its history ends with %q", p.ID, attempt.ID, attempt.Outcome, now[attempt.ID])
		}
	}
	for _, o := range p.Operations {
		if now[o.ID] != o.Outcome.String() {
			a.steps.fault("payment %s: %s is %s and its history ends with %q", p.ID, o.ID, o.Outcome, now[o.ID])
		}
	}
}

func allowed(p payment.Payment, c payment.OutcomeChange) bool {
	var was, became payment.Outcome
	if was.UnmarshalText([]byte(c.Was)) != nil || became.UnmarshalText([]byte(c.Became)) != nil {
		return false
	}
	if _, ok := p.Attempt(c.Ref); ok {
		return was.Allows(became)
	}
	o, _ := p.Operation(c.Ref)
	o.Outcome = was
	return o.Allows(became)
}
