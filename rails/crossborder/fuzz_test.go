package crossborder_test

import (
	"bytes"
	"testing"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/crossborder"
)

// FuzzAnswers reads arbitrary answers of the correspondent and of the tracker. Whatever comes, something is said of the
// payout only when its UETR stands in one of them, and it counts as paid only beside its own amount.
func FuzzAnswers(f *testing.F) {
	gone := banktest.NotFound.Body
	for _, s := range []banktest.Answer{
		status(0, "ACSP", "G000"), status(1, "ACCC", ""), status(2, "RJCT", "AC01"), status(3, "RJCT", "AM05"),
	} {
		f.Add(200, s.Body, 404, gone)
		f.Add(200, s.Body, 200, track(arrived, "0 ACSP G000", "5 ACCC").Body)
	}
	f.Add(404, gone, 200, track(instructed, "2 ACSP G002").Body)
	f.Add(404, gone, 404, gone)
	peer := banktest.Open(f)
	x, err := crossborder.New(config(peer.URL))
	if err != nil {
		f.Fatal(err)
	}
	_, a := payout()
	f.Fuzz(func(t *testing.T, code int, body []byte, trackCode int, tracked []byte) {
		if min(code, trackCode) < 200 || max(code, trackCode) > 599 {
			return
		}
		peer.Say(messages, banktest.Answer{Status: code, Body: body})
		peer.Say(tracker, banktest.Answer{Status: trackCode, Body: tracked})
		r, err := x.Check(t.Context(), a)
		if err != nil {
			if r != (payment.Result{}) {
				t.Errorf("says %s beside %v", r.Outcome, err)
			}
			return
		}
		named := code == 200 && bytes.Contains(body, []byte(uetr)) || trackCode == 200 && bytes.Contains(tracked, []byte(uetr))
		if r.Outcome == payment.NotSent || (r.Outcome != payment.Unknown) != named || r.NotFound == named {
			t.Errorf("%q %q: %+v", body, tracked, r)
		}
		if r.Outcome == payment.Captured && !r.Amount.Equal(a.Amount) {
			t.Errorf("%q %q: paid %s", body, tracked, r.Amount)
		}
	})
}
