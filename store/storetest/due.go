package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

func claims(t *testing.T, s *suite) {
	const all = 40
	for n := range all {
		s.stored(n)
	}
	var mu sync.Mutex
	claimed := map[payment.ID]int{}
	now := start.Add(time.Minute)
	together(8, func(int) error {
		for {
			ids, err := s.Due(t.Context(), now, now.Add(time.Minute), 3)
			if err != nil || len(ids) == 0 {
				return err
			}
			mu.Lock()
			for _, id := range ids {
				claimed[id]++
			}
			mu.Unlock()
		}
	})
	if len(claimed) != all {
		t.Errorf("%d of %d were claimed", len(claimed), all)
	}
	for id, n := range claimed {
		if n != 1 {
			t.Errorf("%s was claimed %d times", id, n)
		}
	}
	again, err := s.Due(t.Context(), now.Add(2*time.Minute), now.Add(3*time.Minute), 100)
	if err != nil || len(again) != all {
		t.Errorf("after the claims lapsed %d are due, %v", len(again), err)
	}
}

func claimsExcept(t *testing.T, s *suite) {
	live, over := s.stored(1), s.stored(2) // both on card.a; nothing of the second is live
	over = s.commit(step(over, s.learn(over, payment.NotSent)))
	now := start.Add(time.Minute)
	for _, row := range []struct {
		except []string
		want   []payment.ID
	}{
		{[]string{"card.a", ""}, nil},
		{[]string{"card.a"}, []payment.ID{over.ID}},
		{[]string{"", "card.b"}, []payment.ID{live.ID}},
	} {
		got, err := s.Due(t.Context(), now, now.Add(time.Minute), 10, row.except...)
		if err != nil || !slices.Equal(got, row.want) {
			t.Errorf("except %q: %v, want %v (%v)", row.except, got, row.want, err)
		}
	}
}

func lease(t *testing.T, s *suite) {
	take := func(owner string, after time.Duration) (int64, bool) {
		t.Helper()
		now := start.Add(after)
		epoch, ok, err := s.Lease(t.Context(), "seal", owner, now, now.Add(10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		return epoch, ok
	}
	if epoch, ok := take("a", 0); !ok || epoch != 1 {
		t.Errorf("first: epoch %d, %t", epoch, ok)
	}
	if _, ok := take("b", 5*time.Second); ok {
		t.Error("it was taken from its owner")
	}
	if epoch, ok := take("a", 6*time.Second); !ok || epoch != 1 {
		t.Errorf("renewed: epoch %d, %t", epoch, ok)
	}
	if epoch, ok := take("b", 17*time.Second); !ok || epoch != 2 {
		t.Errorf("lapsed: epoch %d, %t", epoch, ok)
	}
}
