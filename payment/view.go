package payment

import (
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// TimeFormat is how times stand in JSON: RFC 3339, UTC, milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// Stamp writes a time for JSON, and nothing for the zero time.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(TimeFormat)
}

// View is a payment as merchants see it: the answer of the API, and the data of events.
type View struct {
	ID               string            `json:"id" example:"pay_01KAPR3Z5V9W6QZ2M8D4X7TJ5N"`
	Object           string            `json:"object" enum:"payment"`
	Status           Status            `json:"status" enum:"requires_action,processing,authorized,succeeded,failed,canceled,expired,needs_review"`
	Exceptions       []string          `json:"exceptions,omitempty" doc:"What is unusual beside the status, such as outcome_unknown"`
	Mode             Mode              `json:"mode" enum:"test,live"`
	Amount           money.Wire        `json:"amount" doc:"What the payer is charged, fees on the payer's side included"`
	AmountCapturable money.Wire        `json:"amount_capturable" doc:"Authorized and not captured yet"`
	AmountReceived   money.Wire        `json:"amount_received" doc:"Captured, before refunds"`
	AmountRefunded   money.Wire        `json:"amount_refunded" doc:"Given back to the payer"`
	Settlement       SettlementView    `json:"settlement"`
	Quote            QuoteView         `json:"quote"`
	Method           MethodView        `json:"method"`
	Capture          CaptureMode       `json:"capture" enum:"automatic,manual"`
	CaptureBefore    string            `json:"capture_before,omitempty" format:"date-time" doc:"When the authorization ends, as the channel said"`
	CancelRequested  bool              `json:"cancel_requested,omitempty"`
	NextAction       *NextAction       `json:"next_action,omitempty" doc:"What the payer has to do"`
	LastError        *Fault            `json:"last_error,omitempty" doc:"Why the payment failed or waits, and what to do about it"`
	NextCheckAt      string            `json:"next_check_at,omitempty" format:"date-time" doc:"When the unknown outcome is asked for again"`
	Reference        string            `json:"reference,omitempty"`
	Customer         *Customer         `json:"customer,omitempty"`
	ReturnURL        string            `json:"return_url,omitempty"`
	Metadata         map[string]string `json:"metadata,omitempty"`
	ExpiresAt        string            `json:"expires_at" format:"date-time"`
	CreatedAt        string            `json:"created_at" format:"date-time"`
	UpdatedAt        string            `json:"updated_at" format:"date-time"`
	Version          int64             `json:"version" doc:"Increases with every change; of two views of one payment the higher is the newer"`
}

// SettlementView is what the merchant is credited, in the settlement currency.
type SettlementView struct {
	Gross       money.Wire `json:"gross" doc:"The converted amount, before fees"`
	Fee         money.Wire `json:"fee"`
	Net         money.Wire `json:"net" doc:"Gross less fee"`
	AvailableAt string     `json:"available_at,omitempty" format:"date-time" doc:"When the credit becomes available"`
}

