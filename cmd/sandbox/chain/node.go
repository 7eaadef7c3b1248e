package chain

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/eth/tracers"
	_ "github.com/ethereum/go-ethereum/eth/tracers/native" // callTracer
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/miner"
	ethnode "github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// node is go-ethereum in this process, without a consensus client: blocks are built, inserted and made the head here.
//
// The simulated beacon that comes with go-ethereum cannot be used. It stores which block is final, which starts the
// freezer: that one forgets the blocks a reorganization may go back to, and in memory it reads the whole database for
// each block that it moves, with everybody else waiting.
type node struct {
	stack  *ethnode.Node
	eth    *eth.Ethereum
	rpc    *rpc.Client
	client *ethclient.Client

	settling sync.Mutex // the pool forgets whoever waits for it when another one comes to wait
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
	n.eth.SetSynced() // there is nobody to catch up with
	n.rpc = n.stack.Attach()
	n.client = ethclient.NewClient(n.rpc)
	return nil
}

func settings(id uint64, alloc types.GenesisAlloc) *ethconfig.Config {
	rules := *params.AllDevChainProtocolChanges
	rules.ChainID = new(big.Int).SetUint64(id)
	rules.BogotaTime = nil // its gas schedule, not in force anywhere, makes a token transfer cost three times as much
	accounts := core.SystemContractAllocs()
	delete(accounts, params.BeaconRootsAddress)    // these two write to the state in every block, and nobody reads them here:
	delete(accounts, params.HistoryStorageAddress) // without them an empty block takes a tenth of the memory
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
	return n.stack.Close()
}

// head returns the header of the newest block.
func (n *node) head() *types.Header { return n.eth.BlockChain().CurrentBlock() }

// seal makes a block of what the pool has the head.
func (n *node) seal() error {
	n.settle()
	block, err := n.build(n.head(), nil, false)
	if err != nil {
		return err
	}
	return n.adopt(block)
}

// build makes a block on top of parent and stores it, without making it the head. It holds the given transactions, or
// nothing, or what the pool has when there are none.
func (n *node) build(parent *types.Header, transactions []*types.Transaction, empty bool) (*types.Block, error) {
	arguments := &miner.BuildPayloadArgs{
		Parent:      parent.Hash(),
		Timestamp:   max(uint64(time.Now().Unix()), parent.Time+1),
		Withdrawals: types.Withdrawals{},
		BeaconRoot:  &common.Hash{},
	}
	rand.Read(arguments.Random[:]) // so that no two blocks are the same
	block, _, err := n.eth.Miner().BuildTestingPayload(arguments, transactions, empty, nil)
	if err != nil {
		return nil, fmt.Errorf("build on block %d: %w", parent.Number, err)
	}
	if _, err := n.eth.BlockChain().InsertBlockWithoutSetHead(context.Background(), block, false); err != nil {
		return nil, fmt.Errorf("insert block %d: %w", block.NumberU64(), err)
	}
	return block, nil
}

// adopt makes a block the head, whatever the head was before.
func (n *node) adopt(block *types.Block) error {
	if _, err := n.eth.BlockChain().SetCanonical(block); err != nil {
		return fmt.Errorf("adopt block %d: %w", block.NumberU64(), err)
	}
	n.settle()
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

// put gives a transaction to the pool.
func (n *node) put(tx *types.Transaction) error {
	if err := n.eth.TxPool().Add([]*types.Transaction{tx}, true)[0]; err != nil {
		return fmt.Errorf("transaction %s: %w", tx.Hash(), err)
	}
	return nil
}

// settle waits until the pool has caught up with the newest block and with what was sent to it. The only error is that
// the pool has ended, and then nobody needs it.
func (n *node) settle() {
	n.settling.Lock()
	defer n.settling.Unlock()
	_ = n.eth.TxPool().Sync()
}

// executable reports whether the next block would have a transaction.
func (n *node) executable() bool {
	pending, _ := n.eth.TxPool().Stats()
	return pending > 0
}
