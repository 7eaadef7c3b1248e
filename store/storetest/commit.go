package storetest

import (
	"errors"
	"fmt"
	"slices"
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

// neighbours are committed at the same moment, of many kinds. Whoever is refused takes nobody along, and hears why.
func neighbours(t *testing.T, s *suite) {
	used := step(payment.Payment{}, s.payment(900))
	used.Key = key("pay_900")
	s.commit(used)
	seen := step(s.load("pay_900"), s.load("pay_900"))
	seen.Callback = &payment.Callback{Channel: "card.a", Event: "evt_seen", At: start}
	s.commit(seen)
	kinds := []func(n int) (payment.Transition, error){
		func(n int) (payment.Transition, error) { return step(payment.Payment{}, s.payment(n)), nil },
		func(n int) (payment.Transition, error) {
			p := s.stored(n)
			return step(p, s.learn(p, payment.Captured)), nil
		},
		func(n int) (payment.Transition, error) {
			p := s.captured(n)
			p.Version-- // as it was before
			return step(p, p), payment.ErrConflict
		},
		func(n int) (payment.Transition, error) {
			p := s.stored(n)
			after := p
			second := p.Attempts[0]
			second.ID, second.No = fmt.Sprintf("att_%03d_2", n), 2
			after.Attempts = append(append([]payment.Attempt{}, p.Attempts...), second)
			return step(p, after), payment.ErrLiveAttempt
		},
		func(n int) (payment.Transition, error) {
			p := s.captured(n)
			after := p
			after.RetryAt = start
			tr := step(p, after)
			tr.Floors = []ledger.Account{ledger.MerchantAvailable("m_1")}
			tr.Entries = []ledger.Entry{ledger.RefundRequest{
				ID: fmt.Sprintf("ref_%03d:requested", n), Merchant: "m_1", FromPending: money.Must("0.00", "USD"), FromAvailable: money.Must("0.01", "USD"),
			}.Entry()}
			return tr, payment.ErrInsufficient
		},
		func(n int) (payment.Transition, error) {
			tr := step(payment.Payment{}, s.payment(n))
			tr.Key = key(string(tr.After.ID))
			return tr, payment.ErrKeyUsed
		},
		func(n int) (payment.Transition, error) {
			p := s.stored(n)
			tr := step(p, p)
			tr.Callback = &payment.Callback{Channel: "card.a", Event: "evt_seen", At: start}
			return tr, payment.ErrDuplicateCallback
		},
		func(n int) (payment.Transition, error) {
			tr := step(payment.Payment{}, s.payment(n))
			tr.Accept = "quo_none"
			return tr, payment.ErrQuoteUsed
		},
	}
	const each = 8
	all := make([]payment.Transition, each*len(kinds))
	wants := make([]error, len(all))
	for i := range all {
		all[i], wants[i] = kinds[i%len(kinds)](i + 1)
	}
	results := make([]error, len(all))
	together(len(all), func(i int) error {
		results[i] = s.Commit(t.Context(), all[i])
		return nil
	})
	for i, tr := range all {
		if !errors.Is(results[i], wants[i]) {
			t.Errorf("%s: %v, want %v", tr.After.ID, results[i], wants[i])
		}
		if wants[i] == nil {
			if got := s.load(tr.After.ID); got.Version != tr.After.Version {
				t.Errorf("%s is at version %d, want %d", tr.After.ID, got.Version, tr.After.Version)
			}
		} else if got, err := s.Payment(t.Context(), tr.After.ID); err == nil && got.Version >= tr.After.Version && wants[i] != payment.ErrConflict {
			t.Errorf("%s was refused and is at version %d", tr.After.ID, got.Version)
		}
	}
	s.sound()
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
	s.sound()
}

// inOrder: a payment may be credited and settled in one step, and the ids of entries say nothing of what came first.
func inOrder(t *testing.T, s *database) {
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
		if one, err := s.Entry(t.Context(), e.ID); err != nil || one.String() != e.String() {
			t.Errorf("%s alone is read as\n%s (%v), not\n%s", e.ID, one, err, e)
		}
	}
	if _, err := s.Entry(t.Context(), "ref_1"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("an entry that is none is %v", err)
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

func usedBefore(t *testing.T, s *suite) {
	p := s.stored(1)
	key := payment.Key{Merchant: "m_1", Path: "/v1/payments", Key: "k1", Hash: "h", Payment: p.ID, At: start}
	callback := payment.Callback{Channel: "card.a", Event: "evt_1", At: start}
	first := step(p, s.learn(p, payment.Pending))
	first.Key, first.Callback = &key, &callback
	s.commit(first)
	late := func(change func(*payment.Transition)) error {
		tr := step(p, s.learn(p, payment.Captured))
		change(&tr)
		return s.Commit(t.Context(), tr)
	}
	s.wants(late(func(tr *payment.Transition) { tr.Key = &key }), payment.ErrKeyUsed)
	s.wants(late(func(tr *payment.Transition) { tr.Callback = &callback }), payment.ErrDuplicateCallback)
	s.wants(late(func(*payment.Transition) {}), payment.ErrConflict)
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
