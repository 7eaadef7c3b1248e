package main

import (
	"testing"
	"time"
)

// What was sealed already is looked at again and again for what was committed late: a little of it each time, all of it twice a minute.
func TestTheWholeWindowIsLookedAtNowAndThen(t *testing.T) {
	var s sealing
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	wide := 0
	var last time.Time
	for range 120 {
		s.reached(now)
		switch back := now.Sub(s.since); back {
		case sealRecent:
		case sealWindow:
			if wide++; wide > 1 && now.Sub(last) != sealWhole {
				t.Errorf("the whole window is looked at after %s", now.Sub(last))
			}
			last = now
		default:
			t.Errorf("%s are looked at", back)
		}
		now = now.Add(keepEvery)
	}
	if wide != 4 {
		t.Errorf("the whole window is looked at %d times in two minutes", wide)
	}
}
