package payment_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// TestWhatCannotBeFencedIsSentAgainAndAgain is about a channel that can neither be fenced nor be believed when it knows nothing
// of a reference, such as a bank abroad. What never arrived there, the replay included, is settled by sending it again.
func TestWhatCannotBeFencedIsSentAgainAndAgain(t *testing.T) {
	abroad := payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true}
	steps := resolve(t, begun(t, abroad, nil, payment.Unknown), "att_1", 1000)
	want := []payment.Do{payment.Replay, payment.Check, payment.Replay, payment.Check, payment.Replay, payment.Check}
	if !slices.Equal(steps[:len(want)], want) {
		t.Errorf("steps begin %v, want %v", steps[:len(want)], want)
	}
	if len(steps) != payment.ChecksMax+1 || slices.Contains(steps[12:], payment.Replay) {
		t.Errorf("%d steps, and after a day they are %v", len(steps), steps[12:])
	}
}

// resolve lets the clock run and answers every question with "I cannot tell", and returns the steps in order.
func resolve(t *testing.T, p payment.Payment, ref string, most int) []payment.Do {
	t.Helper()
	var steps []payment.Do
	now := start
	for range most {
		due := p.Due()
		if due.IsZero() {
			return steps
		}
		if due.Before(now) {
			t.Fatalf("due %s is in the past of %s", due, now)
		}
		now = due
		step := p.Next(now)
		steps = append(steps, step.Do)
		news := payment.News{Ref: ref, At: now}
		switch step.Do {
		case payment.Replay:
			news.By = payment.ByReplay
		case payment.Check:
			news.By = payment.ByInquiry
		case payment.Fence:
			news.By = payment.ByCancel
		case payment.Escalate:
			news.By, news.Outcome = payment.ByInquiry, payment.Review
		default:
			t.Fatalf("step %s after %v", step.Do, steps)
		}
		p = learn(t, p, news)
	}
	return steps
}

// TestALapsedAuthorizationWaitsForItsCapture has an authorization run out while a capture of it is with people. What the
// channel says of it frees nothing before they decide, so that nobody looks at it until then; then the channel is asked.
func TestALapsedAuthorizationWaitsForItsCapture(t *testing.T) {
	p := begun(t, payment.Capabilities{Inquiry: true, Void: true}, func(o *payment.Order) { o.Capture = payment.CaptureManual }, payment.Unknown)
	p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByAnswer, At: start.Add(time.Second), Result: payment.Result{
		Outcome: payment.Authorized, Amount: p.Debit(), ExpiresAt: start.AddDate(0, 0, 7),
	}})
	p, err := p.BeginCapture(payment.Operation{ID: "cap_1", Amount: p.Debit(), CreatedAt: start.Add(time.Hour), Deadline: start.Add(time.Hour + time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	resolve(t, p, "cap_1", 20) // due for the capture alone, also once the authorization has run out
	p = learn(t, p, payment.News{Ref: "cap_1", By: payment.ByInquiry, At: start.AddDate(0, 0, 8), Result: payment.Result{Outcome: payment.Review}})
	if due := p.Due(); !due.IsZero() {
		t.Errorf("due at %s while people decide", due)
	}
	decided := start.AddDate(0, 0, 9)
	if p, err = p.Decide("cap_1", payment.NotSent, decided); err != nil {
		t.Fatal(err)
	}
	if step := p.Next(decided); step.Do != payment.Check || step.Ref != "att_1" || p.Due().After(decided) {
		t.Fatalf("%s of %q, due at %s", step.Do, step.Ref, p.Due())
	}
	p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByInquiry, At: decided, Result: payment.Result{Outcome: payment.Lapsed}})
	if p.Status() != payment.StatusExpired {
		t.Errorf("is %s", p.Status())
	}
}

func count(steps []payment.Do, do payment.Do) int {
	n := 0
	for _, s := range steps {
		if s == do {
			n++
		}
	}
	return n
}

func TestLadderReplaysInquiresFencesAndEscalates(t *testing.T) {
	steps := resolve(t, begun(t, everything, nil, payment.Unknown), "att_1", 1000)
	want := []payment.Do{payment.Replay, payment.Check, payment.Fence, payment.Check, payment.Fence, payment.Check, payment.Fence}
	for i, do := range want {
		if steps[i] != do {
			t.Fatalf("steps begin %v, want %v", steps[:len(want)], want)
		}
	}
	if steps[len(steps)-1] != payment.Escalate || count(steps, payment.Escalate) != 1 {
		t.Errorf("the ladder ends with %v", steps[len(steps)-3:])
	}
	if len(steps) != payment.ChecksMax+1 {
		t.Errorf("%d steps, want %d inquiries and an escalation", len(steps), payment.ChecksMax)
	}
}

