package memory

import (
	"context"
	"fmt"
	"slices"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
)

// Commit makes a transition true, whole or not at all, or says why not with an error of package payment. Everything is
// looked at before anything is changed, in the order of the statements of a database: what is refused for two reasons is
// refused for the same one.
func (s *Store) Commit(ctx context.Context, t payment.Transition) error {
	if err := s.enter(ctx); err != nil {
		return fmt.Errorf("commit %s: %w", t.After.ID, err)
	}
	defer s.mu.Unlock()
	for _, guard := range []func(payment.Transition) error{
		s.keyIsFree, s.quoteIsOpen, s.callbackIsNew, s.proposalStands, s.claimStands, s.versionIsNewest, s.priceIsFree,
		s.attemptsFit, operationsFit, s.namesAreFree,
	} {
		if err := guard(t); err != nil {
			return fmt.Errorf("commit %s: %w", t.After.ID, err)
		}
	}
	p, err := s.prepare(t.Entries, t.Floors)
	if err == nil {
		err = s.unanswered(t)
	}
	if err != nil {
		return fmt.Errorf("commit %s: %w", t.After.ID, err)
	}
	s.write(t, p)
	return nil
}

func nameOf(k payment.Key) keyName { return keyName{k.Merchant, k.Path, k.Key} }

func (s *Store) keyIsFree(t payment.Transition) error {
	if t.Key != nil {
		if _, used := s.keys[nameOf(*t.Key)]; used {
			return payment.ErrKeyUsed
		}
	}
	return nil
}

func (s *Store) unanswered(t payment.Transition) error {
	if a := t.Answer; a != nil && s.keys[keyName{a.Merchant, a.Path, a.Key}].Answer != nil {
		return payment.ErrAnswered
	}
	return nil
}

func (s *Store) quoteIsOpen(t payment.Transition) error {
	if t.Accept != "" {
		q, ok := s.quotes[t.Accept]
		if !ok || q.Merchant != t.After.Merchant || q.Status != fx.Open || !q.ExpiresAt.After(t.After.UpdatedAt) {
			return payment.ErrQuoteUsed
		}
	}
	return nil
}

func (s *Store) priceIsFree(t payment.Transition) error {
	if by, used := s.priced[t.After.Quote.ID]; used && by != t.After.ID {
		return payment.ErrQuoteUsed
	}
	return nil
}

func (s *Store) callbackIsNew(t payment.Transition) error {
	if t.Callback == nil {
		return nil
	}
	if _, known := s.callbacks[place{t.Callback.Channel, t.Callback.Event}]; known {
		return payment.ErrDuplicateCallback
	}
	return nil
}

// proposalStands demands that the proposal is confirmed by another person, in time, and is the one that stands.
func (s *Store) proposalStands(t payment.Transition) error {
	if t.Review == nil {
		return nil
	}
	r, kept := *t.Review, s.rulings[t.Review.Ref]
	same := kept.Outcome == r.Outcome && kept.Why == r.Why && kept.ProposedBy == r.ProposedBy && kept.ProposedAt.Equal(r.ProposedAt)
	inTime := r.ProposedAt.After(r.ConfirmedAt.Add(-payment.ProposedFor))
	if kept.Ref == "" || !same || !inTime || r.ProposedBy == r.ConfirmedBy {
		return payment.ErrConflict
	}
	return nil
}

// claimStands demands the same of the return of a claim.
func (s *Store) claimStands(t payment.Transition) error {
	if t.ClaimRuling != nil && s.claimRuling(*t.ClaimRuling) < 0 {
		return payment.ErrConflict
	}
	return nil
}

// claimRuling finds the proposal that r confirms.
func (s *Store) claimRuling(r payment.ClaimRuling) int {
	inTime := r.ProposedAt.After(r.ConfirmedAt.Add(-payment.ProposedFor))
	return slices.IndexFunc(s.claims[r.Payment], func(k payment.ClaimRuling) bool {
		return inTime && k.ConfirmedAt.IsZero() && k.Operation == r.Operation && k.Same(r) && k.ProposedBy == r.ProposedBy &&
			k.ProposedAt.Equal(r.ProposedAt) && r.ConfirmedBy != r.ProposedBy
	})
}

func (s *Store) versionIsNewest(t payment.Transition) error {
	r, known := s.records[t.After.ID]
	switch {
	case t.New() && known, !t.New() && !known:
		return payment.ErrConflict
	case !t.New() && r.payment.Version != t.Before.Version:
		return payment.ErrConflict
	case !t.New() && t.After.Refunding().Cmp(t.After.Received()) > 0:
		return payment.ErrConflict
	}
	return nil
}

