package bank_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// exchanges are calls with the answer that each gets.
var exchanges = map[string]func(t *testing.T, b *bank.Bank, peer *banktest.Bank) string{
	"payout": func(t *testing.T, b *bank.Bank, peer *banktest.Bank) string {
		peer.Say(messages, status("ACCP", ""))
		p, a := payout()
		return banktest.Told(b.Send(t.Context(), p, a))
	},
	"payout-simulated": func(t *testing.T, b *bank.Bank, peer *banktest.Bank) string {
		peer.Say(messages, status("ACTC", ""))
		p, a := payout()
		p.Order.Simulate, p.Order.Reference, p.Order.Bearer = "accepted_slowly:5s", "RF18539007547034", payment.BearerDebtor
		p.Order.Beneficiary.Purpose = "SALA"
		return banktest.Told(b.Send(t.Context(), p, a))
	},
	"payout-live": func(t *testing.T, b *bank.Bank, peer *banktest.Bank) string { // whatever an order says, only test money is simulated
		peer.Say(messages, status("RJCT", "AC01"))
		p, a := payout()
		p.Mode, p.Order.Simulate, p.Order.Reference = payment.Live, "held", "rent_for_März"
		p.Order.Beneficiary.Agent = ""
		return banktest.Told(b.Send(t.Context(), p, a))
	},
	"payout-turned-away": func(t *testing.T, b *bank.Bank, peer *banktest.Bank) string {
		peer.Say(messages, banktest.Text(403, `{"code":"channel_closed","message":"we are closed"}`))
		p, a := payout()
		return banktest.Told(b.Send(t.Context(), p, a))
	},
	"inquire": func(t *testing.T, b *bank.Bank, peer *banktest.Bank) string {
		peer.Say(lookup, status("ACSC", ""))
		peer.Notify(banktest.Account, debit)
		_, a := payout()
		return banktest.Told(b.Check(t.Context(), a))
	},
	"inquire-returned": func(t *testing.T, b *bank.Bank, peer *banktest.Bank) string {
		peer.Say(lookup, status("ACSC", ""))
		peer.Notify(banktest.Account, debit, part)
		_, a := payout()
		return banktest.Told(b.Check(t.Context(), a))
	},
	"inquire-not-found": func(t *testing.T, b *bank.Bank, _ *banktest.Bank) string {
		_, a := payout()
		return banktest.Told(b.Check(t.Context(), a))
	},
	"cancel-payout": func(t *testing.T, b *bank.Bank, peer *banktest.Bank) string {
		peer.Say(messages, resolution("CNCL", "ACCR", ulid))
		peer.Say(lookup, status("RJCT", "DS02", withoutAmount))
		_, a := payout()
		return banktest.Told(b.Cancel(t.Context(), a))
	},
	"cancel-collection": func(t *testing.T, b *bank.Bank, peer *banktest.Bank) string {
		peer.Notify(banktest.Account, booked("P1", "49.90", iso20022.Credit))
		_, a := collection()
		a.Instruction.PayTo = "RF097"
		return banktest.Told(b.Cancel(t.Context(), a))
	},
	"probe": func(t *testing.T, b *bank.Bank, _ *banktest.Bank) string {
		return fmt.Sprintf("error: %v", b.Probe(t.Context()))
	},
}

func TestExchanges(t *testing.T) {
	files, err := filepath.Glob("testdata/exchanges/*.txt")
	if err != nil || len(files) > len(exchanges) {
		t.Errorf("%d golden files for %d exchanges (%v)", len(files), len(exchanges), err)
	}
	for name, call := range exchanges {
		b, peer := open(t, nil)
		said := call(t, b, peer)
		banktest.Golden(t, name, peer, said)
	}
}