// TestACancelThatNobodyAnswersEndsInBoundedTime has a channel answer no cancel. Where it can be asked it is asked in between, so
// that a charge that arrived after all is learned; in the end people decide.
func TestACancelThatNobodyAnswersEndsInBoundedTime(t *testing.T) {
	for _, caps := range []payment.Capabilities{everything, {Fence: true}, {Fence: true, Inquiry: true}} {
		p, err := begun(t, caps, nil, payment.Unknown).Cancel()
		if err != nil {
			t.Fatal(err)
		}
		steps := resolve(t, p, "att_1", 1000)
		if n := len(steps); n != payment.ChecksMax+1 || steps[n-1] != payment.Escalate {
			t.Errorf("with %+v: %d steps, the last is %s", caps, n, steps[n-1])
		}
		if caps.Inquiry && (steps[0] != payment.Fence || count(steps, payment.Check) != payment.ChecksMax/2) {
			t.Errorf("with %+v the steps are %v", caps, steps)
		}
	}
}

func TestLadderOfAWeakChannelNeverSendsAgain(t *testing.T) {
	inquiry := resolve(t, begun(t, payment.Capabilities{Inquiry: true}, nil, payment.Unknown), "att_1", 1000)
	if count(inquiry, payment.Check) != payment.ChecksMax || count(inquiry, payment.Replay)+count(inquiry, payment.Fence) != 0 {
		t.Errorf("with inquiry only: %v", inquiry)
	}
	nothing := resolve(t, begun(t, payment.Capabilities{}, nil, payment.Unknown), "att_1", 1000)
	if len(nothing) != 1 || nothing[0] != payment.Escalate {
		t.Errorf("with nothing at all: %v", nothing)
	}
}

func TestNothingIsDoneBeforeTheDeadline(t *testing.T) {
	p := begun(t, everything, nil)
	p = p.Begin(payment.Attempt{ID: "att_1", Capabilities: everything, CreatedAt: start, Deadline: start.Add(7 * time.Second)}, payment.Decision{})
	if step := p.Next(start.Add(7*time.Second - 1)); step.Do != payment.Stop {
		t.Errorf("before the deadline: %s", step.Do)
	}
	if step := p.Next(start.Add(7 * time.Second)); step.Do != payment.Replay {
		t.Errorf("at the deadline: %s", step.Do)
	}
	if got := p.Exceptions(start.Add(6 * time.Second)); got != nil {
		t.Errorf("in flight is reported as %v", got)
	}
	if got := p.Exceptions(start.Add(7 * time.Second)); len(got) != 1 || got[0] != payment.OutcomeUnknown {
		t.Errorf("after the deadline: %v", got)
	}
}

func TestCancelFencesVoidsOrIsRefused(t *testing.T) {
	for outcome, want := range map[payment.Outcome]payment.Do{
		payment.Unknown: payment.Fence, payment.Pending: payment.Fence, payment.ActionRequired: payment.Fence,
		payment.Authorized: payment.Release, payment.NotSent: payment.Close,
	} {
		p, err := begun(t, everything, nil, outcome).Cancel()
		if err != nil {
			t.Fatalf("%s: %v", outcome, err)
		}
		if step := p.Next(start.Add(time.Second)); step.Do != want {
			t.Errorf("%s: %s, want %s", outcome, step.Do, want)
		}
	}
	for _, outcome := range []payment.Outcome{payment.Captured, payment.Voided} {
		if _, err := begun(t, everything, nil, outcome).Cancel(); err == nil {
			t.Errorf("%s was canceled", outcome)
		}
	}
}

func TestAWaitingPaymentClosesWhenItsPriceEnds(t *testing.T) {
	p := begun(t, everything, nil).Wait(payment.Decision{}, start.Add(time.Second))
	if step := p.Next(start); step.Do != payment.Stop {
		t.Errorf("while waiting: %s", step.Do)
	}
	if step := p.Next(start.Add(time.Second)); step.Do != payment.Send {
		t.Errorf("when the wait is over: %s", step.Do)
	}
	step := p.Next(p.Quote.ExpiresAt)
	if step.Do != payment.Close || step.Reason != payment.ChannelUnavailable {
		t.Errorf("when the price ended: %s %s", step.Do, step.Reason)
	}
}

