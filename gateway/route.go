package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// ErrNoRoute is returned when no configured channel could carry a payment even in good health. Nothing is written then.
var ErrNoRoute = errors.New("no channel serves this payment")

// slowShare is the share of slow answers from which a channel ranks behind its peers.
const slowShare = 0.5

// route looks at every channel and chooses the first that is fit, untried, healthy and, for a payout, funded and not
// stopped. The decision says why.
func (g *Gateway) route(ctx context.Context, p payment.Payment, now time.Time) (Channel, payment.Decision, bool, error) {
	decision := payment.Decision{At: now, Candidates: make([]payment.Candidate, 0, len(g.channels))}
	type ranked struct {
		Channel
		state breaker.State
		at    int // in decision.Candidates
	}
	var eligible []ranked
	var err error
	if decision.Stopped, err = g.stopped(ctx, p); err != nil {
		return Channel{}, decision, false, err
	}
	for _, c := range g.channels {
		state, _ := g.board.State(c.Name)
		candidate := payment.Candidate{Channel: c.Name, Breaker: string(state.Status), WhyNot: c.unfit(p)}
		if candidate.Fit = candidate.WhyNot == nil; candidate.Fit {
			candidate.Cost = c.Cost.Of(p.Moves())
			candidate.WhyNot = unwell(c, state, p, now)
			if decision.Stopped != "" {
				candidate.WhyNot = append(candidate.WhyNot, stops[decision.Stopped])
			}
		}
		if candidate.WhyNot == nil && p.Direction == fx.Send {
			dry, err := g.dry(ctx, c, p.Moves())
			if err != nil {
				return Channel{}, decision, false, err
			}
			candidate.WhyNot, candidate.Dry = dry, dry != nil
		}
		candidate.Eligible = candidate.WhyNot == nil
		if candidate.Eligible {
			eligible = append(eligible, ranked{c, state, len(decision.Candidates)})
		}
		decision.Candidates = append(decision.Candidates, candidate)
	}
	slices.SortStableFunc(eligible, func(a, b ranked) int {
		return cmp.Or(
			cmp.Compare(strain(a.state), strain(b.state)),
			cmp.Compare(a.Priority, b.Priority),
			decision.Candidates[a.at].Cost.Cmp(decision.Candidates[b.at].Cost),
		)
	})
	for rank, c := range eligible {
		decision.Candidates[c.at].Rank = rank + 1
	}
	if len(eligible) == 0 {
		return Channel{}, decision, false, nil
	}
	decision.Chosen = eligible[0].Name
	return eligible[0].Channel, decision, true, nil
}

// dry says that a channel has too little of ours to pay amount out. What is on its way and not debited yet counts as gone.
func (g *Gateway) dry(ctx context.Context, c Channel, amount money.Amount) ([]string, error) {
	funds, err := g.store.Balance(ctx, c.purse(amount.Asset()), amount.Asset())
	if err != nil {
		return nil, err
	}
	transit, err := g.store.Balance(ctx, ledger.Transit(c.Name), amount.Asset())
	if err != nil {
		return nil, err
	}
	if funds.Sub(transit).Cmp(amount) < 0 {
		return []string{"has too little " + amount.Asset().String()}, nil
	}
	return nil, nil
}

// unwell lists why a channel that is fit for the payment cannot take it now.
func unwell(c Channel, state breaker.State, p payment.Payment, now time.Time) []string {
	var why []string
	if c.tried(p) {
		why = append(why, "was tried before")
	}
	if slices.ContainsFunc(p.Attempts, func(a payment.Attempt) bool {
		return a.Channel == c.Name && a.Turned() && now.Before(a.CreatedAt.Add(turnedFor))
	}) {
		why = append(why, "had no place a moment ago")
	}
	if slices.ContainsFunc(p.Attempts, func(a payment.Attempt) bool {
		return a.Channel == c.Name && p.Unreached(a) && now.Before(a.CreatedAt.Add(patience(a.CreatedAt.Sub(p.CreatedAt))))
	}) {
		why = append(why, "was not reached a moment ago")
	}
	if state.Full() {
		why = append(why, "has no free slot")
	}
	return append(why, shut(c, state, p)...)
}

