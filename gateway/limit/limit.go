// Package limit decides at the edge which requests are let in: at once, after a moment in a short queue, or not at all.
// What is turned away was not begun, so that it can be repeated safely, and it costs no query.
//
// Two numbers bound what requests may use here. A request takes a *place* from when it is let in until it is answered,
// and a *slot* while it is worked on: it gives its slot back while it waits for a channel (see [Turn.Away]), because then
// it uses neither the processor nor the database. So a slow provider fills places and does not slow what goes to others,
// and the number of slots can be small enough to keep answers quick however many ask.
//
//   - Each [Class] of requests has slots and places reserved for it: new payments cannot take those of captures, refunds,
//     callbacks and of the people who resolve what is stuck.
//   - Within a class everybody who waits has a line of their own, and the lines take turns. Nobody may hold more places
//     than are left free for all others.
//   - Who has to wait may do so for [Settings.Burst]. Once somebody did in vain there are too many, and until a second has
//     passed in which nobody was sent away hardly anybody is queued, for [Settings.Patience] at most: most are told at once
//     to come again, and those who are let in are served quickly. (After controlled delay: Nichols and Jacobson, "Controlling
//     Queue Delay", 2012; Maurer, "Fail at Scale", 2015.)
//
// Everything is in the memory of one gateway. Several gateways admit independently.
package limit

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Class is a kind of requests that are let in by the same measure.
type Class int

// The classes. Whoever is below what is reserved for them goes first; what is left over goes in this order.
const (
	Callbacks  Class = iota // what channels tell us
	Changes                 // captures, refunds and cancels: what becomes of money that has moved
	Resolution              // operators and support
	Payments                // new payments, payouts and quotes, and what else merchants write
	Reads                   // what merchants look at
	Pages                   // payers
	Strangers               // whoever shows a key that was not seen here before, until it was looked up
	classes
)

// String names the class as configuration, metrics and headers do.
func (c Class) String() string {
	return [...]string{"callbacks", "changes", "resolution", "payments", "reads", "pages", "strangers"}[c]
}

// Why a request is turned away.
const (
	OverRate  = "rate"   // its sender asks more often than agreed
	OverShare = "share"  // its sender holds as many places as are left for everybody else
	NoPlace   = "places" // the gateway holds as many requests of the class as it can
	TooLong   = "wait"   // it waited as long as it may
	Left      = "left"   // its sender hung up while it waited
)

// Settings say how much is let in. They are valid when none is negative, and Places, Patience and Burst are positive.
type Settings struct {
	Slots    int           // requests that are worked on at once, beside those that are reserved
	Reserved map[Class]int // slots that a class has for itself
	Places   int           // requests that are let in at once: worked on, waiting for a channel, or queued
	Burst    time.Duration // that a request waits for a slot
	Patience time.Duration // that it waits while there are too many
	Rate     Rate          // of each sender in each class; not limited when zero
	Stranger Rate          // of each address that shows what turns out to be no key
}

// Rate is how often somebody may ask.
type Rate struct {
	PerSecond int
	Burst     int // that may come at once
}

// placesReserved is the share of the places, one in so many, that each class has for itself.
const placesReserved = 2 * int(classes)

// Defaults suit a gateway on two processors.
func Defaults() Settings {
	return Settings{
		Slots: 4, Places: 512,
		Reserved: map[Class]int{Callbacks: 2, Changes: 2, Resolution: 1, Payments: 1, Reads: 1, Pages: 1, Strangers: 1},
		Burst:    200 * time.Millisecond, Patience: 15 * time.Millisecond,
		Rate: Rate{PerSecond: 500, Burst: 1000}, Stranger: Rate{PerSecond: 5, Burst: 50},
	}
}

var (
	// ErrExcess is returned when the sender asks for more than their share.
	ErrExcess = errors.New("sender asks for too much")
	// ErrBusy is returned when the gateway has no room left.
	ErrBusy = errors.New("gateway is busy")
)

// Shed is why a request was turned away. It is ErrExcess or ErrBusy.
type Shed struct {
	Class  Class
	Reason string
	Own    bool          // its sender asks for more than their share; otherwise it is the gateway that has too little
	After  time.Duration // when to come again, in whole seconds
	Quota  Quota         // of its sender
}

// Error says so.
func (s *Shed) Error() string { return fmt.Sprintf("%s turned away: %s", s.Class, s.Reason) }

// Unwrap says whose excess it is.
func (s *Shed) Unwrap() error {
	if s.Own {
		return ErrExcess
	}
	return ErrBusy
}

// Limiter lets requests in. Its methods may be called at the same time.
type Limiter struct {
	settings Settings

	mu      sync.Mutex
	slots   pool
	places  pool
	desks   [classes]desk
	senders senders
	shed    map[Class]map[string]uint64
}

// New returns a limiter with valid settings.
func New(s Settings) *Limiter {
	l := &Limiter{settings: s, slots: pool{shared: s.Slots}, places: pool{shared: s.Places}, shed: map[Class]map[string]uint64{}}
	for c := range classes {
		l.slots.reserved[c] = s.Reserved[c]
		l.places.reserved[c] = s.Places / placesReserved
		l.places.shared -= l.places.reserved[c]
		l.shed[c] = map[string]uint64{}
	}
	l.senders = newSenders(s)
	return l
}

// Desk is what a limiter does for one class at the moment.
type Desk struct {
	Working int               // requests that have a slot
	Placed  int               // requests that have a place
	Queued  int               // requests that wait for a slot
	Shed    map[string]uint64 // requests turned away since the start, by reason
}

// State returns what is under way, what waits, and what was turned away.
func (l *Limiter) State() map[Class]Desk {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := map[Class]Desk{}
	for c := range classes {
		shed := map[string]uint64{}
		for _, reason := range []string{OverRate, OverShare, NoPlace, TooLong, Left} {
			shed[reason] = l.shed[c][reason]
		}
		state[c] = Desk{Working: l.slots.used[c], Placed: l.places.used[c], Queued: l.desks[c].waiting, Shed: shed}
	}
	return state
}

// pool is a number of things that requests hold: some that each class has for itself, and some that all share.
type pool struct {
	reserved [classes]int
	shared   int
	used     [classes]int
	lent     int // of the shared ones
}

// owed reports whether the class has fewer than are reserved for it.
func (p *pool) owed(c Class) bool { return p.used[c] < p.reserved[c] }

// room reports whether the class may take one.
func (p *pool) room(c Class) bool { return p.owed(c) || p.lent < p.shared }

// free is how many it may take.
func (p *pool) free(c Class) int { return max(0, p.reserved[c]-p.used[c]) + max(0, p.shared-p.lent) }

func (p *pool) take(c Class) {
	if !p.owed(c) {
		p.lent++
	}
	p.used[c]++
}

func (p *pool) give(c Class) {
	p.used[c]--
	if p.used[c] >= p.reserved[c] {
		p.lent--
	}
}
