package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/payment"
)

// hanging loses every charge, and answers no question until it is let go.
type hanging struct {
	*provider
	gate chan struct{}
}

func (c *hanging) Send(context.Context, payment.Payment, payment.Attempt) (payment.Result, error) {
	return payment.Result{}, errLost
}

func (c *hanging) Check(context.Context, payment.Attempt) (payment.Result, error) {
	<-c.gate
	return payment.Result{}, errLost
}

func TestAChannelThatHangsHoldsUpNoOther(t *testing.T) {
	slow := &hanging{newProvider(payment.Capabilities{Inquiry: true}), make(chan struct{})}
	good := newProvider(payment.Capabilities{Inquiry: true}, lostAnswer)
	l := newLabOf(t, slow, good)
	for i := range 48 {
		l.flag(breaker.Closed) // afresh, so that all go there
		l.pay(fmt.Sprint("k", i))
	}
	l.flag(breaker.ForcedOpen)
	p := l.pay("good")
	if p.Attempts[0].Channel != "card.c2" || p.Status() != payment.Processing {
		t.Fatalf("on %s it is %s", p.Attempts[0].Channel, p.Status())
	}
	l.jump(2 * time.Second) // everything is due once
	resolved := make(chan struct{})
	g := l.another(l.pricer(), func(_, after payment.Payment) {
		if after.ID == p.ID && after.Status() == payment.Succeeded {
			close(resolved)
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); g.WakeDue(ctx) }()
	select {
	case <-resolved:
	case <-time.After(5 * time.Second): // an inquiry that hangs takes twice as long
		t.Error("the payment of the healthy channel waits for the one that hangs")
	}
	close(slow.gate)
	stop()
	<-ended
}

func TestAQuestionThatCouldNotBeAskedCostsNoRung(t *testing.T) {
	l := newLab(t, newProvider(payment.Capabilities{Inquiry: true}, swallowed))
	p := l.pay("k1")
	before := l.load(p.ID).Attempts[0]
	var free []func()
	for range breaker.Defaults().ResolveInFlight {
		done, err := l.board.AllowResolve("card.c1")
		if err != nil {
			t.Fatal(err)
		}
		free = append(free, done)
	}
	l.pass(5 * time.Second)
	a := l.load(p.ID).Attempts[0]
	if a.Checks != before.Checks || !a.CheckAt.After(before.CheckAt) || l.providers[0].asked != 0 {
		t.Errorf("while all slots are taken: %d checks after %d, due %s, %d asked", a.Checks, before.Checks, a.CheckAt, l.providers[0].asked)
	}
	for _, done := range free {
		done()
	}
	l.pass(5 * time.Second)
	if l.providers[0].asked == 0 || l.load(p.ID).Attempts[0].Checks == before.Checks {
		t.Errorf("with free slots it was asked %d times", l.providers[0].asked)
	}
}
