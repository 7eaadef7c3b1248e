package payment_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// coins is a payout of EUR 100.00 on a chain, of a merchant with EUR, and what each answer about it is.
func coins(t *testing.T) (p payment.Payment, paid, marked payment.News) {
	t.Helper()
	coin := money.Asset{Code: "ETH", Network: "eip155:1337", Exponent: 18, Kind: money.Native}
	if err := money.Register(coin); err != nil {
		t.Fatal(err)
	}
	ether := coin.String()
	p = payoutC("")
	p.Quote.Target, p.Quote.AtMid, p.Quote.Margin, p.Quote.Residual = money.Must("1000.00", ether), money.Must("1005.00", ether), money.Must("5.00", ether), money.Must("0", ether)
	p.Quote.Rate.Mid = money.MustRate("1.25", ether, "USD").Inverse()
	p = p.Begin(payment.Attempt{
		ID: "att_1", Channel: "chain.dev", Cost: money.Must("0", ether), Capabilities: payment.Capabilities{Payout: true, Inquiry: true, Fence: true},
		CreatedAt: start, Deadline: start.Add(5 * time.Second),
	}, payment.Decision{})
	result := func(gas, conflict string) payment.News {
		g := payment.Progress{Accepted: true, Gas: money.Must(gas, ether), Conflict: conflict}
		return step(payment.Result{Outcome: payment.Captured, Amount: money.Must("1000.00", ether), Progress: &g})
	}
	return p, result("0.002", ""), result("0.003", "a payout that counts as paid was not paid")
}

// sums adds up what was posted to each account.
func sums(t *testing.T, steps ...payment.Payment) map[ledger.Account]money.Amount {
	t.Helper()
	total := map[ledger.Account]money.Amount{}
	for i := 1; i < len(steps); i++ {
		for _, e := range payment.Book(steps[i-1], steps[i]) {
			if err := e.Check(); err != nil {
				t.Errorf("%s: %v", e.ID, err)
			}
			for _, posting := range e.Postings {
				key := ledger.Account(string(posting.Account) + " " + posting.Amount.Asset().String())
				if had, ok := total[key]; ok {
					total[key] = had.Add(posting.Amount)
				} else {
					total[key] = posting.Amount
				}
			}
		}
	}
	for account, amount := range total {
		if amount.IsZero() {
			delete(total, account)
		}
	}
	return total
}

// A payout that was told as paid and taken back stays paid until two people decide. Then the merchant has all of it again,
// the house bears the gas that was spent in vain, and nobody sends it once more by itself.
func TestAPayoutThatIsTakenBackMakesTheMerchantWhole(t *testing.T) {
	p, paidNews, markedNews := coins(t)
	paid := learn(t, p, paidNews)
	marked := learn(t, paid, markedNews)
	again := learn(t, marked, markedNews)
	if again.Status() != payment.Paid || !slices.Equal(again.Exceptions(start), []string{payment.Contradicted}) {
		t.Errorf("%s %v", again.Status(), again.Exceptions(start))
	}
	if _, events := payment.Tell(paid, marked, start, func(string) string { return "evt_1" }); len(events) != 1 || events[0].Type != "payout.contradicted" {
		t.Errorf("events %+v", events)
	}
	for _, by := range []payment.Evidence{payment.ByInquiry, payment.ByCancel} {
		reverted := payment.News{Ref: "att_1", By: by, At: start, Result: payment.Result{Outcome: payment.Declined, Reason: payment.GenericDecline}}
		if after := learn(t, again, reverted); after.Attempts[0].Outcome != payment.Captured {
			t.Errorf("%s takes it back alone", by)
		}
	}
	if _, err := paid.Decide("att_1", payment.Declined, start); !errors.Is(err, payment.ErrNotInReview) {
		t.Errorf("without a mark: %v", err)
	}
	for _, outcome := range []payment.Outcome{payment.Fenced, payment.NotSent, payment.Pending, payment.Review, payment.Done} {
		if _, err := again.Decide("att_1", outcome, start); !errors.Is(err, payment.ErrNotDecidable) {
			t.Errorf("as %s: %v", outcome, err)
		}
	}
	back, err := again.Decide("att_1", payment.Declined, start)
	if err != nil || back.Status() != payment.Failed || back.Exceptions(start) != nil {
		t.Fatalf("%v: %s %v", err, back.Status(), back.Exceptions(start))
	}
	total := sums(t, payoutC(payment.HoldDraft), p, paid, marked, again, back)
	gas := markedNews.Progress.Gas
	if len(total) != 2 || !total["cost:network "+ledger.Account(gas.Asset().String())].Equal(gas) {
		t.Errorf("what stays in the books: %v", total)
	}
	for _, later := range []time.Duration{0, time.Hour, 9 * 24 * time.Hour} {
		if next := back.Next(start.Add(later)); next.Do != payment.Stop {
			t.Errorf("it goes on with %s", next.Do)
		}
	}
	if late := learn(t, back, markedNews); len(late.Operations) != 0 || len(payment.Book(back, late)) != 0 || late.Exceptions(start) != nil {
		t.Error("what people know begins anew")
	}
}

