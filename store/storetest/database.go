package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

func flags(t *testing.T, s *database) {
	newer := breaker.Flag{Channel: "card.a", Status: breaker.Draining, By: "op", At: start.Add(time.Second)}
	older := breaker.Flag{Channel: "card.a", Status: breaker.ForcedOpen, By: "op", At: start}
	for _, f := range []breaker.Flag{newer, older} {
		if err := s.SaveChannelFlag(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := s.ChannelFlags(t.Context())
	if err != nil || len(kept) != 1 || kept[0].Status != breaker.Draining {
		t.Errorf("kept %+v, %v", kept, err)
	}
}

// heldRates is two gateways after one another on one database, whose feed has slipped a point.
func heldRates(t *testing.T, s *database) {
	n, at := 0, start
	id := func() string { n++; return fmt.Sprintf("rate_%03d", n) }
	begin := func() *fx.Board {
		board := fx.NewBoard(fx.Policy{
			Feeds: map[string]fx.Trust{"f": {Kind: fx.Live, MaxAge: time.Minute, FirmOn: true}}, Persist: s.AppendRates, NewID: id,
		})
		known, err := s.LatestRates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		board.Restore(known)
		return board
	}
	eur, usd := money.MustAsset("EUR"), money.MustAsset("USD")
	says := func(board *fx.Board, rate, want string) {
		t.Helper()
		at = at.Add(10 * time.Second)
		if _, err := board.Add(t.Context(), "f", at, []fx.Observation{{Base: "EUR", Quote: "USD", Rate: rate, ObservedAt: at}}); err != nil {
			t.Fatal(err)
		}
		if mid, _, err := board.Mid(eur, usd, fx.Firm, at); mid.Value() != want {
			t.Errorf("after %s the mid is %s, want %s (%v)", rate, mid.Value(), want, err)
		}
	}
	first := begin()
	says(first, "1.1", "1.1")
	says(first, "11.0", "0") // held: no price at all
	says(begin(), "11.0", "0")

	held, err := s.HeldRates(t.Context())
	if err != nil || len(held) != 1 || held[0].Rate != "11.0" {
		t.Fatalf("held %+v, %v", held, err)
	}
	running := begin()
	at = at.Add(time.Second)
	released, err := s.ReleaseRate(t.Context(), held[0].ID, id(), at)
	if err != nil || released.Held || released.Releases != held[0].ID {
		t.Fatalf("released %+v, %v", released, err)
	}
	took, err := s.ReleasedRates(t.Context(), start)
	if err != nil || len(took) != 1 {
		t.Fatalf("released %+v, %v", took, err)
	}
	running.TakeOver(took)
	says(running, "11.1", "11.1")
	running.TakeOver(took)
	says(running, "1.1", "0")
	says(begin(), "11.2", "11.2")
	if held, err := s.HeldRates(t.Context()); err != nil || len(held) != 0 {
		t.Errorf("still held %+v, %v", held, err)
	}
	_, err = s.ReleaseRate(t.Context(), released.Releases, id(), at)
	s.wants(err, fx.ErrUnknownSnapshot)
	_, err = s.ReleaseRate(t.Context(), "rate_none", id(), at)
	s.wants(err, fx.ErrUnknownSnapshot)

	// Two gateways ask a feed, and the slower one stores what it was told before.
	before, err := s.LatestRates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	late := before[len(before)-1]
	late.ID, late.ReceivedAt = id(), late.ReceivedAt.Add(-time.Second)
	if err := s.AppendRates(t.Context(), []fx.Snapshot{late}); err != nil {
		t.Fatal(err)
	}
	if after, err := s.LatestRates(t.Context()); err != nil || len(after) != len(before) || after[len(after)-1].ID != before[len(before)-1].ID {
		t.Errorf("the newest are %+v, want %+v, %v", after, before, err)
	}
}

func ruleSets(t *testing.T, s *database) {
	if err := s.SaveRuleSet(t.Context(), 1, "one", start); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveRuleSet(t.Context(), 1, "one", start); err != nil {
		t.Errorf("the same again: %v", err)
	}
	s.wants(s.SaveRuleSet(t.Context(), 1, "two", start), store.ErrRuleSetChanged)
}

func unavailable(t *testing.T, s *database) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.wants(s.Commit(t.Context(), step(payment.Payment{}, s.payment(1))), payment.ErrUnavailable)
	s.wants(s.Ping(t.Context()), payment.ErrUnavailable)
	_, err := s.Payment(t.Context(), "pay_001")
	s.wants(err, payment.ErrUnavailable)
}
