// Package directory knows merchants and their keys by heart, so that a request does not cost a query for each.
//
// What is remembered is true in the edition that it was read in. The store has another edition after every change, by whichever
// gateway it was made or by hand, and a directory asks for it every [askEvery], when somebody needs it. What it has not been
// sure of for a second it does not go by: it asks the store for the key or merchant itself. So a change takes effect within a
// second everywhere, whatever crashes and whoever is cut off.
package directory

import (
	"context"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/access"
)

// Limits of a directory.
const (
	askEvery     = 400 * time.Millisecond // for the edition, at most
	trustFor     = time.Second            // an edition, from when it was asked for
	keysMax      = 10_000                 // remembered
	merchantsMax = 10_000                 // remembered
)

// Store is where keys and merchants are.
type Store interface {
	// AccessEdition returns a number that is another after every change of a key or a merchant, from the moment on at which that
	// is committed. It is never 0.
	AccessEdition(ctx context.Context) (int64, error)
	// APIKey returns a key, revoked or not. It returns payment.ErrNotFound when there is none.
	APIKey(ctx context.Context, id string) (access.Key, error)
	// Merchant returns a merchant. It returns payment.ErrNotFound when there is none.
	Merchant(ctx context.Context, id string) (access.Merchant, error)
}

// Directory looks up keys and merchants.
type Directory struct {
	store     Store
	now       func() time.Time
	keys      shelf[access.Key]
	merchants shelf[access.Merchant]

	mu      sync.Mutex
	edition int64
	asked   time.Time     // when the store was asked for it; zero: never
	asking  chan struct{} // closed when the store has answered; nil: nobody asks
}

// New returns a directory that remembers nothing. Only differences of what now returns matter, and time.Now, which is not
// moved by whoever sets the clock, measures them best.
func New(store Store, now func() time.Time) *Directory {
	d := &Directory{store: store, now: now}
	d.keys.most, d.merchants.most = keysMax, merchantsMax
	return d
}

// RememberedKey returns a key as it once was: good for telling who knocks, and not for letting them in.
func (d *Directory) RememberedKey(id string) (access.Key, bool) {
	kept, ok := d.keys.at(id)
	return kept.value, ok
}

// Key returns a key as it was at most a second ago, revoked or not. It returns payment.ErrNotFound when there is none.
func (d *Directory) Key(ctx context.Context, id string) (access.Key, error) {
	return find(ctx, d, &d.keys, id, d.store.APIKey)
}

// Merchant returns a merchant as it was at most a second ago. It returns payment.ErrNotFound when there is none.
func (d *Directory) Merchant(ctx context.Context, id string) (access.Merchant, error) {
	return find(ctx, d, &d.merchants, id, d.store.Merchant)
}

// find returns what is remembered of this edition, and else looks. What was changed since the store was asked for the edition
// may be taken for a part of it, being newer: that is looked up once more when the next edition is known.
func find[T any](ctx context.Context, d *Directory, s *shelf[T], id string, look func(context.Context, string) (T, error)) (T, error) {
	edition := d.current(ctx)
	if kept, ok := s.at(id); ok && edition != 0 && kept.edition == edition {
		return kept.value, nil
	}
	value, err := look(ctx, id)
	if err == nil {
		s.put(id, remembered[T]{value, edition})
	}
	return value, err
}

// current returns the edition, and 0 when it has not been known for a second. One of those who need it asks; the others go by
// the last one meanwhile while that is good, and else wait.
func (d *Directory) current(ctx context.Context) int64 {
	d.mu.Lock()
	if d.knownFor(askEvery) || d.asking != nil && d.knownFor(trustFor) {
		defer d.mu.Unlock()
		return d.edition
	}
	answered := d.asking
	if answered != nil {
		d.mu.Unlock()
		select {
		case <-answered:
		case <-ctx.Done():
		}
	} else {
		d.asking = make(chan struct{})
		d.mu.Unlock()
		d.ask(ctx)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.knownFor(trustFor) {
		return d.edition
	}
	return 0
}

// knownFor reports whether the store was asked for the edition less than so long ago. A clock that was set back says no.
func (d *Directory) knownFor(most time.Duration) bool {
	age := d.now().Sub(d.asked)
	return !d.asked.IsZero() && age >= 0 && age < most
}

// ask asks the store for the edition, for everybody: it goes on when the one whose request it was hangs up.
func (d *Directory) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), trustFor)
	defer cancel()
	at := d.now()
	edition, err := d.store.AccessEdition(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		d.edition, d.asked = edition, at
	}
	close(d.asking)
	d.asking = nil
}

// shelf remembers values by their ids, at most so many. One that is in the way of another is forgotten, whichever it is.
type shelf[T any] struct {
	most int

	mu   sync.RWMutex
	kept map[string]remembered[T]
}

type remembered[T any] struct {
	value   T
	edition int64 // 0: it was not known
}

func (s *shelf[T]) at(id string) (remembered[T], bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	kept, ok := s.kept[id]
	return kept, ok
}

func (s *shelf[T]) put(id string, value remembered[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]remembered[T]{}
	}
	if _, kept := s.kept[id]; !kept && len(s.kept) >= s.most {
		for other := range s.kept {
			delete(s.kept, other)
			break
		}
	}
	s.kept[id] = value
}
