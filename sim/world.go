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

// world is everything around the gateways: their store, their channels, their clients, and the model of what must be true.
type world struct {
	*stage
	*model

	db    database
	rules *fx.RuleSet
	rates *fx.Board

	acquirers []*acquirer
	home      *bank
	abroad    *correspondent
	net       *network
	down      map[string]time.Time // channels, until when

	processes []*gatewayProcess
	started   int
	ids       int
	counts    map[Fault]int
	busy      sync.WaitGroup // what happens by itself
	unheard   []message      // while no gateway was there
}

// committed takes in a step that became true.
func (w *world) committed(t payment.Transition) {
	w.observe(t)
	for _, a := range t.After.Attempts[min(len(t.Before.Attempts), len(t.After.Attempts)):] {
		if a.Channel == w.net.name && a.Instruction.PayTo != "" {
			w.net.scans.giveOut(a)
		}
	}
	added, changed := t.Receipts()
	for _, r := range append(added, changed...) {
		w.net.scans.heard(r)
	}
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

// requestID is where a context says which request a gateway works on.
type requestID struct{}

// newRequest is the context of a request to a gateway.
func (w *world) newRequest() context.Context {
	return context.WithValue(context.Background(), requestID{}, w.newID("request"))
}

// step is a turn of a process, just before which it may be killed or stopped.
func (w *world) step(ctx context.Context, by *gatewayProcess, what string) {
	w.turn(by, named(ctx, by, what))
}

// routine is a turn of a process for what it does all day. Nothing befalls it just before one: most of what did would be here.
func (w *world) routine(ctx context.Context, by *gatewayProcess, what string) {
	w.take(&turn{by: by, what: named(ctx, by, what), routine: true})
}

// named tells a turn from others. It is named after the request too: one gateway may do the same for several at one moment.
func named(ctx context.Context, by *gatewayProcess, what string) string {
	if request, asked := ctx.Value(requestID{}).(string); asked {
		what += " for " + request
	}
	return what + " by " + by.name
}

// message is what a channel tells by itself.
type message struct {
	channel string
	body    []byte
	copy    int // of those that say the same
}

// tell gives a message to a gateway that is there, again and again until one has taken it in. While none is there it waits.
func (w *world) tell(m message) {
	p := w.alive()
	if p == nil {
		w.unheard = append(w.unheard, m)
		return
	}
	ctx := w.newRequest()
	w.busy.Go(func() {
		taken := false
		defer func() {
			if !taken { // also when the gateway was killed meanwhile
				w.later(time.Minute, fmt.Sprintf("again %d %s", m.copy, m.body), func() { w.tell(m) })
			}
		}()
		taken = p.Receive(ctx, m.channel, nil, m.body) == nil
	})
}

// tellAgain gives the gateways that are there now what waited for them.
func (w *world) tellAgain() {
	for _, m := range w.unheard {
		w.later(w.within(time.Minute), fmt.Sprintf("at last %d %s", m.copy, m.body), func() { w.tell(m) })
	}
	w.unheard = nil
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
	all := []gateway.Channel{
		{Name: w.home.name, Method: payment.MethodBankTransfer, Rail: bankAdapter{w.home, p}, Currencies: []string{"EUR"}, Home: "DE"},
		{Name: w.abroad.name, Method: payment.MethodCrossBorder, Rail: borderAdapter{w.abroad, p}, Currencies: []string{"USD"}, Home: "DE"},
		{
			Name: w.net.name, Method: payment.MethodCrypto, Rail: chainAdapter{w.net, p},
			Currencies: []string{token.String(), coin.String()},
		},
	}
	for i, a := range w.acquirers {
		all = append(all, gateway.Channel{
			Name: a.name, Method: payment.MethodCard, Rail: cardAdapter{a, p}, Currencies: []string{"EUR"}, Priority: i, Max: a.most,
			Cost:     gateway.Cost{Bps: 120, Fixed: []money.Amount{money.Must("0.10", "EUR")}},
			LowValue: []money.Amount{money.Must("100.00", "EUR")},
		})
	}
	for i := range all {
		all[i].Mode, all[i].Timeout = payment.Test, 5*time.Second
	}
	return all
}
