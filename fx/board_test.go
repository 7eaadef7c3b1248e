package fx_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

func TestResolve(t *testing.T) {
	board := boardWith(t, "EUR/USD 1.25", "EUR/GBP 0.80", "ETH/USD 2500", "USD/JPY 150")
	for _, c := range []struct {
		base, quote money.Asset
		want        string // value and path
	}{
		{eur, usd, "1.25 EUR/USD"},
		{usd, eur, "0.8 USD/EUR"},
		{gbp, usd, "1.5625 GBP/EUR EUR/USD"},
		{usd, gbp, "0.64 USD/EUR EUR/GBP"},
		{eth, eur, "2000 ETH@eip155:1337/USD USD/EUR"},
		{eur, eur, "1"},
		{gbp, eth, "none"}, // GBP to EUR to USD to ETH would be three legs
		{gbp, money.MustAsset("CHF"), "none"},
	} {
		mid, path, err := board.Mid(c.base, c.quote, fx.Firm, now)
		got := []string{mid.Value()}
		for _, leg := range path {
			got = append(got, leg.Rate.Pair())
		}
		if err != nil {
			if !errors.Is(err, fx.ErrUnavailable) {
				t.Errorf("%s/%s: %v", c.base, c.quote, err)
			}
			got = []string{"none"}
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s/%s: got %s, want %s", c.base, c.quote, text, c.want)
		}
	}
}

// Nothing is rounded between two legs: a third of a third is a ninth, exactly.
func TestLegsAreNotRounded(t *testing.T) {
	board := boardWith(t, "USD/GBP 3", "EUR/USD 3")
	mid, _, err := board.Mid(gbp, eur, fx.Firm, now)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "nine pounds", mid.Convert(money.Must("9.00", "GBP")), "1.00 EUR")
}

