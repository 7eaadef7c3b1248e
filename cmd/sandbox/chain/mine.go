package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

// mineMax is how many blocks one call makes at most.
const mineMax = 10_000

// The ways in which a request to change the chain can be wrong.
var (
	// ErrBlocks is returned when too many blocks are asked for.
	ErrBlocks = errors.New("too many blocks")
	// ErrDepth is returned when a reorganization would drop the tokens, or more than there is.
	ErrDepth = errors.New("reorg depth")
	// ErrBalance is returned when a balance would have to go down.
	ErrBalance = errors.New("a balance can only be raised here")
)

// treasury pays faucets and balances. Nobody else sends from it, so its nonces are never in doubt.
var treasury = wallet.Named("treasury")

// Mine makes blocks at once and returns the newest. The first holds what the pool has.
func (c *Chain) Mine(blocks uint64) (Block, error) {
	if blocks > mineMax {
		return Block{}, fmt.Errorf("%w: %d, more than %d", ErrBlocks, blocks, mineMax)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for range blocks {
		if err := c.node.seal(); err != nil {
			return Block{}, err
		}
	}
	return c.headBlock(), nil
}

// Reorg drops the newest blocks and makes as many empty ones in their place. The transactions of the dropped blocks are
// gone: they can be sent again, and nobody does it for them. What waited in the pool goes on waiting.
func (c *Chain) Reorg(depth uint64) (Block, error) {
	if depth > mineMax {
		return Block{}, fmt.Errorf("%w: %d, more than %d", ErrDepth, depth, mineMax)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if head := c.node.head().Number.Uint64(); head < c.floor || depth > head-c.floor {
		return Block{}, fmt.Errorf("%w: current height %d, depth %d, and the tokens are in block %d", ErrDepth, head, depth, c.floor)
	}
	if depth == 0 {
		return c.headBlock(), nil
	}
	tip := c.node.head()
	dropped := map[common.Hash]bool{}
	for range depth {
		block := c.node.eth.BlockChain().GetBlockByHash(tip.Hash())
		for _, tx := range block.Transactions() {
			dropped[tx.Hash()] = true
		}
		tip = c.node.eth.BlockChain().GetHeaderByHash(block.ParentHash())
	}
	if err := c.replace(tip, depth); err != nil {
		return Block{}, err
	}
	c.filter(func(tx *types.Transaction) bool { return !dropped[tx.Hash()] }) // the pool has taken them back
	return c.headBlock(), nil
}

// replace builds empty blocks on an earlier one and makes the last of them the head, all at once.
func (c *Chain) replace(ancestor *types.Header, blocks uint64) error {
	tip := ancestor
	var last *types.Block
	for range blocks {
		var err error
		if last, err = c.node.build(tip, nil, true); err != nil {
			return err
		}
		tip = last.Header()
	}
	return c.node.adopt(last)
}

// filter keeps in the pool what is wanted. What is no longer valid is lost as well, as it is at any node.
func (c *Chain) filter(wanted func(*types.Transaction) bool) {
	for _, tx := range c.node.empty() {
		if !wanted(tx) {
			continue
		}
		if err := c.node.put(tx); err != nil {
			c.config.Log.Info("not taken back into the pool", "reason", err)
		}
	}
}

// Drop takes one transaction out of the pool, and reports whether it was there.
func (c *Chain) Drop(hash common.Hash) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := false
	c.filter(func(tx *types.Transaction) bool {
		found = found || tx.Hash() == hash
		return tx.Hash() != hash
	})
	return found
}

// SetBalance raises the balance of an account. No transfer to the account appears in the block that it takes: a contract
// that is created and destroyed in one go leaves its ether to the account.
func (c *Chain) SetBalance(ctx context.Context, account common.Address, wei *big.Int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := c.node.client.BalanceAt(ctx, account, nil)
	if err != nil {
		return fmt.Errorf("balance of %s: %w", account, err)
	}
	rise := new(big.Int).Sub(wei, now)
	switch rise.Sign() {
	case 0:
		return nil
	case -1:
		return fmt.Errorf("%w: %s has %s", ErrBalance, account, now)
	}
	const push20, selfdestruct = 0x73, 0xff
	code := append(append([]byte{push20}, account.Bytes()...), selfdestruct)
	_, err = c.alone(ctx, wallet.Draft{Value: rise, Data: code})
	return err
}

// alone makes a block that holds one transaction of the treasury and nothing else: what waits in the pool goes on
// waiting. The caller holds mu.
func (c *Chain) alone(ctx context.Context, d wallet.Draft) (wallet.Sent, error) {
	tx, err := wallet.Sign(ctx, c.node.client, treasury, d)
	if err != nil {
		return wallet.Sent{}, err
	}
	block, err := c.node.build(c.node.head(), []*types.Transaction{tx}, false)
	if err != nil {
		return wallet.Sent{}, err
	}
	if err := c.node.adopt(block); err != nil {
		return wallet.Sent{}, err
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return wallet.Sent{}, fmt.Errorf("encode: %w", err)
	}
	return wallet.Await(ctx, c.node.client, wallet.Sent{Tx: tx.Hash(), Raw: raw}, 0)
}