func TestAVoidThatIsRefusedIsNotAskedForForEver(t *testing.T) {
	p, err := begun(t, everything, nil, payment.Authorized).Cancel()
	if err != nil {
		t.Fatal(err)
	}
	voids, now := 0, start.Add(time.Second)
	for range 50 {
		step := p.Next(now)
		if step.Do == payment.Stop {
			break
		}
		if step.Do == payment.Release {
			voids++
			id := "void_" + string(rune('0'+voids))
			p = p.Release(payment.Operation{ID: id, CreatedAt: now, Deadline: now})
			p = learn(t, p, payment.News{Ref: id, By: payment.ByAnswer, At: now, Result: payment.Result{Outcome: payment.Declined}})
			continue
		}
		last, _ := p.Last()
		p = learn(t, p, payment.News{Ref: last.ID, By: payment.ByInquiry, At: now, Result: payment.Result{Outcome: payment.Authorized, Amount: last.Amount}})
	}
	if voids != payment.VoidsMax || p.Next(now).Do != payment.Stop {
		t.Errorf("%d voids, next is %s", voids, p.Next(now).Do)
	}
	if _, err := p.Cancel(); !errors.Is(err, payment.ErrNotCancelable) || p.CancelRequested {
		t.Errorf("it is to be canceled again: %v, requested %t", err, p.CancelRequested)
	}
	if _, err := p.BeginCapture(payment.Operation{ID: "cap_1", Amount: p.Debit()}); err != nil {
		t.Errorf("what cannot be released cannot be captured either: %v", err)
	}
}

func TestWhatTheChannelCannotReleaseIsNotCanceled(t *testing.T) {
	noVoid := payment.Capabilities{Inquiry: true, Replay: time.Hour}
	if _, err := begun(t, noVoid, nil, payment.Authorized).Cancel(); !errors.Is(err, payment.ErrNotCancelable) {
		t.Errorf("authorized, without a void: %v", err)
	}
	p, err := begun(t, noVoid, nil, payment.Unknown).Cancel()
	if err != nil || !p.CancelRequested {
		t.Fatalf("unknown: %v", err)
	}
	p = force(t, p, payment.Authorized)
	if _, err := p.BeginCapture(payment.Operation{ID: "cap_1", Amount: p.Debit()}); err != nil || p.CancelRequested {
		t.Errorf("authorized after the cancel: %v, cancel requested %t", err, p.CancelRequested)
	}
}

// A challenge that nobody can tell the end of is with people in bounded time, whatever the channel can do.
func TestAChallengeThatNeverEndsIsEscalated(t *testing.T) {
	for _, caps := range []payment.Capabilities{
		everything, {Inquiry: true}, {Fence: true}, {},
	} {
		steps := resolve(t, begun(t, caps, nil, payment.ActionRequired), "att_1", 1000)
		if n := len(steps); n == 0 || n > payment.ChecksMax+1 || steps[n-1] != payment.Escalate || count(steps, payment.Escalate) != 1 {
			t.Errorf("with %+v the steps are %v", caps, steps)
		}
	}
}

// A channel that is down for hours and works again is asked within minutes, and one that never answers is given up in the end.
func TestAQuestionThatNobodyHearsIsPutAgainSoon(t *testing.T) {
	const soon = 18 * time.Minute // a quarter of an hour and its jitter
	p := begun(t, payment.Capabilities{Inquiry: true, Fence: true}, nil, payment.Unknown)
	asked := 0
	for now := start; now.Before(start.AddDate(0, 0, 30)); now = p.Due() {
		step := p.Next(now)
		if step.Do == payment.Escalate {
			if took := now.Sub(start); took < 8*24*time.Hour || took > 9*24*time.Hour || asked < 500 {
				t.Errorf("given up after %s and %d questions", took, asked)
			}
			return
		}
		if step.Do != payment.Stop {
			asked++
			p = learn(t, p, payment.News{Ref: step.Ref, By: payment.ByInquiry, At: now, Unheard: true})
		}
		if wait := p.Due().Sub(now); wait <= 0 || wait > soon {
			t.Fatalf("question %d waits %s", asked+1, wait)
		}
		if asked == 100 {
			other := p
			for range 2 { // from either rung of a quarter of an hour
				other = learn(t, other, payment.News{Ref: "att_1", By: payment.ByInquiry, At: now})
			}
			if wait := other.Due().Sub(now); wait < time.Hour {
				t.Errorf("behind answers that tell nothing the question waits %s", wait)
			}
		}
	}
	t.Errorf("asked %d times, and it has no end", asked)
}

// A channel that answered for hours, and told nothing, is heard no more: wherever on the ladder that begins, it is asked soon again,
// and in both ways.
func TestSilenceBehindAnswersIsAskedAboutSoon(t *testing.T) {
	const soon = 18 * time.Minute
	for answers := range payment.ChecksMax {
		p := begun(t, payment.Capabilities{Inquiry: true, Fence: true}, nil, payment.Unknown)
		for range answers {
			p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByInquiry, At: p.Due()})
		}
		last := payment.Stop
		for n := range 8 {
			now := p.Due()
			step := p.Next(now)
			if step.Do == payment.Escalate {
				if now.Sub(start) < 7*24*time.Hour {
					t.Errorf("after %d answers people have it after %s", answers, now.Sub(start))
				}
				break
			}
			if answers >= 6 && step.Do == last {
				t.Errorf("after %d answers %s follows %s", answers, step.Do, last)
			}
			last = step.Do
			p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByInquiry, At: now, Unheard: true})
			if wait := p.Due().Sub(now); wait <= 0 || wait > soon {
				t.Errorf("after %d answers unheard question %d waits %s", answers, n+1, wait)
			}
		}
	}
}

