package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/causeway-pay/causeway/payment"
)

func key(object string) *payment.Key {
	return &payment.Key{Merchant: "m_1", Path: "/v1/payments", Key: "k1", Hash: "h", Object: object, Payment: payment.ID(object), At: start}
}

func oneKey(t *testing.T, s *suite) {
	results := together(50, func(i int) error {
		tr := step(payment.Payment{}, s.payment(i))
		tr.Key = key(string(tr.After.ID))
		return s.Commit(t.Context(), tr)
	})
	if results[""] != 1 || results[payment.ErrKeyUsed.Error()] != 49 {
		t.Errorf("results %v", results)
	}
	var made []string
	for i := range 50 {
		if p, err := s.Payment(t.Context(), s.payment(i).ID); !errors.Is(err, payment.ErrNotFound) {
			made = append(made, string(p.ID))
		}
	}
	if k, err := s.Key(t.Context(), "m_1", "/v1/payments", "k1"); err != nil || !slices.Equal(made, []string{k.Object}) {
		t.Errorf("made %v, and the key names %q, %v", made, k.Object, err)
	}
	s.sound()
}

func keptAnswer(t *testing.T, s *suite) {
	first := step(payment.Payment{}, s.payment(1))
	first.Key = key("pay_001")
	p := s.commit(first)
	if k, err := s.Key(t.Context(), "m_1", "/v1/payments", "k1"); err != nil || k.Answer != nil || k.Object != "pay_001" {
		t.Errorf("before the answer: %+v, %v", k, err)
	}
	second := step(p, s.learn(p, payment.Captured))
	second.Answer = &payment.Answer{Merchant: "m_1", Path: "/v1/payments", Key: "k1", Status: 201, Body: []byte(`{"a":"ü"}`), At: start}
	s.commit(second)
	k, err := s.Key(t.Context(), "m_1", "/v1/payments", "k1")
	if err != nil || k.Answer == nil || k.Answer.Status != 201 || string(k.Answer.Body) != `{"a":"ü"}` {
		t.Fatalf("after the answer: %+v, %v", k.Answer, err)
	}
	s.wants(s.Commit(t.Context(), second), payment.ErrConflict) // as by a gateway that did not hear that it was made
	now := s.load(p.ID)
	third := step(now, now)
	third.Answer = &payment.Answer{Merchant: "m_1", Path: "/v1/payments", Key: "k1", Status: 202, Body: []byte(`{}`), At: start}
	s.wants(s.Commit(t.Context(), third), payment.ErrAnswered)
	if kept, err := s.KeepAnswer(t.Context(), *third.Answer); err != nil || kept.Status != 201 || string(kept.Body) != `{"a":"ü"}` {
		t.Errorf("kept in place of the first: %+v, %v", kept, err)
	}
}

func prunedAnswer(t *testing.T, s *database) {
	first := step(payment.Payment{}, s.payment(1))
	first.Key = key("pay_001")
	first.Answer = &payment.Answer{Merchant: "m_1", Path: "/v1/payments", Key: "k1", Status: 201, Body: []byte(`{}`), At: start}
	s.commit(first)
	for _, row := range []struct {
		days int
		kept bool
	}{{6, true}, {8, false}} {
		if _, err := s.Prune(t.Context(), start.AddDate(0, 0, row.days), 10); err != nil {
			t.Fatal(err)
		}
		if k, err := s.Key(t.Context(), "m_1", "/v1/payments", "k1"); err != nil || k.Object != "pay_001" || (k.Answer != nil) != row.kept {
			t.Errorf("after %d days: %+v, %v", row.days, k, err)
		}
	}
}
