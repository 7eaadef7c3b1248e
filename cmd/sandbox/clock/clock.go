// Package clock is the time of the sandbox: the real time plus an offset that a developer can move forward.
package clock

import (
	"container/heap"
	"errors"
	"sync"
	"time"
)

// AdvanceMax is the furthest that one Advance moves the clock.
const AdvanceMax = 366 * 24 * time.Hour

// ErrAdvance is returned when the clock is asked to go back, to stay, or further than AdvanceMax at once.
var ErrAdvance = errors.New("the clock moves forward only, by at most 8784h at once")

// Clock tells the sandbox time and runs what is due at a moment of it.
type Clock struct {
	now func() time.Time

	running sync.Mutex // held while due alarms run, so that Advance returns after their effects

	mu     sync.Mutex
	offset time.Duration
	alarms alarms
	timer  *time.Timer
}

// New returns a clock that starts at now and walks with it.
func New(now func() time.Time) *Clock {
	c := &Clock{now: now}
	c.timer = time.AfterFunc(time.Hour, c.ring)
	return c
}

// Stop ends the clock's timer: no alarm rings by itself afterwards.
func (c *Clock) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
}

// Now returns the sandbox time.
func (c *Clock) Now() Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

// Advance moves the clock forward by d and returns the new time after everything that became due has run.
func (c *Clock) Advance(d time.Duration) (Time, error) {
	if d <= 0 || d > AdvanceMax {
		return Time{}, ErrAdvance
	}
	c.mu.Lock()
	c.offset += d
	c.mu.Unlock()
	c.ring()
	return c.Now(), nil
}

// AfterFunc runs f once d of sandbox time has passed. One f runs at a time; it must not call Advance.
func (c *Clock) AfterFunc(d time.Duration, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	heap.Push(&c.alarms, alarm{at: c.read().Add(d), run: f})
	c.rearm()
}

// ring runs every alarm that is due, in the order of their moments.
func (c *Clock) ring() {
	c.running.Lock()
	defer c.running.Unlock()
	for {
		due, ok := c.next()
		if !ok {
			return
		}
		due.run()
	}
}

// next takes the earliest alarm off the heap if it is due; otherwise it sets the timer to it.
func (c *Clock) next() (alarm, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.alarms) == 0 || c.alarms[0].at.After(c.read().Time) {
		c.rearm()
		return alarm{}, false
	}
	return heap.Pop(&c.alarms).(alarm), true
}

func (c *Clock) rearm() {
	if len(c.alarms) > 0 {
		c.timer.Reset(c.alarms[0].at.Sub(c.read().Time))
	}
}

func (c *Clock) read() Time {
	return Time{c.now().Add(c.offset).UTC()}
}

type alarm struct {
	at  time.Time
	run func()
}

// alarms is a heap.Interface with the earliest alarm first.
type alarms []alarm

func (a alarms) Len() int           { return len(a) }
func (a alarms) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a alarms) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *alarms) Push(x any)        { *a = append(*a, x.(alarm)) }
func (a *alarms) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}
