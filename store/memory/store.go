// Package memory is a store for simulations: it keeps the promises of the engine's store, whole transitions or nothing of
// them, guards and claims included, and forgets everything with its process.
package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Store is empty until something is committed. It is safe for concurrent use.
type Store struct {
	mu            sync.Mutex
	records       map[payment.ID]*record
	checkouts     map[string]payment.ID
	refs          map[string]payment.ID // of attempts and operations
	places        map[place]spot
	receipts      map[place][]payment.ID // by the channel's reference
	keys          map[keyName]payment.Key
	quotes        map[string]fx.Quote
	priced        map[string]payment.ID // by the quote that a payment was made with
	callbacks     map[place]struct{}    // by the channel's event id
	rulings       map[string]payment.Ruling
	claims        map[payment.ID][]payment.ClaimRuling
	strays        map[place]payment.Receipt
	strayAt       map[string]place // by id
	beneficiaries map[string]payment.Beneficiary
	entries       map[string]struct{}
	balances      map[account]money.Amount
	serials       map[string]int64
	cursors       map[string]string
	leases        map[string]leased
	halts         map[string]string
	due           queue
}

// record is a payment and when somebody should look at it.
type record struct {
	payment payment.Payment
	no      int       // in the order of first commits
	due     time.Time // zero: never
}

// place is something that is unique at a channel: where payers send money, a transfer's reference, an event's id.
type place struct{ channel, name string }

type spot struct {
	payment payment.ID
	attempt string
}

type keyName struct{ merchant, path, key string }

type account struct {
	name  ledger.Account
	asset money.Asset
}

type leased struct {
	owner string
	epoch int64
	until time.Time
}

// New returns an empty store.
func New() *Store {
	return &Store{
		records: map[payment.ID]*record{}, checkouts: map[string]payment.ID{}, refs: map[string]payment.ID{},
		places: map[place]spot{}, receipts: map[place][]payment.ID{}, keys: map[keyName]payment.Key{}, quotes: map[string]fx.Quote{},
		priced: map[string]payment.ID{}, callbacks: map[place]struct{}{}, rulings: map[string]payment.Ruling{}, claims: map[payment.ID][]payment.ClaimRuling{},
		strays: map[place]payment.Receipt{}, strayAt: map[string]place{}, beneficiaries: map[string]payment.Beneficiary{}, entries: map[string]struct{}{},
		balances: map[account]money.Amount{}, serials: map[string]int64{}, cursors: map[string]string{}, leases: map[string]leased{}, halts: map[string]string{},
	}
}

// enter lets one caller in at a time, and none whose context is over: as with a database, nothing is done for it any more. Who
// was let in unlocks.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", payment.ErrUnavailable, err)
	}
	s.mu.Lock()
	return nil
}

// missing says that there is no such thing, as a database does.
func missing(what string) error { return fmt.Errorf("%s: %w", what, payment.ErrNotFound) }

// whole is a copy of a payment that shares no list with another.
func whole(p payment.Payment) payment.Payment {
	p.Attempts, p.Operations = slices.Clone(p.Attempts), slices.Clone(p.Operations)
	p.Receipts, p.Decisions = slices.Clone(p.Receipts), slices.Clone(p.Decisions)
	return p
}

// Payment loads a payment. It returns payment.ErrNotFound when there is none.
func (s *Store) Payment(ctx context.Context, id payment.ID) (payment.Payment, error) {
	if err := s.enter(ctx); err != nil {
		return payment.Payment{}, err
	}
	defer s.mu.Unlock()
	r, ok := s.records[id]
	if !ok {
		return payment.Payment{}, missing("payment " + string(id))
	}
	return whole(r.payment), nil
}

// PaymentByCheckout finds the payment whose page opens with the secret of that hash. It returns payment.ErrNotFound when
// there is none.
func (s *Store) PaymentByCheckout(ctx context.Context, hash string) (payment.ID, error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.mu.Unlock()
	if id, ok := s.checkouts[hash]; ok {
		return id, nil
	}
	return "", missing("payment of a page")
}

