package railtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/causeway-pay/causeway/payment"
)

// chargeScenes concern Send and Check.
func chargeScenes(s Subject) []scene {
	all := []scene{
		{"send to nobody", nobodyThere},
		{"send through TLS to one who speaks none", noTLS},
		{"send when there is no time left", noTime},
		{"send twice", sendTwice},
		{"send many at once", sendMany},
		{"late arrival", lateArrival},
	}
	for _, row := range []struct {
		manner Manner
		mode   payment.CaptureMode
		want   payment.Outcome
		again  bool
		moved  int
	}{
		{Honest, payment.CaptureAutomatic, payment.Captured, false, 1},
		{Honest, payment.CaptureManual, payment.Authorized, false, 1},
		{Declining, payment.CaptureAutomatic, payment.Declined, false, 0},
		{SoftDeclining, payment.CaptureAutomatic, payment.Declined, true, 0},
		{TurningAway, payment.CaptureAutomatic, payment.NotSent, true, 0},
		{Deferring, payment.CaptureAutomatic, payment.Pending, false, 0},
		{Challenging, payment.CaptureAutomatic, payment.ActionRequired, false, 0},
		{OtherAmount, payment.CaptureAutomatic, payment.Unknown, false, 1},
		{OtherAmount, payment.CaptureManual, payment.Unknown, false, 1},
		{OtherCurrency, payment.CaptureAutomatic, payment.Unknown, false, 1},
		{OtherReference, payment.CaptureAutomatic, payment.Unknown, false, 1},
		{Duplicate, payment.CaptureAutomatic, payment.Unknown, false, 1},
		{Nonsense, payment.CaptureAutomatic, payment.Unknown, false, 1},
	} {
		if slices.Contains(s.Lacks, row.manner) {
			continue
		}
		all = append(all, scene{fmt.Sprintf("send, %s capture: %s", row.mode, row.manner), func(t *trial) {
			t.begin(row.mode)
			t.peer.Behave(row.manner)
			got := t.send(none)
			t.says(got, row.want)
			t.learns(got, payment.ByAnswer, row.want, row.again)
			t.moved(t.attempt().ID, row.moved)
			t.believedOnceOnly(got, row.mode)
		}})
	}
	for _, f := range faults() {
		all = append(all,
			scene{fmt.Sprintf("send: %s", f.name), func(t *trial) { sendAmid(t, f) }},
			scene{fmt.Sprintf("send on a warm connection: %s", f.name), func(t *trial) {
				t.missing(t.check(none))
				sendAmid(t, f)
			}},
		)
	}
	for _, manner := range liars {
		if manner != Duplicate && !slices.Contains(s.Lacks, manner) {
			all = append(all, scene{fmt.Sprintf("check: %s", manner), func(t *trial) { checkLiar(t, manner) }})
		}
	}
	return all
}

// sendAmid loses the answer to a charge, in whatever way, and then the answer to the question for it.
func sendAmid(t *trial, f fault) {
	got := t.send(f)
	t.says(got, payment.Unknown)
	t.learns(got, payment.ByAnswer, payment.Unknown, false)
	if f.loses {
		t.moved(t.attempt().ID, 0)
	} else {
		t.moved(t.attempt().ID, 1)
	}
	got = t.check(f)
	t.says(got, payment.Unknown)
	t.learns(got, payment.ByInquiry, payment.Unknown, false)

	got = t.check(none)
	if f.loses {
		t.missing(got)
		t.learns(got, payment.ByInquiry, payment.Unknown, false)
		return
	}
	t.says(got, payment.Captured)
	t.learns(got, payment.ByInquiry, payment.Captured, false)
}

func checkLiar(t *trial, manner Manner) {
	t.learns(t.send(lost), payment.ByAnswer, payment.Unknown, false)
	t.line.deliver()
	t.peer.Behave(manner)
	got := t.check(none)
	t.says(got, payment.Unknown)
	t.learns(got, payment.ByInquiry, payment.Unknown, false)
	t.peer.Behave(Honest)
	got = t.check(none)
	t.says(got, payment.Captured)
	t.learns(got, payment.ByInquiry, payment.Captured, false)
}

// believedOnceOnly tells "not sent" to a payment that had sent before: then it proves nothing.
func (t *trial) believedOnceOnly(r payment.Result, mode payment.CaptureMode) {
	if r.Outcome != payment.NotSent {
		return
	}
	for _, by := range []payment.Evidence{payment.ByReplay, payment.ByInquiry, payment.ByCancel} {
		t.begin(mode)
		t.learns(payment.Result{}, payment.ByAnswer, payment.Unknown, false)
		t.learns(r, by, payment.Unknown, false)
	}
}

func nobodyThere(t *trial) {
	t.line.close()
	got := t.send(none)
	t.says(got, payment.NotSent)
	t.learns(got, payment.ByAnswer, payment.NotSent, true)
	t.believedOnceOnly(got, payment.CaptureAutomatic)

	t.begin(payment.CaptureAutomatic)
	t.learns(payment.Result{}, payment.ByAnswer, payment.Unknown, false)
	got = t.check(none)
	t.says(got, payment.Unknown)
	t.learns(got, payment.ByInquiry, payment.Unknown, false)
}

func noTLS(t *trial) {
	rail, err := t.Open(strings.Replace(t.line.server.URL, "http://", "https://", 1))
	if err != nil {
		t.failf("open: %v", err)
		return
	}
	t.rail = rail
	got := t.send(none)
	t.says(got, payment.NotSent)
	t.learns(got, payment.ByAnswer, payment.NotSent, true)
	t.moved(t.attempt().ID, 0)
}

// noTime may be told from a lost answer or not. Nothing is sent.
func noTime(t *trial) {
	got := t.ask(none, func(ctx context.Context) (payment.Result, error) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		return t.rail.Send(ended, t.payment, t.attempt())
	})
	if got.Outcome != payment.Unknown && got.Outcome != payment.NotSent {
		t.failf("says %s", got.Outcome)
	}
	if sent := t.line.arrivals(); len(sent) > 0 {
		t.failf("sent %s", sent)
	}
}

// sendTwice replays a reference where the provider honours it.
func sendTwice(t *trial) {
	if t.rail.Capabilities().Replay <= 0 {
		return
	}
	t.learns(t.send(hangUp), payment.ByAnswer, payment.Unknown, false)
	got := t.send(none)
	t.says(got, payment.Captured)
	t.learns(got, payment.ByReplay, payment.Captured, false)
	t.moved(t.attempt().ID, 1)
}

// sendMany mixes up nothing between payments that are under way together.
func sendMany(t *trial) {
	const many = 16
	results := make([]payment.Result, many)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			result, err := t.rail.Send(context.Background(), t.payment, t.newAttempt(i+1))
			if err == nil {
				results[i] = result
			}
		})
	}
	all.Wait()
	for i, result := range results {
		t.says(result, payment.Captured)
		t.moved(t.newAttempt(i+1).ID, 1)
	}
}

// lateArrival has the provider deny a reference that comes to it afterwards.
func lateArrival(t *trial) {
	t.learns(t.send(lost), payment.ByAnswer, payment.Unknown, false)
	got := t.check(none)
	t.missing(got)
	t.learns(got, payment.ByInquiry, payment.Unknown, false)
	t.line.deliver()
	t.moved(t.attempt().ID, 1)
	got = t.check(none)
	t.says(got, payment.Captured)
	t.learns(got, payment.ByInquiry, payment.Captured, false)
}
