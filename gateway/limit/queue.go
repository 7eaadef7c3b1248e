package limit

import "time"

// waiter is a request that waits for a slot.
type waiter struct {
	turn  *Turn
	since time.Time
	ready chan struct{} // closed when it has its slot
}

// desk is where the requests of one class wait: each sender has a line of their own, and the lines take turns.
//
// It is calm until somebody waited in vain, and crowded from then on until nobody did, or was sent away, for calmAfter.
type desk struct {
	lines   []*sender // that somebody waits in, the one whose turn it is first
	waiting int

	since time.Time // when it became crowded
	until time.Time // when it is calm again
}

const (
	calmAfter   = time.Second
	crowdMax    = 2 // requests that wait at a crowded desk
	modestTimes = 4 // how many times as many may be before one whose sender holds less than others do
)

func (d *desk) crowded(now time.Time) bool { return now.Before(d.until) }

// crowd notes that somebody was sent away.
func (d *desk) crowd(now time.Time) {
	if !d.crowded(now) {
		d.since = now
	}
	d.until = now.Add(calmAfter)
}

// crowdedFor is how long it has been crowded.
func (d *desk) crowdedFor(now time.Time) time.Duration {
	if !d.crowded(now) {
		return 0
	}
	return now.Sub(d.since)
}

// position is how many would be served before another request of a sender, and that one.
func (d *desk) position(s *sender) int {
	lines := len(d.lines)
	if len(s.line) == 0 {
		lines++
	}
	return min(d.waiting, len(s.line)*lines+lines-1) + 1
}

func (d *desk) queue(w *waiter) {
	s := w.turn.sender
	if len(s.line) == 0 {
		d.lines = append(d.lines, s)
	}
	s.line = append(s.line, w)
	d.waiting++
}

// next takes out the first of the line whose turn it is.
func (d *desk) next() *waiter {
	s := d.lines[0]
	w := s.line[0]
	d.lines, s.line = d.lines[1:], s.line[1:]
	if len(s.line) > 0 {
		d.lines = append(d.lines, s)
	}
	d.waiting--
	return w
}

// leave takes out one that waits no longer.
func (d *desk) leave(w *waiter) {
	s := w.turn.sender
	s.line = without(s.line, w)
	if len(s.line) == 0 {
		d.lines = without(d.lines, s)
	}
	d.waiting--
}

// without returns the list without one of its elements, in the same order. No list is longer than there are places.
func without[T comparable](list []T, gone T) []T {
	for i, each := range list {
		if each == gone {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}
