package limit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/gateway/limit"
)

const (
	work      = 10 * time.Millisecond // that a request keeps its slot
	available = 5                     // slots that payments may have: the shared ones and their own
	capacity  = float64(available) / 0.010
)

// crowd counts what became of requests.
type crowd struct {
	*limit.Limiter

	mu     sync.Mutex
	served []time.Duration // from asking until the answer
	shed   []time.Duration
	own    int // that were told that it is their own excess
	all    sync.WaitGroup
}

func newCrowd(s limit.Settings) *crowd { return &crowd{Limiter: limit.New(s)} }

func defaults() limit.Settings {
	s := limit.Defaults()
	s.Rate = limit.Rate{} // the rate is not what is tried
	return s
}

// ask sends one request.
func (c *crowd) ask(class limit.Class, sender string) {
	c.all.Go(func() {
		asked := time.Now()
		turn, err := c.Admit(context.Background(), class, sender)
		if err == nil {
			time.Sleep(work)
			turn.Done()
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if err == nil {
			c.served = append(c.served, time.Since(asked))
			return
		}
		c.shed = append(c.shed, time.Since(asked))
		if errors.Is(err, limit.ErrExcess) {
			c.own++
		}
	})
}

// stream sends requests at a rate, those of several senders in turn.
func (c *crowd) stream(class limit.Class, rate float64, lasts time.Duration, sender func(i int) string) {
	n := int(rate * lasts.Seconds())
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(float64(i) / rate * float64(time.Second)))))
		c.ask(class, sender(i))
	}
}

func p99(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)*99/100]
}

func many(i int) string { return fmt.Sprint("m", i%200) }

func TestFiveTimesTheCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lasts = 30 * time.Second
		flood := newCrowd(defaults())
		flood.stream(limit.Payments, 5*capacity, lasts, many)
		flood.all.Wait()
		if goodput := float64(len(flood.served)) / lasts.Seconds(); goodput < 0.95*capacity {
			t.Errorf("%.0f of %.0f in a second are served", goodput, capacity)
		}
		if got := p99(flood.served); got > 2*work {
			t.Errorf("those let in take up to %s, and %s alone", got, work)
		}
		if got := p99(flood.shed); got > 5*time.Millisecond {
			t.Errorf("those sent away wait up to %s", got)
		}
		if longest := slices.Max(flood.shed); longest > 210*time.Millisecond {
			t.Errorf("one waited %s in vain", longest)
		}
		flood.want(t, limit.Desk{})

		after := &crowd{Limiter: flood.Limiter}
		after.stream(limit.Payments, capacity/2, time.Second, many)
		after.all.Wait()
		if len(after.shed) > 0 || p99(after.served) > work {
			t.Errorf("right after the flood %d are sent away, and answers take %s", len(after.shed), p99(after.served))
		}
	})
}

// want fails unless the desk of payments is in a state, but for its counters.
func (c *crowd) want(t *testing.T, want limit.Desk) {
	t.Helper()
	got := c.State()[limit.Payments]
	if got.Working != want.Working || got.Placed != want.Placed || got.Queued != want.Queued {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestABurstIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(defaults())
		for i := range 100 { // 200 ms of work
			c.ask(limit.Payments, many(i))
		}
		c.all.Wait()
		if len(c.served) != 100 {
			t.Errorf("%d of 100 that came at once are served", len(c.served))
		}
	})
}

func TestAFlooderKeepsNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lasts = 20 * time.Second
		flooder := newCrowd(defaults())
		polite := &crowd{Limiter: flooder.Limiter}
		var both sync.WaitGroup
		both.Go(func() { flooder.stream(limit.Payments, 5*capacity, lasts, func(int) string { return "flooder" }) })
		both.Go(func() {
			time.Sleep(time.Millisecond / 2) // never at the same moment
			polite.stream(limit.Payments, capacity/20, lasts, func(int) string { return "polite" })
		})
		both.Wait()
		flooder.all.Wait()
		polite.all.Wait()
		if len(polite.shed) > 0 || p99(polite.served) > 2*work {
			t.Errorf("the polite one is sent away %d times, and answers take %s", len(polite.shed), p99(polite.served))
		}
		if flooder.own == 0 {
			t.Error("the flooder is never told whose excess it is")
		}
	})
}

