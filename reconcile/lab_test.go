package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/reconcile"
	"github.com/causeway-pay/causeway/store"
)

// The channels of a lab: an acquirer, and a bank whose statements have balances.
const (
	acme = "card.acme"
	bank = "bank.home"
)

// today is the day that most tests reconcile.
var today = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)

// lab is books, channels whose statements a test writes, and a clock that it moves.
type lab struct {
	*reconcile.Reconciler

	t        *testing.T
	db       *store.DB
	now      time.Time
	channels map[string]*channel
	reported []string
	report   func(ref string) error // what the gateway does when it is told
}

// channel is the statements of one channel.
type channel struct {
	days    map[string][]rails.Movement
	balance money.Amount // at the end of every day; zero: it says none
	until   time.Time    // of its statements; zero: the end of the day
	err     error
	asked   []string
}

// Statement returns what the test wrote.
func (c *channel) Statement(_ context.Context, day time.Time) (rails.Statement, error) {
	date := day.Format(time.DateOnly)
	c.asked = append(c.asked, date)
	s := rails.Statement{From: day, Until: day.AddDate(0, 0, 1), Movements: c.days[date]}
	if !c.until.IsZero() {
		s.Until = c.until
	}
	if !c.balance.Asset().IsZero() {
		s.Closing = []money.Amount{c.balance}
	}
	return s, c.err
}

func newLab(t *testing.T) *lab {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "causeway.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	l := &lab{
		t: t, db: db, now: today.Add(26 * time.Hour), report: func(string) error { return nil },
		channels: map[string]*channel{acme: {days: map[string][]rails.Movement{}}, bank: {days: map[string][]rails.Movement{}}},
	}
	ids := 0
	l.Reconciler = reconcile.New(reconcile.Deps{
		Store: db, Reporter: l, Now: func() time.Time { return l.now }, Name: "gw", After: 2 * time.Hour, Log: slog.New(slog.DiscardHandler),
		NewID: func(prefix string) string { ids++; return fmt.Sprintf("%s_%04d", prefix, ids) },
		Channels: []reconcile.Channel{
			{Name: acme, Statements: l.channels[acme], Accounts: []ledger.Account{ledger.ChannelReceivable(acme)}},
			{Name: bank, Statements: l.channels[bank], Accounts: []ledger.Account{ledger.Nostro(bank, "EUR")}},
		},
	})
	return l
}

// Report notes what the gateway is told of.
func (l *lab) Report(_ context.Context, ref string) error {
	l.reported = append(l.reported, ref)
	return l.report(ref)
}

// says adds a row to a channel's statement: "charge att_1 10.00", at so long after the day began.
func (l *lab) says(name string, day time.Time, after time.Duration, row string) {
	l.t.Helper()
	words := strings.Fields(row)
	m := rails.Movement{Kind: rails.MovementKind(words[0]), Reference: words[1], Amount: euros(words[2]), BookedAt: day.Add(after)}
	if len(words) > 3 {
		m.ID = words[3]
	}
	date := day.Format(time.DateOnly)
	l.channels[name].days[date] = append(l.channels[name].days[date], m)
}

// forgets empties a statement.
func (l *lab) forgets(name string, day time.Time) {
	delete(l.channels[name].days, day.Format(time.DateOnly))
}

// charged books a charge of an attempt at the acquirer, with what it is expected to cost.
func (l *lab) charged(attempt, value string, at time.Time) {
	l.t.Helper()
	receivable := ledger.ChannelReceivable(acme)
	l.under(attempt, ledger.Entry{ID: attempt + ":captured", Postings: []ledger.Posting{
		{Account: receivable, Amount: euros(value)},
		{Account: ledger.Position, Amount: euros(value).Neg()},
		{Account: ledger.CostChannel, Amount: euros("0.10")},
		{Account: receivable, Amount: euros("0.10").Neg()},
	}}, at)
}

