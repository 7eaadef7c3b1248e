package limit

import "time"

// waiter is a request that waits for a slot.
type waiter struct {
	turn  *Turn
	since time.Time
	ready chan struct{} // closed when it has its slot
}

// desk is where the requests of one class wait: each sender has a line of their own, and the lines take turns.
type desk struct {
	lines   []*sender // that somebody waits in, the one whose turn it is first
	waiting int
	since   time.Time // since when somebody has been waiting without a break
}

func (d *desk) queue(w *waiter) {
	s := w.turn.sender
	if d.waiting == 0 {
		d.since = w.since
	}
	if len(s.line) == 0 {
		d.lines = append(d.lines, s)
	}
	s.line = append(s.line, w)
	d.waiting++
}

// stands is for how long somebody has been waiting without a break.
func (d *desk) stands(now time.Time) time.Duration {
	if d.waiting == 0 {
		return 0
	}
	return now.Sub(d.since)
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
