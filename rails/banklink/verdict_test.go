package banklink_test

import (
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// TestAnOldReportHidesNoReturn has a bank answer with an old report about a payout that counts as paid, while its books show
// that the money came back. Nobody asks again by themselves what became of a payout that was paid: the return is told now.
func TestAnOldReportHidesNoReturn(t *testing.T) {
	link, err := banklink.New(banklink.Config{})
	if err != nil {
		t.Fatal(err)
	}
	sent, back := money.Must("100.00", "USD"), money.Must("90.00", "USD")
	at := payment.Attempt{ID: "att_1", Amount: sent, Captured: sent, Outcome: payment.Captured}
	for _, status := range []iso20022.Status{iso20022.Received, iso20022.AcceptedInProcess, iso20022.AcceptedSettled} {
		r, err := link.Result(at, banklink.Standing{Status: status, At: time.Unix(1, 0)}, banklink.Trail{Debits: 1, Back: back, Code: "AC04"})
		if err != nil {
			t.Fatal(err)
		}
		if r.Outcome != payment.Captured || r.Returned == nil || !r.Returned.Amount.Equal(back) {
			t.Errorf("%s: %s, returned %+v", status, r.Outcome, r.Returned)
		}
	}
}
