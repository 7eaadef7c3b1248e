package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

type quoteInput struct{ Body quoteBody }

type quoteBody struct {
	Direction          string      `json:"direction,omitempty" enum:"collect,send" default:"collect" doc:"collect: a payment; send: a payout"`
	Amount             amount      `json:"amount" doc:"Of the fixed side"`
	Fix                string      `json:"fix,omitempty" enum:"source,target" default:"source" doc:"source: the payer is charged this, or your balance debited; target: you are credited this, or the beneficiary is sent it"`
	SettlementCurrency currency    `json:"settlement_currency,omitempty" maxLength:"12" doc:"With source: the other side; your own currency when absent"`
	SourceCurrency     string      `json:"source_currency,omitempty" maxLength:"12" doc:"With target: what the payer pays in, required unless paid by crypto, or the balance that a payout debits; your own when absent there"`
	SourceNetwork      string      `json:"source_network,omitempty" maxLength:"48" doc:"With send and target: the CAIP-2 chain of a balance that is in a coin or token"`
	Mode               string      `json:"mode,omitempty" enum:"firm,indicative" default:"firm" doc:"firm: can be accepted, once; indicative: to compare and show"`
	Method             string      `json:"method,omitempty" enum:"card,bank_transfer,cross_border,crypto" doc:"What it will be paid with, and nothing else; required for a firm quote"`
	Crypto             *cryptoBody `json:"crypto,omitempty" doc:"With the method crypto: the coin or token"`
	Beneficiary        string      `json:"beneficiary,omitempty" maxLength:"64" doc:"With send: whom the money is for. The quote is for them alone, and no way is eligible that would refuse them"`
	Country            string      `json:"beneficiary_country,omitempty" pattern:"^[A-Z]{2}$" patternDescription:"an ISO 3166-1 alpha-2 code" doc:"With send, instead of a beneficiary: where the money goes; required for a firm quote, unless paid by crypto"`
}

// Resolve wants the other side where the amount does not say it, and of a firm quote the way that it is for.
func (b *quoteBody) Resolve(huma.Context) []error {
	var faults []error
	fault := func(is bool, pointer, code, text string) {
		if is {
			faults = append(faults, Violation{pointer, code, text})
		}
	}
	firm, send, target := b.Mode == string(fx.Firm), b.Direction == string(fx.Send), b.Fix == string(fx.TargetFixed)
	crypto := b.Method == string(payment.MethodCrypto)
	fault(firm && b.Method == "", "/method", "missing", "is required for a firm quote: fees depend on it; every method is priced with the mode indicative")
	fault(firm && send && b.Method != "" && !crypto && b.Country == "" && b.Beneficiary == "", "/beneficiary_country", "missing", "is required for a firm quote to send: fees depend on it")
	fault(b.Beneficiary != "" && !send, "/beneficiary", "invalid", "goes with the direction send")
	fault(b.Beneficiary != "" && b.Country != "", "/beneficiary_country", "invalid", "the beneficiary says it")
	fault(crypto != (b.Crypto != nil), "/crypto", "invalid", "goes with the method crypto")
	fault(send && target && !b.sendsCrypto(), "/crypto", "invalid", "is not the coin or token of the amount")
	fault(target && b.SourceCurrency == "" && !crypto && !send, "/source_currency", "missing", "is required when the target is fixed")
	fault(b.SourceNetwork != "" && !(send && target && b.SourceCurrency != ""), "/source_network", "invalid", "goes with source_currency, to send a fixed target")
	_, unknown := b.source("")
	fault(b.SourceCurrency != "" && unknown != nil, "/source_currency", "unknown_currency", "no such currency")
	fault(target && b.SettlementCurrency != "", "/settlement_currency", "invalid", "the amount says it when the target is fixed")
	fault(b.Fix == string(fx.SourceFixed) && b.SourceCurrency != "", "/source_currency", "invalid", "the amount says it when the source is fixed")
	return faults
}

// sendsCrypto reports whether the amount is in the coin or token that is named, if one is.
func (b *quoteBody) sendsCrypto() bool {
	return b.Crypto == nil || (b.Amount.Currency == b.Crypto.Currency && b.Amount.Network == b.Crypto.Network)
}

