package payment_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// arrived is when the transfers of these tests are credited, and later a moment by which all of them are old.
var (
	arrived = start.Add(2 * time.Minute)
	later   = start.Add(48 * time.Hour)
)

func ether(value string) money.Amount { return money.Must(value, "ETH@"+network) }

// returning begins the return of an amount out of what was credited until a moment.
func returning(p payment.Payment, id string, amount money.Amount, until time.Time) (payment.Payment, error) {
	return p.BeginClaimReturn(payment.NewClaimReturn(id, amount, "0xd", later), until)
}

// mined is what a chain says of a return.
func mined(id string, o payment.Outcome, amount money.Amount, block string) payment.News {
	at := later.Add(time.Hour)
	return payment.News{Ref: id, By: payment.ByInquiry, At: at, AskedAt: at, Result: payment.Result{
		Outcome: o, Amount: amount, Progress: &payment.Progress{Block: block, Gas: ether("0.001")},
	}}
}

func TestWhatMayBeReturned(t *testing.T) {
	over, short := transfer(1, usdc("60.275"), payment.ReceiptCredited), transfer(1, usdc("30"), payment.ReceiptCredited)
	due, extra := transfer(1, usdc("55.275"), payment.ReceiptCredited), transfer(2, usdc("5"), payment.ReceiptCredited)
	seen := transfer(2, usdc("5"), payment.ReceiptSeen)
	other := transfer(3, ether("1"), payment.ReceiptCredited)
	for name, row := range map[string]struct {
		receipts []payment.Receipt
		amount   money.Amount
		until    time.Time
		want     error
	}{
		"what is over":                {[]payment.Receipt{over}, usdc("5"), later, nil},
		"a part of it":                {[]payment.Receipt{over}, usdc("1"), later, nil},
		"of a second transfer":        {[]payment.Receipt{due, extra}, usdc("5"), later, nil},
		"more than is over":           {[]payment.Receipt{over}, usdc("5.000001"), later, payment.ErrAmountExceeds},
		"what is not credited":        {[]payment.Receipt{due, seen}, usdc("5"), later, payment.ErrAmountExceeds},
		"nothing":                     {[]payment.Receipt{over}, usdc("0"), later, payment.ErrAmountExceeds},
		"too early":                   {[]payment.Receipt{over}, usdc("5"), arrived.Add(-1), payment.ErrClaimEarly},
		"as soon as it is old enough": {[]payment.Receipt{over}, usdc("5"), arrived, nil},
		"underpaid and open":          {[]payment.Receipt{short}, usdc("30"), later, payment.ErrClaimOpen},
		"another asset":               {[]payment.Receipt{short, other}, ether("1"), later, nil},
		"an asset that never came":    {[]payment.Receipt{over}, ether("1"), later, payment.ErrAmountExceeds},
		"where nothing came":          {nil, usdc("1"), later, payment.ErrAmountExceeds},
	} {
		p, _ := books(t, told(t), row.receipts...)
		after, err := returning(p, "clm_1", row.amount, row.until)
		if !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
		if begun := len(after.Operations) == 1; begun != (row.want == nil) {
			t.Errorf("%s: %+v", name, after.Operations)
		}
	}
}

