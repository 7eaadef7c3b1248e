package limit

import (
	"context"
	"math/rand/v2"
	"time"
)

// Turn is a request that was let in. It is over with Done.
type Turn struct {
	limiter *Limiter
	sender  *sender
	quota   Quota
	working bool
	over    bool
}

// Admit lets a request of a sender in, at once or after a moment. It returns a *Shed when it does not. Senders of
// different classes are different senders.
func (l *Limiter) Admit(ctx context.Context, c Class, sender string) (*Turn, error) {
	turn, queued, shed := l.enter(c, sender)
	switch {
	case shed != nil:
		return nil, shed
	case queued != nil:
		return l.wait(ctx, queued)
	}
	return turn, nil
}

// enter gives a request a place, and a slot unless it has to wait for one.
func (l *Limiter) enter(c Class, name string) (*Turn, *waiter, *Shed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	s := l.senders.of(c, name, now)
	if wait := s.ask(now); wait > 0 {
		return nil, nil, l.refuse(s, OverRate, true, wait+rand.N(time.Second), now)
	}
	if s.placed >= max(1, l.places.free(c)) {
		return nil, nil, l.refuse(s, OverShare, true, l.retryAfter(c, now), now)
	}
	if !l.places.room(c) {
		return nil, nil, l.refuse(s, NoPlace, l.outweighs(s), l.retryAfter(c, now), now)
	}
	d := &l.desks[c]
	atOnce := d.waiting == 0 && l.slots.room(c)
	if !atOnce && d.crowded(now) && d.position(s) > l.crowdMax(s) {
		d.crowd(now)
		return nil, nil, l.refuse(s, TooLong, l.outweighs(s), l.retryAfter(c, now), now)
	}
	l.places.take(c)
	l.senders.place(s)
	turn := &Turn{limiter: l, sender: s, quota: s.left(now)}
	if atOnce {
		turn.work()
		return turn, nil, nil
	}
	queued := &waiter{turn: turn, since: now, ready: make(chan struct{})}
	d.queue(queued)
	return turn, queued, nil
}

// work takes a slot.
func (t *Turn) work() {
	t.working = true
	t.limiter.slots.take(t.sender.class)
}

// rest gives it back.
func (t *Turn) rest() {
	t.working = false
	t.limiter.slots.give(t.sender.class)
}

// leave gives the place back.
func (t *Turn) leave() {
	t.over = true
	t.limiter.places.give(t.sender.class)
	t.limiter.senders.unplace(t.sender)
}

// wait waits until a request has its slot. How long it may depends on what becomes of others, so it looks again and again.
func (l *Limiter) wait(ctx context.Context, w *waiter) (*Turn, error) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		left := false
		select {
		case <-w.ready:
			return w.turn, nil
		case <-ctx.Done():
			left = true
		case <-look.C:
		}
		if shed := l.giveUp(w, left); shed != nil {
			return nil, shed
		}
	}
}

// lookEvery is how often one that waits looks whether it still may.
const lookEvery = 5 * time.Millisecond

// giveUp takes a request that waited too long, or whose sender left, out of the queue.
func (l *Limiter) giveUp(w *waiter, left bool) *Shed {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.turn.working {
		return nil // it was given its slot just now
	}
	s, now := w.turn.sender, time.Now()
	d, patience := &l.desks[s.class], l.settings.Burst
	if d.crowded(now) && !l.modest(s, 0) {
		patience = l.settings.Patience
	}
	if !left && now.Sub(w.since) < patience {
		return nil
	}
	own, reason := l.outweighs(s), TooLong
	d.leave(w)
	w.turn.leave()
	if left {
		own, reason = false, Left
	} else {
		d.crowd(now)
	}
	return l.refuse(s, reason, own, l.retryAfter(s.class, now), now)
}

// Done gives back what the request held. Doing it again changes nothing.
func (t *Turn) Done() {
	t.limiter.mu.Lock()
	defer t.limiter.mu.Unlock()
	if t.over {
		return
	}
	if t.working {
		t.rest()
	}
	t.leave()
	t.limiter.advance()
}

// Away gives the slot back while the request waits for somebody else, until back is called. It then goes on at once and
// takes a slot even when there is none, since what it began must be brought to an end: as many fewer are let in after it.
func (t *Turn) Away() (back func()) {
	t.limiter.mu.Lock()
	defer t.limiter.mu.Unlock()
	if t.over || !t.working {
		return func() {}
	}
	t.rest()
	t.limiter.advance()
	return t.back
}

func (t *Turn) back() {
	t.limiter.mu.Lock()
	defer t.limiter.mu.Unlock()
	if !t.over && !t.working {
		t.work()
	}
}

// Strike holds against a stranger that what they showed is no key.
func (t *Turn) Strike() {
	t.limiter.mu.Lock()
	defer t.limiter.mu.Unlock()
	if t.sender.quota != nil {
		_ = t.sender.quota.AllowN(time.Now(), 1) // one that has nothing left stays so
	}
}

// Quota is what the sender could still ask when the request was let in.
func (t *Turn) Quota() Quota { return t.quota }

// advance gives slots to those who wait: first to classes that have fewer than are reserved for them.
func (l *Limiter) advance() {
	for l.advanceOne(l.slots.owed) {
	}
	for l.advanceOne(l.slots.room) {
	}
}

func (l *Limiter) advanceOne(may func(Class) bool) bool {
	for c := range classes {
		if l.desks[c].waiting > 0 && may(c) {
			w := l.desks[c].next()
			w.turn.work()
			close(w.ready)
			return true
		}
	}
	return false
}

// crowdMax is how many may wait before one more request of the sender is served, and with it, at a crowded desk.
func (l *Limiter) crowdMax(s *sender) int {
	if l.modest(s, 1) {
		return crowdMax * modestTimes
	}
	return crowdMax
}

// modest reports whether a sender, with so many requests more, holds fewer places of its class than others do on average.
func (l *Limiter) modest(s *sender, more int) bool {
	holders := l.senders.holding[s.class]
	if s.placed == 0 {
		holders++
	}
	return (s.placed+more)*holders < l.places.used[s.class]+more
}

// outweighs reports whether a sender holds more places of its class than others there do on average.
func (l *Limiter) outweighs(s *sender) bool {
	return s.placed*l.senders.holding[s.class] > l.places.used[s.class]
}

func (l *Limiter) refuse(s *sender, reason string, own bool, after time.Duration, now time.Time) *Shed {
	l.shed[s.class][reason]++
	return &Shed{Class: s.class, Reason: reason, Own: own, After: after.Round(time.Second) + time.Second, Quota: s.left(now)}
}

const (
	spreadMin = 2 * time.Second
	spreadMax = 30 * time.Second
)

// retryAfter spreads those who are turned away over a time that grows with how long there have been too many.
func (l *Limiter) retryAfter(c Class, now time.Time) time.Duration {
	return rand.N(min(spreadMin+l.desks[c].crowdedFor(now)/2, spreadMax))
}
