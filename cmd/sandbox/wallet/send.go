package wallet

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"
)

// Draft is a transaction before the node was asked what it takes.
type Draft struct {
	To    *common.Address // nil creates a contract
	Value *big.Int        // wei; nil for none
	Data  []byte
	Nonce *uint64 // nil: the next one
}

// Sign asks the node for nonce, gas and fees of a draft and signs it. Gas is always estimated: what a transfer costs
// depends on the rules of the chain.
func Sign(ctx context.Context, node *ethclient.Client, key *ecdsa.PrivateKey, d Draft) (*types.Transaction, error) {
	from := Address(key)
	chain, err := node.ChainID(ctx)
	if err != nil {
		return nil, fmt.Errorf("chain id: %w", err)
	}
	head, err := node.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	if d.Nonce == nil {
		next, err := node.PendingNonceAt(ctx, from)
		if err != nil {
			return nil, fmt.Errorf("nonce: %w", err)
		}
		d.Nonce = &next
	}
	gas, err := node.EstimateGas(ctx, ethereum.CallMsg{From: from, To: d.To, Value: d.Value, Data: d.Data})
	if err != nil {
		return nil, fmt.Errorf("gas: %w", err)
	}
	tip := big.NewInt(params.GWei)
	ceiling := new(big.Int).Add(tip, new(big.Int).Lsh(head.BaseFee, 1)) // good for the next six full blocks
	tx, err := types.SignNewTx(key, types.LatestSignerForChainID(chain), &types.DynamicFeeTx{
		ChainID: chain, Nonce: *d.Nonce, To: d.To, Value: d.Value, Data: d.Data,
		Gas: gas + gas/5, GasTipCap: tip, GasFeeCap: ceiling, // a storage slot may have been emptied by then
	})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return tx, nil
}
