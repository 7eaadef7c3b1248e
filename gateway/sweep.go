package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// hoardsPage is how many places are looked at for what can be swept with each head of a chain.
const hoardsPage = 100

// BeginSweeps begins the sweeps of places that hold as much as is worth it, at most room of them. It only writes them down:
// whoever takes up due work carries them out.
func (j journal) BeginSweeps(ctx context.Context, worth []rails.Worth, after string, room int) (string, error) {
	page, last, err := j.store.Hoards(ctx, j.channel.Name, after, j.now(), hoardsPage)
	if err != nil {
		return after, err
	}
	for _, h := range page {
		n := slices.IndexFunc(worth, func(w rails.Worth) bool { return w.Least.Asset() == h.Amount.Asset() })
		if n < 0 || h.Amount.Sub(worth[n].Leave).Cmp(worth[n].Least) < 0 {
			after = h.Name()
			continue
		}
		if room == 0 {
			return after, nil
		}
		room--
		h.Amount = h.Amount.Sub(worth[n].Leave)
		if err := j.beginSweep(ctx, h); err != nil {
			return after, fmt.Errorf("sweep of %s: %w", h.Attempt, err)
		}
		after = h.Name()
	}
	return last, nil
}

// beginSweep writes a sweep down. That another was faster, or that the money is gone, is no fault.
func (j journal) beginSweep(ctx context.Context, h payment.Hoard) error {
	stored, err := j.store.Payment(ctx, h.Payment)
	if err != nil {
		return err
	}
	o := payment.NewSweep(j.newID("swp"), h.Attempt, h.Amount, j.now())
	_, err = j.drive(ctx, stored, &errand{unsent: true, change: sendsNothing(func(p payment.Payment) (payment.Payment, error) { return p.BeginSweep(o) })})
	if errors.Is(err, payment.ErrNotSweepable) || errors.Is(err, payment.ErrAmountExceeds) || errors.Is(err, payment.ErrTooManyOperations) {
		j.log.Info("not swept", "channel", j.channel.Name, "payment", h.Payment, "attempt", h.Attempt, "amount", h.Amount, "err", err)
		return nil
	}
	return err
}
