package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// holding stores a payment at whose place one ether is credited.
func (s *suite) holding(n int) payment.Payment {
	p := s.pushed(n)
	p.Attempts[0].Channel = onDev
	p = s.commit(step(payment.Payment{}, p))
	r := receiptOf(p, fmt.Sprintf("h%d", n), "1", payment.ReceiptSeen)
	r.Amount = money.Must("1", ether.String())
	p = s.commit(step(p, receive(s.t, p, r)))
	if n == 1 {
		s.hoards(start) // it is only seen
	}
	r.State = payment.ReceiptCredited
	return s.commit(step(p, receive(s.t, p, r)))
}

// hoards demands what can be swept at a moment.
func (s *suite) hoards(now time.Time, want ...string) {
	s.t.Helper()
	var got []string
	for after := ""; ; {
		page, last, err := s.Hoards(s.t.Context(), onDev, after, now, 2)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, h := range page {
			got = append(got, string(h.Payment)+" "+h.Amount.Value())
		}
		if after = last; after == "" {
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("%v can be swept, want %v", got, want)
	}
}

func (s *suite) sweep(p payment.Payment, id string) payment.Payment {
	s.t.Helper()
	after, err := p.BeginSweep(payment.NewSweep(id, p.Attempts[0].ID, money.Must("1", ether.String()), start))
	if err != nil {
		s.t.Fatal(err)
	}
	return after
}

// said is what a chain says of a sweep.
func said(t *testing.T, p payment.Payment, o payment.Outcome, block string) payment.Payment {
	t.Helper()
	r := payment.Result{Outcome: o, Amount: money.Must("1", ether.String()), Progress: &payment.Progress{Block: block, Gas: money.Must("0.001", ether.String())}}
	at := p.UpdatedAt.Add(time.Minute)
	after, err := p.Learn(payment.News{Ref: p.Operations[0].ID, Result: r, By: payment.ByInquiry, At: at, AskedAt: at})
	if err != nil || after.Operations[0].Outcome != o {
		t.Fatalf("%s: %v", after.Operations[0].Outcome, err)
	}
	return after
}

func sweeps(t *testing.T, s *suite) {
	one := s.holding(1)
	s.hoards(start, holds(one, "1"))
	s.sweepOf(t, one)
	two := s.holding(2)
	two = s.commit(step(two, s.sweep(two, "swp_b")))
	s.commit(step(two, said(t, two, payment.Declined, "0xc3")))
	s.hoards(start.Add(time.Hour))                         // it is not tried again at once
	s.hoards(start.Add(24*time.Hour), holds(two, "0.999")) // its gas is gone
	three, four := s.holding(3), s.holding(4)
	s.hoards(start.Add(24*time.Hour), holds(two, "0.999"), holds(three, "1"), holds(four, "1"))
}

func holds(p payment.Payment, amount string) string {
	return string(p.ID) + " " + money.Must(amount, ether.String()).Value()
}

// sweepOf begins a sweep, which comes to count, is taken back, and comes to count again.
func (s *suite) sweepOf(t *testing.T, p payment.Payment) {
	swept := s.sweep(p, "swp_a")
	twice := swept
	second := swept.Operations[0]
	second.ID = "swp_twice"
	twice.Operations = append([]payment.Operation{}, swept.Operations[0], second)
	if err := s.Commit(t.Context(), step(p, twice)); err == nil {
		t.Error("two sweeps of one place were begun at once")
	}
	p = s.commit(step(p, swept))
	s.hoards(start)
	for _, next := range []struct {
		outcome payment.Outcome
		block   string
	}{{payment.Done, "0xc1"}, {payment.Pending, ""}, {payment.Done, "0xc1"}, {payment.Done, "0xc2"}} {
		p = s.commit(step(p, said(t, p, next.outcome, next.block)))
		s.hoards(start.Add(24 * time.Hour))
	}
	found, err := s.Payment(t.Context(), p.ID)
	if err != nil || fmt.Sprint(found.Operations[0].Booking) != fmt.Sprint(p.Operations[0].Booking) || found.Operations[0].Booking.Times != 3 {
		t.Errorf("it came back as %+v (%v), was %+v", found.Operations[0].Booking, err, p.Operations[0].Booking)
	}
	for account, want := range map[string]string{"hot": "1.000000000000000000", "deposit": "-0.001000000000000000"} {
		if got := s.balance(ledger.Chain(devnet, account), ether.String()); got != want { // the coin pays its own gas
			t.Errorf("%s has %s, want %s", account, got, want)
		}
	}
}

func sweepsTakeHalf(t *testing.T, s *database) {
	for n := range chain.SweepsMax {
		i := wish(fmt.Sprint("swp_", n))
		i.Place, i.Number = payHere, 7
		got, err := s.Reserve(t.Context(), i, 0)
		if err != nil || got.Place != payHere || got.Number != 7 {
			t.Fatalf("%+v (%v)", got, err)
		}
	}
	more := wish("swp_more")
	more.Place = payHere
	_, err := s.Reserve(t.Context(), more, 0)
	s.wants(err, chain.ErrInFlight)
	if _, err := s.Reserve(t.Context(), wish("att"), 0); err != nil {
		t.Errorf("a payout finds no place: %v", err)
	}
	own := wish("swp_own")
	own.Sender, own.Place, own.Number = payHere, payHere, 7
	if _, err := s.Reserve(t.Context(), own, 0); err != nil {
		t.Fatal(err)
	}
	found, err := s.Sweeping(t.Context(), devnet, 10)
	if err != nil || len(found) != 1 || found[0].Attempt != "swp_own" {
		t.Errorf("the places that send by themselves: %+v (%v)", found, err)
	}
}
