// Package storetest is the suite that stores pass: RunEngine what an engine needs, on whatever keeps it, and Run all of it, on
// every database.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

// Engine is what the suite asks of a store that an engine runs on, be it a database or not.
type Engine interface {
	Commit(ctx context.Context, t payment.Transition) error
	Payment(ctx context.Context, id payment.ID) (payment.Payment, error)
	PaymentOf(ctx context.Context, ref string) (payment.ID, error)
	Key(ctx context.Context, merchant, path, key string) (payment.Key, error)
	KeepAnswer(ctx context.Context, a payment.Answer) (payment.Answer, error)
	Due(ctx context.Context, now, until time.Time, limit int, except ...string) ([]payment.ID, error)
	Lease(ctx context.Context, name, owner string, now, until time.Time) (epoch int64, ok bool, err error)

	Propose(ctx context.Context, r payment.Ruling) error
	Proposal(ctx context.Context, ref string) (payment.Ruling, error)
	ProposeClaim(ctx context.Context, r payment.ClaimRuling) error
	ClaimRulings(ctx context.Context, id payment.ID) ([]payment.ClaimRuling, error)

	SaveQuote(ctx context.Context, q fx.Quote) error
	Quote(ctx context.Context, merchant, id string) (fx.Quote, error)
	SaveBeneficiary(ctx context.Context, b payment.Beneficiary) error
	Beneficiary(ctx context.Context, merchant string, mode payment.Mode, id string) (payment.Beneficiary, error)

	Number(ctx context.Context, name string) (int64, error)
	Cursor(ctx context.Context, name string) (string, error)
	SaveCursor(ctx context.Context, name, place string, now time.Time) error
	AttemptAt(ctx context.Context, channel, payTo string) (payment.ID, string, error)
	ReceiptOf(ctx context.Context, channel, reference string) (payment.ID, string, error)
	Hoards(ctx context.Context, channel, after string, now time.Time, limit int) ([]payment.Hoard, string, error)
	KeepStray(ctx context.Context, channel, payTo string, r payment.Receipt, e ledger.Entry, now time.Time) error
	MoveStray(ctx context.Context, from, to payment.Receipt, e ledger.Entry, now time.Time) error
	Stray(ctx context.Context, channel, reference string) (payment.Receipt, error)

	Post(ctx context.Context, e ledger.Entry, now time.Time) error
	Balance(ctx context.Context, account ledger.Account, asset money.Asset) (money.Amount, error)
	Totals(ctx context.Context) ([]money.Amount, error)
}

// Dying runs a commit whose writer dies before it is made: with its connection, or before it reached the store.
type Dying func(commit func(ctx context.Context) error) error

// RunEngine runs what an engine needs of its store. open returns an empty one.
func RunEngine(t *testing.T, open func(t *testing.T) (Engine, Dying)) {
	if err := money.Register(ether); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *suite)
	}{
		{"a payment comes back as it was stored", roundTrip},
		{"of twenty that change one version one wins", oneWins},
		{"a second live attempt is refused", oneLive},
		{"whoever is refused takes no neighbour along", neighbours},
		{"fifty requests with one key make one payment", oneKey},
		{"an answer is kept and given again", keptAnswer},
		{"a commit that dies before it is made leaves nothing", lostWork},
		{"nothing is done for a caller who has gone", gone},
		{"refunds beyond the captures are refused", refundGuard},
		{"a balance below its floor is refused whole", floor},
		{"an entry is posted once", postedOnce},
		{"an entry of no payment is posted once", posted},
		{"an entry that does not add up is refused for good", badEntry},
		{"a review is resolved by two people", twoPeople},
		{"an orphan is released once and refunded once", bothReversals},
		{"a quote is accepted once and in time", quoteOnce},
		{"a callback is processed once", callbackOnce},
		{"what was done before is told before that another was first", usedBefore},
		{"claims do not overlap", claims},
		{"claims pass over channels that are full", claimsExcept},
		{"a lease changes hands when it lapses", lease},
		{"large amounts stay exact", exact},
		{"receipts come back, and a place is given out once", receipts},
		{"a new price is kept, and is of one payment", repriced},
		{"a stray is booked once", strays},
		{"serial numbers have no gaps and no twins", numbers},
		{"a cursor moves on", cursors},
		{"payouts are held and covered", payouts},
		{"a beneficiary is its merchant's", beneficiaries},
		{"what can be swept is listed until it is swept", sweeps},
		{"a claim is returned by two people, once", returnedClaims},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &suite{t: t}
			s.Engine, s.dying = open(t)
			test.run(t, s)
		})
	}
}

