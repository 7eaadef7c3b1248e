package chain

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

// blockAt says which parameter of a method names the block. Where it is left out, the newest is meant.
var blockAt = map[string]int{
	"eth_getBlockByNumber": 0, "eth_getBlockReceipts": 0, "eth_getBlockTransactionCountByNumber": 0,
	"eth_getTransactionByBlockNumberAndIndex": 0, "eth_getRawTransactionByBlockNumberAndIndex": 0,
	"eth_getHeaderByNumber": 0, "eth_getBalance": 1, "eth_getCode": 1, "eth_getTransactionCount": 1, "eth_call": 1,
	"eth_estimateGas": 1, "eth_createAccessList": 1, "eth_simulateV1": 1, "eth_feeHistory": 1, "eth_getStorageAt": 2,
	"eth_getProof": 2, "debug_traceBlockByNumber": 0, "debug_traceCall": 1,
}

// blockIn says which field of a result names the block that it comes from.
var blockIn = map[string]string{
	"eth_getBlockByHash": "number", "eth_getHeaderByHash": "number",
	"eth_getTransactionByHash": "blockNumber", "eth_getTransactionReceipt": "blockNumber",
}

// namesFinal reports whether a call speaks of the safe or the final block, of which the node knows nothing.
func namesFinal(asked call) bool {
	return slices.ContainsFunc(asked.Params, func(p json.RawMessage) bool {
		return bytes.Contains(p, []byte(`"finalized"`)) || bytes.Contains(p, []byte(`"safe"`))
	})
}

// view answers as if the chain ended some blocks earlier, or where it does. The caller holds mu.
func (c *Chain) view(ctx context.Context, asked call, blocks uint64) (json.RawMessage, error) {
	head := c.node.head().Number.Uint64()
	head -= min(blocks, head)
	if asked.Method == "eth_blockNumber" {
		return json.Marshal(hexutil.Uint64(head))
	}
	if asked.Method == "eth_getLogs" {
		return c.viewLogs(ctx, asked, head)
	}
	if at, ok := blockAt[asked.Method]; ok && len(asked.Params) >= at {
		params := append([]json.RawMessage{}, asked.Params...)
		if len(params) == at {
			params = append(params, json.RawMessage(`"latest"`))
		}
		earlier, known, err := c.resolve(ctx, params[at], head)
		switch {
		case err != nil:
			return nil, err
		case !known && at == 0:
			return null, nil
		case !known:
			return nil, &failure{Code: codeServer, Message: "header not found"}
		}
		params[at] = earlier
		return c.forward(ctx, asked.Method, params)
	}
	result, err := c.forward(ctx, asked.Method, asked.Params)
	if field, ok := blockIn[asked.Method]; ok && err == nil && later(result, field, head) {
		return null, nil
	}
	return result, err
}

// resolve turns what names a block into what it means on a chain that ends at head, and reports whether that chain has it.
func (c *Chain) resolve(ctx context.Context, named json.RawMessage, head uint64) (json.RawMessage, bool, error) {
	var block rpc.BlockNumberOrHash
	if err := json.Unmarshal(named, &block); err != nil {
		return nil, false, invalid("block: %v", err)
	}
	if hash, ok := block.Hash(); ok {
		known, err := c.knownBy(ctx, hash, head)
		return named, known, err
	}
	number, _ := block.Number()
	switch number {
	case rpc.LatestBlockNumber, rpc.PendingBlockNumber:
		return quote(head), true, nil
	case rpc.EarliestBlockNumber:
		return named, true, nil
	case rpc.SafeBlockNumber, rpc.FinalizedBlockNumber:
		newest := c.node.head().Number.Uint64()
		return quote(min(newest-min(c.config.Finality, newest), head)), true, nil
	}
	return quote(uint64(number)), uint64(number) <= head, nil
}

// knownBy reports whether the block of this hash is one that a chain ending at head could have.
func (c *Chain) knownBy(ctx context.Context, hash common.Hash, head uint64) (bool, error) {
	header, err := c.forward(ctx, "eth_getHeaderByHash", []json.RawMessage{json.RawMessage(fmt.Sprintf("%q", hash.Hex()))})
	if err != nil || bytes.Equal(header, null) {
		return false, err
	}
	return !later(header, "number", head), nil
}

func (c *Chain) viewLogs(ctx context.Context, asked call, head uint64) (json.RawMessage, error) {
	var filter map[string]json.RawMessage
	if err := arguments(asked.Params, &filter); err != nil {
		return nil, err
	}
	if named, ok := filter["blockHash"]; ok {
		var hash common.Hash
		if err := json.Unmarshal(named, &hash); err != nil {
			return nil, invalid("blockHash: %v", err)
		}
		if known, err := c.knownBy(ctx, hash, head); err != nil || !known {
			return nil, &failure{Code: codeServer, Message: "unknown block"}
		}
		return c.forward(ctx, asked.Method, asked.Params)
	}
	for _, end := range []string{"fromBlock", "toBlock"} {
		named, ok := filter[end]
		if !ok {
			named = json.RawMessage(`"latest"`)
		}
		earlier, known, err := c.resolve(ctx, named, head)
		switch {
		case err != nil:
			return nil, err
		case !known && end == "fromBlock":
			return json.RawMessage("[]"), nil
		case !known:
			earlier = quote(head)
		}
		filter[end] = earlier
	}
	changed, err := json.Marshal(filter)
	if err != nil {
		return nil, fmt.Errorf("encode the filter: %w", err)
	}
	return c.forward(ctx, asked.Method, []json.RawMessage{changed})
}

// later reports whether a result comes from a block after head. A result without a block, which waits in the pool, does
// not.
func later(result json.RawMessage, field string, head uint64) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(result, &fields) != nil {
		return false
	}
	var number hexutil.Uint64
	return json.Unmarshal(fields[field], &number) == nil && uint64(number) > head
}

func quote(number uint64) json.RawMessage {
	return json.RawMessage(`"` + hexutil.EncodeUint64(number) + `"`)
}
