package payment

import (
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// QuoteView is a frozen price as merchants see it.
type QuoteView struct {
	ID          string       `json:"id"`
	Object      string       `json:"object" enum:"quote"`
	Mode        fx.Mode      `json:"mode" enum:"indicative,firm"`
	Status      fx.Status    `json:"status" enum:"open,accepted,expired"`
	Direction   fx.Direction `json:"direction" enum:"collect,send"`
	Method      MethodType   `json:"method,omitempty" enum:"card,bank_transfer,cross_border,crypto" doc:"What it was priced for; absent when for no method in particular"`
	Corridor    string       `json:"corridor,omitempty" doc:"With direction send: from where to where, as two countries (ISO 3166-1)" example:"DE>CN"`
	Beneficiary string       `json:"beneficiary,omitempty" doc:"With direction send: the only one whom it is for; absent when for anybody in the corridor"`
	Fix         fx.Side      `json:"fix" enum:"source,target"`
	Source      money.Wire   `json:"source" doc:"The principal on the payer's side"`
	Target      money.Wire   `json:"target" doc:"What is credited, before fees"`
	Debit       money.Wire   `json:"debit" doc:"Source and the fees that the payer bears"`
	Net         money.Wire   `json:"net" doc:"Target less the fees that the receiver bears"`
	Rate        RateView     `json:"rate"`
	Fees        []FeeView    `json:"fees"`
	RuleSet     int64        `json:"ruleset_version"`
	CreatedAt   string       `json:"created_at" format:"date-time"`
	ExpiresAt   string       `json:"expires_at" format:"date-time"`
	Hash        string       `json:"hash" doc:"SHA-256 over the quote"`
}

// RateView is an exchange rate as merchants see it.
type RateView struct {
	Base       string `json:"base"`
	Quote      string `json:"quote"`
	Client     string `json:"client" doc:"Price of one base unit after the margin"`
	Mid        string `json:"mid" doc:"Price of one base unit in the market"`
	MarginBps  int64  `json:"margin_bps"`
	Source     string `json:"source,omitempty" doc:"Feeds of the legs, in order"`
	ObservedAt string `json:"observed_at,omitempty" format:"date-time" doc:"When the oldest leg was observed"`
	ExpiresAt  string `json:"expires_at" format:"date-time"`
}

// FeeView is one fee.
type FeeView struct {
	Code   string      `json:"code"`
	Rule   string      `json:"rule"`
	Payer  fx.FeePayer `json:"payer" enum:"sender,receiver,merchant"`
	Amount money.Wire  `json:"amount"`
}

// ViewQuote renders a quote.
func ViewQuote(q fx.Quote) QuoteView {
	v := QuoteView{
		ID: q.ID, Object: "quote", Mode: q.Mode, Status: q.Status, Direction: q.Direction, Method: MethodOn(q.Rail), Corridor: q.Corridor,
		Beneficiary: q.Beneficiary, Fix: q.Fix,
		Source: q.Source.Wire(), Target: q.Target.Wire(), Debit: q.Debit().Wire(), Net: q.Net().Wire(),
		Rate: RateView{
			Base: q.Source.Asset().Code, Quote: q.Target.Asset().Code, Client: q.Rate.Client.Value(), Mid: q.Rate.Mid.Value(),
			MarginBps: q.Rate.MarginBps, ExpiresAt: Stamp(q.ExpiresAt),
		},
		Fees: make([]FeeView, 0, len(q.Fees)), RuleSet: q.RuleSet,
		CreatedAt: Stamp(q.CreatedAt), ExpiresAt: Stamp(q.ExpiresAt), Hash: q.Hash,
	}
	var oldest time.Time
	for i, leg := range q.Rate.Path {
		if i > 0 {
			v.Rate.Source += ", "
		}
		v.Rate.Source += leg.Source
		if oldest.IsZero() || leg.ObservedAt.Before(oldest) {
			oldest = leg.ObservedAt
		}
	}
	v.Rate.ObservedAt = Stamp(oldest)
	for _, f := range q.Fees {
		v.Fees = append(v.Fees, FeeView{Code: f.Code, Rule: f.Rule, Payer: f.Payer, Amount: f.Amount.Wire()})
	}
	return v
}
