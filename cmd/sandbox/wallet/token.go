package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/causeway-pay/causeway/contracts"
)

// each is how many whole tokens of each kind every development account starts with.
const each = 1_000_000

// ErrToken is returned when something is neither the name of a token nor an address.
var ErrToken = errors.New("no such token")

// Token is a token of a development chain.
type Token struct {
	Name     string // in the sandbox; an impostor has another one than its symbol
	Contract common.Address
	Decimals int
	compiled string // name of its contract
}

// MarshalJSON writes the address with its checksum, as people copy it.
func (t Token) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Contract string `json:"contract"`
		Decimals int    `json:"decimals"`
	}{t.Contract.Hex(), t.Decimals})
}

// deployer creates the tokens and does nothing else, so that their addresses follow from its nonces alone.
var deployer = Named("deployer")

// tokens are in the order of their creation. A new one goes to the end: the addresses of the others stay.
var tokens = placed([]Token{
	{Name: "USDC", compiled: "USDC", Decimals: 6},     // transfers by EIP-3009 authorization
	{Name: "USDT", compiled: "USDT", Decimals: 6},     // returns nothing
	{Name: "TAXED", compiled: "Taxed", Decimals: 18},  // 1 % less arrives
	{Name: "GUARD", compiled: "Guarded", Decimals: 6}, // can be paused, can block accounts
	{Name: "FAKE", compiled: "Impostor", Decimals: 6}, // says that it is USDC
})

func placed(list []Token) []Token {
	for nonce := range list {
		list[nonce].Contract = crypto.CreateAddress(Address(deployer), uint64(nonce))
	}
	return list
}

// Deployer returns the account that creates the tokens.
func Deployer() common.Address { return Address(deployer) }

// TokenNamed returns a token by its name in the sandbox, or ErrToken.
func TokenNamed(name string) (Token, error) {
	var names []string
	for _, t := range tokens {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Token{}, fmt.Errorf("%w: %q is not one of %s", ErrToken, name, strings.Join(names, ", "))
}

// NameOf returns the name of the token at an address, or the address itself when it is none of ours.
func NameOf(contract common.Address) string {
	for _, t := range tokens {
		if t.Contract == contract {
			return t.Name
		}
	}
	return contract.Hex()
}

// creation returns the data of the transaction that creates t.
func (t Token) creation() ([]byte, error) {
	artifact, err := contracts.Read(t.compiled)
	if err != nil {
		return nil, err
	}
	parsed, err := abi.JSON(bytes.NewReader(artifact.ABI))
	if err != nil {
		return nil, fmt.Errorf("contract %s: %w", t.compiled, err)
	}
	arguments, err := parsed.Pack("", Accounts(), t.whole(each))
	if err != nil {
		return nil, fmt.Errorf("contract %s: %w", t.compiled, err)
	}
	return append(common.FromHex(artifact.Bytecode), arguments...), nil
}

// whole returns n whole tokens in the smallest unit.
func (t Token) whole(n int64) *big.Int {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Decimals)), nil)
	return unit.Mul(unit, big.NewInt(n))
}

// Call packs a call of a function with this signature, such as "transfer(address,uint256)". Arguments are addresses,
// whole numbers and booleans, which all take 32 bytes.
func Call(signature string, arguments ...any) []byte {
	data := crypto.Keccak256([]byte(signature))[:4]
	for _, argument := range arguments {
		switch a := argument.(type) {
		case common.Address:
			data = append(data, common.LeftPadBytes(a.Bytes(), 32)...)
		case *big.Int:
			data = append(data, common.LeftPadBytes(a.Bytes(), 32)...)
		case bool:
			word := make([]byte, 32)
			if a {
				word[31] = 1
			}
			data = append(data, word...)
		default:
			panic(fmt.Sprintf("cannot pack %T", argument)) // a caller's bug
		}
	}
	return data
}