func TestLiveRateGrowsStale(t *testing.T) {
	board := boardWith(t, "EUR/USD 1.1")
	if _, _, err := board.Mid(eur, usd, fx.Firm, now.Add(time.Minute)); err != nil {
		t.Error(err)
	}
	late := now.Add(time.Minute + time.Millisecond)
	if _, _, err := board.Mid(eur, usd, fx.Indicative, late); !errors.Is(err, fx.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	wantState(t, board, late, fx.Stale)
}

// A stale pair is gone round; a frozen one is not.
func TestWayRound(t *testing.T) {
	board := boardWith(t, "EUR/USD 1.1")
	later := now.Add(10 * time.Minute)
	report(t, board, "live", later, "EUR/USDC 1.1", "USDC/USD 1")
	_, path, err := board.Mid(eur, usd, fx.Firm, later)
	if err != nil || len(path) != 2 {
		t.Errorf("path %+v, %v", path, err)
	}
	board.Freeze("USD", "EUR")
	if _, _, err := board.Mid(eur, usd, fx.Indicative, later); !errors.Is(err, fx.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	board.Unfreeze("EUR", "USD")
	if _, _, err := board.Mid(eur, usd, fx.Firm, later); err != nil {
		t.Error(err)
	}
}

func TestFrozenLegStopsThePath(t *testing.T) {
	board := boardWith(t, "EUR/USD 1.25", "EUR/GBP 0.80")
	board.Freeze("EUR", "GBP")
	if _, _, err := board.Mid(gbp, usd, fx.Firm, now); !errors.Is(err, fx.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

// Reference rates last until the next TARGET business day's are overdue at 17:00 UTC, and never carry a firm quote.
func TestReferenceRate(t *testing.T) {
	for _, c := range []struct{ name, day, last string }{
		{"weekday", "2026-11-03", "2026-11-04T16:59:59Z"},
		{"weekend", "2026-11-06", "2026-11-09T16:59:59Z"},
		{"Easter, the longest", "2024-03-28", "2024-04-02T16:59:59Z"},
		{"Christmas", "2025-12-24", "2025-12-29T16:59:59Z"},
		{"Labour Day", "2026-04-30", "2026-05-04T16:59:59Z"},
	} {
		day, _ := time.Parse(time.DateOnly, c.day)
		last, _ := time.Parse(time.RFC3339, c.last)
		board := fx.NewBoard(policy())
		report(t, board, "ecb", day, "EUR/USD 1.1")
		if _, _, err := board.Mid(eur, usd, fx.Indicative, last); err != nil {
			t.Errorf("%s: %v at %s", c.name, err, last)
		}
		if _, _, err := board.Mid(eur, usd, fx.Indicative, last.Add(time.Second)); !errors.Is(err, fx.ErrUnavailable) {
			t.Errorf("%s: still used after %s", c.name, last)
		}
		if _, _, err := board.Mid(eur, usd, fx.Firm, day); !errors.Is(err, fx.ErrUnavailable) {
			t.Errorf("%s: carried a firm quote", c.name)
		}
	}
}

// While a live rate is fresh the reference rate of yesterday has no say, not even for display.
func TestLiveRateComesFirst(t *testing.T) {
	board := fx.NewBoard(policy())
	report(t, board, "ecb", now, "EUR/USD 1.10")
	report(t, board, "live", now, "EUR/USD 1.12")
	_, path, err := board.Mid(eur, usd, fx.Indicative, now)
	if err != nil || path[0].Source != "live" {
		t.Errorf("path %+v, %v", path, err)
	}
}

func TestMedian(t *testing.T) {
	board := fx.NewBoard(policy())
	report(t, board, "live", now, "EUR/USD 1.100")
	report(t, board, "second", now, "EUR/USD 1.104")
	for _, c := range []struct {
		base, quote money.Asset
		want        string
	}{{eur, usd, "live"}, {usd, eur, "second"}} { // of two, what gives the client less
		_, path, err := board.Mid(c.base, c.quote, fx.Firm, now)
		if err != nil || path[0].Source != c.want {
			t.Errorf("%s/%s: path %+v, %v", c.base, c.quote, path, err)
		}
	}
	report(t, board, "third", now, "USD/EUR 0.9075") // 1.1019…
	if _, path, err := board.Mid(eur, usd, fx.Firm, now); err != nil || path[0].Source != "third" {
		t.Errorf("path %+v, %v", path, err)
	}
}

func TestDisagreement(t *testing.T) {
	board := fx.NewBoard(policy())
	report(t, board, "live", now, "EUR/USD 1.1000")
	report(t, board, "second", now, "EUR/USD 1.1110")
	if _, _, err := board.Mid(eur, usd, fx.Firm, now); err != nil {
		t.Errorf("one percent apart: %v", err)
	}
	report(t, board, "third", now, "EUR/USD 1.1111")
	if _, _, err := board.Mid(eur, usd, fx.Firm, now); !errors.Is(err, fx.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if _, _, err := board.Mid(eur, usd, fx.Indicative, now); err != nil {
		t.Errorf("for display: %v", err)
	}
}

func TestQuarantine(t *testing.T) {
	board := boardWith(t, "EUR/USD 1.1000")
	at := now.Add(10 * time.Second)
	added := report(t, board, "live", at, "EUR/USD 1.1551") // 5.009 %
	if !added[0].Held {
		t.Fatalf("%+v is not held", added[0])
	}
	wantState(t, board, at, fx.Quarantined)
	if _, _, err := board.Mid(eur, usd, fx.Indicative, at); !errors.Is(err, fx.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}

	released, err := board.Release(t.Context(), added[0].ID, at)
	if err != nil || released.Held || released.ID == added[0].ID || released.Rate != "1.1551" {
		t.Fatalf("%+v, %v", released, err)
	}
	if mid, _, err := board.Mid(eur, usd, fx.Firm, at); err != nil || mid.Value() != "1.1551" {
		t.Errorf("mid %s, %v", mid.Value(), err)
	}
	if _, err := board.Release(t.Context(), added[0].ID, at); !errors.Is(err, fx.ErrUnknownSnapshot) {
		t.Errorf("released twice: %v", err)
	}
}

// A spike that is over cures itself; it is seen also when the feed turns the pair round.
func TestSpike(t *testing.T) {
	board := boardWith(t, "EUR/USD 1.1000")
	if added := report(t, board, "live", now.Add(time.Second), "USD/EUR 0.5"); !added[0].Held {
		t.Fatal("the spike is not held")
	}
	report(t, board, "live", now.Add(2*time.Second), "EUR/USD 1.1010")
	wantState(t, board, now.Add(2*time.Second), fx.Quoted)
}

func TestDeviationLimits(t *testing.T) {
	p := policy()
	p.DeviationBps = map[string]int64{"EUR/TRY": 1500, "EUR/USD": 300}
	for _, c := range []struct {
		pair, from, to string
		after          time.Duration
		held           bool
	}{
		{"EUR/TRY", "50.00", "57.50", time.Hour, false},
		{"EUR/TRY", "50.00", "57.51", time.Hour, true},
		{"USD/EUR", "1.00", "0.96", time.Hour, true},
		{"EUR/GBP", "1.00", "0.96", time.Hour, false},
		{"EUR/GBP", "1.00", "0.90", 7 * 24 * time.Hour, false}, // too long ago to compare
	} {
		board := fx.NewBoard(p)
		report(t, board, "live", now, c.pair+" "+c.from)
		added := report(t, board, "live", now.Add(c.after), c.pair+" "+c.to)
		if added[0].Held != c.held {
			t.Errorf("%s from %s to %s: held %t", c.pair, c.from, c.to, added[0].Held)
		}
	}
}

func TestRefusedObservations(t *testing.T) {
	board := fx.NewBoard(policy())
	var observed []fx.Observation
	for _, rate := range []string{"0", "0.000", "-1", "NaN", "Inf", "", "1e3", "1,1", "1.", ".5", "1000000000000001", "0.0000000000000001", strings.Repeat("9", 1_000_000)} {
		observed = append(observed, observe(now, "EUR/USD "+rate))
	}
	observed = append(observed, observe(now, "EUR/EUR 1"), observe(now, "/USD 1"),
		observe(time.Time{}, "EUR/CHF 1"), observe(now.Add(time.Hour), "EUR/SEK 11"))
	refused := len(observed)
	observed = append(observed, observe(now, "EUR/GBP 0.87"))

	added, err := board.Add(t.Context(), "live", now, observed)
	if len(added) != 1 || added[0].Quote != "GBP" {
		t.Errorf("added %+v", added)
	}
	if !errors.Is(err, fx.ErrBadRate) || strings.Count(err.Error(), fx.ErrBadRate.Error()) != refused {
		t.Errorf("%d refusals expected: %v", refused, err)
	}
	if _, err := board.Add(t.Context(), "rumour", now, nil); !errors.Is(err, fx.ErrUnknownFeed) {
		t.Errorf("got %v, want ErrUnknownFeed", err)
	}
}

func TestManualRateEnds(t *testing.T) {
	board := fx.NewBoard(policy())
	o := observe(now, "EUR/USD 1.2")
	if _, err := board.Add(t.Context(), "manual", now, []fx.Observation{o}); !errors.Is(err, fx.ErrBadRate) {
		t.Errorf("a manual rate without an end: %v", err)
	}
	o.ExpiresAt = now.Add(time.Hour)
	if _, err := board.Add(t.Context(), "manual", now, []fx.Observation{o}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := board.Mid(eur, usd, fx.Firm, o.ExpiresAt.Add(-time.Second)); err != nil {
		t.Error(err)
	}
	if _, _, err := board.Mid(eur, usd, fx.Firm, o.ExpiresAt); !errors.Is(err, fx.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func TestFixedRateLasts(t *testing.T) {
	board := fx.NewBoard(policy())
	report(t, board, "fixed", now, "USDC/USD 1")
	if _, _, err := board.Mid(usdc, usd, fx.Firm, now.AddDate(10, 0, 0)); err != nil {
		t.Error(err)
	}
}

// Snapshots are stored before they are used, once each, and a board restored from the store knows what the first one knew.
func TestPersistence(t *testing.T) {
	var stored []fx.Snapshot
	fail := errors.New("database gone")
	var broken bool
	p := policy()
	p.Persist = func(_ context.Context, s []fx.Snapshot) error {
		if broken {
			return fail
		}
		stored = append(stored, s...)
		return nil
	}
	board := fx.NewBoard(p)
	report(t, board, "live", now, "EUR/USD 1.1", "EUR/GBP 0.87")
	report(t, board, "live", now, "EUR/USD 1.1", "EUR/GBP 0.87") // no news
	report(t, board, "live", now.Add(time.Second), "EUR/USD 1.3")
	if len(stored) != 3 {
		t.Fatalf("stored %+v", stored)
	}

	broken = true
	later := now.Add(2 * time.Second)
	if _, err := board.Add(t.Context(), "live", later, []fx.Observation{observe(later, "EUR/GBP 0.88")}); !errors.Is(err, fail) {
		t.Errorf("got %v", err)
	}
	if mid, _, err := board.Mid(eur, gbp, fx.Firm, later); err != nil || mid.Value() != "0.87" {
		t.Errorf("a rate that was not stored is used: %s, %v", mid.Value(), err)
	}

	again := fx.NewBoard(policy())
	again.Restore(append(stored, fx.Snapshot{Feed: "gone", Base: "EUR", Quote: "CHF", Rate: "1"}))
	if diff := cmp.Diff(board.Markets(later), again.Markets(later)); diff != "" {
		t.Error(diff)
	}
}

func TestAFeedOfWhichOnlyAHeldRateIsKnownStaysHeld(t *testing.T) {
	board := fx.NewBoard(policy())
	board.Restore([]fx.Snapshot{{ID: "rate_1", Feed: "live", Base: "EUR", Quote: "USD", Rate: "11.0", ObservedAt: now, ReceivedAt: now, Held: true}})
	later := now.Add(time.Second)
	report(t, board, "live", later, "EUR/USD 11.0")
	if mid, _, err := board.Mid(eur, usd, fx.Firm, later); !errors.Is(err, fx.ErrUnavailable) {
		t.Errorf("firm quotes are given at %s, %v", mid.Value(), err)
	}
}

func wantState(t *testing.T, board *fx.Board, at time.Time, want fx.State) {
	t.Helper()
	if markets := board.Markets(at); len(markets) != 1 || markets[0].State != want {
		t.Errorf("markets %+v, want one that is %s", markets, want)
	}
}
