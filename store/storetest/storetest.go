// Package storetest is the suite that the store passes on every database.
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

// Run runs the suite. open returns an empty database, which is closed and removed with the test.
func Run(t *testing.T, open func(t *testing.T) *store.DB) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *suite)
	}{
		{"a payment comes back as it was stored", roundTrip},
		{"of twenty that change one version one wins", oneWins},
		{"a second live attempt is refused", oneLive},
		{"fifty requests with one key make one payment", oneKey},
		{"an answer is kept and given again", keptAnswer},
		{"refunds beyond the captures are refused", refundGuard},
		{"a balance below its floor is refused whole", floor},
		{"an entry is posted once", postedOnce},
		{"entries are read in the order of the step", inOrder},
		{"an entry that does not add up is refused for good", badEntry},
		{"a review is resolved by two people", twoPeople},
		{"an orphan is released once and refunded once", bothReversals},
		{"a quote is accepted once and in time", quoteOnce},
		{"a callback is processed once", callbackOnce},
		{"claims do not overlap", claims},
		{"claims pass over channels that are full", claimsExcept},
		{"a lease changes hands when it lapses", lease},
		{"two sealers make one chain", oneChain},
		{"large amounts stay exact", exact},
		{"pages are stable both ways", pages},
		{"an audit beside commits is green", auditBeside},
		{"changes of an endpoint keep each other", endpoints},
		{"what was meant for a deleted endpoint is not claimed", orphanedDelivery},
		{"flags keep the newest decision", flags},
		{"a rule set keeps its text", ruleSets},
		{"receipts come back, and a place is given out once", receipts},
		{"a new price is kept, and is of one payment", repriced},
		{"a stray is booked once", strays},
		{"serial numbers have no gaps and no twins", numbers},
		{"a cursor moves on", cursors},
		{"payouts are held, listed and covered", payouts},
		{"a held rate outlives a restart until it is released", heldRates},
		{"a statement takes the place of the one before", statements},
		{"entries are found by time and by reference", booked},
		{"a difference has one open break", breaks},
		{"a break is resolved by two people, once", remedies},
		{"a closed database is unavailable", unavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, &suite{t: t, DB: open(t)})
		})
	}
}

// suite is one empty database with what the tests need.
type suite struct {
	*store.DB

	t *testing.T
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

// sound demands that the audit finds nothing wrong with keys, entries, balances and events. Nothing here has a price.
func (s *suite) sound() {
	s.t.Helper()
	ctx := s.t.Context()
	report, err := audit.Run(ctx, s, start, nil)
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

func flags(t *testing.T, s *suite) {
	newer := breaker.Flag{Channel: "card.a", Status: breaker.Draining, By: "op", At: start.Add(time.Second)}
	older := breaker.Flag{Channel: "card.a", Status: breaker.ForcedOpen, By: "op", At: start}
	for _, f := range []breaker.Flag{newer, older} {
		if err := s.SaveChannelFlag(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := s.ChannelFlags(t.Context())
	if err != nil || len(kept) != 1 || kept[0].Status != breaker.Draining {
		t.Errorf("kept %+v, %v", kept, err)
	}
}

// heldRates is two gateways after one another on one database, whose feed has slipped a point.
func heldRates(t *testing.T, s *suite) {
	n, at := 0, start
	id := func() string { n++; return fmt.Sprintf("rate_%03d", n) }
	begin := func() *fx.Board {
		board := fx.NewBoard(fx.Policy{
			Feeds: map[string]fx.Trust{"f": {Kind: fx.Live, MaxAge: time.Minute, FirmOn: true}}, Persist: s.AppendRates, NewID: id,
		})
		known, err := s.LatestRates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		board.Restore(known)
		return board
	}
	eur, usd := money.MustAsset("EUR"), money.MustAsset("USD")
	says := func(board *fx.Board, rate, want string) {
		t.Helper()
		at = at.Add(10 * time.Second)
		if _, err := board.Add(t.Context(), "f", at, []fx.Observation{{Base: "EUR", Quote: "USD", Rate: rate, ObservedAt: at}}); err != nil {
			t.Fatal(err)
		}
		if mid, _, err := board.Mid(eur, usd, fx.Firm, at); mid.Value() != want {
			t.Errorf("after %s the mid is %s, want %s (%v)", rate, mid.Value(), want, err)
		}
	}
	first := begin()
	says(first, "1.1", "1.1")
	says(first, "11.0", "0") // held: no price at all
	says(begin(), "11.0", "0")

	held, err := s.HeldRates(t.Context())
	if err != nil || len(held) != 1 || held[0].Rate != "11.0" {
		t.Fatalf("held %+v, %v", held, err)
	}
	running := begin()
	at = at.Add(time.Second)
	released, err := s.ReleaseRate(t.Context(), held[0].ID, id(), at)
	if err != nil || released.Held || released.Releases != held[0].ID {
		t.Fatalf("released %+v, %v", released, err)
	}
	took, err := s.ReleasedRates(t.Context(), start)
	if err != nil || len(took) != 1 {
		t.Fatalf("released %+v, %v", took, err)
	}
	running.TakeOver(took)
	says(running, "11.1", "11.1")
	running.TakeOver(took)
	says(running, "1.1", "0")
	says(begin(), "11.2", "11.2")
	if held, err := s.HeldRates(t.Context()); err != nil || len(held) != 0 {
		t.Errorf("still held %+v, %v", held, err)
	}
	_, err = s.ReleaseRate(t.Context(), released.Releases, id(), at)
	s.wants(err, fx.ErrUnknownSnapshot)
	_, err = s.ReleaseRate(t.Context(), "rate_none", id(), at)
	s.wants(err, fx.ErrUnknownSnapshot)
}

func ruleSets(t *testing.T, s *suite) {
	if err := s.SaveRuleSet(t.Context(), 1, "one", start); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveRuleSet(t.Context(), 1, "one", start); err != nil {
		t.Errorf("the same again: %v", err)
	}
	s.wants(s.SaveRuleSet(t.Context(), 1, "two", start), store.ErrRuleSetChanged)
}

func unavailable(t *testing.T, s *suite) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.wants(s.Commit(t.Context(), step(payment.Payment{}, s.payment(1))), payment.ErrUnavailable)
	s.wants(s.Ping(t.Context()), payment.ErrUnavailable)
	_, err := s.Payment(t.Context(), "pay_001")
	s.wants(err, payment.ErrUnavailable)
}
