package payment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// givenUp is example A, captured and settled, with a refund of everything that was declined and whose price was released.
func givenUp(t *testing.T, outcome payment.Outcome) payment.Payment {
	t.Helper()
	p := force(t, begun(t, everything, nil, payment.Unknown), payment.Captured).Settle()
	requested, _ := refund(t, p, "ref_1", "99.99", "1.1", start)
	return learn(t, requested, payment.News{Ref: "ref_1", By: payment.ByAnswer, At: start, Result: payment.Result{Outcome: outcome}})
}

func doneLate(ref, amount string, by payment.Evidence) payment.News {
	return payment.News{
		Ref: ref, By: by, At: start.Add(time.Hour), Result: payment.Result{Outcome: payment.Done, Amount: money.Must(amount, "EUR"), ProviderID: "re_1"},
	}
}

func TestARefundThatWasGivenUpAndHappenedIsInSuspenseAndWithPeople(t *testing.T) {
	for _, outcome := range []payment.Outcome{payment.Declined, payment.NotSent} {
		for _, by := range []payment.Evidence{payment.ByAnswer, payment.ByReplay, payment.ByInquiry} {
			p := givenUp(t, outcome)
			late := learn(t, p, doneLate("ref_1", "99.99", by))
			entries := payment.Book(p, late)
			check(t, entries)
			if got, want := postings(entries), "channel:card.acme:receivable -99.99 EUR\nsuspense:card.acme 99.99 EUR"; got != want {
				t.Errorf("%s, done by %s: got\n%s\nwant\n%s", outcome, by, got, want)
			}
			_, events := payment.Tell(p, late, start, func(string) string { return "evt_1" })
			if len(events) != 1 || events[0].Type != "refund.needs_review" {
				t.Errorf("%s, done by %s: events %v", outcome, by, events)
			}
			if again := learn(t, late, doneLate("ref_1", "99.99", by)); len(payment.Book(late, again)) != 0 || again.Operations[0].Outcome != payment.Review {
				t.Errorf("%s, done by %s: a second time it is %s", outcome, by, again.Operations[0].Outcome)
			}
			if late.Refundable().Sign() != 0 {
				t.Errorf("%s may be refunded again", late.Refundable())
			}
		}
	}
	p := givenUp(t, payment.Declined)
	if heard := learn(t, p, doneLate("ref_1", "99.98", payment.ByInquiry)); heard.Operations[0].Outcome != payment.Declined {
		t.Error("another amount is believed")
	}
}

func TestPeopleDecideWhereALateRefundBelongs(t *testing.T) {
	p := givenUp(t, payment.NotSent)
	late := learn(t, p, doneLate("ref_1", "99.99", payment.ByAnswer))

	stands := learn(t, late, doneLate("ref_1", "99.99", payment.ByOperator))
	entries := payment.Book(late, stands)
	check(t, entries)
	if o := stands.Operations[0]; o.Outcome != payment.Done || stands.Refundable().Sign() != 0 || !stands.Refunded().Equal(p.Debit()) {
		t.Errorf("it stands: %s, refunded %s", o.Outcome, stands.Refunded())
	}
	if got := postings(entries); !strings.Contains(got, "suspense:card.acme -99.99 EUR") || !strings.Contains(got, "merchant:m_1:available 109.43 USD") {
		t.Errorf("it stands: booked\n%s", got)
	}

	back := learn(t, late, payment.News{Ref: "ref_1", By: payment.ByOperator, At: start, Result: payment.Result{Outcome: payment.Declined}})
	if got := postings(payment.Book(late, back)); got != "channel:card.acme:receivable 99.99 EUR\nsuspense:card.acme -99.99 EUR" || back.Refundable().Cmp(p.Debit()) != 0 {
		t.Errorf("it went back: %s refundable, booked\n%s", back.Refundable(), got)
	}
	if !back.Settled.Equal(late.Settled) || !stands.Settled.Equal(late.Settled) {
		t.Errorf("settled %s, then %s and %s", late.Settled, back.Settled, stands.Settled)
	}
}

// The merchant asked again before it was known: then the payer has it twice, and the second cannot be the merchant's.
func TestALateRefundBesideAnotherIsNotCountedTwice(t *testing.T) {
	_, again := refund(t, givenUp(t, payment.Declined), "ref_2", "99.99", "1.1", start)
	late := learn(t, again, doneLate("ref_1", "99.99", payment.ByAnswer))
	check(t, payment.Book(again, late))
	if late.Refunding().Cmp(late.Received()) > 0 || late.Operations[0].Status() != "needs_review" {
		t.Errorf("refunding %s of %s, %s", late.Refunding(), late.Received(), late.Operations[0].Status())
	}
	if stands := learn(t, late, doneLate("ref_1", "99.99", payment.ByOperator)); stands.Operations[0].Outcome != payment.Review {
		t.Error("more is refunded than was captured")
	}
}

