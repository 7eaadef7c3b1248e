package limit

import "time"

// waiter is a request that waits for a slot.
type waiter struct {
	turn  *Turn
	since time.Time
	ready chan struct{} // closed when it has its slot
}

// desk is where the requests of one class wait: each sender has a line of their own, and the lines take turns. Who has
// nothing else under way comes before those who do, so that a sender who asks for little is not held up by one who asks for
// much. (After the new flows of fair queuing: RFC 8290, section 4.2.)
//
// It is calm until somebody waited in vain, and crowded from then on until nobody did, or was sent away, for calmAfter.
type desk struct {
	first   []*sender // lines of those who had nothing else under way when they came, the one whose turn it is first
	lines   []*sender // the other lines that somebody waits in, likewise
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
	if s.placed == 0 {
		return len(d.first) + 1
	}
	lines := len(d.first) + len(d.lines)
	if len(s.line) == 0 {
		lines++
	}
	return min(d.waiting, len(s.line)*lines+lines-1) + 1
}

// queue puts one that has its place at the end of its sender's line.
func (d *desk) queue(w *waiter) {
	s := w.turn.sender
	switch {
	case len(s.line) > 0:
	case s.placed == 1:
		d.first = append(d.first, s)
	default:
		d.lines = append(d.lines, s)
	}
	s.line = append(s.line, w)
	d.waiting++
}

// next takes out the first of the line whose turn it is.
func (d *desk) next() *waiter {
	from := &d.lines
	if len(d.first) > 0 {
		from = &d.first
	}
	s := (*from)[0]
	w := s.line[0]
	*from, s.line = (*from)[1:], s.line[1:]
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
		d.first, d.lines = without(d.first, s), without(d.lines, s)
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
