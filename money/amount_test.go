package money_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/money"
)

// The grammar of amounts: ^(0|[1-9][0-9]{0,27})(\.[0-9]{1,18})?$, and never more decimals than the asset has.
func TestParse(t *testing.T) {
	ether := money.Asset{Code: "ETH", Network: "eip155:1", Exponent: 18, Kind: money.Native}
	eur, jpy := money.MustAsset("EUR"), money.MustAsset("JPY")
	for _, c := range []struct {
		text  string
		asset money.Asset
		want  error
	}{
		{"0", eur, nil},
		{"0.01", eur, nil},
		{"49.9", eur, nil},
		{"49.90", eur, nil},
		{"1000", jpy, nil},
		{"0.000000000000000001", ether, nil},
		{strings.Repeat("9", 28), eur, nil},
		{strings.Repeat("9", 28) + ".99", eur, nil},
		{"49.901", eur, money.ErrTooPrecise},
		{"49.900", eur, money.ErrTooPrecise},
		{"1.0", jpy, money.ErrTooPrecise},
		{"", eur, money.ErrBadAmount},
		{" 1", eur, money.ErrBadAmount},
		{"1 ", eur, money.ErrBadAmount},
		{"+1", eur, money.ErrBadAmount},
		{"-1", eur, money.ErrBadAmount},
		{"-0", eur, money.ErrBadAmount},
		{"00", eur, money.ErrBadAmount},
		{"01.00", eur, money.ErrBadAmount},
		{".5", eur, money.ErrBadAmount},
		{"5.", eur, money.ErrBadAmount},
		{"1..2", eur, money.ErrBadAmount},
		{"1.2.3", eur, money.ErrBadAmount},
		{"1,20", eur, money.ErrBadAmount},
		{"1_000", eur, money.ErrBadAmount},
		{"1e3", eur, money.ErrBadAmount},
		{"1E-2", eur, money.ErrBadAmount},
		{"1e999999999", eur, money.ErrBadAmount},
		{"0x10", eur, money.ErrBadAmount},
		{"NaN", eur, money.ErrBadAmount},
		{"Infinity", eur, money.ErrBadAmount},
		{"null", eur, money.ErrBadAmount},
		{"١", eur, money.ErrBadAmount}, // a digit, but not of ours
		{"1\x00", eur, money.ErrBadAmount},
		{strings.Repeat("9", 29), eur, money.ErrBadAmount},
		{"0." + strings.Repeat("0", 19), ether, money.ErrBadAmount},
		{strings.Repeat("9", 1<<20), eur, money.ErrBadAmount},
	} {
		got, err := money.Parse(c.text, c.asset)
		if !errors.Is(err, c.want) {
			t.Errorf("%.40q %s: got %v and %v, want %v", c.text, c.asset, got, err, c.want)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%.40q: the error repeats the input: %d bytes", c.text, len(err.Error()))
		}
	}
}

func TestValue(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{money.Must("49.9", "EUR").Value(), "49.90"},
		{money.Must("1000", "JPY").Value(), "1000"},
		{money.Must("1", "KWD").Value(), "1.000"},
		{money.Must("109.989", "KWD").Bps(50).Value(), "0.549945"},
		{money.Must("1.00", "EUR").Bps(50).Value(), "0.005"},
		{money.Must("1.00", "EUR").Neg().String(), "-1.00 EUR"},
		{money.MustAsset("EUR").Zero().Value(), "0.00"},
		{money.MustAsset("CLF").One().Value(), "0.0001"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func TestRounding(t *testing.T) {
	type rounding func(money.Amount) (money.Amount, money.Amount)
	for _, c := range []struct {
		name  string
		round rounding
		of    string
		want  string
	}{
		{"down", money.Amount.Down, "1.019", "1.01 EUR"},
		{"down, negative", money.Amount.Down, "-1.019", "-1.01 EUR"},
		{"up", money.Amount.Up, "1.011", "1.02 EUR"},
		{"up, whole", money.Amount.Up, "1.01", "1.01 EUR"},
		{"up, negative", money.Amount.Up, "-1.011", "-1.02 EUR"},
		{"half-even, tie to even below", money.Amount.HalfEven, "1.005", "1.00 EUR"},
		{"half-even, tie to even above", money.Amount.HalfEven, "1.015", "1.02 EUR"},
		{"half-even, above the tie", money.Amount.HalfEven, "1.0050001", "1.01 EUR"},
		{"house, tie", money.Amount.House, "1.000000005", "1.00 EUR"},
		{"house", money.Amount.House, "1.0000000051", "1.00000001 EUR"},
		{"house down", money.Amount.HouseDown, "1.0000000099", "1.00 EUR"},
	} {
		rounded, _ := c.round(restore(t, c.of))
		if rounded.String() != c.want {
			t.Errorf("%s of %s is %s, want %s", c.name, c.of, rounded, c.want)
		}
	}
}

func restore(t testing.TB, value string) money.Amount {
	t.Helper()
	a, err := money.Restore(value, money.MustAsset("EUR"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// drawn is any stored amount: any sign, any number of decimals.
func drawn(t *rapid.T) money.Amount {
	asset := money.MustAsset(rapid.SampledFrom([]string{"EUR", "JPY", "KWD", "CLF"}).Draw(t, "asset"))
	a, err := money.Restore(rapid.StringMatching(`-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,24})?`).Draw(t, "value"), asset)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Whatever is rounded away is returned: rounded + dust is the amount, and the dust is below one unit.
func TestDustIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawn(t)
		for name, round := range map[string]func(money.Amount) (money.Amount, money.Amount){
			"down": money.Amount.Down, "up": money.Amount.Up, "half-even": money.Amount.HalfEven,
			"house": money.Amount.House, "house down": money.Amount.HouseDown,
		} {
			rounded, dust := round(a)
			if !rounded.Add(dust).Equal(a) {
				t.Errorf("%s: %s + %s is not %s", name, rounded, dust, a)
			}
			if size := money.Max(dust, dust.Neg()); size.Cmp(a.Asset().One()) >= 0 {
				t.Errorf("%s: %s of %s is a whole unit", name, dust, a)
			}
			if !rounded.FitsHouse() || (!strings.HasPrefix(name, "house") && !rounded.IsWhole()) {
				t.Errorf("%s: %s does not fit", name, rounded)
			}
		}
	})
}

func TestStorageRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawn(t)
		again, err := money.Restore(a.Value(), a.Asset())
		if err != nil || !again.Equal(a) || again.Value() != a.Value() {
			t.Errorf("%s became %s: %v", a, again, err)
		}
		wire, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var read money.Amount
		if err := json.Unmarshal(wire, &read); err != nil || !read.Equal(a) {
			t.Errorf("%s became %s by way of %s: %v", a, read, wire, err)
		}
	})
}

