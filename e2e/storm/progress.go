package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

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
