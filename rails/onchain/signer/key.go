package signer

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/crypto"
)

// errKey is returned for a key that cannot be read. It repeats nothing of it.
var errKey = errors.New("key cannot be read")

// LoadKeystore opens a keystore file (version 3) with the password in another file.
func LoadKeystore(file, passwordFile string) (*ecdsa.PrivateKey, error) {
	sealed, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	password, err := os.ReadFile(passwordFile)
	if err != nil {
		return nil, err
	}
	key, err := keystore.DecryptKey(sealed, strings.TrimRight(string(password), "\r\n"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: wrong password, or no keystore", file, errKey)
	}
	return key.PrivateKey, nil
}

// LoadRaw reads a key in hex. It is for tests: nothing protects such a file.
func LoadRaw(file string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := crypto.HexToECDSA(strings.TrimPrefix(strings.TrimSpace(string(text)), "0x"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, errKey)
	}
	return key, nil
}
