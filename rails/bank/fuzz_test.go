package bank_test

import (
	"bytes"
	"testing"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/line"
)

// FuzzAnswer reads arbitrary answers about a payout. Whatever comes, something is said of the payout only when its own
// reference stands in the answer, and it counts as paid only beside its own amount.
func FuzzAnswer(f *testing.F) {
	for _, s := range []banktest.Answer{
		status("ACCP", ""), status("ACSP", ""), status("ACSC", ""), status("RJCT", "AC01"), status("RJCT", "AM05"), status("RJCT", "DS02", withoutAmount),
	} {
		f.Add(200, s.Body)
	}
	f.Add(404, banktest.NotFound.Body)
	f.Add(403, []byte(`{"code":"channel_closed"}`))
	b, err := bank.New(config("http://bank.example"))
	if err != nil {
		f.Fatal(err)
	}
	_, a := payout()
	f.Fuzz(func(t *testing.T, code int, body []byte) {
		r, err := b.Read(line.Reply{Status: code, Body: body}, a)
		if err != nil {
			if r != (payment.Result{}) {
				t.Errorf("%q: says %s beside %v", body, r.Outcome, err)
			}
			return
		}
		if code != 200 || !bytes.Contains(body, []byte(ulid)) || r.Outcome == payment.Unknown || r.Outcome == payment.NotSent {
			t.Errorf("%d %q: says %s of another payout", code, body, r.Outcome)
		}
		if r.Outcome == payment.Captured && (!r.Amount.Equal(a.Amount) || !bytes.Contains(body, []byte("49.9"))) {
			t.Errorf("%q: paid %s", body, r.Amount)
		}
	})
}
