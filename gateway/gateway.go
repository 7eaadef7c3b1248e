// Package gateway carries payments. It is the only place where the decisions of the domain meet the rails and the
// store: whatever happens to a payment, new, resumed after a crash or woken by a callback, goes through one loop
// ([Gateway.Run]): load, ask the payment what comes next, store what was decided, act.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Store is what the gateway must remember. Every method is one transaction.
type Store interface {
	// Payment loads a payment. It returns payment.ErrNotFound when there is none.
	Payment(ctx context.Context, id payment.ID) (payment.Payment, error)
	// PaymentByCheckout finds the payment whose page opens with the secret of that hash. It returns payment.ErrNotFound when
	// there is none.
	PaymentByCheckout(ctx context.Context, hash string) (payment.ID, error)
	// PaymentOf finds the payment of an attempt or operation. It returns payment.ErrNotFound when there is none.
	PaymentOf(ctx context.Context, ref string) (payment.ID, error)
	// Commit makes one transition true, whole or not at all, or says why not with an error of package payment.
	Commit(ctx context.Context, t payment.Transition) error
	// Key finds what a merchant's idempotency key was used for. It returns payment.ErrNotFound when it is free.
	Key(ctx context.Context, merchant, path, key string) (payment.Key, error)
	// KeepAnswer stores what a repeated request is answered, unless its key has an answer by now, and returns the one that is
	// stored.
	KeepAnswer(ctx context.Context, a payment.Answer) (payment.Answer, error)
	// Due claims payments that someone should look at, and keeps them from other gateways until the given moment. It passes
	// over those whose live attempt is on one of the channels; the one without a name stands for no live attempt.
	Due(ctx context.Context, now, until time.Time, limit int, except ...string) ([]payment.ID, error)
	// Propose keeps a way out of review until another person confirms it, in place of what was proposed before.
	Propose(ctx context.Context, r payment.Ruling) error
	// Proposal finds what is proposed. It returns payment.ErrNotFound when nothing is.
	Proposal(ctx context.Context, ref string) (payment.Ruling, error)
	// ProposeClaim keeps the return of a claim until another person confirms it, in place of what was proposed before.
	ProposeClaim(ctx context.Context, r payment.ClaimRuling) error
	// ClaimRulings returns what people decided, or propose, of the claims of a payment, the newest first.
	ClaimRulings(ctx context.Context, id payment.ID) ([]payment.ClaimRuling, error)
	// Number takes the next serial number of a name.
	Number(ctx context.Context, name string) (int64, error)
	// AttemptAt finds the attempt that money sent to a place at a channel is for. It returns payment.ErrNotFound when there
	// is none.
	AttemptAt(ctx context.Context, channel, payTo string) (payment.ID, string, error)
	// ReceiptOf finds the attempt that a transfer was taken in for, by the channel's reference. It returns payment.ErrNotFound
	// when there is none.
	ReceiptOf(ctx context.Context, channel, reference string) (payment.ID, string, error)
	// KeepStray stores a transfer that names no payment, with its entry, once. One that was taken back before it was credited
	// has no entry.
	KeepStray(ctx context.Context, channel, payTo string, r payment.Receipt, e ledger.Entry, now time.Time) error
	// MoveStray takes a kept stray from one state to the next, with the entry of that. It returns payment.ErrConflict when it
	// is not in that state any more.
	MoveStray(ctx context.Context, from, to payment.Receipt, e ledger.Entry, now time.Time) error
	// Stray finds a kept stray by the channel's reference. It returns payment.ErrNotFound when there is none.
	Stray(ctx context.Context, channel, reference string) (payment.Receipt, error)
	// Hoards returns a page of the places of a channel that can be swept at now, after the one named, and the name of the last;
	// no name once there are no more.
	Hoards(ctx context.Context, channel, after string, now time.Time, limit int) ([]payment.Hoard, string, error)
	// Post books an entry that belongs to no payment, once.
	Post(ctx context.Context, e ledger.Entry, now time.Time) error
	// Balance returns what stands on an account.
	Balance(ctx context.Context, account ledger.Account, asset money.Asset) (money.Amount, error)
	// Halted returns why something does not go on, and nothing when it does.
	Halted(ctx context.Context, name string) (string, error)
	// Lease gives owner a named task until the given moment, if nobody else has it.
	Lease(ctx context.Context, name, owner string, now, until time.Time) (epoch int64, ok bool, err error)
	Cursor(ctx context.Context, name string) (string, error)
	SaveCursor(ctx context.Context, name, place string, now time.Time) error
	// Beneficiary returns payment.ErrNotFound when the merchant has no such beneficiary.
	Beneficiary(ctx context.Context, merchant string, mode payment.Mode, id string) (payment.Beneficiary, error)
	SaveQuote(ctx context.Context, q fx.Quote) error
	// Quote returns payment.ErrNotFound when the merchant has no such quote.
	Quote(ctx context.Context, merchant, id string) (fx.Quote, error)
}

