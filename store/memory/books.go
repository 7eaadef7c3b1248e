package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Faults of ours, which trying again does not cure.
var (
	errEntry = errors.New("entry cannot be booked") // returned when an entry does not add up
	errTwin  = errors.New("name is taken")          // returned when an id is used twice
)

// prepared is what entries will change: those that are not there yet, and the balances after them.
type prepared struct {
	fresh    []ledger.Entry
	balances map[account]money.Amount
}

// prepare adds entries up without booking them. One that is there already changes nothing, whoever posts it again.
func (s *Store) prepare(entries []ledger.Entry, floors []ledger.Account) (prepared, error) {
	p := prepared{balances: map[account]money.Amount{}}
	seen := map[string]bool{}
	for _, e := range entries {
		if err := e.Check(); err != nil {
			return p, fmt.Errorf("%w: %w", errEntry, err)
		}
		if _, there := s.entries[e.ID]; there || seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		p.fresh = append(p.fresh, e)
		for _, posting := range e.Postings {
			at := account{posting.Account, posting.Amount.Asset()}
			sum, ok := p.balances[at]
			if !ok {
				sum, ok = s.balances[at]
			}
			if ok {
				p.balances[at] = sum.Add(posting.Amount)
			} else {
				p.balances[at] = posting.Amount
			}
		}
	}
	for at, sum := range p.balances {
		if slices.Contains(floors, at.name) && at.name.Balance(sum).Sign() < 0 {
			return p, payment.ErrInsufficient
		}
	}
	return p, nil
}

func (s *Store) book(p prepared) {
	for _, e := range p.fresh {
		s.entries[e.ID] = struct{}{}
	}
	for at, sum := range p.balances {
		s.balances[at] = sum
	}
}

// Post books an entry that belongs to no payment. Booked again, it changes nothing.
func (s *Store) Post(ctx context.Context, e ledger.Entry, _ time.Time) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	p, err := s.prepare([]ledger.Entry{e}, nil)
	if err != nil {
		return fmt.Errorf("post %s: %w", e.ID, err)
	}
	s.book(p)
	return nil
}

// Balance returns what stands on an account in an asset, as the account's normal side shows it.
func (s *Store) Balance(ctx context.Context, name ledger.Account, asset money.Asset) (money.Amount, error) {
	if err := s.enter(ctx); err != nil {
		return money.Amount{}, err
	}
	defer s.mu.Unlock()
	sum, ok := s.balances[account{name, asset}]
	if !ok {
		return asset.Zero(), nil
	}
	return name.Balance(sum), nil
}

// Totals returns the sum of all balances in every asset. In a sound ledger each is zero.
func (s *Store) Totals(ctx context.Context) ([]money.Amount, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	sums := map[money.Asset]money.Amount{}
	for at, sum := range s.balances {
		if so, ok := sums[at.asset]; ok {
			sum = so.Add(sum)
		}
		sums[at.asset] = sum
	}
	totals := make([]money.Amount, 0, len(sums))
	for _, sum := range sums {
		totals = append(totals, sum)
	}
	return totals, nil
}

// KeepStray stores a transfer that names no payment, and its entry, which may be left out. Told again, it changes nothing.
func (s *Store) KeepStray(ctx context.Context, channel, _ string, r payment.Receipt, e ledger.Entry, _ time.Time) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	at := place{channel, r.Reference}
	if _, kept := s.strays[at]; kept {
		return nil
	}
	var entries []ledger.Entry
	if e.ID != "" {
		entries = append(entries, e)
	}
	p, err := s.prepare(entries, nil)
	if err != nil {
		return fmt.Errorf("keep stray %s: %w", r.Reference, err)
	}
	s.strays[at], s.strayAt[r.ID] = r, at
	s.book(p)
	return nil
}

// MoveStray takes a kept transfer from one state to the next, and books the entry of that. It returns payment.ErrConflict
// when it is not in that state any more.
func (s *Store) MoveStray(ctx context.Context, from, to payment.Receipt, e ledger.Entry, _ time.Time) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	at := s.strayAt[from.ID]
	kept, known := s.strays[at]
	if !known || kept.State != from.State || kept.Credits != from.Credits {
		return fmt.Errorf("move stray %s: %w", from.Reference, payment.ErrConflict)
	}
	p, err := s.prepare([]ledger.Entry{e}, nil)
	if err != nil {
		return fmt.Errorf("move stray %s: %w", from.Reference, err)
	}
	kept.State, kept.Credits = to.State, to.Credits
	s.strays[at] = kept
	s.book(p)
	return nil
}

// Stray finds a transfer that was kept as naming no payment. It returns payment.ErrNotFound when there is none.
func (s *Store) Stray(ctx context.Context, channel, reference string) (payment.Receipt, error) {
	if err := s.enter(ctx); err != nil {
		return payment.Receipt{}, err
	}
	defer s.mu.Unlock()
	if r, ok := s.strays[place{channel, reference}]; ok {
		return r, nil
	}
	return payment.Receipt{}, missing("stray " + reference)
}
