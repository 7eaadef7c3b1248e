package breaker_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/breaker"
)

const (
	acme = "card.acme-eu"
	nova = "card.nova-us"
)

var (
	small = breaker.Attempt{LowValue: true, Safe: true}
	large = breaker.Attempt{Safe: true}
)

// probe is a Prober in the shape of its only method.
type probe func(ctx context.Context, channel string) error

func (p probe) Probe(ctx context.Context, channel string) error { return p(ctx, channel) }

func healthy(context.Context, string) error { return nil }

// settings are the defaults with round numbers to count by.
func settings() breaker.Settings {
	s := breaker.Defaults()
	s.MinRequests = 4
	s.MaxInFlight = 3
	s.ResolveInFlight = 2
	return s
}

func newBoard(t testing.TB, config breaker.Config) *breaker.Board {
	t.Helper()
	if config.Channels == nil {
		config.Channels = map[string]breaker.Settings{acme: settings()}
	}
	if config.Prober == nil {
		config.Prober = probe(healthy)
	}
	b, err := breaker.NewBoard(config)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run runs b until the test ends.
func run(t *testing.T, b *breaker.Board) {
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() { b.Run(ctx); close(stopped) }()
	t.Cleanup(func() { stop(); <-stopped })
}

// submit carries out one submit that takes no time.
func submit(t testing.TB, b *breaker.Board, a breaker.Attempt, v breaker.Verdict) {
	t.Helper()
	done, err := b.Allow(acme, a)
	if err != nil {
		t.Fatalf("Allow: %v", err)
	}
	done(v)
}

// trip opens the breaker by faulty calls.
func trip(t testing.TB, b *breaker.Board) {
	t.Helper()
	fail(t, b)
	wantStatus(t, b, breaker.Open)
}

// fail reports as many faulty submits as it takes to open the breaker.
func fail(t testing.TB, b *breaker.Board) {
	t.Helper()
	for range settings().MinRequests {
		submit(t, b, large, breaker.Faulty)
	}
}

func stateOf(t testing.TB, b *breaker.Board) breaker.State {
	t.Helper()
	s, ok := b.State(acme)
	if !ok {
		t.Fatal("the board does not know its channel")
	}
	return s
}

func wantStatus(t testing.TB, b *breaker.Board, want breaker.Status) {
	t.Helper()
	if s := stateOf(t, b); s.Status != want {
		t.Fatalf("status %s (%s), want %s", s.Status, s.Reason, want)
	}
}

func wantRefusal(t testing.TB, b *breaker.Board, a breaker.Attempt, want error) {
	t.Helper()
	if _, err := b.Allow(acme, a); !errors.Is(err, want) {
		t.Fatalf("Allow: %v, want %v", err, want)
	}
}

func TestDeclinesCountAsSuccesses(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	for range 100 {
		submit(t, b, large, breaker.Healthy) // what a decline is to its channel
	}
	if s := stateOf(t, b); s.Status != breaker.Closed || s.Requests != 100 || s.FailureRatio != 0 {
		t.Fatalf("state %+v", s)
	}
}

func TestSixClientsHangingUpLeaveTheBreakerClosed(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	for range 6 {
		submit(t, b, large, breaker.Excluded)
	}
	if s := stateOf(t, b); s.Status != breaker.Closed || s.Requests != 0 || s.InFlight != 0 {
		t.Fatalf("state %+v", s)
	}
	submit(t, b, large, breaker.Healthy)
}

func TestOpensAtTheFailureRatio(t *testing.T) {
	for _, c := range []struct {
		name            string
		healthy, faulty int
		want            breaker.Status
	}{
		{"too few calls to judge", 0, 3, breaker.Closed},
		{"all of just enough", 0, 4, breaker.Open},
		{"below the ratio", 5, 4, breaker.Closed},
		{"at the ratio", 4, 4, breaker.Open},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBoard(t, breaker.Config{})
			for range c.healthy {
				submit(t, b, large, breaker.Healthy)
			}
			for range c.faulty {
				submit(t, b, large, breaker.Faulty)
			}
			wantStatus(t, b, c.want)
		})
	}
}

func TestOpenSaysWhyAndUntilWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{})
		trip(t, b)
		s := stateOf(t, b)
		if s.Reason != "4 of 4 calls failed or were slow" || s.Trips != 1 || s.FailureRatio != 1 {
			t.Fatalf("state %+v", s)
		}
		if !s.Since.Equal(time.Now()) || !s.Until.Equal(s.Since.Add(settings().OpenFor)) {
			t.Fatalf("since %s until %s, now %s", s.Since, s.Until, time.Now())
		}
		wantRefusal(t, b, small, breaker.ErrOpen)
	})
}

func TestCallsUnderWayAreNotAnswers(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	hung, err := b.Allow(acme, large)
	if err != nil {
		t.Fatal(err)
	}
	defer hung(breaker.Excluded)
	for range 3 {
		submit(t, b, large, breaker.Faulty)
	}
	wantStatus(t, b, breaker.Closed)
}

func TestChannelsDoNotShareAFate(t *testing.T) {
	b := newBoard(t, breaker.Config{Channels: map[string]breaker.Settings{nova: settings(), acme: settings()}})
	trip(t, b)
	done, err := b.Allow(nova, large)
	if err != nil {
		t.Fatal(err)
	}
	done(breaker.Healthy)

	states := b.States()
	if len(states) != 2 || states[0].Channel != acme || states[1].Channel != nova {
		t.Fatalf("states %+v", states)
	}
	if states[0].Accepts(small) || !states[1].Accepts(large) {
		t.Fatalf("states %+v", states)
	}
}

func TestUnknownChannel(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	if _, err := b.Allow("card.nobody", small); !errors.Is(err, breaker.ErrUnknownChannel) {
		t.Errorf("Allow: %v", err)
	}
	if _, err := b.AllowResolve("card.nobody"); !errors.Is(err, breaker.ErrUnknownChannel) {
		t.Errorf("AllowResolve: %v", err)
	}
	if _, err := b.Decide(breaker.Flag{Channel: "card.nobody"}); !errors.Is(err, breaker.ErrUnknownChannel) {
		t.Errorf("Decide: %v", err)
	}
	if _, ok := b.State("card.nobody"); ok {
		t.Error("State knows it")
	}
}
