// Package ledger is double-entry bookkeeping in several assets at once, as pure values.
//
// An [Entry] is one event in the life of money: a list of signed postings, debit positive and credit negative, that sums
// to zero in every asset. Two assets meet only in [Position], so the exposure to an asset is a balance. Every movement of
// money has a type of its own ([Capture], [RefundOriginal], [PayoutSent], …), a struct of exact numbers whose Entry method
// reads like its row in the table of worked examples.
//
// What every such type promises: an amount of zero, or one left out, posts nothing; when both sides of a conversion are
// of one asset nothing goes through the position; and the numbers are posted as they are given, so that a set that does
// not add up makes an entry that [Entry.Check] refuses.
package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/causeway-pay/causeway/money"
)

// Faults of an entry.
var (
	// ErrBadCause is returned when the id of an entry is not "<object>:<event>" or "<object>:<event>:<n>".
	ErrBadCause = errors.New("entry id must be <object>:<event> or <object>:<event>:<n>")
	// ErrNoPostings is returned when an entry moves nothing.
	ErrNoPostings = errors.New("entry has no postings")
	// ErrZeroPosting is returned when a posting moves nothing.
	ErrZeroPosting = errors.New("posting of zero")
	// ErrNoAsset is returned when a posting does not say what it counts.
	ErrNoAsset = errors.New("posting has no asset")
	// ErrWrongCurrency is returned when a nostro account is posted to in a currency that is not its own.
	ErrWrongCurrency = errors.New("nostro account is in another currency")
	// ErrTooPrecise is returned when a posting has more decimals than its account holds.
	ErrTooPrecise = errors.New("posting has more decimals than the account holds")
	// ErrUnbalanced is returned when the postings in one asset do not sum to zero.
	ErrUnbalanced = errors.New("entry does not balance")
)

// Posting is one line of an entry: a signed amount, debit positive, credit negative.
type Posting struct {
	Account Account      `json:"account"`
	Amount  money.Amount `json:"amount"`
}

// Entry is one event that moved money. Its ID names the cause, "<object>:<event>" or "<object>:<event>:<n>", such as
// "att_1:captured:cap_1": the same cause is booked once, however often it is reported. The order of the postings means nothing.
type Entry struct {
	ID       string    `json:"id"`
	Postings []Posting `json:"postings"`
}

// Check returns nil for an entry that may be booked, and otherwise an error that names every fault.
func (e Entry) Check() error {
	var faults []error
	if !isCause(e.ID) {
		faults = append(faults, ErrBadCause)
	}
	if len(e.Postings) == 0 {
		faults = append(faults, ErrNoPostings)
	}
	for i, p := range e.Postings {
		for _, fault := range p.faults() {
			faults = append(faults, fmt.Errorf("posting %d, %s %s: %w", i+1, p.Account, p.Amount, fault))
		}
	}
	for _, total := range e.totals() {
		if !total.IsZero() {
			faults = append(faults, fmt.Errorf("%w: the debits exceed the credits by %s", ErrUnbalanced, total))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("entry %q: %w", e.ID, errors.Join(faults...))
}

// Reverse returns the entry that undoes e, booked under its own cause id.
func (e Entry) Reverse(id string) Entry {
	reversed := make([]Posting, len(e.Postings))
	for i, p := range e.Postings {
		reversed[i] = Posting{p.Account, p.Amount.Neg()}
	}
	return Entry{ID: id, Postings: reversed}
}

// String writes e as in the worked examples, a line for each row: "EUR | Dr cost:channel 1.30 | Cr nostro:bank:EUR 1.30".
func (e Entry) String() string {
	var lines []string
	for _, row := range e.rows() {
		var debits, credits []string
		for _, p := range row {
			if p.Amount.Sign() < 0 {
				credits = append(credits, string(p.Account)+" "+p.Amount.Neg().Value())
				continue
			}
			debits = append(debits, string(p.Account)+" "+p.Amount.Value())
		}
		lines = append(lines, fmt.Sprintf("%s | Dr %s | Cr %s",
			row[0].Amount.Asset(), strings.Join(debits, "; "), strings.Join(credits, "; ")))
	}
	return strings.Join(lines, "\n")
}

// rows cuts the postings where those of one asset have come to zero.
func (e Entry) rows() [][]Posting {
	var rows [][]Posting
	var total money.Amount
	for _, p := range e.Postings {
		if total.IsZero() || total.Asset() != p.Amount.Asset() {
			rows = append(rows, nil)
			total = p.Amount.Asset().Zero()
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], p)
		total = total.Add(p.Amount)
	}
	return rows
}

// totals returns the sum of the postings in each asset, in the order of their first posting.
func (e Entry) totals() []money.Amount {
	var totals []money.Amount
	for _, p := range e.Postings {
		i := slices.IndexFunc(totals, func(t money.Amount) bool { return t.Asset() == p.Amount.Asset() })
		if i < 0 {
			totals = append(totals, p.Amount)
			continue
		}
		totals[i] = totals[i].Add(p.Amount)
	}
	return totals
}

func (p Posting) faults() []error {
	var faults []error
	if p.Amount.IsZero() {
		faults = append(faults, ErrZeroPosting)
	}
	if p.Amount.Asset().IsZero() {
		faults = append(faults, ErrNoAsset)
	}
	if _, known := p.Account.class(); !known {
		return append(faults, ErrUnknownAccount)
	}
	if !p.Account.takes(p.Amount.Asset()) {
		faults = append(faults, ErrWrongCurrency)
	}
	if !p.Account.holds(p.Amount) {
		faults = append(faults, ErrTooPrecise)
	}
	return faults
}

func isCause(id string) bool {
	return matches("*:*", id) || matches("*:*:*", id)
}

// post makes an entry of the rows of a table. Postings of zero are left out, and so are two on the position that cancel:
// they belong to a conversion of an asset into itself.
func post(id string, rows ...Posting) Entry {
	var postings []Posting
	for _, p := range rows {
		canceled := p.Account == Position && slices.ContainsFunc(rows, func(q Posting) bool {
			return q.Account == Position && q.Amount.Equal(p.Amount.Neg())
		})
		if !p.Amount.IsZero() && !canceled {
			postings = append(postings, p)
		}
	}
	return Entry{ID: id, Postings: postings}
}

func debit(a Account, x money.Amount) Posting { return Posting{a, x} }

func credit(a Account, x money.Amount) Posting { return Posting{a, x.Neg()} }

// plus adds two amounts, of which one may have been left out.
func plus(a, b money.Amount) money.Amount {
	if a.Asset().IsZero() {
		return b
	}
	if b.Asset().IsZero() {
		return a
	}
	return a.Add(b)
}

// minus subtracts b from a, of which one may have been left out.
func minus(a, b money.Amount) money.Amount { return plus(a, b.Neg()) }

// slip returns what treasury loses by getting got where due was fair; negative for a gain. It is nothing when either was
// left out: the entry then does not balance, rather than book a whole payment as slippage.
func slip(due, got money.Amount) money.Amount {
	if due.Asset().IsZero() || got.Asset().IsZero() {
		return money.Amount{}
	}
	return due.Sub(got)
}
