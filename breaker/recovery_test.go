package breaker_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/breaker"
)

// beat is long enough for Run to notice that a time has come.
const beat = 500 * time.Millisecond

// cool waits out a cool-down and lets Run act on it.
func cool() {
	time.Sleep(settings().OpenFor + beat)
	synctest.Wait()
}

func TestHalfOpenProbesFirstThenAdmitsTwoSmallSafePayments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probed := make(chan struct{})
		answer := make(chan error)
		b := newBoard(t, breaker.Config{Prober: probe(func(context.Context, string) error {
			close(probed)
			return <-answer
		})})
		run(t, b)
		trip(t, b)
		wantRefusal(t, b, small, breaker.ErrOpen)

		cool()
		<-probed
		wantStatus(t, b, breaker.HalfOpen)
		wantRefusal(t, b, small, breaker.ErrOpen) // the probe has not answered

		answer <- nil
		synctest.Wait()
		if s := stateOf(t, b); s.TrialsLeft != 2 || !s.Accepts(small) || s.Accepts(large) {
			t.Fatalf("state %+v", s)
		}
		wantRefusal(t, b, large, breaker.ErrOpen)
		wantRefusal(t, b, breaker.Attempt{LowValue: true}, breaker.ErrOpen)

		first, err := b.Allow(acme, small)
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.Allow(acme, small)
		if err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, b, small, breaker.ErrOpen) // a third
		first(breaker.Healthy)
		wantStatus(t, b, breaker.HalfOpen)
		second(breaker.Healthy)
		wantStatus(t, b, breaker.Closed)
	})
}

func TestOneBadTrialOpensAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{})
		run(t, b)
		trip(t, b)
		cool()
		submit(t, b, small, breaker.Healthy)
		submit(t, b, small, breaker.Faulty)
		if s := stateOf(t, b); s.Status != breaker.Open || s.Trips != 2 || s.Reason != "a trial payment failed or was slow" {
			t.Fatalf("state %+v", s)
		}
	})
}

func TestClientsHangingUpGiveTheirTrialBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{})
		run(t, b)
		trip(t, b)
		cool()
		for range 6 {
			submit(t, b, small, breaker.Excluded)
		}
		submit(t, b, small, breaker.Healthy)
		submit(t, b, small, breaker.Healthy)
		wantStatus(t, b, breaker.Closed)
	})
}

// Payments that say nothing take the places of a half-open channel again and again, one after the other or one over the other: the
// probes that close it are due all the same.
func TestTrialsThatSayNothingPutNoProbeOff(t *testing.T) {
	for name, lasts := range map[string]time.Duration{"one after the other": 0, "one over the other": 7 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBoard(t, breaker.Config{})
				run(t, b)
				trip(t, b)
				cool()
				wantStatus(t, b, breaker.HalfOpen)
				for range 12 { // a minute
					if done, err := b.Allow(acme, small); err == nil {
						time.AfterFunc(lasts, func() { done(breaker.Excluded) })
					}
					time.Sleep(5 * time.Second)
				}
				synctest.Wait()
				wantStatus(t, b, breaker.Closed)
			})
		})
	}
}

func TestTrialsNeverDoneOpenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{})
		run(t, b)
		trip(t, b)
		cool()
		for range 2 {
			if _, err := b.Allow(acme, small); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(settings().CallMax)
		synctest.Wait()
		wantStatus(t, b, breaker.Open)
	})
}

func TestABadProbeOpensAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{Prober: probe(func(context.Context, string) error {
			return errors.New("503")
		})})
		run(t, b)
		trip(t, b)
		cool()
		if s := stateOf(t, b); s.Status != breaker.Open || s.Trips != 2 || s.Reason != "the probe failed: 503" {
			t.Fatalf("state %+v", s)
		}
	})
}

// A channel whose payments are never small and safe recovers by probes alone.
func TestRecoversWithoutTrialPayments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var probes atomic.Int64
		b := newBoard(t, breaker.Config{Prober: probe(func(context.Context, string) error {
			probes.Add(1)
			return nil
		})})
		run(t, b)
		trip(t, b)
		cool()
		cool()
		wantStatus(t, b, breaker.HalfOpen)
		cool()
		wantStatus(t, b, breaker.Closed)
		if n := probes.Load(); n != 3 {
			t.Fatalf("%d probes, want 3", n)
		}
		submit(t, b, large, breaker.Healthy)
	})
}

func TestAChannelInMaintenanceIsNotProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var probes atomic.Int64
		b := newBoard(t, breaker.Config{Prober: probe(func(context.Context, string) error {
			probes.Add(1)
			return nil
		})})
		run(t, b)
		trip(t, b)
		decide(t, b, breaker.Flag{Status: breaker.Maintenance, Until: time.Now().Add(time.Hour)})
		time.Sleep(time.Hour - time.Second)
		synctest.Wait()
		if n := probes.Load(); n != 0 {
			t.Fatalf("%d probes", n)
		}
		time.Sleep(time.Second + beat)
		synctest.Wait()
		if s := stateOf(t, b); probes.Load() != 1 || s.TrialsLeft != 2 {
			t.Fatalf("%d probes, state %+v", probes.Load(), s)
		}
	})
}

// The probe here ignores its context, which is worse than the contract allows:
// the breaker opens again all the same, nothing waits for the probe, no second
// one is started beside it, and once it returns the channel recovers.
func TestAHangingProbeNeverHangsTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var probes atomic.Int64
		b := newBoard(t, breaker.Config{Prober: probe(func(context.Context, string) error {
			probes.Add(1)
			<-release
			return nil
		})})
		run(t, b)
		trip(t, b)
		cool()
		wantStatus(t, b, breaker.HalfOpen)
		time.Sleep(settings().ProbeMax)
		synctest.Wait()
		wantStatus(t, b, breaker.Open)

		time.Sleep(time.Hour)
		wantRefusal(t, b, small, breaker.ErrOpen)
		if done, err := b.AllowResolve(acme); err != nil {
			t.Fatal(err)
		} else {
			done()
		}
		if n := probes.Load(); n != 1 {
			t.Fatalf("%d probes at once", n)
		}

		close(release)
		synctest.Wait()
		time.Sleep(beat)
		synctest.Wait()
		submit(t, b, small, breaker.Healthy)
		submit(t, b, small, breaker.Healthy)
		wantStatus(t, b, breaker.Closed)
	})
}

func TestProbesHaveADeadlineOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var granted time.Duration
		b := newBoard(t, breaker.Config{Prober: probe(func(ctx context.Context, _ string) error {
			deadline, _ := ctx.Deadline()
			granted = time.Until(deadline)
			<-ctx.Done()
			return ctx.Err()
		})})
		run(t, b)
		trip(t, b)
		cool()
		time.Sleep(settings().ProbeMax)
		synctest.Wait()
		wantStatus(t, b, breaker.Open)
		if granted != settings().ProbeMax {
			t.Fatalf("deadline after %s, want %s", granted, settings().ProbeMax)
		}
	})
}

func TestStoppingDoesNotBlameTheChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{Prober: probe(func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		})})
		ctx, stop := context.WithCancel(t.Context())
		go b.Run(ctx)
		trip(t, b)
		cool()
		stop()
		synctest.Wait()
		wantStatus(t, b, breaker.HalfOpen)
	})
}

func TestLateAnswersFromBeforeSayNothingAboutNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{})
		run(t, b)
		late, err := b.Allow(acme, large)
		if err != nil {
			t.Fatal(err)
		}
		trip(t, b)
		cool()
		late(breaker.Faulty)
		wantStatus(t, b, breaker.HalfOpen)
	})
}

// A listener that reads the board and decides on it finds no mutex held.
func TestOnChangeMayUseTheBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b *breaker.Board
		var seen []breaker.Status
		b = newBoard(t, breaker.Config{OnChange: func(c breaker.Change) {
			seen = append(seen, c.From, c.To.Status)
			b.States()
			b.Flags()
			if c.To.Status != breaker.Open {
				return
			}
			if _, err := b.Decide(breaker.Flag{Channel: acme, Status: breaker.Draining, By: "on-call"}); err != nil {
				t.Error(err)
			}
		}})
		run(t, b)
		synctest.Wait()
		fail(t, b) // the listener may have drained it before anybody can look
		synctest.Wait()
		want := []breaker.Status{breaker.Closed, breaker.Open, breaker.Open, breaker.Draining}
		if !slices.Equal(seen, want) {
			t.Fatalf("saw %v, want %v", seen, want)
		}
	})
}

func TestASlowListenerHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		b := newBoard(t, breaker.Config{OnChange: func(breaker.Change) { <-release }})
		run(t, b)
		synctest.Wait()
		trip(t, b)
		cool() // it hears of open and hangs; the probe goes its way
		submit(t, b, small, breaker.Healthy)
		submit(t, b, small, breaker.Healthy)
		wantStatus(t, b, breaker.Closed)
		close(release)
	})
}
