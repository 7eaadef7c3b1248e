package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Change is a merchant's request about a payment that exists.
type Change struct {
	Merchant string
	Mode     payment.Mode
	Payment  payment.ID
	Amount   money.Amount // of a capture or refund; the zero Amount: all that is left
	Final    bool         // of a capture: release the rest
	Note     string       // of a refund
	Key      payment.Key
	Answer   func(p payment.Payment, object string) payment.Answer // object: what the key names, the payment or its operation
}

// Capture takes authorized money, at the price that was accepted while its lock holds and at today's rate afterwards. It
// returns payment.ErrNotCapturable, ErrAmountAsset, ErrAmountExceeds or fx.ErrUnavailable, and then nothing has changed.
func (g *Gateway) Capture(ctx context.Context, c Change) (Reply, error) {
	return g.operate(ctx, c, "cap", func(p payment.Payment, o payment.Operation) (payment.Payment, error) {
		if c.Amount.Asset().IsZero() {
			o.Amount = p.Capturable()
		}
		after, err := p.BeginCapture(o)
		if err != nil || !p.LockEnded(o.CreatedAt) {
			return after, err
		}
		mid, _, err := g.pricer.Mid(p.Quote.Source.Asset(), p.Quote.Target.Asset(), g.now())
		if err != nil {
			return p, fmt.Errorf("price capture: %w", err)
		}
		after.Operations[len(after.Operations)-1].Booking.Mid = mid
		return after, nil
	})
}

// Refund gives captured money back. It returns payment.ErrNotRefundable, ErrAmountAsset, ErrAmountExceeds or
// ErrInsufficient, and then nothing has changed.
func (g *Gateway) Refund(ctx context.Context, c Change) (Reply, error) {
	return g.operate(ctx, c, "ref", func(p payment.Payment, o payment.Operation) (payment.Payment, error) {
		if c.Amount.Asset().IsZero() {
			o.Amount = p.Refundable()
		}
		if !g.refunds(p) {
			return p, payment.ErrNotRefundable
		}
		after, err := p.BeginRefund(o)
		if err != nil {
			return p, err
		}
		mid, _, err := g.pricer.Mid(p.Quote.Source.Asset(), p.Quote.Target.Asset(), g.now())
		if err != nil {
			return p, fmt.Errorf("price refund: %w", err)
		}
		booking := &after.Operations[len(after.Operations)-1].Booking
		*booking = p.PriceRefund(o.Amount, mid, o.CreatedAt)
		booking.ChannelFee = g.refundCost(p, o.Amount)
		return after, nil
	})
}

// refundCost is what the channel that has the money of p charges us for giving amount of it back.
func (g *Gateway) refundCost(p payment.Payment, amount money.Amount) money.Amount {
	last, _ := p.Last()
	c, _ := g.channel(last.Channel)
	return c.RefundCost.Of(amount)
}

// refunds reports whether the channel that has the money can give it back.
func (g *Gateway) refunds(p payment.Payment) bool {
	last, ok := p.Last()
	if !ok {
		return true // nothing was captured, which is said by whoever looks at that
	}
	c, ok := g.channel(last.Channel)
	return !ok || can[rails.Refunder](c)
}

// operate begins one operation, sends it, and answers with what became of it. The id is the same however often another
// transition comes first.
func (g *Gateway) operate(ctx context.Context, c Change, prefix string, begin func(payment.Payment, payment.Operation) (payment.Payment, error)) (Reply, error) {
	return g.once(ctx, c.Key, c.Answer, func() (Reply, error) {
		stored, err := g.Find(ctx, c.Merchant, c.Mode, fx.Collect, c.Payment)
		if err != nil {
			return Reply{}, err
		}
		now := g.now()
		o := payment.Operation{
			ID: g.newID(prefix), Amount: c.Amount, Final: c.Final, Note: c.Note, CreatedAt: now, Deadline: now.Add(g.operationMax(stored)),
		}
		e := g.errandFor(c.Key, stored.ID, o.ID, c.Answer)
		e.change = func(_ context.Context, p payment.Payment) (payment.Payment, string, error) {
			after, err := begin(p, o)
			return after, o.ID, err
		}
		return g.reply(ctx, stored, e)
	})
}

// operationMax is how long an operation of p counts as in flight.
func (g *Gateway) operationMax(p payment.Payment) time.Duration {
	timeout := resolveMax
	if last, ok := p.Last(); ok {
		if c, ok := g.channel(last.Channel); ok {
			timeout = c.Timeout
		}
	}
	return timeout + answerMargin
}

// Cancel says that the payment is no longer wanted. What is live at a channel is fenced or released; while that is not
// confirmed the payment shows cancel_requested. It returns payment.ErrNotCancelable once money was captured.
func (g *Gateway) Cancel(ctx context.Context, c Change) (Reply, error) {
	return g.once(ctx, c.Key, c.Answer, func() (Reply, error) {
		stored, err := g.Find(ctx, c.Merchant, c.Mode, fx.Collect, c.Payment)
		if err != nil {
			return Reply{}, err
		}
		e := g.errandFor(c.Key, stored.ID, string(stored.ID), c.Answer)
		e.change = sendsNothing(payment.Payment.Cancel)
		return g.reply(ctx, stored, e)
	})
}

// FindByCheckout returns the payment whose page opens with the secret of that hash. It returns payment.ErrNotFound when
// there is none.
func (g *Gateway) FindByCheckout(ctx context.Context, hash string) (payment.Payment, error) {
	id, err := g.store.PaymentByCheckout(ctx, hash)
	if err != nil {
		return payment.Payment{}, err
	}
	return g.store.Payment(ctx, id)
}

// Find returns a payment or payout of the merchant. It returns payment.ErrNotFound also for that of another.
func (g *Gateway) Find(ctx context.Context, merchant string, mode payment.Mode, direction fx.Direction, id payment.ID) (payment.Payment, error) {
	p, err := g.store.Payment(ctx, id)
	if err != nil {
		return payment.Payment{}, err
	}
	if p.Merchant != merchant || p.Mode != mode || p.Direction != direction {
		return payment.Payment{}, payment.ErrNotFound
	}
	return p, nil
}
