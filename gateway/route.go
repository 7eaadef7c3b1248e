package gateway

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/payment"
)

// ErrNoRoute is returned when no configured channel could carry a payment even in good health. Nothing is written then.
var ErrNoRoute = errors.New("no channel serves this payment")

// slowShare is the share of slow answers from which a channel ranks behind its peers.
const slowShare = 0.5

// route looks at every channel and chooses the first that is fit, untried and healthy. The decision says why.
func (g *Gateway) route(p payment.Payment, now time.Time) (Channel, payment.Decision, bool) {
	decision := payment.Decision{At: now, Candidates: make([]payment.Candidate, 0, len(g.channels))}
	type ranked struct {
		Channel
		state breaker.State
		at    int // in decision.Candidates
	}
	var eligible []ranked
	for _, c := range g.channels {
		state, _ := g.board.State(c.Name)
		candidate := payment.Candidate{Channel: c.Name, Breaker: string(state.Status), WhyNot: c.unfit(p)}
		if candidate.WhyNot == nil {
			candidate.Cost = c.Cost.Of(p.Debit())
			candidate.WhyNot = unwell(c, state, p, now)
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
		return Channel{}, decision, false
	}
	decision.Chosen = eligible[0].Name
	return eligible[0].Channel, decision, true
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
	if state.Full() {
		why = append(why, "has no free slot")
	}
	if !state.Accepts(c.risk(p.Debit())) {
		why = append(why, "breaker is "+string(state.Status))
	}
	return why
}

// turnedFor is how long a payment that was turned away does not ask again for a place.
const turnedFor = time.Second

// tried reports whether the payment was sent to the channel before. One that our own board turned away was not.
func (c Channel) tried(p payment.Payment) bool {
	return slices.ContainsFunc(p.Attempts, func(a payment.Attempt) bool { return a.Channel == c.Name && !a.Turned() })
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

// begin makes the next attempt on the channel that the router chose and returns its id. Without a channel the payment
// waits, or is closed when the merchant does not want to wait; the id is then empty.
func (g *Gateway) begin(p payment.Payment) (payment.Payment, string) {
	now := g.now()
	c, decision, ok := g.route(p, now)
	if !ok && (p.Order.FailFast || g.exhausted(p)) {
		return p.Wait(decision, now).Close(closing(p)), ""
	}
	if !ok {
		return p.Wait(decision, now.Add(patience(now.Sub(p.CreatedAt)))), ""
	}
	a := payment.Attempt{
		ID: g.newID("att"), Channel: c.Name, Cost: c.Cost.Of(p.Debit()), Capabilities: c.Rail.Capabilities(),
		CreatedAt: now, Deadline: now.Add(c.Timeout + answerMargin),
	}
	decision.Attempt = a.ID
	return p.Begin(a, decision), a.ID
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
