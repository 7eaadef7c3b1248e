package money_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
)

// numbers are what every target of amounts begins with.
var numbers = []string{"0", "49.90", "1e9", "-1", "00", ".5", "5.", "0.000", "0.001", "99999999999999999999999999.99", "+1", "1_0", "0x1", "٣"}

// plainDecimal is the grammar of an amount as docs and OpenAPI give it, which the parser follows without a regular
// expression.
var plainDecimal = regexp.MustCompile(`^(0|[1-9][0-9]{0,27})(\.[0-9]{1,18})?$`)

// exactly reads a plain decimal by the standard library.
func exactly(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

// FuzzParse reads any text as an amount of currencies with 0, 2 and 3 decimals: those that follow the grammar and fit,
// exactly; the others not at all, and it says why.
func FuzzParse(f *testing.F) {
	for _, text := range numbers {
		f.Add(text)
	}
	assets := []money.Asset{money.MustAsset("JPY"), money.MustAsset("EUR"), money.MustAsset("BHD")}
	f.Fuzz(func(t *testing.T, text string) {
		good := plainDecimal.MatchString(text)
		_, fraction, _ := strings.Cut(text, ".")
		for _, asset := range assets {
			a, err := money.Parse(text, asset)
			switch {
			case !good:
				if !errors.Is(err, money.ErrBadAmount) {
					t.Errorf("%q is no amount, and %v", text, err)
				}
				continue
			case len(fraction) > int(asset.Exponent):
				if !errors.Is(err, money.ErrTooPrecise) {
					t.Errorf("%q %s is too precise, and %v", text, asset, err)
				}
				continue
			case err != nil:
				t.Fatalf("%q %s: %v", text, asset, err)
			}
			if exactly(t, a.Value()).Cmp(exactly(t, text)) != 0 || a.Sign() < 0 || !a.IsWhole() || a.Asset() != asset {
				t.Errorf("%q was read as %s", text, a)
			}
			again, err := money.Parse(a.Value(), asset)
			if err != nil || !again.Equal(a) || again.Value() != a.Value() {
				t.Errorf("%q became %s, and that %s: %v", text, a, again, err)
			}
			if units := money.FromUnits(a.Units(), asset); !units.Equal(a) {
				t.Errorf("%q is %s units, which are %s", text, a.Units(), units)
			}
		}
	})
}

// FuzzRestore reads any text as an amount from storage: exactly, with any sign and any number of decimals, and it is
// written in one form only.
func FuzzRestore(f *testing.F) {
	for _, text := range append([]string{"-0.000000000000000000000001", "-0", "-", "--1", "1.", "-.5"}, numbers...) {
		f.Add(text)
	}
	eur := money.MustAsset("EUR")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := money.Restore(text, eur)
		if err != nil {
			if !errors.Is(err, money.ErrBadAmount) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if exactly(t, a.Value()).Cmp(exactly(t, text)) != 0 {
			t.Fatalf("%q was restored as %s", text, a)
		}
		again, err := money.Restore(a.Value(), eur)
		if err != nil || !again.Equal(a) || again.Value() != a.Value() {
			t.Errorf("%q became %s, and that %s: %v", text, a, again, err)
		}
	})
}

// FuzzWire reads any three members as money of a merchant. What is read is written as it was meant, and reads the same
// from JSON.
func FuzzWire(f *testing.F) {
	for _, text := range numbers {
		f.Add(text, "EUR", "")
	}
	f.Add("1", "JPY", "")
	f.Add("1", "EUR@", "")
	f.Add("1", "", "EUR")
	f.Add("0.000000000000000001", "ETH", "eip155:1")
	f.Add("1", "ETH@eip155:1", "")
	f.Add("1", "ETH@eip155", ":1")
	if err := money.Register(money.Asset{Code: "ETH", Network: "eip155:1", Exponent: 18, Kind: money.Native}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value, currency, network string) {
		a, err := money.Wire{Value: value, Currency: currency, Network: network}.Amount()
		if err != nil {
			if !errors.Is(err, money.ErrUnknownAsset) && !errors.Is(err, money.ErrBadAmount) && !errors.Is(err, money.ErrTooPrecise) {
				t.Errorf("%q %q %q: %v", value, currency, network, err)
			}
			return
		}
		wire := a.Wire()
		if wire.Currency != currency || wire.Network != network || exactly(t, wire.Value).Cmp(exactly(t, value)) != 0 {
			t.Fatalf("%q %q %q is written as %+v", value, currency, network, wire)
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var again money.Amount
		if err := json.Unmarshal(text, &again); err != nil || !again.Equal(a) {
			t.Errorf("%s is read as %s: %v", text, again, err)
		}
	})
}

// FuzzRounding takes any amount and a price, and rounds: what was left over is told exactly, and is less than the
// smallest unit.
func FuzzRounding(f *testing.F) {
	for _, text := range append([]string{"0.005", "0.015", "-0.005", "2.4999999999"}, numbers...) {
		f.Add(text, "1.1684")
	}
	f.Add("1", "0.00000000000000000000000000000000000000001")
	f.Add("1", "99999999999999999999")
	eur, usd := money.MustAsset("EUR"), money.MustAsset("USD")
	f.Fuzz(func(t *testing.T, value, price string) {
		a, err := money.Restore(value, eur)
		if err != nil {
			return
		}
		rate, err := money.ParseRate(price, eur, usd)
		if err != nil {
			if !errors.Is(err, money.ErrBadRate) {
				t.Errorf("%q: %v", price, err)
			}
			return
		}
		exact := rate.Convert(a)
		if want := new(big.Rat).Mul(exactly(t, a.Value()), exactly(t, price)); exactly(t, exact.Value()).Cmp(want) != 0 {
			t.Fatalf("%s at %s is %s, want %s", a, price, exact, want)
		}
		cent, house := exactly(t, usd.One().Value()), new(big.Rat).SetFrac64(1, 100_000_000)
		for name, round := range map[string]struct {
			by   func(money.Amount) (rounded, dust money.Amount)
			unit *big.Rat
		}{
			"down": {money.Amount.Down, cent}, "up": {money.Amount.Up, cent}, "half even": {money.Amount.HalfEven, cent},
			"house": {money.Amount.House, house}, "house down": {money.Amount.HouseDown, house},
		} {
			rounded, dust := round.by(exact)
			if !rounded.Add(dust).Equal(exact) || new(big.Rat).Abs(exactly(t, dust.Value())).Cmp(round.unit) >= 0 {
				t.Errorf("%s of %s is %s and %s", name, exact, rounded, dust)
			}
			if !new(big.Rat).Quo(exactly(t, rounded.Value()), round.unit).IsInt() {
				t.Errorf("%s of %s is %s, which is not whole", name, exact, rounded)
			}
		}
	})
}
