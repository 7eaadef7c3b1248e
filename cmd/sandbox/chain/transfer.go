package chain

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

// The kinds of transfer.
const (
	native   = "native"   // the value of a transaction
	internal = "internal" // ether that a contract passed on
	token    = "token"    // a Transfer event, of whatever contract
)

// transferEvent is the topic of Transfer(address,address,uint256).
var transferEvent = crypto.Keccak256Hash([]byte("Transfer(address,address,uint256)"))

// Transfer is a movement of value in a block of the chain as it is now.
type Transfer struct {
	Block     uint64         `json:"block"`
	BlockHash common.Hash    `json:"block_hash"`
	Tx        common.Hash    `json:"tx"`
	Index     int            `json:"index"` // within the transaction, in order of execution, calls before their events
	Kind      string         `json:"kind"`
	Asset     string         `json:"asset"` // ETH, the name of a token here, or the address of another contract
	From      common.Address `json:"from"`
	To        common.Address `json:"to"`
	Value     string         `json:"value"` // in the smallest unit
}

// history remembers the transfers of blocks, which never change, by hash.
type history struct {
	mu     sync.Mutex
	blocks map[common.Hash][]Transfer
}

// Transfers returns every transfer from or to an account in the chain as it is now, oldest first. What was in a dropped
// block is not there.
func (c *Chain) Transfers(ctx context.Context, account common.Address) ([]Transfer, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	found := []Transfer{}
	for number := uint64(1); number <= c.node.head().Number.Uint64(); number++ {
		header := c.node.eth.BlockChain().GetHeaderByNumber(number)
		if header == nil || header.TxHash == types.EmptyTxsHash {
			continue
		}
		all, err := c.transfersIn(ctx, header)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", number, err)
		}
		for _, t := range all {
			if t.From == account || t.To == account {
				found = append(found, t)
			}
		}
	}
	return found, nil
}

func (c *Chain) transfersIn(ctx context.Context, header *types.Header) ([]Transfer, error) {
	c.history.mu.Lock()
	defer c.history.mu.Unlock()
	hash := header.Hash()
	if known, ok := c.history.blocks[hash]; ok {
		return known, nil
	}
	var traces []struct {
		Tx     common.Hash `json:"txHash"`
		Result frame       `json:"result"`
		Error  string      `json:"error"`
	}
	how := json.RawMessage(`{"tracer":"callTracer","tracerConfig":{"withLog":true}}`)
	if err := c.node.rpc.CallContext(ctx, &traces, "debug_traceBlockByHash", hash, how); err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	all := []Transfer{}
	for _, trace := range traces {
		if trace.Error != "" {
			return nil, fmt.Errorf("trace %s: %s", trace.Tx, trace.Error)
		}
		for i, t := range trace.Result.transfers(native) {
			t.Block, t.BlockHash, t.Tx, t.Index = header.Number.Uint64(), hash, trace.Tx, i
			all = append(all, t)
		}
	}
	if c.history.blocks == nil {
		c.history.blocks = map[common.Hash][]Transfer{}
	}
	c.history.blocks[hash] = all
	return all, nil
}

// frame is one call as callTracer tells of it, with the calls that it made.
type frame struct {
	Type  string         `json:"type"`
	From  common.Address `json:"from"`
	To    common.Address `json:"to"`
	Value *hexutil.Big   `json:"value"`
	Error string         `json:"error"`
	Calls []frame        `json:"calls"`
	Logs  []struct {
		Address common.Address `json:"address"`
		Topics  []common.Hash  `json:"topics"`
		Data    hexutil.Bytes  `json:"data"`
	} `json:"logs"`
}

// transfers returns what moved in a call and below it: nothing when it failed.
func (f frame) transfers(kind string) []Transfer {
	if f.Error != "" {
		return nil
	}
	var all []Transfer
	moves := slices.Contains([]string{"CALL", "CREATE", "CREATE2", "SELFDESTRUCT"}, f.Type) // others only lend their value
	if moves && f.Value != nil && f.Value.ToInt().Sign() > 0 {
		all = append(all, Transfer{Kind: kind, Asset: "ETH", From: f.From, To: f.To, Value: f.Value.ToInt().String()})
	}
	for _, inner := range f.Calls {
		all = append(all, inner.transfers(internal)...)
	}
	for _, log := range f.Logs {
		if len(log.Topics) != 3 || log.Topics[0] != transferEvent || len(log.Data) != 32 {
			continue
		}
		all = append(all, Transfer{
			Kind: token, Asset: wallet.NameOf(log.Address),
			From:  common.BytesToAddress(log.Topics[1].Bytes()),
			To:    common.BytesToAddress(log.Topics[2].Bytes()),
			Value: new(big.Int).SetBytes(log.Data).String(),
		})
	}
	return all
}
