package gateway_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// calling tells by itself what it has news of.
type calling struct{ *provider }

func (calling) Callback(_ http.Header, body []byte) (rails.Callback, error) {
	return rails.Callback{Event: "evt_of_" + string(body), Reference: string(body)}, nil
}

// A channel that charges in spite of its fence, and calls before its inquiry sees the charge, has to call again: the payment
// is over, so that nobody else will ever ask.
func TestACallThatComesBeforeWhatItTellsOfCanBeSeen(t *testing.T) {
	c := newProvider(payment.Capabilities{Inquiry: true, Fence: true}, swallowed)
	l := newLabOf(t, calling{c})
	p := l.pay("k1")
	l.pass(10 * time.Minute)
	if p = l.load(p.ID); !p.Status().Final() || p.Attempts[0].Outcome != payment.Fenced {
		t.Fatalf("%s, the attempt is %s", p.Status(), p.Attempts[0].Outcome)
	}
	first := p.Attempts[0]
	c.late(first)
	c.unseen[first.ID] = true
	if err := l.Receive(t.Context(), first.Channel, nil, []byte(first.ID)); !errors.Is(err, gateway.ErrUnclear) {
		t.Errorf("a call about what is not found: %v", err)
	}
	delete(c.unseen, first.ID)
	if err := l.Receive(t.Context(), first.Channel, nil, []byte(first.ID)); err != nil {
		t.Errorf("called again: %v", err)
	}
	l.pass(time.Minute)
	if c.taken() != 0 {
		t.Errorf("%d charges were not given back", c.taken())
	}
}

// telling says in its calls what it has news of.
type telling struct {
	calling

	told payment.Result
}

func (t *telling) Told([]byte, payment.Attempt) (payment.Result, error) { return t.told, nil }

func TestACallThatTellsWhatIsKnownIsNotAskedAbout(t *testing.T) {
	c := &telling{calling: calling{newProvider(all)}}
	l := newLabOf(t, c)
	p := l.pay("k1")
	a := p.Attempts[0]
	for _, test := range []struct {
		told payment.Result
		asks int
	}{
		{payment.Result{Outcome: payment.Captured, Amount: a.Amount, ProviderID: a.ProviderID}, 0},
		{payment.Result{Outcome: payment.Declined, ProviderID: a.ProviderID}, 1},
		{payment.Result{}, 1},
	} {
		c.told = test.told
		before := c.asked
		if err := l.Receive(t.Context(), a.Channel, nil, []byte(a.ID)); err != nil {
			t.Fatal(err)
		}
		if asked := c.asked - before; asked != test.asks {
			t.Errorf("told %s, the channel is asked %d times", test.told.Outcome, asked)
		}
	}
	if after := l.load(p.ID); after.Version != p.Version {
		t.Errorf("version %d became %d", p.Version, after.Version)
	}
}

// What a run just stored is known without a look into the database; what it stored a while ago is read, since others may
// have gone on with it.
func TestACallBehindItsAnswerReadsNothing(t *testing.T) {
	c := &telling{calling: calling{newProvider(all)}}
	l := newLabOf(t, c)
	a := l.pay("k1").Attempts[0]
	c.told = payment.Result{Outcome: payment.Captured, Amount: a.Amount, ProviderID: a.ProviderID}
	for _, test := range []struct {
		after time.Duration
		loads int64
	}{{time.Second, 0}, {time.Minute, 1}} {
		l.jump(test.after)
		loads, asked := l.db.loads.Load(), c.asked
		if err := l.Receive(t.Context(), a.Channel, nil, []byte(a.ID)); err != nil {
			t.Fatal(err)
		}
		if loaded := l.db.loads.Load() - loads; loaded != test.loads || c.asked != asked {
			t.Errorf("%s later the payment is read %d times, and the channel asked %d times", test.after, loaded, c.asked-asked)
		}
	}
}