// Several who ask for little may do so at the same moment, also while the flood begins.
func TestAFlooderKeepsNoFewOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flooder := newCrowd(defaults())
		polite := &crowd{Limiter: flooder.Limiter}
		var both sync.WaitGroup
		both.Go(func() {
			flooder.stream(limit.Payments, 5*capacity, 3*time.Second, func(int) string { return "flooder" })
		})
		both.Go(func() {
			time.Sleep(time.Millisecond / 2)
			for range 55 {
				for i := range 4 {
					polite.ask(limit.Payments, many(i))
				}
				time.Sleep(51 * time.Millisecond)
			}
		})
		both.Wait()
		flooder.all.Wait()
		polite.all.Wait()
		if len(polite.shed) > 0 || p99(polite.served) > 4*work {
			t.Errorf("%d of %d are sent away, and answers take %s", len(polite.shed), 220, p99(polite.served))
		}
	})
}

func TestPaymentsDoNotKeepOutTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lasts = 10 * time.Second
		flood := newCrowd(defaults())
		rest := &crowd{Limiter: flood.Limiter}
		var all sync.WaitGroup
		all.Go(func() { flood.stream(limit.Payments, 5*capacity, lasts, many) })
		for _, class := range []limit.Class{limit.Callbacks, limit.Changes, limit.Resolution, limit.Reads, limit.Pages} {
			all.Go(func() { rest.stream(class, 20, lasts, many) })
		}
		all.Wait()
		flood.all.Wait()
		rest.all.Wait()
		if len(rest.shed) > 0 || p99(rest.served) > work {
			t.Errorf("%d of the rest are sent away, and answers take %s", len(rest.shed), p99(rest.served))
		}
	})
}

func TestTheRestDoesNotKeepOutPayments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flood := newCrowd(defaults())
		payments := &crowd{Limiter: flood.Limiter}
		var both sync.WaitGroup
		both.Go(func() { flood.stream(limit.Changes, 5*capacity, 10*time.Second, many) })
		both.Go(func() { payments.stream(limit.Payments, 20, 10*time.Second, many) })
		both.Wait()
		flood.all.Wait()
		payments.all.Wait()
		if len(payments.shed) > 0 {
			t.Errorf("%d payments are sent away", len(payments.shed))
		}
	})
}

// Whoever waits for a channel holds no slot, and goes on at once when it has answered.
func TestAChannelThatHangsTakesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(defaults())
		var turns []*limit.Turn
		var backs []func()
		for i := range 40 {
			turn, err := l.Admit(t.Context(), limit.Payments, many(i))
			if err != nil {
				t.Fatalf("the %dth: %v", i, err)
			}
			turns, backs = append(turns, turn), append(backs, limit.Away(limit.With(t.Context(), turn)))
		}
		if d := l.State()[limit.Payments]; d.Working != 0 || d.Placed != 40 {
			t.Errorf("%+v", d)
		}
		for _, back := range backs {
			back()
		}
		if d := l.State()[limit.Payments]; d.Working != 40 {
			t.Errorf("%d of 40 went on", d.Working)
		}
		if _, err := l.Admit(t.Context(), limit.Payments, "next"); !errors.Is(err, limit.ErrBusy) {
			t.Errorf("one more was let in, %v", err)
		}
		for _, turn := range turns {
			turn.Done()
			turn.Done()
		}
		if d := l.State()[limit.Payments]; d.Working != 0 || d.Placed != 0 {
			t.Errorf("held after the end: %+v", d)
		}
	})
}

