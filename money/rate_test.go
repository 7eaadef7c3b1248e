package money_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/money"
)

func TestParseRate(t *testing.T) {
	eur, usd := money.MustAsset("EUR"), money.MustAsset("USD")
	for _, text := range []string{"1", "1.1684", "0.000000000000000001", "20082.05", "007"} {
		if _, err := money.ParseRate(text, eur, usd); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "0", "0.000", "-1", "+1", "NaN", "Inf", "1e3", "1.", ".5", "1,1", "N/A", " 1", "1.1.1", strings.Repeat("1", 61)} {
		if r, err := money.ParseRate(text, eur, usd); !errors.Is(err, money.ErrBadRate) {
			t.Errorf("%q: got %s and %v, want ErrBadRate", text, r.Value(), err)
		}
	}
}

func TestRateValue(t *testing.T) {
	rate := money.MustRate("1.1000", "EUR", "USD")
	for _, c := range []struct{ got, want string }{
		{rate.Value(), "1.1"},
		{rate.Markdown(50).Value(), "1.0945"},
		{rate.Inverse().Value(), "0.9090909090909091"},
		{rate.Inverse().Markup(50).Inverse().Value(), "1.1055"},
		{rate.Times(money.MustRate("0.8", "USD", "GBP")).Value(), "0.88"},
		{money.MustRate("0.00000000012345678901234567", "EUR", "USD").Value(), "0.0000000001234567890123457"},
		{money.MustRate("3", "EUR", "USD").Inverse().Value(), "0.3333333333333333"},
		{money.Identity(rate.Base()).Value(), "1"},
		{money.Rate{}.Value(), "0"},
		{rate.Inverse().Pair(), "USD/EUR"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func drawnRate(t *rapid.T, base, quote string) money.Rate {
	return money.MustRate(rapid.StringMatching(`[1-9][0-9]{0,5}(\.[0-9]{1,12})?|0\.0{0,8}[1-9][0-9]{0,8}`).Draw(t, "rate"), base, quote)
}

// A rate is a fraction: turned round twice, or stored and read, it is the same; a marked rate is never better.
func TestRateLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawnRate(t, "EUR", "USD").Times(drawnRate(t, "GBP", "USD").Inverse())
		if r.Inverse().Inverse().Cmp(r) != 0 {
			t.Errorf("%s turned round twice is another", r.Value())
		}
		text, err := r.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var read money.Rate
		if err := read.UnmarshalText(text); err != nil || read.Cmp(r) != 0 {
			t.Errorf("%s was read as %s: %v", text, read.Value(), err)
		}
		bps := rapid.Int64Range(1, 9_999).Draw(t, "bps")
		if r.Markdown(bps).Cmp(r) >= 0 || r.Markup(bps).Cmp(r) >= 0 {
			t.Errorf("%s marked by %d bps is no worse", r.Value(), bps)
		}
	})
}

// There and back again is the same amount, up to the forty decimals that a division keeps.
func TestConvertThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawnRate(t, "EUR", "USD")
		a := money.Must(rapid.StringMatching(`[1-9][0-9]{0,9}\.[0-9]{2}`).Draw(t, "amount"), "EUR")
		if back, _ := r.Inverse().Convert(r.Convert(a)).House(); !back.Equal(a) {
			t.Errorf("%s at %s came back as %s", a, r.Value(), back)
		}
	})
}

func TestStoredRateRefused(t *testing.T) {
	for _, text := range []string{"EUR/USD 1.1", "EUR/XYZ 1 1", "EURUSD 1 1", "EUR/USD x 1", "EUR/USD 1 1 1", "nonsense"} {
		var r money.Rate
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %s", text, r.Value())
		}
	}
}