func TestJSON(t *testing.T) {
	coin := money.Asset{Code: "TST", Network: "eip155:31337", Exponent: 6, Kind: money.Token}
	if err := money.Register(coin); err != nil {
		t.Fatal(err)
	}
	wire, err := json.Marshal(coin.One())
	if want := `{"value":"0.000001","currency":"TST","network":"eip155:31337"}`; err != nil || string(wire) != want {
		t.Errorf("got %s, %v", wire, err)
	}
	var none money.Amount
	wire, err = json.Marshal(none)
	if err != nil || json.Unmarshal(wire, &none) != nil || !none.Asset().IsZero() {
		t.Errorf("nothing became %s by way of %s: %v", none, wire, err)
	}
	for _, text := range []string{`{"value":1,"currency":"EUR"}`, `{"value":"1e3","currency":"EUR"}`, `{"value":"1","currency":"XYZ"}`, `"1"`, `{"value":"1","currency":"TST"}`} {
		var a money.Amount
		if err := json.Unmarshal([]byte(text), &a); err == nil {
			t.Errorf("%s was read as %s", text, a)
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	for _, text := range []string{"", "-", ".", "--1", "1e3", "+1", "1.2.3", "NaN", strings.Repeat("1", 101)} {
		if a, err := money.Restore(text, money.MustAsset("EUR")); !errors.Is(err, money.ErrBadAmount) {
			t.Errorf("%.40q: got %v and %v, want ErrBadAmount", text, a, err)
		}
	}
}

func TestArithmetic(t *testing.T) {
	a, b := money.Must("3.00", "EUR"), money.Must("1.25", "EUR")
	for _, c := range []struct {
		got  money.Amount
		want string
	}{
		{a.Add(b), "4.25 EUR"},
		{b.Sub(a), "-1.75 EUR"},
		{money.Min(a, b), "1.25 EUR"},
		{money.Max(a, b), "3.00 EUR"},
		{money.Sum(a.Asset(), a, b, b), "5.50 EUR"},
		{a.Share(b, a), "1.25 EUR"},
		{a.Bps(10_000), "3.00 EUR"},
	} {
		if c.got.String() != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func TestAssetsDoNotMix(t *testing.T) {
	eur, usd := money.Must("1.00", "EUR"), money.Must("1.00", "USD")
	if eur.Equal(usd) {
		t.Error("a euro equals a dollar")
	}
	for name, mix := range map[string]func(){
		"add":     func() { eur.Add(usd) },
		"compare": func() { eur.Cmp(usd) },
		"share":   func() { eur.Share(eur, usd) },
		"convert": func() { money.MustRate("1", "USD", "EUR").Convert(eur) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: euros and dollars were mixed", name)
				}
			}()
			mix()
		}()
	}
}

// TestWhatIsReadIsWhatComesBack demands one form of each amount: what a channel reports again is the same to the last bit as
// what was stored of it, so that nothing is written for no news.
func TestWhatIsReadIsWhatComesBack(t *testing.T) {
	for _, text := range []string{"0", "7", "7.5", "7.50", "100"} {
		a := money.Must(text, "EUR")
		b, err := money.Restore(a.Value(), a.Asset())
		if err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%q comes back as %#v, was %#v: %v", text, b, a, err)
		}
	}
}
