package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

const (
	watchLease = 15 * time.Second // how long a gateway watches a channel before it has to say that it still does
	watchRenew = 5 * time.Second
	watchPause = time.Second // before a watcher that could not go on is started again
)

// Watch runs the watcher of every channel that has one, each on one gateway at a time, until ctx ends. Two that watch at
// once, after one was paused for longer than its lease, tell the same twice, which changes nothing.
func (g *Gateway) Watch(ctx context.Context) {
	var running sync.WaitGroup
	for _, c := range g.channels {
		if watcher, ok := c.Rail.(rails.Watcher); ok {
			running.Go(func() { g.watchChannel(ctx, c, watcher) })
		}
	}
	running.Wait()
}

func (g *Gateway) watchChannel(ctx context.Context, c Channel, watcher rails.Watcher) {
	for ctx.Err() == nil {
		if g.leads(ctx, c) {
			g.watchAsLeader(ctx, c, watcher)
		}
		pause(ctx, watchPause)
	}
}

// leads takes or renews the lease on watching a channel.
func (g *Gateway) leads(ctx context.Context, c Channel) bool {
	now := g.now()
	_, leader, err := g.store.Lease(ctx, "watch:"+c.Name, g.name, now, now.Add(watchLease))
	if err != nil && ctx.Err() == nil {
		g.log.Warn("watch", "channel", c.Name, "err", err)
	}
	return leader && err == nil
}

// watchAsLeader watches until the watcher cannot go on or the lease is lost.
func (g *Gateway) watchAsLeader(parent context.Context, c Channel, watcher rails.Watcher) {
	ctx, stop := context.WithCancel(parent)
	defer stop()
	var renewing sync.WaitGroup
	renewing.Go(func() {
		defer stop()
		for pause(ctx, watchRenew) && g.leads(ctx, c) {
		}
	})
	err := guarded(func() error { return watcher.Watch(ctx, journal{g, c}) })
	if err != nil && ctx.Err() == nil {
		g.log.Warn("watch", "channel", c.Name, "err", err)
	}
	stop()
	renewing.Wait()
}

// journal takes in what the watcher of one channel sees.
type journal struct {
	*Gateway

	channel Channel
}

// Cursor returns how far the watcher had looked.
func (j journal) Cursor(ctx context.Context) (string, error) {
	return j.store.Cursor(ctx, j.channel.Name)
}

// Advance remembers how far the watcher has looked.
func (j journal) Advance(ctx context.Context, cursor string) error {
	return j.store.SaveCursor(ctx, j.channel.Name, cursor, j.now())
}

// Moved asks the channel for what became of an attempt or operation. One that the channel cannot tell of yet is no fault: it is asked
// again by itself, unless it rests.
func (j journal) Moved(ctx context.Context, attempt string) error {
	stored, err := j.paymentOf(ctx, attempt)
	if err != nil {
		return fmt.Errorf("news of %s: %w", attempt, err)
	}
	a, ok := stored.Attempt(attempt)
	rests := a.Rests()
	if o, isOperation := stored.Operation(attempt); isOperation {
		a, ok = stored.Attempt(o.Attempt)
		rests = o.Outcome != payment.Unknown && o.Outcome != payment.Pending
	}
	if !ok || a.Channel != j.channel.Name {
		return fmt.Errorf("news of %s: %w", attempt, payment.ErrNotFound)
	}
	err = j.report(ctx, stored, attempt, nil)
	if errors.Is(err, ErrUnclear) && !rests {
		return nil
	}
	return err
}

// Arrived applies an incoming transfer to the payment whose place it was sent to, or keeps it as a stray. What a bank took
// back before it told of it never counts.
func (j journal) Arrived(ctx context.Context, payTo string, r payment.Receipt) error {
	if kept, err := j.store.Stray(ctx, j.channel.Name, r.Reference); err == nil && r.Block == "" {
		return j.strayAgain(ctx, kept, r)
	} else if err != nil && !errors.Is(err, payment.ErrNotFound) {
		return err
	}
	id, attempt, err := j.attemptOf(ctx, payTo, r)
	if errors.Is(err, payment.ErrNotFound) {
		return j.stray(ctx, payTo, r)
	}
	if err != nil {
		return err
	}
	stored, err := j.store.Payment(ctx, id)
	if err != nil {
		return fmt.Errorf("receipt for %s: %w", id, err)
	}
	r.ID, r.Attempt = j.newID("rct"), attempt
	_, err = j.drive(ctx, stored, &errand{change: sendsNothing(func(p payment.Payment) (payment.Payment, error) { return j.receive(p, r) })})
	if errors.Is(err, payment.ErrTooManyReceipts) {
		return j.stray(ctx, payTo, r)
	}
	return err
}

