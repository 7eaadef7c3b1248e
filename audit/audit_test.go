package audit_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// books hold one payment that was captured, and whatever a test makes of it.
type books struct {
	payment payment.Payment
	history []payment.OutcomeChange
	entries []ledger.Entry
	hashes  [][32]byte
	totals  []money.Amount
	rules   string

	untold  bool
	due     time.Time
	missing int64 // the link that is not there
	loose   []audit.Booked
	keys    []audit.Key
	floors  []audit.Floor
	drifts  []audit.Standing

	blocks, deposits, nonces []string
}

func sound(t *testing.T) *books {
	t.Helper()
	quote := fx.Quote{
		ID: "quo_1", Merchant: "m_1", Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed, Source: money.Must("99.99", "EUR"),
		Target: money.Must("0.00", "USD"), Rate: fx.Rate{Mid: money.MustRate("1.1", "EUR", "USD")}, RuleSet: 1, CreatedAt: start,
	}
	quote = quote.Recompute(fx.DefaultRules())
	var err error
	if quote.Hash, err = quote.Sum(); err != nil {
		t.Fatal(err)
	}
	b := &books{rules: string(fx.DefaultRulesText()), totals: []money.Amount{money.Must("0.00", "EUR"), money.Must("0.00", "USD")}}
	order := payment.Order{Capture: payment.CaptureAutomatic, Terms: payment.Terms{SettlementDays: 2}}
	var none payment.Payment
	p := payment.New("pay_1", "m_1", payment.Test, order, payment.Method{Type: payment.MethodCard}, quote, start, start.Add(time.Hour)).
		Begin(payment.Attempt{ID: "att_1", Channel: "card.a", Cost: money.Must("1.30", "EUR"), CreatedAt: start, Deadline: start}, payment.Decision{})
	b.commit(none, p)
	after, err := p.Learn(payment.News{Ref: "att_1", By: payment.ByAnswer, At: start, Result: payment.Result{Outcome: payment.Captured, Amount: p.Debit()}})
	if err != nil {
		t.Fatal(err)
	}
	b.commit(p, after)
	return b
}

func (b *books) commit(before, after payment.Payment) {
	after.Version = before.Version + 1
	t := payment.Transition{Before: before, After: after}
	b.history = append(b.history, t.Changes()...)
	for _, e := range payment.Book(before, after) {
		var head [32]byte
		if n := len(b.hashes); n > 0 {
			head = b.hashes[n-1]
		}
		b.entries = append(b.entries, e)
		b.hashes = append(b.hashes, ledger.Hash(head, e))
	}
	b.payment = after
}

func (b *books) Counts(context.Context) (map[string]int64, error) {
	return map[string]int64{"payments": 1, "seals": int64(len(b.entries))}, nil
}

func (b *books) Cases(_ context.Context, after payment.ID, _ int) ([]audit.Case, error) {
	if after != "" {
		return nil, nil
	}
	return []audit.Case{{Payment: b.payment, History: b.history, Untold: b.untold, DueAt: b.due}}, nil
}

func (b *books) Links(_ context.Context, after int64, limit int) ([]audit.Link, error) {
	var links []audit.Link
	for i := after; i < int64(len(b.entries)) && len(links) < limit; i++ {
		l := audit.Link{No: i + 1, Entry: b.entries[i], Hash: b.hashes[i]}
		if i > 0 {
			l.Before = b.hashes[i-1]
		}
		if l.No != b.missing {
			links = append(links, l)
		}
	}
	return links, nil
}

func (b *books) Booked(_ context.Context, after audit.Moment, _ int) ([]audit.Booked, error) {
	if after.ID != "" {
		return nil, nil
	}
	return b.loose, nil
}

func (b *books) Keys(context.Context, audit.Key, int) ([]audit.Key, error) { return b.keys, nil }

func (b *books) Floors(context.Context, audit.BalanceKey, int) ([]audit.Floor, error) {
	return b.floors, nil
}

