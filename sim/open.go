package sim

import (
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// open opens the channels. Of the acquirers each promises something else: everything; only a fence; only to refuse what is
// old; to refuse what is old and to know a reference again.
func (w *world) open() error {
	for _, a := range []acquirer{
		{peer: peer{name: "card.c", caps: payment.Capabilities{Inquiry: true, Void: true, Horizon: 40 * time.Second}}, most: upTo("60.00")},
		{
			peer: peer{name: "card.d", caps: payment.Capabilities{Replay: time.Hour, Inquiry: true, Void: true, Horizon: 40 * time.Second}},
			most: upTo("120.00"),
		},
		{peer: peer{name: "card.b", caps: payment.Capabilities{Inquiry: true, Fence: true, Void: true}}, most: upTo("240.00")},
		{peer: peer{name: "card.a", caps: payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true, Fence: true, Void: true}}},
	} {
		a.world, a.charges, a.refused = w, map[string]*charge{}, map[string]bool{}
		w.acquirers = append(w.acquirers, &a)
	}
	home, err := newInstitution(w, "bank.home", payment.Capabilities{Push: true, Payout: true, Replay: 2 * time.Hour, Inquiry: true, Fence: true}, "EUR")
	if err != nil {
		return err
	}
	abroad, err := newInstitution(w, "swift.abroad", payment.Capabilities{Payout: true, Replay: 2 * time.Hour, Inquiry: true}, "USD")
	if err != nil {
		return err
	}
	w.home, w.abroad, w.net = &bank{home}, &correspondent{abroad}, newNetwork(w, "chain.test")
	return w.endow()
}

func upTo(value string) []money.Amount { return []money.Amount{money.Must(value, "EUR")} }

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