// Pricer turns an amount into a price.
type Pricer interface {
	Price(r fx.Request, now time.Time) (fx.Quote, error)
	// Mid returns the market price of one unit of base in quote.
	Mid(base, quote money.Asset, now time.Time) (money.Rate, []fx.Leg, error)
	// Rules returns treasury's rules in force, which say more about a payment than its price.
	Rules() *fx.RuleSet
}

// Gateway carries payments over channels.
type Gateway struct {
	store    Store
	pricer   Pricer
	channels []Channel
	board    *breaker.Board
	now      func() time.Time
	newID    func(prefix string) string
	newUETR  func() string
	name     string

	approvalAbove []money.Amount
	claimsAfter   time.Duration

	log       *slog.Logger
	committed func(before, after payment.Payment)
	away      func(ctx context.Context) (back func())
	runs      runs
}

// Deps is what a gateway is made of.
type Deps struct {
	Store    Store
	Pricer   Pricer
	Channels []Channel
	Board    *breaker.Board
	Now      func() time.Time // as it is stored: in UTC and whole microseconds
	NewID    func(prefix string) string
	NewUETR  func() string // UUID v4
	Name     string        // of this gateway among others, for leases

	ApprovalAbove []money.Amount // payouts that debit more than this, per asset, wait for a second person
	ClaimsAfter   time.Duration  // how long what payers sent must have been credited before a claim on it is returned

	Log       *slog.Logger
	Committed func(before, after payment.Payment) // is told of every committed transition; must not block

	// Away is told that the run which ctx belongs to waits for a channel, until back is called; must not block.
	Away func(ctx context.Context) (back func())
}

// New returns a gateway.
func New(d Deps) *Gateway {
	if d.Committed == nil {
		d.Committed = func(_, _ payment.Payment) {}
	}
	if d.Away == nil {
		d.Away = func(context.Context) func() { return func() {} }
	}
	return &Gateway{
		store: d.Store, pricer: d.Pricer, channels: d.Channels, board: d.Board, now: d.Now, newID: d.NewID, newUETR: d.NewUETR,
		name: d.Name, approvalAbove: d.ApprovalAbove, claimsAfter: d.ClaimsAfter, log: d.Log, committed: d.Committed, away: d.Away,
	}
}

// commit makes the step from stored to p true and returns p as it is now stored.
func (g *Gateway) commit(ctx context.Context, stored, p payment.Payment, e *errand, answering bool) (payment.Payment, error) {
	now := g.now()
	p.Version = stored.Version + 1
	p.UpdatedAt = now
	p, events := payment.Tell(stored, p, now, g.newID)
	t := payment.Transition{
		Before: stored, After: p, Events: events, Entries: payment.Book(stored, p), Floors: floors(stored, p),
		Key: e.key, Accept: e.accept, Callback: e.callback, Review: e.review, ClaimRuling: e.claim,
	}
	if answering && e.answer != nil {
		answer := e.answer(p)
		t.Answer = &answer
	}
	if err := g.write(ctx, t); err != nil {
		return stored, err
	}
	g.committed(stored, p)
	e.committed(t.Answer)
	return p, nil
}

const (
	writeTries = 3
	writePause = 200 * time.Millisecond
)

// write commits t. Where the database does not answer it tries again for a moment: what a channel said is worth
// keeping, although losing it only costs an inquiry.
func (g *Gateway) write(ctx context.Context, t payment.Transition) error {
	var err error
	for try := range writeTries {
		if try > 0 {
			if !pause(ctx, writePause) {
				break
			}
		}
		if err = g.store.Commit(ctx, t); !errors.Is(err, payment.ErrUnavailable) || t.New() {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("commit %s version %d: %w", t.After.ID, t.After.Version, err)
	}
	return nil
}

// floors names the balances that the step may not take below zero: a payout, or a refund that draws on what is available,
// now or because people decided that it stands.
func floors(before, after payment.Payment) []ledger.Account {
	if before.ID == "" && after.Direction == fx.Send || before.Hold == payment.HoldDraft && after.Hold != payment.HoldDraft {
		return []ledger.Account{ledger.MerchantAvailable(after.Merchant)}
	}
	for i, o := range after.Operations {
		drawn := i >= len(before.Operations) || (before.Operations[i].Late() && o.Outcome == payment.Done)
		if drawn && o.Kind == payment.Refund && o.Booking.FromAvailable.Sign() > 0 {
			return []ledger.Account{ledger.MerchantAvailable(after.Merchant)}
		}
	}
	return nil
}

// pause waits, and reports whether it did so in full.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
