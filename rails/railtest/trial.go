package railtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

const (
	channel = "railtest"
	lock    = 30 * 24 * time.Hour // the price holds longer than any question is asked, so that it never stops an attempt
	callMax = 30 * time.Second    // for an adapter that never returns
)

// start is when every payment of the suite begins.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// trial is one payment on one adapter, with everything that went wrong so far.
type trial struct {
	Subject

	peer     Peer
	line     *line
	rail     rails.Rail
	payment  payment.Payment
	now      time.Time
	failures []string
}

func newTrial(s Subject) (*trial, error) {
	peer := s.Peer()
	l := newLine(peer)
	rail, err := s.Open(l.server.URL)
	if err != nil {
		l.close()
		return nil, fmt.Errorf("open: %w", err)
	}
	t := &trial{Subject: s, peer: peer, line: l, rail: rail}
	t.begin(payment.CaptureAutomatic)
	return t, nil
}

// begin starts the payment over, with a first attempt that is on disk and not sent yet.
func (t *trial) begin(mode payment.CaptureMode) {
	t.now = start
	order := t.Order
	order.Capture, order.SoftFailover = mode, true
	zero, one := t.Amount.Asset().Zero(), money.Identity(t.Amount.Asset())
	quote := fx.Quote{
		ID: "quo_01KA0000000000000000000001", Merchant: "m_1", Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed,
		Source: t.Amount, Target: t.Amount, Rate: fx.Rate{Mid: one, Client: one},
		AtMid: t.Amount, Margin: zero, Residual: zero,
		Status: fx.Accepted, CreatedAt: start, ExpiresAt: start.Add(lock),
	}
	p := payment.New("pay_01KA0000000000000000000001", "m_1", payment.Test, order, t.Method, quote, start, start.Add(lock))
	t.payment = p.Begin(t.newAttempt(1), payment.Decision{Chosen: channel, At: start})
}

func (t *trial) newAttempt(no int) payment.Attempt {
	return payment.Attempt{
		ID: fmt.Sprintf("att_01KA%022d", no), Channel: channel, Amount: t.Amount, Cost: t.Amount.Asset().Zero(),
		Capabilities: t.rail.Capabilities(), CreatedAt: start, Deadline: start.Add(10 * time.Second),
	}
}

func (t *trial) attempt() payment.Attempt {
	last, _ := t.payment.Last()
	return last
}

func (t *trial) failf(format string, args ...any) {
	t.failures = append(t.failures, fmt.Sprintf(format, args...))
}

// ask makes one call of the adapter. Its context ends when the line falls silent. An error becomes the zero result, as in
// the gateway; whatever the adapter sent, it sent once.
func (t *trial) ask(f fault, call func(context.Context) (payment.Result, error)) payment.Result {
	ctx, cancel := context.WithTimeout(context.Background(), callMax)
	defer cancel()
	t.line.suffer(f, cancel)
	defer t.line.heal()
	before := len(t.line.arrivals())
	result, err := call(ctx)
	sent := t.line.arrivals()[before:]
	for i, request := range sent {
		if slices.Contains(sent[:i], request) {
			t.failf("sent again on its own: %s", request)
		}
	}
	if t.line.insatiable() {
		t.failf("read all %d bytes of %s", endless, f.name)
	}
	if err == nil {
		return result
	}
	if result != (payment.Result{}) {
		t.failf("says %s beside an error", result.Outcome)
	}
	t.discreet(err)
	return payment.Result{}
}

// discreet demands that an error keeps the secrets.
func (t *trial) discreet(err error) {
	for _, secret := range t.Secrets {
		if strings.Contains(err.Error(), secret) {
			t.failf("an error holds a secret: %q", strings.ReplaceAll(err.Error(), secret, "[secret]"))
		}
	}
}

func (t *trial) send(f fault) payment.Result {
	return t.ask(f, func(ctx context.Context) (payment.Result, error) { return t.rail.Send(ctx, t.payment, t.attempt()) })
}

func (t *trial) check(f fault) payment.Result {
	return t.ask(f, func(ctx context.Context) (payment.Result, error) { return t.rail.Check(ctx, t.attempt()) })
}

func (t *trial) cancel(f fault) payment.Result {
	return t.ask(f, func(ctx context.Context) (payment.Result, error) {
		return t.rail.(rails.Canceler).Cancel(ctx, t.attempt())
	})
}

// says demands an outcome of an answer, with the amount where money moved.
func (t *trial) says(got payment.Result, want payment.Outcome) {
	if got.Outcome != want {
		t.failf("says %s, want %s", got.Outcome, want)
		return
	}
	if want.Moved() && !got.Amount.Equal(t.Amount) {
		t.failf("says %s of %s, want %s", got.Outcome, got.Amount, t.Amount)
	}
	if want == payment.Unknown && got.NotFound {
		t.failf("says that the provider has no such reference, which the provider did not say")
	}
	if want == payment.ActionRequired && got.ChallengeURL == "" {
		t.failf("says %s without a place for it", got.Outcome)
	}
	if want.Free() && want != payment.Fenced && got.Reason == "" {
		t.failf("says %s without a reason", got.Outcome)
	}
}

// missing demands the answer that the provider has no such reference.
func (t *trial) missing(got payment.Result) {
	if got.Outcome != payment.Unknown || !got.NotFound {
		t.failf("says %s (not found: %t), want that the reference was not found", got.Outcome, got.NotFound)
	}
}

// learns tells the payment, and demands where that leaves the attempt and whether another may be made.
func (t *trial) learns(r payment.Result, by payment.Evidence, want payment.Outcome, again bool) {
	t.tell(t.attempt().ID, r, by)
	if got := t.attempt().Outcome; got != want {
		t.failf("leaves the attempt %s, want %s", got, want)
	}
	t.sendsAgain(again)
}

func (t *trial) tell(ref string, r payment.Result, by payment.Evidence) {
	t.now = t.now.Add(time.Second)
	told, err := t.payment.Learn(payment.News{Ref: ref, Result: r, By: by, At: t.now})
	if err != nil {
		t.failf("learn: %v", err)
		return
	}
	t.payment = told
}

// sendsAgain demands that the payment makes another attempt now, or never does without further news.
func (t *trial) sendsAgain(want bool) {
	if want {
		if step := t.payment.Next(t.now); step.Do != payment.Send {
			t.failf("next is %s, want another attempt", step.Do)
		}
		return
	}
	for _, later := range []time.Duration{0, time.Second, time.Minute, time.Hour, 24 * time.Hour, 8 * 24 * time.Hour} {
		if step := t.payment.Next(t.now.Add(later)); step.Do == payment.Send {
			t.failf("makes another attempt after %s", later)
			return
		}
	}
}

// moved demands how often money moved at the provider.
func (t *trial) moved(reference string, want int) {
	if got := t.peer.Moved(reference); got != want {
		t.failf("money moved %d times under %s, want %d", got, reference, want)
	}
}
