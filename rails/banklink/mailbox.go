package banklink

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

const (
	keptMax   = 50_000      // movements of one account in memory; of others it is known on which page they are
	placesMax = 2_000_000   // such movements of one account, 24 bytes each; of still older ones nothing is known
	pagesMax  = 20_000      // of what is new, for one question
	clockOff  = time.Minute // how far the clocks of two gateways may be apart
)

var (
	// errPlace is returned when the bank does not say how far the mailbox was read, or goes back.
	errPlace = errors.New("mailbox does not say how far it was read")
	// errEndless is returned when a mailbox was read for pagesMax pages and had no end.
	errEndless = errors.New("mailbox has no end")
	// errLost is returned for what may be older than everything that is known of a mailbox.
	errLost = errors.New("so old that it is not known where it would be")
)

// page reads the notifications of an account after the first so many. At the end of the mailbox it returns none and the
// same number. An empty answer without the number may come from anybody on the way, and is no end.
func (l *Link) page(ctx context.Context, a Account, after int) ([]Movement, int, error) {
	path := "/notifications/" + url.PathEscape(a.Number) + "?after=" + strconv.Itoa(after)
	reply, err := l.Get(ctx, path, false)
	if err != nil {
		return nil, after, err
	}
	return l.readPage(reply, a, after)
}

func (l *Link) readPage(reply line.Reply, a Account, after int) ([]Movement, int, error) {
	next, err := strconv.Atoi(reply.Header.Get("Next-After"))
	if reply.Status == http.StatusNoContent {
		if err != nil || next != after {
			return nil, after, errPlace
		}
		return nil, after, nil
	}
	report, readErr := ReadAs[*iso20022.AccountReport](reply)
	switch {
	case readErr != nil:
		return nil, after, readErr
	case err != nil || next <= after:
		return nil, after, errPlace
	}
	found, err := movements(report, a, l.config.Zone)
	return found, next, err
}

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

// find reads the mailbox of an account to its end, and returns what it tells under a key: a creditor reference or an
// attempt, which nobody had before the moment since. A movement that is told twice is returned once, as it was told last.
func (l *Link) find(ctx context.Context, s *shelf, since time.Time, key string) ([]Movement, error) {
	if err := l.readNews(ctx, s); err != nil {
		return nil, fmt.Errorf("mailbox of %s: %w", s.account.Number, err)
	}
	if err := l.readHistory(ctx, s, since); err != nil {
		return nil, fmt.Errorf("history of the mailbox of %s: %w", s.account.Number, err)
	}
	return l.told(ctx, s, since, key)
}

// readNews reads what is new to its end. One question reads at a time, page by page; those that wait need no end of their own
// when one was found that was asked for after they came.
func (l *Link) readNews(ctx context.Context, s *shelf) error {
	s.mu.Lock()
	s.opened = true // from the beginning, unless a watcher began it
	came := s.asked
	s.mu.Unlock()
	for range pagesMax {
		if ended, err := l.readPiece(ctx, s, came); ended || err != nil {
			return err
		}
	}
	return errEndless
}

