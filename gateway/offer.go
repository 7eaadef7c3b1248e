package gateway

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Offer is one way to carry a payment or payout, with its price.
type Offer struct {
	Method   payment.Method
	Quote    fx.Quote         // zero when there is no price
	Decision payment.Decision // every channel with the method, and why it could not take it
	Earliest time.Time        // when the money is expected; zero when nobody can tell
	Latest   time.Time
	WhyNot   []string // why there is no price; empty when there is one
}

// Available reports whether a channel can take it now.
func (o Offer) Available() bool { return o.Decision.Chosen != "" }

// Offers prices an order by every method that is configured, side by side. Nothing is written, and nothing is held: what
// is chosen is priced again.
func (g *Gateway) Offers(ctx context.Context, r CreateRequest) ([]Offer, error) {
	now := g.now()
	var offers []Offer
	for _, method := range g.methods(r.Mode) {
		p, err := g.offer(ctx, r, method, now)
		if err != nil {
			offers = append(offers, Offer{Method: method, WhyNot: []string{err.Error()}})
			continue
		}
		o, err := g.offered(ctx, p, now)
		if err != nil {
			return nil, err
		}
		if o.served() {
			offers = append(offers, o)
		}
	}
	return offers, nil
}

// PayoutOffers does the same for a payout.
func (g *Gateway) PayoutOffers(ctx context.Context, r PayoutRequest, to payment.Beneficiary) ([]Offer, error) {
	now := g.now()
	r.Order.Beneficiary = &to
	var offers []Offer
	for _, t := range payoutMethods {
		p, err := g.payoutBy(r, g.methodTo(t, r), now)
		if err != nil {
			continue
		}
		o, err := g.offered(ctx, p, now)
		if err != nil {
			return nil, err
		}
		if o.served() {
			offers = append(offers, o)
		}
	}
	return offers, nil
}

func (g *Gateway) offered(ctx context.Context, p payment.Payment, now time.Time) (Offer, error) {
	c, decision, ok, err := g.route(ctx, p, now)
	if err != nil {
		return Offer{}, err
	}
	o := Offer{Method: p.Method, Quote: p.Quote, Decision: decision}
	if estimator, can := c.Rail.(rails.Estimator); ok && can {
		o.Earliest, o.Latest = estimator.Estimate(p, now)
	}
	return o, nil
}

// served reports whether any channel has the method at all.
func (o Offer) served() bool {
	for _, c := range o.Decision.Candidates {
		if c.Eligible || c.Fit {
			return true
		}
	}
	return false
}

// methods lists every way to pay that is configured, in the order of the channels: each coin and token is one.
func (g *Gateway) methods(mode payment.Mode) []payment.Method {
	var methods []payment.Method
	seen := map[payment.Method]bool{}
	add := func(m payment.Method) {
		if !seen[m] {
			seen[m] = true
			methods = append(methods, m)
		}
	}
	for _, c := range g.channels {
		if c.Mode != mode {
			continue
		}
		if c.Method != payment.MethodCrypto {
			add(payment.Method{Type: c.Method})
			continue
		}
		for _, name := range c.Currencies {
			if asset, err := money.ParseAsset(name); err == nil {
				add(payment.Method{Type: c.Method, Currency: asset.Code, Network: asset.Network})
			}
		}
	}
	return methods
}
