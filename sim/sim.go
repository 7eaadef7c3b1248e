package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
)

// The days of a run: everybody shops in the first hours, and then the gateways are there for a while from time to time,
// as they would be with a database that is down most of the day.
const (
	pace     = 2500 * time.Millisecond      // between two payments
	evening  = 85 * time.Minute             // after the last one
	every    = 7*time.Hour + 20*time.Minute // a little longer than between two inquiries that are far apart
	awake    = 2 * time.Minute
	daysLong = 21 // of which the ladder of inquiries needs nine when a gateway lives through each awakening, and many do not
)

// Run simulates a batch over an empty database. It must run in a synctest bubble, and ends within it.
func Run(b Batch, db database) (Report, error) {
	began := time.Now()
	w := &world{
		stage: newStage(b.Seed), model: newModel(), db: db, rules: fx.DefaultRules(), down: map[string]time.Time{}, counts: map[Fault]int{},
	}
	w.strike = w.midway
	w.rates = fx.NewBoard(fx.Policy{
		Feeds: map[string]fx.Trust{"fixed": {Kind: fx.Fixed, FirmOn: true}}, NewID: func() string { return w.newID("rate") },
	})
	if _, err := w.rates.Add(context.Background(), "fixed", now(), []fx.Observation{
		{Base: "EUR", Quote: "USD", Rate: "1.1", ObservedAt: now()},
		{Base: "USDC", Quote: "USD", Rate: "1", ObservedAt: now()},
		{Base: "ETH", Quote: "USD", Rate: "3000", ObservedAt: now()},
	}); err != nil {
		return Report{}, fmt.Errorf("rates: %w", err)
	}
	if err := w.open(); err != nil {
		return Report{}, err
	}
	rush := time.Duration(b.Payments) * pace
	for n := range b.Payments {
		after := w.within(rush)
		w.later(after, fmt.Sprintf("shop %06d", n), func() { w.shop(n) })
	}
	if err := w.days(rush); err != nil {
		return Report{}, err
	}
	w.judge()
	return Report{
		Payments: b.Payments, Span: time.Since(began), Faults: w.counts, Statuses: w.statuses, Violations: w.violations, Reviews: w.reviews,
		Played: w.played.Sum64(), Alike: w.alike,
	}, nil
}

// days lets time pass with everything that happens in it.
func (w *world) days(rush time.Duration) error {
	if err := w.wake(2); err != nil {
		return err
	}
	for end := time.Now().Add(rush + evening); time.Now().Before(end); {
		w.play(time.Now().Add(w.within(20 * time.Second)))
		w.net.passes(1)
		if err := w.mishap(); err != nil {
			return err
		}
	}
	w.sleep()
	for end := time.Now().AddDate(0, 0, daysLong); time.Now().Before(end); {
		w.play(time.Now().Add(every - awake))
		w.net.passes(12)
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
	w.tellAgain()
	return nil
}

// sleep kills every gateway.
func (w *world) sleep() {
	for _, p := range w.processes {
		p.kill()
	}
}
