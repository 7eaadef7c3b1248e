package gateway_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// A payout that was paid, and of which the bank then says what cannot be, is marked for people. The watcher goes on, since
// what others sent stands behind it in the mailbox.
func TestAContradictedPayoutHoldsUpNobody(t *testing.T) {
	l, h, j := pushLab(t)
	l.funded("500.00", "1000.00")
	paid := payment.Result{Outcome: payment.Captured, Amount: money.Must("100.00", "EUR"), Progress: &payment.Progress{Accepted: true, Booked: true}}
	h.says(paid)
	reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
	if err != nil || reply.Payment.Status() != payment.Paid {
		t.Fatalf("%s, %v", reply.Payment.Status(), err)
	}
	ref := reply.Payment.Attempts[0].ID
	h.says(payment.Result{})
	if err := j.Moved(t.Context(), ref); !errors.Is(err, gateway.ErrUnclear) {
		t.Errorf("while the bank does not answer: %v", err)
	}
	odd := paid
	odd.Progress = &payment.Progress{Accepted: true, Booked: true, Conflict: "debited twice"}
	for _, said := range []payment.Result{odd, odd, paid} {
		h.says(said)
		if err := j.Moved(t.Context(), ref); err != nil {
			t.Fatalf("the watcher stops: %v", err)
		}
	}
	p := l.load(reply.Payment.ID)
	if p.Status() != payment.Paid || !slices.Equal(p.Exceptions(l.now()), []string{payment.Contradicted}) {
		t.Errorf("%s %v", p.Status(), p.Exceptions(l.now()))
	}
	e, err := l.db.Event(t.Context(), "m_1", payment.Test, lastEvent(l, p.ID))
	if err != nil || e.Type != "payout.contradicted" || p.Sequence != reply.Payment.Sequence+1 {
		t.Errorf("%s is event %d, after %d, %v", e.Type, p.Sequence, reply.Payment.Sequence, err)
	}
}