func TestACaptureThatWasGivenUpAndHappenedIsInSuspenseUntilItStands(t *testing.T) {
	p := begun(t, everything, func(o *payment.Order) { o.Capture = payment.CaptureManual }, payment.Authorized)
	p, err := p.BeginCapture(payment.Operation{ID: "cap_1", Amount: money.Must("60.00", "EUR"), CreatedAt: start, Deadline: start})
	if err != nil {
		t.Fatal(err)
	}
	p = learn(t, p, payment.News{Ref: "cap_1", By: payment.ByAnswer, At: start, Result: payment.Result{Outcome: payment.Declined}})
	late := learn(t, p, doneLate("cap_1", "60.00", payment.ByAnswer))
	if got := postings(payment.Book(p, late)); got != "channel:card.acme:receivable 60.00 EUR\nsuspense:card.acme -60.00 EUR" {
		t.Errorf("booked\n%s", got)
	}
	if !late.Capturable().Equal(money.Must("39.99", "EUR")) {
		t.Errorf("%s may be captured", late.Capturable())
	}
	stands := learn(t, late, doneLate("cap_1", "60.00", payment.ByOperator))
	entries := payment.Book(late, stands)
	check(t, entries)
	if !stands.Received().Equal(money.Must("60.00", "EUR")) || len(entries) != 2 {
		t.Errorf("received %s, booked %v", stands.Received(), entries)
	}
	taken := learn(t, p, payment.News{Ref: "att_1", By: payment.ByInquiry, At: start, Result: payment.Result{Outcome: payment.Captured, Amount: p.Debit()}})
	if counted := learn(t, taken, doneLate("cap_1", "60.00", payment.ByInquiry)); len(payment.Book(taken, counted)) != 0 {
		t.Error("what the attempt counts is booked again")
	}
}

// heldOrphan is a fenced attempt on which the channel holds money all the same.
func heldOrphan(t *testing.T, caps payment.Capabilities) payment.Payment {
	t.Helper()
	p := begun(t, caps, nil, payment.Fenced)
	p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByInquiry, At: start, Result: payment.Result{Outcome: payment.Authorized, Amount: p.Debit()}})
	if o := p.Operations[0]; len(p.Operations) != 1 || !o.Held {
		t.Fatalf("operations %+v", p.Operations)
	}
	return p
}

func TestAnOrphanThatWasHeldAndThenCapturedIsRefunded(t *testing.T) {
	p := heldOrphan(t, everything)
	captured := payment.News{Ref: "att_1", By: payment.ByInquiry, At: start.Add(time.Hour), Result: payment.Result{Outcome: payment.Captured, Amount: p.Debit()}}
	tooLate := payment.News{Ref: "orp_1", By: payment.ByAnswer, At: start.Add(time.Hour), Result: payment.Result{Outcome: payment.Declined, Reason: payment.AmountExceeds}}
	for name, news := range map[string][]payment.News{
		"the release is refused first": {tooLate, captured, captured}, "it is seen first": {captured, tooLate, captured}, "it is only seen": {captured},
	} {
		found := p
		for _, n := range news {
			found = learn(t, found, n)
		}
		if len(found.Operations) != 2 || found.Operations[1].Held || found.Operations[1].ID != "orc_1" || !found.Operations[1].Amount.Equal(p.Debit()) {
			t.Fatalf("%s: operations %+v", name, found.Operations)
		}
		if found.Operations[0].Outcome == payment.Review {
			t.Errorf("%s: the release is with people", name)
		}
		given := learn(t, found, payment.News{Ref: "orc_1", By: payment.ByAnswer, At: start, Result: payment.Result{Outcome: payment.Done, Amount: p.Debit()}})
		entries := append(payment.Book(p, found), payment.Book(found, given)...)
		check(t, entries)
		if len(entries) != 2 || entries[0].ID != "orc_1:found" || entries[1].ID != "orc_1:reversed" {
			t.Errorf("%s: booked %v", name, entries)
		}
	}
}

func TestTheReleaseOfAHeldOrphanIsRepeated(t *testing.T) {
	p := heldOrphan(t, payment.Capabilities{Inquiry: true, Fence: true, Void: true})
	p = learn(t, p, payment.News{Ref: "orp_1", By: payment.ByAnswer, At: start})
	if step := p.Next(p.Operations[0].CheckAt); step.Do != payment.Replay || step.Ref != "orp_1" {
		t.Errorf("after its answer was lost: %s %s", step.Do, step.Ref)
	}
}
