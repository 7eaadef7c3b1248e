// Package signer has the key of a wallet in a process of its own, and signs only what its rules allow. It keeps its own
// books: whatever the gateway forgets, or whoever has taken it over asks for, one payout is never signed for two nonces,
// and no more leaves in a day than is allowed. With the key of the deposits it signs nothing but their move to that wallet.
package signer

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// ErrRefused is returned when a rule forbids what is asked for. The text says which.
var ErrRefused = errors.New("signer refuses")

// LowFees is returned when a payout was signed with higher fees before. Nodes would refuse the lower ones as a replacement.
type LowFees struct {
	Tip, Cap string // the highest that were signed
}

// Error says so.
func (e *LowFees) Error() string {
	return ErrRefused.Error() + ": fees are lower than those signed before"
}

// Unwrap makes it a refusal.
func (e *LowFees) Unwrap() error { return ErrRefused }

// Order asks for one signature.
type Order struct {
	Payout    string   `json:"payout"`         // what it pays for; one payout, and one sweep, has one nonce for ever
	From      int64    `json:"from,omitempty"` // number of the deposit that is swept to the wallet; 0: it pays out
	Chain     uint64   `json:"chain"`
	Nonce     uint64   `json:"nonce"`
	To        string   `json:"to"`    // the beneficiary, the token's contract, or the wallet itself to use up the nonce
	Value     string   `json:"value"` // wei, decimal
	Data      []byte   `json:"data,omitempty"`
	Gas       uint64   `json:"gas"`
	Tip       string   `json:"tip"`                 // wei for each unit of gas, decimal
	Cap       string   `json:"cap"`                 // the same, with the base fee
	Approvals [][]byte `json:"approvals,omitempty"` // signatures over Approval
}

// Answer is a signed transaction.
type Answer struct {
	Raw  []byte `json:"raw"`
	Hash string `json:"hash"`
}

// Signer signs for one key.
type Signer struct {
	key      *ecdsa.PrivateKey
	owner    common.Address
	deposits *Deposits // nil: nothing is swept
	rules    Rules
	table    *table
	now      func() time.Time
	mu       sync.Mutex // one order at a time
}

// New returns a signer whose books are the SQLite file at path. Without the key of the deposits it sweeps nothing.
func New(ctx context.Context, key *ecdsa.PrivateKey, deposits *Deposits, rules Rules, path string, now func() time.Time) (*Signer, error) {
	if err := rules.Validate(); err != nil {
		return nil, err
	}
	owner := crypto.PubkeyToAddress(key.PublicKey)
	table, err := openTable(ctx, path, owner.Hex())
	if err != nil {
		return nil, fmt.Errorf("signer's books: %w", err)
	}
	return &Signer{key: key, owner: owner, deposits: deposits, rules: rules, table: table, now: now}, nil
}

// Close closes the books.
func (s *Signer) Close() error { return s.table.close() }

// Address returns whose key the signer has.
func (s *Signer) Address(context.Context) (string, error) { return s.owner.Hex(), nil }

// Sign signs what o asks for, or returns ErrRefused with the rule that forbids it. It is noted before it is signed.
func (s *Signer) Sign(ctx context.Context, o Order) (Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, key, err := s.read(o)
	if err != nil {
		return Answer{}, err
	}
	if err := s.rules.check(i, o); err != nil {
		return Answer{}, err
	}
	note := s.table.note
	if i.from != 0 {
		note = s.table.noteSweep
	}
	if err := note(ctx, i, s.rules, s.now()); err != nil {
		return Answer{}, err
	}
	chain := new(big.Int).SetUint64(o.Chain)
	tx, err := types.SignNewTx(key, types.LatestSignerForChainID(chain), &types.DynamicFeeTx{
		ChainID: chain, Nonce: o.Nonce, GasTipCap: i.tip, GasFeeCap: i.limit, Gas: o.Gas, To: &i.target, Value: i.value, Data: o.Data,
	})
	if err != nil {
		return Answer{}, fmt.Errorf("sign: %w", err)
	}
	raw, err := tx.MarshalBinary()
	return Answer{Raw: raw, Hash: tx.Hash().Hex()}, err
}

// intent is what an order would do.
type intent struct {
	payout     string
	chain      uint64
	nonce      uint64
	target     common.Address // what the transaction is sent to
	value      *big.Int
	data       []byte
	tip, limit *big.Int
	gas        uint64
	cancels    bool
	from       int64 // number of the deposit that is swept; 0: it pays out

	token       string // address of the contract; empty for the coin
	destination string
	amount      *big.Int
}

var transferCall = crypto.Keccak256([]byte("transfer(address,uint256)"))[:4]

// read understands an order, or refuses it: only transfers of coins and tokens are signed, what uses up a nonce, and moves
// of a deposit to the wallet. It returns the key that signs.
func (s *Signer) read(o Order) (intent, *ecdsa.PrivateKey, error) {
	i := intent{payout: o.Payout, chain: o.Chain, nonce: o.Nonce, data: o.Data, gas: o.Gas}
	var isValue, isTip, isCap bool
	i.value, isValue = number(o.Value)
	i.tip, isTip = number(o.Tip)
	i.limit, isCap = number(o.Cap)
	switch {
	case o.Payout == "" || len(o.Payout) > 200:
		return i, nil, refuse("payout is missing or too long")
	case o.Chain > 1<<62 || o.Nonce > 1<<62:
		return i, nil, refuse("chain or nonce is out of range")
	case !common.IsHexAddress(o.To):
		return i, nil, refuse("to is no address")
	case !isValue || !isTip || !isCap || i.tip.Cmp(i.limit) > 0:
		return i, nil, refuse("value, tip and cap must be numbers, and the tip not above the cap")
	}
	i.target = common.HexToAddress(o.To)
	if o.From != 0 {
		return s.readSweep(o, i)
	}
	switch {
	case i.target == s.owner && i.value.Sign() == 0 && len(o.Data) == 0:
		i.cancels, i.destination, i.amount = true, s.owner.Hex(), new(big.Int)
	case len(o.Data) == 0:
		i.destination, i.amount = i.target.Hex(), i.value
	case len(o.Data) == 68 && string(o.Data[:4]) == string(transferCall) && i.value.Sign() == 0 && isAddressWord(o.Data[4:36]):
		i.token, i.destination = i.target.Hex(), common.BytesToAddress(o.Data[4:36]).Hex()
		i.amount = new(big.Int).SetBytes(o.Data[36:])
	default:
		return i, nil, refuse("only transfers are signed")
	}
	return i, s.key, nil
}

// isAddressWord reports whether 32 bytes hold an address and nothing before it.
func isAddressWord(word []byte) bool {
	return common.BytesToHash(word) == common.BytesToHash(common.BytesToAddress(word).Bytes())
}

func number(text string) (*big.Int, bool) {
	if len(text) > 78 { // as long as the largest there is
		return nil, false
	}
	n, ok := new(big.Int).SetString(text, 10)
	return n, ok && n.Sign() >= 0 && n.BitLen() <= 256
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}
