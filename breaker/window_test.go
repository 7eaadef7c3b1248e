package breaker_test

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/breaker"
)

func TestSlowCallsCountAsFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{})
		for range 4 {
			done, err := b.Allow(acme, large)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(settings().SlowCall)
			done(breaker.Healthy)
		}
		s := stateOf(t, b)
		if s.Status != breaker.Open || s.SlowRatio != 1 || s.Latency != settings().SlowCall {
			t.Fatalf("state %+v", s)
		}
	})
}

func TestFailuresRollOutOfTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{})
		for range 3 {
			submit(t, b, large, breaker.Faulty)
		}
		time.Sleep(settings().Window + settings().Bucket)
		submit(t, b, large, breaker.Faulty)
		if s := stateOf(t, b); s.Status != breaker.Closed || s.Requests != 1 {
			t.Fatalf("state %+v", s)
		}
	})
}

// A window that starts over at fixed times would forget the first half of an
// outage that spans such a time.
func TestTheWindowRolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{})
		time.Sleep(settings().Window - time.Second)
		submit(t, b, large, breaker.Faulty)
		submit(t, b, large, breaker.Faulty)
		time.Sleep(2 * time.Second)
		submit(t, b, large, breaker.Faulty)
		submit(t, b, large, breaker.Faulty)
		wantStatus(t, b, breaker.Open)
	})
}

// Whatever the traffic, the numbers shown are those of the calls answered in
// the last buckets, the one under way included.
func TestNumbersAreThoseOfTheWindow(t *testing.T) {
	s := settings()
	s.MinRequests = 1 << 20 // it stays closed
	verdicts := []breaker.Verdict{breaker.Healthy, breaker.Faulty}
	rapid.Check(t, func(r *rapid.T) {
		pauses := rapid.SliceOfN(rapid.IntRange(0, 15_000), 1, 60).Draw(r, "pauses in ms")
		synctest.Test(t, func(t *testing.T) {
			b := newBoard(t, breaker.Config{Channels: map[string]breaker.Settings{acme: s}})
			start := time.Now()
			var steps []time.Duration // of the buckets in which calls were answered
			for i, pause := range pauses {
				time.Sleep(time.Duration(pause) * time.Millisecond)
				submit(t, b, large, verdicts[i%len(verdicts)])
				steps = append(steps, time.Since(start)/s.Bucket)
			}
			requests, failed := 0, 0
			for i, step := range steps {
				if steps[len(steps)-1]-step >= s.Window/s.Bucket {
					continue
				}
				requests++
				failed += i % len(verdicts)
			}
			got := stateOf(t, b)
			if want := float64(failed) / float64(requests); got.Requests != requests || got.FailureRatio != want {
				t.Fatalf("%d requests, %g failed; want %d, %g", got.Requests, got.FailureRatio, requests, want)
			}
		})
	})
}
