package payment_test

import (
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

var allOutcomes = []payment.Outcome{
	payment.Unknown, payment.ActionRequired, payment.Pending, payment.Authorized, payment.Captured, payment.Review,
	payment.Declined, payment.NotSent, payment.Fenced, payment.Voided, payment.Canceled, payment.Lapsed, payment.Short,
}

func TestLearnStoresOnlyAllowedTransitions(t *testing.T) {
	evidence := []payment.Evidence{payment.ByAnswer, payment.ByReplay, payment.ByInquiry, payment.ByCancel, payment.ByCallback, payment.ByOperator}
	for _, from := range allOutcomes {
		for _, to := range allOutcomes {
			for _, by := range evidence {
				p := begun(t, everything, nil, from)
				after := learn(t, p, payment.News{
					Ref: "att_1", By: by, At: start.Add(time.Hour), Result: payment.Result{Outcome: to, Amount: p.Debit()},
				})
				got, _ := after.Last()
				if got.Outcome != from && !from.Allows(got.Outcome) {
					t.Errorf("%s -> %s by %s is not in the table", from, got.Outcome, by)
				}
				if by == payment.ByCallback && got.Outcome.Free() && !from.Free() {
					t.Errorf("a callback freed an attempt: %s -> %s", from, got.Outcome)
				}
				if before, _ := p.Last(); before.Outcome != from {
					t.Fatal("Learn changed the payment it was called on")
				}
			}
		}
	}
}

func TestNotSentIsBelievedOfTheFirstSendOnly(t *testing.T) {
	for by, want := range map[payment.Evidence]payment.Outcome{
		payment.ByAnswer: payment.NotSent, payment.ByReplay: payment.Unknown, payment.ByInquiry: payment.Unknown,
		payment.ByCancel: payment.Unknown, payment.ByCallback: payment.Unknown,
	} {
		p := begun(t, everything, nil, payment.Unknown)
		p = learn(t, p, payment.News{Ref: "att_1", By: by, At: start, Result: payment.Result{Outcome: payment.NotSent}})
		if last, _ := p.Last(); last.Outcome != want {
			t.Errorf("by %s: %s, want %s", by, last.Outcome, want)
		}
	}
}

// TestNotSentIsNotBelievedOnceItWasSentAgain is about a gateway that slept over the answer to its send, and wakes when another
// one has sent the reference again: that may be on its way.
func TestNotSentIsNotBelievedOnceItWasSentAgain(t *testing.T) {
	slept := payment.News{Ref: "att_1", By: payment.ByAnswer, At: start.Add(time.Minute), Result: payment.Result{Outcome: payment.NotSent}}
	p := learn(t, begun(t, everything, nil, payment.Unknown).Resend("att_1", start.Add(time.Minute)), slept)
	if last, _ := p.Last(); last.Outcome != payment.Unknown {
		t.Errorf("the attempt is %s", last.Outcome)
	}

	p, err := begun(t, everything, nil, payment.Captured).BeginRefund(payment.Operation{
		ID: "ref_1", Attempt: "att_1", Amount: money.Must("1.00", "EUR"), CreatedAt: start, Deadline: start.Add(time.Second),
	})
	if err != nil {
		t.Fatal(err)
	}
	slept.Ref = "ref_1"
	p = learn(t, p.Resend("ref_1", start.Add(time.Minute)), slept)
	if o, _ := p.Operation("ref_1"); o.Outcome != payment.Unknown {
		t.Errorf("the refund is %s", o.Outcome)
	}
}

func TestAnApprovalOfAnotherAmountIsUnknown(t *testing.T) {
	for _, amount := range []money.Amount{{}, money.Must("99.98", "EUR"), money.Must("99.99", "USD")} {
		p := begun(t, everything, nil, payment.Unknown)
		p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByAnswer, At: start, Result: payment.Result{Outcome: payment.Captured, Amount: amount}})
		last, _ := p.Last()
		if last.Outcome != payment.Unknown || last.Reason != payment.EchoMismatch {
			t.Errorf("approved %s: %s %s", amount, last.Outcome, last.Reason)
		}
		if p.Received().Sign() != 0 {
			t.Errorf("approved %s: received %s", amount, p.Received())
		}
	}
}

