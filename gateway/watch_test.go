package gateway_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// A payout that was paid, and of which the bank then says what cannot be, is marked for people. The watcher goes on, since
// what others sent stands behind it in the mailbox.
func TestAContradictedPayoutHoldsUpNobody(t *testing.T) {
	l, h, j := pushLab(t)
	l.funded("500.00", "1000.00")
	paid := payment.Result{Outcome: payment.Captured, Amount: money.Must("100.00", "EUR"), Progress: &payment.Progress{Accepted: true, Booked: true}}
	h.says(paid)
	reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
	if err != nil || reply.Payment.Status() != payment.Paid {
		t.Fatalf("%s, %v", reply.Payment.Status(), err)
	}
	ref := reply.Payment.Attempts[0].ID
	h.says(payment.Result{})
	if err := j.Moved(t.Context(), ref); !errors.Is(err, gateway.ErrUnclear) {
		t.Errorf("while the bank does not answer: %v", err)
	}
	odd := paid
	odd.Progress = &payment.Progress{Accepted: true, Booked: true, Conflict: "debited twice"}
	for _, said := range []payment.Result{odd, odd, paid} {
		h.says(said)
		if err := j.Moved(t.Context(), ref); err != nil {
			t.Fatalf("the watcher stops: %v", err)
		}
	}
	p := l.load(reply.Payment.ID)
	if p.Status() != payment.Paid || !slices.Equal(p.Exceptions(l.now()), []string{payment.Contradicted}) {
		t.Errorf("%s %v", p.Status(), p.Exceptions(l.now()))
	}
	e, err := l.db.Event(t.Context(), "m_1", payment.Test, lastEvent(l, p.ID))
	if err != nil || e.Type != "payout.contradicted" || p.Sequence != reply.Payment.Sequence+1 {
		t.Errorf("%s is event %d, after %d, %v", e.Type, p.Sequence, reply.Payment.Sequence, err)
	}
}

// A bank that takes a credit back names the credit, and need not repeat what the payer wrote.
func TestAReversalWithoutAPlaceTakesTheCreditBack(t *testing.T) {
	l, h, j := pushLab(t)
	reply, err := l.Create(t.Context(), l.transfer("k"))
	if err != nil {
		t.Fatal(err)
	}
	l.arrives(h, j, "s1", "RF1", "99.99", payment.ReceiptCredited)
	if p := l.load(reply.Payment.ID); p.Status() != payment.Succeeded {
		t.Fatalf("credited: %s", p.Status())
	}
	for range 2 {
		l.arrives(h, j, "s1", "NOTPROVIDED", "99.99", payment.ReceiptOrphaned)
	}
	p := l.load(reply.Payment.ID)
	if p.Status() == payment.Succeeded || len(p.Receipts) != 1 || p.Receipts[0].State != payment.ReceiptOrphaned {
		t.Errorf("taken back: %s, %+v", p.Status(), p.Receipts)
	}
	if got := l.balance(ledger.Nostro("bank.house", "EUR")); got != "0.00" {
		t.Errorf("nostro %s", got)
	}
	l.arrives(h, j, "s404", "NOTPROVIDED", "1.00", payment.ReceiptOrphaned) // of what was never told: the watcher goes on
}

// A chain may take a block back and return to it. A bank that tells of a credit after it took it back tells what is old.
func TestAStrayComesBackWithItsBlock(t *testing.T) {
	for block, want := range map[string]string{"0xb": "12.00", "": "0.00"} {
		l, _, j := pushLab(t)
		for _, state := range []payment.ReceiptState{
			payment.ReceiptCredited, payment.ReceiptOrphaned, payment.ReceiptCredited, payment.ReceiptOrphaned, payment.ReceiptCredited,
		} {
			for range 2 {
				r := payment.Receipt{Reference: "s1", Amount: money.Must("12.00", "EUR"), State: state, Block: block, At: l.now()}
				if err := j.Arrived(t.Context(), "RF404", r); err != nil {
					t.Fatal(err)
				}
			}
			if got := l.balance(ledger.Suspense("bank.house")); state == payment.ReceiptOrphaned && got != "0.00" {
				t.Errorf("in block %q, taken back: suspense %s", block, got)
			}
		}
		if got := l.balance(ledger.Suspense("bank.house")); got != want {
			t.Errorf("in block %q, in the end: suspense %s, want %s", block, got, want)
		}
	}
}

