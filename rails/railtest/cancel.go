package railtest

import (
	"fmt"
	"slices"

	"github.com/causeway-pay/causeway/payment"
)

// cancelScenes concern the fence, and the release of an authorization.
func cancelScenes(s Subject) []scene {
	all := []scene{
		{"cancel before it arrived", cancelBeforeArrival},
		{"cancel what was captured", cancelCaptured},
		{"cancel what was authorized", cancelAuthorized},
		{"cancel nobody", func(t *trial) {
			t.learns(t.send(lost), payment.ByAnswer, payment.Unknown, false)
			t.line.close()
			got := t.cancel(none)
			t.says(got, payment.Unknown)
			t.learns(got, payment.ByCancel, payment.Unknown, false)
		}},
	}
	for _, f := range faults() {
		all = append(all, scene{fmt.Sprintf("cancel: %s", f.name), func(t *trial) {
			t.learns(t.send(lost), payment.ByAnswer, payment.Unknown, false)
			got := t.cancel(f)
			t.says(got, payment.Unknown)
			t.learns(got, payment.ByCancel, payment.Unknown, false)
		}})
	}
	for _, manner := range []Manner{OtherReference, Nonsense} {
		if slices.Contains(s.Lacks, manner) {
			continue
		}
		all = append(all, scene{fmt.Sprintf("cancel: %s", manner), func(t *trial) {
			t.learns(t.send(lost), payment.ByAnswer, payment.Unknown, false)
			t.peer.Behave(manner)
			got := t.cancel(none)
			t.says(got, payment.Unknown)
			t.learns(got, payment.ByCancel, payment.Unknown, false)
		}})
	}
	return all
}

// cancelBeforeArrival is the fence: once it is confirmed the charge may arrive, and takes nothing.
func cancelBeforeArrival(t *trial) {
	t.learns(t.send(lost), payment.ByAnswer, payment.Unknown, false)
	got := t.cancel(none)
	t.says(got, payment.Fenced)
	t.learns(got, payment.ByCancel, payment.Fenced, true)
	t.line.deliver()
	t.moved(t.attempt().ID, 0)
	if late := t.check(none); late.Outcome.Moved() {
		t.failf("says %s of what was fenced", late.Outcome)
	}
}

// cancelCaptured comes too late, and learns so.
func cancelCaptured(t *trial) {
	t.learns(t.send(hangUp), payment.ByAnswer, payment.Unknown, false)
	got := t.cancel(none)
	t.says(got, payment.Captured)
	t.learns(got, payment.ByCancel, payment.Captured, false)
	t.moved(t.attempt().ID, 1)
}

// cancelAuthorized releases what is held. The payment is then over.
func cancelAuthorized(t *trial) {
	t.begin(payment.CaptureManual)
	got := t.send(none)
	t.says(got, payment.Authorized)
	t.learns(got, payment.ByAnswer, payment.Authorized, false)
	got = t.cancel(none)
	t.says(got, payment.Fenced)
	t.learns(got, payment.ByCancel, payment.Voided, false)
}