// QuoteView is a frozen price as merchants see it.
type QuoteView struct {
	ID        string       `json:"id"`
	Object    string       `json:"object" enum:"quote"`
	Mode      fx.Mode      `json:"mode" enum:"indicative,firm"`
	Status    fx.Status    `json:"status" enum:"open,accepted,expired"`
	Direction fx.Direction `json:"direction" enum:"collect,send"`
	Fix       fx.Side      `json:"fix" enum:"source,target"`
	Source    money.Wire   `json:"source" doc:"The principal on the payer's side"`
	Target    money.Wire   `json:"target" doc:"What is credited, before fees"`
	Debit     money.Wire   `json:"debit" doc:"Source and the fees that the payer bears"`
	Net       money.Wire   `json:"net" doc:"Target less the fees that the receiver bears"`
	Rate      RateView     `json:"rate"`
	Fees      []FeeView    `json:"fees"`
	RuleSet   int64        `json:"ruleset_version"`
	CreatedAt string       `json:"created_at" format:"date-time"`
	ExpiresAt string       `json:"expires_at" format:"date-time"`
	Hash      string       `json:"hash" doc:"SHA-256 over the quote"`
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

// MethodView is how the payer pays.
type MethodView struct {
	Type string    `json:"type" enum:"card"`
	Card *CardView `json:"card,omitempty"`
}

// CardView is a card as the gateway knows it: by its token.
type CardView struct {
	Token string `json:"token" example:"tok_visa"`
}

// NextAction is what the payer has to do.
type NextAction struct {
	Type string `json:"type" enum:"three_d_secure"`
	URL  string `json:"url" format:"uri"`
}

// OperationView is a capture or refund as merchants see it.
type OperationView struct {
	ID        string          `json:"id"`
	Object    string          `json:"object" enum:"capture,refund"`
	Payment   ID              `json:"payment"`
	Status    string          `json:"status" enum:"processing,succeeded,failed,needs_review"`
	Amount    money.Wire      `json:"amount"`
	Final     bool            `json:"final,omitempty" doc:"The rest of the authorization was released"`
	Debited   *money.Wire     `json:"debited,omitempty" doc:"What a refund took from the merchant's balance"`
	Reason    string          `json:"reason,omitempty"`
	LastError *OperationFault `json:"last_error,omitempty" doc:"Why it failed or waits"`
	CreatedAt string          `json:"created_at" format:"date-time"`
}

// View renders the payment at the moment now, with texts in the language lang ("en", "zh").
func (p Payment) View(now time.Time, lang string) View {
	gross, fee := p.settlement()
	v := View{
		ID: string(p.ID), Object: "payment", Status: p.Status(), Exceptions: p.Exceptions(now), Mode: p.Mode,
		Amount:           p.Debit().Wire(),
		AmountCapturable: p.Capturable().Wire(),
		AmountReceived:   p.Received().Wire(),
		AmountRefunded:   p.Refunded().Wire(),
		Settlement: SettlementView{
			Gross: gross.Wire(), Fee: fee.Wire(), Net: gross.Sub(fee).Wire(), AvailableAt: Stamp(p.SettleAt),
		},
		Quote: ViewQuote(p.Quote), Method: viewMethod(p.Order.Method), Capture: p.Order.Capture,
		CancelRequested: p.CancelRequested, LastError: p.lastError(now, lang),
		Reference: p.Order.Reference, ReturnURL: p.Order.ReturnURL, Metadata: p.Order.Metadata,
		ExpiresAt: Stamp(p.ExpiresAt), CreatedAt: Stamp(p.CreatedAt), UpdatedAt: Stamp(p.UpdatedAt), Version: p.Version,
	}
	if p.Order.Customer != (Customer{}) {
		v.Customer = &p.Order.Customer
	}
	last, ok := p.Last()
	if !ok {
		return v
	}
	switch last.Outcome {
	case ActionRequired:
		v.NextAction = &NextAction{Type: "three_d_secure", URL: last.ChallengeURL}
	case Authorized:
		v.CaptureBefore = Stamp(last.ExpiresAt)
	case Unknown:
		if v.Exceptions != nil {
			v.NextCheckAt = Stamp(last.CheckAt)
		}
	}
	return v
}

func viewMethod(m Method) MethodView {
	return MethodView{Type: m.Type, Card: &CardView{Token: m.Token}}
}

// ViewQuote renders a quote.
func ViewQuote(q fx.Quote) QuoteView {
	v := QuoteView{
		ID: q.ID, Object: "quote", Mode: q.Mode, Status: q.Status, Direction: q.Direction, Fix: q.Fix,
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

// View renders a capture or refund of the payment of, with texts in the language lang.
func (o Operation) View(of ID, lang string) OperationView {
	v := OperationView{
		ID: o.ID, Object: string(o.Kind), Payment: of, Status: o.Status(), Amount: o.Amount.Wire(), Final: o.Final,
		Reason: o.Note, LastError: o.fault(lang), CreatedAt: Stamp(o.CreatedAt),
	}
	if o.Kind == Refund {
		debited := o.Booking.Reserved().Wire()
		v.Debited = &debited
	}
	return v
}