// paid books a payout's debit at the bank.
func (l *lab) paid(attempt, value string, at time.Time) {
	l.t.Helper()
	l.under(attempt, ledger.PayoutSettled{ID: attempt + ":booked", Channel: bank, Bank: bank, Amount: euros(value)}.Entry(), at)
}

// under books an entry of the payment of an attempt.
func (l *lab) under(attempt string, e ledger.Entry, at time.Time) {
	l.t.Helper()
	id, err := l.db.PaymentOf(l.t.Context(), attempt)
	if errors.Is(err, payment.ErrNotFound) {
		id = l.unknown(attempt)
	}
	before, err := l.db.Payment(l.t.Context(), id)
	if err != nil {
		l.t.Fatal(err)
	}
	after := before
	after.Version, after.UpdatedAt = before.Version+1, at
	if err := l.db.Commit(l.t.Context(), payment.Transition{Before: before, After: after, Entries: []ledger.Entry{e}}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) books(e ledger.Entry, at time.Time) {
	l.t.Helper()
	if err := l.db.Post(l.t.Context(), e, at); err != nil {
		l.t.Fatal(err)
	}
}

func euros(value string) money.Amount { return money.Must(value, "EUR") }

// run reconciles a day and returns the report.
func (l *lab) run(name string, day time.Time) reconcile.Report {
	l.t.Helper()
	report, err := l.Run(l.t.Context(), name, day)
	if err != nil {
		l.t.Fatal(err)
	}
	return report
}

// finds reconciles a day and demands these open breaks, "kind movement reference theirs ours" each.
func (l *lab) finds(name string, day time.Time, want ...string) []reconcile.Break {
	l.t.Helper()
	report := l.run(name, day)
	var found []string
	for _, b := range report.Breaks {
		found = append(found, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %s", b.Kind, b.Movement, b.Reference, b.Theirs.Value(), b.Ours.Value())), " "))
	}
	if strings.Join(found, "\n") != strings.Join(want, "\n") {
		l.t.Errorf("%s on %s: open are\n%s\nwant\n%s", name, day.Format(time.DateOnly), strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
	return report.Breaks
}

func (l *lab) balance(account ledger.Account) string {
	l.t.Helper()
	found, err := l.db.Balance(l.t.Context(), account, money.MustAsset("EUR"))
	if err != nil {
		l.t.Fatal(err)
	}
	return found.Value()
}

// unknown stores a payment with an attempt at the acquirer that nobody knows the fate of, and returns its id.
func (l *lab) unknown(attempt string) payment.ID {
	l.t.Helper()
	id := payment.ID("pay_" + attempt)
	amount, zero := euros("10.00"), euros("0.00")
	quote := fx.Quote{
		ID: "quo_" + attempt, Merchant: "m_1", Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed, Source: amount, Target: amount,
		Rate: fx.Rate{Mid: money.MustRate("1", "EUR", "EUR"), Client: money.MustRate("1", "EUR", "EUR")}, AtMid: amount, Margin: zero, Residual: zero,
		RuleSet: 1, Status: fx.Accepted, CreatedAt: today, ExpiresAt: today.Add(time.Hour),
	}
	p := payment.New(id, "m_1", payment.Test, payment.Order{Capture: payment.CaptureAutomatic}, payment.Method{Type: payment.MethodCard, Token: "tok"}, quote, today, today.Add(time.Hour))
	p = p.Begin(payment.Attempt{ID: attempt, Channel: acme, Cost: zero, CreatedAt: today, Deadline: today.Add(time.Minute)}, payment.Decision{Chosen: acme, At: today})
	p.Version, p.UpdatedAt = 1, today
	p, events := payment.Tell(payment.Payment{}, p, today, func(prefix string) string { return prefix + "_" + attempt })
	if err := l.db.Commit(l.t.Context(), payment.Transition{After: p, Events: events}); err != nil {
		l.t.Fatal(err)
	}
	return id
}