func TestLateMoneyOnAFreeAttemptIsAnOrphan(t *testing.T) {
	for _, free := range []payment.Outcome{payment.Declined, payment.NotSent, payment.Fenced, payment.Voided, payment.Canceled, payment.Lapsed} {
		p := begun(t, everything, nil, free)
		late := payment.News{Ref: "att_1", By: payment.ByInquiry, At: start.Add(time.Hour), Result: payment.Result{Outcome: payment.Captured, Amount: p.Debit()}}
		after := learn(t, learn(t, p, late), late)
		if last, _ := after.Last(); last.Outcome != free {
			t.Errorf("%s became %s", free, last.Outcome)
		}
		if len(after.Operations) != len(p.Operations)+1 {
			t.Fatalf("%s: %d operations, want one reversal more than %d", free, len(after.Operations), len(p.Operations))
		}
		orphan := after.Operations[len(after.Operations)-1]
		if orphan.Kind != payment.Reversal || !orphan.Amount.Equal(p.Debit()) || orphan.ID != "orp_1" {
			t.Errorf("%s: %+v", free, orphan)
		}
		if after.Status() != p.Status() {
			t.Errorf("%s: status went from %s to %s", free, p.Status(), after.Status())
		}
	}
}

func TestNotFoundFreesOnlyAfterTheHorizonOfAChannelWithoutFence(t *testing.T) {
	horizonOnly := payment.Capabilities{Inquiry: true, Horizon: 10 * time.Minute}
	for _, row := range []struct {
		name string
		caps payment.Capabilities
		at   time.Duration
		want payment.Outcome
	}{
		{"before the horizon", horizonOnly, 10 * time.Minute, payment.Unknown},
		{"after the horizon", horizonOnly, 11 * time.Minute, payment.NotSent},
		{"no horizon declared", payment.Capabilities{Inquiry: true}, 1000 * time.Hour, payment.Unknown},
		{"a fence is the better proof", everything, 11 * time.Minute, payment.Unknown},
	} {
		p := begun(t, row.caps, nil, payment.Unknown)
		p = learn(t, p, notFound("att_1", start.Add(row.at)))
		if last, _ := p.Last(); last.Outcome != row.want {
			t.Errorf("%s: %s, want %s", row.name, last.Outcome, row.want)
		}
	}
}

// notFound is an inquiry that the channel answered at once.
func notFound(ref string, at time.Time) payment.News {
	return payment.News{Ref: ref, By: payment.ByInquiry, AskedAt: at, At: at, Result: payment.Result{NotFound: true}}
}

