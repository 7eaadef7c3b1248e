// Package audit proves on a live database that nothing was lost or doubled. It reads, and changes nothing.
//
// Double entry does not detect a double charge, since the ledger still sums to zero. So the audit checks payments
// against their own history, their postings and their rules, and whoever wants to know about the outside compares the
// channels' own records with ours.
package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Books is what the audit reads. Scans hold a bounded number of rows at a time.
type Books interface {
	EachPayment(ctx context.Context, do func(payment.Payment, []payment.OutcomeChange) error) error
	EachSeal(ctx context.Context, do func(no int64, e ledger.Entry, hash [32]byte) error) error
	Counts(ctx context.Context) (map[string]int64, error)
	Totals(ctx context.Context) ([]money.Amount, error)
	RuleSet(ctx context.Context, version int64) (string, error)

	KeysAstray(ctx context.Context) ([]string, error)
	EntriesUnbalanced(ctx context.Context) ([]string, error)
	BalancesAdrift(ctx context.Context) ([]string, error)
	BalancesBelowZero(ctx context.Context) ([]string, error)
	EventsAstray(ctx context.Context) ([]string, error)
	Unsealed(ctx context.Context, lag time.Duration) ([]string, error)
	Overdue(ctx context.Context, before time.Time) ([]string, error)

	ChainCounts(ctx context.Context) (transfers, intents int64, err error)
	BlocksAstray(ctx context.Context) ([]string, error)
	DepositsAstray(ctx context.Context) ([]string, error)
	NoncesAstray(ctx context.Context) ([]string, error)
}

const (
	sealLag    = 5 * time.Second  // an entry is in the chain so long after its commit
	overdueMax = 10 * time.Minute // a payment is looked at so long after it was due
	faultsMax  = 100              // reported for one invariant; further ones are counted
)

// Invariant is one promise and whether it held.
type Invariant struct {
	ID      string   `json:"id"`
	Text    string   `json:"text"`
	Checked int64    `json:"checked"` // objects looked at
	Broken  int64    `json:"broken"`
	Faults  []string `json:"faults,omitempty"` // what broke it, at most faultsMax of them
}

func (i *Invariant) fault(format string, args ...any) {
	i.Broken++
	if len(i.Faults) < faultsMax {
		i.Faults = append(i.Faults, fmt.Sprintf(format, args...))
	}
}

// Report is what an audit found.
type Report struct {
	Invariants []*Invariant `json:"invariants"`
	Totals     []money.Wire `json:"totals"` // the sum of the whole ledger in every asset
	At         time.Time    `json:"at"`
}

// Held reports whether every invariant held.
func (r Report) Held() bool {
	for _, i := range r.Invariants {
		if i.Broken > 0 {
			return false
		}
	}
	return true
}

// Run checks every invariant. progress, when not nil, is told the name of each stage. An error means that the audit
// could not be finished, not that something was broken. The chains are asked about what the books say of them.
func Run(ctx context.Context, books Books, now time.Time, progress func(stage string), chains ...Chain) (Report, error) {
	if progress == nil {
		progress = func(string) {}
	}
	a := newAuditor(books, now)
	a.chains = chains
	for _, stage := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"payments", a.payments},
		{"ledger", a.ledger},
		{"hash chain", a.chain},
		{"keys and events", a.rows},
		{"chains", a.onchain},
	} {
		progress(stage.name)
		if err := stage.do(ctx); err != nil {
			return Report{}, fmt.Errorf("audit %s: %w", stage.name, err)
		}
	}
	return a.report, nil
}

type auditor struct {
	books  Books
	chains []Chain
	now    time.Time
	rules  map[int64]*fx.RuleSet // read already; nil: not to be had
	counts map[string]int64
	report Report

	once, succeeded, keys, balanced, alive, sums, bounded, told, priced, deposits, nonces, sealed, fees, steps *Invariant
}

