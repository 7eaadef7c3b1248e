package chain

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// intervalMax is the longest interval between blocks.
const intervalMax = 24 * time.Hour

// development are the methods that are served here instead of by the node. Their names, arguments and answers are those of
// Foundry's anvil, so that a test can run against either.
var development = map[string]func(context.Context, *Chain, []json.RawMessage) (json.RawMessage, error){
	"evm_mine":              mineOne,
	"anvil_mine":            mineMany,
	"evm_setAutomine":       setAutomine,
	"evm_setIntervalMining": setIntervalMining,
	"anvil_setBalance":      setBalance,
	"anvil_reorg":           reorg,
	"anvil_dropTransaction": dropTransaction,
}

var null = json.RawMessage("null")

func mineOne(_ context.Context, c *Chain, params []json.RawMessage) (json.RawMessage, error) {
	if err := arguments(params); err != nil {
		return nil, err
	}
	_, err := c.Mine(1)
	return json.RawMessage(`"0x0"`), err
}

func mineMany(_ context.Context, c *Chain, params []json.RawMessage) (json.RawMessage, error) {
	blocks := quantity(1)
	if len(params) > 0 {
		if err := arguments(params, &blocks); err != nil {
			return nil, err
		}
	}
	_, err := c.Mine(uint64(blocks))
	return null, err
}

func setAutomine(_ context.Context, c *Chain, params []json.RawMessage) (json.RawMessage, error) {
	var on bool
	if err := arguments(params, &on); err != nil {
		return nil, err
	}
	c.pace.everyTransaction(on)
	return null, nil
}

func setIntervalMining(_ context.Context, c *Chain, params []json.RawMessage) (json.RawMessage, error) {
	var seconds quantity
	if err := arguments(params, &seconds); err != nil {
		return nil, err
	}
	if uint64(seconds) > uint64(intervalMax/time.Second) {
		return nil, invalid("%d seconds are longer than %s", seconds, intervalMax)
	}
	c.pace.every(time.Duration(seconds) * time.Second)
	return null, nil
}

func setBalance(ctx context.Context, c *Chain, params []json.RawMessage) (json.RawMessage, error) {
	var (
		account common.Address
		wei     wei
	)
	if err := arguments(params, &account, &wei); err != nil {
		return nil, err
	}
	return null, c.SetBalance(ctx, account, (*big.Int)(&wei))
}

func reorg(_ context.Context, c *Chain, params []json.RawMessage) (json.RawMessage, error) {
	var (
		depth quantity
		pairs []json.RawMessage
	)
	if err := arguments(params, &depth, &pairs); err != nil {
		return nil, err
	}
	if len(pairs) > 0 {
		return nil, invalid("transactions for the new blocks are not offered here")
	}
	_, err := c.Reorg(uint64(depth))
	return null, err
}

// dropTransaction answers with the hash of what it dropped, or with null.
func dropTransaction(_ context.Context, c *Chain, params []json.RawMessage) (json.RawMessage, error) {
	var hash common.Hash
	if err := arguments(params, &hash); err != nil {
		return nil, err
	}
	if !c.Drop(hash) {
		return null, nil
	}
	return json.Marshal(hash)
}

// arguments decodes exactly as many parameters as there are targets.
func arguments(params []json.RawMessage, into ...any) error {
	if len(params) != len(into) {
		return invalid("%d parameters, want %d", len(params), len(into))
	}
	for i, target := range into {
		if err := json.Unmarshal(params[i], target); err != nil {
			return invalid("parameter %d: %v", i+1, err)
		}
	}
	return nil
}

func invalid(format string, values ...any) error {
	return &failure{Code: codeInvalidParams, Message: fmt.Sprintf(format, values...)}
}

// quantity is a whole number, given as a JSON number, in decimal or in hex.
type quantity uint64

// UnmarshalJSON reads any of the three.
func (q *quantity) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	if strings.HasPrefix(text, "0x") {
		n, err := hexutil.DecodeUint64(text)
		*q = quantity(n)
		return err
	}
	n, err := strconv.ParseUint(text, 10, 64)
	*q = quantity(n)
	return err
}

// wei is an amount of the native currency, given in decimal or in hex.
type wei big.Int

// UnmarshalJSON reads both.
func (w *wei) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	base, digits := 10, text
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		base, digits = 16, hex
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok || n.Sign() < 0 || n.BitLen() > 256 {
		return fmt.Errorf("%q is not an amount in wei", text)
	}
	*w = wei(*n)
	return nil
}