func TestTheHorizonCountsFromTheLastSendUntilTheQuestion(t *testing.T) {
	caps := payment.Capabilities{Replay: time.Hour, Inquiry: true, Horizon: 10 * time.Minute}
	const inFlight = 7 * time.Second
	again := start.Add(12 * time.Minute)
	attempt := begun(t, caps, nil, payment.Unknown)
	refunding, err := force(t, attempt, payment.Captured).BeginRefund(payment.Operation{
		ID: "ref_1", Amount: attempt.Debit(), CreatedAt: start, Deadline: start.Add(inFlight),
		Booking: payment.Booking{FromPending: money.Must("0.00", "USD"), FromAvailable: money.Must("0.00", "USD")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for ref, p := range map[string]payment.Payment{"att_1": attempt, "ref_1": refunding} {
		freed := func(p payment.Payment, n payment.News) bool {
			p = learn(t, p, n)
			a, _ := p.Attempt(ref)
			o, _ := p.Operation(ref)
			return a.Outcome == payment.NotSent || o.Outcome == payment.NotSent
		}
		if !freed(p, notFound(ref, start.Add(inFlight+10*time.Minute+1))) {
			t.Errorf("%s: not found after the horizon of its only send proves nothing", ref)
		}
		p = p.Resend(ref, again)
		if freed(p, notFound(ref, again.Add(inFlight+10*time.Minute))) {
			t.Errorf("%s: not found within the horizon of the replay is believed", ref)
		}
		slow := notFound(ref, again.Add(inFlight+10*time.Minute+1))
		slow.AskedAt = slow.AskedAt.Add(-time.Second)
		if freed(p, slow) {
			t.Errorf("%s: an answer past the horizon to a question before it is believed", ref)
		}
		if undated := slow; freed(p, func() payment.News { undated.AskedAt = time.Time{}; return undated }()) {
			t.Errorf("%s: an answer to a question of no known time is believed", ref)
		}
		if !freed(p, notFound(ref, again.Add(inFlight+10*time.Minute+1))) {
			t.Errorf("%s: not found after the horizon of the replay proves nothing", ref)
		}
	}
}

func TestAnExpiryEndsWhatItIsSaidOf(t *testing.T) {
	for _, row := range []struct {
		from payment.Outcome
		by   payment.Evidence
		want payment.Outcome
	}{
		{payment.ActionRequired, payment.ByInquiry, payment.Canceled},
		{payment.ActionRequired, payment.ByCancel, payment.Canceled},
		{payment.Pending, payment.ByInquiry, payment.Canceled},
		{payment.Pending, payment.ByCancel, payment.Canceled},
		{payment.Unknown, payment.ByInquiry, payment.Fenced},
		{payment.Unknown, payment.ByCancel, payment.Fenced},
		{payment.Authorized, payment.ByInquiry, payment.Lapsed},
		{payment.Unknown, payment.ByAnswer, payment.Unknown},
		{payment.Unknown, payment.ByReplay, payment.Unknown},
		{payment.ActionRequired, payment.ByCallback, payment.ActionRequired},
	} {
		p := learn(t, begun(t, everything, nil, row.from), payment.News{Ref: "att_1", By: row.by, At: start, Result: payment.Result{Outcome: payment.Lapsed}})
		if last, _ := p.Last(); last.Outcome != row.want {
			t.Errorf("%s, expired by %s: %s, want %s", row.from, row.by, last.Outcome, row.want)
		}
	}
}

func TestFailoverPolicy(t *testing.T) {
	soft, hard := payment.DoNotHonor, payment.LostCard
	for _, row := range []struct {
		name    string
		results []payment.Result
		merge   func(*payment.Order)
		send    bool
	}{
		{"not sent", []payment.Result{{Outcome: payment.NotSent}}, nil, true},
		{"fenced", []payment.Result{{Outcome: payment.Fenced}}, nil, true},
		{"soft decline", []payment.Result{{Outcome: payment.Declined, Reason: soft}}, nil, true},
		{"soft decline, not allowed", []payment.Result{{Outcome: payment.Declined, Reason: soft}}, func(o *payment.Order) { o.SoftFailover = false }, false},
		{"two soft declines", []payment.Result{{Outcome: payment.Declined, Reason: soft}, {Outcome: payment.Declined, Reason: soft}}, nil, false},
		{"hard decline", []payment.Result{{Outcome: payment.Declined, Reason: hard}}, nil, false},
		{"insufficient funds", []payment.Result{{Outcome: payment.Declined, Reason: payment.InsufficientFunds}}, nil, false},
		{"unmapped code", []payment.Result{{Outcome: payment.Declined, Reason: "weird"}}, nil, false},
		{"three times not sent", []payment.Result{{Outcome: payment.NotSent}, {Outcome: payment.NotSent}, {Outcome: payment.NotSent}}, nil, false},
		{"unknown", []payment.Result{{}}, nil, false},
		{"pending", []payment.Result{{Outcome: payment.Pending}}, nil, false},
	} {
		p := begun(t, everything, row.merge)
		for i, result := range row.results {
			id := "att_" + string(rune('1'+i))
			p = p.Begin(payment.Attempt{ID: id, Capabilities: everything, CreatedAt: start, Deadline: start.Add(time.Second)}, payment.Decision{})
			p = learn(t, p, payment.News{Ref: id, By: payment.ByAnswer, At: start, Result: result})
		}
		if got := p.Next(start).Do == payment.Send; got != row.send {
			t.Errorf("%s: another attempt %t, want %t (closed %q)", row.name, got, row.send, p.Closed)
		}
	}
}

func TestNoFurtherAttemptAfterTheLockEndedWhileUnknown(t *testing.T) {
	p := begun(t, everything, nil, payment.Unknown)
	late := p.Quote.ExpiresAt.Add(time.Second)
	p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByCancel, At: late, Result: payment.Result{Outcome: payment.Fenced}})
	step := p.Next(late)
	if step.Do != payment.Close || step.Reason != payment.QuoteExpired {
		t.Fatalf("next is %s %s, want close quote_expired", step.Do, step.Reason)
	}
	if got := p.Close(step.Reason).Status(); got != payment.StatusExpired {
		t.Errorf("status %s", got)
	}
}

func TestACaptureThatAnInquiryOvertakesIsCountedOnce(t *testing.T) {
	p := begun(t, everything, func(o *payment.Order) { o.Capture = payment.CaptureManual }, payment.Authorized)
	begunCapture, err := p.BeginCapture(payment.Operation{ID: "cap_1", Amount: p.Debit(), CreatedAt: start, Deadline: start})
	if err != nil {
		t.Fatal(err)
	}
	asked := learn(t, begunCapture, payment.News{Ref: "att_1", By: payment.ByInquiry, At: start, Result: payment.Result{Outcome: payment.Captured, Amount: p.Debit()}})
	done := learn(t, asked, payment.News{Ref: "cap_1", By: payment.ByAnswer, At: start, Result: payment.Result{Outcome: payment.Done, Amount: p.Debit()}})
	if !done.Received().Equal(p.Debit()) || done.Status() != payment.Succeeded {
		t.Errorf("received %s of %s, %s", done.Received(), p.Debit(), done.Status())
	}
	check(t, append(payment.Book(begunCapture, asked), payment.Book(asked, done)...))
}
