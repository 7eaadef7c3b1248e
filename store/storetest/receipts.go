package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// pushed makes a payment whose payer sends the money to a place of its own, and does not store it.
func (s *suite) pushed(n int) payment.Payment {
	p := s.payment(n)
	a := &p.Attempts[0]
	a.Channel, a.Number = "bank.b", int64(n)
	a.Instruction = payment.Instruction{PayTo: fmt.Sprintf("RF%d", n), Amount: a.Amount, Account: "DE89370400440532013000", Reference: fmt.Sprintf("RF%d", n)}
	a.Capabilities = payment.Capabilities{Push: true}
	return p
}

func receiptOf(p payment.Payment, reference, value string, state payment.ReceiptState) payment.Receipt {
	return payment.Receipt{
		ID: "rct_" + reference, Attempt: p.Attempts[0].ID, Reference: reference, Amount: money.Must(value, "EUR"), State: state,
		Have: 1, Need: 3, Block: "0xb", Height: 7, Tx: "0xt", Sender: "0xs", At: start,
	}
}

func receive(t *testing.T, p payment.Payment, r payment.Receipt) payment.Payment {
	t.Helper()
	after, err := p.Receive(r, start.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func receipts(t *testing.T, s *suite) {
	p := s.commit(step(payment.Payment{}, s.pushed(1)))
	p = s.commit(step(p, receive(t, p, receiptOf(p, "a", "40.00", payment.ReceiptSeen))))
	counts := receiptOf(p, "a", "40.00", payment.ReceiptCredited)
	counts.Late = true // which is known when it counts
	p = s.commit(step(p, receive(t, p, counts)))
	p = s.commit(step(p, receive(t, p, receiptOf(p, "b", "59.99", payment.ReceiptCredited))))
	found, err := s.Payment(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(found.Receipts, found.Attempts[0].Instruction) != fmt.Sprint(p.Receipts, p.Attempts[0].Instruction) {
		t.Errorf("they came back otherwise:\n%+v\n%+v", p.Receipts, found.Receipts)
	}
	if found.Status() != payment.Succeeded || len(found.Receipts) != 2 {
		t.Errorf("%s with %d receipts", found.Status(), len(found.Receipts))
	}
	id, attempt, err := s.AttemptAt(t.Context(), "bank.b", "RF1")
	if err != nil || id != p.ID || attempt != p.Attempts[0].ID {
		t.Errorf("the place belongs to %s %s, %v", id, attempt, err)
	}
	if _, _, err := s.AttemptAt(t.Context(), "bank.c", "RF1"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("at another channel: %v", err)
	}
	other := s.commit(step(payment.Payment{}, s.pushed(2)))
	again := receiptOf(other, "b", "59.99", payment.ReceiptSeen)
	again.ID = "rct_0" // of the two, the one that is credited counts
	s.commit(step(other, receive(t, other, again)))
	id, attempt, err = s.ReceiptOf(t.Context(), "bank.b", "b")
	if err != nil || id != p.ID || attempt != p.Attempts[0].ID {
		t.Errorf("the receipt belongs to %s %s, %v", id, attempt, err)
	}
	for channel, reference := range map[string]string{"bank.b": "c", "bank.c": "b"} {
		if _, _, err := s.ReceiptOf(t.Context(), channel, reference); !errors.Is(err, payment.ErrNotFound) {
			t.Errorf("%s at %s: %v", reference, channel, err)
		}
	}
	taken := s.pushed(1)
	taken.ID, taken.Quote.ID, taken.Attempts[0].ID = "pay_other", "quo_other", "att_other"
	if err := s.Commit(t.Context(), step(payment.Payment{}, taken)); err == nil {
		t.Error("a place was given out twice")
	}
}

func repriced(t *testing.T, s *suite) {
	p := s.commit(step(payment.Payment{}, s.pushed(1)))
	q := p.Quote
	q.ID, q.Source = "quo_later", money.Must("98.00", "EUR")
	p = s.commit(step(p, p.Reprice(q)))
	found, err := s.Payment(t.Context(), p.ID)
	if err != nil || found.Quote.ID != "quo_later" || found.Attempts[0].Amount.Value() != "98.00" || found.Attempts[0].Instruction.Amount.Value() != "98.00" {
		t.Errorf("quote %s, due %s, %v", found.Quote.ID, found.Attempts[0].Amount, err)
	}
	other := s.commit(step(payment.Payment{}, s.pushed(2)))
	if err := s.Commit(t.Context(), step(other, other.Reprice(q))); !errors.Is(err, payment.ErrQuoteUsed) {
		t.Errorf("with a quote that another has: %v", err)
	}
}

func strays(t *testing.T, s *suite) {
	r := payment.Receipt{ID: "rct_1", Reference: "s1", Amount: money.Must("12.00", "EUR"), State: payment.ReceiptCredited, Credits: 1, At: start}
	for range 3 {
		entry := ledger.Unmatched{ID: r.ID + ":unmatched", Channel: "bank.b", Into: ledger.Nostro("bank.b", "EUR"), Amount: r.Amount}.Entry()
		if err := s.KeepStray(t.Context(), "bank.b", "RF404", r, entry, start); err != nil {
			t.Fatal(err)
		}
		r.ID += "x" // told again, it gets another id
	}
	if b, err := s.Balance(t.Context(), ledger.Suspense("bank.b"), money.MustAsset("EUR")); err != nil || b.Value() != "12.00" {
		t.Errorf("suspense %s, %v", b, err)
	}
	kept, err := s.Stray(t.Context(), "bank.b", "s1")
	if err != nil || kept.ID != "rct_1" || kept.State != payment.ReceiptCredited || kept.Credits != 1 {
		t.Fatalf("%+v, %v", kept, err)
	}
	gone := kept
	gone.State, gone.Credits = payment.ReceiptOrphaned, 2
	entry := ledger.Unmatched{ID: "rct_1:unmatched", Channel: "bank.b", Into: ledger.Nostro("bank.b", "EUR"), Amount: r.Amount}.Entry()
	for _, want := range []error{nil, payment.ErrConflict} {
		if err := s.MoveStray(t.Context(), kept, gone, entry.Reverse("rct_1:reversed"), start); !errors.Is(err, want) {
			t.Errorf("moved: %v, want %v", err, want)
		}
	}
	if kept, err = s.Stray(t.Context(), "bank.b", "s1"); err != nil || kept.State != gone.State || kept.Credits != gone.Credits {
		t.Errorf("%+v, %v", kept, err)
	}
	if b, err := s.Balance(t.Context(), ledger.Suspense("bank.b"), money.MustAsset("EUR")); err != nil || b.Value() != "0.00" {
		t.Errorf("suspense %s after it was taken back, %v", b, err)
	}
	early := payment.Receipt{ID: "rct_2", Reference: "s2", Amount: r.Amount, State: payment.ReceiptOrphaned, At: start}
	if err := s.KeepStray(t.Context(), "bank.b", "RF404", early, ledger.Entry{}, start); err != nil {
		t.Fatal(err)
	}
	if kept, err = s.Stray(t.Context(), "bank.b", "s2"); err != nil || kept.State != payment.ReceiptOrphaned || kept.Credits != 0 {
		t.Errorf("taken back before it came: %+v, %v", kept, err)
	}
}

func numbers(t *testing.T, s *suite) {
	const each = 20
	var mu sync.Mutex
	var all []int64
	together(4, func(int) error {
		for range each {
			n, err := s.Number(t.Context(), "attempts:bank.b")
			if err != nil {
				return err
			}
			mu.Lock()
			all = append(all, n)
			mu.Unlock()
		}
		return nil
	})
	slices.Sort(all)
	if len(all) != 4*each || all[0] != 1 || all[len(all)-1] != 4*each || len(slices.Compact(all)) != 4*each {
		t.Errorf("numbers %v", all)
	}
}

func cursors(t *testing.T, s *suite) {
	for _, place := range []string{"", "a", "b"} {
		if got, err := s.Cursor(t.Context(), "bank.b"); err != nil || got != place {
			t.Errorf("at %q, want %q, %v", got, place, err)
		}
		next := map[string]string{"": "a", "a": "b", "b": "c"}[place]
		if err := s.SaveCursor(t.Context(), "bank.b", next, start); err != nil {
			t.Fatal(err)
		}
	}
}

func cursorsMoved(t *testing.T, s *database) {
	for _, at := range []time.Time{{}, start, start.Add(time.Hour)} {
		if !at.IsZero() {
			if err := s.SaveCursor(t.Context(), "bank.b", "a", at); err != nil { // also to where it was
				t.Fatal(err)
			}
		}
		if got, err := s.CursorAt(t.Context(), "bank.b"); err != nil || !got.Equal(at) {
			t.Errorf("moved at %s, want %s, %v", got, at, err)
		}
	}
}

func payouts(t *testing.T, s *suite) {
	p := s.payment(1)
	p.ID, p.Direction, p.Hold, p.Attempts, p.Decisions = "po_1", fx.Send, payment.HoldApproval, nil, nil
	p.Order.Beneficiary = &payment.Beneficiary{ID: "ben_1", Name: "Ada", At: start}
	t1 := step(payment.Payment{}, p)
	t1.Floors = []ledger.Account{ledger.MerchantAvailable("m_1")}
	if err := s.Commit(t.Context(), t1); !errors.Is(err, payment.ErrInsufficient) {
		t.Errorf("without a balance: %v", err)
	}
	t1.Floors = nil
	p = s.commit(t1)
	approved, err := p.Approve("key_2")
	if err != nil {
		t.Fatal(err)
	}
	p = s.commit(step(p, approved))
	found, err := s.Payment(t.Context(), "po_1")
	if err != nil || found.ApprovedBy != "key_2" || found.Hold != "" || found.Order.Beneficiary.Name != "Ada" {
		t.Errorf("%+v, %v", found, err)
	}
}

func listedPayouts(t *testing.T, s *database) {
	p := s.payment(1)
	p.ID, p.Direction, p.Hold, p.Attempts, p.Decisions = "po_1", fx.Send, payment.HoldApproval, nil, nil
	s.commit(step(payment.Payment{}, p))
	page := payment.Page{Limit: 10}
	for direction, want := range map[fx.Direction]int{fx.Collect: 0, fx.Send: 1} {
		if all, _, err := s.Payments(t.Context(), payment.Filter{Merchant: "m_1", Mode: payment.Test, Direction: direction, Page: page}); err != nil || len(all) != want {
			t.Errorf("%d of %s, %v", len(all), direction, err)
		}
	}
	if err := s.SaveBeneficiary(t.Context(), payment.Beneficiary{ID: "ben_1", Merchant: "m_1", Mode: payment.Test, Name: "Ada", At: start}); err != nil {
		t.Fatal(err)
	}
	if all, more, err := s.Beneficiaries(t.Context(), "m_1", payment.Test, page); err != nil || more || len(all) != 1 {
		t.Errorf("%d beneficiaries, %t, %v", len(all), more, err)
	}
}

func beneficiaries(t *testing.T, s *suite) {
	b := payment.Beneficiary{ID: "ben_1", Merchant: "m_1", Mode: payment.Test, Name: "Ada", Country: "DE", Account: "DE89", At: start}
	if err := s.SaveBeneficiary(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Beneficiary(t.Context(), "m_1", payment.Test, "ben_1"); err != nil || got != b {
		t.Errorf("beneficiary %+v, %v", got, err)
	}
	if _, err := s.Beneficiary(t.Context(), "m_2", payment.Test, "ben_1"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("that of another: %v", err)
	}
}