// readPiece reads one page of what is new, and reports whether the end was found by a question put after the first so many.
func (l *Link) readPiece(ctx context.Context, s *shelf, came int) (bool, error) {
	if err := enter(ctx, s.news); err != nil {
		return false, err
	}
	defer leave(s.news)
	s.mu.Lock()
	if s.ended > came {
		s.mu.Unlock()
		return true, nil
	}
	s.asked++
	start, asked := s.next, s.asked
	s.mu.Unlock()
	page, next, err := l.fetch(ctx, s.account, start)
	if err != nil {
		return false, err
	}
	if next > start {
		s.take(page, start, next, l.config.Now())
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = asked
	return true, nil
}

// readHistory reads what came before the shelf was begun, if anything of it may be younger than the moment since. What another
// question read of it is read.
func (l *Link) readHistory(ctx context.Context, s *shelf, since time.Time) error {
	s.mu.Lock()
	needed := since.Before(s.since.Add(clockOff))
	s.mu.Unlock()
	for whole := !needed; !whole; {
		var err error
		if whole, err = l.readOld(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// readOld reads one page of the history, and reports whether there is none left.
func (l *Link) readOld(ctx context.Context, s *shelf) (bool, error) {
	if err := enter(ctx, s.past); err != nil {
		return false, err
	}
	defer leave(s.past)
	s.mu.Lock()
	start, from := s.old, s.from
	s.mu.Unlock()
	if start >= from {
		return true, nil
	}
	page, next, err := l.fetch(ctx, s.account, start)
	switch {
	case err != nil:
		return false, err
	case next <= start:
		return false, errPlace
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.old = next
	s.keep(page, start, next, l.config.Now())
	return next >= from, nil
}

// enter waits until nobody else reads.
func enter(ctx context.Context, reading chan struct{}) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case reading <- struct{}{}:
		return nil
	}
}

func leave(reading chan struct{}) { <-reading }

// told returns what was read under some keys since a moment. Pages that tell of them and are not kept are read again.
func (l *Link) told(ctx context.Context, s *shelf, since time.Time, keys ...string) ([]Movement, error) {
	found, places, err := s.lookUp(since, keys)
	if err != nil {
		return nil, fmt.Errorf("mailbox of %s: %w", s.account.Number, err)
	}
	for _, p := range places {
		for at := p.start; at < p.end; {
			page, next, err := l.fetch(ctx, s.account, at)
			if err == nil && next <= at {
				err = errPlace
			}
			if err != nil {
				return nil, fmt.Errorf("mailbox of %s: %w", s.account.Number, err)
			}
			for _, m := range page {
				if slices.Contains(keys, m.key()) {
					found = append(found, kept{m, at, next})
				}
			}
			at = next
		}
	}
	slices.SortStableFunc(found, func(a, b kept) int { return a.start - b.start })
	var all []Movement
	for _, k := range found {
		all = append(all, k.Movement)
	}
	return distinct(all), nil
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

// distinct returns each movement once. What was booked is not merely expected again.
func distinct(told []Movement) []Movement {
	var once []Movement
	for _, m := range told {
		i := slices.IndexFunc(once, func(o Movement) bool { return o.Reference == m.Reference && o.Credit == m.Credit && o.Taken == m.Taken })
		switch {
		case i < 0:
			once = append(once, m)
		case m.Booked || !once[i].Booked:
			once[i] = m
		}
	}
	return once
}

// Seen reports whether the mailboxes show anything, expected or booked and not taken back, for a creditor reference that
// nobody had before the moment since. They are read to their end first.
func (l *Link) Seen(ctx context.Context, since time.Time, payTo string) (bool, error) {
	for _, s := range l.shelves {
		found, err := l.find(ctx, s, since, payTo)
		if err != nil {
			return false, err
		}
		var credits []string
		for _, m := range found {
			if m.Credit {
				credits = append(credits, m.Reference)
			}
		}
		others, err := l.told(ctx, s, since, credits...) // reversals that name the credit alone
		if err != nil {
			return false, err
		}
		if stands(found, others) {
			return true, nil
		}
	}
	return false, nil
}

// stands reports whether anything is left of what was found, oldest first, under a creditor reference, with the other reversals
// of it. One that does not name its credit takes one of the same amount that came before it and is left: whichever of two it
// takes, one stays.
func stands(found, others []Movement) bool {
	named := map[string]bool{}
	for _, m := range slices.Concat(found, others) {
		if !m.Credit && m.Booked {
			named[m.Reverses] = true
		}
	}
	left := map[string]int{} // by amount
	for _, m := range found {
		amount := m.Amount.String()
		switch {
		case m.Credit && !named[m.Reference]:
			left[amount]++
		case !m.Credit && m.Booked && m.Taken && m.Reverses == "" && left[amount] > 0:
			left[amount]--
		}
	}
	for _, n := range left {
		if n > 0 {
			return true
		}
	}
	return false
}
