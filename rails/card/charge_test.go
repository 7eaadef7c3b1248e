package card

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/line"
)

// FuzzCharge reads arbitrary answers. Whatever comes, something is said of the charge only when another reader of the same
// bytes finds the reference, the amount and the currency that were asked for; a cancel before arrival has no amount.
func FuzzCharge(f *testing.F) {
	for _, body := range []string{
		`{"reference":"att_1","id":"ch_1","amount":"49.90","currency":"EUR","status":"approved","captured":"49.90"}`,
		`{"reference":"att_1","amount":"49.9","currency":"EUR","status":"authorized","authorization_expires_at":"2026-03-09T09:00:00.000Z"}`,
		`{"reference":"att_1","amount":"49.90","currency":"EUR","status":"declined","code":"do_not_honor"}`,
		`{"reference":"att_1","amount":"49.90","currency":"EUR","status":"challenge","challenge_url":"https://issuer.example/c"}`,
		`{"reference":"att_1","status":"canceled"}`,
		`{"code":"channel_closed"}`,
	} {
		f.Add(200, []byte(body))
		f.Add(409, []byte(body))
	}
	a, err := New(Config{
		Name: "card.acme", URL: "http://acquirer.example", Secret: "sk_secret", PreExecutionCodes: []string{"channel_closed"},
		Capabilities: payment.Capabilities{Fence: true}, Timeout: time.Second,
	})
	if err != nil {
		f.Fatal(err)
	}
	at := payment.Attempt{ID: "att_1", Amount: money.Must("49.90", "EUR"), Captured: money.Must("0", "EUR")}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		answer := line.Reply{Status: status, Body: body}
		if r, ok := answer.TurnedAway(a.config.PreExecutionCodes); ok && (status < 400 || status > 499 || r.Outcome != payment.NotSent) {
			t.Errorf("%d %q: %+v", status, body, r)
		}
		got, err := a.readCharge("check", at, answer, 200, 409)
		if err != nil {
			if got != (payment.Result{}) {
				t.Errorf("%q: says %+v beside %v", body, got, err)
			}
			return
		}
		var echoed map[string]any
		if json.Unmarshal(body, &echoed) != nil || echoed["reference"] != "att_1" {
			t.Errorf("%q: says %s of another reference", body, got.Outcome)
		}
		value, _ := echoed["amount"].(string)
		if got.Outcome == payment.Fenced && value == "" {
			return
		}
		amount, err := money.Parse(value, at.Amount.Asset())
		if err != nil || !amount.Equal(at.Amount) || echoed["currency"] != "EUR" {
			t.Errorf("%q: says %s of another amount", body, got.Outcome)
		}
		if got.Outcome.Moved() && !got.Amount.Equal(at.Amount) {
			t.Errorf("%q: says %s of %s", body, got.Outcome, got.Amount)
		}
	})
}
