package gateway_test

import (
	"testing"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
)

// 1.2 % and 0.10 in the currency of the charge, rounded up.
func TestCost(t *testing.T) {
	cost := gateway.Cost{Bps: 120, Fixed: []money.Amount{money.Must("0.12", "USD"), money.Must("0.10", "EUR")}}
	for amount, want := range map[string]string{"99.99": "1.30", "100.00": "1.30", "100.01": "1.31"} {
		if got := cost.Of(money.Must(amount, "EUR")).Value(); got != want {
			t.Errorf("%s costs %s, want %s", amount, got, want)
		}
	}
}
