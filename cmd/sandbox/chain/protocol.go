package chain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
)

// batchMax is how many calls one message may hold.
const batchMax = 1000

// The error codes of JSON-RPC 2.0, and the one that nodes use for everything else.
const (
	codeParse         = -32700
	codeInvalid       = -32600
	codeNoMethod      = -32601
	codeInvalidParams = -32602
	codeServer        = -32000
)

const sendRaw = "eth_sendRawTransaction"

// namespaces are the methods that the node answers. Others of its own could stop it.
var namespaces = []string{"eth_", "net_", "web3_", "debug_", "txpool_"}

// call is one request of JSON-RPC 2.0.
type call struct {
	ID     json.RawMessage   `json:"id"`
	Method string            `json:"method"`
	Params []json.RawMessage `json:"params"`
}

// answer is the response to a call.
type answer struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *failure        `json:"error,omitempty"`
}

// failure is the error object of an answer.
type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (f *failure) Error() string { return f.Message }

// ErrorCode makes a failure an rpc.Error.
func (f *failure) ErrorCode() int { return f.Code }

// parse reads one call or a batch of them.
func parse(body []byte) (calls []call, batch bool, err error) {
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		if err := json.Unmarshal(body, &calls); err != nil {
			return nil, true, &failure{Code: codeParse, Message: err.Error()}
		}
		if len(calls) == 0 || len(calls) > batchMax {
			return nil, true, &failure{Code: codeInvalid, Message: "a batch holds 1 to 1000 calls"}
		}
		return calls, true, nil
	}
	var single call
	if err := json.Unmarshal(body, &single); err != nil {
		return nil, false, &failure{Code: codeParse, Message: err.Error()}
	}
	return []call{single}, false, nil
}

// answer carries out one call as an endpoint with this fault does.
func (c *Chain) answer(ctx context.Context, asked call, fault Fault) answer {
	result, err := c.carryOut(ctx, asked, fault)
	a := answer{Version: "2.0", ID: asked.ID, Result: result}
	if a.ID == nil {
		a.ID = json.RawMessage("null")
	}
	if err != nil {
		a.Result, a.Error = nil, failureOf(err)
	}
	return a
}

func (c *Chain) carryOut(ctx context.Context, asked call, fault Fault) (json.RawMessage, error) {
	if method, ok := development[asked.Method]; ok {
		return method(ctx, c, asked.Params)
	}
	if asked.Method == sendRaw {
		return c.send(ctx, asked, fault)
	}
	known := false
	for _, prefix := range namespaces {
		known = known || strings.HasPrefix(asked.Method, prefix)
	}
	if !known {
		return nil, &failure{Code: codeNoMethod, Message: "the method " + asked.Method + " does not exist"}
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	switch {
	case fault.kind == wrongChainID && (asked.Method == "eth_chainId" || asked.Method == "net_version"):
		return c.wrongID(asked.Method), nil
	case fault.kind == lag || namesFinal(asked):
		return c.view(ctx, asked, fault.blocks)
	}
	return c.forward(ctx, asked.Method, asked.Params)
}

// forward asks the node. The caller holds mu.
func (c *Chain) forward(ctx context.Context, method string, params []json.RawMessage) (json.RawMessage, error) {
	arguments := make([]any, len(params))
	for i, p := range params {
		arguments[i] = p
	}
	var result json.RawMessage
	err := c.node.rpc.CallContext(ctx, &result, method, arguments...)
	return result, err
}

// send takes a signed transaction: into the log, into the pool, and with automine into a block.
func (c *Chain) send(ctx context.Context, asked call, fault Fault) (json.RawMessage, error) {
	tx, err := readTransaction(asked.Params)
	if err != nil {
		return nil, err
	}
	hash, _ := json.Marshal(tx.Hash()) // a hash always encodes
	if err := c.config.Movements.Receive(movement.Movement{Channel: c.config.Name, Reference: tx.Hash().Hex(), Path: sendRaw}); err != nil {
		return nil, err
	}
	if fault.kind == dropTransactions {
		return hash, nil
	}
	c.mu.RLock()
	result, err := c.forward(ctx, asked.Method, asked.Params)
	c.node.settle() // so that the next call for a nonce knows of it
	due := c.node.executable()
	c.mu.RUnlock()
	if _, automine := c.pace.read(); err == nil && automine && due {
		_, err = c.Mine(1)
	}
	return result, err
}

func readTransaction(params []json.RawMessage) (*types.Transaction, error) {
	var raw hexutil.Bytes
	if err := arguments(params, &raw); err != nil {
		return nil, err
	}
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return nil, &failure{Code: codeServer, Message: err.Error()}
	}
	return tx, nil
}

// failureOf keeps code and data of an error that has them: a revert's data says why.
func failureOf(err error) *failure {
	f := &failure{Code: codeServer, Message: err.Error()}
	if coded := rpc.Error(nil); errors.As(err, &coded) {
		f.Code = coded.ErrorCode()
	}
	if explained := rpc.DataError(nil); errors.As(err, &explained) {
		f.Data = explained.ErrorData()
	}
	return f
}

// wrongID is the identity of another chain, as each of the two methods writes it.
func (c *Chain) wrongID(method string) json.RawMessage {
	other := c.config.ID + 1
	if method == "net_version" {
		return json.RawMessage(fmt.Sprintf(`"%d"`, other))
	}
	return quote(other)
}
