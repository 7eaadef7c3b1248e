package wallet

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
)

// etherDecimals is the scale of the native currency of every EVM chain.
const etherDecimals = 18

// ErrAmount is returned when an amount is not a plain decimal, or finer than the asset allows.
var ErrAmount = errors.New("bad amount")

// Payment is what a payer wants to happen.
type Payment struct {
	Key    *ecdsa.PrivateKey
	To     common.Address
	Amount string // whole units, such as "1.5"
	Token  string // a name or an address; empty for the native currency
}

// Sent is a transaction on its way or in a block.
type Sent struct {
	Tx        common.Hash   `json:"tx"`
	Block     uint64        `json:"block,omitempty"` // 0 while it is in none
	BlockHash *common.Hash  `json:"block_hash,omitempty"`
	Reverted  bool          `json:"reverted,omitempty"` // it is in a block and had no effect
	Raw       hexutil.Bytes `json:"raw"`                // to send the very same transaction again
}

// Pay signs and sends a payment.
func Pay(ctx context.Context, node *ethclient.Client, p Payment) (Sent, error) {
	draft, err := p.draft(ctx, node)
	if err != nil {
		return Sent{}, err
	}
	tx, err := Sign(ctx, node, p.Key, draft)
	if err != nil {
		return Sent{}, err
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return Sent{}, fmt.Errorf("encode: %w", err)
	}
	return Broadcast(ctx, node, raw)
}

// Broadcast sends a signed transaction, for the first time or again. A node that has it already is content.
func Broadcast(ctx context.Context, node *ethclient.Client, raw []byte) (Sent, error) {
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return Sent{}, fmt.Errorf("raw transaction: %w", err)
	}
	if err := node.SendTransaction(ctx, tx); err != nil {
		if _, _, unknown := node.TransactionByHash(ctx, tx.Hash()); unknown != nil {
			return Sent{}, fmt.Errorf("send %s: %w", tx.Hash(), err)
		}
	}
	return Sent{Tx: tx.Hash(), Raw: raw}, nil
}

// Await looks for the block of a transaction until it is found or patience is over, and at least once.
func Await(ctx context.Context, node *ethclient.Client, s Sent, patience time.Duration) (Sent, error) {
	deadline := time.Now().Add(patience)
	for {
		receipt, err := node.TransactionReceipt(ctx, s.Tx)
		if err == nil {
			s.Block, s.BlockHash = receipt.BlockNumber.Uint64(), &receipt.BlockHash
			s.Reverted = receipt.Status != types.ReceiptStatusSuccessful
			return s, nil
		}
		if !errors.Is(err, ethereum.NotFound) && !unindexed(err) {
			return s, fmt.Errorf("receipt of %s: %w", s.Tx, err)
		}
		if !time.Now().Before(deadline) {
			return s, nil
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return s, ctx.Err()
		}
	}
}

// unindexed reports whether a node that was started a moment ago does not know yet which transactions are in its blocks. go-ethereum
// says so in words alone (internal/ethapi.TxIndexingError).
func unindexed(err error) bool {
	return strings.Contains(err.Error(), "transaction indexing is in progress")
}

func (p Payment) draft(ctx context.Context, node *ethclient.Client) (Draft, error) {
	if p.Token == "" {
		value, err := Units(p.Amount, etherDecimals)
		return Draft{To: &p.To, Value: value}, err
	}
	token, err := findToken(ctx, node, p.Token)
	if err != nil {
		return Draft{}, err
	}
	value, err := Units(p.Amount, token.Decimals)
	if err != nil {
		return Draft{}, err
	}
	return Draft{To: &token.Contract, Data: Call("transfer(address,uint256)", p.To, value)}, nil
}

// findToken reads a name, or an address whose contract is asked for its decimals.
func findToken(ctx context.Context, node *ethclient.Client, text string) (Token, error) {
	if !common.IsHexAddress(text) {
		return TokenNamed(text)
	}
	contract := common.HexToAddress(text)
	answer, err := node.CallContract(ctx, ethereum.CallMsg{To: &contract, Data: Call("decimals()")}, nil)
	if err != nil {
		return Token{}, fmt.Errorf("decimals of %s: %w", contract, err)
	}
	decimals := new(big.Int).SetBytes(answer)
	if len(answer) != 32 || !decimals.IsUint64() || decimals.Uint64() > 77 {
		return Token{}, fmt.Errorf("%w: %s has no decimals", ErrToken, contract)
	}
	return Token{Contract: contract, Decimals: int(decimals.Uint64())}, nil
}

// Units turns whole units into the smallest one, exactly. It returns ErrAmount when something would be lost.
func Units(text string, decimals int) (*big.Int, error) {
	if _, err := amount.Parse(text); err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrAmount, text, err)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > decimals {
		return nil, fmt.Errorf("%w: %q has more than %d decimals", ErrAmount, text, decimals)
	}
	value, _ := new(big.Int).SetString(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10)
	return value, nil
}
