package iso20022

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"github.com/causeway-pay/causeway/money"
)

// What an amount of ISO 20022 has at most (ActiveOrHistoricCurrencyAndAmount).
const (
	AmountDigitsMax   = 18 // digits in all, without zeros that say nothing
	AmountDecimalsMax = 5  // digits after the point
	amountTextMax     = 40 // characters, zeros included
)

// ErrBadAmount is returned when an amount is beyond the grammar of ISO 20022: digits with at most one point, at most 18
// digits of which 5 are decimals, and neither sign nor exponent.
var ErrBadAmount = errors.New("not an amount of ISO 20022")

// ParseAmount reads an amount and the code of its currency, in major units, exactly. Zeros that say nothing are passed
// over: "0100.00000" EUR are 100.00 EUR. It returns ErrBadAmount, money.ErrUnknownAsset, or money.ErrTooPrecise when the
// currency has no coin that small; nothing is ever rounded.
func ParseAmount(text, currency string) (money.Amount, error) {
	asset, err := money.LookupAsset(currency, "")
	if err != nil {
		return money.Amount{}, err
	}
	whole, fraction, dotted := strings.Cut(text, ".")
	if len(text) > amountTextMax || !digits(whole+fraction) {
		return money.Amount{}, fmt.Errorf("%.40q: %w", text, ErrBadAmount)
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if len(fraction) > AmountDecimalsMax || len(whole)+len(fraction) > AmountDigitsMax {
		return money.Amount{}, fmt.Errorf("%q: %w", text, ErrBadAmount)
	}
	if whole == "" {
		whole = "0"
	}
	if dotted && fraction != "" {
		whole += "." + fraction
	}
	return money.Parse(whole, asset)
}

// FormatAmount is the text of an amount, in major units with the decimals of its currency. It returns ErrBadAmount when
// ISO 20022 has no text for it: a negative one, a part of the smallest coin, or one that is no currency of ISO 4217.
func FormatAmount(a money.Amount) (string, error) {
	text := a.Value()
	back, err := ParseAmount(text, a.Asset().Code)
	if err != nil || !back.Equal(a) {
		return "", fmt.Errorf("%s: %w", a, ErrBadAmount)
	}
	return text, nil
}

// digits reports whether s consists of one or more decimal digits.
func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// amount is an amount with its currency. An amount of no asset is left out; one of zero is not.
func amount(a *money.Amount) part {
	return func(f *form) {
		if f.reading {
			value, err := ParseAmount(f.leaf(), f.node.attr("Ccy"))
			f.check(err)
			*a = value
			return
		}
		if a.Asset().IsZero() {
			return
		}
		value, err := FormatAmount(*a)
		f.check(err)
		f.node.text = a.Value()
		if err == nil {
			f.node.text = value
		}
		f.node.attrs = []xml.Attr{{Name: xml.Name{Local: "Ccy"}, Value: a.Asset().Code}}
	}
}

// ErrBadTotal is returned when a message announces another number or sum of transactions than it has.
var ErrBadTotal = errors.New("announced another total")

// total is the number of transactions that a message announces.
func (f *form) total(announced, found int) {
	if announced != found {
		f.fault(fmt.Errorf("%w: %d transactions, not %d", ErrBadTotal, announced, found))
	}
}

// control is the sum of the amounts that a message announces (CtrlSum), a number without a currency. It is left out when
// the currencies differ.
func control(text *string) part {
	return func(f *form) {
		if f.reading {
			*text = f.leaf()
			return
		}
		f.node.text = *text
	}
}

// sum adds amounts of one currency; ok is false when they have several, or there are none.
func sum(amounts []money.Amount) (total money.Amount, ok bool) {
	if len(amounts) == 0 {
		return money.Amount{}, false
	}
	asset := amounts[0].Asset()
	for _, a := range amounts {
		if a.Asset() != asset || asset.IsZero() {
			return money.Amount{}, false
		}
	}
	return money.Sum(asset, amounts...), true
}

// controlSum is the text of what amounts sum up to, or nothing when their currencies differ.
func controlSum(amounts []money.Amount) string {
	total, ok := sum(amounts)
	if !ok {
		return ""
	}
	return total.Value()
}

// controls compares an announced sum with the amounts found.
func (f *form) controls(announced string, amounts []money.Amount) {
	total, ok := sum(amounts)
	if announced == "" || !ok {
		return
	}
	value, err := ParseAmount(announced, total.Asset().Code)
	if err != nil || !value.Equal(total) {
		f.fault(fmt.Errorf("%w: a sum of %.40q, not %s", ErrBadTotal, announced, total))
	}
}
