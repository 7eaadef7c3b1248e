package money_test

import (
	"errors"
	"testing"

	"github.com/causeway-pay/causeway/money"
)

// The exponents of ISO 4217, where other tables are often wrong.
func TestISO4217(t *testing.T) {
	for code, exponent := range map[string]int32{
		"EUR": 2, "USD": 2, "CNY": 2, "IDR": 2, "HUF": 2, "TWD": 2, "MRU": 2, "MGA": 2,
		"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "UGX": 0, "XOF": 0, "UYI": 0,
		"KWD": 3, "BHD": 3, "OMR": 3, "TND": 3, "JOD": 3, "IQD": 3, "LYD": 3,
		"CLF": 4, "UYW": 4,
	} {
		a, err := money.ParseAsset(code)
		if err != nil || a.Exponent != exponent || a.Kind != money.Fiat || a.String() != code {
			t.Errorf("%s has exponent %d, want %d: %v", code, a.Exponent, exponent, err)
		}
	}
	for _, code := range []string{"", "eur", "EURO", "XXX", "XTS", "BTC", "EUR@eip155:1"} {
		if _, err := money.ParseAsset(code); !errors.Is(err, money.ErrUnknownAsset) {
			t.Errorf("%q: got %v, want ErrUnknownAsset", code, err)
		}
	}
}

func TestRegister(t *testing.T) {
	coin := money.Asset{Code: "REG", Network: "eip155:1", Exponent: 18, Kind: money.Token}
	for range 2 {
		if err := money.Register(coin); err != nil {
			t.Fatal(err)
		}
	}
	other := coin
	other.Exponent = 6
	if err := money.Register(other); !errors.Is(err, money.ErrAssetConflict) {
		t.Errorf("got %v, want ErrAssetConflict", err)
	}
	elsewhere := other
	elsewhere.Network = "eip155:137"
	if err := money.Register(elsewhere); err != nil {
		t.Errorf("the same ticker on another network: %v", err)
	}
	found, err := money.LookupAsset("REG", "eip155:1")
	if err != nil || found != coin {
		t.Errorf("found %+v, %v", found, err)
	}
	if _, err := money.LookupAsset("REG", ""); !errors.Is(err, money.ErrUnknownAsset) {
		t.Errorf("got %v, want ErrUnknownAsset", err)
	}
}

func TestAssetText(t *testing.T) {
	for _, a := range append(money.Assets(), money.Asset{}) {
		text, err := a.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var read money.Asset
		if err := read.UnmarshalText(text); err != nil || read != a {
			t.Errorf("%s was read as %+v: %v", text, read, err)
		}
	}
}
