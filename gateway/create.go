package gateway

import (
	"context"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// payWithin is how long a payer has to act on a payment whose money is pulled. Where the payer sends it, the price's lock
// says how long.
const payWithin = 30 * time.Minute

// chooseWithin is how long a payer has to choose how to pay.
const chooseWithin = 24 * time.Hour

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

// draft makes the payment that r asks for: by the best of the methods that the payer offers, or by one that they choose later.
// Nothing is written.
func (g *Gateway) draft(ctx context.Context, r CreateRequest, now time.Time) (payment.Payment, error) {
	if len(r.Methods) == 0 {
		p, err := g.paymentBy(ctx, r, payment.Method{}, now)
		p.ExpiresAt = now.Add(chooseWithin)
		return p, err
	}
	return g.choose(ctx, r, now)
}

// paymentBy is the payment by one of the methods, at its price.
func (g *Gateway) paymentBy(ctx context.Context, r CreateRequest, method payment.Method, now time.Time) (payment.Payment, error) {
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

// terms stamps treasury's rules on the payment, as far as they say more than its price.
func (g *Gateway) terms(p payment.Payment, now time.Time) payment.Terms {
	rules, request := g.pricer.Rules(), requestFor(p.Merchant, p.Order, p.Method)
	request.Amount, request.Other = p.Quote.Source, p.Quote.Target.Asset()
	days, _ := rules.SettlementDays(request, now)
	return payment.Terms{SettlementDays: days, Refund: rules.RefundTerms(request, now)}
}

// pushes reports whether the payer would send the money by themselves.
func (g *Gateway) pushes(p payment.Payment) bool {
	return slices.ContainsFunc(g.channels, func(c Channel) bool { return c.Method == p.Method.Type && c.Rail.Capabilities().Push })
}
