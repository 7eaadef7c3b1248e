package onchain

import (
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// ErrURI is returned for text that asks for no payment in the words of EIP-681 that are written here.
var ErrURI = errors.New("not a payment of EIP-681")

// URI asks a wallet for one payment (EIP-681). Units are the smallest of the coin or token.
type URI struct {
	Chain    uint64
	To       common.Address
	Contract common.Address // of a token; zero for the chain's coin
	Units    *big.Int
}

// String writes the URI.
func (u URI) String() string {
	if u.Contract == (common.Address{}) {
		return fmt.Sprintf("ethereum:%s@%d?value=%s", u.To.Hex(), u.Chain, u.Units)
	}
	return fmt.Sprintf("ethereum:%s@%d/transfer?address=%s&uint256=%s", u.Contract.Hex(), u.Chain, u.To.Hex(), u.Units)
}

// ParseURI reads what String writes. It returns ErrURI for anything else.
func ParseURI(text string) (URI, error) {
	rest, ok := strings.CutPrefix(text, "ethereum:")
	target, query, hasQuery := strings.Cut(rest, "?")
	address, path, isCall := strings.Cut(target, "/")
	address, id, hasChain := strings.Cut(address, "@")
	values, err := url.ParseQuery(query)
	if !ok || !hasQuery || !hasChain || err != nil || (isCall && path != "transfer") {
		return URI{}, ErrURI
	}
	u := URI{}
	if u.Chain, err = strconv.ParseUint(id, 10, 63); err != nil || u.Chain == 0 {
		return URI{}, ErrURI
	}
	to, units := address, values.Get("value")
	if isCall {
		to, units = values.Get("address"), values.Get("uint256")
		if !isAddress(address) {
			return URI{}, ErrURI
		}
		u.Contract = common.HexToAddress(address)
	}
	if !isAddress(to) || len(units) > len(uint256Max) {
		return URI{}, ErrURI
	}
	u.To = common.HexToAddress(to)
	if u.Units, ok = new(big.Int).SetString(units, 10); !ok || u.Units.Sign() < 0 || u.Units.BitLen() > 256 || u.String() != text {
		return URI{}, ErrURI
	}
	return u, nil
}

// uint256Max has as many digits as any amount on a chain.
const uint256Max = "115792089237316195423570985008687907853269984665640564039457584007913129639935"
