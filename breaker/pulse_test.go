package breaker_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/breaker"
)

const pulseEvery = 2 * time.Second

// patient is a board whose only channel is probed regularly, and the probe's answer: nil while it is well.
func patient(t *testing.T) (b *breaker.Board, fault *atomic.Pointer[error]) {
	t.Helper()
	fault = &atomic.Pointer[error]{}
	s := settings()
	s.ProbeEvery = pulseEvery
	b = newBoard(t, breaker.Config{
		Channels: map[string]breaker.Settings{acme: s},
		Prober: probe(func(context.Context, string) error {
			if err := fault.Load(); err != nil {
				return *err
			}
			return nil
		}),
	})
	run(t, b)
	return b, fault
}

var errDown = errors.New("nobody answers")

// probes lets n regular probes pass.
func probes(n int) {
	time.Sleep(time.Duration(n)*(pulseEvery+beat) + beat)
	synctest.Wait()
}

func TestAChannelThatNobodyCallsIsKnownByItsProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, fault := patient(t)
		probes(5)
		wantStatus(t, b, breaker.Closed)

		fault.Store(&errDown)
		probes(1)
		wantStatus(t, b, breaker.Closed) // one that is lost says nothing
		probes(3)
		s := stateOf(t, b)
		if s.Status != breaker.Open || !strings.Contains(s.Reason, errDown.Error()) || s.Requests != 0 || s.Trips != 0 {
			t.Fatalf("down: %+v", s)
		}
		wantRefusal(t, b, small, breaker.ErrOpen)
		if done, err := b.AllowResolve(acme); err != nil {
			t.Fatal(err)
		} else {
			done()
		}
		probes(20)
		wantStatus(t, b, breaker.Open)

		fault.Store(nil)
		probes(3)
		wantStatus(t, b, breaker.Closed)
		submit(t, b, large, breaker.Healthy)
	})
}

// Every second probe fails: neither is that an outage, nor does it hide one.
func TestAChannelThatAnswersNowAndThenDoesNotFlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		var down atomic.Bool
		s := settings()
		s.ProbeEvery = pulseEvery
		changes := 0
		b := newBoard(t, breaker.Config{
			Channels: map[string]breaker.Settings{acme: s}, OnChange: func(breaker.Change) { changes++ },
			Prober: probe(func(context.Context, string) error {
				if n.Add(1)%2 == 0 || down.Load() {
					return errDown
				}
				return nil
			}),
		})
		run(t, b)
		probes(20)
		wantStatus(t, b, breaker.Closed)
		down.Store(true)
		probes(4)
		wantStatus(t, b, breaker.Open)
		down.Store(false)
		probes(20)
		wantStatus(t, b, breaker.Open)
		if changes != 1 {
			t.Errorf("%d changes", changes)
		}
	})
}

// Payments fail on a channel that says it is well: what it says does not keep its breaker from opening.
func TestGoodProbesHideNoFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := patient(t)
		probes(20)
		trip(t, b)
	})
}

func TestAHangingChannelIsUnwellAndHangsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, under atomic.Int64
		s := settings()
		s.ProbeEvery = pulseEvery
		b := newBoard(t, breaker.Config{
			Channels: map[string]breaker.Settings{acme: s},
			Prober: probe(func(ctx context.Context, _ string) error {
				asked.Add(1)
				if under.Add(1) > 1 {
					t.Error("two probes at once")
				}
				defer under.Add(-1)
				<-ctx.Done()
				return ctx.Err()
			}),
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { b.Run(ctx); close(ended) }()
		time.Sleep(4 * (pulseEvery + s.ProbeMax))
		synctest.Wait()
		wantStatus(t, b, breaker.Open)
		stop()
		<-ended
		synctest.Wait()
		before := asked.Load()
		time.Sleep(time.Hour)
		if asked.Load() != before {
			t.Error("it is asked after the end")
		}
	})
}

func TestAnOperatorsFlagStopsTheRegularProbesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, fault := patient(t)
		fault.Store(&errDown)
		probes(4)
		wantStatus(t, b, breaker.Open)
		decide(t, b, breaker.Flag{Status: breaker.Closed}) // it starts afresh
		wantStatus(t, b, breaker.Closed)
		decide(t, b, breaker.Flag{Status: breaker.ForcedOpen})
		probes(10)
		decide(t, b, breaker.Flag{Status: breaker.Closed})
		wantStatus(t, b, breaker.Closed)
		probes(4)
		wantStatus(t, b, breaker.Open)
	})
}
