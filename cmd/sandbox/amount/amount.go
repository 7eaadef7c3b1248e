// Package amount holds the exact amounts of the sandbox.
//
// It is deliberately not the money package of the gateway: the world keeps books of its own, so that an arithmetic
// fault in the product cannot hide in the numbers it is compared with.
package amount

import (
	"encoding/json"
	"errors"
	"regexp"

	"github.com/shopspring/decimal"
)

// ErrSyntax is returned when a text is not a plain decimal of at most 28 whole and 18 fractional digits.
var ErrSyntax = errors.New(`not a plain decimal amount such as "49.90"`)

var grammar = regexp.MustCompile(`^(0|[1-9][0-9]{0,27})(\.[0-9]{1,18})?$`)

// Amount is an exact decimal that keeps the scale it was written with: "49.90" stays "49.90".
// The zero Amount is zero with no decimals.
type Amount struct{ value decimal.Decimal }

// Parse reads a plain decimal text. It returns ErrSyntax for a sign, an exponent, a blank or a leading zero.
func Parse(text string) (Amount, error) {
	if !grammar.MatchString(text) {
		return Amount{}, ErrSyntax
	}
	value, err := decimal.NewFromString(text)
	if err != nil {
		return Amount{}, ErrSyntax
	}
	return Amount{value}, nil
}

// Add returns a + b with the longer scale of the two.
func (a Amount) Add(b Amount) Amount { return Amount{a.value.Add(b.value)} }

// Sub returns a - b with the longer scale of the two.
func (a Amount) Sub(b Amount) Amount { return Amount{a.value.Sub(b.value)} }

// Exceeds reports whether a is more than b.
func (a Amount) Exceeds(b Amount) bool { return a.value.GreaterThan(b.value) }

// Equal reports whether a and b are the same number, whatever their scales.
func (a Amount) Equal(b Amount) bool { return a.value.Equal(b.value) }

// IsZero reports whether a is nothing.
func (a Amount) IsZero() bool { return a.value.IsZero() }

// IsNegative reports whether a is less than nothing, as a balance can be.
func (a Amount) IsNegative() bool { return a.value.IsNegative() }

// Abs returns a without its sign.
func (a Amount) Abs() Amount { return Amount{a.value.Abs()} }

// Decimals returns how many digits after the point a was written with.
func (a Amount) Decimals() int { return max(0, -int(a.value.Exponent())) }

// Digits returns how many digits a was written with.
func (a Amount) Digits() int { return max(a.value.NumDigits(), a.Decimals()) }

// Zero returns nothing in the scale of a: "0.00" for "49.90".
func (a Amount) Zero() Amount { return a.Sub(a) }

// OneMore returns a plus one in its last written digit: "49.91" for "49.90".
func (a Amount) OneMore() Amount {
	return Amount{a.value.Add(decimal.New(1, a.value.Exponent()))}
}

// String writes a in its own scale, never with an exponent.
func (a Amount) String() string { return a.value.StringFixed(-a.value.Exponent()) }

// MarshalJSON writes a as a JSON string.
func (a Amount) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }

// UnmarshalJSON accepts a JSON string in the grammar of Parse and nothing else.
func (a *Amount) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return ErrSyntax
	}
	parsed, err := Parse(text)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
