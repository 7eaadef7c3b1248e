package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Reasons why a request is refused before anything is written.
var (
	ErrQuoteMismatch = errors.New("quote is for another amount or currency") // returned when amount or settlement differ from the accepted quote
	ErrQuoteUnfit    = errors.New("quote cannot be paid")                    // returned when the quote is indicative or for the other direction
	ErrQuoteMethod   = errors.New("quote is for another method")             // returned when the quote was priced for another rail, or for none
	ErrQuoteCorridor = errors.New("quote is for another country")            // returned when the quote was priced for another corridor
)

// payWithin is how long a payer has to act on a payment whose money is pulled. Where the payer sends it, the price's lock
// says how long.
const payWithin = 30 * time.Minute

// chooseWithin is how long a payer has to choose how to pay.
const chooseWithin = 24 * time.Hour

// QuoteRequest asks for a price.
type QuoteRequest struct {
	Merchant  string
	Mode      payment.Mode
	Tier      string
	Kind      fx.Mode // firm, or to compare and show
	Direction fx.Direction
	Fix       fx.Side
	Amount    money.Amount // of the fixed side
	Other     money.Asset  // of the other side
	Method    payment.Method
	Country   string // payouts: where the money goes
}

// Quote prices a collect or a payout, and keeps the price when it is firm.
func (g *Gateway) Quote(ctx context.Context, r QuoteRequest) (fx.Quote, error) {
	quote, err := g.price(r, g.now())
	if err != nil {
		return fx.Quote{}, err
	}
	if quote.Mode == fx.Firm {
		if err := g.store.SaveQuote(ctx, quote); err != nil {
			return fx.Quote{}, fmt.Errorf("keep quote: %w", err)
		}
	}
	return quote, nil
}

// price prices a request without keeping the price.
func (g *Gateway) price(r QuoteRequest, now time.Time) (fx.Quote, error) {
	request := fx.Request{
		ID: g.newID("quo"), Merchant: r.Merchant, Tier: r.Tier, Rail: r.Method.Type.Rail(), Direction: r.Direction,
		Mode: r.Kind, Fix: r.Fix, Amount: r.Amount, Other: r.Other,
	}
	if r.Direction == fx.Send {
		request.Corridor = g.corridorTo(r.Mode, r.Method.Type, r.Country)
	}
	quote, err := g.pricer.Price(request, now)
	if err != nil {
		return fx.Quote{}, fmt.Errorf("price: %w", err)
	}
	return quote, nil
}

// FindQuote returns a quote of the merchant, with its status as it is now.
func (g *Gateway) FindQuote(ctx context.Context, merchant, id string) (fx.Quote, error) {
	quote, err := g.store.Quote(ctx, merchant, id)
	if err == nil && quote.Status == fx.Open && !g.now().Before(quote.ExpiresAt) {
		quote.Status = fx.Expired
	}
	return quote, err
}

// CreateRequest asks for a payment.
type CreateRequest struct {
	Merchant string
	Mode     payment.Mode
	Order    payment.Order
	Methods  []payment.Method // what the payer offers; the cheapest of several is taken; none: the payer chooses later
	Checkout string           // SHA-256 of the secret of the payer's page, in hex; empty: no page
	Payer    money.Asset      // what the payer pays in, where the method does not say it; zero: what was asked for
	Quote    string           // id of a firm quote to accept; empty: price now
	Key      payment.Key
	Answer   func(p payment.Payment, object string) payment.Answer
}

// Reply is what a request is answered with.
type Reply struct {
	Payment  payment.Payment
	Answer   payment.Answer
	Replayed bool // the key was used before, and this is its answer
}

// Create makes a payment and carries it as far as it goes within the request: it is on disk, with its key and its first
// attempt, before the channel is called, and what the channel said is on disk before this returns.
func (g *Gateway) Create(ctx context.Context, r CreateRequest) (Reply, error) {
	return g.create(ctx, r.Key, r.Quote, r.Answer, func(now time.Time) (payment.Payment, error) { return g.draft(ctx, r, now) })
}

