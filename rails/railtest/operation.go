package railtest

import (
	"context"
	"fmt"
	"slices"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// operationScenes concern captures or refunds, and the inquiries for them. Each operation is for half of the amount, and as
// long as nobody knows what became of it, that half stays claimed.
func operationScenes(s Subject, kind payment.OperationKind) []scene {
	var all []scene
	for _, row := range []struct {
		manner Manner
		want   payment.Outcome
		moved  int
	}{
		{Honest, payment.Done, 1},
		{Declining, payment.Declined, 0},
		{OtherAmount, payment.Unknown, 1},
		{OtherCurrency, payment.Unknown, 1},
		{OtherReference, payment.Unknown, 1},
		{Duplicate, payment.Unknown, 1},
		{Nonsense, payment.Unknown, 1},
	} {
		if slices.Contains(s.Lacks, row.manner) {
			continue
		}
		all = append(all, scene{fmt.Sprintf("%s: %s", kind, row.manner), func(t *trial) {
			o := t.beginOperation(kind)
			t.peer.Behave(row.manner)
			got := t.operate(none, o)
			t.says(got, row.want)
			t.learnsOf(o, got, payment.ByAnswer, row.want)
			t.moved(o.ID, row.moved)
		}})
	}
	for _, f := range faults() {
		all = append(all, scene{fmt.Sprintf("%s: %s", kind, f.name), func(t *trial) { operateAmid(t, kind, f) }})
	}
	return append(all, scene{fmt.Sprintf("%s to nobody", kind), func(t *trial) {
		o := t.beginOperation(kind)
		t.line.close()
		got := t.operate(none, o)
		t.says(got, payment.Unknown)
		t.learnsOf(o, got, payment.ByAnswer, payment.Unknown)
	}})
}

// operateAmid loses the answer to an operation, then to the question for it, and at last gets one.
func operateAmid(t *trial, kind payment.OperationKind, f fault) {
	o := t.beginOperation(kind)
	got := t.operate(f, o)
	t.says(got, payment.Unknown)
	t.learnsOf(o, got, payment.ByAnswer, payment.Unknown)

	inquirer, ok := t.rail.(rails.Inquirer)
	if !ok {
		return
	}
	inquire := func(f fault) payment.Result {
		return t.ask(f, func(ctx context.Context) (payment.Result, error) {
			return inquirer.CheckOperation(ctx, t.attempt(), o)
		})
	}
	got = inquire(f)
	t.says(got, payment.Unknown)
	t.learnsOf(o, got, payment.ByInquiry, payment.Unknown)

	got = inquire(none)
	if f.loses {
		t.moved(o.ID, 0)
		t.missing(got)
		t.learnsOf(o, got, payment.ByInquiry, payment.Unknown)
		return
	}
	t.moved(o.ID, 1)
	t.says(got, payment.Done)
	t.learnsOf(o, got, payment.ByInquiry, payment.Done)
}

// beginOperation takes the payment to where an operation for half of it is on disk and not sent yet.
func (t *trial) beginOperation(kind payment.OperationKind) payment.Operation {
	half, _ := t.Amount.Bps(5000).Down()
	o := payment.Operation{
		Amount: half, CreatedAt: t.now, Deadline: t.now,
		Booking: payment.Booking{FromPending: half, FromAvailable: half.Asset().Zero()},
	}
	var err error
	switch kind {
	case payment.Capture:
		t.begin(payment.CaptureManual)
		t.learns(t.send(none), payment.ByAnswer, payment.Authorized, false)
		o.ID = "cap_01KA0000000000000000000001"
		t.payment, err = t.payment.BeginCapture(o)
	default:
		t.learns(t.send(none), payment.ByAnswer, payment.Captured, false)
		o.ID = "ref_01KA0000000000000000000001"
		t.payment, err = t.payment.BeginRefund(o)
	}
	if err != nil {
		t.failf("begin %s: %v", kind, err)
	}
	begun, _ := t.payment.Operation(o.ID)
	return begun
}

func (t *trial) operate(f fault, o payment.Operation) payment.Result {
	return t.ask(f, func(ctx context.Context) (payment.Result, error) {
		if o.Kind == payment.Capture {
			return t.rail.(rails.Capturer).Capture(ctx, t.attempt(), o)
		}
		return t.rail.(rails.Refunder).Refund(ctx, t.attempt(), o)
	})
}

// learnsOf tells the payment, and demands where that leaves the operation and how much it still claims.
func (t *trial) learnsOf(o payment.Operation, r payment.Result, by payment.Evidence, want payment.Outcome) {
	if r.Outcome == payment.Done && !r.Amount.Equal(o.Amount) {
		t.failf("says %s of %s, want %s", r.Outcome, r.Amount, o.Amount)
	}
	t.tell(o.ID, r, by)
	if got, _ := t.payment.Operation(o.ID); got.Outcome != want {
		t.failf("leaves the %s %s, want %s", o.Kind, got.Outcome, want)
	}
	left := t.Amount.Sub(o.Amount)
	if want.Free() {
		left = t.Amount
	}
	if got := t.unclaimed(o.Kind); !got.Equal(left) {
		t.failf("leaves %s for another %s, want %s", got, o.Kind, left)
	}
	t.sendsAgain(false)
}

func (t *trial) unclaimed(kind payment.OperationKind) money.Amount {
	if kind == payment.Capture {
		return t.payment.Capturable()
	}
	return t.payment.Refundable()
}
