package main

import (
	"context"
	"fmt"
	"os"
	"strings"
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

const (
	barWidth   = 30
	barEvery   = 500 * time.Millisecond
	linesEvery = 15 * time.Second
)

// progress shows how far the storm is, as a bar on a terminal and as a line now and then elsewhere.
func (s *storm) progress(ctx context.Context) {
	terminal := false
	if info, err := os.Stderr.Stat(); err == nil {
		terminal = info.Mode()&os.ModeCharDevice != 0
	}
	every := linesEvery
	if terminal {
		every = barEvery
		defer fmt.Fprint(os.Stderr, "\r\033[K")
	}
	began := time.Now()
	for pause(ctx, every) {
		line, part := s.standing(time.Since(began))
		if terminal {
			full := min(barWidth, barWidth*part/1000)
			fmt.Fprintf(os.Stderr, "\r\033[K[%s%s] %s", strings.Repeat("█", full), strings.Repeat("·", barWidth-full), line)
			continue
		}
		fmt.Fprintln(os.Stderr, line)
	}
}

// standing is where the storm is, and how much of it is done, in a thousand: as much as that of which least is done.
func (s *storm) standing(since time.Duration) (line string, part int) {
	begun := s.notes.count()
	t := s.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	part = 1000
	for _, row := range [][2]int{{begun, s.size.payments}, {t.kills + t.stops, len(s.plan.turns)}, {t.databaseKills, s.size.databaseKills}} {
		if row[1] > 0 {
			part = min(part, 1000*row[0]/row[1])
		}
	}
	return fmt.Sprintf("%s  %d/%d payments  %d/%d kills  %d/%d stops  %d/%d database kills", since.Round(time.Second), begun, s.size.payments,
		t.kills, s.size.kills, t.stops, s.size.stops+s.size.longStops, t.databaseKills, s.size.databaseKills), part
}
