package onchain

import (
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/causeway-pay/causeway/money"
)

// The words of ERC-20 that are spoken here.
var (
	transferEvent = crypto.Keccak256Hash([]byte("Transfer(address,address,uint256)"))
	transferCall  = crypto.Keccak256([]byte("transfer(address,uint256)"))[:4]
	balanceOfCall = crypto.Keccak256([]byte("balanceOf(address)"))[:4]
	decimalsCall  = crypto.Keccak256([]byte("decimals()"))[:4]
)

// errToken is returned when a contract does not answer as ERC-20 says.
var errToken = errors.New("contract does not answer as a token does")

// moved is what one Transfer event says.
type moved struct {
	from, to common.Address
	units    *big.Int
}

// readTransfer reads a Transfer event. One with a fourth topic is of a collectible, which has no amount.
func readTransfer(l types.Log) (moved, bool) {
	if l.Removed || len(l.Topics) != 3 || l.Topics[0] != transferEvent || len(l.Data) != 32 {
		return moved{}, false
	}
	return moved{
		from: common.BytesToAddress(l.Topics[1].Bytes()), to: common.BytesToAddress(l.Topics[2].Bytes()),
		units: new(big.Int).SetBytes(l.Data),
	}, true
}

// transferData calls transfer(to, units).
func transferData(to common.Address, units *big.Int) []byte {
	data := append([]byte{}, transferCall...)
	data = append(data, common.LeftPadBytes(to.Bytes(), 32)...)
	return append(data, common.LeftPadBytes(units.Bytes(), 32)...)
}

// balanceData calls balanceOf(owner).
func balanceData(owner common.Address) []byte {
	return append(append([]byte{}, balanceOfCall...), common.LeftPadBytes(owner.Bytes(), 32)...)
}

// readWord reads the one number that a call returns.
func readWord(answer []byte) (*big.Int, error) {
	if len(answer) != 32 {
		return nil, errToken
	}
	return new(big.Int).SetBytes(answer), nil
}

// asset finds what a contract's units are; the zero address is the chain's coin.
func (c *node) asset(contract common.Address) (money.Asset, bool) {
	asset, ok := c.assets[contract]
	return asset, ok
}

func gwei(text string) (*big.Int, error) {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok || n.Sign() <= 0 || len(text) > 9 {
		return nil, errors.New("must be a whole number of gwei")
	}
	return n.Mul(n, big.NewInt(1_000_000_000)), nil
}