// A request that panicked while it was away is over.
func TestATurnThatEndsWhileItIsAway(t *testing.T) {
	l := limit.New(defaults())
	turn, err := l.Admit(t.Context(), limit.Payments, "m")
	if err != nil {
		t.Fatal(err)
	}
	back := turn.Away()
	turn.Done()
	back()
	if d := l.State()[limit.Payments]; d.Working != 0 || d.Placed != 0 {
		t.Errorf("%+v", d)
	}
}

func TestWhoHangsUpLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(defaults())
		for i := range available {
			if _, err := l.Admit(t.Context(), limit.Payments, many(i)); err != nil {
				t.Fatal(err)
			}
		}
		ctx, hangUp := context.WithCancel(t.Context())
		go func() {
			time.Sleep(work)
			hangUp()
		}()
		asked := time.Now()
		_, err := l.Admit(ctx, limit.Payments, "gone")
		d := l.State()[limit.Payments]
		if shed := (*limit.Shed)(nil); !errors.As(err, &shed) || shed.Reason != limit.Left || time.Since(asked) != work || d.Queued != 0 || d.Placed != available {
			t.Errorf("%v after %s: %+v", err, time.Since(asked), d)
		}
	})
}

func TestNobodyHoldsMorePlacesThanAreLeft(t *testing.T) {
	s := defaults()
	l := limit.New(s)
	hold := func(sender string) int {
		for n := 0; ; n++ {
			turn, err := l.Admit(t.Context(), limit.Payments, sender)
			if err != nil {
				if shed := (*limit.Shed)(nil); !errors.As(err, &shed) || !shed.Own || shed.Reason != limit.OverShare {
					t.Errorf("%v", err)
				}
				return n
			}
			turn.Away()
		}
	}
	first, second, third := hold("a"), hold("b"), hold("c")
	if first < s.Places/5 || first > s.Places/2 || second < first/2 || third < second/2 {
		t.Errorf("%d, then %d, then %d of %d places", first, second, third, s.Places)
	}
}

func TestARateIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limit.Defaults()
		s.Rate = limit.Rate{PerSecond: 10, Burst: 5}
		c := newCrowd(s)
		c.stream(limit.Reads, 100, 10*time.Second, func(int) string { return "m" })
		c.all.Wait()
		if n := len(c.served); n < 103 || n > 106 || c.own != 1000-n {
			t.Errorf("%d are served at ten in a second with five at once, %d were too many", n, c.own)
		}
	})
}

func TestWhenToComeAgainIsSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(defaults())
		for i := range available {
			_, _ = l.Admit(t.Context(), limit.Payments, many(i)) // keeps its slot
		}
		seen := map[time.Duration]bool{}
		for i := range 100 {
			_, err := l.Admit(t.Context(), limit.Payments, many(i))
			shed := (*limit.Shed)(nil)
			if !errors.As(err, &shed) || shed.After < time.Second || shed.After > 31*time.Second || shed.After%time.Second != 0 {
				t.Fatalf("%v, after %v", err, shed)
			}
			seen[shed.After] = true
		}
		if len(seen) < 3 {
			t.Errorf("everybody is to come again after one of %v", seen)
		}
	})
}

// Names cost memory only for as long as they hold something, and there is an end to it.
func TestNamesWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(limit.Defaults())
		letIn := 0
		for i := range 100_000 {
			turn, err := l.Admit(t.Context(), limit.Strangers, fmt.Sprint(i))
			if err != nil {
				continue
			}
			turn.Strike()
			turn.Done()
			letIn++
		}
		if letIn < 20_000 || letIn > 20_100 {
			t.Errorf("%d of 100000 addresses that show no key are let in within a moment", letIn)
		}
		time.Sleep(time.Minute)
		if turn, err := l.Admit(t.Context(), limit.Strangers, "another"); err != nil {
			t.Errorf("a minute later: %v", err)
		} else {
			turn.Done()
		}
	})
}
