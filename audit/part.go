package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// part is one walk through the books. What it finds behind a place depends on the books alone, so that it can be looked at
// again.
type part struct {
	name   string
	checks []string // the invariants
	look   func(ctx context.Context, after string, limit int) (found, error)
	settle time.Duration // how long what is under way may look like a fault; 0: a moment
}

// found is what one look found.
type found struct {
	next    string // the place behind which to go on; empty: this was the end
	objects int
	faults  []Fault
}

func (f *found) fault(invariant, format string, args ...any) {
	f.faults = append(f.faults, Fault{invariant, fmt.Sprintf(format, args...)})
}

// auditor looks at the parts of the books.
type auditor struct {
	books   Books
	overdue time.Time // what was due before is overdue; zero: nothing is
	rules   map[int64]*fx.RuleSet
	totals  []money.Amount
}

// perPayment are the invariants that are checked payment by payment.
var perPayment = []string{"I1", "I2", "I5", "I7", "I8", "I9", "I13", "I15"}

// parts are the walks that go page by page.
func (a *auditor) parts() []part {
	return []part{
		{name: "payments", checks: perPayment, look: a.payments},
		{name: "seals", checks: []string{"I4", "I12"}, look: a.links},
		{name: "entries", checks: []string{"I12"}, look: a.booked},
		{name: "idempotency_keys", checks: []string{"I3"}, look: a.keys},
		{name: "balances", checks: []string{"I6"}, look: a.floors},
	}
}

// whole is a part that the database looks at in one go.
func whole(name, invariant string, settle time.Duration, look func(ctx context.Context, f *found) error) part {
	return part{name: name, checks: []string{invariant}, settle: settle, look: func(ctx context.Context, _ string, _ int) (found, error) {
		var f found
		err := look(ctx, &f)
		return f, err
	}}
}

// wholes are the parts that are looked at in one go by whoever waits for the answer.
func (a *auditor) wholes(chains []Chain) []part {
	return append([]part{
		whole("totals", "I4", 0, a.sum),
		whole("sums", "I6", 0, a.drifts),
	}, a.onchain(chains)...)
}

func (a *auditor) payments(ctx context.Context, after string, limit int) (f found, err error) {
	cases, err := a.books.Cases(ctx, payment.ID(after), limit)
	if err == nil {
		err = a.cases(ctx, cases, &f)
	}
	if len(cases) == limit {
		f.next = string(cases[limit-1].ID)
	}
	return f, err
}

func (a *auditor) links(ctx context.Context, after string, limit int) (found, error) {
	f, err := a.newestLinks(ctx, after, limit)
	if f.objects < limit {
		f.next = ""
	}
	return f, err
}

// newestLinks computes every link again from the one before, and every entry's sums. More may follow the last later.
func (a *auditor) newestLinks(ctx context.Context, after string, limit int) (f found, err error) {
	from, _ := strconv.ParseInt(after, 10, 64) // no place: the beginning
	links, err := a.books.Links(ctx, from, limit)
	for _, l := range links {
		if l.No != from+1 {
			f.fault("I12", "link %d is missing, or its entry has no postings", from+1)
		} else if ledger.Hash(l.Before, l.Entry) != l.Hash {
			f.fault("I12", "link %d (entry %s) does not follow from the one before", l.No, l.Entry.ID)
		}
		f.balanced(l.Entry)
		from = l.No
	}
	f.objects = len(links)
	if len(links) > 0 {
		f.next = strconv.FormatInt(from, 10)
	}
	return f, err
}

// balanced checks that an entry sums to zero in every asset.
func (f *found) balanced(e ledger.Entry) {
	var order []money.Asset
	sums := map[money.Asset]money.Amount{}
	for _, posting := range e.Postings {
		asset := posting.Amount.Asset()
		if _, ok := sums[asset]; !ok {
			order = append(order, asset)
			sums[asset] = asset.Zero()
		}
		sums[asset] = sums[asset].Add(posting.Amount)
	}
	for _, asset := range order {
		if !sums[asset].IsZero() {
			f.fault("I4", "entry %s does not sum to zero: %s", e.ID, sums[asset])
		}
	}
}

