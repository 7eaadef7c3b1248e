package gateway

import (
	"context"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Switch asks for another method. It returns payment.ErrNotSwitchable while money may have moved, and then nothing has
// changed.
func (g *Gateway) Switch(ctx context.Context, c Change, method payment.Method) (Reply, error) {
	return g.once(ctx, c.Key, c.Answer, func() (Reply, error) {
		stored, err := g.Find(ctx, c.Merchant, c.Mode, fx.Collect, c.Payment)
		if err != nil {
			return Reply{}, err
		}
		now := g.now()
		quote, err := g.priceCollect(stored.Merchant, stored.Order, method, money.Asset{}, now)
		if err != nil {
			return Reply{}, err
		}
		next := stored
		next.Method, next.Quote = method, quote
		if !g.serves(next) {
			return Reply{}, ErrNoRoute
		}
		expires := now.Add(payWithin)
		if g.pushes(next) {
			expires = quote.ExpiresAt
		}
		e := g.errandFor(c.Key, stored.ID, string(stored.ID), c.Answer)
		e.change = sendsNothing(func(p payment.Payment) (payment.Payment, error) { return p.SwitchTo(method, quote, expires) })
		return g.reply(ctx, stored, e)
	})
}
