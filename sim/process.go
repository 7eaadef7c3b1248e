package sim

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
)

// gatewayProcess is one gateway as an operating system sees it: it can be killed, and it can be stopped and go on later
// without knowing. What it had not committed is lost with it.
type gatewayProcess struct {
	*gateway.Gateway

	name   string
	dead   bool      // since it was killed: whatever of it still waits for a turn ends there
	frozen time.Time // until when it does not run

	gone  chan struct{} // closed when it is killed
	stop  context.CancelFunc
	ended sync.WaitGroup
}

// start runs a gateway over the store and the channels of the world.
func (w *world) start(name string) (*gatewayProcess, error) {
	w.started++
	p := &gatewayProcess{name: fmt.Sprintf("%s.%d", name, w.started), gone: make(chan struct{})}
	channels := w.channels(p)
	settings := map[string]breaker.Settings{}
	for _, c := range channels {
		settings[c.Name] = breaker.Defaults()
	}
	board, err := breaker.NewBoard(breaker.Config{Channels: settings, Prober: prober{w, p}})
	if err != nil {
		return nil, err
	}
	p.Gateway = gateway.New(gateway.Deps{
		Store: &wire{database: w.db, world: w, by: p}, Pricer: fx.NewPricer(w.rules, w.rates), Channels: channels, Board: board, Now: now,
		NewID: w.newID, NewUETR: func() string { return w.newID("uetr") }, Name: p.name, Log: slog.New(slog.DiscardHandler),
	})
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	p.ended.Go(func() { board.Run(ctx) })
	p.ended.Go(func() { p.WakeDue(ctx) })
	p.ended.Go(func() { p.Watch(ctx) })
	return p, nil
}

// kill ends the process where it is, as SIGKILL does.
func (p *gatewayProcess) kill() {
	if p.dead {
		return
	}
	p.dead = true
	close(p.gone)
	p.stop()
}

// now is the present as it is stored.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// prober asks a channel how it is, on behalf of a process.
type prober struct {
	*world

	by *gatewayProcess
}

// Probe finds a channel well unless it is down.
func (p prober) Probe(ctx context.Context, channel string) error {
	p.routine(ctx, p.by, "probe "+channel)
	if p.isDown(channel) {
		p.count(ProbeFails)
		return errReset
	}
	return nil
}
