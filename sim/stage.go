// Package sim runs the real engine against channels that fail in every way that channels are known to fail, kills gateways
// between any two of its steps, and holds what comes of it against a small model of what must be true. Everything that
// happens is decided by one seed: a run that failed is repeated exactly by giving its seed again.
package sim

import (
	"fmt"
	"hash"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"
	"sync"
	"testing/synctest"
	"time"
)

// stage lets one goroutine act at a time, and decides by the seed which. Whoever wants to touch what others see, be it the
// store or a channel, waits for its turn first; between two turns goroutines touch nothing but what is theirs.
type stage struct {
	*rand.Rand // of whoever has the turn

	strike func(*gatewayProcess) // may have something happen to a process that is about to get a turn that is no routine

	mu      sync.Mutex
	waiting []*turn       // by what they wait for; of one name, who came first
	knock   chan struct{} // somebody came to wait
	ready   []int         // of them, in a look for one
	given   int           // turns, and looks for one
	alike   []string      // what two came for at one moment, so that only chance tells them apart

	played hash.Hash64 // of every turn that was given, with its moment: two runs that have the same were the same
}

// turn is one goroutine that waits to go on.
type turn struct {
	by      *gatewayProcess // nil: the world around the gateways
	what    string          // which decides the order among those that came at one moment
	routine bool            // what gateways do all day: nothing befalls them just before it
	on      chan bool       // true: go on; false: die
	came    int             // how many turns had been given, or asked for, before it came
}

func newStage(seed uint64) *stage {
	return &stage{Rand: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), knock: make(chan struct{}, 1), played: fnv.New64a()}
}

// turn waits until the stage is the caller's.
func (s *stage) turn(by *gatewayProcess, what string) { s.take(&turn{by: by, what: what}) }

// take waits for a turn. A process that was killed meanwhile does not return: its goroutines end here, with whatever they
// have not told anybody.
func (s *stage) take(t *turn) {
	t.on = make(chan bool)
	s.wait(t)
	select {
	case s.knock <- struct{}{}:
	default:
	}
	if !<-t.on {
		runtime.Goexit()
	}
}

// wait puts a turn in its place among those that wait. Goroutines that come at one moment come in any order, which must not
// show: they have to come for something else each.
func (s *stage) wait(t *turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.came = s.given
	at := sort.Search(len(s.waiting), func(i int) bool { return s.waiting[i].what > t.what })
	if at > 0 && s.waiting[at-1].what == t.what && s.waiting[at-1].came == t.came {
		s.alike = append(s.alike, t.what)
	}
	s.waiting = slices.Insert(s.waiting, at, t)
}

// play gives turns until the moment until, and then for as long as somebody waits for one.
func (s *stage) play(until time.Time) {
	for {
		synctest.Wait() // everybody waits for a turn or for a time
		if next := s.pick(); next != nil {
			fmt.Fprintln(s.played, next.what, time.Now().UnixNano())
			if next.by != nil && !next.by.dead && !next.routine {
				s.strike(next.by)
			}
			if next.by != nil && !next.by.dead && time.Now().Before(next.by.frozen) {
				s.wait(next)
				continue
			}
			next.on <- next.by == nil || !next.by.dead
			continue
		}
		left := time.Until(until)
		if left <= 0 {
			return
		}
		timer := time.NewTimer(left)
		select {
		case <-s.knock:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// pick takes one of those that wait and may go on, or nil.
func (s *stage) pick() *turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given++
	at, now := s.ready[:0], time.Now()
	for i, t := range s.waiting {
		if t.by == nil || t.by.dead || !now.Before(t.by.frozen) {
			at = append(at, i)
		}
	}
	if s.ready = at; len(at) == 0 {
		return nil
	}
	i := at[s.IntN(len(at))]
	next := s.waiting[i]
	s.waiting = slices.Delete(s.waiting, i, i+1)
	return next
}

// chance reports true n times in a hundred.
func (s *stage) chance(n int) bool { return s.IntN(100) < n }

// within is a duration below d.
func (s *stage) within(d time.Duration) time.Duration { return time.Duration(s.Int64N(int64(d))) }
