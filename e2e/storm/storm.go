package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// storm is one run: a world, what attacks it, and what was seen.
type storm struct {
	options

	dir      string
	plan     plan
	services *services // nil with SQLite
	world    *tour.World
	network  *network
	gateways []*gateway

	notes       *notebook
	tally       *tally
	disturbance disturbance
	following   sync.WaitGroup
	followers   chan struct{}
	calmed      time.Time // when nothing was attacked any more

	mu    sync.Mutex
	fault error // of the storm itself, which ends it
	end   context.CancelFunc
}

func newStorm(o options, dir string) *storm {
	return &storm{
		options: o, dir: dir, plan: newPlan(o.seed, o.size), network: newNetwork(), notes: &notebook{}, tally: newTally(),
		followers: make(chan struct{}, followMax), end: func() {},
	}
}

// fail ends the storm: it could not do what it does.
func (s *storm) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault == nil {
		s.fault = err
	}
	s.end()
}

// failed returns why the storm could not go on.
func (s *storm) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// errNotHeld is returned when something was charged twice, lost, or does not agree.
var errNotHeld = errors.New("the promise did not hold")

func (s *storm) run(ctx context.Context) error {
	fmt.Printf("seed %d, on %s: the seed decides what is done and in which order; when it meets what, the machine decides\n", s.seed, s.database)
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if err := s.rage(ctx); err != nil {
		return err
	}
	left, err := s.settle(ctx)
	if err != nil {
		return err
	}
	s.tally.settled = time.Since(s.calmed)
	v, err := s.judge(ctx, left)
	if err != nil {
		return fmt.Errorf("judge: %w", err)
	}
	s.print(os.Stdout, v)
	if v.count() > 0 {
		return fmt.Errorf("%w: %d findings, seed %d", errNotHeld, v.count(), s.seed)
	}
	return nil
}

// rage lets everything loose, until there was enough of it.
func (s *storm) rage(ctx context.Context) error {
	storming, end := context.WithCancel(ctx)
	defer end()
	s.mu.Lock()
	s.end = end
	s.mu.Unlock()
	began := time.Now()
	clients, stop := context.WithCancel(ctx) // of what clients have begun, which outlasts the storm
	defer stop()

	var finite, endless, serving sync.WaitGroup
	loose := func(group *sync.WaitGroup, strike func(context.Context) error) {
		group.Go(func() {
			if err := strike(storming); err != nil {
				s.fail(err)
			}
		})
	}
	serving.Go(func() { s.serveClients(clients, storming) })
	serving.Go(func() { s.progress(storming) })
	loose(&finite, s.strikeGateways)
	if s.services != nil {
		loose(&finite, s.strikeDatabase)
		loose(&finite, s.strikeRedis)
	}
	loose(&endless, s.strikeNetwork)
	loose(&endless, s.strikePeers)
	finite.Wait()
	for s.notes.count() < s.size.payments && pause(storming, busyAfter) {
	}
	end()
	endless.Wait()
	s.calmed = time.Now()
	s.tally.raged = s.calmed.Sub(began)
	if err := errors.Join(s.failed(), ctx.Err()); err != nil {
		stop()
		serving.Wait()
		return err
	}
	overdue := time.AfterFunc(s.size.calm, stop) // a client that is never answered is a finding, not a reason to wait for ever
	defer overdue.Stop()
	if err := s.calmPeers(ctx); err != nil {
		return err
	}
	serving.Wait()
	return nil
}
