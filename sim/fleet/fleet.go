package main

import (
	"context"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/sim"
)

// player plays batches, one after another. An error says that the batch was not played to its end.
type player interface {
	play(ctx context.Context, b sim.Batch) (sim.Report, error)
}

// failure is a batch in which an invariant did not hold, or that was not played to its end.
type failure struct {
	sim.Batch

	violations []sim.Violation
	err        error
}

// play has the batches played, and returns what happened in all of them. Once one has failed, no other is begun.
func play(ctx context.Context, players []player, batches []sim.Batch, show *progress) (sim.Report, []failure) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	orders, played := make(chan sim.Batch), make(chan result)
	go func() {
		defer close(orders)
		for _, b := range batches {
			if ctx.Err() != nil {
				return // of two cases that are ready a select takes either
			}
			select {
			case orders <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	var playing sync.WaitGroup
	for _, p := range players {
		playing.Go(func() {
			for b := range orders {
				report, err := p.play(context.WithoutCancel(ctx), b) // what was begun is played to its end
				played <- result{b, report, err}
				if err != nil {
					return // it may be dead
				}
			}
		})
	}
	go func() {
		playing.Wait()
		close(played)
	}()
	return gather(played, stop, show)
}

// result is what became of a batch.
type result struct {
	batch  sim.Batch
	report sim.Report
	err    error
}

// gather adds up what was played, shows how far it is, and stops at the first failure.
func gather(played <-chan result, stop func(), show *progress) (total sim.Report, failures []failure) {
	tick := time.NewTicker(show.every)
	defer tick.Stop()
	defer show.end()
	for {
		select {
		case r, more := <-played:
			if !more {
				return total, failures
			}
			if r.err == nil {
				total.Add(r.report)
			}
			if r.err != nil || len(r.report.Violations) > 0 {
				failures = append(failures, failure{r.batch, r.report.Violations, r.err})
				stop()
			}
		case <-tick.C:
			show.draw(total)
		}
	}
}
