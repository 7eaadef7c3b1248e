package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

const (
	dueEvery   = 250 * time.Millisecond
	dueWorkers = 16               // payments of one channel that are looked at at a time, and payments leased at once
	dueLease   = 45 * time.Second // longer than a run usually takes; one that takes longer may meet another gateway on its payment, which is harmless
)

// WakeDue wakes payments that are due: after a crash, for an inquiry, for a channel that came back, for settlement. It
// returns when ctx ends and the runs it began are over.
//
// Every channel has a line of its own, so that one that hangs holds up no other. A lease that outlives its gateway lapses
// by itself, and two gateways on one payment are harmless: the version guards every transition.
func (g *Gateway) WakeDue(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	lines := &lines{byChannel: map[string]*line{}}
	for {
		full := g.wakeDue(ctx, lines, &running)
		if ctx.Err() != nil || (!full && !pause(ctx, dueEvery)) {
			return
		}
	}
}

// wakeDue leases payments of channels whose line is not full, and reports whether more may be due.
func (g *Gateway) wakeDue(ctx context.Context, lines *lines, running *sync.WaitGroup) (full bool) {
	now := g.now()
	until := now.Add(dueLease)
	due, err := g.store.Due(ctx, now, until, dueWorkers, lines.full()...)
	if err != nil {
		if ctx.Err() == nil {
			g.log.Error("due", "err", err)
		}
		return false
	}
	for _, id := range due {
		p, err := g.store.Payment(ctx, id)
		if err != nil {
			g.log.Error("due", "payment", id, "err", err)
			continue
		}
		line := lines.join(p)
		running.Go(func() {
			defer lines.leave(line)
			select {
			case line.slots <- struct{}{}:
				defer func() { <-line.slots }()
			case <-ctx.Done():
				return
			}
			if g.now().Before(until) { // otherwise the lease has lapsed while it waited
				g.wake(ctx, id)
			}
		})
	}
	return len(due) == dueWorkers
}

// lines are the payments that were leased, by the channel of their live attempt.
type lines struct {
	mu        sync.Mutex
	byChannel map[string]*line
}

// line is the payments of one channel.
type line struct {
	leased int           // waiting and running
	slots  chan struct{} // running
}

func (l *lines) join(p payment.Payment) *line {
	channel := "" // nothing is live: no channel will be waited for, or a healthy one
	if last, ok := p.Last(); ok && last.Live() {
		channel = last.Channel
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.byChannel[channel]
	if !ok {
		at = &line{slots: make(chan struct{}, dueWorkers)}
		l.byChannel[channel] = at
	}
	at.leased++
	return at
}

func (l *lines) leave(at *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at.leased--
}

// full lists the channels of which no more is leased for now.
func (l *lines) full() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var full []string
	for channel, at := range l.byChannel {
		if at.leased >= dueWorkers {
			full = append(full, channel)
		}
	}
	return full
}

func (g *Gateway) wake(ctx context.Context, id payment.ID) {
	err := guarded(func() error { return g.Run(ctx, id) })
	if err != nil && !errors.Is(err, payment.ErrConflict) {
		g.log.Error("run", "payment", id, "err", err)
	}
}

// guarded turns a panic into an error, so that one payment or channel that trips over a fault of ours does not end the
// process, and with it all the others. What it was about stays as it was stored, and is tried again.
func guarded(work func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
	}()
	return work()
}
