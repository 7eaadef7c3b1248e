package movement

import (
	"context"
	"errors"
	"sync"

	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
)

// Max is how many movements a log keeps before it takes no further message.
const Max = 1_000_000

// SelectMax is how many movements one Select returns; Query.After pages on.
const SelectMax = 10_000

// ErrFull is returned when the log holds its maximum: the message must be refused, since it cannot be remembered.
var ErrFull = errors.New("the movement log is full")

// Log is an append-only list of movements in memory. It never drops one.
type Log struct {
	now func() clock.Time
	max int

	mu    sync.Mutex
	lines []Movement
	grown chan struct{} // closed by the next append; nil while nobody waits
}

// NewLog returns an empty log that accepts messages until it holds max movements.
func NewLog(now func() clock.Time, max int) *Log {
	return &Log{now: now, max: max}
}

// Receive appends the arrival of a message, or returns ErrFull.
func (l *Log) Receive(m Movement) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) >= l.max {
		return ErrFull
	}
	m.Kind = Received
	l.append(m)
	return nil
}

// Record appends a movement that follows from a message already received. It always succeeds: the maximum binds at
// the door, so money that moved is never forgotten.
func (l *Log) Record(m Movement) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.append(m)
}

func (l *Log) append(m Movement) {
	m.Seq = int64(len(l.lines)) + 1
	m.At = l.now()
	l.lines = append(l.lines, m)
	if l.grown != nil {
		close(l.grown)
		l.grown = nil
	}
}

// Select returns the first SelectMax movements that match q.
func (l *Log) Select(q Query) []Movement {
	lines, _ := l.snapshot(false)
	return sift(lines, q)
}

// Await returns as soon as at least one movement matches q, or an empty list when ctx ends first.
func (l *Log) Await(ctx context.Context, q Query) []Movement {
	for {
		lines, grown := l.snapshot(true)
		if found := sift(lines, q); len(found) > 0 {
			return found
		}
		q.After = max(q.After, int64(len(lines)))
		select {
		case <-grown:
		case <-ctx.Done():
			return []Movement{}
		}
	}
}

// All returns every movement so far. The list is shared and must not be changed.
func (l *Log) All() []Movement {
	lines, _ := l.snapshot(false)
	return lines
}

// snapshot returns the lines so far, which are never changed again, and with wait a channel closed by the next append.
func (l *Log) snapshot(wait bool) ([]Movement, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait && l.grown == nil {
		l.grown = make(chan struct{})
	}
	return l.lines[:len(l.lines):len(l.lines)], l.grown
}

func sift(lines []Movement, q Query) []Movement {
	found := []Movement{}
	for i := min(max(q.After, 0), int64(len(lines))); i < int64(len(lines)) && len(found) < SelectMax; i++ {
		if q.matches(lines[i]) {
			found = append(found, lines[i])
		}
	}
	return found
}
