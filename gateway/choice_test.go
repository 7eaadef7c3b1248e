package gateway_test

import (
	"testing"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
)

// TestOfSeveralMethodsTheCheapestThatWorksIsTaken: what the payer is charged on top of the amount counts like what the merchant
// bears, and a method whose channels are down is taken only when all are.
func TestOfSeveralMethodsTheCheapestThatWorksIsTaken(t *testing.T) {
	const card = "card.a"
	cards := gateway.Channel{
		Name: card, Method: payment.MethodCard, Mode: payment.Test, Rail: newProvider(all), Currencies: []string{"EUR"}, Timeout: 5 * time.Second,
	}
	l := newLabWith(t, cards, bankOf(newHouse(), "bank.a"))
	fill := func(slots int) (free func()) {
		var held []func(breaker.Verdict)
		for range slots {
			done, err := l.board.Allow(card, breaker.Attempt{})
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, done)
		}
		return func() {
			for _, done := range held {
				done(breaker.Excluded)
			}
		}
	}
	const bankCharges = `
version: 7
rules:
  - {id: rule_margin, kind: fx_margin, calc: {bps: 50}}
  - {id: rule_settlement, kind: settlement, days: 0}
  - {id: rule_refund, kind: refund_rate, rate: original, days: 90}
  - {id: rule_card, kind: fee, code: processing, payer: merchant, match: {direction: collect}, calc: {bps: 100}}
  - {id: rule_bank, kind: fee, code: processing, payer: sender, match: {direction: collect, rail: bank}, calc: {bps: 150}}
  - {id: rule_lock, kind: lock_price, lock: 15m}
`
	rules, err := fx.LoadRules([]byte(bankCharges))
	if err != nil {
		t.Fatal(err)
	}
	g := l.another(fx.NewPricer(rules, fx.NewBoard(fx.Policy{})), func(_, _ payment.Payment) {})
	takes := func(key string, want payment.MethodType, status payment.Status) {
		t.Helper()
		r := l.request(key)
		r.Methods = append(r.Methods, payment.Method{Type: payment.MethodBankTransfer})
		reply, err := g.Create(t.Context(), r)
		if p := reply.Payment; err != nil || p.Method.Type != want || p.Status() != status {
			t.Errorf("%s: %s by %s, %v; want %s by %s", key, p.Status(), p.Method.Type, err, status, want)
		}
	}
	down := func(channel string) {
		t.Helper()
		if _, err := l.board.Decide(breaker.Flag{Channel: channel, Status: breaker.ForcedOpen, By: "op_1"}); err != nil {
			t.Fatal(err)
		}
	}
	takes("both work", payment.MethodCard, payment.Succeeded)
	free := fill(breaker.Defaults().MaxInFlight)
	takes("cards are full for a moment", payment.MethodCard, payment.Processing)
	free()
	down(card)
	takes("cards are down", payment.MethodBankTransfer, payment.RequiresAction)
	down("bank.a")
	takes("both are down", payment.MethodCard, payment.Processing)
}