func TestAReturnIsPostedAsInTheWorkedExample(t *testing.T) {
	p, _ := books(t, told(t), transfer(1, usdc("60.275"), payment.ReceiptCredited))
	p, err := returning(p, "clm_1", usdc("5"), later)
	if err != nil {
		t.Fatal(err)
	}
	if o := p.Operations[0]; o.Attempt != "att_1" || o.Destination != "0xd" || o.Outcome != payment.Unknown || !p.Due().Equal(later) || p.Kept() != nil {
		t.Errorf("begun as %+v, due %s, kept %s", o, p.Due(), p.Kept())
	}
	const claim, gas = "Dr claims:pay_1 5.000000 | Cr chain:" + network + ":hot 5.000000", "Dr cost:network 0.001000000000000000 | Cr chain:" + network + ":hot 0.001000000000000000"
	for _, step := range []struct {
		outcome payment.Outcome
		block   string
		want    []string
	}{
		{payment.Unknown, "", nil},
		{payment.Pending, "", nil},
		{payment.Done, "0xb1", []string{"clm_1:paid:b1: USDC@" + network + " | " + claim + "\nETH@" + network + " | " + gas}},
		{payment.Done, "0xb1", nil},
		{payment.Pending, "", []string{"clm_1:unpaid:b1: USDC@" + network + " | " + reversed(claim) + "\nETH@" + network + " | " + reversed(gas)}},
		{payment.Done, "0xb2", []string{"clm_1:paid-2:b2: USDC@" + network + " | " + claim + "\nETH@" + network + " | " + gas}},
		{payment.Pending, "", []string{"clm_1:unpaid-2:b2: USDC@" + network + " | " + reversed(claim) + "\nETH@" + network + " | " + reversed(gas)}},
		{payment.Declined, "0xb3", []string{"clm_1:reverted-2:b3: ETH@" + network + " | " + gas}},
	} {
		after := learn(t, p, mined("clm_1", step.outcome, usdc("5"), step.block))
		var got []string
		for _, e := range payment.Book(p, after) {
			got = append(got, e.ID+": "+e.String())
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("after %s in %q: %q, want %q", step.outcome, step.block, got, step.want)
		}
		p = after
	}
	if kept := p.Kept(); len(kept) != 1 || !kept[0].Equal(usdc("5")) || p.Status() != payment.Succeeded {
		t.Errorf("after it was in vain %s waits, and the payment is %s", kept, p.Status())
	}
}

// reversed swaps the sides of a row.
func reversed(row string) string {
	debit, credit, _ := strings.Cut(strings.TrimPrefix(row, "Dr "), " | Cr ")
	return "Dr " + credit + " | Cr " + debit
}

// What two people began to return does not complete the payment any more: the payer would pay with money that goes back.
func TestWhatGoesBackCompletesNothing(t *testing.T) {
	p, _ := books(t, told(t), transfer(1, usdc("30"), payment.ReceiptCredited))
	p.Attempts[0].Outcome, p.Closed = payment.Canceled, payment.PaymentExpired // two people ended it
	rest := transfer(2, usdc("25.275"), payment.ReceiptCredited)
	if late, _ := books(t, p, rest); late.Status() != payment.Succeeded {
		t.Fatalf("without a return it is %s", late.Status())
	}
	p, err := returning(p, "clm_1", usdc("30"), later)
	if err != nil {
		t.Fatal(err)
	}
	p, posted := books(t, p, rest)
	if p.Status() != payment.StatusExpired || len(posted) != 1 {
		t.Errorf("it is %s, and posts %q", p.Status(), posted)
	}
	if kept := p.Kept(); len(kept) != 1 || !kept[0].Equal(usdc("25.275")) {
		t.Errorf("%s waits", kept)
	}
}

// A chain that takes a transfer back after its claim was returned leaves a hole that everybody sees.
func TestAClaimThatIsTakenBackLaterIsNegative(t *testing.T) {
	extra := transfer(2, usdc("5"), payment.ReceiptCredited)
	p, _ := books(t, told(t), transfer(1, usdc("55.275"), payment.ReceiptCredited), extra)
	p, err := returning(p, "clm_1", usdc("5"), later)
	if err != nil {
		t.Fatal(err)
	}
	extra.State = payment.ReceiptOrphaned
	p, _ = books(t, learn(t, p, mined("clm_1", payment.Done, usdc("5"), "0xb1")), extra)
	claims := p.Claims()
	if len(claims) != 1 || !claims[0].Amount.Equal(usdc("5").Neg()) || p.Kept() != nil || p.Status() != payment.Succeeded {
		t.Errorf("%+v, kept %s, the payment is %s", claims, p.Kept(), p.Status())
	}
	if _, err := returning(p, "clm_2", usdc("1"), later); !errors.Is(err, payment.ErrAmountExceeds) {
		t.Errorf("out of a hole: %v", err)
	}
}