// create stores what draft makes under its key, with its first attempt unless it waits for the payer to choose a method, or
// for people to let it go.
func (g *Gateway) create(
	ctx context.Context, key payment.Key, quote string, answer func(payment.Payment, string) payment.Answer,
	draft func(now time.Time) (payment.Payment, error),
) (Reply, error) {
	return g.once(ctx, key, answer, func() (Reply, error) {
		p, err := draft(g.now())
		if err != nil {
			return Reply{}, err
		}
		e := g.errandFor(key, p.ID, string(p.ID), answer)
		e.accept = quote
		e.change = func(ctx context.Context, _ payment.Payment) (payment.Payment, string, error) {
			if p.Method.Type == "" || p.Hold != "" {
				return p, "", nil
			}
			return g.begin(ctx, p)
		}
		return g.reply(ctx, payment.Payment{}, e)
	})
}

// draft makes the payment that r asks for, with the best of the methods that the payer offers. Nothing is written.
func (g *Gateway) draft(ctx context.Context, r CreateRequest, now time.Time) (payment.Payment, error) {
	if len(r.Methods) == 0 {
		p, err := g.offer(ctx, r, payment.Method{}, now)
		p.ExpiresAt = now.Add(chooseWithin)
		return p, err
	}
	var best payment.Payment
	var cost money.Amount
	err := ErrNoRoute
	for _, method := range r.Methods {
		p, priceErr := g.offer(ctx, r, method, now)
		if priceErr != nil {
			err = telling(err, priceErr)
			continue
		}
		total, served := g.total(ctx, p, now)
		if served && (best.ID == "" || total.Cmp(cost) < 0) {
			best, cost = p, total
		}
	}
	if best.ID == "" {
		return payment.Payment{}, err
	}
	return best, nil
}

// telling is the one of two refusals that is told. That a quote is for another of the offered methods says least: what is
// wrong with it for its own method matters.
func telling(before, next error) error {
	if errors.Is(next, ErrQuoteMethod) && !errors.Is(before, ErrNoRoute) {
		return before
	}
	return next
}

// offer is the payment with one of the methods.
func (g *Gateway) offer(ctx context.Context, r CreateRequest, method payment.Method, now time.Time) (payment.Payment, error) {
	quote, err := g.quoteFor(ctx, r, method, now)
	if err != nil {
		return payment.Payment{}, err
	}
	p := payment.New(payment.ID(g.newID("pay")), r.Merchant, r.Mode, r.Order, method, quote, now, now.Add(payWithin))
	p.Order.Terms, p.Checkout = g.terms(p, now), r.Checkout
	if g.pushes(p) {
		p.ExpiresAt = quote.ExpiresAt
	}
	return p, nil
}

// total is what a method costs the payer and the merchant together beyond the amount itself, in what was asked for, so
// that methods can be compared; served is false when no channel could carry it.
func (g *Gateway) total(ctx context.Context, p payment.Payment, now time.Time) (total money.Amount, served bool) {
	if !g.serves(p) {
		return money.Amount{}, false
	}
	fees, err := g.inAsset(p.Quote.Margin.Add(p.Quote.Fee()), p.Order.Amount.Asset(), now)
	if err != nil {
		return p.Order.Amount, true // comparable with nothing: the last choice
	}
	return fees, true
}

// inAsset states an amount in another asset at mid.
func (g *Gateway) inAsset(amount money.Amount, asset money.Asset, now time.Time) (money.Amount, error) {
	mid, _, err := g.pricer.Mid(amount.Asset(), asset, now)
	if err != nil {
		return money.Amount{}, err
	}
	return mid.Convert(amount), nil
}

// reply drives the errand and returns the answer that was stored with the last step. It returns payment.ErrAnswered where
// the same request was answered by another meanwhile; what was asked for is done then.
func (g *Gateway) reply(ctx context.Context, stored payment.Payment, e *errand) (Reply, error) {
	p, err := g.drive(ctx, stored, e)
	if err != nil {
		return Reply{}, err
	}
	if e.answered == nil {
		return Reply{}, payment.ErrAnswered
	}
	return Reply{Payment: p, Answer: *e.answered}, nil
}

