package gateway_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
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

// A bank that takes a credit back names the credit, and need not repeat what the payer wrote.
func TestAReversalWithoutAPlaceTakesTheCreditBack(t *testing.T) {
	l, h, j := pushLab(t)
	reply, err := l.Create(t.Context(), l.transfer("k"))
	if err != nil {
		t.Fatal(err)
	}
	l.arrives(h, j, "s1", "RF1", "99.99", payment.ReceiptCredited)
	if p := l.load(reply.Payment.ID); p.Status() != payment.Succeeded {
		t.Fatalf("credited: %s", p.Status())
	}
	for range 2 {
		l.arrives(h, j, "s1", "NOTPROVIDED", "99.99", payment.ReceiptOrphaned)
	}
	p := l.load(reply.Payment.ID)
	if p.Status() == payment.Succeeded || len(p.Receipts) != 1 || p.Receipts[0].State != payment.ReceiptOrphaned {
		t.Errorf("taken back: %s, %+v", p.Status(), p.Receipts)
	}
	if got := l.balance(ledger.Nostro("bank.house", "EUR")); got != "0.00" {
		t.Errorf("nostro %s", got)
	}
	l.arrives(h, j, "s404", "NOTPROVIDED", "1.00", payment.ReceiptOrphaned) // of what was never told: the watcher goes on
}

// A chain may take a block back and return to it. A bank that tells of a credit after it took it back tells what is old.
func TestAStrayComesBackWithItsBlock(t *testing.T) {
	for block, want := range map[string]string{"0xb": "12.00", "": "0.00"} {
		l, _, j := pushLab(t)
		for _, state := range []payment.ReceiptState{
			payment.ReceiptCredited, payment.ReceiptOrphaned, payment.ReceiptCredited, payment.ReceiptOrphaned, payment.ReceiptCredited,
		} {
			for range 2 {
				r := payment.Receipt{Reference: "s1", Amount: money.Must("12.00", "EUR"), State: state, Block: block, At: l.now()}
				if err := j.Arrived(t.Context(), "RF404", r); err != nil {
					t.Fatal(err)
				}
			}
			if got := l.balance(ledger.Suspense("bank.house")); state == payment.ReceiptOrphaned && got != "0.00" {
				t.Errorf("in block %q, taken back: suspense %s", block, got)
			}
		}
		if got := l.balance(ledger.Suspense("bank.house")); got != want {
			t.Errorf("in block %q, in the end: suspense %s, want %s", block, got, want)
		}
	}
}
