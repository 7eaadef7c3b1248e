package clock

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"
)

func TestAlarmsRingInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(time.Now)
		defer c.Stop()
		rung := make(chan string, 10)
		c.AfterFunc(2*time.Hour, func() { rung <- "second" })
		c.AfterFunc(time.Hour, func() {
			rung <- "first"
			c.AfterFunc(30*time.Minute, func() { rung <- "third" }) // counts from the new time
		})
		c.AfterFunc(5*time.Hour, func() { rung <- "fourth" })
		before := c.Now()
		after, err := c.Advance(3 * time.Hour)
		if err != nil || after.Sub(before.Time) != 3*time.Hour {
			t.Errorf("moved from %v to %v, %v", before, after, err)
		}
		if len(rung) != 2 {
			t.Errorf("%d alarms rang before Advance returned, want 2", len(rung))
		}
		for _, want := range []string{"first", "second", "third", "fourth"} { // real time rings the rest
			if got := <-rung; got != want {
				t.Errorf("%s rang, want %s", got, want)
			}
		}
	})
}

func TestAdvanceOnlyForward(t *testing.T) {
	c := New(time.Now)
	defer c.Stop()
	for _, d := range []time.Duration{0, -time.Second, AdvanceMax + 1} {
		if _, err := c.Advance(d); err != ErrAdvance {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestLayout(t *testing.T) {
	at := Time{time.Date(2026, 11, 1, 2, 3, 4, 5_000_000, time.FixedZone("", 3600))}
	if raw, err := json.Marshal(at); err != nil || string(raw) != `"2026-11-01T01:03:04.005Z"` {
		t.Errorf("%s, %v", raw, err)
	}
}
