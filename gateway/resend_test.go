package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/payment"
)

// A replay after an outage may land as late as any first send: until the horizon has passed again, "not found" proves
// nothing.
func TestAReplayAfterAnOutageMovesTheHorizon(t *testing.T) {
	first := newProvider(payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true, Horizon: 10 * time.Minute}, swallowed, swallowed)
	l := newLab(t, first, newProvider(all))
	p := l.pay("k1")
	l.jump(12 * time.Minute)
	l.wake()
	if first.sent != 2 {
		t.Fatalf("sent %d times, want a replay", first.sent)
	}
	l.pass(10 * time.Second)
	if p = l.load(p.ID); len(p.Attempts) != 1 || p.Attempts[0].Outcome != payment.Unknown {
		t.Fatalf("10 s after the replay there are %d attempts, the first is %s", len(p.Attempts), p.Attempts[0].Outcome)
	}
	first.late(p.Attempts[0])
	l.pass(5 * time.Minute)
	if p = l.load(p.ID); l.taken() != 1 || p.Status() != payment.Succeeded {
		t.Errorf("charged %d times, status %s", l.taken(), p.Status())
	}
}

func TestAReplayIsWrittenDownBeforeItIsSent(t *testing.T) {
	l := newLab(t, newProvider(all, swallowed))
	p := l.pay("k1")
	made := l.commits
	var replayed time.Time
	l.providers[0].script = []behaviour{func(c *provider, a payment.Attempt, capture bool) (payment.Result, error) {
		replayed = l.now()
		if stored := l.load(p.ID); l.commits != made+1 || !stored.Attempts[0].SentAt.Equal(replayed) || !stored.Due().After(replayed) {
			t.Errorf("when the replay is sent %s, the store says %s, due %s", replayed, stored.Attempts[0].SentAt, stored.Due())
		}
		return approve(c, a, capture)
	}}
	l.pass(time.Minute)
	if p = l.load(p.ID); replayed.IsZero() || p.Status() != payment.Succeeded || l.commits != made+2 {
		t.Errorf("replayed at %s, status %s, %d commits more", replayed, p.Status(), l.commits-made)
	}
}

// asked is a channel whose refunds can be asked for, and whose refunds can be lost on the way.
type asked struct {
	*provider
	tries, lose int
}

func (c *asked) Refund(ctx context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error) {
	c.tries++
	if c.tries <= c.lose {
		return payment.Result{}, errLost
	}
	return c.provider.Refund(ctx, a, o)
}

func (c *asked) CheckOperation(_ context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.refunds[o.ID]; known {
		return payment.Result{Outcome: payment.Done, Amount: o.Amount}, nil
	}
	return payment.Result{NotFound: true}, nil
}

// settled is a lab with one settled payment, and others that cover the refund of its fee.
func settled(t *testing.T, c *asked) (*lab, payment.Payment) {
	t.Helper()
	l := newLabOf(t, c)
	p := l.pay("k1")
	for i := range 3 {
		l.pay(fmt.Sprint("other", i))
	}
	l.jump(72 * time.Hour)
	l.wake()
	return l, p
}

func TestAReplayedRefundMovesTheHorizon(t *testing.T) {
	c := &asked{provider: newProvider(payment.Capabilities{Replay: 50*time.Minute + 8*time.Second, Inquiry: true, Fence: true, Void: true, Horizon: 10 * time.Minute}), lose: 2}
	l, p := settled(t, c)
	if _, err := l.Refund(t.Context(), l.change(p.ID, "r1")); err != nil {
		t.Fatal(err)
	}
	l.jump(50 * time.Minute)
	l.wake()
	if c.tries != 2 {
		t.Fatalf("sent %d times, want a replay", c.tries)
	}
	l.pass(15 * time.Second)
	if p = l.load(p.ID); p.Operations[0].Outcome != payment.Unknown {
		t.Errorf("15 s after the replay the refund is %s", p.Operations[0].Outcome)
	}
}

// A gateway that stalls between the commit of a refund and the wire finds, when it wakes, that another gave it up.
func TestARefundThatWasGivenUpIsNotSent(t *testing.T) {
	c := &asked{provider: newProvider(payment.Capabilities{Inquiry: true, Fence: true, Void: true, Horizon: 10 * time.Minute})}
	l, p := settled(t, c)
	stalled := l.another(l.pricer(), func(before, after payment.Payment) {
		if len(before.Operations) == 0 && len(after.Operations) == 1 && after.Operations[0].Outcome == payment.Unknown {
			l.jump(11 * time.Minute)
			l.wake()
		}
	})
	if _, err := stalled.Refund(t.Context(), l.change(p.ID, "r1")); err != nil {
		t.Fatal(err)
	}
	p = l.load(p.ID)
	if c.tries != 0 || p.Operations[0].Outcome != payment.NotSent {
		t.Errorf("sent %d times, the refund is %s", c.tries, p.Operations[0].Outcome)
	}
}

// A refund whose answer arrives after it was given up is never forgotten.
func TestARefundThatHappenedAfterItWasGivenUpIsShown(t *testing.T) {
	c := &asked{provider: newProvider(payment.Capabilities{Inquiry: true, Fence: true, Void: true, Horizon: 10 * time.Minute})}
	l, p := settled(t, c)
	held := &stalling{asked: c, stall: func() { l.jump(11 * time.Minute); l.wake() }}
	l.channels[0].Rail = held
	if _, err := l.another(l.pricer(), nil).Refund(t.Context(), l.change(p.ID, "r1")); err != nil {
		t.Fatal(err)
	}
	if p = l.load(p.ID); p.Operations[0].Status() != "needs_review" || len(c.refunds) != 1 {
		t.Errorf("the refund is %s, %d at the channel", p.Operations[0].Status(), len(c.refunds))
	}
	if _, err := l.Refund(t.Context(), l.change(p.ID, "r2")); err == nil {
		t.Error("it is refunded again")
	}
}

// stalling holds a refund up on its way.
type stalling struct {
	*asked
	stall func()
}

func (s *stalling) Refund(ctx context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error) {
	s.stall()
	return s.asked.Refund(ctx, a, o)
}

// A channel that takes nothing new for hours refuses what is sent again as well. That tells nothing of what was sent before, so
// that a quarter of an hour after it works again the refund is sent once more.
func TestWhatIsKeptFromBeingSentAgainIsSentSoonAfter(t *testing.T) {
	c := &asked{provider: newProvider(payment.Capabilities{Replay: 48 * time.Hour, Fence: true, Void: true}), lose: 1}
	l, p := settled(t, c)
	if _, err := l.Refund(t.Context(), l.change(p.ID, "r1")); err != nil {
		t.Fatal(err)
	}
	l.flag(breaker.ForcedOpen)
	for over := l.now().Add(5 * time.Hour); l.now().Before(over); l.wake() {
		wait := l.load(p.ID).Due().Sub(l.now())
		if wait > 18*time.Minute {
			t.Fatalf("it waits %s", wait)
		}
		l.jump(max(wait, time.Second))
	}
	if c.tries != 1 {
		t.Fatalf("sent %d times to a channel that takes nothing", c.tries)
	}
	l.flag(breaker.Closed)
	l.jump(18 * time.Minute)
	l.wake()
	if p = l.load(p.ID); c.tries != 2 || p.Operations[0].Outcome != payment.Done {
		t.Errorf("sent %d times, the refund is %s", c.tries, p.Operations[0].Outcome)
	}
}
