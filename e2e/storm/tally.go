package main

import (
	"sync"
	"time"
)

// tally counts what was done and measures what came of it.
type tally struct {
	mu sync.Mutex

	kills, stops, databaseKills int
	failedStarts                int
	redis                       map[redisFault]int
	lines                       map[string]map[string]int // by peer and fault
	habitsOf                    map[string]int
	refusals                    map[string]int // by what was asked for and the code
	resent                      int            // answers that took more than one request
	requests                    int
	replays                     int

	restarts, disturbedRestarts []time.Duration // from start to ready, with the database there and with it away meanwhile
	databaseDowns               []time.Duration
	resolutions                 []time.Duration // of what was under way when a gateway was killed

	raged, settled time.Duration
}

func newTally() *tally {
	return &tally{redis: map[redisFault]int{}, lines: map[string]map[string]int{}, habitsOf: map[string]int{}, refusals: map[string]int{}}
}

func (t *tally) note(how func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	how()
}

func (t *tally) add(n *int) { t.note(func() { *n++ }) }

func (t *tally) restarted(took time.Duration, failed int, disturbed bool) {
	t.note(func() {
		t.failedStarts += failed
		if disturbed {
			t.disturbedRestarts = append(t.disturbedRestarts, took)
			return
		}
		t.restarts = append(t.restarts, took)
	})
}

func (t *tally) databaseAway(d time.Duration) {
	t.note(func() {
		t.databaseKills++
		t.databaseDowns = append(t.databaseDowns, d)
	})
}

func (t *tally) redisFault(f redisFault) { t.note(func() { t.redis[f]++ }) }

func (t *tally) lineFault(to, fault string) {
	t.note(func() {
		if t.lines[to] == nil {
			t.lines[to] = map[string]int{}
		}
		t.lines[to][fault]++
	})
}

func (t *tally) habit(of string) { t.note(func() { t.habitsOf[of]++ }) }

func (t *tally) refused(kind, code string) { t.note(func() { t.refusals[kind+" "+code]++ }) }

func (t *tally) resolved(after time.Duration) {
	t.note(func() { t.resolutions = append(t.resolutions, after) })
}

func (t *tally) sent(times int) {
	t.note(func() {
		t.requests += times
		if times > 1 {
			t.resent++
		}
	})
}
