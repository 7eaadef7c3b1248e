package money_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/money"
)

func TestUnitsAndAmountsAreTheSameNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asset := money.Asset{Code: "T", Network: "eip155:7", Exponent: rapid.Int32Range(0, 18).Draw(t, "exponent"), Kind: money.Token}
		units := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "units"))
		amount := money.FromUnits(units, asset)
		if back := amount.Units(); back.Cmp(units) != 0 {
			t.Fatalf("%s became %s and then %s", units, amount, back)
		}
	})
}

func TestUnitsOfWhatCannotBePaidPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a part of a unit was cut off in silence")
		}
	}()
	money.Must("0.01", "EUR").Bps(5000).Units()
}
