package chain

import (
	"errors"
	"fmt"
	"maps"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/catalyst"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/eth/tracers"
	_ "github.com/ethereum/go-ethereum/eth/tracers/native" // callTracer
	"github.com/ethereum/go-ethereum/ethclient"
	ethnode "github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// errNoBlock is returned when the node was asked for a block and made none.
var errNoBlock = errors.New("no block was made")

// node is go-ethereum in this process with a simulated beacon, put together as its package ethclient/simulated does.
// Built by hand it also gives access to the pool, which a reorganization must empty and fill again.
type node struct {
	stack  *ethnode.Node
	eth    *eth.Ethereum
	beacon *catalyst.SimulatedBeacon
	rpc    *rpc.Client
	client *ethclient.Client
}

// openNode starts a chain in memory whose genesis gives each account of alloc its balance. No port is opened.
func openNode(id uint64, alloc types.GenesisAlloc) (*node, error) {
	shell := ethnode.DefaultConfig
	shell.DataDir = ""
	shell.P2P = p2p.Config{NoDiscovery: true}
	stack, err := ethnode.New(&shell)
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	n := &node{stack: stack}
	if err := n.start(id, alloc); err != nil {
		return nil, errors.Join(err, stack.Close())
	}
	return n, nil
}

func (n *node) start(id uint64, alloc types.GenesisAlloc) (err error) {
	if n.eth, err = eth.New(n.stack, settings(id, alloc)); err != nil {
		return fmt.Errorf("eth service: %w", err)
	}
	system := filters.NewFilterSystem(n.eth.APIBackend, filters.Config{})
	n.stack.RegisterAPIs([]rpc.API{{Namespace: "eth", Service: filters.NewFilterAPI(system)}})
	n.stack.RegisterAPIs(tracers.APIs(n.eth.APIBackend))
	if err := n.stack.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if n.beacon, err = catalyst.NewSimulatedBeacon(0, common.Address{}, n.eth); err != nil {
		return fmt.Errorf("beacon: %w", err)
	}
	n.rpc = n.stack.Attach()
	n.client = ethclient.NewClient(n.rpc)
	return nil
}

func settings(id uint64, alloc types.GenesisAlloc) *ethconfig.Config {
	rules := *params.AllDevChainProtocolChanges
	rules.ChainID = new(big.Int).SetUint64(id)
	rules.BogotaTime = nil // its gas schedule, not in force anywhere, makes a token transfer cost three times as much
	accounts := core.SystemContractAllocs()
	maps.Copy(accounts, alloc)

	c := ethconfig.Defaults
	c.Genesis = &core.Genesis{Config: &rules, GasLimit: c.Miner.GasCeil, Alloc: accounts}
	c.NetworkId = id
	c.SyncMode = ethconfig.FullSync
	c.TxPool.NoLocals = true
	c.Miner.GasPrice = big.NewInt(1) // a transaction that the pool takes is also mined
	c.LogNoHistory = true            // logs are looked for in the blocks themselves
	c.StateScheme = rawdb.HashScheme // with every state kept, any block can be gone back to or asked about
	c.NoPruning = true
	return &c
}

func (n *node) close() error {
	n.rpc.Close()
	return errors.Join(n.beacon.Stop(), n.stack.Close())
}

// head returns the header of the newest block.
func (n *node) head() *types.Header { return n.eth.BlockChain().CurrentBlock() }

// seal makes one block of what the pool has. The simulated beacon does not say when it failed, but the head does.
func (n *node) seal() error {
	before := n.head()
	if after := n.beacon.Commit(); after == before.Hash() {
		return fmt.Errorf("%w after block %d", errNoBlock, before.Number)
	}
	n.settle()
	return nil
}

// rewind makes the block depth below the head the head.
func (n *node) rewind(depth uint64) error {
	number := n.head().Number.Uint64() - depth
	ancestor := n.eth.BlockChain().GetBlockByNumber(number)
	if ancestor == nil {
		return fmt.Errorf("block %d is not there", number)
	}
	if _, err := n.eth.BlockChain().SetCanonical(ancestor); err != nil {
		return fmt.Errorf("go back to block %d: %w", number, err)
	}
	return nil
}

// empty takes every transaction out of the pool and returns them, each sender's in order of nonce.
func (n *node) empty() []*types.Transaction {
	n.settle()
	var all []*types.Transaction
	pending, queued := n.eth.TxPool().Content()
	for _, list := range []map[common.Address][]*types.Transaction{pending, queued} {
		for _, transactions := range list {
			all = append(all, transactions...)
		}
	}
	n.eth.TxPool().Clear()
	return all
}

// put gives transactions to the pool and returns the first refusal.
func (n *node) put(transactions ...*types.Transaction) error {
	for i, err := range n.eth.TxPool().Add(transactions, true) {
		if err != nil {
			return fmt.Errorf("transaction %s: %w", transactions[i].Hash(), err)
		}
	}
	return nil
}

// settle waits until the pool has caught up with the newest block and with what was sent to it. The only error is that
// the pool has ended, and then nobody needs it.
func (n *node) settle() { _ = n.eth.TxPool().Sync() }

// executable reports whether the next block would have a transaction.
func (n *node) executable() bool {
	pending, _ := n.eth.TxPool().Stats()
	return pending > 0
}