// attemptOf finds the attempt that a transfer is for. One that is taken back is for whom it was credited to: whoever takes
// it back need not repeat the place that it was sent to.
func (j journal) attemptOf(ctx context.Context, payTo string, r payment.Receipt) (payment.ID, string, error) {
	if r.State == payment.ReceiptOrphaned {
		id, attempt, err := j.store.ReceiptOf(ctx, j.channel.Name, r.Reference)
		if !errors.Is(err, payment.ErrNotFound) {
			return id, attempt, err
		}
	}
	return j.store.AttemptAt(ctx, j.channel.Name, payTo)
}

// receive takes in a receipt. One that is credited after the price was held is priced anew first, at the rate of now, or
// waits for one: what others sent stands behind it.
func (j journal) receive(p payment.Payment, r payment.Receipt) (payment.Payment, error) {
	if r.State == payment.ReceiptCredited && !p.Credits(r) && p.Late(r) {
		quote, err := j.priceCollect(p.Merchant, p.Order, p.Method, money.Asset{}, j.now())
		r.Late = true
		if err != nil {
			j.log.Error("what arrived waits for a rate", "payment", p.ID, "ref", r.Attempt, "err", err)
			return p.ReceiveUnpriced(r, j.now())
		}
		p = p.Reprice(quote)
	}
	return p.Receive(r, j.now())
}

// stray keeps money that names no payment: it is in suspense until somebody knows whose it is, or until it is taken back.
func (j journal) stray(ctx context.Context, payTo string, r payment.Receipt) error {
	kept, err := j.store.Stray(ctx, j.channel.Name, r.Reference)
	if errors.Is(err, payment.ErrNotFound) {
		return j.newStray(ctx, payTo, r)
	}
	if err != nil {
		return err
	}
	return j.strayAgain(ctx, kept, r)
}

// strayAgain takes in what more is said of a stray. What is not booked yet is told again when it is. Only a chain takes a
// block back and returns to it.
func (j journal) strayAgain(ctx context.Context, kept, r payment.Receipt) error {
	after := kept
	after.State = r.State
	switch {
	case r.State == payment.ReceiptCredited && kept.State == payment.ReceiptOrphaned && r.Block != "":
		after.Credits++
		return j.store.MoveStray(ctx, kept, after, j.unmatched(after), j.now())
	case r.State == payment.ReceiptOrphaned && kept.State == payment.ReceiptCredited:
		return j.store.MoveStray(ctx, kept, after, j.unmatched(kept).Reverse(causeOf(kept, "reversed")), j.now())
	}
	return nil
}

// newStray books what is credited. What is taken back and was never credited is kept without an entry, so that its credit
// is known when it is told at last, by whoever watches then.
func (j journal) newStray(ctx context.Context, payTo string, r payment.Receipt) error {
	r.ID = j.newID("rct")
	switch r.State {
	case payment.ReceiptCredited:
		j.log.Warn("money is for no payment", "channel", j.channel.Name, "reference", r.Reference, "place", payTo, "amount", r.Amount)
		r.Credits = 1
		return j.store.KeepStray(ctx, j.channel.Name, payTo, r, j.unmatched(r), j.now())
	case payment.ReceiptOrphaned:
		j.log.Warn("what is taken back was never credited", "channel", j.channel.Name, "reference", r.Reference, "amount", r.Amount)
		r.Credits = 0
		return j.store.KeepStray(ctx, j.channel.Name, payTo, r, ledger.Entry{}, j.now())
	}
	return nil
}

func (j journal) unmatched(r payment.Receipt) ledger.Entry {
	into := ledger.Nostro(j.channel.Name, r.Amount.Asset().Code)
	if network := r.Amount.Asset().Network; network != "" {
		into = ledger.ChainDeposit(network)
	}
	return ledger.Unmatched{ID: causeOf(r, "unmatched"), Channel: j.channel.Name, Into: into, Amount: r.Amount}.Entry()
}

// causeOf names an entry after a stray, a further time when the stray is credited again.
func causeOf(r payment.Receipt, event string) string {
	if r.Credits > 1 {
		return fmt.Sprintf("%s:%s:%d", r.ID, event, r.Credits)
	}
	return r.ID + ":" + event
}
