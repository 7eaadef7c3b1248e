package audit

import (
	"context"
	"maps"
	"slices"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// cases checks payments, each by itself.
func (a *auditor) cases(ctx context.Context, cases []Case, f *found) error {
	maps.DeleteFunc(a.rules, func(_ int64, rules *fx.RuleSet) bool { return rules == nil }) // one that is missing may be put back
	for _, c := range cases {
		f.objects++
		f.chargedOnce(c.Payment)
		f.statusFits(c.Payment)
		f.staysAlive(c.Payment)
		f.staysBounded(c.Payment)
		f.addsUp(c.Payment)
		f.follows(c.Payment, c.History)
		if c.Untold {
			f.fault("I8", "payment %s has a gap in its events", c.ID)
		}
		if !c.DueAt.IsZero() && c.DueAt.Before(a.overdue) {
			f.fault("I5", "payment %s is overdue", c.ID)
		}
		rules, err := a.ruleSet(ctx, c.Quote.RuleSet)
		if err != nil {
			return err
		}
		f.repriced(c.Payment, rules)
	}
	return nil
}

func (f *found) chargedOnce(p payment.Payment) {
	charged := 0
	for _, attempt := range p.Attempts {
		if attempt.Captured.Sign() > 0 {
			charged++
		}
	}
	if charged > 1 {
		f.fault("I1", "payment %s was charged by %d attempts", p.ID, charged)
	}
	for _, o := range p.Operations {
		refunded := func(r payment.Operation) bool {
			return r.Kind == payment.Reversal && r.Attempt == o.Attempt && !r.Held && !r.Outcome.Free()
		}
		if o.Kind == payment.Reversal && o.Outcome.Free() && !(o.Held && slices.ContainsFunc(p.Operations, refunded)) {
			f.fault("I1", "payment %s: the orphan %s was not given back", p.ID, o.ID)
		}
	}
}

func (f *found) statusFits(p payment.Payment) {
	succeeded := p.Status() == payment.Succeeded
	if succeeded && p.Received().Sign() <= 0 {
		f.fault("I2", "payment %s succeeded and nothing was captured", p.ID)
	}
	if succeeded && p.Order.Capture == payment.CaptureAutomatic && !p.Received().Equal(p.Debit()) {
		f.fault("I2", "payment %s succeeded with %s captured of %s", p.ID, p.Received(), p.Debit())
	}
	for _, attempt := range p.Attempts {
		pushed := p.Direction == fx.Collect && attempt.Capabilities.Push // a channel may serve both directions
		if pushed && attempt.Live() && (p.Arrived(attempt).Cmp(attempt.Amount) >= 0) != (attempt.Outcome == payment.Captured) {
			f.fault("I2", "attempt %s is %s and %s of %s arrived", attempt.ID, attempt.Outcome, p.Arrived(attempt), attempt.Amount)
		}
	}
	if !succeeded && p.Received().Equal(p.Debit()) {
		f.fault("I2", "payment %s is %s and everything was captured", p.ID, p.Status())
	}
}

// staysAlive checks that somebody will look at the payment again, or nobody needs to: a challenge and an authorization
// wait for people, a review for two of them.
func (f *found) staysAlive(p payment.Payment) {
	status := p.Status()
	waits := status == payment.RequiresAction || status == payment.StatusAuthorized || status == payment.NeedsReview
	if !status.Final() && !waits && p.Due().IsZero() {
		f.fault("I5", "payment %s is %s and nobody will look at it", p.ID, status)
	}
	for _, o := range p.Operations {
		if (o.Outcome == payment.Unknown || o.Outcome == payment.Pending) && o.CheckAt.IsZero() {
			f.fault("I5", "operation %s is %s and nobody will look at it", o.ID, o.Outcome)
		}
	}
}

func (f *found) staysBounded(p payment.Payment) {
	if p.Refunding().Cmp(p.Received()) > 0 {
		f.fault("I7", "payment %s: %s refunded of %s", p.ID, p.Refunding(), p.Received())
	}
	for _, c := range p.Claims() {
		gone := func(r payment.Receipt) bool { return r.Attempt == c.Attempt && r.State == payment.ReceiptOrphaned }
		if c.Amount.Sign() < 0 && !slices.ContainsFunc(p.Receipts, gone) { // what a chain took back later leaves a hole
			f.fault("I7", "payment %s: %s more was returned of its claims than waited at %s", p.ID, c.Amount.Neg(), c.Attempt)
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
			f.fault("I7", "attempt %s: %s captured of %s", attempt.ID, money.Max(attempt.Captured, captures), attempt.Amount)
		}
	}
}

// addsUp checks the arithmetic of the quote, and that it was accepted in time.
func (f *found) addsUp(p payment.Payment) {
	q := p.Quote
	if !q.AtMid.Equal(q.Target.Add(q.Margin).Add(q.Residual)) {
		f.fault("I9", "payment %s: at mid %s is not target + margin + residual", p.ID, q.AtMid)
	}
	open := q.Target.Asset().One()
	if q.Fix == fx.TargetFixed && !q.Rate.Mid.IsZero() {
		open, _ = q.Rate.Mid.Convert(q.Source.Asset().One()).Up()
	}
	if q.Residual.Sign() < 0 || q.Residual.Cmp(open) >= 0 {
		f.fault("I9", "payment %s: residual %s", p.ID, q.Residual)
	}
	if !p.CreatedAt.Before(q.ExpiresAt) {
		f.fault("I9", "payment %s was made at %s with a quote that ended at %s", p.ID, p.CreatedAt, q.ExpiresAt)
	}
	if to := p.Order.Beneficiary; q.Beneficiary != "" && (to == nil || to.ID != q.Beneficiary) {
		f.fault("I9", "payment %s was made with a quote for %s alone", p.ID, q.Beneficiary)
	}
	for _, o := range p.Operations {
		if o.Kind == payment.Capture && o.Booking.Mid.IsZero() == p.LockEnded(o.CreatedAt) {
			f.fault("I9", "capture %s was asked for at %s, and is not at the rate of that side of the lock", o.ID, o.CreatedAt)
		}
	}
	if !q.Net().Add(q.Fee()).Equal(q.Target) {
		f.fault("I13", "payment %s: net and fees do not sum to %s", p.ID, q.Target)
	}
	if sum, err := q.Sum(); err != nil || sum != q.Hash {
		f.fault("I13", "payment %s: the quote was changed after it was made", p.ID)
	}
}

// repriced computes the price again from the rules that the quote names.
func (f *found) repriced(p payment.Payment, rules *fx.RuleSet) {
	if rules == nil {
		f.fault("I13", "payment %s: rule set %d is not kept", p.ID, p.Quote.RuleSet)
		return
	}
	q, again := p.Quote, p.Quote.Recompute(rules)
	same := q.Source.Equal(again.Source) && q.Target.Equal(again.Target) && q.Margin.Equal(again.Margin) &&
		q.Rate.MarginBps == again.Rate.MarginBps && len(q.Fees) == len(again.Fees)
	for i := range q.Fees {
		same = same && q.Fees[i].Rule == again.Fees[i].Rule && q.Fees[i].Amount.Equal(again.Fees[i].Amount)
	}
	if !same {
		f.fault("I13", "payment %s: rule set %d gives another price", p.ID, q.RuleSet)
	}
}

// follows checks the history of every attempt and operation, step by step, up to what it is today.
func (f *found) follows(p payment.Payment, history []payment.OutcomeChange) {
	now := map[string]string{}
	for _, c := range history {
		if now[c.Ref] != c.Was {
			f.fault("I15", "payment %s: %s was %q and the history says %q", p.ID, c.Ref, now[c.Ref], c.Was)
		}
		if c.Was != "" && !allowed(p, c) {
			f.fault("I15", "payment %s: %s went from %s to %s", p.ID, c.Ref, c.Was, c.Became)
		}
		now[c.Ref] = c.Became
	}
	for _, attempt := range p.Attempts {
		if now[attempt.ID] != attempt.Outcome.String() {
			f.fault("I15", "payment %s: %s is %s and its history ends with %q", p.ID, attempt.ID, attempt.Outcome, now[attempt.ID])
		}
	}
	for _, o := range p.Operations {
		if now[o.ID] != o.Outcome.String() {
			f.fault("I15", "payment %s: %s is %s and its history ends with %q", p.ID, o.ID, o.Outcome, now[o.ID])
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
