package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// gateway is one of the processes under attack. It keeps its name and address over all its lives.
type gateway struct {
	name, url   string
	binary      string
	config, log string // files
	env         []string

	process  *tour.Process // of whoever takes the turns, and of the storm before and after that
	killedAt atomic.Int64  // Unix nanoseconds
	shunned  atomic.Int64  // until when clients go to another first
}

const (
	startMax   = 2 * time.Minute        // for a gateway to be ready again, whatever else is down meanwhile
	startPause = 200 * time.Millisecond // after a start that failed
	probeEvery = 20 * time.Millisecond
)

// start starts the gateway, again and again while its database is away, and returns how long the start that succeeded took
// from the first instruction to the line that says that it is ready, and how many did not succeed.
func (g *gateway) start(ctx context.Context) (took time.Duration, failed int, err error) {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	for {
		var ready struct{ URL string }
		began := time.Now()
		g.process, err = tour.Launch(ctx, g.log, g.env, &ready, g.binary, "serve", "--config", g.config, "--exit-on-stdin-close")
		if err == nil {
			return time.Since(began), failed, nil
		}
		failed++
		if !pause(ctx, startPause) {
			return 0, failed, fmt.Errorf("gateway %s did not come back: %w", g.name, err)
		}
	}
}

// address is where it listens.
func (g *gateway) address() string { return g.url[len("http://"):] }

// kill ends the gateway as a power cut would.
func (g *gateway) kill() {
	g.killedAt.Store(time.Now().UnixNano())
	g.process.Kill()
}

// errDied is returned when a gateway ended that nobody had killed.
var errDied = errors.New("a gateway ended by itself")

// alive returns errDied when the gateway has ended by itself.
func (g *gateway) alive() error {
	select {
	case <-g.process.Ended():
		return fmt.Errorf("%w: %s, see %s", errDied, g.name, g.log)
	default:
		return nil
	}
}

// answers waits until the gateway says that it is ready, and its database with it.
func (g *gateway) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	for {
		if said, err := call(ctx, http.MethodGet, g.url+"/readyz", nil, ""); err == nil && said.status == http.StatusOK {
			return nil
		}
		if !pause(ctx, probeEvery) {
			return fmt.Errorf("gateway %s does not answer", g.name)
		}
	}
}

// strikeGateways takes the turns: it kills or stops the gateways alternately, each time after the one before is ready again.
func (s *storm) strikeGateways(ctx context.Context) error {
	for i, t := range s.plan.turns {
		if !pause(ctx, t.after) {
			return nil
		}
		g := s.gateways[i%len(s.gateways)]
		if err := g.alive(); err != nil {
			return err
		}
		if t.stopped == 0 {
			g.kill()
			s.tally.add(&s.tally.kills)
			disturbed := s.disturbance.begin()
			took, failed, err := g.start(ctx)
			if err != nil {
				return ignoreEnd(ctx, err)
			}
			s.tally.restarted(took, failed, disturbed())
			continue
		}
		if err := g.process.Pause(); err != nil {
			return err
		}
		pause(ctx, t.stopped)
		if err := g.process.Resume(); err != nil {
			return err
		}
		s.tally.add(&s.tally.stops)
		if err := g.answers(ctx); err != nil {
			return ignoreEnd(ctx, err)
		}
	}
	return nil
}

// ignoreEnd is err, unless the storm was told to end.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// pause waits, and reports whether it did so in full.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
