package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/causeway-pay/causeway/payment"
)

// tellGone tells what dropped blocks held. It goes by what the books say and not by what was just dropped, so that it
// also mends what a watcher told that was paused while another was at work.
func (w *Watcher) tellGone(ctx context.Context, journal Journal) error {
	gone, err := w.Store.Gone(ctx, w.Channel, openMax)
	if err != nil {
		return err
	}
	var faults []error
	for _, t := range gone {
		need, _ := w.Depths.Need(t.Amount)
		if err := journal.Arrived(ctx, t.To, t.receipt(payment.ReceiptOrphaned, 0, need)); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", t.Reference(), err))
			continue
		}
		if err := w.Store.Orphaned(ctx, w.Channel, t.Reference()); err != nil {
			return err
		}
	}
	return errors.Join(faults...)
}

// tellOpen tells how deep the transfers are that do not count yet, and which count now. One that cannot be told holds up
// no other. It notes up to which block nothing is left to tell, for the audit to hold the books against: not beyond a
// transfer that its nodes do not confirm yet, which waits for them, and is no fault of the books.
func (w *Watcher) tellOpen(ctx context.Context, journal Journal, head Block, final int64) error {
	if w.told.Hash == head.Hash {
		return nil
	}
	open, err := w.Store.Open(ctx, w.Channel, openMax)
	if err != nil {
		return err
	}
	done := min(final, head.Number-DepthMax)
	if len(open) == openMax { // there may be more
		done = min(done, open[openMax-1].Block.Number-1)
	}
	var faults []error
	for _, t := range open {
		err := w.tell(ctx, journal, t, head, final)
		if errors.Is(err, ErrBehind) {
			done = min(done, t.Block.Number-1)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", t.Reference(), err))
		}
	}
	return errors.Join(append(faults, w.Store.ToldTo(ctx, w.Channel, done))...)
}

func (w *Watcher) tell(ctx context.Context, journal Journal, t Transfer, head Block, final int64) error {
	need, mustBeFinal, err := w.need(ctx, t)
	if err != nil {
		return err
	}
	have := int(head.Number-t.Block.Number) + 1
	deep := have >= need
	if mustBeFinal {
		deep = t.Block.Number <= final
		have = min(have, need-1) // however many blocks follow: they do not make it final
	}
	if !deep {
		return journal.Arrived(ctx, t.To, t.receipt(payment.ReceiptSeen, have, need))
	}
	if err := w.Node.Confirm(ctx, t, mustBeFinal); err != nil {
		seen := journal.Arrived(ctx, t.To, t.receipt(payment.ReceiptSeen, min(have, need), need))
		return errors.Join(fmt.Errorf("%w: not credited: %w", ErrBehind, err), seen)
	}
	if err := journal.Arrived(ctx, t.To, t.receipt(payment.ReceiptCredited, need, need)); err != nil {
		return err
	}
	return w.Store.Credited(ctx, w.Channel, t.Reference())
}
