package api

import (
	"context"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// explanation is everything that was decided about a payment, with every number that went into it.
type explanation struct {
	Payment    payment.ID     `json:"payment"`
	Status     payment.Status `json:"status"`
	Next       string         `json:"next" doc:"What the gateway does next: stop, send, replay, check, fence, …"`
	DueAt      string         `json:"due_at,omitempty" format:"date-time" doc:"When it does that"`
	Decisions  []decisionView `json:"decisions" doc:"Each choice of a channel"`
	Attempts   []attemptView  `json:"attempts"`
	Price      priceView      `json:"price"`
	Terms      termsView      `json:"terms" doc:"What treasury's rules said beyond the price"`
	Rules      int64          `json:"ruleset_version"`
	Operations []operationWhy `json:"operations" doc:"Captures, voids, refunds, reversals, sweeps and returned claims"`
}

type termsView struct {
	SettlementDays int             `json:"settlement_days"`
	Refund         refundTermsView `json:"refund"`
}

type refundTermsView struct {
	Rate fx.RefundRate `json:"rate" enum:"original,current"`
	Days int           `json:"days" doc:"How long the original rate is honoured"`
	Rule string        `json:"rule"`
}

type decisionView struct {
	At         string          `json:"at" format:"date-time"`
	Attempt    string          `json:"attempt,omitempty"`
	Chosen     string          `json:"chosen,omitempty"`
	Stopped    payment.Reason  `json:"stopped,omitempty" doc:"What keeps a payout from every channel: halted (all payouts are, until people have looked) or uncovered (the balance is below zero)"`
	Candidates []candidateView `json:"candidates"`
}

// candidateView is a channel as merchants see it in a decision.
type candidateView struct {
	Channel  string   `json:"channel"`
	Eligible bool     `json:"eligible"`
	Rank     int      `json:"rank,omitempty" doc:"1 is tried first"`
	Breaker  string   `json:"breaker"`
	WhyNot   []string `json:"why_not"`
}

type attemptView struct {
	ID        string         `json:"id"`
	No        int            `json:"no"`
	Channel   string         `json:"channel"`
	UETR      string         `json:"uetr,omitempty" doc:"Across borders: the reference by which every bank on the way knows this attempt"`
	Outcome   string         `json:"outcome"`
	Reason    payment.Reason `json:"reason,omitempty"`
	Cause     payment.Cause  `json:"cause,omitempty"`
	Checks    int            `json:"checks" doc:"How often its fate was asked for without a final answer"`
	CheckAt   string         `json:"check_at,omitempty" format:"date-time"`
	CreatedAt string         `json:"created_at" format:"date-time"`
}

// priceView re-adds exactly: at_mid = target + margin + residual, net = target - fees, debit = source + fees of the sender.
type priceView struct {
	Debit     money.Wire        `json:"debit"`
	Source    money.Wire        `json:"source"`
	Mid       string            `json:"mid"`
	Client    string            `json:"client"`
	MarginBps int64             `json:"margin_bps"`
	AtMid     money.Wire        `json:"at_mid"`
	Margin    money.Wire        `json:"margin"`
	Residual  money.Wire        `json:"residual"`
	Target    money.Wire        `json:"target"`
	Fees      []payment.FeeView `json:"fees"`
	Net       money.Wire        `json:"net"`
}

type operationWhy struct {
	ID      string         `json:"id"`
	Kind    string         `json:"kind" enum:"capture,void,refund,reversal"`
	Amount  money.Wire     `json:"amount"`
	Outcome string         `json:"outcome"`
	Reason  payment.Reason `json:"reason,omitempty"`
	Checks  int            `json:"checks"`
}

func (s *server) why(ctx context.Context, in *PaymentPath) (*output[explanation], error) {
	p, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[explanation]{explain(p, p.Next(s.Now()))}, nil
}

func explain(p payment.Payment, next payment.Step) explanation {
	e := explanation{
		Payment: p.ID, Status: p.Status(), Next: next.Do.String(), DueAt: payment.Stamp(p.Due()), Terms: explainTerms(p.Order.Terms), Rules: p.Quote.RuleSet,
		Decisions: []decisionView{}, Attempts: []attemptView{}, Operations: []operationWhy{}, Price: explainPrice(p),
	}
	for _, d := range p.Decisions {
		view := decisionView{At: payment.Stamp(d.At), Attempt: d.Attempt, Chosen: d.Chosen, Stopped: d.Stopped}
		for _, c := range d.Candidates {
			view.Candidates = append(view.Candidates, explainCandidate(c))
		}
		e.Decisions = append(e.Decisions, view)
	}
	for _, a := range p.Attempts {
		view := attemptView{
			ID: a.ID, No: a.No, Channel: a.Channel, UETR: a.UETR, Outcome: a.Outcome.String(), Reason: a.Reason, Checks: a.Checks,
			CheckAt: payment.Stamp(a.CheckAt), CreatedAt: payment.Stamp(a.CreatedAt),
		}
		if a.Reason != "" {
			view.Cause = a.Reason.Meaning().Cause
		}
		e.Attempts = append(e.Attempts, view)
	}
	for _, o := range p.Operations {
		e.Operations = append(e.Operations, operationWhy{o.ID, string(o.Kind), o.Amount.Wire(), o.Outcome.String(), o.Reason, o.Checks})
	}
	return e
}

func explainTerms(t payment.Terms) termsView {
	return termsView{SettlementDays: t.SettlementDays, Refund: refundTermsView{Rate: t.Refund.Rate, Days: t.Refund.Days, Rule: t.Refund.Rule}}
}

// explainCandidate tells a merchant of a channel. What it charges us, and what we have there, is the house's own.
func explainCandidate(c payment.Candidate) candidateView {
	view := candidateView{Channel: c.Channel, Eligible: c.Eligible, Rank: c.Rank, Breaker: c.Breaker, WhyNot: whyNot(c)}
	if view.WhyNot == nil {
		view.WhyNot = []string{}
	}
	return view
}

func whyNot(c payment.Candidate) []string {
	if c.Dry {
		return []string{"not available now"}
	}
	return c.WhyNot
}

func explainPrice(p payment.Payment) priceView {
	q, v := p.Quote, payment.ViewQuote(p.Quote)
	return priceView{
		Debit: v.Debit, Source: v.Source, Mid: v.Rate.Mid, Client: v.Rate.Client, MarginBps: q.Rate.MarginBps,
		AtMid: q.AtMid.Wire(), Margin: q.Margin.Wire(), Residual: q.Residual.Wire(), Target: v.Target, Fees: v.Fees, Net: v.Net,
	}
}
