package signer

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/crypto"
)

// Deposits is the extended private key whose children are the keys of the addresses that payers pay to (BIP-32). The
// gateway has its public half.
type Deposits struct{ branch *hdkeychain.ExtendedKey }

// errBranch is returned for an extended key that cannot be read, or that is a public one. It repeats nothing of it.
var errBranch = errors.New("extended private key cannot be read")

// NewDeposits reads an extended private key.
func NewDeposits(xprv string) (*Deposits, error) {
	branch, err := hdkeychain.NewKeyFromString(strings.TrimSpace(xprv))
	if err != nil || !branch.IsPrivate() {
		return nil, errBranch
	}
	return &Deposits{branch}, nil
}

// XPub returns the public half, which the gateway is given.
func (d *Deposits) XPub() (string, error) {
	public, err := d.branch.Neuter()
	if err != nil {
		return "", errBranch
	}
	return public.String(), nil
}

// key returns the key of a number.
func (d *Deposits) key(number int64) (*ecdsa.PrivateKey, error) {
	if number <= 0 || number >= hdkeychain.HardenedKeyStart {
		return nil, refuse("deposit %d is out of range", number)
	}
	child, err := d.branch.Derive(uint32(number))
	if err != nil {
		return nil, fmt.Errorf("deposit %d: %w", number, errBranch)
	}
	key, err := child.ECPrivKey()
	if err != nil {
		return nil, fmt.Errorf("deposit %d: %w", number, errBranch)
	}
	return crypto.ToECDSA(key.Serialize())
}

// SealDeposits encrypts an extended private key with a password, as keystore files are (version 3, scrypt).
func SealDeposits(xprv, password string) ([]byte, error) {
	xprv = strings.TrimSpace(xprv)
	if _, err := NewDeposits(xprv); err != nil {
		return nil, err
	}
	if password == "" {
		return nil, errors.New("password is empty")
	}
	sealed, err := keystore.EncryptDataV3([]byte(xprv), []byte(password), keystore.StandardScryptN, keystore.StandardScryptP)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return json.Marshal(sealed)
}

// LoadDeposits opens what SealDeposits wrote, with the password in another file.
func LoadDeposits(file, passwordFile string) (*Deposits, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	password, err := os.ReadFile(passwordFile)
	if err != nil {
		return nil, err
	}
	var sealed keystore.CryptoJSON
	if err := json.Unmarshal(text, &sealed); err != nil {
		return nil, fmt.Errorf("%s: %w", file, errBranch)
	}
	xprv, err := keystore.DecryptDataV3(sealed, strings.TrimRight(string(password), "\r\n"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: wrong password, or not sealed", file, errBranch)
	}
	return NewDeposits(string(xprv))
}

// LoadRawDeposits reads an extended private key as it is. It is for tests: nothing protects such a file.
func LoadRawDeposits(file string) (*Deposits, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d, err := NewDeposits(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}
