package bank_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// TestWhatCannotBeBelieved: whatever does not speak of this payout, or not clearly, is unknown.
func TestWhatCannotBeBelieved(t *testing.T) {
	cases := map[string]banktest.Answer{
		"another amount":         status("ACSC", "", func(m *iso20022.InitiationStatus) { transaction(m).Original.Amount = money.Must("49.91", "EUR") }),
		"another currency":       status("ACSC", "", func(m *iso20022.InitiationStatus) { transaction(m).Original.Amount = money.Must("49.90", "USD") }),
		"no amount":              status("ACSP", "", withoutAmount),
		"a rejection of another": status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { transaction(m).Original.Amount = money.Must("1.00", "EUR") }),
		"another end-to-end id":  status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { transaction(m).Original.EndToEndID = "01KB0000000000000000000002" }),
		"no end-to-end id":       status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { transaction(m).Original.EndToEndID = "" }),
		"another message":        status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Original.MessageID = "01KB0000000000000000000002" }),
		"another block":          status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Payments[0].PaymentID = "B2" }),
		"two transactions": status("RJCT", "AC01", func(m *iso20022.InitiationStatus) {
			m.Payments[0].Transactions = append(m.Payments[0].Transactions, *transaction(m))
		}),
		"two blocks":               status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Payments = append(m.Payments, m.Payments[0]) }),
		"nothing bound":            status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Payments, m.Original.MessageID = nil, "NOTPROVIDED" }),
		"a contradiction":          status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Status = "ACSC" }),
		"our own copy":             status("RJCT", "AM05"),
		"our own end-to-end id":    status("RJCT", "DU04"),
		"accepted with a change":   status("ACWC", ""),
		"a status of its own":      status("XXXX", ""),
		"no status":                status("", ""),
		"a message of another day": banktest.XML(nil, banktest.Notification(banktest.Account)),
	}
	for name, fault := range banktest.Faults {
		cases["the line: "+name] = fault
	}
	for name, answer := range cases {
		b, peer := open(t, nil)
		peer.Say(lookup, answer)
		peer.Say(messages, answer)
		p, a := payout()
		for call, ask := range map[string]func(context.Context) (payment.Result, error){
			"send":  func(ctx context.Context) (payment.Result, error) { return b.Send(ctx, p, a) },
			"check": func(ctx context.Context) (payment.Result, error) { return b.Check(ctx, a) },
		} {
			got, err := ask(t.Context())
			if err == nil || got != (payment.Result{}) {
				t.Errorf("%s, %s: says %s (%v)", name, call, got.Outcome, err)
			}
			if err != nil && strings.Contains(err.Error(), banktest.Secret) {
				t.Errorf("%s, %s: an error holds the secret", name, call)
			}
		}
		if sent := len(peer.Requests()); strings.Count(strings.Join(peer.Requests(), "\n"), messages) != 1 || sent < 2 {
			t.Errorf("%s: the order was sent again on its own", name)
		}
	}
}

func TestBooksThatCannotBeRead(t *testing.T) {
	b, peer := open(t, nil)
	peer.Say(lookup, status("ACSC", ""))
	_, a := payout()
	for name, fault := range banktest.Faults {
		peer.Say(mailbox, fault)
		if got, err := b.Check(t.Context(), a); err == nil {
			t.Errorf("%s: says %s", name, got.Outcome)
		}
	}
	peer.Hear(mailbox)
	if got, err := b.Check(t.Context(), a); err != nil || got.Outcome != payment.Captured {
		t.Errorf("then: %+v (%v)", got, err)
	}
	peer.Notify(banktest.Account, booked("D1", "50.00", iso20022.Debit))
	if got, err := b.Check(t.Context(), a); err == nil {
		t.Errorf("another amount was debited: %s", got.Outcome)
	}
}

func TestBeforeExecution(t *testing.T) {
	b, peer := open(t, nil)
	p, a := payout()
	for text, reason := range map[string]payment.Reason{
		`{"code":"channel_closed"}`: payment.ChannelClosed, `{"code":"invalid_request"}`: payment.ChannelMisconfigured,
	} {
		peer.Say(messages, banktest.Text(http.StatusForbidden, text))
		if got, err := b.Send(t.Context(), p, a); err != nil || got.Outcome != payment.NotSent || got.Reason != reason {
			t.Errorf("%s: %+v (%v)", text, got, err)
		}
	}
	nobody, err := bank.New(config("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := nobody.Send(t.Context(), p, a); err != nil || got.Outcome != payment.NotSent {
		t.Errorf("nobody there: %+v (%v)", got, err)
	}
	if got, err := nobody.Check(t.Context(), a); err == nil {
		t.Errorf("nobody to ask: %+v", got)
	}
	p.Order.Beneficiary.Name = "" // cannot be written, so it never left
	if got, err := b.Send(t.Context(), p, a); err != nil || got.Outcome != payment.NotSent {
		t.Errorf("no name: %+v (%v)", got, err)
	}
	if got, err := b.Check(t.Context(), a); err != nil || !got.NotFound {
		t.Errorf("unknown to the bank: %+v (%v)", got, err)
	}
}
