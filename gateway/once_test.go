package gateway_test

import (
	"errors"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// A gateway died before it answered. Whoever repeats the request hears how things stand, and hears the same for ever.
func TestALostAnswerIsGivenOnceAndForAll(t *testing.T) {
	l := newLab(t, newProvider(all, lostAnswer))
	l.db.failing(func(tr payment.Transition) error {
		if tr.Answer != nil {
			return payment.ErrUnavailable
		}
		return nil
	})
	// It is not told that another request is under way: that is itself.
	if reply, err := l.Create(t.Context(), l.request("k1")); !errors.Is(err, payment.ErrUnavailable) {
		t.Fatalf("answered %s (%v)", reply.Answer.Body, err)
	}
	l.db.failing(nil)
	l.jump(time.Minute)
	first := l.pay("k1")
	reply, err := l.Create(t.Context(), l.request("k1"))
	if err != nil || string(reply.Answer.Body) != string(payment.Processing) {
		t.Fatalf("answered %s (%v)", reply.Answer.Body, err)
	}
	l.pass(2 * time.Minute)
	if p := l.load(first.ID); p.Status() != payment.Succeeded {
		t.Fatalf("it is %s", p.Status())
	}
	if reply, err = l.Create(t.Context(), l.request("k1")); err != nil || string(reply.Answer.Body) != string(payment.Processing) {
		t.Errorf("answered %s (%v) after %s", reply.Answer.Body, err, payment.Processing)
	}
}

// A request that was repeated while its first gateway was slow is answered once: the slow one says what the other said.
func TestASlowGatewaySaysWhatTheFastOneSaid(t *testing.T) {
	l := newLab(t, newProvider(all))
	var once bool
	l.db.failing(func(tr payment.Transition) error {
		if tr.Answer != nil && !once {
			once = true
			l.jump(time.Minute)
			if reply, err := l.Create(t.Context(), l.request("k1")); err != nil || string(reply.Answer.Body) != string(payment.Processing) {
				t.Errorf("the fast one answered %s (%v)", reply.Answer.Body, err)
			}
		}
		return nil
	})
	reply, err := l.Create(t.Context(), l.request("k1"))
	if err != nil || string(reply.Answer.Body) != string(payment.Processing) {
		t.Errorf("the slow one answered %s (%v)", reply.Answer.Body, err)
	}
	if n := l.taken(); n != 1 {
		t.Errorf("%d charges", n)
	}
}
