package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// choice is a payment with one of the methods that the payer offers.
type choice struct {
	payment.Payment

	waits bool // no channel can take it now
	cost  money.Amount
}

// before reports whether c is the better choice: what can be paid now, and of that the cheapest.
func (c choice) before(other choice) bool {
	if c.waits != other.waits {
		return other.waits
	}
	return c.cost.Cmp(other.cost) < 0
}

// choose returns the payment by the best of the methods that the payer offers, or else why there is none.
func (g *Gateway) choose(ctx context.Context, r CreateRequest, now time.Time) (payment.Payment, error) {
	var best choice
	err := ErrNoRoute
	for _, method := range r.Methods {
		p, priceErr := g.paymentBy(ctx, r, method, now)
		if priceErr != nil {
			err = telling(err, priceErr)
			continue
		}
		if !g.serves(p) {
			continue
		}
		if c := (choice{p, !g.takes(p), g.total(p, now)}); best.ID == "" || c.before(best) {
			best = c
		}
	}
	if best.ID == "" {
		return payment.Payment{}, err
	}
	return best.Payment, nil
}

// telling is the one of two refusals that is told. That a quote is for another of the offered methods says least: what is
// wrong with it for its own method matters.
func telling(before, next error) error {
	if errors.Is(next, ErrQuoteMethod) && !errors.Is(before, ErrNoRoute) {
		return before
	}
	return next
}

// total is what a method costs the payer and the merchant together beyond the amount itself, in what was asked for, so
// that methods can be compared.
func (g *Gateway) total(p payment.Payment, now time.Time) money.Amount {
	q, total := p.Quote, p.Order.Amount.Asset().Zero()
	for _, part := range []money.Amount{q.Debit().Sub(q.Source), q.Margin, q.Fee()} { // the payer's fees come on top, in what is paid
		cost, err := g.inAsset(part, total.Asset(), now)
		if err != nil {
			return p.Order.Amount // comparable with nothing: the last choice
		}
		total = total.Add(cost)
	}
	return total
}