func (b *books) Totals(context.Context) ([]money.Amount, error) { return b.totals, nil }

func (b *books) RuleSet(_ context.Context, version int64) (string, error) {
	if version != 1 {
		return "", payment.ErrNotFound
	}
	return b.rules, nil
}

func (b *books) Drifts(context.Context) ([]audit.Standing, error) { return b.drifts, nil }

func (b *books) ChainCounts(context.Context) (transfers, intents int64, err error) { return 1, 1, nil }

func (b *books) BlocksAstray(context.Context) ([]string, error) { return b.blocks, nil }

func (b *books) DepositsAstray(context.Context) ([]string, error) { return b.deposits, nil }

func (b *books) NoncesAstray(context.Context) ([]string, error) { return b.nonces, nil }

// broken runs the audit and returns the invariants that did not hold.
func broken(t *testing.T, b *books) []string {
	t.Helper()
	report, err := audit.Run(t.Context(), b, start, nil)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, i := range report.Invariants {
		if i.Broken > 0 {
			ids = append(ids, i.ID)
		}
	}
	if report.Held() != (len(ids) == 0) {
		t.Errorf("held is %t with %v broken", report.Held(), ids)
	}
	return ids
}

func TestSoundBooksHold(t *testing.T) {
	if got := broken(t, sound(t)); got != nil {
		t.Errorf("broken: %v", got)
	}
}

func TestEachDamageBreaksItsInvariant(t *testing.T) {
	for name, row := range map[string]struct {
		damage func(b *books)
		want   string
	}{
		"charged by two attempts": {func(b *books) {
			second := b.payment.Attempts[0]
			second.ID, second.No = "att_2", 2
			b.payment.Attempts = append(slices.Clone(b.payment.Attempts), second)
		}, "I1"},
		"succeeded with nothing captured": {func(b *books) {
			b.payment.Attempts[0].Captured = money.Must("0.00", "EUR")
		}, "I2"},
		"captured and failed": {func(b *books) {
			b.payment.Attempts[0].Outcome = payment.Declined
			b.payment.Closed = payment.GenericDecline
		}, "I2"},
		"a key without its object":   {func(b *books) { b.keys = []audit.Key{{Key: "k1", Astray: true}} }, "I3"},
		"a ledger that does not sum": {func(b *books) { b.totals[0] = money.Must("0.01", "EUR") }, "I4"},
		"an entry that does not sum": {func(b *books) { b.entries[0].Postings = b.entries[0].Postings[1:] }, "I4"},
		"a payment nobody looks at": {func(b *books) {
			b.payment.Attempts[0].Outcome, b.payment.Attempts[0].CheckAt, b.payment.SettleAt = payment.Unknown, time.Time{}, time.Time{}
		}, "I5"},
		"a payment that is overdue": {func(b *books) { b.due = start.Add(-time.Hour) }, "I5"},
		"a balance that drifted": {func(b *books) {
			b.drifts = []audit.Standing{{BalanceKey: audit.BalanceKey{Account: "x"}, Balance: money.Must("2.00", "EUR"), Postings: money.Must("1.00", "EUR")}}
		}, "I6"},
		"a balance below zero":       {func(b *books) { b.floors = []audit.Floor{{Below: true}} }, "I6"},
		"captured beyond the amount": {func(b *books) { b.payment.Attempts[0].Captured = money.Must("100.00", "EUR") }, "I7"},
		"a claim returned twice": {func(b *books) {
			b.returned(payment.ReceiptCredited, 2)
		}, "I7"},
		"a gap in the events":         {func(b *books) { b.untold = true }, "I8"},
		"arithmetic that is off":      {func(b *books) { b.payment.Quote.Target = money.Must("109.44", "USD") }, "I9"},
		"a quote for somebody else":   {func(b *books) { b.payment.Quote.Beneficiary = "ben_2" }, "I9"},
		"a quote used too late":       {func(b *books) { b.payment.CreatedAt = b.payment.Quote.ExpiresAt }, "I9"},
		"a block left out":            {func(b *books) { b.blocks = []string{"b1"} }, "I10"},
		"a deposit of no block":       {func(b *books) { b.deposits = []string{"d1"} }, "I10"},
		"a nonce left out":            {func(b *books) { b.nonces = []string{"n1"} }, "I11"},
		"an entry changed afterwards": {func(b *books) { b.entries[0] = b.entries[0].Reverse(b.entries[0].ID) }, "I12"},
		"an entry left out":           {func(b *books) { b.loose = []audit.Booked{{LeftOut: 2 * time.Minute}} }, "I12"},
		"a link left out": {func(b *books) {
			b.entries, b.hashes = append(b.entries, b.entries[0]), append(b.hashes, ledger.Hash(b.hashes[0], b.entries[0]))
			b.missing = 1
		}, "I12"},
		"an entry that is not sealed and does not sum": {func(b *books) {
			b.loose = []audit.Booked{{Entry: ledger.Entry{ID: "e:1", Postings: b.entries[0].Postings[1:]}}}
		}, "I4"},
		"a fee that no rule sets":     {func(b *books) { b.payment.Quote.Fees[0].Amount = money.Must("1.66", "USD") }, "I13"},
		"a rule set that is not kept": {func(b *books) { b.payment.Quote.RuleSet = 2 }, "I13"},
		"a transition not in the table": {func(b *books) {
			b.history = append(b.history, payment.OutcomeChange{Ref: "att_1", Was: "captured", Became: "declined"},
				payment.OutcomeChange{Ref: "att_1", Was: "declined", Became: "captured"})
		}, "I15"},
		"a history with a hole": {func(b *books) { b.history = b.history[1:] }, "I15"},
	} {
		b := sound(t)
		row.damage(b)
		if got := broken(t, b); !slices.Contains(got, row.want) {
			t.Errorf("%s: broken %v, want %s", name, got, row.want)
		}
	}
}

