package chain_test

import (
	"crypto/ecdsa"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"github.com/causeway-pay/causeway/cmd/sandbox/chain"
	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

// authorization is a signed EIP-3009 message, as go-ethereum's own EIP-712 encoder has it.
func (p *peer) authorization(key *ecdsa.PrivateKey, primary string, types []apitypes.Type, message apitypes.TypedDataMessage) []byte {
	p.t.Helper()
	data := apitypes.TypedData{
		Types: apitypes.Types{
			"EIP712Domain": {{Name: "name", Type: "string"}, {Name: "version", Type: "string"}, {Name: "chainId", Type: "uint256"}, {Name: "verifyingContract", Type: "address"}},
			primary:        types,
		},
		PrimaryType: primary,
		Domain: apitypes.TypedDataDomain{
			Name: "USD Coin", Version: "2", ChainId: math.NewHexOrDecimal256(1337),
			VerifyingContract: p.chain.Tokens()["USDC"].Contract.Hex(),
		},
		Message: message,
	}
	digest, _, err := apitypes.TypedDataAndHash(data)
	if err != nil {
		p.t.Fatal(err)
	}
	signature, err := crypto.Sign(digest, key)
	if err != nil {
		p.t.Fatal(err)
	}
	return signature
}

// signed appends v, r and s to the arguments of a call.
func signed(signature []byte, arguments ...any) []any {
	return append(arguments, big.NewInt(int64(signature[64])+27), new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:64]))
}

func TestAuthorizationMovesTokensOnce(t *testing.T) {
	p := start(t, nil)
	key, err := wallet.Account(4)
	if err != nil {
		t.Fatal(err)
	}
	payer, nonce, value, until := wallet.Address(key), new(big.Int).SetBytes(crypto.Keccak256([]byte("random"))), big.NewInt(2_500_000), big.NewInt(1<<40)
	message := apitypes.TypedDataMessage{
		"from": payer.Hex(), "to": shop.Hex(), "value": value.String(), "validAfter": "0", "validBefore": until.String(),
		"nonce": common.BigToHash(nonce).Hex(),
	}
	signature := p.authorization(key, "TransferWithAuthorization", []apitypes.Type{
		{Name: "from", Type: "address"},
		{Name: "to", Type: "address"},
		{Name: "value", Type: "uint256"},
		{Name: "validAfter", Type: "uint256"},
		{Name: "validBefore", Type: "uint256"},
		{Name: "nonce", Type: "bytes32"},
	}, message)
	call := wallet.Call("transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)",
		signed(signature, payer, shop, value, new(big.Int), until, nonce)...)
	// Somebody else sends it: the payer needs no ether.
	if receipt := p.send(5, "USDC", call); receipt.Status != types.ReceiptStatusSuccessful {
		t.Fatalf("receipt %+v", receipt)
	}
	if got := p.balance("USDC", shop); got.Cmp(value) != 0 {
		t.Errorf("the shop has %s", got)
	}
	if used := p.view("USDC", wallet.Call("authorizationState(address,bytes32)", payer, nonce)); used[31] != 1 {
		t.Error("the authorization is not used up")
	}
	if got := p.refusal(5, "USDC", call); !strings.Contains(got, "revert") {
		t.Errorf("a second time: %s", got)
	}
}

func TestCanceledAuthorizationIsVoid(t *testing.T) {
	p := start(t, nil)
	key, err := wallet.Account(4)
	if err != nil {
		t.Fatal(err)
	}
	payer, nonce := wallet.Address(key), big.NewInt(77)
	signature := p.authorization(key, "CancelAuthorization", []apitypes.Type{{Name: "authorizer", Type: "address"}, {Name: "nonce", Type: "bytes32"}},
		apitypes.TypedDataMessage{"authorizer": payer.Hex(), "nonce": common.BigToHash(nonce).Hex()})
	p.send(5, "USDC", wallet.Call("cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)", signed(signature, payer, nonce)...))
	if used := p.view("USDC", wallet.Call("authorizationState(address,bytes32)", payer, nonce)); used[31] != 1 {
		t.Error("the authorization is still open")
	}
}

func TestTokensHaveTheirHabits(t *testing.T) {
	p := start(t, nil)
	transfer := wallet.Call("transfer(address,uint256)", shop, big.NewInt(100))
	payer := wallet.Accounts()[0]
	for name, length := range map[string]int{"USDC": 32, "USDT": 0, "TAXED": 32, "GUARD": 32, "FAKE": 32} {
		var answer string
		message := map[string]any{"from": payer, "to": p.chain.Tokens()[name].Contract, "data": "0x" + common.Bytes2Hex(transfer)}
		if err := p.rpc.CallContext(p.ctx(), &answer, "eth_call", message, "latest"); err != nil || len(answer) != 2+2*length {
			t.Errorf("%s answers a transfer with %q, %v", name, answer, err)
		}
	}
	symbol := wallet.Call("symbol()")
	if real, fake := p.view("USDC", symbol), p.view("FAKE", symbol); string(real) != string(fake) {
		t.Errorf("the impostor calls itself %q", fake)
	}
	on, off := true, false
	for _, row := range []struct {
		switches chain.Switches
		refused  bool
	}{
		{chain.Switches{Block: []common.Address{shop}}, true},
		{chain.Switches{Unblock: []common.Address{shop}, Block: []common.Address{payer}}, true},
		{chain.Switches{Unblock: []common.Address{payer}}, false},
		{chain.Switches{Pause: &on}, true},
		{chain.Switches{Pause: &off}, false},
	} {
		if _, err := p.chain.Turn(p.ctx(), row.switches); err != nil {
			t.Fatal(err)
		}
		if got := p.refusal(0, "GUARD", transfer); strings.Contains(got, "revert") != row.refused {
			t.Errorf("%+v: %q", row.switches, got)
		}
	}
}

// refusal returns why a call of a token by a development account cannot work, or nothing.
func (p *peer) refusal(account int, token string, data []byte) string {
	p.t.Helper()
	message := map[string]any{"from": wallet.Accounts()[account], "to": p.chain.Tokens()[token].Contract, "data": "0x" + common.Bytes2Hex(data)}
	if err := p.rpc.CallContext(p.ctx(), nil, "eth_call", message, "latest"); err != nil {
		return err.Error()
	}
	return ""
}
