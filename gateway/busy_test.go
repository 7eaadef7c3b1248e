package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// queueing answers nothing until it is let go.
type queueing struct {
	*provider
	gate chan struct{}
}

func (c *queueing) Send(ctx context.Context, p payment.Payment, a payment.Attempt) (payment.Result, error) {
	<-c.gate
	return c.provider.Send(ctx, p, a)
}

// More payments at once than a healthy channel has slots: the rest wait, and none fails.
func TestABusyChannelMakesPaymentsWait(t *testing.T) {
	c := &queueing{newProvider(all), make(chan struct{})}
	l := newLabOf(t, c)
	slots := breaker.Defaults().MaxInFlight
	const more = 16
	replies := make(chan payment.Payment, slots+more)
	for i := range slots + more {
		go func() {
			reply, err := l.Create(context.Background(), l.request(fmt.Sprint("k", i)))
			if err != nil {
				t.Error(err)
			}
			replies <- reply.Payment
		}()
	}
	var all []payment.Payment
	for range more {
		var p payment.Payment
		select {
		case p = <-replies:
		case <-time.After(10 * time.Second):
			close(c.gate)
			t.Fatal("a payment for which there is no slot is not answered")
		}
		if p.Status() != payment.Processing || p.View(l.now(), "en").LastError.Code != payment.ChannelUnavailable {
			t.Errorf("while the channel is busy a payment is %s, closed %q", p.Status(), p.Closed)
		}
		all = append(all, p)
	}
	close(c.gate)
	for range slots {
		all = append(all, <-replies)
	}
	l.pass(20 * time.Second)
	for _, p := range all {
		if p = l.load(p.ID); p.Status() != payment.Succeeded || len(p.Attempts) > payment.AttemptsMax {
			t.Errorf("%s after %d attempts, closed %q", p.Status(), len(p.Attempts), p.Closed)
		}
	}
	if c.taken() != slots+more {
		t.Errorf("%d charges", c.taken())
	}
}

func TestNoAttemptIsMadeWithoutAFreeSlot(t *testing.T) {
	l := newLab(t, newProvider(all))
	var free []func(breaker.Verdict)
	for range breaker.Defaults().MaxInFlight {
		done, err := l.board.Allow("card.c1", breaker.Attempt{})
		if err != nil {
			t.Fatal(err)
		}
		free = append(free, done)
	}
	hasty := l.request("k1")
	hasty.Order.FailFast = true
	reply, err := l.Create(t.Context(), hasty)
	if err != nil || reply.Payment.Status() != payment.Failed || reply.Payment.Closed != payment.ChannelUnavailable {
		t.Errorf("fail fast: %v, %s, closed %q", err, reply.Payment.Status(), reply.Payment.Closed)
	}
	p := l.pay("k2")
	if p.Status() != payment.Processing || len(p.Attempts) != 0 {
		t.Fatalf("%s with %d attempts", p.Status(), len(p.Attempts))
	}
	for _, done := range free {
		done(breaker.Excluded)
	}
	l.pass(5 * time.Second)
	if p = l.load(p.ID); p.Status() != payment.Succeeded {
		t.Errorf("with free slots: %s", p.Status())
	}
}

// A breaker that opens between the route and the wire costs an attempt that does not count.
func TestAnAttemptThatWasTurnedAwayIsNoTry(t *testing.T) {
	l := newLab(t, newProvider(all))
	turned := 0
	g := l.another(l.pricer(), nil)
	l.db.failing(func(tr payment.Transition) error {
		if n := len(tr.After.Attempts); n > len(tr.Before.Attempts) && turned < 2*payment.AttemptsMax {
			turned++
			l.flag(breaker.ForcedOpen)
		}
		return nil
	})
	reply, err := g.Create(t.Context(), l.request("k1"))
	if err != nil {
		t.Fatal(err)
	}
	for p := reply.Payment; p.Status() == payment.Processing && l.now().Before(p.Quote.ExpiresAt); p = l.load(p.ID) {
		l.flag(breaker.Closed)
		l.pass(time.Second)
	}
	p := l.load(reply.Payment.ID)
	if p.Status() != payment.Succeeded || turned != 2*payment.AttemptsMax || len(p.Attempts) != turned+1 || l.taken() != 1 {
		t.Errorf("%s after %d attempts, %d of them turned away, %d charges", p.Status(), len(p.Attempts), turned, l.taken())
	}
}

func TestAttemptsThatAreTurnedAwayAreBounded(t *testing.T) {
	l := newLab(t, newProvider(all))
	l.db.failing(func(tr payment.Transition) error {
		if len(tr.After.Attempts) > len(tr.Before.Attempts) {
			l.flag(breaker.ForcedOpen)
		}
		return nil
	})
	p := l.pay("k1")
	for p = l.load(p.ID); p.Status() == payment.Processing && l.now().Before(p.Quote.ExpiresAt.Add(time.Minute)); p = l.load(p.ID) {
		l.flag(breaker.Closed)
		l.pass(time.Second)
	}
	if p.Status() != payment.Failed || p.Closed != payment.ChannelUnavailable || len(p.Attempts) > payment.TurnedMax {
		t.Errorf("%s closed %q after %d attempts", p.Status(), p.Closed, len(p.Attempts))
	}
}

// What one merchant asks for in vain does not shut the channel for the others.
func TestRequestsThatAreRefusedLeaveTheBreakerClosed(t *testing.T) {
	l := newLab(t, newProvider(all))
	for range 2 * breaker.Defaults().MinRequests {
		l.providers[0].script = append(l.providers[0].script, func(*provider, payment.Attempt, bool) (payment.Result, error) {
			return payment.Result{}, fmt.Errorf("send: %w: code token_not_usable", rails.ErrRefused)
		})
	}
	for i := range 2 * breaker.Defaults().MinRequests {
		if p := l.pay(fmt.Sprint("bad", i)); p.Attempts[0].Outcome != payment.Unknown {
			t.Fatalf("a refusal without a known meaning is %s", p.Attempts[0].Outcome)
		}
	}
	if state, _ := l.board.State("card.c1"); state.Status != breaker.Closed || l.pay("good").Status() != payment.Succeeded {
		t.Errorf("breaker %s: %s", state.Status, state.Reason)
	}
}
