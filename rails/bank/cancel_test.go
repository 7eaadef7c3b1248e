package bank_test

import (
	"testing"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

func TestCollectionAsksNobody(t *testing.T) {
	b, peer := open(t, nil)
	p, a := collection()
	var err error
	if a.Instruction, err = b.Instruct(p, a); err != nil {
		t.Fatal(err)
	}
	want := payment.Instruction{
		PayTo: "RF097", Reference: "RF097", Amount: a.Amount, Holder: "Causeway Pay GmbH", Account: banktest.Account, Agent: banktest.BIC,
	}
	if a.Instruction != want {
		t.Errorf("%+v", a.Instruction)
	}
	for _, ask := range []func() (payment.Result, error){
		func() (payment.Result, error) { return b.Send(t.Context(), p, a) },
		func() (payment.Result, error) { return b.Check(t.Context(), a) },
	} {
		if got, err := ask(); err != nil || got != (payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer}) {
			t.Errorf("%+v (%v)", got, err)
		}
	}
	if asked := peer.Requests(); len(asked) != 0 {
		t.Errorf("asked %q", asked)
	}
	for _, change := range []func(*payment.Attempt){
		func(a *payment.Attempt) { a.Number = 0 },
		func(a *payment.Attempt) { a.Amount = money.Must("1.00", "USD") },
	} {
		other := a
		change(&other)
		if got, err := b.Instruct(p, other); err == nil {
			t.Errorf("instructs %+v", got)
		}
	}
}

func TestCancelOfACollection(t *testing.T) {
	_, a := collection()
	a.Instruction.PayTo = "RF097"
	paid := booked("P1", "49.90", iso20022.Credit, func(e *iso20022.Entry) {
		e.Details[0].Transactions[0] = iso20022.EntryTransaction{Remittance: iso20022.Remittance{Lines: []string{"thanks rf09 7"}}}
	})
	taken := paid
	taken.Direction, taken.Reversal, taken.ServicerReference = iso20022.Debit, true, "P2"
	taken.Details = []iso20022.EntryDetails{{Transactions: []iso20022.EntryTransaction{{
		Remittance: paid.Details[0].Transactions[0].Remittance, OwnReferences: []iso20022.OwnReference{{Type: "REVERSED", Value: "P1"}},
	}}}}
	for name, row := range map[string]struct {
		mail []iso20022.Entry
		want payment.Outcome
	}{
		"nothing came": {nil, payment.Fenced}, "others paid": {[]iso20022.Entry{debit, whole}, payment.Fenced},
		"it is booked": {[]iso20022.Entry{debit, paid}, payment.ActionRequired}, "it is expected": {[]iso20022.Entry{expected(paid)}, payment.ActionRequired},
		"it was taken back": {[]iso20022.Entry{paid, taken}, payment.Fenced},
	} {
		b, peer := open(t, nil)
		peer.Pages(1)
		peer.Notify(banktest.Account, row.mail...)
		if got, err := b.Cancel(t.Context(), a); err != nil || got.Outcome != row.want {
			t.Errorf("%s: %+v (%v), want %s", name, got, err, row.want)
		}
	}
	b, peer := open(t, nil)
	for name, fault := range banktest.Faults {
		peer.Say(mailbox, fault)
		if got, err := b.Cancel(t.Context(), a); err == nil {
			t.Errorf("%s: says %s", name, got.Outcome)
		}
	}
}

func resolution(c iso20022.Confirmation, s iso20022.CancellationStatus, reference string) banktest.Answer {
	return banktest.XML(nil, &iso20022.Resolution{
		Assignment: iso20022.Assignment{
			ID: "R1", From: iso20022.Actor{Agent: iso20022.Agent{BIC: banktest.BIC}}, To: iso20022.Actor{Party: iso20022.Party{Name: "Causeway"}},
			CreatedAt: iso20022.At(banktest.Noon),
		},
		Confirmation: c,
		Details: []iso20022.CancellationDetails{{Payments: []iso20022.PaymentCancellationStatus{{
			PaymentID:    ulid,
			Transactions: []iso20022.CancellationResult{{Original: iso20022.Original{EndToEndID: reference}, Status: s}},
		}}}},
	})
}

func TestCancelOfAPayout(t *testing.T) {
	_, a := payout()
	for name, row := range map[string]struct {
		answer, then banktest.Answer
		want         payment.Outcome
		fails        bool
	}{
		"confirmed, and never seen":  {resolution("CNCL", "ACCR", ulid), banktest.NotFound, payment.Fenced, false},
		"confirmed, and withdrawn":   {resolution("CNCL", "ACCR", ulid), status("RJCT", "DS02", withoutAmount), payment.Fenced, false},
		"confirmed, but it was paid": {resolution("CNCL", "ACCR", ulid), status("ACSC", ""), payment.Captured, false},
		"refused, as it was paid":    {resolution("RJCR", "RJCR", ulid), status("ACSC", ""), payment.Captured, false},
		"refused, never seen":        {resolution("RJCR", "RJCR", ulid), banktest.NotFound, payment.Unknown, false},
		"not decided":                {resolution("PDCR", "PDCR", ulid), banktest.NotFound, payment.Unknown, false},
		"half confirmed":             {resolution("CNCL", "RJCR", ulid), banktest.NotFound, payment.Unknown, false},
		"of another":                 {resolution("CNCL", "ACCR", "01KB0000000000000000000002"), banktest.NotFound, payment.Unknown, true},
		"confirmed, then silence":    {resolution("CNCL", "ACCR", ulid), banktest.Faults["hang-up"], payment.Unknown, true},
	} {
		b, peer := open(t, nil)
		peer.Say(messages, row.answer)
		peer.Say(lookup, row.then)
		got, err := b.Cancel(t.Context(), a)
		if (err != nil) != row.fails || got.Outcome != row.want {
			t.Errorf("%s: %+v (%v), want %s", name, got, err, row.want)
		}
	}
	for name, fault := range banktest.Faults {
		b, peer := open(t, nil)
		peer.Say(messages, fault)
		if got, err := b.Cancel(t.Context(), a); err == nil {
			t.Errorf("%s: says %s", name, got.Outcome)
		}
	}
	b, peer := open(t, func(c *bank.Config) { c.Capabilities.Fence = false })
	peer.Say(messages, resolution("CNCL", "ACCR", ulid))
	if got, err := b.Cancel(t.Context(), a); err == nil || len(peer.Requests()) > 0 {
		t.Errorf("without a fence: %+v (%v)", got, err)
	}
}
