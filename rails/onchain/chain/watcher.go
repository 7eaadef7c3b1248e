package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

const (
	openMax  = 1000 // transfers that are told of in one round
	roundMax = 512  // blocks that are scanned before what is open is told again
)

// Config describes a watcher.
type Config struct {
	Channel string
	Node    Node
	Store   Store
	Derive  func(number int64) (Address, error) // the address of an attempt's number
	Depths  Depths
	From    int64         // first block to scan when none was scanned yet; negative: the newest final one
	Poll    time.Duration // between two looks at the head
	Now     func() time.Time
	Log     *slog.Logger
	OnHead  func(ctx context.Context, head Block) error // told of each new head, once it is scanned; nil: nobody
}

// Watcher scans one chain for one channel.
type Watcher struct {
	Config

	places *places
	final  int64  // the newest block that was called final while this watcher was there; negative: none
	told   Block  // the head for which open transfers were told
	fault  string // why it waits, as it was logged
}

// NewWatcher returns a watcher that has looked at nothing yet.
func NewWatcher(c Config) *Watcher { return &Watcher{Config: c, places: newPlaces(), final: -1} }

// Watch scans until ctx ends or it cannot go on. A chain that is behind is waited for.
func (w *Watcher) Watch(ctx context.Context, journal Journal) error {
	for {
		err := w.Round(ctx, journal)
		if errors.Is(err, ErrHalted) {
			return errors.Join(err, w.Store.Halt(ctx, w.Channel, err.Error(), w.Now()))
		}
		if err != nil && !errors.Is(err, ErrBehind) {
			return fmt.Errorf("watch %s: %w", w.Channel, err)
		}
		w.note(err)
		timer := time.NewTimer(w.Poll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// note logs why the watcher waits, once for each reason.
func (w *Watcher) note(err error) {
	fault := ""
	if err != nil {
		fault = err.Error()
	}
	if fault != w.fault && fault != "" {
		w.Log.Warn("chain", "channel", w.Channel, "err", fault)
	}
	w.fault = fault
}

// Round scans what is new and tells what changed. It may be repeated at any time.
func (w *Watcher) Round(ctx context.Context, journal Journal) error {
	head, final, err := w.Node.Head(ctx)
	if err != nil {
		return err
	}
	if err := w.resume(ctx, journal, head); err != nil {
		return err
	}
	if err := w.reconcile(ctx, head, final); err != nil {
		return err
	}
	w.final = max(w.final, final)
	if err := w.tellGone(ctx, journal); err != nil {
		return err
	}
	if err := w.scan(ctx, journal, head, final); err != nil {
		return err
	}
	if err := w.goesOn(ctx); err != nil {
		return err
	}
	err = w.tellOpen(ctx, journal, head, final)
	if w.told.Hash != head.Hash && w.OnHead != nil {
		err = errors.Join(err, w.OnHead(ctx, head))
	}
	if err == nil {
		w.told = head
	}
	return err
}

// goesOn takes back a halt that ended by itself.
func (w *Watcher) goesOn(ctx context.Context) error {
	reason, err := w.Store.Halted(ctx, w.Channel)
	if err != nil || reason == "" {
		return err
	}
	return w.Store.Halt(ctx, w.Channel, "", w.Now())
}

// resume finishes a block that was begun when a watcher died.
func (w *Watcher) resume(ctx context.Context, journal Journal, head Block) error {
	tip, ok, err := w.Store.Tip(ctx, w.Channel)
	if err != nil || !ok || tip.Scanned {
		return err
	}
	open, err := w.Store.Open(ctx, w.Channel, openMax)
	if err != nil {
		return err
	}
	for _, t := range open {
		if t.Block.Hash != tip.Hash {
			continue
		}
		if err := w.tellSeen(ctx, journal, t, head); err != nil {
			return err
		}
	}
	return w.Store.EndBlock(ctx, w.Channel, tip.Hash)
}

// reconcile drops the blocks that are not in the chain any more. The common ancestor is found before anything is dropped,
// so that a reorganisation that is too deep changes nothing.
//
// No block that was final may be replaced. What the node calls final now says nothing of a block that was scanned before:
// its place may have been taken, and the other become final, while nobody watched. A watcher knows what was called final
// since it began; beyond that, a block so deep below the newest one that was scanned was final then.
func (w *Watcher) reconcile(ctx context.Context, head Block, final int64) error {
	row, ok, err := w.Store.Tip(ctx, w.Channel)
	if err != nil || !ok {
		return err
	}
	var lost []string // newest first
	for {
		stands, err := w.stands(ctx, row, head)
		if err != nil {
			return err
		}
		if stands {
			break
		}
		lost = append(lost, row.Hash)
		wasFinal := row.Number <= w.final || row.Number <= final && len(lost) > FinalDepth
		if len(lost) > DepthMax || wasFinal {
			return fmt.Errorf("%w: block %d (%s) was replaced; the node calls %d final, and at most %d blocks are taken back",
				ErrHalted, row.Number, row.Hash, final, DepthMax)
		}
		if row, ok, err = w.Store.RowAt(ctx, w.Channel, row.Number-1); err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%w: every block that was scanned was replaced", ErrHalted)
		}
	}
	for _, hash := range lost {
		if err := w.Store.DropBlock(ctx, w.Channel, hash); err != nil {
			return err
		}
	}
	if len(lost) > 0 {
		w.Log.Warn("blocks were replaced", "channel", w.Channel, "blocks", len(lost), "down to", row.Number)
	}
	return nil
}

// stands reports whether a block that was scanned is in the chain. Above the head nobody can tell yet, unless the head
// itself is another block than ours of that number.
func (w *Watcher) stands(ctx context.Context, tip Row, head Block) (bool, error) {
	if tip.Number <= head.Number {
		b, err := w.Node.BlockAt(ctx, tip.Number)
		if err != nil {
			return false, err
		}
		return b.Hash == tip.Hash, nil
	}
	ours, ok, err := w.Store.RowAt(ctx, w.Channel, head.Number)
	if err != nil {
		return false, err
	}
	if ok && ours.Hash == head.Hash {
		return false, fmt.Errorf("%w: the node is at block %d, we saw %d", ErrBehind, head.Number, tip.Number)
	}
	if !ok { // the chain is shorter than where we began
		return false, fmt.Errorf("%w: the node is at block %d, before the first that was scanned", ErrBehind, head.Number)
	}
	return false, nil
}

// scan reads every block up to the head. One that does not follow from the one before ends the round: the next one looks
// for the common ancestor.
func (w *Watcher) scan(ctx context.Context, journal Journal, head Block, final int64) error {
	tip, begun, err := w.Store.Tip(ctx, w.Channel)
	if err != nil {
		return err
	}
	next := tip.Number + 1
	if !begun {
		next = w.From
		if next < 0 {
			next = max(final, 0)
		}
	}
	for scanned := 0; next <= head.Number && scanned < roundMax; scanned++ {
		// An address is stored before its payer hears of it: whoever paid in this block is known from here on.
		if err := w.places.refresh(ctx, w.Store, w.Channel, w.Derive); err != nil {
			return err
		}
		block, found, err := w.Node.Read(ctx, next, w.places.ours)
		if err != nil {
			return err
		}
		if begun && block.Parent != tip.Hash {
			return fmt.Errorf("%w: block %d does not follow %s", ErrBehind, block.Number, tip.Hash)
		}
		if err := w.take(ctx, journal, block, found, head); err != nil {
			return err
		}
		tip, begun, next = Row{Block: block, Scanned: true}, true, next+1
	}
	if next <= head.Number {
		return fmt.Errorf("%w: scanned up to block %d of %d", ErrBehind, next-1, head.Number)
	}
	return nil
}

// take keeps a block and what it holds before anybody is told of it, so that whatever happens in between, what was told
// can be taken back when the block is dropped.
func (w *Watcher) take(ctx context.Context, journal Journal, block Block, found []Transfer, head Block) error {
	if err := w.Store.BeginBlock(ctx, w.Channel, block, found, w.Now()); err != nil {
		return err
	}
	for _, t := range found {
		if err := w.tellSeen(ctx, journal, t, head); err != nil {
			return err
		}
	}
	return w.Store.EndBlock(ctx, w.Channel, block.Hash)
}

func (w *Watcher) tellSeen(ctx context.Context, journal Journal, t Transfer, head Block) error {
	need, _, err := w.need(ctx, t)
	if err != nil {
		return err
	}
	have := min(int(head.Number-t.Block.Number)+1, need)
	return journal.Arrived(ctx, t.To, t.receipt(payment.ReceiptSeen, have, need))
}

// need is how deep a transfer must be. What counts is all that came to its address: whoever pays a large sum in small
// pieces waits as long as with one.
func (w *Watcher) need(ctx context.Context, t Transfer) (need int, final bool, err error) {
	all, err := w.Store.At(ctx, w.Channel, t.To)
	if err != nil {
		return 0, false, err
	}
	total := t.Amount.Asset().Zero()
	for _, other := range all {
		if other.Amount.Asset() == t.Amount.Asset() {
			total = total.Add(other.Amount)
		}
	}
	need, final = w.Depths.Need(money.Max(total, t.Amount))
	return need, final, nil
}
