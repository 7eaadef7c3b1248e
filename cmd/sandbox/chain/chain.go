// Package chain is an EVM chain for development: go-ethereum in this process, served as JSON-RPC over HTTP on several
// endpoints that can be made faulty one by one. Blocks come by themselves, on request or with every transaction, and the
// newest ones can be dropped, by the same calls that Foundry's anvil understands.
package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

const (
	accountEther  = 10_000        // of each development account
	treasuryEther = 1_000_000_000 // what faucets pay from
)

// Config describes one chain.
type Config struct {
	Name      string        // such as chain.dev
	Listen    []string      // one endpoint each; port 0 picks a free one
	ID        uint64        // EIP-155
	Interval  time.Duration // between blocks; 0 for none by themselves
	Automine  bool          // a block with every transaction instead
	Finality  uint64        // how far below the head the safe and final block is; a reorganization may go deeper
	Accounts  []Account     // have something from the start, beside those of the mnemonic
	Movements *movement.Log // remembers every transaction sent
	Log       *slog.Logger
}

// Account is one that is filled when the chain opens, by transactions as everybody sees them.
type Account struct {
	Address common.Address
	Asset   string // ETH, or a token by its name
	Opening string // whole units
}

// Chain is one running chain.
type Chain struct {
	config    Config
	node      *node
	endpoints []*endpoint
	tokens    wallet.Deployment
	floor     uint64 // the block that holds the tokens and opening balances: nothing at or below it can be dropped
	history   history
	pace      pace

	// mu is held for reading by everything that asks the node, and for writing by everything that makes or drops
	// blocks. Nobody sees a chain in the middle of a reorganization.
	mu sync.RWMutex
}

// Open starts a chain with its tokens and opening balances: the endpoints listen when it returns.
func Open(c Config) (*Chain, error) {
	c.Log = c.Log.With("chain", c.Name)
	n, err := openNode(c.ID, genesis())
	if err != nil {
		return nil, fmt.Errorf("chain %s: %w", c.Name, err)
	}
	chain := &Chain{config: c, node: n, pace: newPace(c.Interval, c.Automine)}
	if err := chain.furnish(); err != nil {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // nothing runs that is worth waiting for
		return nil, errors.Join(fmt.Errorf("chain %s: %w", c.Name, err), chain.Close(ctx))
	}
	return chain, nil
}

// furnish opens the endpoints, deploys the tokens through the first of them, as it is done on any other node, and fills accounts.
func (c *Chain) furnish() error {
	for _, address := range c.config.Listen {
		opened, err := openEndpoint(c, address)
		if err != nil {
			return err
		}
		c.endpoints = append(c.endpoints, opened)
	}
	client, err := rpc.DialHTTP(c.URLs()[0])
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	defer client.Close()
	if c.tokens, err = wallet.Deploy(context.Background(), client); err != nil {
		return err
	}
	for _, a := range c.config.Accounts {
		token := a.Asset
		if token == coin {
			token = ""
		}
		if _, err := c.Pour(context.Background(), a.Address, a.Opening, token); err != nil {
			return fmt.Errorf("account %s: %w", a.Address, err)
		}
	}
	c.floor = c.node.head().Number.Uint64()
	return nil
}

func genesis() types.GenesisAlloc {
	alloc := types.GenesisAlloc{
		wallet.Address(treasury): {Balance: ether(treasuryEther)},
		wallet.Deployer():        {Balance: ether(accountEther)},
	}
	for _, address := range wallet.Accounts() {
		alloc[address] = types.Account{Balance: ether(accountEther)}
	}
	return alloc
}

func ether(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), big.NewInt(params.Ether)) }

// Name returns the name of the chain.
func (c *Chain) Name() string { return c.config.Name }

// URLs returns the addresses of the endpoints.
func (c *Chain) URLs() []string {
	var urls []string
	for _, e := range c.endpoints {
		urls = append(urls, e.door.URL())
	}
	return urls
}

// Tokens returns the tokens by name.
func (c *Chain) Tokens() map[string]wallet.Token { return c.tokens.Tokens }

// Block names a block.
type Block struct {
	Number uint64      `json:"number"`
	Hash   common.Hash `json:"hash"`
}

// Head returns the newest block.
func (c *Chain) Head() Block {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.headBlock()
}

func (c *Chain) headBlock() Block {
	head := c.node.head()
	return Block{head.Number.Uint64(), head.Hash()}
}

// Run makes blocks at the pace of the moment until ctx ends.
func (c *Chain) Run(ctx context.Context) {
	for c.pace.wait(ctx) {
		if _, err := c.Mine(1); err != nil {
			c.config.Log.Error("block failed", "error", err)
		}
	}
}

// Close stops listening; running answers may finish until ctx ends. Then the node stops.
func (c *Chain) Close(ctx context.Context) error {
	var closing sync.WaitGroup
	for _, e := range c.endpoints {
		closing.Go(func() { e.door.Close(ctx) })
	}
	closing.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.node.close(); err != nil {
		return fmt.Errorf("chain %s: close: %w", c.config.Name, err)
	}
	return nil
}