// returned has 5 euros come besides, in a state, and be returned so many times.
func (b *books) returned(state payment.ReceiptState, times int) {
	five := money.Must("5.00", "EUR")
	b.payment.Receipts = append(b.payment.Receipts, payment.Receipt{ID: "rct_0", Attempt: "att_1", Amount: b.payment.Attempts[0].Captured, State: payment.ReceiptCredited})
	b.payment.Receipts = append(b.payment.Receipts, payment.Receipt{ID: "rct_1", Attempt: "att_1", Amount: five, State: state})
	for range times {
		b.payment.Operations = append(b.payment.Operations, payment.Operation{ID: "clm_1", Attempt: "att_1", Kind: payment.ClaimReturn, Amount: five, Outcome: payment.Done})
	}
}

// TestAClaimMayBeShortOnlyOfWhatAChainTookBack: that is a hole that the house bears, and any other is a fault.
func TestAClaimMayBeShortOnlyOfWhatAChainTookBack(t *testing.T) {
	for _, row := range []struct {
		state payment.ReceiptState
		times int
		fault bool
	}{
		{payment.ReceiptCredited, 1, false}, {payment.ReceiptSeen, 1, true}, {payment.ReceiptOrphaned, 1, false},
	} {
		b := sound(t)
		b.returned(row.state, row.times)
		if got := broken(t, b); slices.Contains(got, "I7") != row.fault {
			t.Errorf("%s and returned %d times: broken are %v", row.state, row.times, got)
		}
	}
}

// TestAPayoutIsNoReceipt: a bank's channel collects and pays out, and nobody sends money to a payout.
func TestAPayoutIsNoReceipt(t *testing.T) {
	b := sound(t)
	b.payment.Attempts[0].Capabilities = payment.Capabilities{Push: true, Payout: true}
	if got := broken(t, b); !slices.Contains(got, "I2") {
		t.Errorf("a collection was paid by nobody: broken are %v", got)
	}
	b.payment.Direction = fx.Send
	if got := broken(t, b); slices.Contains(got, "I2") {
		t.Errorf("a payout: broken are %v", got)
	}
}
