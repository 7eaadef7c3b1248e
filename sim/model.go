package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Violation is an invariant that did not hold.
type Violation struct {
	Invariant string // its number, or one of those below
	Of        string // payment, account or client
	What      string
}

// What must be true at the end beside the numbered invariants.
const (
	HeldByPeers    = "held"   // what the ledger says that peers have of ours they have, to the last unit
	NeedlessReview = "review" // people have to decide only what nobody else can
)

// violationsMax is how many are told; one is enough to fail.
const violationsMax = 20

// model is what must be true, kept as small as it can be: it is told of every step that became true, and at the end holds
// what the gateways say against what their peers did.
type model struct {
	acknowledged map[payment.ID]bool // what merchants were told of
	made         map[payment.ID]struct{}
	keys         map[[3]string]string     // what a key names, for ever
	quotes       map[string]payment.ID    // what a price was used for
	entries      map[string]struct{}      // by cause
	balances     map[account]money.Amount // debits less credits
	statuses     map[payment.Status]int
	reviews      map[string]int // references in review at the end, by why that is right
	violations   []Violation
}

// account is where the ledger keeps one asset.
type account struct {
	name  ledger.Account
	asset money.Asset
}

func newModel() *model {
	return &model{
		acknowledged: map[payment.ID]bool{}, made: map[payment.ID]struct{}{}, keys: map[[3]string]string{}, quotes: map[string]payment.ID{},
		entries: map[string]struct{}{}, balances: map[account]money.Amount{}, statuses: map[payment.Status]int{}, reviews: map[string]int{},
	}
}

func (m *model) broken(invariant, of, what string) {
	if len(m.violations) < violationsMax {
		m.violations = append(m.violations, Violation{invariant, of, what})
	}
}

// observe holds every step that became true against what may follow from the step before.
func (m *model) observe(t payment.Transition) {
	id := t.After.ID
	m.made[id] = struct{}{}
	for _, e := range t.Entries {
		m.post(e)
	}
	m.floors(t)
	m.observeKey(t)
	m.observePrice(t)
	m.observeEvents(t)
	for _, c := range t.Changes() {
		if !allowed(t, c) {
			m.broken("I15", string(id), fmt.Sprintf("%s went from %s to %s", c.Ref, c.Was, c.Became))
		}
	}
	if t.After.Refunded().Cmp(t.After.Received()) > 0 || t.After.Refunding().Cmp(t.After.Received()) > 0 {
		m.broken("I7", string(id), fmt.Sprintf("%s are refunded of %s", t.After.Refunding(), t.After.Received()))
	}
	live := 0
	for _, a := range t.After.Attempts {
		if a.Live() {
			live++
		}
		if a.Captured.Cmp(a.Amount) > 0 {
			m.broken("I7", string(id), fmt.Sprintf("%s were captured of %s", a.Captured, a.Amount))
		}
	}
	if live > 1 {
		m.broken("I1", string(id), fmt.Sprintf("%d attempts can move money", live))
	}
}

// observeKey demands that a key names one object for ever.
func (m *model) observeKey(t payment.Transition) {
	if t.Key == nil {
		return
	}
	name := [3]string{t.Key.Merchant, t.Key.Path, t.Key.Key}
	if object, used := m.keys[name]; used && object != t.Key.Object {
		m.broken("I3", string(t.After.ID), fmt.Sprintf("key %s named %s and now %s", t.Key.Key, object, t.Key.Object))
	}
	m.keys[name] = t.Key.Object
}

// observePrice demands that a price is used once, in time, and that its sums follow from it.
func (m *model) observePrice(t payment.Transition) {
	q, id := t.After.Quote, t.After.ID
	if q.ID == t.Before.Quote.ID {
		return
	}
	if of, used := m.quotes[q.ID]; used && of != id {
		m.broken("I9", string(id), fmt.Sprintf("quote %s was used by %s", q.ID, of))
	}
	m.quotes[q.ID] = id
	if t.Accept != "" && !q.ExpiresAt.After(t.After.UpdatedAt) {
		m.broken("I9", string(id), "its quote had expired")
	}
	if !q.AtMid.Equal(q.Target.Add(q.Margin).Add(q.Residual)) && q.Source.Asset() != q.Target.Asset() && t.After.Direction == fx.Collect {
		m.broken("I9", string(id), fmt.Sprintf("%s at mid are %s, %s and %s", q.AtMid, q.Target, q.Margin, q.Residual))
	}
	fees := q.Fee().Asset().Zero()
	for _, f := range q.Fees {
		if f.Amount.Asset() == fees.Asset() && f.Payer == fx.Merchant {
			fees = fees.Add(f.Amount)
		}
	}
	if t.After.Direction == fx.Collect && !fees.Equal(q.Fee()) {
		m.broken("I13", string(id), fmt.Sprintf("fees sum to %s, not %s", fees, q.Fee()))
	}
}

// observeEvents demands an event for every change of a status, numbered without a gap.
func (m *model) observeEvents(t payment.Transition) {
	id, sequence := string(t.After.ID), t.Before.Sequence
	for _, e := range t.Events {
		if sequence++; e.Sequence != sequence {
			m.broken("I8", id, fmt.Sprintf("event %d follows %d", e.Sequence, sequence-1))
		}
	}
	if t.After.Sequence != sequence {
		m.broken("I8", id, fmt.Sprintf("%d events were told of %d", sequence, t.After.Sequence))
	}
	if len(t.Events) == 0 && (t.New() || t.Before.Status() != t.After.Status()) {
		m.broken("I8", id, fmt.Sprintf("became %s without an event", t.After.Status()))
	}
}

func allowed(t payment.Transition, c payment.OutcomeChange) bool {
	if c.Was == "" {
		return true
	}
	var was, became payment.Outcome
	if was.UnmarshalText([]byte(c.Was)) != nil || became.UnmarshalText([]byte(c.Became)) != nil {
		return false
	}
	if _, isAttempt := t.After.Attempt(c.Ref); isAttempt {
		return was.Allows(became)
	}
	return was.AllowsOperation(became)
}

// judge holds what the gateways say at the end against what their peers did. By then everything has come to rest.
func (w *world) judge() {
	ctx := context.Background()
	for _, id := range slices.Sorted(maps.Keys(w.acknowledged)) {
		if _, err := w.db.Payment(ctx, id); err != nil {
			w.broken("I5", string(id), "was acknowledged and is lost")
		}
	}
	deposits := w.net.standing()
	for _, id := range slices.Sorted(maps.Keys(w.made)) {
		p, err := w.db.Payment(ctx, id)
		if err != nil {
			w.broken("I5", string(id), err.Error())
			continue
		}
		w.judgePayment(p, deposits)
	}
	w.judgeBooks(ctx, deposits)
	w.judgePurse()
}

// story tells what a payment went through, for whoever has to find out why.
func story(p payment.Payment) string {
	text := ""
	for _, a := range p.Attempts {
		text += fmt.Sprintf("; %s on %s %s of %s, %s (%s) checks %d at %s", a.ID, a.Channel, a.Captured, a.Amount, a.Outcome, a.Reason, a.Checks, a.CheckAt.Format(time.DateTime))
	}
	for _, o := range p.Operations {
		text += fmt.Sprintf("; %s %s %s %s (%s) checks %d at %s", o.Kind, o.ID, o.Amount, o.Outcome, o.Reason, o.Checks, o.CheckAt.Format(time.DateTime))
	}
	for _, r := range p.Receipts {
		text += fmt.Sprintf("; receipt %s %s %s", r.Reference, r.Amount, r.State)
	}
	return text + " closed: " + string(p.Closed)
}
