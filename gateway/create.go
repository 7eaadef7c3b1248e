package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Reasons why a request is refused before anything is written.
var (
	ErrQuoteMismatch = errors.New("quote is for another amount or currency") // returned when amount or settlement differ from the accepted quote
	ErrQuoteUnfit    = errors.New("quote cannot be paid")                    // returned when the quote is indicative or not for collecting
)

// payWithin is how long a payer has to act on a payment.
const payWithin = 30 * time.Minute

// QuoteRequest asks for a price.
type QuoteRequest struct {
	Merchant string
	Tier     string
	Mode     fx.Mode
	Fix      fx.Side
	Amount   money.Amount // of the fixed side
	Other    money.Asset  // of the other side
	Method   string       // what the payer will pay with, when known
}

// Quote prices a collect, and keeps the price when it is firm.
func (g *Gateway) Quote(ctx context.Context, r QuoteRequest) (fx.Quote, error) {
	quote, err := g.pricer.Price(r.price(g.newID("quo")), g.now())
	if err != nil {
		return fx.Quote{}, fmt.Errorf("price: %w", err)
	}
	if quote.Mode == fx.Firm {
		if err := g.store.SaveQuote(ctx, quote); err != nil {
			return fx.Quote{}, fmt.Errorf("keep quote: %w", err)
		}
	}
	return quote, nil
}

func (r QuoteRequest) price(id string) fx.Request {
	return fx.Request{
		ID: id, Merchant: r.Merchant, Tier: r.Tier, Rail: r.Method, Direction: fx.Collect, Mode: r.Mode, Fix: r.Fix,
		Amount: r.Amount, Other: r.Other,
	}
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
	Merchant   string
	Tier       string
	Mode       payment.Mode
	Order      payment.Order
	Amount     money.Amount // what the payer is charged
	Settlement money.Asset  // what the merchant is credited in
	Quote      string       // id of a firm quote to accept; empty: price now
	Key        payment.Key
	Answer     func(p payment.Payment, object string) payment.Answer
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
	return g.once(ctx, r.Key, r.Answer, func() (Reply, error) {
		now := g.now()
		quote, err := g.quoteFor(ctx, r, now)
		if err != nil {
			return Reply{}, err
		}
		p := payment.New(payment.ID(g.newID("pay")), r.Merchant, r.Mode, r.Order, quote, now, now.Add(payWithin))
		p.Order.Terms = g.terms(r, now)
		if !g.serves(p) {
			return Reply{}, ErrNoRoute
		}
		e := g.errandFor(r.Key, p.ID, string(p.ID), r.Answer)
		e.accept = r.Quote
		e.change = func(payment.Payment) (payment.Payment, string, error) {
			begun, ref := g.begin(p)
			return begun, ref, nil
		}
		return g.reply(ctx, payment.Payment{}, e)
	})
}

// reply drives the errand and returns the answer that was stored with the last step.
func (g *Gateway) reply(ctx context.Context, stored payment.Payment, e *errand) (Reply, error) {
	p, err := g.drive(ctx, stored, e)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Payment: p, Answer: *e.answered}, nil
}

// quoteFor prices the payment, or takes the quote that the merchant accepts.
func (g *Gateway) quoteFor(ctx context.Context, r CreateRequest, now time.Time) (fx.Quote, error) {
	if r.Quote == "" {
		quote, err := g.pricer.Price(r.price(g.newID("quo")), now)
		if err != nil {
			return fx.Quote{}, fmt.Errorf("price: %w", err)
		}
		quote.Status = fx.Accepted
		return quote, nil
	}
	quote, err := g.FindQuote(ctx, r.Merchant, r.Quote)
	switch {
	case err != nil:
		return fx.Quote{}, fmt.Errorf("quote %s: %w", r.Quote, err)
	case quote.Mode != fx.Firm || quote.Direction != fx.Collect:
		return fx.Quote{}, ErrQuoteUnfit
	case quote.Status != fx.Open:
		return fx.Quote{}, payment.ErrQuoteUsed
	case !quote.Debit().Equal(r.Amount) || quote.Target.Asset() != r.Settlement:
		return fx.Quote{}, ErrQuoteMismatch
	}
	quote.Status = fx.Accepted
	return quote, nil
}

func (r CreateRequest) price(id string) fx.Request {
	return fx.Request{
		ID: id, Merchant: r.Merchant, Tier: r.Tier, Rail: r.Order.Method.Type, Direction: fx.Collect, Mode: fx.Firm,
		Fix: fx.SourceFixed, Amount: r.Amount, Other: r.Settlement,
	}
}

// terms stamps treasury's rules on the payment, as far as they say more than its price.
func (g *Gateway) terms(r CreateRequest, now time.Time) payment.Terms {
	rules, request := g.pricer.Rules(), r.price("")
	days, _ := rules.SettlementDays(request, now)
	return payment.Terms{SettlementDays: days, Refund: rules.RefundTerms(request, now)}
}