// Run runs the whole suite. open returns an empty database, which is closed and removed with the test.
func Run(t *testing.T, open func(t *testing.T) (*store.DB, Dying)) {
	RunEngine(t, func(t *testing.T) (Engine, Dying) { return open(t) })
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *database)
	}{
		{"answers are dropped after a week", prunedAnswer},
		{"entries are read in the order of the step", inOrder},
		{"what is in review is listed", listedReview},
		{"two sealers make one chain", oneChain},
		{"pages are stable both ways", pages},
		{"an audit beside commits is green", auditBeside},
		{"changes of an endpoint keep each other", endpoints},
		{"an event is fanned out once its step is committed", fannedOut},
		{"of gateways that fan out at once each takes its own", fannedOutTogether},
		{"what was meant for a deleted endpoint is not claimed", orphanedDelivery},
		{"flags keep the newest decision", flags},
		{"a rule set keeps its text", ruleSets},
		{"it is known when a cursor moved", cursorsMoved},
		{"payouts are listed", listedPayouts},
		{"a held rate outlives a restart until it is released", heldRates},
		{"a statement takes the place of the one before", statements},
		{"entries are found by time and by reference", booked},
		{"a difference has one open break", breaks},
		{"a break is resolved by two people, once", remedies},
		{"a closed database is unavailable", unavailable},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newDatabase(t, open)) })
	}
}

// suite is one empty store with what the tests need.
type suite struct {
	Engine

	t     *testing.T
	dying Dying
}

// database is one empty database.
type database struct {
	*store.DB
	suite
}

func newDatabase(t *testing.T, open func(t *testing.T) (*store.DB, Dying)) *database {
	db, dying := open(t)
	return &database{db, suite{Engine: db, t: t, dying: dying}}
}

// Start is when every payment of the suite begins.
var Start = time.Date(2026, 11, 2, 9, 0, 0, 123456000, time.UTC)

var start = Start

// payment makes a payment of EUR 99.99 settled in USD with a first attempt, and does not store it.
func (s *suite) payment(n int) payment.Payment { return paymentOf(n) }

func paymentOf(n int) payment.Payment {
	quote := fx.Quote{
		ID: fmt.Sprintf("quo_%03d", n), Merchant: "m_1", Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed,
		Source: money.Must("99.99", "EUR"), Target: money.Must("109.43", "USD"),
		Rate:  fx.Rate{Mid: money.MustRate("1.1", "EUR", "USD"), Client: money.MustRate("1.0945", "EUR", "USD"), MarginBps: 50},
		Fees:  []fx.Fee{{Code: "processing", Rule: "r", Payer: fx.Merchant, Amount: money.Must("1.65", "USD")}},
		AtMid: exactly("109.989", "USD"), Margin: exactly("0.549945", "USD"), Residual: exactly("0.009055", "USD"),
		RuleSet: 1, Status: fx.Accepted, CreatedAt: start, ExpiresAt: start.Add(15 * time.Minute),
	}
	order := payment.Order{
		Capture: payment.CaptureAutomatic, Reference: fmt.Sprintf("order-%d", n),
		Metadata: map[string]string{"n": fmt.Sprint(n)}, Terms: payment.Terms{SettlementDays: 2, Refund: fx.RefundTerms{Rate: fx.Original, Days: 90}},
	}
	method := payment.Method{Type: payment.MethodCard, Token: "tok_visa"}
	return begun(payment.New(payment.ID(fmt.Sprintf("pay_%03d", n)), "m_1", payment.Test, order, method, quote, start, start.Add(time.Hour)), n)
}