// A transfer that is on its way, or of which nobody knows whether it is, leaves nothing to return again.
func TestAClaimUnderWayIsNotReturnedAgain(t *testing.T) {
	for _, outcome := range []payment.Outcome{payment.Unknown, payment.Pending, payment.Review, payment.Done} {
		p, _ := books(t, told(t), transfer(1, usdc("60.275"), payment.ReceiptCredited))
		p, err := returning(p, "clm_1", usdc("5"), later)
		if err != nil {
			t.Fatal(err)
		}
		p.Operations[0].Outcome = outcome
		if _, err := returning(p, "clm_2", usdc("1"), later); !errors.Is(err, payment.ErrAmountExceeds) {
			t.Errorf("beside a return that is %s: %v", outcome, err)
		}
	}
}

// Whatever comes and goes back, and whatever a chain says of it, the claims of a payment never have less than nothing, as
// long as the chain takes no deposit back.
func TestClaimsAreNeverReturnedTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p, _ := books(t, told(t), transfer(100, usdc("60.275"), payment.ReceiptCredited))
		claims := map[money.Asset]money.Amount{usdc("0").Asset(): usdc("5"), ether("0").Asset(): ether("0")}
		move := func(after payment.Payment) {
			for _, e := range payment.Book(p, after) {
				for _, posting := range e.Postings {
					if posting.Account == ledger.Claims("pay_1") {
						asset := posting.Amount.Asset()
						claims[asset] = claims[asset].Sub(posting.Amount)
					}
				}
			}
			p = after
			for asset, left := range claims {
				if left.Sign() < 0 {
					rt.Fatalf("the claims have %s of %s", left, asset)
				}
			}
		}
		amounts := []money.Amount{usdc("5"), usdc("30"), usdc("55.275"), usdc("60.275"), ether("1"), ether("0.5")}
		outcomes := []payment.Outcome{payment.Unknown, payment.Pending, payment.Done, payment.Declined}
		for n := range rapid.IntRange(10, 40).Draw(rt, "steps") {
			amount := rapid.SampledFrom(amounts).Draw(rt, "amount")
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0:
				state := rapid.SampledFrom([]payment.ReceiptState{payment.ReceiptSeen, payment.ReceiptCredited}).Draw(rt, "state")
				if after, err := p.Receive(transfer(n, amount, state), arrived); err == nil {
					move(after)
				}
			case 1:
				if after, err := returning(p, fmt.Sprint("clm_", n), amount, later); err == nil {
					move(after)
				}
			default:
				if len(p.Operations) == 0 {
					continue
				}
				o := rapid.SampledFrom(p.Operations).Draw(rt, "of")
				if o.Outcome.Free() {
					continue // a chain decides once that it was in vain
				}
				news := mined(o.ID, rapid.SampledFrom(outcomes).Draw(rt, "says"), o.Amount, fmt.Sprint("0x", n))
				after, err := p.Learn(news)
				if err != nil {
					rt.Fatal(err)
				}
				move(after)
			}
		}
	})
}

// While its transfer may be on the way people end no return: another would pay twice. The chain says what became of it.
func TestPeopleDoNotEndAReturn(t *testing.T) {
	p, _ := books(t, told(t), transfer(1, usdc("60.275"), payment.ReceiptCredited))
	p, err := returning(p, "clm_1", usdc("5"), later)
	if err != nil {
		t.Fatal(err)
	}
	p.Operations[0].Outcome = payment.Review
	for _, outcome := range []payment.Outcome{payment.Declined, payment.NotSent, payment.Done} {
		if after, err := p.Decide("clm_1", outcome, later); !errors.Is(err, payment.ErrNotDecidable) || after.Operations[0].Outcome != payment.Review {
			t.Errorf("people say %s: it is %s (%v)", outcome, after.Operations[0].Outcome, err)
		}
	}
	after, err := p.Learn(mined("clm_1", payment.Done, usdc("5"), "0xb"))
	if err != nil || after.Operations[0].Outcome != payment.Done {
		t.Errorf("the chain says done: it is %s (%v)", after.Operations[0].Outcome, err)
	}
}
