package onchain

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// Limits of a configuration.
const (
	TimeoutMax   = time.Minute
	endpointsMax = 8
	tokensMax    = 50
	decimalsMax  = 18
)

// Token is a contract whose transfers count. No other does, whatever it calls itself.
type Token struct {
	Code     string // as the asset is called here: USDC
	Contract string // its address
	Decimals int32  // held against what the contract says
}

// Depth says from what amounts on transfers of a currency have to be deeper. Below Medium one confirmation is enough,
// below Large six; from Large on, and for a currency without a depth, the block has to be final.
type Depth struct {
	Currency      string
	Medium, Large string // decimal numbers in major units
}

// Config describes one channel on an EVM chain.
type Config struct {
	Name    string   // of the channel, such as "chain.dev"
	Network string   // CAIP-2 id: "eip155:1"
	RPC     []string // http or https addresses of nodes; the first that is well is asked
	Coin    string   // code of the chain's own coin: ETH
	Tokens  []Token
	XPub    string  // extended public key whose children are the addresses of payers; empty: no payments are taken in
	Depths  []Depth // none: everything has to be final
	From    int64   // first block to scan, ever; 0 and less: the newest final one, or 0 on a chain without final blocks
	Signer  string  // "unix:FILE", of the process that has the key; empty: nothing is paid out

	Timeout   time.Duration     // of one exchange with a node
	Poll      time.Duration     // between two looks at the head
	BlockTime time.Duration     // between two blocks, for estimates
	HeadAge   time.Duration     // a head that is older counts as behind
	Lag       int64             // how many blocks a node may be behind the others and still be asked
	BumpAfter int64             // blocks without a receipt after which the fees are raised
	FeeMax    string            // most that is paid for a unit of gas, in whole gwei
	SweepMin  map[string]string // by currency: from what amount on, in major units, an address is swept; without: never

	Store Store
	Now   func() time.Time
	Log   *slog.Logger
}

// Store is what the channel must remember.
type Store interface {
	chain.Store
	chain.Wallet
}

// Defaults fills in what is not set and has a usable value.
func (c Config) Defaults() Config {
	orElse(&c.Coin, "ETH")
	orElse(&c.Timeout, 5*time.Second)
	orElse(&c.Poll, time.Second)
	orElse(&c.BlockTime, 12*time.Second)
	orElse(&c.HeadAge, 2*time.Minute)
	orElse(&c.Lag, 3)
	orElse(&c.BumpAfter, 5)
	orElse(&c.FeeMax, "500")
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.From <= 0 {
		c.From = -1
	}
	return c
}

