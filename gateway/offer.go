package gateway

import (
	"context"
	"errors"
	"slices"
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
	Obstacle Obstacle // why it cannot be taken now; zero when it can
}

// Available reports whether a channel can take it now.
func (o Offer) Available() bool { return o.Decision.Chosen != "" }

// Offers prices an order by every method that is configured, side by side, and says of those that cannot be taken why.
// Nothing is written, and nothing is held: what is chosen is priced again.
func (g *Gateway) Offers(ctx context.Context, r CreateRequest) ([]Offer, error) {
	now := g.now()
	return g.offersBy(ctx, g.methods(r.Mode), now, func(m payment.Method) (payment.Payment, error) { return g.paymentBy(ctx, r, m, now) })
}

// PayoutOffers does the same for a payout. Of one to nobody in particular, all that is left out is whether the rail would
// refuse the beneficiary.
func (g *Gateway) PayoutOffers(ctx context.Context, r PayoutRequest, to payment.Beneficiary) ([]Offer, error) {
	now := g.now()
	r.Order.Beneficiary = &to
	var methods []payment.Method
	for _, t := range payoutMethods {
		if g.paysOut(r.Mode, t) {
			methods = append(methods, r.method(t))
		}
	}
	return g.offersBy(ctx, methods, now, func(m payment.Method) (payment.Payment, error) { return g.payoutBy(r, m, now) })
}

// offersBy are the offers of methods, with what by makes of each.
func (g *Gateway) offersBy(
	ctx context.Context, methods []payment.Method, now time.Time, by func(payment.Method) (payment.Payment, error),
) ([]Offer, error) {
	var offers []Offer
	for _, m := range methods {
		p, err := by(m)
		if err != nil {
			offers = append(offers, priceless(m, err))
			continue
		}
		o, err := g.offered(ctx, p, now)
		if err != nil {
			return nil, err
		}
		offers = append(offers, o)
	}
	return offers, nil
}

// priceless is a method that cannot be priced.
func priceless(m payment.Method, err error) Offer {
	o := Offer{Method: m, Obstacle: Obstacle{Code: OrderRefused, Note: err.Error()}}
	if errors.Is(err, fx.ErrUnavailable) {
		o.Obstacle.Code = NoRate
	}
	return o
}

// offered is the payment as an offer.
func (g *Gateway) offered(ctx context.Context, p payment.Payment, now time.Time) (Offer, error) {
	c, decision, ok, err := g.route(ctx, p, now)
	if err != nil {
		return Offer{}, err
	}
	decision.Candidates = slices.DeleteFunc(decision.Candidates, func(c payment.Candidate) bool {
		channel, _ := g.channel(c.Channel)
		return channel.foreign(p) != nil
	})
	o := Offer{Method: p.Method, Quote: p.Quote, Decision: decision}
	if !ok {
		if o.Obstacle = g.nearest(p); o.Obstacle.Code == NotNow && decision.Stopped != "" {
			o.Obstacle.Code = PayoutsStopped
		}
		return o, nil
	}
	if estimator, can := c.Rail.(rails.Estimator); can {
		o.Earliest, o.Latest = estimator.Estimate(p, now)
	}
	return o, nil
}

// paysOut reports whether a channel pays out by a method.
func (g *Gateway) paysOut(mode payment.Mode, method payment.MethodType) bool {
	return slices.ContainsFunc(g.channels, func(c Channel) bool {
		return c.Mode == mode && c.Method == method && c.Rail.Capabilities().Payout
	})
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
		if c.Mode != mode || !c.collects() {
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
