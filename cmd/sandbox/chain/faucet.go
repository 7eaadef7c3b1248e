package chain

import (
	"context"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

// The native currency, and its scale.
const (
	coin          = "ETH"
	etherDecimals = 18
)

// Pour gives an account whole units of the native currency, or of a token by its name. It is in a block of its own when
// Pour returns.
func (c *Chain) Pour(ctx context.Context, to common.Address, amount, token string) (wallet.Sent, error) {
	draft := wallet.Draft{To: &to}
	var err error
	if token == "" {
		draft.Value, err = wallet.Units(amount, etherDecimals)
	} else {
		draft, err = mint(to, amount, token)
	}
	if err != nil {
		return wallet.Sent{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.alone(ctx, draft)
}

func mint(to common.Address, amount, name string) (wallet.Draft, error) {
	token, err := wallet.TokenNamed(name)
	if err != nil {
		return wallet.Draft{}, err
	}
	value, err := wallet.Units(amount, token.Decimals)
	if err != nil {
		return wallet.Draft{}, err
	}
	return wallet.Draft{To: &token.Contract, Data: wallet.Call("mint(address,uint256)", to, value)}, nil
}

// Switches are what the issuer of GUARD can do.
type Switches struct {
	Pause   *bool            `json:"pause"`
	Block   []common.Address `json:"block"`
	Unblock []common.Address `json:"unblock"`
}

// Turn turns switches of GUARD, each in a block of its own, and returns the newest block.
func (c *Chain) Turn(ctx context.Context, s Switches) (Block, error) {
	guard, err := wallet.TokenNamed("GUARD")
	if err != nil {
		return Block{}, err
	}
	var calls [][]byte
	if s.Pause != nil {
		signature := "unpause()"
		if *s.Pause {
			signature = "pause()"
		}
		calls = append(calls, wallet.Call(signature))
	}
	for _, account := range s.Block {
		calls = append(calls, wallet.Call("setBlocked(address,bool)", account, true))
	}
	for _, account := range s.Unblock {
		calls = append(calls, wallet.Call("setBlocked(address,bool)", account, false))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, data := range calls {
		if _, err := c.alone(ctx, wallet.Draft{To: &guard.Contract, Data: data}); err != nil {
			return Block{}, err
		}
	}
	return c.headBlock(), nil
}
