package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

var same = cmp.Options{
	cmp.Comparer(func(a, b money.Amount) bool { return a.Equal(b) || (a.IsZero() && b.IsZero()) }),
	cmp.Comparer(func(a, b money.Rate) bool { return a.IsZero() == b.IsZero() && (a.IsZero() || a.Cmp(b) == 0) }),
	cmpopts.EquateEmpty(),
}

func roundTrip(t *testing.T, s *suite) {
	p := s.captured(1)
	requested, err := p.BeginRefund(payment.Operation{ID: "ref_1", Amount: money.Must("10.00", "EUR"), Note: "wrong size", CreatedAt: start, Deadline: start.Add(time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	requested.Operations[0].Booking = p.PriceRefund(money.Must("10.00", "EUR"), money.MustRate("1.13", "EUR", "USD"), start)
	p = s.commit(step(p, requested))
	if diff := cmp.Diff(p, s.load(p.ID), same); diff != "" {
		t.Errorf("stored and loaded differ:\n%s", diff)
	}
	late := p
	late.Operations = append([]payment.Operation{}, p.Operations...)
	late.Operations[0].Booking.Mid, late.Operations[0].Booking.Paid = money.MustRate("1.13", "EUR", "USD"), money.Must("10.00", "EUR")
	p = s.commit(step(p, late))
	again := start.Add(time.Minute)
	p = s.commit(step(p, p.Resend("ref_1", again).Resend("att_001", again)))
	if diff := cmp.Diff(p, s.load(p.ID), same); diff != "" || !p.Operations[0].SentAt.Equal(again) {
		t.Errorf("sent again and loaded differ:\n%s", diff)
	}
	if id, err := s.PaymentOf(t.Context(), "ref_1"); err != nil || id != p.ID {
		t.Errorf("payment of the refund: %s %v", id, err)
	}
	if _, err := s.Payment(t.Context(), "pay_none"); err == nil {
		t.Error("a payment that is not there was found")
	}
	s.sound()
}

func oneWins(t *testing.T, s *suite) {
	p := s.stored(1)
	results := together(20, func(int) error { return s.Commit(t.Context(), step(p, s.learn(p, payment.Captured))) })
	if results[""] != 1 || results[payment.ErrConflict.Error()] != 19 {
		t.Errorf("results %v", results)
	}
	if got := s.balance(ledger.MerchantPending("m_1"), "USD"); got != "107.78" {
		t.Errorf("pending %s", got)
	}
	s.sound()
}

func oneLive(t *testing.T, s *suite) {
	p := s.stored(1)
	second := p.Attempts[0]
	second.ID, second.No = "att_002", 2
	after := p
	after.Attempts = append(append([]payment.Attempt{}, p.Attempts...), second)
	s.wants(s.Commit(t.Context(), step(p, after)), payment.ErrLiveAttempt)
	if got := s.load(p.ID); len(got.Attempts) != 1 || got.Version != 1 {
		t.Errorf("%d attempts at version %d", len(got.Attempts), got.Version)
	}
	after.Attempts[0].Outcome = payment.Fenced
	s.commit(step(p, after))
}

func key(object string) *payment.Key {
	return &payment.Key{Merchant: "m_1", Path: "/v1/payments", Key: "k1", Hash: "h", Object: object, Payment: payment.ID(object), At: start}
}

func oneKey(t *testing.T, s *suite) {
	results := together(50, func(i int) error {
		tr := step(payment.Payment{}, s.payment(i))
		tr.Key = key(string(tr.After.ID))
		return s.Commit(t.Context(), tr)
	})
	if results[""] != 1 || results[payment.ErrKeyUsed.Error()] != 49 {
		t.Errorf("results %v", results)
	}
	all, _, err := s.Payments(t.Context(), payment.Filter{Merchant: "m_1", Mode: payment.Test, Direction: fx.Collect, Page: payment.Page{Limit: 100}})
	if err != nil || len(all) != 1 {
		t.Errorf("%d payments, %v", len(all), err)
	}
	s.sound()
}

func keptAnswer(t *testing.T, s *suite) {
	first := step(payment.Payment{}, s.payment(1))
	first.Key = key("pay_001")
	p := s.commit(first)
	if k, err := s.Key(t.Context(), "m_1", "/v1/payments", "k1"); err != nil || k.Answer != nil || k.Object != "pay_001" {
		t.Errorf("before the answer: %+v, %v", k, err)
	}
	second := step(p, s.learn(p, payment.Captured))
	second.Answer = &payment.Answer{Merchant: "m_1", Path: "/v1/payments", Key: "k1", Status: 201, Body: []byte(`{"a":"ü"}`), At: start}
	s.commit(second)
	k, err := s.Key(t.Context(), "m_1", "/v1/payments", "k1")
	if err != nil || k.Answer == nil || k.Answer.Status != 201 || string(k.Answer.Body) != `{"a":"ü"}` {
		t.Fatalf("after the answer: %+v, %v", k.Answer, err)
	}
	now := s.load(p.ID)
	third := step(now, now)
	third.Answer = &payment.Answer{Merchant: "m_1", Path: "/v1/payments", Key: "k1", Status: 202, Body: []byte(`{}`), At: start}
	s.wants(s.Commit(t.Context(), third), payment.ErrAnswered)
	if kept, err := s.KeepAnswer(t.Context(), *third.Answer); err != nil || kept.Status != 201 || string(kept.Body) != `{"a":"ü"}` {
		t.Errorf("kept in place of the first: %+v, %v", kept, err)
	}
	if _, err := s.Prune(t.Context(), start.AddDate(0, 0, 8), 10); err != nil {
		t.Fatal(err)
	}
	if k, err := s.Key(t.Context(), "m_1", "/v1/payments", "k1"); err != nil || k.Answer != nil {
		t.Errorf("after a week: %+v, %v", k.Answer, err)
	}
}

// refundGuard goes round the domain, which would refuse as well.
func refundGuard(t *testing.T, s *suite) {
	p := s.captured(1)
	after := p
	nothing := money.Must("0.00", "USD")
	after.Operations = []payment.Operation{{
		ID: "ref_1", Attempt: "att_001", Kind: payment.Refund, Amount: money.Must("100.00", "EUR"), CreatedAt: start, CheckAt: start,
		Booking: payment.Booking{FromPending: nothing, FromAvailable: nothing},
	}}
	tr := step(p, after)
	tr.Entries = nil
	if err := s.Commit(t.Context(), tr); err == nil {
		t.Error("more was refunded than captured")
	}
	if got := s.load(p.ID); len(got.Operations) != 0 || got.Version != p.Version {
		t.Errorf("%d operations at version %d", len(got.Operations), got.Version)
	}
}

func floor(t *testing.T, s *suite) {
	p := s.captured(1)
	after := p
	after.RetryAt = start
	tr := step(p, after)
	tr.Floors = []ledger.Account{ledger.MerchantAvailable("m_1")}
	tr.Entries = []ledger.Entry{ledger.RefundRequest{ID: "ref_1:requested", Merchant: "m_1", FromPending: money.Must("0.00", "USD"), FromAvailable: money.Must("0.01", "USD")}.Entry()}
	s.wants(s.Commit(t.Context(), tr), payment.ErrInsufficient)
	if got := s.load(p.ID); got.Version != p.Version || s.balance(ledger.MerchantReserved("m_1"), "USD") != "0.00" {
		t.Errorf("version %d, reserved %s", got.Version, s.balance(ledger.MerchantReserved("m_1"), "USD"))
	}
	s.sound()
}

// badEntry goes round the domain: an entry that does not add up is a fault of ours, not of the database.
func badEntry(t *testing.T, s *suite) {
	p := s.captured(1)
	after := p
	after.RetryAt = start
	tr := step(p, after)
	tr.Entries = []ledger.Entry{{ID: "ref_1:requested"}}
	if err := s.Commit(t.Context(), tr); !errors.Is(err, ledger.ErrNoPostings) || errors.Is(err, payment.ErrUnavailable) {
		t.Errorf("an entry without postings: %v", err)
	}
	if got := s.load(p.ID); got.Version != p.Version {
		t.Errorf("version %d", got.Version)
	}
}

func postedOnce(t *testing.T, s *suite) {
	p := s.stored(1)
	captured := step(p, s.learn(p, payment.Captured))
	p = s.commit(captured)
	after := p
	after.RetryAt = start
	again := step(p, after)
	again.Entries = captured.Entries
	s.commit(again)
	if got := s.balance(ledger.MerchantPending("m_1"), "USD"); got != "107.78" {
		t.Errorf("pending %s", got)
	}
	entries, err := s.Entries(t.Context(), p.ID)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	s.sound()
}

// inOrder: a payment may be credited and settled in one step, and the ids of entries say nothing of what came first.
func inOrder(t *testing.T, s *suite) {
	p := s.captured(1)
	after := p
	after.RetryAt = start
	tr := step(p, after)
	request := ledger.RefundRequest{ID: "ref_1:requested", Merchant: "m_1", FromPending: money.Must("1.00", "USD")}
	release := ledger.RefundRelease{ID: "ref_1:released", Merchant: "m_1", ToPending: money.Must("1.00", "USD")}
	settled := ledger.Settlement{ID: "pay_001:settled:1", Merchant: "m_1", Amount: money.Must("1.00", "USD")}
	tr.Entries = []ledger.Entry{request.Entry(), release.Entry(), settled.Entry()}
	s.commit(tr)
	entries, err := s.Entries(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.ID)
	}
	want := []string{"att_001:captured", "ref_1:requested", "ref_1:released", "pay_001:settled:1"}
	if !slices.Equal(got, want) {
		t.Errorf("entries are read as %v, not %v", got, want)
	}
	s.sound()
}

func quoteOnce(t *testing.T, s *suite) {
	for i, ends := range []time.Duration{time.Hour, time.Millisecond} {
		q := s.payment(1).Quote
		q.ID, q.Status, q.ExpiresAt = fmt.Sprint("quo_firm_", i), fx.Open, start.Add(ends)
		if err := s.SaveQuote(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	accept := func(n int, quote string) error {
		tr := step(payment.Payment{}, s.payment(n))
		tr.Accept = quote
		return s.Commit(t.Context(), tr)
	}
	results := together(10, func(i int) error { return accept(i, "quo_firm_0") })
	if results[""] != 1 || results[payment.ErrQuoteUsed.Error()] != 9 {
		t.Errorf("results %v", results)
	}
	s.wants(accept(20, "quo_firm_1"), payment.ErrQuoteUsed) // it has expired
	s.wants(accept(21, "quo_none"), payment.ErrQuoteUsed)
	if q, err := s.Quote(t.Context(), "m_1", "quo_firm_0"); err != nil || q.Status != fx.Accepted {
		t.Errorf("%s, %v", q.Status, err)
	}
	if _, err := s.Quote(t.Context(), "m_2", "quo_firm_0"); err == nil {
		t.Error("another merchant's quote was found")
	}
}

func callbackOnce(t *testing.T, s *suite) {
	p := s.stored(1)
	deliver := func() error {
		tr := step(p, s.learn(p, payment.Pending))
		tr.Callback = &payment.Callback{Channel: "card.a", Event: "evt_1", At: start}
		return s.Commit(t.Context(), tr)
	}
	if err := deliver(); err != nil {
		t.Fatal(err)
	}
	p = s.load(p.ID)
	s.wants(deliver(), payment.ErrDuplicateCallback)
	if got := s.load(p.ID); got.Version != p.Version {
		t.Errorf("version %d", got.Version)
	}
}

func claims(t *testing.T, s *suite) {
	const all = 40
	for n := range all {
		s.stored(n)
	}
	var mu sync.Mutex
	claimed := map[payment.ID]int{}
	now := start.Add(time.Minute)
	together(8, func(int) error {
		for {
			ids, err := s.Due(t.Context(), now, now.Add(time.Minute), 3)
			if err != nil || len(ids) == 0 {
				return err
			}
			mu.Lock()
			for _, id := range ids {
				claimed[id]++
			}
			mu.Unlock()
		}
	})
	if len(claimed) != all {
		t.Errorf("%d of %d were claimed", len(claimed), all)
	}
	for id, n := range claimed {
		if n != 1 {
			t.Errorf("%s was claimed %d times", id, n)
		}
	}
	again, err := s.Due(t.Context(), now.Add(2*time.Minute), now.Add(3*time.Minute), 100)
	if err != nil || len(again) != all {
		t.Errorf("after the claims lapsed %d are due, %v", len(again), err)
	}
}

// twoPeople is a review that one person cannot resolve alone.
func twoPeople(t *testing.T, s *suite) {
	p := s.stored(1)
	p = s.commit(step(p, s.learn(p, payment.Review)))
	_, err := s.Proposal(t.Context(), "att_001")
	s.wants(err, payment.ErrNotFound)
	r := payment.Ruling{Ref: "att_001", Payment: p.ID, Outcome: payment.Declined, Why: string(payment.LadderExhausted), ProposedBy: "ann", ProposedAt: start}
	for _, outcome := range []payment.Outcome{payment.Declined, payment.Captured} { // the second takes the place of the first
		r.Outcome = outcome
		if err := s.Propose(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := s.Proposal(t.Context(), r.Ref); err != nil || found != r {
		t.Errorf("proposed %+v, %v", found, err)
	}
	if all, err := s.InReview(t.Context()); err != nil || len(all) != 1 || all[0] != r {
		t.Errorf("in review %+v, %v", all, err)
	}
	confirm := func(by string, after time.Duration, outcome payment.Outcome) error {
		decided, err := p.Decide(r.Ref, outcome, start.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		tr := step(p, decided)
		said := r
		said.Outcome, said.ConfirmedBy, said.ConfirmedAt = outcome, by, start.Add(after)
		tr.Review = &said
		return s.Commit(t.Context(), tr)
	}
	s.wants(confirm("ann", time.Hour, payment.Captured), payment.ErrConflict)
	s.wants(confirm("bob", time.Hour, payment.Declined), payment.ErrConflict)
	s.wants(confirm("bob", payment.ProposedFor, payment.Captured), payment.ErrConflict)
	if got := s.load(p.ID); got.Version != p.Version {
		t.Fatalf("version %d", got.Version)
	}
	if err := confirm("bob", time.Hour, payment.Captured); err != nil {
		t.Fatal(err)
	}
	if got := s.load(p.ID); got.Status() != payment.Succeeded {
		t.Errorf("it is %s", got.Status())
	}
	_, err = s.Proposal(t.Context(), r.Ref)
	s.wants(err, payment.ErrNotFound)
	s.sound()
}

// bothReversals is an orphan that was held and then captured: it has one reversal of each kind.
func bothReversals(t *testing.T, s *suite) {
	p := s.stored(1)
	p = s.commit(step(p, s.learn(p, payment.Declined)))
	for _, outcome := range []payment.Outcome{payment.Authorized, payment.Captured} {
		p = s.commit(step(p, s.learn(p, outcome)))
	}
	if got := s.load(p.ID); len(got.Operations) != 2 {
		t.Fatalf("%d operations", len(got.Operations))
	}
	again := p
	twice := p.Operations[1]
	twice.ID = "orc_002"
	again.Operations = append(append([]payment.Operation{}, p.Operations...), twice)
	tr := step(p, again)
	tr.Entries = nil
	if err := s.Commit(t.Context(), tr); err == nil {
		t.Error("an orphan is refunded twice")
	}
	s.sound()
}

func claimsExcept(t *testing.T, s *suite) {
	live, over := s.stored(1), s.stored(2) // both on card.a; nothing of the second is live
	over = s.commit(step(over, s.learn(over, payment.NotSent)))
	now := start.Add(time.Minute)
	for _, row := range []struct {
		except []string
		want   []payment.ID
	}{
		{[]string{"card.a", ""}, nil},
		{[]string{"card.a"}, []payment.ID{over.ID}},
		{[]string{"", "card.b"}, []payment.ID{live.ID}},
	} {
		got, err := s.Due(t.Context(), now, now.Add(time.Minute), 10, row.except...)
		if err != nil || !slices.Equal(got, row.want) {
			t.Errorf("except %q: %v, want %v (%v)", row.except, got, row.want, err)
		}
	}
}
