package fx_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

var (
	now  = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	usdc = token("USDC", "eip155:1337", 6)
	eth  = token("ETH", "eip155:1337", 18)
	eur  = money.MustAsset("EUR")
	usd  = money.MustAsset("USD")
	gbp  = money.MustAsset("GBP")
)

func token(code, network string, exponent int32) money.Asset {
	a := money.Asset{Code: code, Network: network, Exponent: exponent, Kind: money.Token}
	if err := money.Register(a); err != nil {
		panic(err)
	}
	return a
}

// policy trusts one live feed, a second one, the reference rates, and rates set by hand or by configuration.
func policy() fx.Policy {
	var snapshots atomic.Int64
	return fx.Policy{
		Feeds: map[string]fx.Trust{
			"live":   {Kind: fx.Live, MaxAge: time.Minute, FirmOn: true},
			"second": {Kind: fx.Live, MaxAge: time.Minute, FirmOn: true},
			"third":  {Kind: fx.Live, MaxAge: time.Minute, FirmOn: true},
			"ecb":    {Kind: fx.Reference},
			"manual": {Kind: fx.Manual, FirmOn: true},
			"fixed":  {Kind: fx.Fixed, FirmOn: true},
		},
		Pivots: []money.Asset{eur, usd, usdc},
		NewID:  func() string { return fmt.Sprintf("snap_%d", snapshots.Add(1)) },
	}
}

// observe reads "EUR/USD 1.1000".
func observe(at time.Time, text string) fx.Observation {
	pair, rate, _ := strings.Cut(text, " ")
	base, quote, _ := strings.Cut(pair, "/")
	return fx.Observation{Base: base, Quote: quote, Rate: rate, ObservedAt: at}
}

// report adds rates to a board and fails the test when one is refused.
func report(t testing.TB, board *fx.Board, feed string, at time.Time, rates ...string) []fx.Snapshot {
	t.Helper()
	var observed []fx.Observation
	for _, text := range rates {
		observed = append(observed, observe(at, text))
	}
	added, err := board.Add(t.Context(), feed, at, observed)
	if err != nil {
		t.Error(err)
	}
	return added
}

// boardWith returns a board that the live feed just told these rates.
func boardWith(t testing.TB, rates ...string) *fx.Board {
	t.Helper()
	board := fx.NewBoard(policy())
	report(t, board, "live", now, rates...)
	return board
}

// universal are the rules that every set must have.
const universal = `
  - {id: settlement, kind: settlement, days: 2}
  - {id: refund, kind: refund_rate, rate: original, days: 90}
  - {id: lock, kind: lock_price, lock: 15m}
`

// rules loads the universal rules and more.
func rules(t testing.TB, more string) *fx.RuleSet {
	t.Helper()
	set, err := fx.LoadRules([]byte("version: 7\nrules:" + universal + more))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// same fails the test unless got is the amount in want, such as "109.43 USD".
func same(t testing.TB, what string, got money.Amount, want string) {
	t.Helper()
	if got.String() != want {
		t.Errorf("%s = %s, want %s", what, got, want)
	}
}
