package sim

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
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
		Store: seen{w.db, w, p}, Pricer: fx.NewPricer(w.rules, w.rates), Channels: channels, Board: board, Now: now,
		NewID: w.newID, NewUETR: func() string { return w.newID("uetr") }, Name: p.name, Log: slog.New(slog.DiscardHandler),
	})
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	p.ended.Go(func() { board.Run(ctx) })
	p.ended.Go(func() { p.Sweep(ctx) })
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

	of *gatewayProcess
}

// Probe finds a channel well unless it is down.
func (p prober) Probe(_ context.Context, channel string) error {
	p.turn(p.of, "probe "+channel+" by "+p.of.name)
	if p.isDown(channel) {
		p.count(ProbeFails)
		return errReset
	}
	return nil
}

// database is what the gateways remember in. Any store of theirs will do.
type database interface {
	gateway.Store

	Totals(ctx context.Context) ([]money.Amount, error)
}

// seen is the database as one process reaches it: over a wire that can break before a commit arrives and before its answer
// comes back. What became true the model is told of at once.
type seen struct {
	database
	*world

	by *gatewayProcess
}

// Commit takes two turns: between them the commit is true and the process does not know it yet.
func (s seen) Commit(ctx context.Context, t payment.Transition) error {
	what := fmt.Sprintf("commit %s %d by %s", t.After.ID, t.After.Version, s.by.name)
	s.turn(s.by, what)
	err := s.database.Commit(ctx, t)
	if err == nil {
		s.observe(t)
	}
	s.turn(s.by, what+" answered")
	return err
}

// Payment loads a payment in a turn of the process.
func (s seen) Payment(ctx context.Context, id payment.ID) (payment.Payment, error) {
	s.turn(s.by, fmt.Sprintf("load %s by %s", id, s.by.name))
	return s.database.Payment(ctx, id)
}

// Due claims in a turn of the process.
func (s seen) Due(ctx context.Context, now, until time.Time, limit int, except ...string) ([]payment.ID, error) {
	s.turn(s.by, "due by "+s.by.name)
	ids, err := s.database.Due(ctx, now, until, limit, except...)
	slices.Sort(ids) // a database gives them in any order
	return ids, err
}

// Lease is taken in a turn of the process.
func (s seen) Lease(ctx context.Context, name, owner string, now, until time.Time) (int64, bool, error) {
	s.turn(s.by, "lease "+name+" by "+s.by.name)
	return s.database.Lease(ctx, name, owner, now, until)
}
