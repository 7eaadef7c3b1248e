package money

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Faults of an amount as text.
var (
	// ErrBadAmount is returned when text is not a plain decimal: it must match ^(0|[1-9][0-9]{0,27})(\.[0-9]{1,18})?$.
	ErrBadAmount = errors.New("amount must be a plain decimal number")
	// ErrTooPrecise is returned when an amount has more decimals than its asset has; such an amount is never rounded silently.
	ErrTooPrecise = errors.New("amount has more decimals than its asset")
)

// HouseDigits is how many more decimals than the asset's exponent a house account (position, revenue, rounding) holds.
const HouseDigits = 6

const (
	maxWhole    = 28 // digits before the point that are accepted
	maxFraction = 18 // digits after the point that are accepted
	maxStored   = 60 // digits on either side of the point that are read from storage
)

func init() {
	decimal.MaxDecodeExponent = 64 // decimal also decodes "1e999999999"; our grammar refuses it first, this is the second lock
}

// Amount is an exact quantity of one asset, in major units (euros, not cents), positive, zero or negative. The zero
// Amount is nothing of no asset. Products may have any number of decimals until they are rounded.
type Amount struct {
	asset Asset
	value decimal.Decimal
}

// Parse reads a decimal string such as "49.90" as an amount of asset. It returns ErrBadAmount when the text is not a
// plain decimal (a sign, exponent, blank or leading zero is refused) and ErrTooPrecise when it has more decimals than the asset.
func Parse(s string, asset Asset) (Amount, error) {
	if !plain(s) {
		return Amount{}, fmt.Errorf("%q: %w", clip(s), ErrBadAmount)
	}
	value, err := decimal.NewFromString(s)
	if err != nil {
		return Amount{}, fmt.Errorf("%q: %w", clip(s), ErrBadAmount)
	}
	if -value.Exponent() > asset.Exponent {
		return Amount{}, fmt.Errorf("%q %s: %w (%d)", s, asset, ErrTooPrecise, asset.Exponent)
	}
	return Amount{asset: asset, value: value.Add(decimal.New(0, -asset.Exponent))}, nil // with all decimals, as it comes back from storage
}

// Must is Parse for amounts named in the source, such as Must("49.90", "EUR"). It panics on bad text or an unknown asset.
func Must(s, asset string) Amount {
	a, err := Parse(s, MustAsset(asset))
	if err != nil {
		panic(err)
	}
	return a
}

// Restore reads what [Amount.Value] wrote: any sign, and up to 60 digits on either side of the point. It is for storage,
// not for input.
func Restore(s string, asset Asset) (Amount, error) {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if len(whole) > maxStored || len(fraction) > maxStored || !onlyDigits(whole) || !onlyDigits(fraction) {
		return Amount{}, fmt.Errorf("stored amount %q: %w", clip(s), ErrBadAmount)
	}
	value, err := decimal.NewFromString(s)
	if err != nil {
		return Amount{}, fmt.Errorf("stored amount %q: %w", clip(s), ErrBadAmount)
	}
	return Amount{asset: asset, value: value}, nil
}

// plain is the grammar of input, checked before any big number is built: a megabyte of digits would cost seconds.
func plain(s string) bool {
	whole, fraction, dotted := strings.Cut(s, ".")
	if len(whole) == 0 || len(whole) > maxWhole || (len(whole) > 1 && whole[0] == '0') {
		return false
	}
	if dotted && (len(fraction) == 0 || len(fraction) > maxFraction) {
		return false
	}
	return onlyDigits(whole) && onlyDigits(fraction)
}

func onlyDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Asset returns what is counted.
func (a Amount) Asset() Asset { return a.asset }

// Value returns the number in major units, with at least as many decimals as the asset has: "49.90", "0.549945".
func (a Amount) Value() string {
	number := a.value.String() // has no zeros behind its last decimal
	decimals := 0
	if point := strings.IndexByte(number, '.'); point >= 0 {
		decimals = len(number) - point - 1
	}
	missing := int(a.asset.Exponent) - decimals
	switch {
	case missing <= 0:
		return number
	case decimals == 0:
		number += "."
	}
	return number + strings.Repeat("0", missing)
}

// String returns the number and the asset: "49.90 EUR".
func (a Amount) String() string { return a.Value() + " " + a.asset.String() }

// Sign returns -1, 0 or 1.
func (a Amount) Sign() int { return a.value.Sign() }

// IsZero reports whether a is nothing.
func (a Amount) IsZero() bool { return a.value.IsZero() }

// IsWhole reports whether a can be paid: it has no more decimals than its asset.
func (a Amount) IsWhole() bool { return a.fits(a.asset.Exponent) }

// FitsHouse reports whether a house account can hold a: at most HouseDigits more decimals than the asset has.
func (a Amount) FitsHouse() bool { return a.fits(a.asset.Exponent + HouseDigits) }

func (a Amount) fits(digits int32) bool {
	return -a.value.Exponent() <= digits || a.value.Equal(a.value.Truncate(digits))
}

// Neg returns -a.
func (a Amount) Neg() Amount { return Amount{a.asset, a.value.Neg()} }

// Add returns a + b. It panics when the assets differ, which is a fault of the caller.
func (a Amount) Add(b Amount) Amount {
	asset := a.same(b)
	switch { // what adds nothing, not even decimals, is not worth a new number
	case b.IsZero() && b.value.Exponent() >= a.value.Exponent():
		return a
	case a.IsZero() && a.value.Exponent() >= b.value.Exponent():
		return b
	}
	return Amount{asset, a.value.Add(b.value)}
}

