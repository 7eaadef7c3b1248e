package onchain_test

import (
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/tyler-smith/go-bip39"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/store"
)

func offline(t *testing.T, change func(*onchain.Config)) (*onchain.Rail, error) {
	t.Helper()
	c := onchain.Config{
		Name: "chain.dev", Network: network, RPC: []string{"http://127.0.0.1:1"}, XPub: vectors.XPub, Store: (*store.DB)(nil),
		Tokens: []onchain.Token{{Code: "USDC", Contract: "0x5FbDB2315678afecb367f032d93F642f64180aa3", Decimals: 6}},
	}
	if change != nil {
		change(&c)
	}
	return onchain.New(c)
}

func TestAddressesAreThoseOfEthers(t *testing.T) {
	rail, err := offline(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range vectors.Addresses {
		p := collect(int64(i+1), money.Must("1.5", eth.String()))
		a, _ := p.Last()
		a.Number = int64(i + 1)
		instruction, err := rail.Instruct(p, a)
		if err != nil || instruction.PayTo != want {
			t.Errorf("address %d is %s (%v), want %s", i+1, instruction.PayTo, err, want)
		}
		if again, _ := rail.Instruct(p, a); again.PayTo != instruction.PayTo {
			t.Errorf("address %d is another when it is asked for again", i+1)
		}
	}
	if len(vectors.Addresses) != 100 {
		t.Errorf("%d addresses were compared", len(vectors.Addresses))
	}
	for _, number := range []int64{-1, 0, 1 << 31, 1 << 40} {
		p := collect(1, money.Must("1", eth.String()))
		a, _ := p.Last()
		a.Number = number
		if i, err := rail.Instruct(p, a); err == nil {
			t.Errorf("number %d has the address %s", number, i.PayTo)
		}
	}
}

func TestTheExtendedKeyIsThatOfTheMnemonic(t *testing.T) {
	account, err := hdkeychain.NewMaster(bip39.NewSeed(vectors.Mnemonic, ""), &chaincfg.MainNetParams)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []uint32{hdkeychain.HardenedKeyStart + 44, hdkeychain.HardenedKeyStart + 60, hdkeychain.HardenedKeyStart, 0} {
		if account, err = account.Derive(step); err != nil {
			t.Fatal(err)
		}
	}
	public, err := account.Neuter()
	if err != nil || public.String() != vectors.XPub {
		t.Errorf("extended key %s (%v)", public, err)
	}
	if _, err := offline(t, func(c *onchain.Config) { c.XPub = account.String() }); err == nil || strings.Contains(err.Error(), account.String()) {
		t.Errorf("a private key was taken, or repeated: %v", err)
	}
}

func TestEveryBadFieldIsNamed(t *testing.T) {
	_, err := offline(t, func(c *onchain.Config) {
		c.Name, c.Network, c.XPub, c.Signer = "", "eip155:01", "", ""
		c.RPC = []string{"ftp://user:hunter2@host"}
		c.Tokens = append(c.Tokens, onchain.Token{Code: "usdc", Contract: "0x5fbDB2315678afecb367f032d93F642f64180aa3", Decimals: 77})
		c.FeeMax = "1.5"
	})
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, field := range []string{"name", "network", "rpc[0]", "xpub", "tokens[1]: contract", "decimals", "is no code", "fee_max"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named: %v", field, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a password is repeated: %v", err)
	}
}

func TestBeneficiariesAreChecked(t *testing.T) {
	rail, err := offline(t, func(c *onchain.Config) { c.Signer = "unix:nowhere" })
	if err != nil {
		t.Fatal(err)
	}
	for address, fine := range map[string]bool{
		"0x70997970C51812dc3A010C7d01b50e0d17dc79C8":   true,
		"0x70997970c51812dc3a010c7d01b50e0d17dc79c8":   true,  // without a checksum
		"0x70997970C51812dc3A010C7d01b50e0d17dc79c8":   false, // one letter in the wrong case
		"0x0000000000000000000000000000000000000000":   false,
		"0x5FbDB2315678afecb367f032d93F642f64180aa3":   false, // the token
		"0x70997970C51812dc3A010C7d01b50e0d17dc79":     false,
		"70997970C51812dc3A010C7d01b50e0d17dc79C8":     false,
		"0x70997970C51812dc3A010C7d01b50e0d17dc79C8 ":  false,
		"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\n": false,
	} {
		p := payout("1", money.Must("1", eth.String()), address)
		if err := rail.Accepts(p); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
		p.Order.Beneficiary.Network = "eip155:1"
		if err := rail.Accepts(p); err == nil {
			t.Errorf("%q on another network is taken", address)
		}
	}
}

func payout(id string, amount money.Amount, to string) payment.Payment {
	order := payment.Order{Beneficiary: &payment.Beneficiary{ID: "ben_1", Address: to, Network: network}}
	p := payment.New(payment.ID("po_"+id), "m_1", payment.Test, order, payment.Method{Type: payment.MethodCrypto}, quote(fx.Send, amount), began, began.Add(1e6*3600e9))
	return p.Begin(payment.Attempt{
		ID: "att_" + id, Channel: "chain.dev", Capabilities: payment.Capabilities{Payout: true, Fence: true, Inquiry: true},
		CreatedAt: began, Deadline: began.Add(1e9),
	}, payment.Decision{Chosen: "chain.dev", At: began})
}