// begun adds the first attempt of payment n.
func begun(p payment.Payment, n int) payment.Payment {
	return p.Begin(payment.Attempt{
		ID: fmt.Sprintf("att_%03d", n), Channel: "card.a", Cost: money.Must("1.30", "EUR"),
		Capabilities: payment.Capabilities{Replay: time.Hour, Inquiry: true, Fence: true}, CreatedAt: start, Deadline: start.Add(time.Second),
	}, payment.Decision{Chosen: "card.a", Candidates: []payment.Candidate{{Channel: "card.a", Eligible: true, Cost: money.Must("1.30", "EUR")}}, At: start})
}

func exactly(text, asset string) money.Amount {
	a, err := money.Restore(text, money.MustAsset(asset))
	if err != nil {
		panic(err)
	}
	return a
}

// step computes the transition from one payment to the next, as the engine does.
func step(before, after payment.Payment) payment.Transition {
	after.Version = before.Version + 1
	after.UpdatedAt = start.Add(time.Duration(after.Version) * time.Second)
	n := 0
	after, events := payment.Tell(before, after, after.UpdatedAt, func(prefix string) string {
		n++
		return fmt.Sprintf("%s_%s_%03d_%d", prefix, after.ID, after.Version, n)
	})
	return payment.Transition{Before: before, After: after, Events: events, Entries: payment.Book(before, after)}
}

// stored commits the first version of payment n.
func (s *suite) stored(n int) payment.Payment {
	s.t.Helper()
	return s.commit(step(payment.Payment{}, s.payment(n)))
}

// captured commits the first two versions of payment n.
func (s *suite) captured(n int) payment.Payment {
	s.t.Helper()
	p := s.stored(n)
	return s.commit(step(p, s.learn(p, payment.Captured)))
}

func (s *suite) learn(p payment.Payment, outcome payment.Outcome) payment.Payment {
	s.t.Helper()
	last, _ := p.Last()
	after, err := p.Learn(payment.News{
		Ref: last.ID, By: payment.ByAnswer, At: start.Add(time.Second), Result: payment.Result{Outcome: outcome, Amount: last.Amount, ProviderID: "ch_1"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return after
}

func (s *suite) commit(t payment.Transition) payment.Payment {
	s.t.Helper()
	if err := s.Commit(s.t.Context(), t); err != nil {
		s.t.Fatal(err)
	}
	return t.After
}

func (s *suite) load(id payment.ID) payment.Payment {
	s.t.Helper()
	p, err := s.Payment(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *suite) wants(got, want error) {
	s.t.Helper()
	if !errors.Is(got, want) {
		s.t.Errorf("got %v, want %v", got, want)
	}
}

// balance is what stands on an account, as its normal side shows it.
func (s *suite) balance(account ledger.Account, asset string) string {
	s.t.Helper()
	b, err := s.Balance(s.t.Context(), account, money.MustAsset(asset))
	if err != nil {
		s.t.Fatal(err)
	}
	return b.Value()
}

// sound demands that the ledger sums to zero, and of a database that the audit finds nothing wrong with keys, entries,
// balances and events. Nothing here has a price.
func (s *suite) sound() {
	s.t.Helper()
	ctx := s.t.Context()
	totals, err := s.Totals(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, sum := range totals {
		if !sum.IsZero() {
			s.t.Errorf("the ledger sums to %s", sum)
		}
	}
	books, ok := s.Engine.(audit.Books)
	if !ok {
		return
	}
	report, err := audit.Run(ctx, books, start, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, i := range report.Invariants {
		if i.Broken > 0 && slices.Contains([]string{"I3", "I4", "I6", "I8"}, i.ID) {
			s.t.Errorf("%s: %v", i.ID, i.Faults)
		}
	}
}

// together runs do n times at once and returns how often each error came, nil under the empty name.
func together(n int, do func(i int) error) map[string]int {
	var mu sync.Mutex
	var running sync.WaitGroup
	results := map[string]int{}
	for i := range n {
		running.Go(func() {
			name := ""
			if err := do(i); err != nil {
				name = "unexpected: " + err.Error()
				for _, known := range []error{payment.ErrConflict, payment.ErrKeyUsed, payment.ErrLiveAttempt, payment.ErrQuoteUsed, payment.ErrDuplicateCallback} {
					if errors.Is(err, known) {
						name = known.Error()
					}
				}
			}
			mu.Lock()
			results[name]++
			mu.Unlock()
		})
	}
	running.Wait()
	return results
}
