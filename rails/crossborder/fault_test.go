package crossborder_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/crossborder"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// TestWhatCannotBeBelieved: whatever does not speak of this payout, or not clearly, is unknown.
func TestWhatCannotBeBelieved(t *testing.T) {
	first := func(change func(*iso20022.TransactionStatus)) func(*iso20022.StatusReport) {
		return func(m *iso20022.StatusReport) { change(&m.Transactions[0]) }
	}
	cases := map[string]banktest.Answer{
		"another amount":        status(0, "ACCC", "", first(func(s *iso20022.TransactionStatus) { s.Original.Amount = money.Must("1000.01", "CNY") })),
		"another currency":      status(0, "ACCC", "", first(func(s *iso20022.TransactionStatus) { s.Original.Amount = money.Must("1000.00", "EUR") })),
		"no amount":             status(0, "ACSP", "G000", first(func(s *iso20022.TransactionStatus) { s.Original.Amount = money.Amount{} })),
		"another UETR":          status(0, "RJCT", "AC01", first(func(s *iso20022.TransactionStatus) { s.Original.UETR = "8a562c67-ca16-48ba-b074-65581be6f002" })),
		"no UETR":               status(0, "RJCT", "AC01", first(func(s *iso20022.TransactionStatus) { s.Original.UETR = "" })),
		"another end-to-end id": status(0, "RJCT", "AC01", first(func(s *iso20022.TransactionStatus) { s.Original.EndToEndID = "E2E" })),
		"two transactions":      status(0, "RJCT", "AC01", func(m *iso20022.StatusReport) { m.Transactions = append(m.Transactions, m.Transactions[0]) }),
		"no transaction":        status(0, "RJCT", "AC01", func(m *iso20022.StatusReport) { m.Transactions = nil }),
		"a contradiction":       status(0, "RJCT", "AC01", func(m *iso20022.StatusReport) { m.Groups[0].Status = "ACSP" }),
		"our own copy":          status(0, "RJCT", "AM05"),
		"our own UETR":          status(0, "RJCT", "DU03"),
		"a status of its own":   status(0, "XXXX", ""),
	}
	for name, fault := range banktest.Faults {
		cases["the line: "+name] = fault
	}
	for name, answer := range cases {
		x, peer := open(t, nil)
		peer.Say(messages, answer)
		p, a := payout()
		for call, ask := range map[string]func(context.Context) (payment.Result, error){
			"send":  func(ctx context.Context) (payment.Result, error) { return x.Send(ctx, p, a) },
			"check": func(ctx context.Context) (payment.Result, error) { return x.Check(ctx, a) },
		} {
			got, err := ask(t.Context())
			if err == nil || got != (payment.Result{}) {
				t.Errorf("%s, %s: says %s (%v)", name, call, got.Outcome, err)
			}
			if err != nil && strings.Contains(err.Error(), banktest.Secret) {
				t.Errorf("%s, %s: an error holds the secret", name, call)
			}
		}
		if sent := strings.Count(strings.Join(peer.Requests(), "\n"), "<FIToFICstmrCdtTrf>"); sent != 1 {
			t.Errorf("%s: the order was sent %d times", name, sent)
		}
	}
}

func TestATrackerThatCannotBeBelieved(t *testing.T) {
	cases := map[string]banktest.Answer{
		"another amount":   track(`,"instructed":{"amount":"1000.01","currency":"CNY"}`, "5 ACCC"),
		"another currency": track(`,"instructed":{"amount":"1000.00","currency":"EUR"}`, "5 ACCC"),
		"no amount":        track("", "5 ACCC"),
		"another UETR":     banktest.Text(200, strings.ReplaceAll(string(track(arrived, "5 ACCC").Body), "f001", "f002")),
		"a charge as text": track(instructed+`,"charges":[{"agent":"X","amount":"much","currency":"CNY"}]`, "5 ACCC"),
		"a sum in no coin": track(instructed+`,"credited":{"amount":"983.00","currency":"XQX"}`, "5 ACCC"),
		"a word twice":     track(instructed+`,"status":"RJCT"`, "5 ACCC"),
		"no status":        banktest.Text(200, `{"uetr":"`+uetr+`"}`),
	}
	for name, fault := range banktest.Faults {
		cases["the line: "+name] = fault
	}
	for name, answer := range cases {
		x, peer := open(t, nil)
		peer.Say(messages, status(0, "ACSP", "G000"))
		peer.Say(tracker, answer)
		_, a := payout()
		if got, err := x.Check(t.Context(), a); err == nil || got != (payment.Result{}) {
			t.Errorf("%s: says %s (%v)", name, got.Outcome, err)
		}
	}
}

func TestBeforeExecution(t *testing.T) {
	x, peer := open(t, nil)
	p, a := payout()
	peer.Say(messages, banktest.Text(http.StatusForbidden, `{"code":"channel_closed"}`))
	if got, err := x.Send(t.Context(), p, a); err != nil || got.Outcome != payment.NotSent || got.Reason != payment.ChannelClosed {
		t.Errorf("%+v (%v)", got, err)
	}
	sent := len(peer.Requests())
	p.Order.Beneficiary.Town = ""
	if got, err := x.Send(t.Context(), p, a); err != nil || got.Outcome != payment.NotSent || len(peer.Requests()) != sent {
		t.Errorf("beyond the rules: %+v (%v)", got, err)
	}
	nobody, err := crossborder.New(config("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	p, _ = payout()
	if got, err := nobody.Send(t.Context(), p, a); err != nil || got.Outcome != payment.NotSent {
		t.Errorf("nobody there: %+v (%v)", got, err)
	}
	peer.Hear(messages)
	if got, err := x.Check(t.Context(), a); err != nil || !got.NotFound {
		t.Errorf("unknown to all: %+v (%v)", got, err)
	}
}
