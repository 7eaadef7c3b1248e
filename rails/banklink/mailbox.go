package banklink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

const (
	pagesMax = 20_000      // of what is new, for one question
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
		if ended, err := l.readNew(ctx, s, came); ended || err != nil {
			return err
		}
	}
	return errEndless
}

// readNew reads one page of what is new, and reports whether the end was found by a question put after the first so many.
func (l *Link) readNew(ctx context.Context, s *shelf, came int) (bool, error) {
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
		again, err := l.readAgain(ctx, s.account, p, keys)
		if err != nil {
			return nil, fmt.Errorf("mailbox of %s: %w", s.account.Number, err)
		}
		found = append(found, again...)
	}
	slices.SortStableFunc(found, func(a, b kept) int { return a.start - b.start })
	var all []Movement
	for _, k := range found {
		all = append(all, k.Movement)
	}
	return distinct(all), nil
}

// readAgain reads a place again, and returns what it tells under some keys.
func (l *Link) readAgain(ctx context.Context, a Account, p place, keys []string) ([]kept, error) {
	var found []kept
	for at := p.start; at < p.end; {
		page, next, err := l.fetch(ctx, a, at)
		switch {
		case err != nil:
			return nil, err
		case next <= at:
			return nil, errPlace
		}
		for _, m := range page {
			if slices.Contains(keys, m.key()) {
				found = append(found, kept{m, at, next})
			}
		}
		at = next
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
