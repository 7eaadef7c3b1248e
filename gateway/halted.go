package gateway

import (
	"context"
	"errors"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/payment"
)

// ErrHalted is returned when people begin to move money out while payouts are halted. Nothing is written then.
var ErrHalted = errors.New("payouts are halted")

// stopped says what keeps a payout from every channel: the house has halted payouts, or what the merchant has fell below
// zero since its money was set aside. It is asked each time that an attempt is about to be made, whatever an earlier answer
// was; what is under way already finishes.
func (g *Gateway) stopped(ctx context.Context, p payment.Payment) (payment.Reason, error) {
	if p.Direction != fx.Send {
		return "", nil
	}
	why, err := g.store.Halted(ctx, halt.Payouts)
	if err != nil {
		return "", err
	}
	if why != "" {
		return payment.Halted, nil
	}
	left, err := g.store.Balance(ctx, ledger.MerchantAvailable(p.Merchant), p.Debit().Asset())
	if err != nil {
		return "", err
	}
	if left.Sign() < 0 {
		return payment.Uncovered, nil
	}
	return "", nil
}

// stops are the words for what keeps a payout from a channel. What is wrong with the books is not for merchants.
var stops = map[payment.Reason]string{
	payment.Halted:    "payouts are halted",
	payment.Uncovered: "what the merchant has is below zero",
}

// PayoutsHalted reports whether the house has halted payouts.
func (g *Gateway) PayoutsHalted(ctx context.Context) (bool, error) {
	why, err := g.store.Halted(ctx, halt.Payouts)
	return why != "", err
}