// quoteFor prices the payment, or takes the quote that the merchant accepts.
func (g *Gateway) quoteFor(ctx context.Context, r CreateRequest, method payment.Method, now time.Time) (fx.Quote, error) {
	if r.Quote == "" {
		return g.collect(r.Merchant, r.Order, method, r.Payer, now)
	}
	quote, err := g.FindQuote(ctx, r.Merchant, r.Quote)
	if err != nil {
		return fx.Quote{}, fmt.Errorf("quote %s: %w", r.Quote, err)
	}
	payer, err := payerAsset(method, r.Order, r.Payer)
	fits := slices.ContainsFunc([]money.Amount{quote.Debit(), quote.Source, quote.Target}, r.Order.Amount.Equal)
	switch {
	case err != nil:
		return fx.Quote{}, err
	case quote.Mode != fx.Firm || quote.Direction != fx.Collect:
		return fx.Quote{}, ErrQuoteUnfit
	case method.Type == "" || quote.Rail != method.Type.Rail():
		return fx.Quote{}, ErrQuoteMethod // without a rail in its request, a price leaves out the fees of every rail
	case quote.Status != fx.Open:
		return fx.Quote{}, payment.ErrQuoteUsed
	case !fits || quote.Source.Asset() != payer || quote.Target.Asset() != r.Order.Settlement:
		return fx.Quote{}, ErrQuoteMismatch
	}
	quote.Status = fx.Accepted
	return quote, nil
}

// payerAsset is what a payer pays in with a method: the coin or token of a chain, or else, or the currency of the amount.
func payerAsset(m payment.Method, order payment.Order, or money.Asset) (money.Asset, error) {
	switch {
	case m.Type == payment.MethodCrypto:
		return money.LookupAsset(m.Currency, m.Network)
	case !or.IsZero():
		return or, nil
	}
	return order.Amount.Asset(), nil
}

// collect prices what a payer is charged for an order with a method:
//
//	paid in what was asked for        the amount is taken, and converted to the settlement asset
//	settled in what was asked for     the amount is credited, and the payer pays what that costs
//	neither                           the payer pays what the amount is worth at mid, which is then converted
func (g *Gateway) collect(merchant string, order payment.Order, method payment.Method, payer money.Asset, now time.Time) (fx.Quote, error) {
	payer, err := payerAsset(method, order, payer)
	if err != nil {
		return fx.Quote{}, err
	}
	r := g.request(merchant, order, method)
	r.ID, r.Amount, r.Other = g.newID("quo"), order.Amount, order.Settlement
	switch {
	case payer == order.Amount.Asset():
	case order.Settlement == order.Amount.Asset():
		r.Fix, r.Other = fx.TargetFixed, payer
	default:
		worth, err := g.inAsset(order.Amount, payer, now)
		if err != nil {
			return fx.Quote{}, fmt.Errorf("price: %w", err)
		}
		r.Amount, _ = worth.Up()
	}
	quote, err := g.pricer.Price(r, now)
	if err != nil {
		return fx.Quote{}, fmt.Errorf("price: %w", err)
	}
	quote.Status = fx.Accepted
	return quote, nil
}

// request is what treasury's rules are asked about a payment.
func (g *Gateway) request(merchant string, order payment.Order, method payment.Method) fx.Request {
	return fx.Request{
		Merchant: merchant, Tier: order.Tier, Rail: method.Type.Rail(), Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed,
	}
}

// terms stamps treasury's rules on the payment, as far as they say more than its price.
func (g *Gateway) terms(p payment.Payment, now time.Time) payment.Terms {
	rules, request := g.pricer.Rules(), g.request(p.Merchant, p.Order, p.Method)
	request.Amount, request.Other = p.Quote.Source, p.Quote.Target.Asset()
	days, _ := rules.SettlementDays(request, now)
	return payment.Terms{SettlementDays: days, Refund: rules.RefundTerms(request, now)}
}

// pushes reports whether the payer would send the money by themselves.
func (g *Gateway) pushes(p payment.Payment) bool {
	return slices.ContainsFunc(g.channels, func(c Channel) bool { return c.Method == p.Method.Type && c.Rail.Capabilities().Push })
}
