// Package money is the only place that adds, multiplies or rounds money.
//
// An [Asset] is what is counted, an [Amount] how much of it there is, exactly. Amounts enter as decimal strings
// through one grammar ([Parse]), are computed without loss, and are rounded only by the methods of this package,
// each of which also returns what the rounding took or gave.
package money

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Kind says what makes an asset worth something.
type Kind string

// The kinds of asset.
const (
	Fiat   Kind = "fiat"   // a currency of ISO 4217
	Native Kind = "native" // the coin that a chain charges gas in
	Token  Kind = "token"  // a contract on a chain
)

// Asset is one currency, coin or token. It is comparable; two assets with the same code on different networks differ.
type Asset struct {
	Code     string // ISO 4217 alphabetic code, or the ticker of a coin or token
	Network  string // CAIP-2 chain id ("eip155:1"); empty for fiat
	Exponent int32  // decimals of the smallest unit that is paid out: 2 for EUR, 0 for JPY, 18 for ETH
	Kind     Kind
}

// ErrUnknownAsset is returned when a code, or a code on a network, is not in the asset table.
var ErrUnknownAsset = errors.New("unknown asset")

// ErrAssetConflict is returned when an asset is registered twice with different properties.
var ErrAssetConflict = errors.New("asset is registered with other properties")

// String is the form used in accounts and storage: "EUR", or "USDC@eip155:1".
func (a Asset) String() string {
	if a.Network == "" {
		return a.Code
	}
	return a.Code + "@" + a.Network
}

// IsZero reports whether a is no asset at all.
func (a Asset) IsZero() bool { return a == Asset{} }

// One returns the smallest amount of a that can be paid: a cent, a yen, a wei.
func (a Asset) One() Amount { return Amount{asset: a, value: unit(a.Exponent)} }

// Zero returns no amount of a.
func (a Asset) Zero() Amount { return Amount{asset: a} }

// The asset table starts with ISO 4217 and is extended at start-up with the coins and tokens of the configured chains.
var (
	tableMu sync.RWMutex
	table   = iso4217()
)

// Register adds a coin or token to the asset table. Registering the same asset again does nothing. It returns
// ErrAssetConflict when another asset of that code and network is known.
func Register(a Asset) error {
	tableMu.Lock()
	defer tableMu.Unlock()
	key := a.String()
	if known, ok := table[key]; ok && known != a {
		return fmt.Errorf("%s: %w", key, ErrAssetConflict)
	}
	table[key] = a
	return nil
}

// LookupAsset finds an asset by its code and CAIP-2 network; fiat has no network. It returns ErrUnknownAsset when there is
// none. The form of String is no code: "ETH@eip155:1" without a network is unknown, so that an asset has one spelling.
func LookupAsset(code, network string) (Asset, error) {
	a, err := ParseAsset(Asset{Code: code, Network: network}.String())
	if err == nil && a.Code != code {
		return Asset{}, fmt.Errorf("%q: %w", clip(code), ErrUnknownAsset)
	}
	return a, err
}

// ParseAsset reads the form that [Asset.String] writes. It returns ErrUnknownAsset when the table has no such asset.
func ParseAsset(s string) (Asset, error) {
	tableMu.RLock()
	defer tableMu.RUnlock()
	a, ok := table[s]
	if !ok {
		return Asset{}, fmt.Errorf("%q: %w", clip(s), ErrUnknownAsset)
	}
	return a, nil
}

// MustAsset is ParseAsset for assets named in the source. It panics when the table has no such asset.
func MustAsset(s string) Asset {
	a, err := ParseAsset(s)
	if err != nil {
		panic(err)
	}
	return a
}

// Assets returns the asset table, ordered by its string form.
func Assets() []Asset {
	tableMu.RLock()
	defer tableMu.RUnlock()
	return slices.SortedFunc(maps.Values(table), func(a, b Asset) int { return strings.Compare(a.String(), b.String()) })
}

// MarshalText writes the form of String.
func (a Asset) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the form of String. It returns ErrUnknownAsset when the table has no such asset.
func (a *Asset) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = Asset{}
		return nil
	}
	known, err := ParseAsset(string(text))
	*a = known
	return err
}

// clip bounds text that is repeated in an error.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
