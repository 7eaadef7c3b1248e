package payment

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
)

// Event is a fact told to merchants. It is stored in the transaction that made it true, under an id that never changes.
type Event struct {
	ID       string // "evt_…"
	Type     string // "payment.succeeded"
	Payment  ID
	Merchant string
	Mode     Mode
	Sequence int64 // 1, 2, 3 within the payment, which the envelope calls version; not the payment's Version
	At       time.Time
	Data     json.RawMessage // the object as it was then
}

// Types of events beyond "payment.<status>", "capture.<status>" and "refund.<status>".
const (
	EventCreated        = "payment.created"
	EventOrphanReversed = "payment.orphan_reversed"
	EventSwitched       = "payment.switched"
	EventPayoutCreated  = "payout.created"
	EventPing           = "ping"
)

// EventInvariantBroken is for operators alone, and of no payment: an invariant is broken, and payouts are halted.
const EventInvariantBroken = "invariant.broken"

// told are the exceptions of a payment that have an event of their own, "payment.<exception>". Those of a payout are
// "payout.<exception>".
var (
	told         = []string{WasUnderpaid, WasOverpaid, WasPaidLate, WasReorged, AwaitsRate}
	toldOfPayout = []string{Contradicted, AwaitsRate, string(Halted), string(Uncovered)}
)

// EventTypes lists every type of event that this gateway sends.
func EventTypes() []string {
	types := []string{EventCreated, EventOrphanReversed, EventSwitched, EventPayoutCreated, EventPing, EventInvariantBroken}
	for _, exception := range told {
		types = append(types, "payment."+exception)
	}
	for _, exception := range toldOfPayout {
		types = append(types, "payout."+exception)
	}
	for _, s := range PayoutStatuses() {
		types = append(types, "payout."+string(s))
	}
	for _, s := range []Status{RequiresAction, Processing, StatusAuthorized, Succeeded, Failed, StatusCanceled, StatusExpired, NeedsReview} {
		types = append(types, "payment."+string(s))
	}
	for _, s := range []string{"processing", "succeeded", "failed", "needs_review"} {
		types = append(types, "capture."+s, "refund."+s)
	}
	return types
}

// Tell returns after with its events: one for each change of a status between before and after, numbered on.
func Tell(before, after Payment, now time.Time, newID func(prefix string) string) (Payment, []Event) {
	var events []Event
	emit := func(kind string, data func() any) {
		after.Sequence++
		body, err := json.Marshal(data())
		if err != nil {
			panic("payment: a view did not encode: " + err.Error())
		}
		events = append(events, Event{
			ID: newID("evt"), Type: kind, Payment: after.ID, Merchant: after.Merchant, Mode: after.Mode,
			Sequence: after.Sequence, At: now, Data: body,
		})
	}
	object, payment, created, told := "payment.", func() any { return after.View(now, "en") }, EventCreated, told
	if after.Direction == fx.Send {
		object, payment, created, told = "payout.", func() any { return after.PayoutView(now, "en") }, EventPayoutCreated, toldOfPayout
	}
	if before.ID == "" {
		emit(created, payment)
	}
	if before.ID != "" && after.Switches > before.Switches {
		emit(EventSwitched, payment)
	}
	if status := after.Status(); (before.ID != "" && status != before.Status()) || (before.ID == "" && status != Processing) {
		emit(object+string(status), payment)
	}
	was := before.Exceptions(now)
	for _, exception := range after.Exceptions(now) {
		if slices.Contains(told, exception) && !slices.Contains(was, exception) {
			emit(object+exception, payment)
		}
	}
	for i, o := range after.Operations {
		isNew := i >= len(before.Operations)
		if !isNew && before.Operations[i].Status() == o.Status() {
			continue
		}
		switch o.Kind {
		case Capture, Refund:
			emit(string(o.Kind)+"."+o.Status(), func() any { return o.View(after.ID, "en") })
		case Reversal:
			if o.Outcome == Done {
				emit(EventOrphanReversed, payment)
			}
		}
	}
	return after, events
}
