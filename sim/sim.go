package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
)

// The days of a run: everybody shops in the first minutes, and then the gateways are there for a while from time to time,
// as they would be with a database that is down most of the day.
const (
	rush     = 15 * time.Minute
	evening  = 100 * time.Minute
	every    = 6 * time.Hour
	awake    = 2 * time.Minute
	daysLong = 16
)

// Run simulates a batch over an empty database. It must run in a synctest bubble, and ends within it.
func Run(b Batch, db database) (Report, error) {
	began := time.Now()
	w := &world{
		stage: newStage(b.Seed), db: db, rules: fx.DefaultRules(), down: map[string]time.Time{}, counts: map[Fault]int{},
		acknowledged: map[payment.ID]bool{}, told: map[payment.ID]struct{}{}, statuses: map[payment.Status]int{},
	}
	w.rates = fx.NewBoard(fx.Policy{
		Feeds: map[string]fx.Trust{"fixed": {Kind: fx.Fixed, FirmOn: true}}, NewID: func() string { return w.newID("rate") },
	})
	if _, err := w.rates.Add(context.Background(), "fixed", now(), []fx.Observation{{Base: "EUR", Quote: "USD", Rate: "1.1", ObservedAt: now()}}); err != nil {
		return Report{}, fmt.Errorf("rates: %w", err)
	}
	w.open()
	for n := range b.Payments {
		after := w.within(rush)
		w.later(after, fmt.Sprintf("shop %06d", n), func() { w.shop(n) })
	}
	if err := w.days(); err != nil {
		return Report{}, err
	}
	w.judge()
	return Report{b.Payments, time.Since(began), w.counts, w.statuses, w.breaks, w.played.Sum64()}, nil
}

// open opens the channels: one promises everything, one cannot repeat, one can only be asked and refuses what is old.
func (w *world) open() {
	for _, a := range []acquirer{
		{name: "card.a", caps: payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true, Fence: true, Void: true}},
		{name: "card.b", caps: payment.Capabilities{Inquiry: true, Fence: true, Void: true}},
		{name: "card.c", caps: payment.Capabilities{Inquiry: true, Void: true, Horizon: 90 * time.Minute}},
	} {
		a.world, a.charges, a.refused = w, map[string]*charge{}, map[string]bool{}
		w.acquirers = append(w.acquirers, &a)
	}
}

// days lets time pass with everything that happens in it.
func (w *world) days() error {
	if err := w.wake(2); err != nil {
		return err
	}
	for end := time.Now().Add(evening); time.Now().Before(end); {
		w.play(time.Now().Add(w.within(20 * time.Second)))
		if err := w.mishap(); err != nil {
			return err
		}
	}
	w.sleep()
	for end := time.Now().AddDate(0, 0, daysLong); time.Now().Before(end); {
		w.play(time.Now().Add(every - awake))
		if err := w.wake(1); err != nil {
			return err
		}
		w.play(time.Now().Add(awake))
		w.sleep()
	}
	w.play(time.Now().Add(time.Hour)) // what was under way ends
	w.busy.Wait()
	return nil
}

// wake starts gateways until n run.
func (w *world) wake(n int) error {
	w.processes = slices.DeleteFunc(w.processes, func(p *gatewayProcess) bool { return p.dead })
	for len(w.processes) < n {
		p, err := w.start("gw")
		if err != nil {
			return err
		}
		w.processes = append(w.processes, p)
	}
	return nil
}

// sleep kills every gateway.
func (w *world) sleep() {
	for _, p := range w.processes {
		p.kill()
	}
}

// mishap has something go wrong with the gateways or the channels.
func (w *world) mishap() error {
	switch n := w.IntN(100); {
	case n < 30:
		if p := w.alive(); p != nil {
			w.count(Killed)
			p.kill()
		}
	case n < 40:
		if p := w.alive(); p != nil {
			w.count(Frozen)
			p.frozen = time.Now().Add(w.within(2 * time.Minute))
		}
	case n < 50:
		a := w.acquirers[w.IntN(len(w.acquirers))]
		w.down[a.name] = time.Now().Add(w.within(3 * time.Minute))
	}
	return w.wake(2)
}
