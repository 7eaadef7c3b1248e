package payment_test

import (
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

func TestAFaultOfAnOperationSpeaksToTheMerchant(t *testing.T) {
	nothing := money.Must("0.00", "USD")
	for _, outcome := range []payment.Outcome{payment.Unknown, payment.Pending, payment.Review, payment.Declined, payment.NotSent} {
		for _, kind := range []payment.OperationKind{payment.Capture, payment.Refund} {
			for reason, meaning := range payment.Reasons() {
				o := payment.Operation{
					ID: "ref_1", Kind: kind, Amount: money.Must("10.00", "EUR"), Outcome: outcome, Reason: reason,
					Booking: payment.Booking{FromPending: nothing, FromAvailable: nothing},
				}
				en, zh := o.View("pay_1", "en").LastError, o.View("pay_1", "zh").LastError
				if en == nil || zh == nil || en.Code != reason || en.Cause != meaning.Cause || en.Blame != meaning.Blame {
					t.Fatalf("%s %s %s: %+v", kind, outcome, reason, en)
				}
				if en.Title == "" || en.Detail == "" || en.Title == zh.Title || en.Detail == zh.Detail || strings.Contains(en.Title+zh.Title, "%") {
					t.Errorf("%s %s %s: %+v %+v", kind, outcome, reason, en, zh)
				}
				if en.Retryable && (o.Open() || meaning.Retry == payment.RetryNever) {
					t.Errorf("%s %s %s may be asked for again", kind, outcome, reason)
				}
				for _, word := range []string{"another card", "taken", "pay again", "your"} {
					if strings.Contains(en.Title+en.Detail, word) {
						t.Errorf("%s %s %s speaks to the payer: %s %s", kind, outcome, reason, en.Title, en.Detail)
					}
				}
			}
		}
	}
	if v := (payment.Operation{Outcome: payment.Done, Reason: payment.NoAnswer}).View("pay_1", "en"); v.LastError != nil {
		t.Errorf("it happened, and yet: %+v", v.LastError)
	}
}