// shut lists what keeps a channel from a payment that has a place there: its breaker, an operator, or that nobody sees what payers
// send to it.
func shut(c Channel, state breaker.State, p payment.Payment) []string {
	var why []string
	if !state.Accepts(c.risk(p.Moves())) {
		why = append(why, "breaker is "+string(state.Status))
	}
	if p.Direction == fx.Collect && state.Unwell != "" {
		why = append(why, "what arrives there is not seen")
	}
	return why
}

// turnedFor is how long a payment that was turned away does not ask again for a place.
const turnedFor = time.Second

// tried reports whether the payment was sent to the channel before. One that our own board turned away was not, nor was a
// payout that did not leave.
func (c Channel) tried(p payment.Payment) bool {
	return slices.ContainsFunc(p.Tried(), func(a payment.Attempt) bool { return a.Channel == c.Name && !a.Turned() && !p.Unreached(a) })
}

// strain orders channels by health: well, slow, on trial.
func strain(s breaker.State) int {
	switch {
	case s.Status != breaker.Closed:
		return 2
	case s.SlowRatio >= slowShare:
		return 1
	default:
		return 0
	}
}

// serves reports whether any channel could carry the payment in good health.
func (g *Gateway) serves(p payment.Payment) bool {
	return slices.ContainsFunc(g.channels, func(c Channel) bool { return c.unfit(p) == nil })
}

// takes reports whether a channel carries such a payment now, be it after the moment until a place is free.
func (g *Gateway) takes(p payment.Payment) bool {
	return slices.ContainsFunc(g.channels, func(c Channel) bool {
		state, _ := g.board.State(c.Name)
		return c.unfit(p) == nil && shut(c, state, p) == nil
	})
}

// begin makes the next attempt on the channel that the router chose and returns its id. Without a channel the payment
// waits, or is closed when the merchant does not want to wait; the id is then empty.
func (g *Gateway) begin(ctx context.Context, p payment.Payment) (payment.Payment, string, error) {
	now := g.now()
	c, decision, ok, err := g.route(ctx, p, now)
	if err != nil {
		return p, "", err
	}
	if !ok && decision.Stopped == "" && (p.Order.FailFast || g.exhausted(p)) {
		return p.Wait(decision, now).Close(closing(p)), "", nil
	}
	if !ok {
		return p.Wait(decision, now.Add(patience(now.Sub(p.CreatedAt)))), "", nil
	}
	a := payment.Attempt{
		ID: g.newID("att"), Channel: c.Name, Cost: c.Cost.Of(p.Moves()), Capabilities: c.Rail.Capabilities(),
		CreatedAt: now, Deadline: now.Add(c.Timeout + answerMargin),
	}
	if c.Method == payment.MethodCrossBorder {
		a.UETR = g.newUETR()
	}
	decision.Attempt = a.ID
	p, err = g.instruct(ctx, c, p.Begin(a, decision))
	return p, a.ID, err
}

// instruct gives the newest attempt on a push rail the place that its payer sends the money to.
func (g *Gateway) instruct(ctx context.Context, c Channel, p payment.Payment) (payment.Payment, error) {
	receiver, ok := c.Rail.(rails.Receiver)
	if !ok || p.Direction != fx.Collect {
		return p, nil
	}
	number, err := g.store.Number(ctx, "attempts:"+c.Name)
	if err != nil {
		return p, err
	}
	a := &p.Attempts[len(p.Attempts)-1]
	a.Number = number
	if a.Instruction, err = receiver.Instruct(p, *a); err != nil {
		return p, fmt.Errorf("instruct %s: %w", a.ID, err)
	}
	return p, nil
}

// answerMargin is how much longer than the channel's timeout an attempt counts as in flight.
const answerMargin = 2 * time.Second

// exhausted reports whether every fit channel was tried: waiting would not help.
func (g *Gateway) exhausted(p payment.Payment) bool {
	return !slices.ContainsFunc(g.channels, func(c Channel) bool { return c.unfit(p) == nil && !c.tried(p) })
}

// closing is why a payment ends that no channel can take: what the last channel said, or that there was none.
func closing(p payment.Payment) payment.Reason {
	if last, ok := p.Last(); ok && last.Reason != "" && !last.Turned() {
		return last.Reason
	}
	return payment.ChannelUnavailable
}

// patience is how long to wait before looking for a channel again: a quarter of the wait so far.
func patience(waited time.Duration) time.Duration {
	return min(max(waited/4, time.Second), 15*time.Second)
}