func orElse[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Assets returns the assets of a configuration, its coin first. They have to be registered with money.Register before
// anything that names them is read. An error names every one that cannot be.
func Assets(c Config) ([]money.Asset, error) {
	orElse(&c.Coin, "ETH")
	assets := []money.Asset{{Code: c.Coin, Network: c.Network, Exponent: decimalsMax, Kind: money.Native}}
	var faults []error
	for i, t := range c.Tokens {
		if t.Decimals < 0 || t.Decimals > decimalsMax {
			faults = append(faults, fmt.Errorf("tokens[%d]: decimals must be 0 to %d", i, decimalsMax))
		}
		if !isCode.MatchString(t.Code) {
			faults = append(faults, fmt.Errorf("tokens[%d]: %.20q is no code", i, t.Code))
		}
		assets = append(assets, money.Asset{Code: t.Code, Network: c.Network, Exponent: t.Decimals, Kind: money.Token})
	}
	if !isCode.MatchString(c.Coin) {
		faults = append(faults, fmt.Errorf("coin: %.20q is no code", c.Coin))
	}
	if _, err := chainID(c.Network); err != nil {
		faults = append(faults, err)
	}
	return assets, errors.Join(faults...)
}

var isCode = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,11}$`)

// chainID reads the CAIP-2 id of an EVM chain.
func chainID(network string) (uint64, error) {
	digits, ok := strings.CutPrefix(network, "eip155:")
	id, err := strconv.ParseUint(digits, 10, 63)
	if !ok || err != nil || id == 0 || strconv.FormatUint(id, 10) != digits {
		return 0, fmt.Errorf("network must be eip155: and a number, not %.40q", network)
	}
	return id, nil
}

// Validate returns an error that names every field that is wrong. It repeats no address of a node, which may hold a key.
func (c Config) Validate() error {
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	check(c.Name != "", "name is missing")
	check(len(c.RPC) > 0 && len(c.RPC) <= endpointsMax, "rpc must name 1 to %d nodes", endpointsMax)
	for i, address := range c.RPC {
		u, err := url.Parse(address)
		check(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", "rpc[%d] must be an http or https address", i)
	}
	check(c.XPub != "" || c.Signer != "", "neither xpub nor signer is set: the channel could do nothing")
	check(c.Signer == "" || strings.HasPrefix(c.Signer, "unix:"), "signer must be unix:FILE")
	check(c.Timeout > 0 && c.Timeout <= TimeoutMax, "timeout must be more than zero and at most %s", TimeoutMax)
	check(c.Poll > 0 && c.HeadAge > 0 && c.BlockTime > 0, "poll, head_age and block_time must be more than zero")
	check(c.Lag >= 0 && c.BumpAfter > 0, "lag must not be negative, and bump_after more than zero")
	check(c.Store != nil, "store is missing")
	check(len(c.Tokens) <= tokensMax, "at most %d tokens", tokensMax)
	seen := map[string]bool{}
	for i, t := range c.Tokens {
		check(isAddress(t.Contract), "tokens[%d]: contract must be an address with its checksum", i)
		check(!seen[strings.ToLower(t.Contract)] && !seen[t.Code] && t.Code != c.Coin, "tokens[%d] is named twice", i)
		seen[strings.ToLower(t.Contract)], seen[t.Code] = true, true
	}
	_, err := Assets(c)
	check(err == nil, "%w", err)
	if err == nil {
		_, err = c.depths()
		check(err == nil, "%w", err)
	}
	if err == nil {
		_, err = c.sweepMin()
		check(err == nil, "%w", err)
		check(len(c.SweepMin) == 0 || (c.XPub != "" && c.Signer != ""), "sweep_min needs both xpub and signer")
	}
	_, err = gwei(c.FeeMax)
	check(err == nil, "fee_max: %w", err)
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("chain channel %q: %w", c.Name, errors.Join(faults...))
}

// depths reads the amounts of the configured depths.
func (c Config) depths() (chain.Depths, error) {
	assets, err := Assets(c)
	if err != nil {
		return nil, err
	}
	depths := chain.Depths{}
	for i, d := range c.Depths {
		var asset money.Asset
		for _, known := range assets {
			if known.Code == d.Currency {
				asset = known
			}
		}
		medium, mediumErr := money.Parse(d.Medium, asset)
		large, largeErr := money.Parse(d.Large, asset)
		if asset.IsZero() || mediumErr != nil || largeErr != nil || medium.Cmp(large) > 0 {
			return nil, fmt.Errorf("depths[%d] must name a currency of the channel, and a medium amount of it that is not above the large one", i)
		}
		depths[asset] = chain.Steps{Medium: medium, Large: large}
	}
	return depths, nil
}

// sweepMin reads from what amounts on addresses are swept, in the order of the currencies.
func (c Config) sweepMin() ([]money.Amount, error) {
	assets, err := Assets(c)
	if err != nil {
		return nil, err
	}
	var least []money.Amount
	for _, code := range slices.Sorted(maps.Keys(c.SweepMin)) {
		n := slices.IndexFunc(assets, func(a money.Asset) bool { return a.Code == code })
		if n < 0 {
			return nil, fmt.Errorf("sweep_min: %.20q is no currency of the channel", code)
		}
		amount, err := money.Parse(c.SweepMin[code], assets[n])
		if err != nil || amount.Sign() <= 0 {
			return nil, fmt.Errorf("sweep_min.%s must be an amount above zero", code)
		}
		least = append(least, amount)
	}
	return least, nil
}

// isAddress reports whether text is an address with its EIP-55 checksum. One that is all of one case has none.
func isAddress(text string) bool {
	if _, err := chain.ParseAddress(text); err != nil {
		return false
	}
	digits := text[2:]
	if digits == strings.ToLower(digits) || digits == strings.ToUpper(digits) {
		return true
	}
	return common.HexToAddress(text).Hex() == text
}