// What a bank's books settle at last is no question for people any more.
func TestAContradictionThatTheBooksSettleIsOver(t *testing.T) {
	p := learn(t, sending(payoutC("")), progress(payment.Review, payment.Progress{Accepted: true, Booked: true, Conflict: "both credited and rejected"}))
	if got := p.Exceptions(start); p.Status() != payment.NeedsReview || !slices.Equal(got, []string{payment.Contradicted}) {
		t.Fatalf("%s %v", p.Status(), got)
	}
	p = learn(t, p, back(payment.Declined, "1000.00", payment.Progress{Accepted: true, Booked: true}))
	if p.Status() != payment.Failed || p.Exceptions(start) != nil {
		t.Errorf("%s %v", p.Status(), p.Exceptions(start))
	}
}

// People may also find that it stands. What was decided is not asked again, and another contradiction is.
func TestAContradictionIsDecidedOnce(t *testing.T) {
	odd := func(conflict string) payment.News {
		return progress(payment.Captured, payment.Progress{Accepted: true, Booked: true, Conflict: conflict})
	}
	p := learn(t, sending(payoutC("")), odd("debited twice"))
	stands, err := p.Decide("att_1", payment.Captured, start)
	if err != nil || stands.Status() != payment.Paid || stands.Exceptions(start) != nil || len(payment.Book(p, stands)) != 0 {
		t.Fatalf("%v: %s %v", err, stands.Status(), stands.Exceptions(start))
	}
	if same := learn(t, stands, odd("debited twice")); same.Exceptions(start) != nil {
		t.Error("the same is asked again")
	}
	other := learn(t, stands, odd("gave back more than was sent"))
	if !slices.Equal(other.Exceptions(start), []string{payment.Contradicted}) {
		t.Error("another contradiction is not asked")
	}
	failed, err := other.Decide("att_1", payment.Declined, start)
	if err != nil || failed.Status() != payment.Failed {
		t.Fatalf("%v: %s", err, failed.Status())
	}
	want := "att_1:rejected: GBP | Dr transit:xb.bank 1000.00 | Cr fx:position 1000.00 / "
	if got := entriesOf(t, other, failed); len(got) != 1 || !strings.HasPrefix(got[0], want) || !strings.Contains(got[0], "Cr merchant:m_1:available 1264.25") {
		t.Errorf("posted %v", got)
	}
	returned := learn(t, p, back(payment.Captured, "980.00", payment.Progress{Accepted: true, Booked: true}))
	if _, err := returned.Decide("att_1", payment.Declined, start); !errors.Is(err, payment.ErrNotDecidable) {
		t.Errorf("one that came back: %v", err)
	}
}

// One person has one name, however it is typed: nothing that cannot be seen tells two names apart.
func TestOnePersonHasOneName(t *testing.T) {
	for _, name := range []string{"ann li", " Ann  LI ", "ann\u00a0li"} {
		if got, err := payment.Person(name); err != nil || got != "ann li" {
			t.Errorf("%q is %q (%v)", name, got, err)
		}
	}
	for _, name := range []string{"", " ", "ann\u200bli", "ann\u202eli", "ann\x00", strings.Repeat("a", 101)} {
		if got, err := payment.Person(name); !errors.Is(err, payment.ErrNoPerson) {
			t.Errorf("%q is %q (%v)", name, got, err)
		}
	}
}