// method is what the quote is priced for.
func (b *quoteBody) method() payment.Method {
	m := payment.Method{Type: payment.MethodType(b.Method)}
	if b.Crypto != nil {
		m.Currency, m.Network = b.Crypto.Currency, b.Crypto.Network
	}
	return m
}

// other is the asset of the side that the amount does not name.
func (b *quoteBody) other(own string) (money.Asset, error) {
	switch {
	case b.Fix == string(fx.TargetFixed) && b.Direction == string(fx.Send):
		return b.source(own) // the amount is in what is sent, whatever that is
	case b.Crypto != nil:
		return money.LookupAsset(b.Crypto.Currency, b.Crypto.Network)
	case b.Fix == string(fx.TargetFixed):
		return b.source(own)
	}
	return b.SettlementCurrency.or(own)
}

// source is what the payer pays in, or the balance that a payout debits: own when none is named.
func (b *quoteBody) source(own string) (money.Asset, error) {
	if b.SourceCurrency == "" {
		return money.ParseAsset(own)
	}
	return money.LookupAsset(b.SourceCurrency, b.SourceNetwork)
}

// quoteAnswer is a quote, beside the price of every way to carry the payment or payout.
type quoteAnswer struct {
	payment.QuoteView

	Routes []routeView `json:"routes" doc:"Every way, priced side by side; indicative"`
}

// routeView is one way to carry a payment or payout, with its price.
type routeView struct {
	Method       payment.MethodView `json:"method"`
	Channel      string             `json:"channel,omitempty" doc:"That would be tried first"`
	Eligible     bool               `json:"eligible"`
	Unavailable  *obstacleView      `json:"unavailable,omitempty" doc:"Why it is not eligible"`
	WhyNot       []string           `json:"why_not,omitempty" doc:"The same in detail, for support"`
	Debit        *money.Wire        `json:"debit,omitempty" doc:"What the payer, or your balance, would be charged"`
	Net          *money.Wire        `json:"net,omitempty" doc:"What you, or the beneficiary, would get"`
	Mid          string             `json:"mid,omitempty"`
	Client       string             `json:"client,omitempty"`
	MarginBps    int64              `json:"margin_bps"`
	Fees         []payment.FeeView  `json:"fees,omitempty"`
	TotalCostPct string             `json:"total_cost_pct,omitempty" doc:"Margin and fees together, in percent of the amount at mid"`
	Candidates   []candidateView    `json:"candidates,omitempty" doc:"Every channel of the method, and why it is not eligible; of those that are, rank 1 is tried first"`
	Earliest     string             `json:"earliest_at,omitempty" format:"date-time"`
	Latest       string             `json:"latest_at,omitempty" format:"date-time"`
}

// obstacleView is why a way cannot be taken, in words that a payer may read.
type obstacleView struct {
	Code   gateway.ObstacleCode `json:"code" enum:"unavailable_now,payouts_stopped,no_rate,amount_too_small,amount_too_large,capture_not_supported,order_refused,country_not_supported,currency_not_supported"`
	Detail string               `json:"detail" doc:"In the language of the request"`
	Limit  *money.Wire          `json:"limit,omitempty" doc:"amount_too_small, amount_too_large: from or up to where it serves"`
}

func viewObstacle(o gateway.Obstacle, language string) *obstacleView {
	v := &obstacleView{Code: o.Code, Detail: o.Text(language, money.Amount.String)}
	if !o.Limit.Asset().IsZero() {
		limit := o.Limit.Wire()
		v.Limit = &limit
	}
	return v
}

func (s *server) routeQuotes(contract huma.API) {
	op := operation("create-quote", http.MethodPost, "/v1/quotes", "Price a payment or payout, by every way", access.Write)
	op.DefaultStatus = http.StatusCreated
	huma.Register(contract, op, s.createQuote)
	huma.Register(contract, operation("get-quote", http.MethodGet, "/v1/quotes/{id}", "Look at a quote", access.Read), s.getQuote)
}

