package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/payment"
)

// lostWork is a gateway that dies while it commits. The next one finds all as it was, and can do the same.
func lostWork(t *testing.T, s *suite) {
	q := s.payment(1).Quote
	q.ID, q.Status, q.ExpiresAt = "quo_firm", fx.Open, start.Add(time.Hour)
	if err := s.SaveQuote(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	first := step(payment.Payment{}, s.payment(1))
	first.Key, first.Accept = key("pay_001"), q.ID
	s.dies(first)
	_, err := s.Payment(t.Context(), "pay_001")
	s.wants(err, payment.ErrNotFound)
	_, err = s.PaymentOf(t.Context(), "att_001")
	s.wants(err, payment.ErrNotFound)
	_, err = s.Key(t.Context(), "m_1", "/v1/payments", "k1")
	s.wants(err, payment.ErrNotFound)
	if due, err := s.Due(t.Context(), start.Add(time.Hour), start.Add(2*time.Hour), 10); err != nil || len(due) > 0 {
		t.Errorf("due %v, %v", due, err)
	}
	p := s.commit(first) // the quote is still open, and every name free

	second := step(p, s.learn(p, payment.Captured))
	second.Callback = &payment.Callback{Channel: "card.a", Event: "evt_1", At: start}
	second.Answer = &payment.Answer{Merchant: "m_1", Path: "/v1/payments", Key: "k1", Status: 201, Body: []byte(`{}`), At: start}
	s.dies(second)
	if got := s.load(p.ID); got.Version != p.Version || got.Attempts[0].Outcome != payment.Unknown {
		t.Errorf("%s at version %d", got.Attempts[0].Outcome, got.Version)
	}
	if got := s.balance(ledger.MerchantPending("m_1"), "USD"); got != "0.00" {
		t.Errorf("pending %s", got)
	}
	s.commit(second)
	if got := s.balance(ledger.MerchantPending("m_1"), "USD"); got != "107.78" {
		t.Errorf("pending %s", got)
	}
	s.sound()
}

// dies has a transition committed by a gateway that dies on it.
func (s *suite) dies(t payment.Transition) {
	s.t.Helper()
	if err := s.dying(func(ctx context.Context) error { return s.Commit(ctx, t) }); err == nil {
		s.t.Fatal("the commit did not die")
	}
}

// gone asks on behalf of somebody who is not there any more.
func gone(t *testing.T, s *suite) {
	p := s.stored(1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Payment(ctx, p.ID)
	s.wants(err, payment.ErrUnavailable)
	_, err = s.Due(ctx, start.Add(time.Hour), start.Add(2*time.Hour), 10)
	s.wants(err, payment.ErrUnavailable)
	_, taken, err := s.Lease(ctx, "seal", "a", start, start.Add(time.Minute))
	s.wants(err, payment.ErrUnavailable)
	_, err = s.Number(ctx, "attempts:bank.b")
	s.wants(err, payment.ErrUnavailable)
	s.wants(s.SaveCursor(ctx, "bank.b", "a", start), payment.ErrUnavailable)
	s.wants(s.Commit(ctx, step(p, s.learn(p, payment.Captured))), payment.ErrUnavailable)
	if got := s.load(p.ID); got.Version != p.Version {
		t.Errorf("version %d", got.Version)
	}
	if due, err := s.Due(t.Context(), start.Add(time.Hour), start.Add(2*time.Hour), 10); err != nil || len(due) != 1 || taken {
		t.Errorf("due %v, %v, lease %t", due, err, taken)
	}
	if n, err := s.Number(t.Context(), "attempts:bank.b"); err != nil || n != 1 {
		t.Errorf("number %d, %v", n, err)
	}
	if where, err := s.Cursor(t.Context(), "bank.b"); err != nil || where != "" {
		t.Errorf("cursor %q, %v", where, err)
	}
}