// A capture that nobody confirms or refuses waits no longer than a payment does.
func TestAnOperationThatNobodyHearsOfIsAskedAboutSoon(t *testing.T) {
	p := begun(t, payment.Capabilities{Inquiry: true, Void: true}, func(o *payment.Order) { o.Capture = payment.CaptureManual }, payment.Unknown)
	p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByAnswer, At: start.Add(time.Second), Result: payment.Result{
		Outcome: payment.Authorized, Amount: p.Debit(), ExpiresAt: start.AddDate(0, 0, 30),
	}})
	p, err := p.BeginCapture(payment.Operation{ID: "cap_1", Amount: p.Debit(), CreatedAt: start.Add(time.Hour), Deadline: start.Add(time.Hour + time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		now := p.Due()
		p = learn(t, p, payment.News{Ref: "cap_1", By: payment.ByInquiry, At: now, Unheard: true})
		if wait := p.Due().Sub(now); wait <= 0 || wait > 18*time.Minute {
			t.Fatalf("waits %s", wait)
		}
	}
}

// A channel that answers inquiries and no cancels, or takes nothing new and answers inquiries, is still asked: what it cannot hear
// does not keep what it can from being put.
func TestWhatNobodyHearsTakesTurnsWithWhatMayBeHeard(t *testing.T) {
	canceled, err := begun(t, everything, nil, payment.Unknown).Cancel()
	if err != nil {
		t.Fatal(err)
	}
	authorized := func() payment.Payment {
		p := begun(t, everything, func(o *payment.Order) { o.Capture = payment.CaptureManual }, payment.Authorized)
		p, err := p.BeginCapture(payment.Operation{ID: "cap_1", Amount: p.Debit(), CreatedAt: start, Deadline: start})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, of := range map[string]struct {
		p     payment.Payment
		ref   string
		deaf  payment.Do
		until time.Duration
	}{
		"cancel":                {begun(t, everything, nil, payment.Unknown), "att_1", payment.Fence, 24 * time.Hour},
		"cancel that is wanted": {canceled, "att_1", payment.Fence, 24 * time.Hour},
		"payment sent again":    {begun(t, payment.Capabilities{Inquiry: true, Replay: 24 * time.Hour}, nil, payment.Unknown), "att_1", payment.Replay, 3 * time.Hour},
		"capture sent again":    {authorized(), "cap_1", payment.Replay, 12 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			p, last := of.p, payment.Stop
			for now := p.Due(); now.Before(start.Add(of.until)); now = p.Due() {
				step := p.Next(now)
				if step.Do == payment.Escalate {
					t.Fatalf("people have it after %s", now.Sub(start))
				}
				if step.Do == of.deaf && last == of.deaf {
					t.Fatalf("after %s what nobody hears is put again, and nothing between", now.Sub(start))
				}
				last = step.Do
				p = learn(t, p, payment.News{Ref: of.ref, By: payment.ByInquiry, AskedAt: now, At: now, Unheard: step.Do == of.deaf})
			}
		})
	}
}

// People who say that nobody knows want it asked for again: it is due, and ends with them again if that tells nothing.
func TestWhatPeopleLeaveOpenIsAskedForAgain(t *testing.T) {
	p, _ := refund(t, force(t, begun(t, everything, nil, payment.Unknown), payment.Captured).Settle(), "ref_1", "10.00", "1.1", start)
	for _, outcome := range []payment.Outcome{payment.Unknown, payment.Pending} {
		late := start.AddDate(0, 1, 0)
		stuck := learn(t, p, payment.News{Ref: "ref_1", By: payment.ByInquiry, At: late, Result: payment.Result{Outcome: payment.Review}})
		if !stuck.Due().IsZero() && stuck.Due().Before(late) {
			t.Fatalf("people have it, and it is due at %s", stuck.Due())
		}
		open, err := stuck.Decide("ref_1", outcome, late)
		if err != nil {
			t.Fatal(err)
		}
		if due := open.Due(); due.Before(late) || due.After(late.Add(time.Minute)) {
			t.Errorf("%s: due at %s", outcome, due)
		}
		steps := resolve(t, open, "ref_1", 1000)
		if n := len(steps); n < 2 || steps[n-1] != payment.Escalate {
			t.Errorf("%s: %v", outcome, steps)
		}
	}
}
