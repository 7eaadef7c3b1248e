package money

import (
	"fmt"
	"math/big"

	"github.com/shopspring/decimal"
)

// FromUnits returns n of the smallest units of an asset that are paid out, as networks count them: wei, cents.
func FromUnits(n *big.Int, asset Asset) Amount {
	return Amount{asset: asset, value: decimal.NewFromBigInt(n, -asset.Exponent)}
}

// Units returns how many of the smallest units of its asset a is. It panics when a is not whole, which is a fault of the
// caller: what a network is asked to move was rounded before.
func (a Amount) Units() *big.Int {
	if !a.IsWhole() {
		panic(fmt.Sprintf("money: %s cannot be paid out", a))
	}
	return a.value.Shift(a.asset.Exponent).BigInt()
}
