package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

const (
	sweepEvery   = 250 * time.Millisecond
	sweepWorkers = 16
	claimFor     = 45 * time.Second // longer than a run usually takes; one that takes longer may meet another gateway on its payment, which is harmless
)

// Sweep wakes payments that are due: after a crash, for an inquiry, for a channel that came back, for settlement. It
// returns when ctx ends and the runs it began are over.
//
// A claim that outlives its gateway lapses by itself, and two gateways on one payment are harmless: the version guards
// every transition.
func (g *Gateway) Sweep(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, sweepWorkers)
	for {
		full := g.sweep(ctx, slots, &running)
		if ctx.Err() != nil || (!full && !pause(ctx, sweepEvery)) {
			return
		}
	}
}

// sweep claims no more than there are free workers, and reports whether more may be due.
func (g *Gateway) sweep(ctx context.Context, slots chan struct{}, running *sync.WaitGroup) (full bool) {
	select {
	case slots <- struct{}{}:
		<-slots
	case <-ctx.Done():
		return false
	}
	free := cap(slots) - len(slots)
	now := g.now()
	due, err := g.store.Due(ctx, now, now.Add(claimFor), free)
	if err != nil {
		if ctx.Err() == nil {
			g.log.Error("sweep", "err", err)
		}
		return false
	}
	for _, id := range due {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			g.wake(ctx, id)
		})
	}
	return len(due) == free
}

func (g *Gateway) wake(ctx context.Context, id payment.ID) {
	if err := g.Run(ctx, id); err != nil && !errors.Is(err, payment.ErrConflict) {
		g.log.Error("run", "payment", id, "err", err)
	}
}
