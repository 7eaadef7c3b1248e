package signer

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Authorization asks for the call by which a token moves from a deposit's address to the signer's wallet (EIP-3009).
type Authorization struct {
	Sweep  string `json:"sweep"` // what it is for; one sweep has one authorization for ever
	From   int64  `json:"from"`  // number of the deposit
	Chain  uint64 `json:"chain"`
	Token  string `json:"token"`
	Amount string `json:"amount"` // smallest units, decimal
}

// The words of EIP-3009 that are spoken here. Of its two calls this is the one that only the receiver can make: whoever
// reads the authorization can do nothing with it, and it is carried out at most once, by the wallet's own transaction.
var (
	receiveCall = crypto.Keccak256([]byte("receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)"))[:4]
	receiveType = crypto.Keccak256([]byte("ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"))
	domainType  = crypto.Keccak256([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
	always      = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)) // until when it is good; its one transaction bounds it
)

// receiveWords is how many words of 32 bytes the call has.
const receiveWords = 9

// errNoDeposits is returned when a signer without the key of the deposits is asked to sweep.
var errNoDeposits = errors.New("the signer does not have the key of the deposits")

// Authorize returns the data of the call that moves an amount of a token from a deposit's address to the signer's own
// wallet, or ErrRefused with the rule that forbids it. It is noted before it is signed.
func (s *Signer) Authorize(ctx context.Context, a Authorization) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	amount, ok := number(a.Amount)
	if !ok || amount.Sign() == 0 || !common.IsHexAddress(a.Token) {
		return nil, refuse("amount must be a number above zero, and token an address")
	}
	i := intent{payout: a.Sweep, chain: a.Chain, from: a.From, token: common.HexToAddress(a.Token).Hex(), amount: amount}
	data, err := s.authorize(i)
	if err != nil {
		return nil, err
	}
	return data, s.table.noteAuthorized(ctx, i, s.now())
}

// authorize makes the call of an authorization; the same one gives the same bytes.
func (s *Signer) authorize(i intent) ([]byte, error) {
	switch {
	case s.deposits == nil:
		return nil, fmt.Errorf("%w: %w", ErrRefused, errNoDeposits)
	case i.payout == "" || len(i.payout) > 200:
		return nil, refuse("sweep is missing or too long")
	}
	domain, err := s.rules.domain(i.chain, i.token)
	if err != nil {
		return nil, err
	}
	key, err := s.deposits.key(i.from)
	if err != nil {
		return nil, err
	}
	words := [][]byte{
		crypto.PubkeyToAddress(key.PublicKey).Bytes(), s.owner.Bytes(), i.amount.Bytes(), nil, always.Bytes(),
		crypto.Keccak256(fmt.Appendf(nil, "causeway sweep %d %q", i.chain, i.payout)),
	}
	data, message := receiveCall[:4:4], receiveType
	for _, word := range words {
		data, message = append(data, common.LeftPadBytes(word, 32)...), append(message[:len(message):len(message)], common.LeftPadBytes(word, 32)...)
	}
	signature, err := crypto.Sign(crypto.Keccak256([]byte{0x19, 0x01}, domain, crypto.Keccak256(message)), key)
	if err != nil {
		return nil, fmt.Errorf("authorize: %w", err)
	}
	data = append(data, common.LeftPadBytes([]byte{signature[64] + 27}, 32)...)
	return append(data, signature[:64]...), nil
}

// readSweep understands an order to sweep, or refuses it: only what moves the coin of a deposit's address, or a token by its
// one authorization, to the signer's own wallet is signed. It returns the key that signs.
func (s *Signer) readSweep(o Order, i intent) (intent, *ecdsa.PrivateKey, error) {
	i.from, i.destination = o.From, s.owner.Hex()
	if s.deposits == nil {
		return i, nil, fmt.Errorf("%w: %w", ErrRefused, errNoDeposits)
	}
	if len(o.Data) == 0 {
		key, err := s.deposits.key(o.From)
		fee := new(big.Int).Mul(i.limit, new(big.Int).SetUint64(o.Gas))
		switch {
		case err != nil:
			return i, nil, err
		case i.target != s.owner:
			return i, nil, refuse("a deposit is moved to the signer's own wallet only")
		case i.value.Sign() == 0 || fee.Cmp(i.value) > 0:
			return i, nil, refuse("gas for %s wei would be paid to move %s", fee, i.value)
		}
		i.amount = i.value
		return i, key, nil
	}
	if i.value.Sign() != 0 || len(o.Data) != 4+32*receiveWords {
		return i, nil, refuse("only moves to the signer's own wallet are signed")
	}
	i.token, i.amount = i.target.Hex(), new(big.Int).SetBytes(o.Data[4+32*2:4+32*3])
	data, err := s.authorize(i)
	if err != nil {
		return i, nil, err
	}
	if !bytes.Equal(data, o.Data) {
		return i, nil, refuse("this is not the authorization of sweep %s", o.Payout)
	}
	return i, s.key, nil
}
