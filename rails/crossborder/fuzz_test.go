package crossborder_test

import (
	"bytes"
	"testing"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/crossborder"
	"github.com/causeway-pay/causeway/rails/line"
)

// FuzzAnswers reads arbitrary answers of the correspondent and of the tracker. Whatever comes, something is said of the
// payout only when its UETR stands in both, and it counts as paid only beside its own amount.
func FuzzAnswers(f *testing.F) {
	gone := banktest.NotFound.Body
	for _, s := range []banktest.Answer{
		status(0, "ACSP", "G000"), status(1, "ACCC", ""), status(2, "RJCT", "AC01"), status(3, "RJCT", "AM05"),
	} {
		f.Add(200, s.Body, 404, gone)
		f.Add(200, s.Body, 200, track(arrived, "0 ACSP G000", "5 ACCC").Body)
	}
	f.Add(200, status(1, "ACSP", "G000").Body, 200, track(instructed, "2 ACSP G002").Body)
	x, err := crossborder.New(config("http://bank.example"))
	if err != nil {
		f.Fatal(err)
	}
	_, a := payout()
	f.Fuzz(func(t *testing.T, code int, body []byte, trackCode int, tracked []byte) {
		r, err := x.Read(line.Reply{Status: code, Body: body}, line.Reply{Status: trackCode, Body: tracked}, a)
		if err != nil {
			if r != (payment.Result{}) {
				t.Errorf("says %s beside %v", r.Outcome, err)
			}
			return
		}
		named := bytes.Contains(body, []byte(uetr)) && bytes.Contains(tracked, []byte(uetr))
		if !named || code != 200 || trackCode != 200 || r.Outcome == payment.NotSent || r.Outcome == payment.Unknown {
			t.Errorf("%q %q: %+v", body, tracked, r)
		}
		if r.Outcome == payment.Captured && !r.Amount.Equal(a.Amount) {
			t.Errorf("%q %q: paid %s", body, tracked, r.Amount)
		}
	})
}
