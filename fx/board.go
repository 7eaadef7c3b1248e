package fx

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// Policy is what treasury believes about rates.
type Policy struct {
	Feeds        map[string]Trust // every feed that may report, by name
	Pivots       []money.Asset    // assets to triangulate through, best first; EUR and USD when empty
	DeviationBps map[string]int64 // how far a pair ("EUR/TRY") may move between two observations of a feed
	// Persist stores snapshots before the board uses them; without it the board lives in memory.
	Persist func(context.Context, []Snapshot) error
	NewID   func() string // names a snapshot
}

// deviation returns how far the pair may move between two observations, in basis points.
func (p Policy) deviation(base, quote string) int64 {
	for _, name := range []string{base + "/" + quote, quote + "/" + base} {
		if limit, ok := p.DeviationBps[name]; ok {
			return limit
		}
	}
	return DeviationDefaultBps
}

// Board holds the newest snapshot of every pair and feed. It is safe for concurrent use.
type Board struct {
	policy Policy
	adding sync.Mutex // one writer at a time, from guard to publication

	mu     sync.RWMutex
	series map[pair]map[string]series // by pair, then feed
	frozen map[pair]bool
}

// pair is two asset codes in alphabetical order, so that EUR/USD and USD/EUR are one market.
type pair struct{ low, high string }

func pairOf(a, b string) pair { return pair{min(a, b), max(a, b)} }

// series is what one feed said last about one pair.
type series struct {
	used *Snapshot // the newest that passed the guards
	held *Snapshot // a newer one in quarantine
}

// NewBoard returns an empty board.
func NewBoard(policy Policy) *Board {
	if len(policy.Pivots) == 0 {
		policy.Pivots = []money.Asset{money.MustAsset("EUR"), money.MustAsset("USD")}
	}
	return &Board{policy: policy, series: map[pair]map[string]series{}, frozen: map[pair]bool{}}
}

// Add takes what a feed reports. Every observation is guarded on its own: good ones are stored and used, ones that moved
// too far are stored and held, bad ones are refused and joined into the error with ErrBadRate. What is already known is
// skipped. It returns the snapshots it stored.
func (b *Board) Add(ctx context.Context, feed string, now time.Time, observed []Observation) ([]Snapshot, error) {
	trust, ok := b.policy.Feeds[feed]
	if !ok {
		return nil, fmt.Errorf("%q: %w", feed, ErrUnknownFeed)
	}
	b.adding.Lock()
	defer b.adding.Unlock()

	var added []Snapshot
	var refused []error
	for _, o := range observed {
		if err := o.check(trust, now); err != nil {
			refused = append(refused, err)
			continue
		}
		last := b.last(feed, o)
		if last.knows(o) {
			continue
		}
		added = append(added, Snapshot{
			ID: b.policy.NewID(), Feed: feed, Base: o.Base, Quote: o.Quote, Rate: o.Rate,
			ObservedAt: instant(o.ObservedAt), ReceivedAt: instant(now), ExpiresAt: instant(o.ExpiresAt),
			Held: trust.guarded() && (last.unproven() || o.strays(last.used, b.policy.deviation(o.Base, o.Quote))),
		})
	}
	if err := b.keep(ctx, added); err != nil {
		return nil, errors.Join(append(refused, err)...)
	}
	return added, errors.Join(refused...)
}

// Release ends the quarantine of a held snapshot: a copy that is not held is appended and used.
func (b *Board) Release(ctx context.Context, id string, now time.Time) (Snapshot, error) {
	b.adding.Lock()
	defer b.adding.Unlock()
	held, ok := b.heldBy(id)
	if !ok {
		return Snapshot{}, fmt.Errorf("%q: %w", id, ErrUnknownSnapshot)
	}
	released := held.Release(b.policy.NewID(), now)
	return released, b.keep(ctx, []Snapshot{released})
}

// Restore fills the board with stored snapshots, oldest first. Those of feeds that the policy no longer names are not used.
func (b *Board) Restore(snapshots []Snapshot) { b.publish(snapshots) }

// TakeOver puts to use what was released elsewhere and is stored, oldest first. What the board heard later stands, so that
// it may be called at any time with any releases that are known.
func (b *Board) TakeOver(released []Snapshot) {
	b.adding.Lock()
	defer b.adding.Unlock()
	for _, s := range released {
		used := b.last(s.Feed, Observation{Base: s.Base, Quote: s.Quote}).used
		if used == nil || (used.ID != s.ID && !s.ReceivedAt.Before(used.ReceivedAt)) {
			b.publish([]Snapshot{s})
		}
	}
}

// Freeze stops every conversion that needs the pair, directly or on the way, until Unfreeze.
func (b *Board) Freeze(base, quote string) { b.setFrozen(pairOf(base, quote), true) }

// Unfreeze lets the pair be used again.
func (b *Board) Unfreeze(base, quote string) { b.setFrozen(pairOf(base, quote), false) }

func (b *Board) setFrozen(p pair, frozen bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.frozen[p] = frozen
}

// keep stores before it publishes: no quote may rest on a snapshot that was never written.
func (b *Board) keep(ctx context.Context, snapshots []Snapshot) error {
	if len(snapshots) == 0 {
		return nil
	}
	if b.policy.Persist != nil {
		if err := b.policy.Persist(ctx, snapshots); err != nil {
			return fmt.Errorf("store rate snapshots: %w", err)
		}
	}
	b.publish(snapshots)
	return nil
}

func (b *Board) publish(snapshots []Snapshot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range snapshots {
		if _, ok := b.policy.Feeds[s.Feed]; !ok {
			continue
		}
		market := pairOf(s.Base, s.Quote)
		if b.series[market] == nil {
			b.series[market] = map[string]series{}
		}
		last := b.series[market][s.Feed]
		if s.Held {
			last.held = &s
		} else {
			last = series{used: &s}
		}
		b.series[market][s.Feed] = last
	}
}

func (b *Board) last(feed string, o Observation) series {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.series[pairOf(o.Base, o.Quote)][feed]
}

func (b *Board) heldBy(id string) (Snapshot, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, feeds := range b.series {
		for _, s := range feeds {
			if s.held != nil && s.held.ID == id {
				return *s.held, true
			}
		}
	}
	return Snapshot{}, false
}

// unproven reports whether nothing that the feed said may be used, because all that is known of it is held.
func (s series) unproven() bool { return s.used == nil && s.held != nil }

// knows reports whether o is no news: not newer than what the feed said before.
func (s series) knows(o Observation) bool {
	for _, known := range []*Snapshot{s.used, s.held} {
		if known != nil && !instant(o.ObservedAt).After(known.ObservedAt) {
			return true
		}
	}
	return false
}