func (s *server) createQuote(ctx context.Context, in *quoteInput) (*output[quoteAnswer], error) {
	caller, b := callerOf(ctx), in.Body
	merchant, err := s.Access.Merchant(ctx, caller.Merchant)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	other, err := b.other(merchant.Currency)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	to, err := s.recipient(ctx, b)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	fix, direction := fx.Side(b.Fix), fx.Direction(b.Direction)
	if b.Crypto != nil && direction == fx.Collect {
		fix = fx.TargetFixed // what is asked for is credited, and the payer pays what that costs
	}
	quote, err := s.Gateway.Quote(ctx, gateway.QuoteRequest{
		Merchant: merchant.ID, Mode: caller.Mode, Tier: merchant.Tier, Kind: fx.Mode(b.Mode), Direction: direction, Fix: fix, Method: b.method(),
		Amount: b.Amount.money, Other: other, To: to,
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	order := payment.Order{Amount: b.Amount.money, Settlement: other, Tier: merchant.Tier, Capture: payment.CaptureAutomatic}
	offers, err := s.offers(ctx, fix, direction, order, to)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	answer := quoteAnswer{QuoteView: payment.ViewQuote(quote), Routes: []routeView{}}
	for _, o := range offers {
		answer.Routes = append(answer.Routes, viewOffer(o, requestOf(ctx).language))
	}
	return &output[quoteAnswer]{answer}, nil
}

// recipient is whom a payout would be for. Unless one is named, all that is known of them is the country.
func (s *server) recipient(ctx context.Context, b quoteBody) (payment.Beneficiary, error) {
	if b.Beneficiary == "" {
		return payment.Beneficiary{Country: b.Country}, nil
	}
	caller := callerOf(ctx)
	return s.Gateway.Beneficiary(ctx, caller.Merchant, caller.Mode, b.Beneficiary)
}

func (s *server) offers(ctx context.Context, fix fx.Side, direction fx.Direction, order payment.Order, to payment.Beneficiary) ([]gateway.Offer, error) {
	caller := callerOf(ctx)
	if direction == fx.Send {
		return s.Gateway.PayoutOffers(ctx, gateway.PayoutRequest{Merchant: caller.Merchant, Mode: caller.Mode, Order: order, Fix: fix}, to)
	}
	var payer money.Asset
	if fix == fx.TargetFixed {
		payer, order.Settlement = order.Settlement, order.Amount.Asset()
	}
	return s.Gateway.Offers(ctx, gateway.CreateRequest{Merchant: caller.Merchant, Mode: caller.Mode, Order: order, Payer: payer})
}

func viewOffer(o gateway.Offer, language string) routeView {
	v := routeView{
		Method: payment.ViewMethod(o.Method), Channel: o.Decision.Chosen, Eligible: o.Available(),
		Earliest: payment.Stamp(o.Earliest), Latest: payment.Stamp(o.Latest),
	}
	for _, c := range o.Decision.Candidates {
		v.Candidates = append(v.Candidates, explainCandidate(c))
	}
	if !o.Available() {
		v.Unavailable = viewObstacle(o.Obstacle, language)
		for _, c := range o.Decision.Candidates {
			if c.Fit {
				v.WhyNot = append(v.WhyNot, whyNot(c)...)
			}
		}
		if o.Obstacle.Note != "" {
			v.WhyNot = append(v.WhyNot, o.Obstacle.Note)
		}
	}
	if o.Quote.ID == "" {
		return v
	}
	price := payment.ViewQuote(o.Quote)
	v.Debit, v.Net, v.Mid, v.Client, v.MarginBps, v.Fees = &price.Debit, &price.Net, price.Rate.Mid, price.Rate.Client, price.Rate.MarginBps, price.Fees
	v.TotalCostPct = o.Quote.CostPercent()
	return v
}

func (s *server) getQuote(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
},
) (*output[payment.QuoteView], error) {
	quote, err := s.Gateway.FindQuote(ctx, callerOf(ctx).Merchant, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[payment.QuoteView]{payment.ViewQuote(quote)}, nil
}
