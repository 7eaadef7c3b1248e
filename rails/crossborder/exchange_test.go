package crossborder_test

import (
	"path/filepath"
	"testing"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/crossborder"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// exchanges are calls with the answers that each gets.
var exchanges = map[string]func(t *testing.T, x *crossborder.Correspondent, peer *banktest.Bank) string{
	"payout-shared": func(t *testing.T, x *crossborder.Correspondent, peer *banktest.Bank) string {
		peer.Say(messages, status(0, "ACSP", "G000"))
		p, a := payout()
		return banktest.Told(x.Send(t.Context(), p, a))
	},
	"payout-debtor": func(t *testing.T, x *crossborder.Correspondent, peer *banktest.Bank) string {
		peer.Say(messages, status(0, "ACSP", "G002"))
		p, a := payout()
		p.Order.Bearer, p.Order.Simulate = payment.BearerDebtor, "held"
		p.Order.Beneficiary.Purpose, p.Order.Beneficiary.Postcode = "GDDS", "100032"
		return banktest.Told(x.Send(t.Context(), p, a))
	},
	"payout-rejected": func(t *testing.T, x *crossborder.Correspondent, peer *banktest.Bank) string {
		peer.Say(messages, status(0, "RJCT", "AM04"))
		p, a := payout()
		return banktest.Told(x.Send(t.Context(), p, a))
	},
	"follow": func(t *testing.T, x *crossborder.Correspondent, peer *banktest.Bank) string {
		peer.Say(messages, status(1, "ACSP", "G000"))
		peer.Say(tracker, track(arrived, "0 ACSP G000", "5 ACCC"))
		peer.Notify(nostro, debit)
		_, a := payout()
		return banktest.Told(x.Check(t.Context(), a))
	},
	"follow-restored": func(t *testing.T, x *crossborder.Correspondent, peer *banktest.Bank) string {
		peer.Say(messages, status(4, "RJCT", "RR04"))
		peer.Say(tracker, track(instructed, "0 ACSP G000", "4 RJCT RR04"))
		peer.Notify(nostro, debit, booked("K1", "12.00", iso20022.Debit, charge), booked("C1", "1000.00", iso20022.Credit, because("RR04")))
		_, a := payout()
		return banktest.Told(x.Check(t.Context(), a))
	},
	"follow-returned": func(t *testing.T, x *crossborder.Correspondent, peer *banktest.Bank) string {
		peer.Say(messages, status(1, "ACCC", ""))
		peer.Say(tracker, track(arrived, "0 ACSP G000", "5 ACCC"))
		peer.Notify(nostro, debit, booked("C1", "980.00", iso20022.Credit, because("AC04")))
		_, a := payout()
		return banktest.Told(x.Check(t.Context(), a))
	},
	"follow-conflict": func(t *testing.T, x *crossborder.Correspondent, peer *banktest.Bank) string {
		peer.Say(messages, status(4, "RJCT", "AC04"))
		peer.Say(tracker, track(arrived, "5 ACCC"))
		_, a := payout()
		return banktest.Told(x.Check(t.Context(), a))
	},
	"follow-not-found": func(t *testing.T, x *crossborder.Correspondent, _ *banktest.Bank) string {
		_, a := payout()
		return banktest.Told(x.Check(t.Context(), a))
	},
}

func TestExchanges(t *testing.T) {
	files, err := filepath.Glob("testdata/exchanges/*.txt")
	if err != nil || len(files) > len(exchanges) {
		t.Errorf("%d golden files for %d exchanges (%v)", len(files), len(exchanges), err)
	}
	for name, call := range exchanges {
		x, peer := open(t, nil)
		said := call(t, x, peer)
		banktest.Golden(t, name, peer, said)
	}
}
