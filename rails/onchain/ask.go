package onchain

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
)

// nonce returns how many transactions of an address are mined, at a block or, with nil, at the newest.
func (n *node) nonce(ctx context.Context, owner common.Address, at *big.Int) (count int64, err error) {
	err = n.first(ctx, n.asked(), func(ctx context.Context, e *endpoint) error {
		found, err := e.eth.NonceAt(ctx, owner, at)
		count = int64(found)
		return err
	})
	return count, err
}

func (n *node) estimate(ctx context.Context, m ethereum.CallMsg) (gas uint64, err error) {
	err = n.first(ctx, n.asked(), func(ctx context.Context, e *endpoint) error {
		gas, err = e.eth.EstimateGas(ctx, m)
		return err
	})
	return gas, err
}

func (n *node) tip(ctx context.Context) (tip *big.Int, err error) {
	err = n.first(ctx, n.asked(), func(ctx context.Context, e *endpoint) error {
		tip, err = e.eth.SuggestGasTipCap(ctx)
		return err
	})
	return tip, err
}