func newAuditor(books Books, now time.Time) *auditor {
	a := &auditor{books: books, now: now, rules: map[int64]*fx.RuleSet{}, report: Report{At: now}}
	for _, row := range []struct {
		into     **Invariant
		id, text string
	}{
		{&a.once, "I1", "at most one unreversed charge per payment; captures within the authorization"},
		{&a.succeeded, "I2", "succeeded exactly when what was captured is what was accepted"},
		{&a.keys, "I3", "one object for each merchant, path and key"},
		{&a.balanced, "I4", "every entry sums to zero in every asset, and so does the ledger"},
		{&a.alive, "I5", "what was acknowledged is final, with people, or due in bounded time"},
		{&a.sums, "I6", "balances are the sums of their postings; nothing available or reserved is below zero"},
		{&a.bounded, "I7", "refunds within captures, captures within the authorization, returned claims within what waited"},
		{&a.told, "I8", "every change of status has one event; sequences have no gaps"},
		{&a.priced, "I9", "conversions net to zero, the residual is below one minor unit, a quote is used before it expires"},
		{&a.deposits, "I10", "deposits that count are in the chain; those that were taken back left nothing"},
		{&a.nonces, "I11", "nonces have no gaps; one final transaction per nonce, per payout and per returned claim"},
		{&a.sealed, "I12", "entries are sealed into an unbroken hash chain"},
		{&a.fees, "I13", "prices follow from the rule version on the quote; gross = net + fees"},
		{&a.steps, "I15", "only allowed changes of outcome were ever made, and they lead to today's"},
	} {
		*row.into = &Invariant{ID: row.id, Text: row.text}
		a.report.Invariants = append(a.report.Invariants, *row.into)
	}
	return a
}

func (a *auditor) ledger(ctx context.Context) error {
	counts, err := a.books.Counts(ctx)
	if err != nil {
		return err
	}
	a.counts = counts
	totals, err := a.books.Totals(ctx)
	if err != nil {
		return err
	}
	for _, total := range totals {
		a.report.Totals = append(a.report.Totals, total.Wire())
		if !total.IsZero() {
			a.balanced.fault("the ledger sums to %s", total)
		}
	}
	if err := a.collect(ctx, a.balanced, counts["entries"], a.books.EntriesUnbalanced, "entry %s does not sum to zero"); err != nil {
		return err
	}
	if err := a.collect(ctx, a.sums, counts["balances"], a.books.BalancesAdrift, "%s is not the sum of its postings"); err != nil {
		return err
	}
	return a.collect(ctx, a.sums, 0, a.books.BalancesBelowZero, "%s is below zero")
}

func (a *auditor) rows(ctx context.Context) error {
	if err := a.collect(ctx, a.keys, a.counts["idempotency_keys"], a.books.KeysAstray, "key %q names no object"); err != nil {
		return err
	}
	if err := a.collect(ctx, a.told, a.counts["events"], a.books.EventsAstray, "payment %s has a gap in its events"); err != nil {
		return err
	}
	overdue := func(ctx context.Context) ([]string, error) { return a.books.Overdue(ctx, a.now.Add(-overdueMax)) }
	return a.collect(ctx, a.alive, 0, overdue, "payment %s is overdue")
}

// collect runs one set-wide check.
func (a *auditor) collect(ctx context.Context, i *Invariant, checked int64, find func(context.Context) ([]string, error), format string) error {
	found, err := find(ctx)
	for _, s := range found {
		i.fault(format, s)
	}
	i.Checked += checked
	return err
}

// chain recomputes every link from the first.
func (a *auditor) chain(ctx context.Context) error {
	var head [32]byte
	want := int64(1)
	err := a.books.EachSeal(ctx, func(no int64, e ledger.Entry, hash [32]byte) error {
		head = ledger.Hash(head, e)
		if no != want || hash != head {
			a.sealed.fault("link %d (entry %s) does not follow from the one before", no, e.ID)
			head = hash
		}
		want = no + 1
		a.sealed.Checked++
		return nil
	})
	if err != nil {
		return err
	}
	unsealed := func(ctx context.Context) ([]string, error) { return a.books.Unsealed(ctx, sealLag) }
	return a.collect(ctx, a.sealed, 0, unsealed, "entry %s is not in the chain")
}
