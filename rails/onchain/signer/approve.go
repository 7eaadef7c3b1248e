package signer

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Approval is the text that an approver signs with their own wallet (EIP-191). Nobody can use the signature for another
// payout, chain, token, destination or amount. The token is empty for the chain's coin; the amount is in smallest units.
func Approval(payout string, chain uint64, token, destination string, amount *big.Int) string {
	return fmt.Sprintf("causeway payout\npayout: %q\nchain: %d\ntoken: %s\ndestination: %s\namount: %s", payout, chain, token, destination, amount)
}

var errSignature = errors.New("not a signature")

// approver returns who signed the text.
func approver(text string, signature []byte) (common.Address, error) {
	if len(signature) != crypto.SignatureLength {
		return common.Address{}, errSignature
	}
	signature = slices.Clone(signature)
	if signature[64] >= 27 { // as wallets write it
		signature[64] -= 27
	}
	key, err := crypto.SigToPub(accounts.TextHash([]byte(text)), signature)
	if err != nil {
		return common.Address{}, errSignature
	}
	return crypto.PubkeyToAddress(*key), nil
}