// A bank may tell of what another bank, or nobody here, was asked to pay: whoever reads its mailbox learns that.
func TestAnAttemptOfAnotherChannelIsNotFound(t *testing.T) {
	h, other := newHouse(), newHouse()
	l := newLabWith(t, bankOf(h, "bank.house"), bankOf(other, "bank.other"))
	j := journalOf(t, l.Gateway, h)
	ofOther := <-other.journal
	l.funded("500.00", "1000.00")
	h.says(payment.Result{Outcome: payment.Pending, Progress: &payment.Progress{Accepted: true}})
	reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
	if err != nil {
		t.Fatal(err)
	}
	ref := reply.Payment.Attempts[0].ID
	if err := j.Moved(t.Context(), ref); err != nil {
		t.Errorf("its own: %v", err)
	}
	if err := ofOther.Moved(t.Context(), ref); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("of another bank: %v", err)
	}
	if err := j.Moved(t.Context(), "att_404"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

// dollars is a gateway with a rate that is set by hand, and its journal.
func (l *lab) dollars(t *testing.T) (*gateway.Gateway, rails.Journal, func(rate string)) {
	t.Helper()
	pricer, set := l.market()
	set("1.1000")
	g := l.another(pricer, nil)
	return g, journalOf(t, g, l.channels[0].Rail.(*house)), set
}

// dollarLab is a lab whose only channel is a house, and whose rate is set by hand.
func dollarLab(t *testing.T) (*lab, *house, *gateway.Gateway, rails.Journal, func(rate string)) {
	t.Helper()
	h := newHouse()
	l := newLabWith(t, bankOf(h, "bank.house"))
	g, j, set := l.dollars(t)
	return l, h, g, j, set
}

// runDue has a gateway do what is due at a moment.
func (l *lab) runDue(g *gateway.Gateway, id payment.ID, at time.Time) payment.Payment {
	l.t.Helper()
	l.jump(at.Sub(l.now()))
	due, err := l.db.Due(l.t.Context(), l.now(), l.now().Add(time.Second), 100)
	if err != nil || !slices.Contains(due, id) {
		l.t.Fatalf("due %v, %v", due, err)
	}
	if err := g.Run(l.t.Context(), id); err != nil {
		l.t.Fatal(err)
	}
	return l.load(id)
}

// While there is no rate, what arrives late holds up nobody: it waits in the payment's claims, and another gateway converts
// it once there is one.
func TestALateReceiptWithoutARateWaitsAlone(t *testing.T) {
	for name, expired := range map[string]bool{"before anybody noticed that it expired": false, "after it expired": true} {
		l, h, g, j, set := dollarLab(t)
		r := l.transfer("k")
		r.Order.Settlement = money.MustAsset("USD")
		reply, err := g.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		id := reply.Payment.ID
		l.jump(reply.Payment.ExpiresAt.Sub(l.now())) // the rate is old by then
		if expired {
			if err := g.Run(t.Context(), id); err != nil || l.load(id).Status() != payment.StatusExpired {
				t.Fatalf("%s: %v", l.load(id).Status(), err)
			}
		}
		for range 2 {
			l.arrives(h, j, "s1", "RF1", "99.99", payment.ReceiptCredited)
		}
		p := l.load(id)
		if got := l.balance(ledger.Claims(string(id))); got != "99.99" || p.Status() != payment.Processing {
			t.Errorf("%s: claims %s, %s", name, got, p.Status())
		}
		if got := p.Exceptions(l.now()); !slices.Equal(got, []string{payment.AwaitsRate}) {
			t.Errorf("%s: exceptions %v", name, got)
		}
		for range 12 {
			if p = l.runDue(g, id, p.Due()); p.Status() != payment.Processing || p.Due().Sub(l.now()) > 20*time.Minute {
				t.Fatalf("%s: %s, due in %s", name, p.Status(), p.Due().Sub(l.now()))
			}
		}
		set("1.0000")
		p = l.runDue(g, id, p.Due())
		if got := l.balance(ledger.Claims(string(id))); got != "0.00" || p.Status() != payment.Succeeded || p.Quote.Rate.Mid.Value() != "1" {
			t.Errorf("%s: claims %s, %s at %s", name, got, p.Status(), p.Quote.Rate.Mid.Value())
		}
		if got := l.balance(ledger.Nostro("bank.house", "EUR")); got != "99.99" {
			t.Errorf("%s: nostro %s", name, got)
		}
	}
}

// The same for a payout that comes back: it waits in suspense.
func TestAReturnWithoutARateWaitsAlone(t *testing.T) {
	l, h, g, j, set := dollarLab(t)
	l.funded("500.00", "1000.00")
	if err := l.db.Post(t.Context(), ledger.Entry{ID: "m_1:dollars", Postings: []ledger.Posting{
		{Account: ledger.Capital, Amount: money.Must("500.00", "USD")}, {Account: ledger.MerchantAvailable("m_1"), Amount: money.Must("500.00", "USD").Neg()},
	}}, l.now()); err != nil {
		t.Fatal(err)
	}
	paid := payment.Result{Outcome: payment.Captured, Amount: money.Must("100.00", "EUR"), Progress: &payment.Progress{Accepted: true, Booked: true}}
	h.says(paid)
	r := l.payout("k", "100.00")
	r.Order.Settlement = money.MustAsset("USD")
	reply, err := g.CreatePayout(t.Context(), r)
	if err != nil || reply.Payment.Status() != payment.Paid {
		t.Fatalf("%s, %v", reply.Payment.Status(), err)
	}
	id, ref := reply.Payment.ID, reply.Payment.Attempts[0].ID
	l.jump(2 * time.Hour)
	paid.Returned = &payment.Comeback{Amount: money.Must("98.00", "EUR"), Code: "AC04"}
	h.says(paid)
	for range 2 {
		if err := j.Moved(t.Context(), ref); err != nil {
			t.Fatalf("the watcher stops: %v", err)
		}
	}
	p := l.load(id)
	if got := l.balance(ledger.Suspense("bank.house")); got != "98.00" || p.Status() != payment.Paid || !slices.Equal(p.Exceptions(l.now()), []string{payment.AwaitsRate}) {
		t.Errorf("suspense %s, %s %v", got, p.Status(), p.Exceptions(l.now()))
	}
	if v := p.PayoutView(l.now(), "en"); v.Returned == nil || v.Returned.Value != "98.00" || v.Credited != nil {
		t.Errorf("shown %+v, credited %+v", v.Returned, v.Credited)
	}
	p = l.runDue(g, id, p.Due())
	set("1.2000")
	p = l.runDue(g, id, p.Due())
	if got := l.balance(ledger.Suspense("bank.house")); got != "0.00" || p.Status() != payment.Returned || p.Operations[0].Booking.FromAvailable.String() != "117.60 USD" {
		t.Errorf("suspense %s, %s, credited %s", got, p.Status(), p.Operations[0].Booking.FromAvailable)
	}
	if got := l.balance(ledger.Nostro("bank.house", "EUR")); got != "998.00" {
		t.Errorf("nostro %s", got)
	}
}

// A bank may tell that it took a credit back before it tells of the credit, and who watched then may be gone by then.
func TestACreditThatWasTakenBackBeforeItCameNeverCounts(t *testing.T) {
	for name, place := range map[string]string{"without its place": "NOTPROVIDED", "with its place": "RF1"} {
		l, h, j := pushLab(t)
		reply, err := l.Create(t.Context(), l.transfer("k"))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			l.arrives(h, j, "s1", place, "99.99", payment.ReceiptOrphaned)
		}
		for _, state := range []payment.ReceiptState{payment.ReceiptSeen, payment.ReceiptCredited, payment.ReceiptCredited} {
			l.arrives(h, j, "s1", "RF1", "99.99", state)
		}
		if p := l.load(reply.Payment.ID); p.Status() == payment.Succeeded || l.balance(ledger.Nostro("bank.house", "EUR")) != "0.00" {
			t.Errorf("%s: %s, nostro %s", name, p.Status(), l.balance(ledger.Nostro("bank.house", "EUR")))
		}
		l.arrives(h, j, "s2", "RF1", "99.99", payment.ReceiptCredited)
		if p := l.load(reply.Payment.ID); p.Status() != payment.Succeeded {
			t.Errorf("%s: paid again, it is %s", name, p.Status())
		}
	}
}

