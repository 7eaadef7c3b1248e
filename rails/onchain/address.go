package onchain

import (
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// numberMax is the highest number that has an address: children beyond it are hardened, and cannot be made from a public
// key (BIP-32).
const numberMax = hdkeychain.HardenedKeyStart - 1

var (
	// errPrivate is returned when the gateway is given a key that could spend.
	errPrivate = errors.New("xpub is a private key: the gateway must not have it; give it the public one")
	// errNumber is returned for an attempt that has no number, or one beyond all addresses.
	errNumber = errors.New("attempt has no number that an address can be made from")
)

// book makes the addresses that payers pay to: child n of an extended public key is the address of attempt n (BIP-32,
// BIP-44). The key behind them is nowhere near.
type book struct{ account *hdkeychain.ExtendedKey }

func newBook(xpub string) (*book, error) {
	account, err := hdkeychain.NewKeyFromString(xpub)
	if err != nil {
		return nil, errors.New("xpub cannot be read") // the library's error repeats it
	}
	if account.IsPrivate() {
		return nil, errPrivate
	}
	return &book{account}, nil
}

// address returns the address of a number.
func (b *book) address(number int64) (common.Address, error) {
	if number <= 0 || number > numberMax {
		return common.Address{}, errNumber
	}
	child, err := b.account.Derive(uint32(number))
	if err != nil {
		return common.Address{}, fmt.Errorf("address %d: %w", number, err)
	}
	key, err := child.ECPubKey()
	if err != nil {
		return common.Address{}, fmt.Errorf("address %d: %w", number, err)
	}
	return crypto.PubkeyToAddress(*key.ToECDSA()), nil
}

func (b *book) derive(number int64) (chain.Address, error) {
	address, err := b.address(number)
	return chain.Address(address), err
}
