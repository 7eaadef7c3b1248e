package breaker

import (
	"context"
	"sync"
	"time"
)

// sweepEvery is how often Run looks for what the clock alone has changed.
const sweepEvery = 250 * time.Millisecond

// Run does what must not happen on the way of a payment, until ctx ends: it
// tells OnChange, probes channels, and confers with the fleet.
// Without it an open breaker never closes again.
func (b *Board) Run(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() { b.watch(ctx) })
	loops.Go(func() { b.revive(ctx) })
	if b.fleet != nil {
		loops.Go(func() { b.confer(ctx) })
	}
	loops.Wait()
}

// watch compares each status with the one last told, instead of queueing what
// happened: there is no queue to fill while OnChange is slow.
func (b *Board) watch(ctx context.Context) {
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	told := make(map[string]Status, len(b.names))
	for _, s := range b.States() {
		told[s.Channel] = s.ForPayers().Status
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.notice:
		case <-sweep.C:
		}
		for _, s := range b.States() {
			s, from := s.ForPayers(), told[s.Channel]
			if s.Status == from {
				continue
			}
			told[s.Channel] = s.Status
			b.log.Warn("channel changed", "channel", s.Channel, "from", from, "to", s.Status, "reason", s.Reason)
			if b.onChange != nil {
				b.onChange(Change{From: from, To: s})
			}
		}
	}
}

// revive starts the probes that are due, at most one at a time per channel.
func (b *Board) revive(ctx context.Context) {
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
		}
		for _, name := range b.names {
			c := b.circuits[name]
			if end := c.beginProbe(); end != nil {
				go b.probe(ctx, c, end)
			}
		}
	}
}
