package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Chain is a channel on an EVM chain: it takes in the chain's coin and some of its tokens, and pays them out.
type Chain struct {
	Name      string        `koanf:"name"`    // chain.dev
	Network   string        `koanf:"network"` // CAIP-2 id: eip155:1
	Mode      string        `koanf:"mode"`    // test or live; that of the database by default
	RPC       []string      `koanf:"rpc"`     // nodes; the first that is well is asked
	Coin      string        `koanf:"coin"`    // code of the chain's own coin; by default ETH
	Tokens    []Token       `koanf:"tokens"`  // no other token counts, whatever it calls itself
	XPub      string        `koanf:"xpub"`    // extended public key of the addresses of payers; empty: nothing is taken in
	Signer    string        `koanf:"signer"`  // unix:FILE of the process that has the key; empty: nothing is paid out
	Depths    []Depth       `koanf:"depths"`  // how deep a transfer must be to count; none: always final
	From      int64         `koanf:"from"`    // first block to look at; 0: the newest final one
	Priority  int           `koanf:"priority"`
	Timeout   time.Duration `koanf:"timeout"`    // of one exchange with a node; by default 5s
	Poll      time.Duration `koanf:"poll"`       // between two looks at the head; by default 1s
	BlockTime time.Duration `koanf:"block_time"` // between two blocks, for estimates; by default 12s
	HeadAge   time.Duration `koanf:"head_age"`   // a head that is older counts as behind: more than the longest pause between blocks; by default 2m
	Lag       int64         `koanf:"lag"`        // blocks that a node may be behind the others; by default 3
	BumpAfter int64         `koanf:"bump_after"` // blocks without a receipt after which fees are raised; by default 5
	FeeMax    string        `koanf:"fee_max"`    // most for a unit of gas, in whole gwei; by default "500"

	SweepMin map[string]string `koanf:"sweep_min"` // by currency: from what amount on an address is swept; without: never
}

// Token is a contract whose transfers count.
type Token struct {
	Code     string `koanf:"code"`     // USDC
	Contract string `koanf:"contract"` // its address, with the checksum of EIP-55
	Decimals int32  `koanf:"decimals"` // held against what the contract says
}

// Depth says from what amounts on transfers of a currency have to be deeper: below medium one confirmation is enough,
// below large six; from large on the block has to be final.
type Depth struct {
	Currency string `koanf:"currency"`
	Medium   string `koanf:"medium"`
	Large    string `koanf:"large"`
}

func (c *Chain) fill(mode string) {
	orElse(&c.Mode, mode)
	orElse(&c.Coin, "ETH")
	orElse(&c.Timeout, timeoutDefault)
	orElse(&c.Poll, time.Second)
	orElse(&c.BlockTime, 12*time.Second)
	orElse(&c.HeadAge, 2*time.Minute)
	orElse(&c.Lag, 3)
	orElse(&c.BumpAfter, 5)
	orElse(&c.FeeMax, "500")
}

const (
	nodesMax  = 8
	tokensMax = 50
)

var (
	isNetwork  = regexp.MustCompile(`^eip155:[1-9][0-9]{0,18}$`)
	isContract = regexp.MustCompile(`^0x[0-9a-fA-F]{40}$`)
	isDecimal  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	isTicker   = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,11}$`)
)

// judge judges the form of the fields. The rail itself judges keys and checksums.
func (c Chain) judge(j *judge, path string) {
	j.require(isChannel.MatchString(c.Name) && strings.HasPrefix(c.Name, "chain."), path+".name", "must be chain, a dot and a name: chain.dev")
	j.require(isNetwork.MatchString(c.Network), path+".network", "must be eip155: and the number of the chain")
	j.oneOf(c.Mode, path+".mode", "test", "live")
	j.require(len(c.RPC) >= 1 && len(c.RPC) <= nodesMax, path+".rpc", "must name 1 to %d nodes", nodesMax)
	for i, address := range c.RPC {
		u, err := url.Parse(address)
		j.require(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", fmt.Sprintf("%s.rpc[%d]", path, i), "must be an http or https address")
	}
	j.require(isTicker.MatchString(c.Coin), path+".coin", "must be a code such as ETH")
	j.require(len(c.Tokens) <= tokensMax, path+".tokens", "at most %d", tokensMax)
	for i, t := range c.Tokens {
		at := fmt.Sprintf("%s.tokens[%d]", path, i)
		j.require(isTicker.MatchString(t.Code), at+".code", "must be a code such as USDC")
		j.require(isContract.MatchString(t.Contract), at+".contract", "must be an address")
		j.require(t.Decimals >= 0 && t.Decimals <= 18, at+".decimals", "must be between 0 and 18")
	}
	j.require(c.XPub != "" || c.Signer != "", path+".xpub", "neither xpub nor signer is set: the channel could do nothing")
	j.require(c.Signer == "" || strings.HasPrefix(c.Signer, "unix:"), path+".signer", "must be unix: and a file")
	j.require(len(c.SweepMin) == 0 || (c.XPub != "" && c.Signer != ""), path+".sweep_min", "needs both xpub and signer")
	for code, amount := range c.SweepMin {
		known := code == c.Coin || slices.ContainsFunc(c.Tokens, func(t Token) bool { return t.Code == code })
		j.require(known, path+".sweep_min", "names %.20s, which the channel does not have", code)
		j.require(isDecimal.MatchString(amount), path+".sweep_min", "%.20s must be an amount above zero in quotes, such as \"10.5\"", code)
	}
	j.require(c.From >= 0, path+".from", "must not be negative")
	j.require(c.Timeout >= timeoutMin && c.Timeout <= timeoutMax, path+".timeout", "must be between 100ms and 60s")
	j.require(c.Poll > 0 && c.BlockTime > 0 && c.HeadAge > 0, path+".poll", "poll, block_time and head_age must be more than zero")
	j.require(c.Lag >= 0 && c.BumpAfter > 0, path+".lag", "must not be negative, and bump_after more than zero")
}
