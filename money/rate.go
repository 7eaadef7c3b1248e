package money

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// ErrBadRate is returned when a rate is not a positive plain decimal.
var ErrBadRate = errors.New("rate must be a positive plain decimal number")

// quotientDigits is how many decimals a division keeps: far below anything an account can hold (18 + HouseDigits).
const quotientDigits = 40

// Rate says how much Quote one unit of Base costs, as an exact fraction, so that an inverse or a product of several
// legs loses nothing before an amount is converted.
type Rate struct {
	base, quote Asset
	num, den    decimal.Decimal
}

// ParseRate reads the price of one base in quote, such as "1.1684". It returns ErrBadRate unless it is plain and above zero.
func ParseRate(s string, base, quote Asset) (Rate, error) {
	const longest = 60
	whole, fraction, _ := strings.Cut(s, ".")
	if len(s) > longest || whole == "" || !onlyDigits(whole) || !onlyDigits(fraction) || strings.HasSuffix(s, ".") {
		return Rate{}, fmt.Errorf("%q: %w", clip(s), ErrBadRate)
	}
	num, err := decimal.NewFromString(s)
	if err != nil || num.Sign() <= 0 {
		return Rate{}, fmt.Errorf("%q: %w", clip(s), ErrBadRate)
	}
	return Rate{base, quote, num, decimal.New(1, 0)}, nil
}

// MustRate is ParseRate for rates named in the source. It panics on bad text or an unknown asset.
func MustRate(s, base, quote string) Rate {
	r, err := ParseRate(s, MustAsset(base), MustAsset(quote))
	if err != nil {
		panic(err)
	}
	return r
}

// Identity is the rate of an asset to itself: one.
func Identity(a Asset) Rate { return Rate{a, a, decimal.New(1, 0), decimal.New(1, 0)} }

// Per returns the rate at which amount buys whole: the price of one unit of amount's asset in that of whole. It is no rate
// at all unless both are positive.
func Per(amount, whole Amount) Rate {
	if amount.Sign() <= 0 || whole.Sign() <= 0 {
		return Rate{}
	}
	return Rate{amount.asset, whole.asset, whole.value, amount.value}
}

// Base returns the asset that is priced.
func (r Rate) Base() Asset { return r.base }

// Quote returns the asset that the price is in.
func (r Rate) Quote() Asset { return r.quote }

// IsZero reports whether r is no rate at all.
func (r Rate) IsZero() bool { return r.num.IsZero() || r.den.IsZero() }

// Inverse returns the price of the quote asset in the base asset.
func (r Rate) Inverse() Rate { return Rate{r.quote, r.base, r.den, r.num} }

// Times chains two legs: base/x times x/quote. It panics when the legs do not meet.
func (r Rate) Times(next Rate) Rate {
	if r.quote != next.base {
		panic(fmt.Sprintf("money: %s/%s and %s/%s do not meet", r.base, r.quote, next.base, next.quote))
	}
	return Rate{r.base, next.quote, r.num.Mul(next.num), r.den.Mul(next.den)}
}

// Markdown returns the rate less a share in basis points: what a client gets when the source amount is fixed.
func (r Rate) Markdown(bps int64) Rate {
	return Rate{r.base, r.quote, r.num.Mul(decimal.New(10_000-bps, -4)), r.den}
}

// Markup returns the rate divided by one plus a share in basis points: what a client gets when the target amount is fixed.
func (r Rate) Markup(bps int64) Rate {
	return Rate{r.base, r.quote, r.num, r.den.Mul(decimal.New(10_000+bps, -4))}
}

// Convert returns a, an amount of the base, in the quote asset, exact to 40 decimals. It panics when a is of another asset.
func (r Rate) Convert(a Amount) Amount {
	if a.asset != r.base {
		panic(fmt.Sprintf("money: %s is not priced by %s/%s", a, r.base, r.quote))
	}
	product := a.value.Mul(r.num)
	if r.den.Equal(decimal.New(1, 0)) {
		return Amount{r.quote, product}
	}
	return Amount{r.quote, product.DivRound(r.den, quotientDigits)}
}

// Cmp compares two rates of the same pair exactly. It panics when the pairs differ.
func (r Rate) Cmp(o Rate) int {
	if r.base != o.base || r.quote != o.quote {
		panic(fmt.Sprintf("money: %s/%s and %s/%s are different pairs", r.base, r.quote, o.base, o.quote))
	}
	return r.num.Mul(o.den).Cmp(o.num.Mul(r.den))
}

// Value returns the rate as a plain decimal with at least 12 significant digits, exact when the fraction ends within them.
func (r Rate) Value() string {
	const significant = 16
	return r.Digits(significant)
}

// Digits returns the rate as a plain decimal, rounded to that many significant digits or to the last one before the point.
func (r Rate) Digits(significant int) string {
	if r.IsZero() {
		return "0"
	}
	quotient := r.num.DivRound(r.den, quotientDigits)
	digits := int32(significant - (quotient.NumDigits() + int(quotient.Exponent())))
	return quotient.Round(min(max(digits, 0), quotientDigits)).String()
}

// Pair returns "EUR/USD".
func (r Rate) Pair() string { return r.base.String() + "/" + r.quote.String() }

// MarshalText writes the exact fraction: "EUR/USD 1.1 1".
func (r Rate) MarshalText() ([]byte, error) {
	if r.IsZero() {
		return nil, nil
	}
	return []byte(r.Pair() + " " + r.num.String() + " " + r.den.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (r *Rate) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*r = Rate{}
		return nil
	}
	fields := strings.Fields(string(text))
	if len(fields) != 3 {
		return fmt.Errorf("stored rate %q: %w", clip(string(text)), ErrBadRate)
	}
	baseName, quoteName, _ := strings.Cut(fields[0], "/")
	base, baseErr := ParseAsset(baseName)
	quote, quoteErr := ParseAsset(quoteName)
	num, numErr := decimal.NewFromString(fields[1])
	den, denErr := decimal.NewFromString(fields[2])
	if err := errors.Join(baseErr, quoteErr, numErr, denErr); err != nil {
		return fmt.Errorf("stored rate: %w", err)
	}
	*r = Rate{base, quote, num, den}
	return nil
}