// booked looks for entries that the chain left out, and at those that it has not reached yet.
func (a *auditor) booked(ctx context.Context, after string, limit int) (f found, err error) {
	var from Moment
	if err := parsePlace(after, &from); err != nil {
		return f, err
	}
	entries, err := a.books.Booked(ctx, from, limit)
	for _, b := range entries {
		if b.Sealed {
			continue
		}
		if b.LeftOut > sealLag {
			f.fault("I12", "entry %s is not in the chain", b.ID)
		}
		f.balanced(b.Entry)
	}
	f.objects = len(entries)
	if len(entries) == limit {
		f.next = formatPlace(entries[limit-1].Moment)
	}
	return f, err
}

func (a *auditor) keys(ctx context.Context, after string, limit int) (f found, err error) {
	var from Key
	if err := parsePlace(after, &from); err != nil {
		return f, err
	}
	keys, err := a.books.Keys(ctx, from, limit)
	for _, k := range keys {
		if k.Astray {
			f.fault("I3", "key %q of %s for %s names no object", k.Key, k.Merchant, k.Path)
		}
	}
	f.objects = len(keys)
	if len(keys) == limit {
		f.next = formatPlace(keys[limit-1])
	}
	return f, err
}

func (a *auditor) floors(ctx context.Context, after string, limit int) (f found, err error) {
	var from BalanceKey
	if err := parsePlace(after, &from); err != nil {
		return f, err
	}
	floors, err := a.books.Floors(ctx, from, limit)
	for _, at := range floors {
		if at.Below {
			f.fault("I6", "%s in %s is below zero", at.Account, at.Asset)
		}
	}
	f.objects = len(floors)
	if len(floors) == limit {
		f.next = formatPlace(floors[limit-1].BalanceKey)
	}
	return f, err
}

func (a *auditor) sum(ctx context.Context, f *found) (err error) {
	a.totals, err = a.books.Totals(ctx)
	for _, total := range a.totals {
		if !total.IsZero() {
			f.fault("I4", "the ledger sums to %s", total)
		}
	}
	f.objects = len(a.totals)
	return err
}

func (a *auditor) drifts(ctx context.Context, f *found) error {
	drifts, err := a.books.Drifts(ctx)
	for _, s := range drifts {
		f.drift(s)
	}
	return err
}

// drift checks that a balance is the sum of its postings. How far it is off stays the same while the balance moves.
func (f *found) drift(s Standing) {
	if off := s.Balance.Sub(s.Postings); !off.IsZero() {
		f.fault("I6", "%s is %s beside the sum of its postings", s.Account, off)
	}
}

// ruleSet returns a version of treasury's rules, and nil where it is not to be had.
func (a *auditor) ruleSet(ctx context.Context, version int64) (*fx.RuleSet, error) {
	if rules, ok := a.rules[version]; ok {
		return rules, nil
	}
	text, err := a.books.RuleSet(ctx, version)
	if err != nil && !errors.Is(err, payment.ErrNotFound) {
		return nil, err
	}
	var rules *fx.RuleSet
	if err == nil {
		if rules, err = fx.LoadRules([]byte(text)); err != nil {
			return nil, fmt.Errorf("rule set %d: %w", version, err)
		}
	}
	if a.rules == nil || len(a.rules) >= rulesMax {
		a.rules = map[int64]*fx.RuleSet{}
	}
	a.rules[version] = rules
	return rules, nil
}

// formatPlace writes the key of an object as a place.
func formatPlace(key any) string {
	text, err := json.Marshal(key)
	if err != nil {
		panic("audit: a key did not encode: " + err.Error())
	}
	return string(text)
}

// parsePlace reads one into key; an empty place is the beginning.
func parsePlace(text string, key any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), key); err != nil {
		return fmt.Errorf("place %q: %w", text, err)
	}
	return nil
}