// What a chain took back and never gives again pays for nothing: the payment ends once it has expired and the channel finds
// nothing any more. Until then it waits, and what comes later still counts.
func TestAPaymentThatOnlyHadWhatWasTakenBackEndsUnpaid(t *testing.T) {
	for name, was := range map[string]payment.ReceiptState{"only seen": payment.ReceiptSeen, "credited": payment.ReceiptCredited} {
		p := orderB()
		tell := func(state payment.ReceiptState, block string, at time.Time) {
			t.Helper()
			var err error
			r := payment.Receipt{ID: "rct_" + block, Attempt: "att_1", Reference: block, Amount: usdc("55.275"), State: state, Block: block, At: start}
			if p, err = p.Receive(r, at); err != nil {
				t.Fatal(err)
			}
		}
		tell(was, "0xb1", start)
		tell(payment.ReceiptOrphaned, "0xb1", start.Add(time.Minute))
		asked := func(at time.Time, r payment.Result) {
			t.Helper()
			p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByCancel, At: at, AskedAt: at, Result: r})
		}
		if step := p.Next(p.ExpiresAt.Add(-time.Second)); step.Do != payment.Stop || p.Status() != payment.Processing {
			t.Fatalf("%s: while it may still be paid: %s, %s", name, step.Do, p.Status())
		}
		if due := p.Due(); !due.Equal(p.ExpiresAt) || p.Next(due) != (payment.Step{Do: payment.Fence, Ref: "att_1"}) {
			t.Fatalf("%s: due %s, then %+v", name, due, p.Next(due))
		}
		asked(p.Due(), payment.Result{Outcome: payment.Pending, Reason: payment.AwaitingConfirmations}) // it may still come back
		if p.Status() != payment.Processing || p.Due().Sub(p.ExpiresAt) > time.Hour || p.Next(p.Due()).Do != payment.Fence {
			t.Fatalf("%s: not final yet: %s, due %s, then %s", name, p.Status(), p.Due(), p.Next(p.Due()).Do)
		}
		asked(p.Due(), payment.Result{Outcome: payment.Fenced})
		if p.Status() != payment.StatusExpired || p.Attempts[0].Outcome != payment.Canceled || !p.Due().IsZero() {
			t.Fatalf("%s: in the end: %s, due %s", name, p.Status(), p.Due())
		}
		tell(payment.ReceiptCredited, "0xb2", start.Add(time.Hour))
		if p.Status() != payment.Succeeded {
			t.Errorf("%s: when it comes after all: %s", name, p.Status())
		}
	}
}

// While anything stands, nothing is given up.
func TestWhatStandsIsNotGivenUpBecauseSomethingElseWasTakenBack(t *testing.T) {
	p := orderB()
	for reference, state := range map[string]payment.ReceiptState{"0xb1": payment.ReceiptOrphaned, "0xb2": payment.ReceiptSeen} {
		var err error
		r := payment.Receipt{ID: "rct_" + reference, Attempt: "att_1", Reference: reference, Amount: usdc("5"), State: state, Block: reference, At: start}
		if p, err = p.Receive(r, start); err != nil {
			t.Fatal(err)
		}
	}
	if step := p.Next(p.ExpiresAt.Add(time.Minute)); step.Do != payment.Stop {
		t.Errorf("it goes on with %s", step.Do)
	}
	if p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByCancel, At: start, Result: payment.Result{Outcome: payment.Fenced}}); p.Attempts[0].Outcome != payment.Pending {
		t.Errorf("it is %s", p.Attempts[0].Outcome)
	}
}

// A transfer that waited for a block when the payment expired, and was never in one, pays for nothing and is not waited for.
func TestWhatNeverCameOfWhatWasOnItsWayIsNotWaitedFor(t *testing.T) {
	p := learn(t, orderB(), payment.News{Ref: "att_1", By: payment.ByAnswer, At: start, Result: payment.Result{
		Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer,
	}})
	asked := func(r payment.Result) {
		t.Helper()
		at := p.Due()
		if at.Before(p.ExpiresAt) {
			at = p.ExpiresAt
		}
		if step := p.Next(at); step != (payment.Step{Do: payment.Fence, Ref: "att_1"}) {
			t.Fatalf("at %s: %+v", at, step)
		}
		p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByCancel, At: at, AskedAt: at, Result: r})
	}
	for range 3 {
		asked(payment.Result{Outcome: payment.Pending, Reason: payment.AwaitingConfirmations})
	}
	if wait := p.Due().Sub(p.ExpiresAt); p.Status() != payment.Processing || wait <= 0 || wait > time.Hour {
		t.Fatalf("is %s, and is asked about again after %s", p.Status(), wait)
	}
	asked(payment.Result{Outcome: payment.Fenced})
	if p.Status() != payment.StatusExpired || !p.Due().IsZero() {
		t.Fatalf("in the end it is %s, due %s", p.Status(), p.Due())
	}
	r := payment.Receipt{ID: "rct_1", Attempt: "att_1", Reference: "0xb1", Amount: usdc("55.275"), State: payment.ReceiptCredited, Block: "0xb1", At: start}
	if p, err := p.Receive(r, start.Add(time.Hour)); err != nil || p.Status() != payment.Succeeded {
		t.Errorf("when it comes after all it is %s (%v)", p.Status(), err)
	}
}
