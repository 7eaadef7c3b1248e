package banklink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// lookedEvery is how often the journal is told that there was nothing new, so that every gateway knows that somebody looks.
const lookedEvery = 10 * time.Second

// Watch reads the mailboxes at each poll, and at once when the bank calls, and tells the journal what they say: what
// payers sent, and which attempts moved. The journal's cursor holds for each account how many notifications were told;
// it is advanced after a page was told whole, so that a crash in between tells that page again. It is advanced, too, where
// nothing was new in any mailbox, to say that they were looked at.
//
// A notification that cannot be understood stops the watch there: what it says must not be lost.
func (l *Link) Watch(ctx context.Context, journal rails.Journal) error {
	place, err := placeOf(ctx, journal)
	if err != nil {
		return l.Fault("watch", "cursor", err)
	}
	for _, s := range l.shelves {
		s.openAt(place[s.account.Number], l.config.Now())
	}
	var looked time.Time
	for {
		more := false
		for _, s := range l.shelves {
			told, err := l.tellPage(ctx, journal, s, place)
			if err != nil {
				return l.Fault("watch", s.account.Number, err)
			}
			more = more || told
		}
		if more {
			continue
		}
		if now := l.config.Now(); now.Sub(looked) >= lookedEvery {
			if err := advance(ctx, journal, place); err != nil {
				return l.Fault("watch", "cursor", err)
			}
			looked = now
		}
		poll := time.NewTimer(l.config.Poll)
		select {
		case <-ctx.Done():
			poll.Stop()
			return ctx.Err()
		case <-l.wake:
			poll.Stop()
		case <-poll.C:
		}
	}
}

func placeOf(ctx context.Context, journal rails.Journal) (map[string]int, error) {
	place := map[string]int{}
	cursor, err := journal.Cursor(ctx)
	if err != nil || cursor == "" {
		return place, err
	}
	if err := json.Unmarshal([]byte(cursor), &place); err != nil {
		return nil, err
	}
	for account, read := range place {
		if read < 0 {
			return nil, fmt.Errorf("%s: %w", account, errPlace)
		}
	}
	return place, nil
}

// tellPage tells one page of one account, and reports whether there was any.
func (l *Link) tellPage(ctx context.Context, journal rails.Journal, s *shelf, place map[string]int) (bool, error) {
	start := place[s.account.Number]
	page, next, err := l.fetch(ctx, s.account, start)
	if err != nil || next == start {
		return false, err
	}
	s.take(page, start, next, l.config.Now())
	for _, m := range page {
		if err := l.tell(ctx, journal, s, m); err != nil {
			return false, fmt.Errorf("%s: %w", m.Reference, err)
		}
	}
	place[s.account.Number] = next
	return true, advance(ctx, journal, place)
}

func advance(ctx context.Context, journal rails.Journal, place map[string]int) error {
	cursor, err := json.Marshal(place, json.Deterministic(true))
	if err != nil {
		return err
	}
	return journal.Advance(ctx, string(cursor))
}

// tell tells one movement. A debit that we did not order is the bank's own or treasury's, and found by reconciliation. What
// came back of a payout that nobody knows is money all the same, and told as such.
func (l *Link) tell(ctx context.Context, journal rails.Journal, s *shelf, m Movement) error {
	r := payment.Receipt{Reference: m.Reference, Amount: m.Amount, Tx: m.EndToEnd, Sender: m.Sender, At: m.At, State: payment.ReceiptSeen}
	if attempt := m.Attempt(); attempt != "" {
		err := journal.Moved(ctx, attempt)
		if !errors.Is(err, payment.ErrNotFound) {
			return err
		}
		if !m.Credit || !m.Booked {
			return nil
		}
		r.State = payment.ReceiptCredited
		return journal.Arrived(ctx, m.EndToEnd, r)
	}
	if !m.Receipt() {
		return nil
	}
	switch {
	case m.Credit && m.Booked:
		r.State = payment.ReceiptCredited
	case !m.Credit && !m.Booked:
		return nil // it may still be taken back
	case !m.Credit:
		original, err := l.original(ctx, s, m)
		if err != nil {
			return err
		}
		r.Reference, r.State = original, payment.ReceiptOrphaned
	}
	return journal.Arrived(ctx, firstOf(m.PayTo, m.Text), r)
}

// original is the reference of the credit that a reversal takes back: as the bank says, or else the only credit that it
// can be. Where that cannot be told, the reversal stands under its own reference, and the credit remains until people or a
// statement say more.
func (l *Link) original(ctx context.Context, s *shelf, m Movement) (string, error) {
	if m.Reverses != "" || m.PayTo == "" {
		return firstOf(m.Reverses, m.Reference), nil
	}
	found, err := l.find(ctx, s, time.Time{}, m.PayTo)
	if errors.Is(err, errLost) {
		return m.Reference, nil
	}
	if err != nil {
		return "", err
	}
	var candidates []string
	for _, credit := range found {
		if credit.Credit && credit.Booked && credit.Amount.Equal(m.Amount) && credit.EndToEnd == m.EndToEnd {
			candidates = append(candidates, credit.Reference)
		}
	}
	if len(candidates) != 1 {
		return m.Reference, nil
	}
	return candidates[0], nil
}

// Wake has the watcher look at once.
func (l *Link) Wake() {
	select {
	case l.wake <- struct{}{}:
	default: // it was told already
	}
}
