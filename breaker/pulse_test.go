package breaker_test

import (
	"context"
	"errors"
	"fmt"
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

// wantForPayers demands what payers find.
func wantForPayers(t *testing.T, b *breaker.Board, want breaker.Status) {
	t.Helper()
	if s := stateOf(t, b).ForPayers(); s.Status != want {
		t.Fatalf("payers find %s (%s), want %s", s.Status, s.Reason, want)
	}
}

// probes lets n regular probes pass.
func probes(n int) {
	time.Sleep(time.Duration(n)*(pulseEvery+beat) + beat)
	synctest.Wait()
}

// It takes no payers, and whatever calls it goes on: payouts, refunds, captures.
func TestAChannelThatNobodyCallsIsKnownByItsProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, fault := patient(t)
		probes(5)
		wantForPayers(t, b, breaker.Closed)
		began := stateOf(t, b).Since

		fault.Store(&errDown)
		probes(1)
		wantForPayers(t, b, breaker.Closed) // one that is lost says nothing
		probes(3)
		s := stateOf(t, b)
		if s.Status != breaker.Closed || !strings.Contains(s.Unwell, errDown.Error()) || s.Requests != 0 || s.Trips != 0 || !s.Since.Equal(began) {
			t.Fatalf("down: %+v", s)
		}
		if p := s.ForPayers(); p.Status != breaker.Open || p.Reason != s.Unwell || !p.Since.Equal(s.Turned) || p.Accepts(small) {
			t.Fatalf("down, for payers: %+v", p)
		}
		submit(t, b, large, breaker.Healthy)
		probes(20)
		wantForPayers(t, b, breaker.Open)

		fault.Store(nil)
		probes(3)
		wantForPayers(t, b, breaker.Closed)
		if s := stateOf(t, b); s.Unwell != "" || !s.Since.Equal(began) || !s.ForPayers().Since.After(began) {
			t.Fatalf("well again: %+v", s)
		}
	})
}

// The breaker of a channel whose payouts failed is open; its probes say that it answers, and does not see what arrives. Payouts are
// tried again and go on, and payers are still kept away.
func TestWhatIsNotSeenFailsNoTrial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, fault := patient(t)
		unseen := fmt.Errorf("%w: the mailbox cannot be read", breaker.ErrUnseen)
		fault.Store(&unseen)
		probes(4)
		trip(t, b)
		cool()
		submit(t, b, small, breaker.Healthy)
		submit(t, b, small, breaker.Healthy)
		wantStatus(t, b, breaker.Closed)
		wantForPayers(t, b, breaker.Open)

		fault.Store(&errDown)
		fail(t, b)
		cool()
		if s := stateOf(t, b); s.Status != breaker.Open || !strings.HasPrefix(s.Reason, "the probe failed") {
			t.Fatalf("nobody answers: %+v", s)
		}
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
		wantForPayers(t, b, breaker.Closed)
		down.Store(true)
		probes(4)
		wantForPayers(t, b, breaker.Open)
		down.Store(false)
		probes(20)
		wantForPayers(t, b, breaker.Open)
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
		wantForPayers(t, b, breaker.Open)
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
		wantForPayers(t, b, breaker.Open)
		decide(t, b, breaker.Flag{Status: breaker.Closed}) // it starts afresh
		wantForPayers(t, b, breaker.Closed)
		decide(t, b, breaker.Flag{Status: breaker.ForcedOpen})
		probes(10)
		decide(t, b, breaker.Flag{Status: breaker.Closed})
		wantForPayers(t, b, breaker.Closed)
		probes(4)
		wantForPayers(t, b, breaker.Open)
	})
}