// PaymentOf finds the payment of an attempt or operation. It returns payment.ErrNotFound when there is none.
func (s *Store) PaymentOf(ctx context.Context, ref string) (payment.ID, error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.mu.Unlock()
	if id, ok := s.refs[ref]; ok {
		return id, nil
	}
	return "", missing("payment of " + ref)
}

// Key finds what a merchant's idempotency key was used for. It returns payment.ErrNotFound when it is free.
func (s *Store) Key(ctx context.Context, merchant, path, key string) (payment.Key, error) {
	if err := s.enter(ctx); err != nil {
		return payment.Key{}, err
	}
	defer s.mu.Unlock()
	if k, ok := s.keys[keyName{merchant, path, key}]; ok {
		return k, nil
	}
	return payment.Key{Merchant: merchant, Path: path, Key: key}, missing("idempotency key")
}

// AttemptAt finds the attempt that money sent to a place at a channel is for. It returns payment.ErrNotFound when the
// place was never given out.
func (s *Store) AttemptAt(ctx context.Context, channel, payTo string) (payment.ID, string, error) {
	if err := s.enter(ctx); err != nil {
		return "", "", err
	}
	defer s.mu.Unlock()
	if at, ok := s.places[place{channel, payTo}]; ok {
		return at.payment, at.attempt, nil
	}
	return "", "", missing("attempt at " + payTo)
}

// ReceiptOf finds the attempt that a transfer was taken in for, by the channel's reference: where it was told for several,
// the one that it is credited to. It returns payment.ErrNotFound when there is none.
func (s *Store) ReceiptOf(ctx context.Context, channel, reference string) (payment.ID, string, error) {
	if err := s.enter(ctx); err != nil {
		return "", "", err
	}
	defer s.mu.Unlock()
	var found spot
	for _, id := range s.receipts[place{channel, reference}] {
		for _, r := range s.records[id].payment.Receipts {
			if r.Reference == reference && (found.attempt == "" || r.State == payment.ReceiptCredited) {
				found = spot{id, r.Attempt}
			}
		}
	}
	if found.attempt == "" {
		return "", "", missing("receipt of " + reference)
	}
	return found.payment, found.attempt, nil
}

// Hoards returns a page of the places of a channel that can be swept at now, after the one named, and the name of the last;
// no name once there are no more.
func (s *Store) Hoards(ctx context.Context, channel, after string, now time.Time, limit int) ([]payment.Hoard, string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, "", err
	}
	defer s.mu.Unlock()
	var found []payment.Hoard
	for _, r := range s.records {
		for _, h := range r.payment.Hoards() {
			a, _ := r.payment.Attempt(h.Attempt)
			if a.Channel == channel && h.Name() > after && !h.From.After(now) {
				found = append(found, h)
			}
		}
	}
	slices.SortFunc(found, func(a, b payment.Hoard) int { return strings.Compare(a.Name(), b.Name()) })
	if len(found) <= limit {
		return found, "", nil
	}
	return found[:limit], found[limit-1].Name(), nil
}

// SaveQuote stores a quote that may be accepted.
func (s *Store) SaveQuote(ctx context.Context, q fx.Quote) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.quotes[q.ID] = q
	return nil
}

// Quote finds a quote of the merchant, also one that was made with its payment. It returns payment.ErrNotFound when there
// is none.
func (s *Store) Quote(ctx context.Context, merchant, id string) (fx.Quote, error) {
	if err := s.enter(ctx); err != nil {
		return fx.Quote{}, err
	}
	defer s.mu.Unlock()
	if q, ok := s.quotes[id]; ok && q.Merchant == merchant {
		return q, nil
	}
	if r, ok := s.records[s.priced[id]]; ok && r.payment.Merchant == merchant {
		q := r.payment.Quote
		q.Status = fx.Accepted
		return q, nil
	}
	return fx.Quote{}, missing("quote " + id)
}