// A credit that named nobody is a stray, also when its reversal names whom it was meant for.
func TestAReversalIsForTheStrayThatWasCredited(t *testing.T) {
	l, h, j := pushLab(t)
	reply, err := l.Create(t.Context(), l.transfer("k"))
	if err != nil {
		t.Fatal(err)
	}
	l.arrives(h, j, "s1", "a gift", "99.99", payment.ReceiptCredited)
	l.arrives(h, j, "s1", "RF1", "99.99", payment.ReceiptCredited) // told better: it counts once all the same
	for range 2 {
		l.arrives(h, j, "s1", "RF1", "99.99", payment.ReceiptOrphaned)
	}
	p := l.load(reply.Payment.ID)
	if got := l.balance(ledger.Suspense("bank.house")); got != "0.00" || len(p.Receipts) != 0 || l.balance(ledger.Nostro("bank.house", "EUR")) != "0.00" {
		t.Errorf("suspense %s, nostro %s, receipts %+v", got, l.balance(ledger.Nostro("bank.house", "EUR")), p.Receipts)
	}
}

// What was booked for a payout that nobody asks for any more is told until it is taken in: the mailbox is not read on
// before.
func TestNewsThatNobodyAsksForAgainIsNotPassedOver(t *testing.T) {
	for outcome, later := range map[payment.Outcome]error{
		payment.Pending: nil, payment.Captured: gateway.ErrUnclear, payment.Declined: gateway.ErrUnclear, payment.Review: gateway.ErrUnclear,
	} {
		l, h, j := pushLab(t)
		l.funded("500.00", "1000.00")
		said := payment.Result{Outcome: outcome, Progress: &payment.Progress{Accepted: true}}
		if outcome == payment.Captured {
			said.Amount = money.Must("100.00", "EUR")
		}
		h.says(said)
		reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
		if err != nil {
			t.Fatal(err)
		}
		if got := reply.Payment.Attempts[0].Outcome; got != outcome {
			t.Fatalf("%s instead of %s", got, outcome)
		}
		h.says(payment.Result{})
		if err := j.Moved(t.Context(), reply.Payment.Attempts[0].ID); !errors.Is(err, later) {
			t.Errorf("%s: %v, want %v", outcome, err, later)
		}
	}
}
