package banklink

import (
	"errors"
	"hash/fnv"
	"slices"
	"sync"
	"time"
)

const (
	keptMax   = 50_000    // movements of one account in memory; of others it is known on which page they are
	placesMax = 2_000_000 // such movements of one account, 24 bytes each; of still older ones nothing is known
)

// errLost is returned for what may be older than everything that is known of a mailbox.
var errLost = errors.New("so old that it is not known where it would be")

// shelf keeps what was read of the mailbox of one account, so that a question about one reference reads only what is new. What
// came before the watcher's place is history: the first question that needs it reads it, and one that runs out of time leaves
// to the next what it read. At most keptMax movements are in memory, and of placesMax others is known on which page they are.
type shelf struct {
	account Account
	news    chan struct{} // held by whoever reads a page of what is new
	past    chan struct{} // and of the history

	mu     sync.Mutex // never held while the bank is asked
	opened bool
	from   int        // notifications before this are history
	since  time.Time  // and were there before this moment
	old    int        // how much of the history was read
	next   int        // what was read so far
	asked  int        // how often the bank was asked for what is new
	ended  int        // the last of these times at which there was nothing more
	kept   []kept     // at most keptMax
	places [2][]place // of what is not kept: of the time before split, and since then
	split  time.Time
	lost   time.Time // what was there before this moment may be gone from places
}

// kept is a movement with its page: the notifications after start, and until end.
type kept struct {
	Movement

	start, end int
}

// place is a page that tells of a key, or of another with the same hash.
type place struct {
	hash       uint32
	start, end int
}

func newShelf(a Account) *shelf {
	return &shelf{account: a, news: make(chan struct{}, 1), past: make(chan struct{}, 1)}
}

// openAt makes the shelf begin with the notifications after the first so many, unless it was begun.
func (s *shelf) openAt(from int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.opened {
		s.opened, s.from, s.since, s.next = true, from, now, from
	}
}

// take keeps a page, if it is the next one.
func (s *shelf) take(page []Movement, start, next int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened && start == s.next {
		s.next = next
		s.keep(page, start, next, now)
	}
}

// keep adds a page. History leaves half of the room to what is new.
func (s *shelf) keep(page []Movement, start, end int, now time.Time) {
	full := start < s.from && len(s.kept) >= keptMax/2
	for _, m := range page {
		k := kept{m, start, end}
		switch {
		case m.key() == "": // nobody asks for it
		case full:
			s.locate(k, now)
		default:
			s.kept = append(s.kept, k)
		}
	}
	if len(s.kept) <= keptMax {
		return
	}
	slices.SortStableFunc(s.kept, func(a, b kept) int { return a.start - b.start })
	cut := len(s.kept) - keptMax/2
	for cut < len(s.kept) && s.kept[cut].start == s.kept[cut-1].start { // a page is kept whole, in its order, or not at all
		cut++
	}
	for _, k := range s.kept[:cut] {
		s.locate(k, now)
	}
	s.kept = slices.Clone(s.kept[cut:])
}

// locate remembers where a movement stands. The older half of the places gives way when there are too many.
func (s *shelf) locate(k kept, now time.Time) {
	if len(s.places[1]) >= placesMax/2 {
		s.lost, s.split = s.split, now
		s.places = [2][]place{s.places[1], nil}
	}
	p := place{hashOf(k.key()), k.start, k.end}
	if n := len(s.places[1]); n == 0 || s.places[1][n-1] != p {
		s.places[1] = append(s.places[1], p)
	}
}

func hashOf(key string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return h.Sum32()
}

// lookUp returns what is kept under some keys, and which pages tell of them besides.
func (s *shelf) lookUp(since time.Time, keys []string) ([]kept, []place, error) {
	asked, hashes := map[string]bool{}, map[uint32]bool{}
	for _, key := range keys {
		asked[key], hashes[hashOf(key)] = true, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.lost.IsZero() && since.Before(s.lost.Add(clockOff)) {
		return nil, nil, errLost
	}
	var found []kept
	for _, k := range s.kept {
		if asked[k.key()] {
			found = append(found, k)
		}
	}
	var places []place
	for _, half := range s.places {
		for _, p := range half {
			if hashes[p.hash] {
				p.hash = 0 // one page, whichever of them it tells of
				places = append(places, p)
			}
		}
	}
	slices.SortFunc(places, func(a, b place) int { return a.start - b.start })
	return found, slices.Compact(places), nil
}