// SaveBeneficiary stores a new beneficiary.
func (s *Store) SaveBeneficiary(ctx context.Context, b payment.Beneficiary) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.beneficiaries[b.ID] = b
	return nil
}

// Beneficiary finds a beneficiary of the merchant. It returns payment.ErrNotFound when there is none.
func (s *Store) Beneficiary(ctx context.Context, merchant string, mode payment.Mode, id string) (payment.Beneficiary, error) {
	if err := s.enter(ctx); err != nil {
		return payment.Beneficiary{}, err
	}
	defer s.mu.Unlock()
	if b, ok := s.beneficiaries[id]; ok && b.Merchant == merchant && b.Mode == mode {
		return b, nil
	}
	return payment.Beneficiary{}, missing("beneficiary " + id)
}

// Propose keeps a way out of review until another person confirms it, in place of what was proposed before.
func (s *Store) Propose(ctx context.Context, r payment.Ruling) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.rulings[r.Ref] = r
	return nil
}

// Proposal finds what is proposed. It returns payment.ErrNotFound when nothing is.
func (s *Store) Proposal(ctx context.Context, ref string) (payment.Ruling, error) {
	if err := s.enter(ctx); err != nil {
		return payment.Ruling{}, err
	}
	defer s.mu.Unlock()
	if r, ok := s.rulings[ref]; ok {
		return r, nil
	}
	return payment.Ruling{Ref: ref}, missing("proposal for " + ref)
}

// ProposeClaim keeps the return of a claim until another person confirms it, in place of what was proposed of that asset of
// the payment before.
func (s *Store) ProposeClaim(ctx context.Context, r payment.ClaimRuling) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.claims[r.Payment] = append([]payment.ClaimRuling{r}, slices.DeleteFunc(s.claims[r.Payment], func(k payment.ClaimRuling) bool {
		return k.ConfirmedAt.IsZero() && k.Amount.Asset() == r.Amount.Asset()
	})...)
	return nil
}

// ClaimRulings returns what people decided, or propose, of the claims of a payment, the newest first.
func (s *Store) ClaimRulings(ctx context.Context, id payment.ID) ([]payment.ClaimRuling, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return slices.Clone(s.claims[id]), nil
}

// Number takes the next serial number of a name, from 1.
func (s *Store) Number(ctx context.Context, name string) (int64, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	s.serials[name]++
	return s.serials[name], nil
}

// Cursor returns how far a watcher has looked, and nothing when it never did.
func (s *Store) Cursor(ctx context.Context, name string) (string, error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.mu.Unlock()
	return s.cursors[name], nil
}

// SaveCursor keeps how far a watcher has looked.
func (s *Store) SaveCursor(ctx context.Context, name, where string, _ time.Time) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.cursors[name] = where
	return nil
}

// Halt keeps why something does not go on; an empty reason lets it go on.
func (s *Store) Halt(ctx context.Context, name, reason string, _ time.Time) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.halts[name] = reason
	return nil
}

// Halted returns why something does not go on, and nothing when it does.
func (s *Store) Halted(ctx context.Context, name string) (string, error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.mu.Unlock()
	return s.halts[name], nil
}

// Lease gives owner a named task until the given moment, if nobody else has it at now. The epoch increases each time
// that the owner changes.
func (s *Store) Lease(ctx context.Context, name, owner string, now, until time.Time) (epoch int64, ok bool, err error) {
	if err := s.enter(ctx); err != nil {
		return 0, false, err
	}
	defer s.mu.Unlock()
	held, known := s.leases[name]
	if known && held.owner != owner && held.until.After(now) {
		return 0, false, nil
	}
	if held.owner != owner {
		held.epoch++
	}
	held.owner, held.until = owner, until
	s.leases[name] = held
	return held.epoch, true, nil
}
