package bank_test

import (
	"bytes"
	"testing"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
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
	peer := banktest.Open(f)
	b, err := bank.New(config(peer.URL))
	if err != nil {
		f.Fatal(err)
	}
	p, a := payout()
	f.Fuzz(func(t *testing.T, code int, body []byte) {
		if code < 200 || code > 599 {
			return
		}
		peer.Say(lookup, banktest.Answer{Status: code, Body: body})
		peer.Say(messages, banktest.Answer{Status: code, Body: body})
		asked, err := b.Check(t.Context(), a)
		if err != nil && asked != (payment.Result{}) {
			t.Errorf("%q: says %s beside %v", body, asked.Outcome, err)
		}
		if asked.Outcome == payment.NotSent {
			t.Errorf("%q: an inquiry proves that nothing was sent", body)
		}
		sent, err := b.Send(t.Context(), p, a)
		if err != nil && sent != (payment.Result{}) {
			t.Errorf("%q: says %s beside %v", body, sent.Outcome, err)
		}
		if sent.NotFound || sent.Outcome == payment.NotSent && (code < 400 || code > 499) {
			t.Errorf("%d %q: %+v", code, body, sent)
		}
		for _, r := range []payment.Result{asked, sent} {
			told := r.Outcome != payment.Unknown && r.Outcome != payment.NotSent
			if told && (code != 200 || !bytes.Contains(body, []byte(ulid))) {
				t.Errorf("%d %q: says %s of another payout", code, body, r.Outcome)
			}
			if r.Outcome == payment.Captured && (!r.Amount.Equal(a.Amount) || !bytes.Contains(body, []byte("49.9"))) {
				t.Errorf("%q: paid %s", body, r.Amount)
			}
		}
	})
}
