package memory

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Due claims payments that someone should look at, the longest due first, and keeps them from other gateways until the
// given moment. A claim that is not followed by a commit lapses then by itself. Payments whose live attempt is on one of
// the channels are passed over; the channel without a name stands for no live attempt.
func (s *Store) Due(ctx context.Context, now, until time.Time, limit int, except ...string) ([]payment.ID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var ids []payment.ID
	var passed []turn
	for len(ids) < limit && len(s.due) > 0 && !s.due[0].at.After(now) {
		next := heap.Pop(&s.due).(turn)
		r, known := s.records[next.id]
		switch {
		case !known || !r.due.Equal(next.at): // it was changed since, and has a later turn
		case slices.Contains(except, channelOf(r.payment)):
			passed = append(passed, next)
		default:
			ids = append(ids, next.id)
			s.dueAt(r, until)
		}
	}
	for _, t := range passed {
		heap.Push(&s.due, t)
	}
	return ids, nil
}

// dueAt gives a payment its next turn. An earlier one is left in the queue and passed over there.
func (s *Store) dueAt(r *record, at time.Time) {
	if r.due = at; !at.IsZero() {
		heap.Push(&s.due, turn{at, r.no, r.payment.ID})
	}
}

// channelOf names the channel of the live attempt, if there is one.
func channelOf(p payment.Payment) string {
	if last, ok := p.Last(); ok && last.Live() {
		return last.Channel
	}
	return ""
}

// turn is when a payment should be looked at.
type turn struct {
	at time.Time
	no int // of the payment's record
	id payment.ID
}

// queue is a heap of turns, the earliest first, and of those of one moment the payment that was there first.
type queue []turn

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return cmp.Or(q[i].at.Compare(q[j].at), q[i].no-q[j].no) < 0 }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push is for package heap.
func (q *queue) Push(x any) { *q = append(*q, x.(turn)) }

// Pop is for package heap.
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
