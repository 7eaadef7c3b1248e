package breaker_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/breaker"
)

func TestHungSubmitsDoNotStarveResolves(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	for range settings().MaxInFlight {
		if _, err := b.Allow(acme, large); err != nil {
			t.Fatal(err)
		}
	}
	wantRefusal(t, b, large, breaker.ErrBusy)

	done, err := b.AllowResolve(acme)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.AllowResolve(acme); err != nil {
		t.Fatal(err)
	}
	if _, err := b.AllowResolve(acme); !errors.Is(err, breaker.ErrBusy) {
		t.Fatalf("AllowResolve: %v, want ErrBusy", err)
	}
	if s := stateOf(t, b); s.InFlight != 3 || s.Resolving != 2 {
		t.Fatalf("state %+v", s)
	}
	done()
	done() // a second time, harmless
	if s := stateOf(t, b); s.Resolving != 1 {
		t.Fatalf("state %+v", s)
	}
}

func TestResolvesPassAnOpenBreaker(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	trip(t, b)
	done, err := b.AllowResolve(acme)
	if err != nil {
		t.Fatal(err)
	}
	done()
}

func TestDoneTwiceCountsOnce(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	done, err := b.Allow(acme, large)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		done(breaker.Faulty)
	}
	if s := stateOf(t, b); s.Status != breaker.Closed || s.Requests != 1 || s.InFlight != 0 {
		t.Fatalf("state %+v", s)
	}
}

func TestCallsNeverDoneAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := settings()
		s.MaxInFlight = 4
		b := newBoard(t, breaker.Config{Channels: map[string]breaker.Settings{acme: s}})
		for range 4 {
			if _, err := b.Allow(acme, large); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.AllowResolve(acme); err != nil {
			t.Fatal(err)
		}
		time.Sleep(s.CallMax)
		synctest.Wait()
		got := stateOf(t, b)
		if got.InFlight != 0 || got.Resolving != 0 || got.Status != breaker.Open {
			t.Fatalf("state %+v", got)
		}
	})
}

// Many payments, operators and readers at once: never more submits than slots,
// and none left behind.
func TestManyAtOnce(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	run(t, b)
	var underWay, admitted atomic.Int64
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Go(func() {
			for turn := range 500 {
				if caller == 0 && turn%50 == 0 {
					if _, err := b.Decide(breaker.Flag{Channel: acme, Status: breaker.Closed, By: "on-call"}); err != nil {
						t.Error(err)
					}
				}
				done, err := b.Allow(acme, small)
				if err != nil {
					b.States()
					continue
				}
				admitted.Add(1)
				if n := underWay.Add(1); n > int64(settings().MaxInFlight) {
					t.Errorf("%d submits under way", n)
				}
				runtime.Gosched()
				underWay.Add(-1)
				done(breaker.Verdict(turn % 3))
			}
		})
	}
	callers.Wait()
	if s := stateOf(t, b); s.InFlight != 0 || admitted.Load() == 0 {
		t.Fatalf("%d admitted, state %+v", admitted.Load(), s)
	}
}
