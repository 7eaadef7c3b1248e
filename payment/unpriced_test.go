package payment_test

import (
	"slices"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// What waits for a rate may be converted in the very step in which something else is told of the payment: whatever that
// is, the sale is booked once and in full.
func TestAConversionIsBookedBesideWhateverElseIsTold(t *testing.T) {
	late := func(n int, amount money.Amount, state payment.ReceiptState) payment.Receipt {
		r := transfer(n, amount, state)
		r.At = start.Add(time.Hour)
		return r
	}
	for name, last := range map[string]payment.Receipt{
		"a block is replaced":       late(1, usdc("60.00"), payment.ReceiptOrphaned),
		"another asset arrives":     late(3, money.Must("0.01", "ETH@"+network), payment.ReceiptCredited),
		"more of the same arrives":  late(3, usdc("5.00"), payment.ReceiptCredited),
		"nothing that counts comes": late(3, usdc("5.00"), payment.ReceiptSeen),
	} {
		p, err := told(t).ReceiveUnpriced(late(1, usdc("60.00"), payment.ReceiptCredited), start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		steps := []payment.Payment{told(t), p}
		p, err = p.Receive(late(2, usdc("60.00"), payment.ReceiptCredited), start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, p)
		p, err = p.Receive(last, start.Add(2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if step := p.Next(start.Add(2 * time.Hour)); step.Do != payment.Convert {
			t.Fatalf("%s: next is %s", name, step.Do)
		}
		price := orderB().Quote
		price.ID = "quo_now"
		p = p.ConvertReceipts(price, start.Add(2*time.Hour))
		p.Version++
		total := sums(t, append(steps, p)...)
		if got := total[ledger.MerchantPending("m_1")+" EUR"]; p.Status() != payment.Succeeded || !got.Equal(money.Must("49.50", "EUR").Neg()) {
			t.Errorf("%s: %s, credited %s", name, p.Status(), got)
		}
		claims := money.Must("0", "USDC@"+network)
		for _, r := range p.Receipts {
			if r.State == payment.ReceiptCredited && r.Amount.Asset() == claims.Asset() {
				claims = claims.Sub(r.Amount)
			}
		}
		claims = claims.Add(p.Attempts[0].Amount)
		if got := total["claims:pay_1 USDC@"+network]; !got.Equal(claims) {
			t.Errorf("%s: %s in claims, want %s", name, got, claims)
		}
	}
}

// A chain shows a transfer before it counts. Whether it came late is known when it counts, and is kept.
func TestATransferThatWasSeenFirstIsLateAllTheSame(t *testing.T) {
	late := transfer(1, usdc("55.275"), payment.ReceiptSeen)
	late.At = start.Add(time.Hour)
	p, err := told(t).Receive(late, late.At)
	if err != nil {
		t.Fatal(err)
	}
	late.State, late.Late = payment.ReceiptCredited, true
	if p, err = p.Receive(late, late.At); err != nil || !slices.Equal(p.Exceptions(late.At), []string{payment.WasPaidLate}) {
		t.Errorf("%s %v (%v)", p.Status(), p.Exceptions(late.At), err)
	}
}
