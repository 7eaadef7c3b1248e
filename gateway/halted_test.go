package gateway_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

var carried = payment.Result{Outcome: payment.Pending, Progress: &payment.Progress{Accepted: true}}

// halted halts payouts for a reason, or lets them go on for none.
func (l *lab) halted(reason string) {
	l.t.Helper()
	if err := l.db.Halt(l.t.Context(), halt.Payouts, reason, l.now()); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) makes(key, value string) payment.Payment {
	l.t.Helper()
	reply, err := l.CreatePayout(l.t.Context(), l.payout(key, value))
	if err != nil {
		l.t.Fatal(err)
	}
	return reply.Payment
}

// waits demands that a payout has not left, and says why.
func (l *lab) waits(h *house, p payment.Payment, why payment.Reason, words string) {
	l.t.Helper()
	v := p.PayoutView(l.now(), "zh")
	if p.Status() != payment.Processing || len(p.Attempts) != 0 || len(h.paid) != 0 || !slices.Equal(v.Exceptions, []string{string(why)}) {
		l.t.Errorf("%s with %v after %d attempts, %d sent", p.Status(), v.Exceptions, len(p.Attempts), len(h.paid))
	}
	if v.LastError == nil || v.LastError.Code != why || !strings.Contains(v.LastError.Detail, why.Text("zh").Detail) {
		l.t.Errorf("last error %+v", v.LastError)
	}
	last := p.Decisions[len(p.Decisions)-1]
	if last.Stopped != why || !slices.Contains(last.Candidates[0].WhyNot, words) {
		l.t.Errorf("stopped by %q, why not %v", last.Stopped, last.Candidates[0].WhyNot)
	}
}

func TestPayoutsWaitWhileTheyAreHalted(t *testing.T) {
	l, h, _ := pushLab(t)
	l.funded("500.00", "1000.00")
	h.says(carried)
	l.halted("I4: something does not sum")
	r := l.payout("k", "100.00")
	r.Order.FailFast = true // which is about channels
	reply, err := l.CreatePayout(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	p := reply.Payment
	l.waits(h, p, payment.Halted, "payouts are halted")
	l.pass(time.Minute)
	l.waits(h, l.load(p.ID), payment.Halted, "payouts are halted")
	if got := l.balance(ledger.MerchantReserved("m_1")); got != "100.10" {
		t.Errorf("reserved while it waits: %s", got)
	}
	for _, o := range l.payoutOffers(r) {
		if o.Available() || o.Obstacle.Code != gateway.PayoutsStopped || !strings.Contains(o.Obstacle.Text("zh", money.Amount.String), "暂停") {
			t.Errorf("offered %t, %+v", o.Available(), o.Obstacle)
		}
	}

	l.halted("")
	l.pass(20 * time.Second)
	if p = l.load(p.ID); p.Status() != payment.InTransit || len(p.Attempts) != 1 || len(h.paid) != 1 || p.Exceptions(l.now()) != nil {
		t.Errorf("once they go on: %s with %v after %d attempts, %d sent", p.Status(), p.Exceptions(l.now()), len(p.Attempts), len(h.paid))
	}
}

func (l *lab) payoutOffers(r gateway.PayoutRequest) []gateway.Offer {
	l.t.Helper()
	to, err := l.db.Beneficiary(l.t.Context(), r.Merchant, r.Mode, r.Beneficiary)
	if err != nil {
		l.t.Fatal(err)
	}
	offers, err := l.PayoutOffers(l.t.Context(), r, to)
	if err != nil || len(offers) == 0 {
		l.t.Fatalf("%d offers, %v", len(offers), err)
	}
	return offers
}

// TestAHaltedPayoutEndsWithItsPrice: nothing is sent at a price that does not hold any more, and nothing stays set aside.
func TestAHaltedPayoutEndsWithItsPrice(t *testing.T) {
	l, h, _ := pushLab(t)
	l.funded("500.00", "1000.00")
	h.says(carried)
	l.halted("I4: something does not sum")
	p := l.makes("k", "100.00")
	l.mu.Lock()
	l.clock = p.Quote.ExpiresAt
	l.mu.Unlock()
	l.pass(20 * time.Second)
	if p = l.load(p.ID); p.Status() != payment.Failed || p.Closed != payment.Halted || len(h.paid) != 0 {
		t.Errorf("%s for %q, %d sent", p.Status(), p.Closed, len(h.paid))
	}
	if got := l.balance(ledger.MerchantAvailable("m_1")); got != "500.00" {
		t.Errorf("available afterwards: %s", got)
	}
}

// TestWhatIsUnderWayFinishes: a halt keeps no payout from its end that a channel may have.
func TestWhatIsUnderWayFinishes(t *testing.T) {
	l, h, j := pushLab(t)
	l.funded("500.00", "1000.00")
	h.says(carried)
	p := l.makes("k", "100.00")
	l.halted("I4: something does not sum")
	h.says(payment.Result{Outcome: payment.Captured, Amount: money.Must("100.00", "EUR"), Progress: &payment.Progress{Accepted: true, Booked: true}})
	if err := j.Moved(t.Context(), p.Attempts[0].ID); err != nil {
		t.Fatal(err)
	}
	if p = l.load(p.ID); p.Status() != payment.Paid {
		t.Errorf("under way when they were halted: %s", p.Status())
	}
}

// TestAMerchantBelowZeroPaysNothingOut: what was set aside before the balance fell stays here until it is covered again.
func TestAMerchantBelowZeroPaysNothingOut(t *testing.T) {
	l, h, _ := pushLab(t)
	l.funded("500.00", "1000.00")
	h.says(carried)
	l.halted("while it is set aside")
	p := l.makes("k", "100.00")
	takes := func(id string, amount money.Amount) {
		t.Helper()
		e := ledger.Entry{ID: id, Postings: []ledger.Posting{{Account: ledger.MerchantAvailable("m_1"), Amount: amount}, {Account: ledger.Capital, Amount: amount.Neg()}}}
		if err := l.db.Post(t.Context(), e, l.now()); err != nil {
			t.Fatal(err)
		}
	}
	lost := money.Must("400.00", "EUR")
	takes("dp_1:lost", lost)
	l.halted("")
	l.pass(20 * time.Second)
	l.waits(h, l.load(p.ID), payment.Uncovered, "what the merchant has is below zero")
	if _, err := l.CreatePayout(t.Context(), l.payout("another", "1.00")); !errors.Is(err, payment.ErrInsufficient) {
		t.Errorf("another payout below zero: %v", err)
	}
	takes("dp_1:covered", lost.Neg())
	l.pass(20 * time.Second)
	if p = l.load(p.ID); p.Status() != payment.InTransit || len(h.paid) != 1 {
		t.Errorf("once it is covered: %s, %d sent", p.Status(), len(h.paid))
	}
}

// TestNoClaimIsReturnedWhilePayoutsAreHalted: it would leave the house by the same way.
func TestNoClaimIsReturnedWhilePayoutsAreHalted(t *testing.T) {
	l, w, _, id := tillLab(t)
	l.halted("I4: something does not sum")
	for _, by := range []string{"ada", "bob"} {
		if _, err := l.ReturnClaim(t.Context(), id, money.Must("5", coin.String()), "0xabc", by); !errors.Is(err, gateway.ErrHalted) {
			t.Errorf("by %s: %v", by, err)
		}
	}
	if len(w.returns) != 0 {
		t.Errorf("returned %v", w.returns)
	}
}
