package sim

import "time"

// mishap has something go wrong with the gateways or the channels.
func (w *world) mishap() error {
	switch n := w.IntN(100); {
	case n < 20:
		if p := w.alive(); p != nil {
			w.count(Killed)
			p.kill()
		}
	case n < 30:
		if p := w.alive(); p != nil {
			w.count(Frozen)
			p.frozen = time.Now().Add(w.within(2 * time.Minute))
		}
	case n < 45:
		names := []string{w.home.name, w.abroad.name, w.net.name}
		for _, a := range w.acquirers {
			names = append(names, a.name)
		}
		w.down[names[w.IntN(len(names))]] = time.Now().Add(w.within(3 * time.Minute))
	}
	return w.wake(2)
}

// Steps of ten thousand at which a gateway is killed, or stopped, just before it takes them.
const (
	killsMidway   = 8
	freezesMidway = 8
)

// midway has something happen to a process between two of its steps.
func (w *world) midway(p *gatewayProcess) {
	switch n := w.IntN(10_000); {
	case n < killsMidway:
		w.count(KilledMidway)
		p.kill()
	case n < killsMidway+freezesMidway:
		w.count(FrozenMidway)
		p.frozen = time.Now().Add(w.within(2 * time.Minute))
	}
}
