// Package wallet is a payer on an EVM chain: keys that everybody knows, real signed transactions, and the tokens of a
// development chain. It speaks JSON-RPC to any node, the sandbox's own or another.
package wallet

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// ErrAccount is returned when no development account has the number asked for.
var ErrAccount = errors.New("no such account")

// accounts are the private keys of m/44'/60'/0'/0/0 to 9 of the mnemonic that every development chain uses, "test test
// test test test test test test test test test junk".
var accounts = [...]string{
	"ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
	"59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
	"5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
	"7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
	"47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
	"8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
	"92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
	"4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
	"dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
	"2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
}

// Account returns the key of a development account, counted from 0, or ErrAccount.
func Account(number int) (*ecdsa.PrivateKey, error) {
	if number < 0 || number >= len(accounts) {
		return nil, fmt.Errorf("%w: %d is not one of 0 to %d", ErrAccount, number, len(accounts)-1)
	}
	return Key(accounts[number])
}

// Accounts returns the addresses of the development accounts.
func Accounts() []common.Address {
	var all []common.Address
	for number := range accounts {
		key, err := Account(number)
		if err != nil {
			panic(err) // the table above is broken
		}
		all = append(all, Address(key))
	}
	return all
}

// Key reads a private key of 32 bytes in hex, with or without 0x.
func Key(text string) (*ecdsa.PrivateKey, error) {
	key, err := crypto.HexToECDSA(strings.TrimPrefix(text, "0x"))
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err) // says nothing of the key itself
	}
	return key, nil
}

// Named returns the key that belongs to a name: the same everywhere, and known to nobody who does not know the name.
func Named(name string) *ecdsa.PrivateKey {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("causeway sandbox " + name)))
	if err != nil {
		panic(err) // one hash in 2^128 is no key
	}
	return key
}

// Address returns the account of a key.
func Address(key *ecdsa.PrivateKey) common.Address { return crypto.PubkeyToAddress(key.PublicKey) }
