package sim

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// world is everything around the gateways: their store, their channels, their clients.
type world struct {
	*stage

	db    database
	rules *fx.RuleSet
	rates *fx.Board

	acquirers []*acquirer
	down      map[string]time.Time // channels, until when

	processes []*gatewayProcess
	started   int
	ids       int
	counts    map[Fault]int
	busy      sync.WaitGroup // what happens by itself

	acknowledged map[payment.ID]bool
	told         map[payment.ID]struct{}
	statuses     map[payment.Status]int
	breaks       []Break
	reviews      int
}

// newID numbers whatever gets a name, so that a seed gives the same names again.
func (w *world) newID(prefix string) string {
	w.ids++
	return fmt.Sprintf("%s_%09d", prefix, w.ids)
}

func (w *world) count(f Fault) { w.counts[f]++ }

// weighted is a fault and how often in a hundred it happens.
type weighted struct {
	fault Fault
	of100 int
}

// faultOf draws one of the faults and counts it, or draws none.
func (w *world) faultOf(table []weighted) Fault {
	n := w.IntN(100)
	for _, row := range table {
		if n < row.of100 {
			w.count(row.fault)
			return row.fault
		}
		n -= row.of100
	}
	return ""
}

func (w *world) isDown(channel string) bool { return time.Now().Before(w.down[channel]) }

// later has something happen after a while, in a turn of its own.
func (w *world) later(after time.Duration, what string, do func()) {
	w.busy.Go(func() {
		time.Sleep(after)
		w.turn(nil, what)
		do()
	})
}

// tell gives a channel's message to a gateway that is there. One that answers with an error is told again.
func (w *world) tell(channel string, body []byte) {
	p := w.alive()
	if p == nil {
		return
	}
	w.busy.Go(func() {
		if err := p.Receive(context.Background(), channel, nil, body); err != nil {
			w.later(time.Minute, "again "+string(body), func() { w.tell(channel, body) })
		}
	})
}

// alive draws one of the gateways that run, or nil.
func (w *world) alive() *gatewayProcess {
	var running []*gatewayProcess
	for _, p := range w.processes {
		if !p.dead {
			running = append(running, p)
		}
	}
	if len(running) == 0 {
		return nil
	}
	return running[w.IntN(len(running))]
}

// channels are the rails of one process.
func (w *world) channels(p *gatewayProcess) []gateway.Channel {
	var all []gateway.Channel
	for i, a := range w.acquirers {
		all = append(all, gateway.Channel{
			Name: a.name, Method: payment.MethodCard, Mode: payment.Test, Rail: adapter{a, p}, Currencies: []string{"EUR"}, Priority: i,
			Timeout: 5 * time.Second, Cost: gateway.Cost{Bps: 120, Fixed: []money.Amount{money.Must("0.10", "EUR")}},
			LowValue: []money.Amount{money.Must("100.00", "EUR")},
		})
	}
	return all
}
