package banklink

import (
	"context"
	"errors"
	"fmt"
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
	keptMax  = 50_000      // movements of one account in memory; older ones are read again when they are asked for
	pagesMax = 20_000      // of one reading
	clockOff = time.Minute // how far the clocks of two gateways may be apart
)

var (
	// errPlace is returned when the bank does not say how far the mailbox was read, or goes back.
	errPlace = errors.New("mailbox does not say how far it was read")
	// errEndless is returned when a mailbox was read for pagesMax pages and had no end.
	errEndless = errors.New("mailbox has no end")
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

// shelf keeps what was read of the mailbox of one account, so that a question about one reference reads only what is new.
type shelf struct {
	account Account

	mu     sync.Mutex
	opened bool
	from   int       // notifications before this are not kept
	since  time.Time // and were there before this moment
	next   int       // what was read so far
	kept   []kept    // oldest first
}

// kept is a movement with where it stood.
type kept struct {
	Movement

	start int       // of its page
	read  time.Time // just before the page was asked for
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
func (s *shelf) take(page []Movement, start, next int, read time.Time) {
	if !s.opened || start != s.next {
		return
	}
	s.next = next
	for _, m := range page {
		if m.key() != "" { // nobody asks for the others
			s.kept = append(s.kept, kept{m, start, read})
		}
	}
	if len(s.kept) <= keptMax {
		return
	}
	cut := keptMax / 2
	for cut < len(s.kept) && s.kept[cut].start == s.kept[cut-1].start {
		cut++
	}
	if cut == len(s.kept) {
		s.from, s.since = next, read
	} else {
		s.from, s.since = s.kept[cut].start, s.kept[cut].read
	}
	s.kept = slices.Clone(s.kept[cut:])
}

// find reads the mailbox of an account to its end, and returns what it tells under a key: a creditor reference or an
// attempt, which nobody had before the moment since. A movement that is told twice is returned once, as it was told last.
func (l *Link) find(ctx context.Context, s *shelf, since time.Time, key string) ([]Movement, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened = true // from the beginning, unless a watcher began it
	for pages := 0; ; pages++ {
		start, read := s.next, l.config.Now()
		page, next, err := l.fetch(ctx, s.account, start)
		if err != nil {
			return nil, fmt.Errorf("mailbox of %s: %w", s.account.Number, err)
		}
		if next == start {
			break
		}
		if pages == pagesMax {
			return nil, errEndless
		}
		s.take(page, start, next, read)
	}
	var found []Movement
	if s.from > 0 && since.Before(s.since.Add(clockOff)) {
		older, err := l.older(ctx, s, key)
		if err != nil {
			return nil, err
		}
		if s.from > 0 { // otherwise they are kept now
			found = older
		}
	}
	for _, k := range s.kept {
		if k.key() == key {
			found = append(found, k.Movement)
		}
	}
	return distinct(found), nil
}

// older reads what is not kept, and keeps it from then on if there is room: behind a restart many ask for what came before.
func (l *Link) older(ctx context.Context, s *shelf, key string) ([]Movement, error) {
	var found []Movement
	var read []kept
	for at, pages := 0, 0; at < s.from; pages++ {
		page, next, err := l.fetch(ctx, s.account, at)
		switch {
		case err != nil:
			return nil, fmt.Errorf("mailbox of %s: %w", s.account.Number, err)
		case next == at, pages == pagesMax:
			return nil, errEndless
		}
		for _, m := range page {
			if m.key() == key {
				found = append(found, m)
			}
			if m.key() != "" && len(s.kept)+len(read) <= keptMax {
				read = append(read, kept{m, at, l.config.Now()})
			}
		}
		at = next
	}
	if len(s.kept)+len(read) <= keptMax {
		s.kept, s.from, s.since = append(read, s.kept...), 0, time.Time{}
	}
	return found, nil
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
	alive := map[string]bool{}
	for _, s := range l.shelves {
		found, err := l.find(ctx, s, since, payTo)
		if err != nil {
			return false, err
		}
		for _, m := range found {
			if m.Credit {
				alive[m.Reference] = true
			}
		}
		for _, m := range found {
			if !m.Credit && m.Booked {
				delete(alive, m.Reverses)
			}
		}
	}
	return len(alive) > 0, nil
}