// Sub returns a - b. It panics when the assets differ.
func (a Amount) Sub(b Amount) Amount {
	asset := a.same(b)
	if b.IsZero() && b.value.Exponent() >= a.value.Exponent() {
		return a
	}
	return Amount{asset, a.value.Sub(b.value)}
}

// Cmp compares a and b: -1 when a is less, 0 when equal, 1 when more. It panics when the assets differ.
func (a Amount) Cmp(b Amount) int {
	a.same(b)
	return a.value.Cmp(b.value)
}

// Equal reports whether a and b are the same quantity of the same asset. Unlike Cmp it never panics.
func (a Amount) Equal(b Amount) bool {
	return a.asset == b.asset && a.value.Equal(b.value)
}

// Min returns the lesser of a and b.
func Min(a, b Amount) Amount {
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}

// Max returns the greater of a and b.
func Max(a, b Amount) Amount {
	if a.Cmp(b) >= 0 {
		return a
	}
	return b
}

// Sum adds amounts of one asset.
func Sum(asset Asset, amounts ...Amount) Amount {
	total := asset.Zero()
	for _, a := range amounts {
		total = total.Add(a)
	}
	return total
}

func (a Amount) same(b Amount) Asset {
	if a.asset != b.asset {
		panic(fmt.Sprintf("money: %s and %s are different assets", a, b))
	}
	return a.asset
}

// Bps returns the exact share of a in basis points: 50 is half a percent.
func (a Amount) Bps(bps int64) Amount {
	return Amount{a.asset, a.value.Mul(decimal.New(bps, -4))}
}

// Share returns a x part / whole, exact to 40 decimals. It panics when part and whole differ in asset or whole is zero.
func (a Amount) Share(part, whole Amount) Amount {
	part.same(whole)
	return Amount{a.asset, a.value.Mul(part.value).DivRound(whole.value, quotientDigits)}
}

// Percent returns a in percent of whole to two decimals, "1.99". It panics when the assets differ or whole is zero.
func (a Amount) Percent(whole Amount) string {
	a.same(whole)
	return a.value.Mul(decimal.New(100, 0)).DivRound(whole.value, quotientDigits).StringFixed(2)
}

// Down rounds towards zero to what can be paid and returns what was left over: a = rounded + dust.
func (a Amount) Down() (rounded, dust Amount) {
	return a.rounded(a.value.RoundDown(a.asset.Exponent))
}

// Up rounds away from zero to what can be paid; dust is then negative for a positive amount: a = rounded + dust.
func (a Amount) Up() (rounded, dust Amount) {
	return a.rounded(a.value.RoundUp(a.asset.Exponent))
}

// HalfEven rounds to the nearest amount that can be paid, ties to even: a = rounded + dust.
func (a Amount) HalfEven() (rounded, dust Amount) {
	return a.rounded(a.value.RoundBank(a.asset.Exponent))
}

// House rounds to what a house account holds, ties to even: a = rounded + dust.
func (a Amount) House() (rounded, dust Amount) {
	return a.rounded(a.value.RoundBank(a.asset.Exponent + HouseDigits))
}

// HouseDown rounds towards zero to what a house account holds: a = rounded + dust.
func (a Amount) HouseDown() (rounded, dust Amount) {
	return a.rounded(a.value.RoundDown(a.asset.Exponent + HouseDigits))
}

func (a Amount) rounded(value decimal.Decimal) (Amount, Amount) {
	return Amount{a.asset, value}, Amount{a.asset, a.value.Sub(value)}
}

// Wire is an amount in JSON: {"value":"49.90","currency":"EUR"}, with a network for coins and tokens.
type Wire struct {
	Value    string `json:"value" doc:"Decimal number in major units, always a string" example:"49.90"`
	Currency string `json:"currency" doc:"ISO 4217 code, or the code of a coin or token" example:"EUR"`
	Network  string `json:"network,omitempty" doc:"CAIP-2 chain id of a coin or token" example:"eip155:1"`
}

// Wire returns a as it stands in JSON.
func (a Amount) Wire() Wire {
	return Wire{Value: a.Value(), Currency: a.asset.Code, Network: a.asset.Network}
}

// Amount reads input. It returns ErrUnknownAsset, ErrBadAmount or ErrTooPrecise.
func (w Wire) Amount() (Amount, error) {
	asset, err := LookupAsset(w.Currency, w.Network)
	if err != nil {
		return Amount{}, err
	}
	return Parse(w.Value, asset)
}

// MarshalJSON writes the form of Wire. It is asked for dozens of times in every payment, and nothing of it needs an escape.
func (a Amount) MarshalJSON() ([]byte, error) {
	text := append(make([]byte, 0, 64), `{"value":"`...)
	text = append(text, a.Value()...)
	text = append(text, `","currency":`...)
	text = strconv.AppendQuote(text, a.asset.Code)
	if a.asset.Network != "" {
		text = append(text, `,"network":`...)
		text = strconv.AppendQuote(text, a.asset.Network)
	}
	return append(text, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote, negative and house amounts included. Input of merchants goes through [Wire.Amount].
func (a *Amount) UnmarshalJSON(data []byte) error {
	var wire Wire
	if err := json.Unmarshal(data, &wire); err != nil {
		return fmt.Errorf("amount: %w", err)
	}
	if wire.Currency == "" {
		*a = Amount{}
		return nil
	}
	asset, err := LookupAsset(wire.Currency, wire.Network)
	if err != nil {
		return err
	}
	*a, err = Restore(wire.Value, asset)
	return err
}

func unit(exponent int32) decimal.Decimal { return decimal.New(1, -exponent) }