// attemptsFit is the index one_live, and the check that no attempt captured more than its amount.
func (s *Store) attemptsFit(t payment.Transition) error {
	live := 0
	for _, a := range t.After.Attempts {
		if a.Live() {
			live++
		}
		if a.Captured.Cmp(a.Amount) > 0 {
			return payment.ErrConflict
		}
	}
	if live > 1 {
		return payment.ErrLiveAttempt
	}
	return nil
}

// operationsFit is the indexes one_reversal and one_sweep: of each place at most one sweep begins at a time, and an orphan is
// released once and refunded once.
func operationsFit(t payment.Transition) error {
	for n, o := range t.After.Operations {
		for _, other := range t.After.Operations[:n] {
			if o.Attempt == other.Attempt && o.Kind == other.Kind && rivals(o, other) {
				return fmt.Errorf("operation %s: %w", o.ID, errTwin)
			}
		}
	}
	return nil
}

func rivals(o, other payment.Operation) bool {
	switch o.Kind {
	case payment.Reversal:
		return o.Held == other.Held
	case payment.Sweep:
		return o.Amount.Asset() == other.Amount.Asset() && o.Outcome == payment.Unknown && other.Outcome == payment.Unknown
	}
	return false
}

// added is what a step adds to a list. Nothing is ever taken away or moved.
func added[T any](before, after []T) []T { return after[len(before):] }

// namesAreFree demands that what is added has names that nothing else has.
func (s *Store) namesAreFree(t payment.Transition) error {
	for _, a := range added(t.Before.Attempts, t.After.Attempts) {
		_, twin := s.refs[a.ID]
		_, given := s.places[place{a.Channel, a.Instruction.PayTo}]
		if twin || (given && a.Instruction.PayTo != "") {
			return fmt.Errorf("attempt %s: %w", a.ID, errTwin)
		}
	}
	for _, o := range added(t.Before.Operations, t.After.Operations) {
		if _, twin := s.refs[o.ID]; twin {
			return fmt.Errorf("operation %s: %w", o.ID, errTwin)
		}
	}
	return nil
}

// write makes a transition true that every guard let pass.
func (s *Store) write(t payment.Transition, p prepared) {
	r := s.records[t.After.ID]
	if r == nil {
		r = &record{no: len(s.records)}
		s.records[t.After.ID] = r
	}
	r.payment = whole(t.After)
	s.book(p)
	s.index(t)
	if t.Key != nil {
		s.keys[nameOf(*t.Key)] = *t.Key
	}
	if t.Accept != "" {
		q := s.quotes[t.Accept]
		q.Status = fx.Accepted
		s.quotes[t.Accept] = q
	}
	if t.Callback != nil {
		s.callbacks[place{t.Callback.Channel, t.Callback.Event}] = struct{}{}
	}
	if t.Review != nil {
		delete(s.rulings, t.Review.Ref)
	}
	if t.ClaimRuling != nil {
		s.claims[t.ClaimRuling.Payment][s.claimRuling(*t.ClaimRuling)] = *t.ClaimRuling
	}
	if t.Answer != nil {
		s.answer(*t.Answer)
	}
	s.dueAt(r, t.After.Due())
}

// index makes what is new findable by its names.
func (s *Store) index(t payment.Transition) {
	id := t.After.ID
	if t.After.Checkout != "" {
		s.checkouts[t.After.Checkout] = id
	}
	if t.After.Quote.ID != "" {
		delete(s.priced, t.Before.Quote.ID)
		s.priced[t.After.Quote.ID] = id
	}
	for _, a := range added(t.Before.Attempts, t.After.Attempts) {
		s.refs[a.ID] = id
		if a.Instruction.PayTo != "" {
			s.places[place{a.Channel, a.Instruction.PayTo}] = spot{id, a.ID}
		}
	}
	for _, o := range added(t.Before.Operations, t.After.Operations) {
		s.refs[o.ID] = id
	}
	for _, r := range added(t.Before.Receipts, t.After.Receipts) {
		a, _ := t.After.Attempt(r.Attempt)
		at := place{a.Channel, r.Reference}
		if !slices.Contains(s.receipts[at], id) {
			s.receipts[at] = append(s.receipts[at], id)
		}
	}
}

// answer keeps the reply to a key that has none yet.
func (s *Store) answer(a payment.Answer) {
	name := keyName{a.Merchant, a.Path, a.Key}
	if k, ok := s.keys[name]; ok && k.Answer == nil {
		k.Answer = &a
		s.keys[name] = k
	}
}

// KeepAnswer stores what a repeated request is answered, unless its key has an answer by now, and returns the one that is
// stored.
func (s *Store) KeepAnswer(ctx context.Context, a payment.Answer) (payment.Answer, error) {
	if err := s.enter(ctx); err != nil {
		return payment.Answer{}, err
	}
	defer s.mu.Unlock()
	s.answer(a)
	if kept := s.keys[keyName{a.Merchant, a.Path, a.Key}].Answer; kept != nil {
		return *kept, nil
	}
	return a, nil
}
