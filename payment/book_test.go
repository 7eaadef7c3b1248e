package payment_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// postings lists "account amount" of the entries, debits positive, in order of account.
func postings(entries []ledger.Entry) string {
	var lines []string
	for _, e := range entries {
		for _, p := range e.Postings {
			lines = append(lines, string(p.Account)+" "+p.Amount.String())
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func check(t *testing.T, entries []ledger.Entry) {
	t.Helper()
	for _, e := range entries {
		if err := e.Check(); err != nil {
			t.Errorf("%s: %v", e.ID, err)
		}
	}
}

func TestBookCaptureA1(t *testing.T) {
	before := begun(t, everything, nil, payment.Unknown)
	after := force(t, before, payment.Captured)
	entries := payment.Book(before, after)
	check(t, entries)
	want := strings.Join([]string{
		"channel:card.acme:receivable -1.30 EUR",
		"channel:card.acme:receivable 99.99 EUR",
		"cost:channel 1.30 EUR",
		"fx:position -99.99 EUR",
		"fx:position 109.989 USD",
		"fx:rounding -0.009055 USD",
		"merchant:m_1:pending -109.43 USD",
		"merchant:m_1:pending 1.65 USD",
		"revenue:fees -1.65 USD",
		"revenue:margin -0.549945 USD",
	}, "\n")
	if got := postings(entries); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := after.PendingCredit(); !got.Equal(money.Must("107.78", "USD")) {
		t.Errorf("pending %s", got)
	}
}

// captured is example A authorized and captured in the given parts.
func captured(t *testing.T, parts ...string) (payment.Payment, []ledger.Entry) {
	t.Helper()
	p := begun(t, everything, func(o *payment.Order) { o.Capture = payment.CaptureManual }, payment.Authorized)
	var entries []ledger.Entry
	for i, part := range parts {
		id := "cap_" + string(rune('1'+i))
		begunCapture, err := p.BeginCapture(payment.Operation{ID: id, Amount: money.Must(part, "EUR"), CreatedAt: start, Deadline: start})
		if err != nil {
			t.Fatal(err)
		}
		done := learn(t, begunCapture, payment.News{
			Ref: id, By: payment.ByAnswer, At: start, Result: payment.Result{Outcome: payment.Done, Amount: money.Must(part, "EUR")},
		})
		entries = append(entries, payment.Book(begunCapture, done)...)
		p = done
	}
	check(t, entries)
	return p, entries
}

func credited(entries []ledger.Entry) []string {
	var amounts []string
	for _, e := range entries {
		for _, p := range e.Postings {
			if p.Account == ledger.MerchantPending("m_1") && p.Amount.Sign() < 0 {
				amounts = append(amounts, p.Amount.Neg().Value())
			}
		}
	}
	return amounts
}

func TestTwoCapturesSumToTheWhole(t *testing.T) {
	p, entries := captured(t, "60.00", "39.99")
	if got := credited(entries); !slices.Equal(got, []string{"65.67", "43.76"}) {
		t.Errorf("credited %v", got)
	}
	if p.Status() != payment.Succeeded || !p.PendingCredit().Equal(money.Must("107.78", "USD")) {
		t.Errorf("status %s, pending %s", p.Status(), p.PendingCredit())
	}
	if entries[0].ID != "att_1:captured:cap_1" || entries[1].ID != "att_1:captured:cap_2" {
		t.Errorf("causes %s, %s", entries[0].ID, entries[1].ID)
	}
}

func TestAFinalCaptureReleasesTheRest(t *testing.T) {
	p, _ := captured(t, "60.00")
	final, err := p.BeginCapture(payment.Operation{ID: "cap_9", Amount: money.Must("10.00", "EUR"), Final: true, CreatedAt: start, Deadline: start})
	if err != nil {
		t.Fatal(err)
	}
	final = learn(t, final, payment.News{Ref: "cap_9", By: payment.ByReplay, At: start, Result: payment.Result{Outcome: payment.Done, Amount: money.Must("10.00", "EUR")}})
	if final.Status() != payment.Succeeded || !final.Received().Equal(money.Must("70.00", "EUR")) || final.Capturable().Sign() != 0 {
		t.Errorf("%s received %s capturable %s", final.Status(), final.Received(), final.Capturable())
	}
}

// refund begins a refund at today's mid rate and returns the payments before and after, and after the channel confirmed.
func refund(t *testing.T, p payment.Payment, id, amount, mid string, at time.Time) (requested, done payment.Payment) {
	t.Helper()
	o := payment.Operation{ID: id, Amount: money.Must(amount, "EUR"), CreatedAt: at, Deadline: at}
	requested, err := p.BeginRefund(o)
	if err != nil {
		t.Fatal(err)
	}
	requested.Operations[len(requested.Operations)-1].Booking = p.PriceRefund(o.Amount, money.MustRate(mid, "EUR", "USD"), at)
	done = learn(t, requested, payment.News{Ref: id, By: payment.ByAnswer, At: at, Result: payment.Result{Outcome: payment.Done, Amount: o.Amount}})
	return requested, done
}

func TestRefundInFullAtTheOriginalRateD2(t *testing.T) {
	p := force(t, begun(t, everything, nil, payment.Unknown), payment.Captured).Settle()
	requested, done := refund(t, p, "ref_1", "99.99", "1.13", start.AddDate(0, 0, 10))
	reserve, confirm := payment.Book(p, requested), payment.Book(requested, done)
	check(t, append(reserve, confirm...))
	if got, want := postings(reserve), "merchant:m_1:available 109.43 USD\nmerchant:m_1:reserved -109.43 USD"; got != want {
		t.Errorf("D1: got\n%s\nwant\n%s", got, want)
	}
	want := strings.Join([]string{
		"channel:card.acme:receivable -99.99 EUR",
		"fx:position -112.9887 USD",
		"fx:position 99.99 EUR",
		"fx:rounding 0.009055 USD",
		"merchant:m_1:reserved 109.43 USD",
		"revenue:margin 0.549945 USD",
		"treasury:slippage 2.9997 USD",
	}, "\n")
	if got := postings(confirm); got != want {
		t.Errorf("D2: got\n%s\nwant\n%s", got, want)
	}
}

func TestRefundAtTheCurrentRateD3(t *testing.T) {
	p := force(t, begun(t, everything, nil, payment.Unknown), payment.Captured).Settle()
	requested, done := refund(t, p, "ref_1", "99.99", "1.13", start.AddDate(0, 0, 91))
	entries := append(payment.Book(p, requested), payment.Book(requested, done)...)
	check(t, entries)
	got := done.Operations[0].Booking
	if got.Reserved().Value() != "113.56" || got.Margin.Value() != "0.5649435" || got.Rounding.Value() != "0.0063565" {
		t.Errorf("reserved %s, margin %s, rounding %s", got.Reserved(), got.Margin, got.Rounding)
	}
}

func TestWhatTheChannelChargesForARefundIsOurCost(t *testing.T) {
	p := force(t, begun(t, everything, nil, payment.Unknown), payment.Captured).Settle()
	for rate, at := range map[string]time.Time{"original": start, "current": start.AddDate(0, 0, 91)} {
		requested, _ := refund(t, p, "ref_1", "99.99", "1.13", at)
		requested.Operations[0].Booking.ChannelFee = money.Must("0.10", "EUR")
		done := learn(t, requested, payment.News{Ref: "ref_1", By: payment.ByAnswer, At: at, Result: payment.Result{Outcome: payment.Done, Amount: p.Debit()}})
		confirm := payment.Book(requested, done)
		check(t, confirm)
		if got := postings(confirm); !strings.Contains(got, "channel:card.acme:receivable -0.10 EUR") || !strings.Contains(got, "cost:channel 0.10 EUR") {
			t.Errorf("at the %s rate\n%s", rate, got)
		}
		failed := learn(t, requested, payment.News{Ref: "ref_1", By: payment.ByAnswer, At: at, Result: payment.Result{Outcome: payment.Declined}})
		if got := postings(payment.Book(requested, failed)); strings.Contains(got, "cost:channel") {
			t.Errorf("a refund that failed at the %s rate costs\n%s", rate, got)
		}
	}
}

func TestARefundDrawsOnPendingFirstAndReturnsWhatItDrewWhenItFails(t *testing.T) {
	p := force(t, begun(t, everything, nil, payment.Unknown), payment.Captured)
	requested, _ := refund(t, p, "ref_1", "99.99", "1.13", start)
	b := requested.Operations[0].Booking
	if b.FromPending.Value() != "107.78" || b.FromAvailable.Value() != "1.65" {
		t.Fatalf("from pending %s, from available %s", b.FromPending, b.FromAvailable)
	}
	declined := payment.News{Ref: "ref_1", By: payment.ByInquiry, At: start, Result: payment.Result{Outcome: payment.Declined}}
	failed := learn(t, requested, declined)
	if got := postings(payment.Book(requested, failed)); got != "merchant:m_1:available -1.65 USD\nmerchant:m_1:pending -107.78 USD\nmerchant:m_1:reserved 109.43 USD" {
		t.Errorf("released before settlement:\n%s", got)
	}
	if !failed.PendingCredit().Equal(money.Must("107.78", "USD")) || !failed.Refundable().Equal(p.Debit()) {
		t.Errorf("pending %s, refundable %s", failed.PendingCredit(), failed.Refundable())
	}

	settled := requested.Settle()
	failed = learn(t, settled, declined)
	if got := postings(payment.Book(settled, failed)); got != "merchant:m_1:available -109.43 USD\nmerchant:m_1:reserved 109.43 USD" {
		t.Errorf("released after settlement:\n%s", got)
	}
	if failed.PendingCredit().Sign() != 0 {
		t.Errorf("pending %s after settlement", failed.PendingCredit())
	}
}

func TestPartialRefundsReturnExactlyWhatWasCredited(t *testing.T) {
	p := force(t, begun(t, everything, nil, payment.Unknown), payment.Captured).Settle()
	total := money.MustAsset("USD").Zero()
	for i, part := range []string{"33.33", "33.33", "33.33"} {
		requested, done := refund(t, p, "ref_"+string(rune('1'+i)), part, "1.2", start)
		check(t, append(payment.Book(p, requested), payment.Book(requested, done)...))
		total = total.Add(done.Operations[i].Booking.Reserved())
		p = done
	}
	if !total.Equal(money.Must("109.43", "USD")) || p.Refundable().Sign() != 0 {
		t.Errorf("returned %s, refundable %s", total, p.Refundable())
	}
	if _, err := p.BeginRefund(payment.Operation{ID: "ref_9", Amount: money.Must("0.01", "EUR")}); err == nil {
		t.Error("more than everything was refunded")
	}
}

func TestAnOrphanIsBookedInSuspenseAndOutG(t *testing.T) {
	p := begun(t, everything, nil, payment.Fenced)
	found := learn(t, p, payment.News{Ref: "att_1", By: payment.ByInquiry, At: start, Result: payment.Result{Outcome: payment.Captured, Amount: p.Debit()}})
	reversed := learn(t, found, payment.News{Ref: "orp_1", By: payment.ByAnswer, At: start, Result: payment.Result{Outcome: payment.Done, Amount: p.Debit()}})
	entries := append(payment.Book(p, found), payment.Book(found, reversed)...)
	check(t, entries)
	want := strings.Join([]string{
		"channel:card.acme:receivable -1.30 EUR",
		"channel:card.acme:receivable -99.99 EUR",
		"channel:card.acme:receivable 99.99 EUR",
		"cost:channel 1.30 EUR",
		"suspense:card.acme -99.99 EUR",
		"suspense:card.acme 99.99 EUR",
	}, "\n")
	if got := postings(entries); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSettlementWithinTheStepOfTheCapture(t *testing.T) {
	before := begun(t, everything, func(o *payment.Order) { o.Terms.SettlementDays = 0 }, payment.Unknown)
	after := force(t, before, payment.Captured)
	if step := after.Next(start.Add(time.Second)); step.Do != payment.Settle {
		t.Fatalf("next is %s", step.Do)
	}
	entries := payment.Book(before, after.Settle())
	check(t, entries)
	if len(entries) != 2 || entries[1].ID != "pay_1:settled:1" || !strings.Contains(postings(entries[1:]), "merchant:m_1:available -107.78 USD") {
		t.Errorf("%v", entries)
	}
}

// recapture captures a part of p at a moment, at mid when the price's lock has ended by then.
func recapture(t *testing.T, p payment.Payment, id, part, mid string, at time.Time) (payment.Payment, []ledger.Entry) {
	t.Helper()
	amount := money.Must(part, "EUR")
	begun, err := p.BeginCapture(payment.Operation{ID: id, Amount: amount, CreatedAt: at, Deadline: at})
	if err != nil {
		t.Fatal(err)
	}
	if p.LockEnded(at) {
		begun.Operations[len(begun.Operations)-1].Booking.Mid = money.MustRate(mid, "EUR", "USD")
	}
	done := learn(t, begun, payment.News{Ref: id, By: payment.ByAnswer, At: at, Result: payment.Result{Outcome: payment.Done, Amount: amount}})
	entries := payment.Book(begun, done)
	check(t, entries)
	return done, entries
}

func TestACaptureAfterTheLockIsAtTheRateOfItsMoment(t *testing.T) {
	held := begun(t, everything, func(o *payment.Order) { o.Capture = payment.CaptureManual }, payment.Authorized)
	within, late := held.Quote.ExpiresAt.Add(-1), held.Quote.ExpiresAt
	first, _ := recapture(t, held, "cap_1", "60.00", "1.2", within)
	both, entries := recapture(t, first, "cap_2", "39.99", "1.2", late)
	want := strings.Join([]string{
		"channel:card.acme:receivable -0.51 EUR",
		"channel:card.acme:receivable 39.99 EUR",
		"cost:channel 0.51 EUR",
		"fx:position -39.99 EUR",
		"fx:position 47.988 USD",
		"fx:rounding -0.00806 USD",
		"merchant:m_1:pending -47.74 USD",
		"merchant:m_1:pending 0.65 USD",
		"revenue:fees -0.65 USD",
		"revenue:margin -0.23994 USD",
	}, "\n")
	if got := postings(entries); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := both.Credited(); !got.Equal(money.Must("111.76", "USD")) || both.View(late, "en").Settlement.Net.Value != "111.76" {
		t.Errorf("credited %s, shown %s", got, both.View(late, "en").Settlement.Net.Value)
	}

	// Whichever is answered first, and whichever way they are cut, the fee is that of the quote.
	reversed, _ := recapture(t, held, "cap_1", "39.99", "1.2", late)
	reversed, _ = recapture(t, reversed, "cap_2", "60.00", "", within)
	if !reversed.Credited().Equal(both.Credited()) {
		t.Errorf("in the other order %s is credited instead of %s", reversed.Credited(), both.Credited())
	}
}

func TestRefundsOfALateCaptureReturnWhatWasCredited(t *testing.T) {
	held := begun(t, everything, func(o *payment.Order) { o.Capture = payment.CaptureManual }, payment.Authorized)
	late := held.Quote.ExpiresAt
	p, _ := recapture(t, held, "cap_1", "60.00", "", start)
	p, _ = recapture(t, p, "cap_2", "39.99", "1.2", late)
	p = p.Settle()
	returned := money.MustAsset("USD").Zero()
	for i, part := range []string{"33.33", "33.33", "33.33"} {
		requested, done := refund(t, p, "ref_"+string(rune('1'+i)), part, "1.3", late)
		check(t, append(payment.Book(p, requested), payment.Book(requested, done)...))
		returned = returned.Add(done.Operations[len(done.Operations)-1].Booking.Reserved())
		p = done
	}
	if !returned.Equal(money.Must("113.41", "USD")) || p.Refundable().Sign() != 0 { // 65.67 + 47.74
		t.Errorf("returned %s, refundable %s", returned, p.Refundable())
	}
}
