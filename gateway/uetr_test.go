package gateway_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// correspondent is a bank that pays out across borders. It notes under which UETRs it was sent something, and cannot be
// asked.
type correspondent struct {
	mu      sync.Mutex
	answers []payment.Result // to what is sent, in order; the last one stays
	uetrs   []string
}

func (c *correspondent) Capabilities() payment.Capabilities {
	return payment.Capabilities{Payout: true, Replay: 24 * time.Hour, Inquiry: true}
}

func (c *correspondent) Send(_ context.Context, _ payment.Payment, a payment.Attempt) (payment.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uetrs = append(c.uetrs, a.UETR)
	answer := c.answers[0]
	if len(c.answers) > 1 {
		c.answers = c.answers[1:]
	}
	return answer, nil
}

func (c *correspondent) Check(context.Context, payment.Attempt) (payment.Result, error) {
	return payment.Result{}, nil
}

func TestAReplayKeepsTheUETRAndAFailoverGetsAnother(t *testing.T) {
	accepted := payment.Result{Outcome: payment.Pending, Progress: &payment.Progress{Accepted: true}}
	down := &correspondent{answers: []payment.Result{{Outcome: payment.NotSent, Reason: payment.NotReached}}}
	mute := &correspondent{answers: []payment.Result{{}, accepted}}
	var channels []gateway.Channel
	for i, rail := range []*correspondent{down, mute} {
		channels = append(channels, gateway.Channel{
			Name: []string{"xb.down", "xb.mute"}[i], Method: payment.MethodCrossBorder, Mode: payment.Test, Rail: rail, Currencies: []string{"EUR"},
			Priority: i, Timeout: 5 * time.Second,
		})
	}
	l := newLabWith(t, channels...)
	l.funded("500.00", "1000.00")
	for _, c := range channels {
		funds := ledger.Funding{ID: c.Name + ":funded", Account: ledger.Nostro(c.Name, "EUR"), Amount: money.Must("500.00", "EUR")}
		if err := l.db.Post(t.Context(), funds.Entry(), l.now()); err != nil {
			t.Fatal(err)
		}
	}
	reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
	if err != nil {
		t.Fatal(err)
	}
	l.pass(10 * time.Second)
	p := l.load(reply.Payment.ID)
	if p.Status() != payment.InTransit || len(p.Attempts) != 2 {
		t.Fatalf("the payout is %s after %d attempts", p.Status(), len(p.Attempts))
	}
	first, second := p.Attempts[0].UETR, p.Attempts[1].UETR
	if first == "" || second == "" || first == second {
		t.Errorf("the attempts have the UETRs %q and %q", first, second)
	}
	if !slices.Equal(down.uetrs, []string{first}) || !slices.Equal(mute.uetrs, []string{second, second}) {
		t.Errorf("sent under %q and %q, want %q, and twice %q", down.uetrs, mute.uetrs, first, second)
	}
}
