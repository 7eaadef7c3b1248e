// Package audit proves on a live database that nothing was lost or doubled. [Run] reads everything once, and changes
// nothing; a [Watch] does so for ever beside the gateway, and halts payouts when something is wrong.
//
// Double entry does not detect a double charge, since the ledger still sums to zero. So the audit checks payments
// against their own history, their postings and their rules, and whoever wants to know about the outside compares the
// channels' own records with ours.
//
// Both walk through the same parts of the books, a page at a time. A page is one moment, holds at most [PageMax] objects, and
// keeps no writer waiting. Nothing is kept from one page to the next but a place and some counters: how much memory an
// audit takes does not depend on how much there is to audit.
package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// Limits of an audit.
const (
	// PageMax is how many objects of a part are held at a time.
	PageMax = 250
	// FaultsMax is how many faults are told of one invariant; further ones are counted.
	FaultsMax = 100

	sealLag    = time.Minute      // an entry is in the chain so long before entries that were made after it
	overdueMax = 10 * time.Minute // a payment is looked at so long after it was due
	rulesMax   = 64               // versions of treasury's rules that are kept at hand
)

// Fault is one object that breaks an invariant. Its text is the same each time that the object is looked at.
type Fault struct {
	Invariant string `json:"invariant"` // "I4"
	Text      string `json:"fault"`
}

// Invariant is one promise and whether it held.
type Invariant struct {
	ID      string   `json:"id"`
	Text    string   `json:"text"`
	Checked int64    `json:"checked"` // objects looked at
	Broken  int64    `json:"broken"`
	Faults  []string `json:"faults,omitempty"` // what broke it, at most FaultsMax of them
}

// Invariants lists every promise that an audit checks.
func Invariants() []Invariant {
	return []Invariant{
		{ID: "I1", Text: "at most one unreversed charge per payment; captures within the authorization"},
		{ID: "I2", Text: "succeeded exactly when what was captured is what was accepted"},
		{ID: "I3", Text: "one object for each merchant, path and key"},
		{ID: "I4", Text: "every entry sums to zero in every asset, and so does the ledger"},
		{ID: "I5", Text: "what was acknowledged is final, with people, or due in bounded time"},
		{ID: "I6", Text: "balances are the sums of their postings; nothing available or reserved is below zero"},
		{ID: "I7", Text: "refunds within captures, captures within the authorization, returned claims within what waited"},
		{ID: "I8", Text: "every change of status has one event; sequences have no gaps"},
		{ID: "I9", Text: "conversions net to zero, the residual is below one minor unit, a quote is used before it expires"},
		{ID: "I10", Text: "deposits that count are in the chain, and those in the chain for good count; those that were taken back left nothing"},
		{ID: "I11", Text: "nonces have no gaps; one final transaction per nonce, per payout and per returned claim"},
		{ID: "I12", Text: "entries are sealed into an unbroken hash chain"},
		{ID: "I13", Text: "prices follow from the rule version on the quote; gross = net + fees"},
		{ID: "I15", Text: "only allowed changes of outcome were ever made, and they lead to today's"},
	}
}

// Report is what an audit found.
type Report struct {
	Invariants []Invariant  `json:"invariants"`
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

// take counts what a page found.
func (r *Report) take(checks []string, f found) {
	for n := range r.Invariants {
		i := &r.Invariants[n]
		for _, id := range checks {
			if i.ID == id {
				i.Checked += int64(f.objects)
			}
		}
		for _, fault := range f.faults {
			if fault.Invariant != i.ID {
				continue
			}
			i.Broken++
			if len(i.Faults) < FaultsMax {
				i.Faults = append(i.Faults, fault.Text)
			}
		}
	}
}

// Progress is how far an audit has come.
type Progress struct {
	Part string
	Done int64 // objects of the part
	Of   int64 // about how many it has; 0: nobody counted
}

// Run checks every invariant once. progress, when not nil, is told after every page, and the zero Progress at the end. An
// error means that the audit could not be finished, not that something was broken. The chains are asked about what the books
// say of them.
func Run(ctx context.Context, books Books, now time.Time, progress func(Progress), chains ...Chain) (Report, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	r := Report{Invariants: Invariants(), At: now}
	fail := func(part string, err error) (Report, error) { return Report{}, fmt.Errorf("audit %s: %w", part, err) }
	counts, err := books.Counts(ctx)
	if err != nil {
		return fail("counts", err)
	}
	a := &auditor{books: books, overdue: now.Add(-overdueMax)}
	for _, part := range append(a.parts(), a.wholes(chains)...) {
		at := Progress{Part: part.name, Of: counts[part.name]}
		for after := ""; ; {
			progress(at)
			f, err := part.look(ctx, after, PageMax)
			if err != nil {
				return fail(part.name, err)
			}
			r.take(part.checks, f)
			at.Done += int64(f.objects)
			if after = f.next; after == "" {
				break
			}
		}
		progress(at)
	}
	progress(Progress{})
	for _, total := range a.totals {
		r.Totals = append(r.Totals, total.Wire())
	}
	return r, nil
}
