package signer_test

import (
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/causeway-pay/causeway/rails/onchain/signer"
)

// xprv is that of the well-known test mnemonic; deposit is its first address.
const (
	xprv    = "xprv9zz7v8QuW9DB5aPK3A4sGm1Nd3gNbg3NznE3Gu3TUPDFCEvZwALBrjY5d5h8eyKywqqFkKXDaxAKsmL4qVMzN3wBGaC2h3WoJT74EVuGwZi"
	deposit = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
)

func sweepRules() signer.Rules {
	r := rules()
	r.Sweeps = signer.Sweeps{GasDaily: "30000000", Tokens: []signer.Domain{{Token: token, Name: "USD Coin", Version: "2"}}}
	return r
}

func openSweeping(t *testing.T, path string, r signer.Rules) *signer.Signer {
	t.Helper()
	d, err := signer.NewDeposits(xprv)
	if err != nil {
		t.Fatal(err)
	}
	s, err := signer.New(t.Context(), key(1), d, r, path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// coinSweep moves the coin of the first deposit to the wallet.
func coinSweep(name string, nonce uint64, value string) signer.Order {
	return signer.Order{Payout: name, From: 1, Chain: 1337, Nonce: nonce, To: addressOf(key(1)), Value: value, Gas: 21_000, Tip: "10", Cap: "100"}
}

// tokenSweep moves a token of the first deposit to the wallet.
func tokenSweep(t *testing.T, s *signer.Signer, name string, nonce uint64, units string) signer.Order {
	t.Helper()
	data, err := s.Authorize(t.Context(), signer.Authorization{Sweep: name, From: 1, Chain: 1337, Token: strings.ToLower(token), Amount: units})
	if err != nil {
		t.Fatal(err)
	}
	return signer.Order{Payout: name, From: 1, Chain: 1337, Nonce: nonce, To: token, Value: "0", Data: data, Gas: 100_000, Tip: "10", Cap: "100"}
}

func sender(t *testing.T, raw []byte) string {
	t.Helper()
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		t.Fatal(err)
	}
	from, err := types.Sender(types.LatestSignerForChainID(big.NewInt(1337)), tx)
	if err != nil {
		t.Fatal(err)
	}
	return from.Hex()
}

func TestADepositMovesToTheWallet(t *testing.T) {
	s := openSweeping(t, filepath.Join(t.TempDir(), "books.db"), sweepRules())
	coin, err := s.Sign(t.Context(), coinSweep("swp_1", 0, "90000000"))
	if err != nil || sender(t, coin.Raw) != deposit {
		t.Errorf("the coin: %v", err)
	}
	order := tokenSweep(t, s, "swp_2", 7, "500")
	moved, err := s.Sign(t.Context(), order)
	if err != nil || sender(t, moved.Raw) != addressOf(key(1)) {
		t.Errorf("the token: %v", err)
	}
	if again := tokenSweep(t, s, "swp_2", 7, "500"); string(again.Data) != string(order.Data) {
		t.Error("authorized again it is something else")
	}
}

// Whoever has taken over the gateway can bring deposits to the wallet, and do nothing else with them.
func TestAttacksOnADeposit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.db")
	thiefWord := common.LeftPadBytes(common.HexToAddress(thief).Bytes(), 32)
	for range 2 { // the books outlive the process
		s := openSweeping(t, path, sweepRules())
		coin, move := coinSweep("swp_1", 0, "90000000"), tokenSweep(t, s, "swp_2", 7, "500")
		word := func(n int, with []byte) func(*signer.Order) {
			return func(o *signer.Order) {
				o.Data = append([]byte{}, o.Data...)
				copy(o.Data[4+32*n:], with)
			}
		}
		for _, a := range []attack{
			{"the coin", coin, false},
			{"the token", move, false},
			{"the coin elsewhere", changed(coin, func(o *signer.Order) { o.Payout, o.To = "swp_3", thief }), true},
			{"the coin with data", changed(coin, func(o *signer.Order) { o.Payout, o.Data = "swp_3", []byte{1} }), true},
			{"a transfer of the token", changed(tokens("swp_3", 0, thief, 100), func(o *signer.Order) { o.From = 1 }), true},
			{"a transfer of the token to the wallet", changed(tokens("swp_3", 0, addressOf(key(1)), 100), func(o *signer.Order) { o.From = 1 }), true},
			{"an authorization for a thief", changed(move, word(1, thiefWord)), true},
			{"an authorization of another address", changed(move, word(0, thiefWord)), true},
			{"another amount", changed(move, word(2, common.LeftPadBytes([]byte{9}, 32))), true},
			{"another authorization nonce", changed(move, word(5, thiefWord)), true},
			{"a signature of somebody else", changed(move, word(7, thiefWord)), true},
			{"another contract", changed(move, func(o *signer.Order) { o.To = thief }), true},
			{"coins beside the token", changed(move, func(o *signer.Order) { o.Value = "1" }), true},
			{"its authorization as a payout", changed(move, func(o *signer.Order) { o.Payout, o.From = "po_1", 0 }), true},
			{"a second nonce for the coin", changed(coin, func(o *signer.Order) { o.Nonce = 1 }), true},
			{"a second nonce for the token", changed(move, func(o *signer.Order) { o.Nonce = 8 }), true},
			{"another deposit under the name", changed(coin, func(o *signer.Order) { o.From = 2 }), true},
			{"another amount under the name", changed(coin, func(o *signer.Order) { o.Value = "90000001" }), true},
			{"the name of the token's for the coin", changed(coin, func(o *signer.Order) { o.Payout = "swp_2" }), true},
			{"no deposit of that number", changed(coin, func(o *signer.Order) { o.Payout, o.From = "swp_3", -1 }), true},
			{"a hardened number", changed(coin, func(o *signer.Order) { o.Payout, o.From = "swp_3", 1<<31 }), true},
			{"another chain", changed(coin, func(o *signer.Order) { o.Payout, o.Chain = "swp_3", 1 }), true},
			{"more gas than it moves", changed(coin, func(o *signer.Order) { o.Payout, o.Value = "swp_3", "2000000" }), true},
			{"gas that is too dear", changed(coin, func(o *signer.Order) { o.Payout, o.Cap = "swp_3", "1001" }), true},
			{"too much gas", changed(coin, func(o *signer.Order) { o.Payout, o.Gas = "swp_3", 200_001 }), true},
			{"lower fees", changed(coin, func(o *signer.Order) { o.Tip = "9" }), true},
			{"no name", changed(coin, func(o *signer.Order) { o.Payout = "" }), true},
		} {
			a.on(s, t)
		}
		for name, a := range map[string]signer.Authorization{
			"an unknown token":       {Sweep: "swp_4", From: 1, Chain: 1337, Token: thief, Amount: "1"},
			"another chain":          {Sweep: "swp_4", From: 1, Chain: 1, Token: token, Amount: "1"},
			"another amount":         {Sweep: "swp_2", From: 1, Chain: 1337, Token: token, Amount: "501"},
			"another deposit":        {Sweep: "swp_2", From: 2, Chain: 1337, Token: token, Amount: "500"},
			"nothing":                {Sweep: "swp_4", From: 1, Chain: 1337, Token: token, Amount: "0"},
			"no name":                {From: 1, Chain: 1337, Token: token, Amount: "1"},
			"the coin's sweep":       {Sweep: "swp_1", From: 1, Chain: 1337, Token: token, Amount: "90000000"},
			"an address that is not": {Sweep: "swp_4", From: 1, Chain: 1337, Token: "0x12", Amount: "1"},
		} {
			if _, err := s.Authorize(t.Context(), a); !errors.Is(err, signer.ErrRefused) {
				t.Errorf("authorization of %s: %v", name, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheGasOfSweepsHasItsLimit(t *testing.T) {
	s := openSweeping(t, filepath.Join(t.TempDir(), "books.db"), sweepRules())
	for n, a := range []attack{
		{"the first", tokenSweep(t, s, "swp_1", 1, "5"), false},
		{"the second", tokenSweep(t, s, "swp_2", 2, "5"), false},
		{"the third", tokenSweep(t, s, "swp_3", 3, "5"), false},
		{"the fourth", tokenSweep(t, s, "swp_4", 4, "5"), true},
		{"the first again", tokenSweep(t, s, "swp_1", 1, "5"), false},
		{"the first, dearer", changed(tokenSweep(t, s, "swp_1", 1, "5"), func(o *signer.Order) { o.Tip, o.Cap = "20", "200" }), true},
	} {
		if a.on(s, t); t.Failed() {
			t.Fatalf("step %d", n)
		}
	}
	r := sweepRules()
	r.Sweeps = signer.Sweeps{}
	none := openSweeping(t, filepath.Join(t.TempDir(), "none.db"), r)
	attack{"a signer whose rules sweep nothing", coinSweep("swp_1", 0, "90000000"), true}.on(none, t)
}

func TestWithoutTheKeyNothingIsSwept(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "books.db"), sweepRules(), time.Now)
	attack{"the coin", coinSweep("swp_1", 0, "90000000"), true}.on(s, t)
	if _, err := s.Authorize(t.Context(), signer.Authorization{Sweep: "swp_2", From: 1, Chain: 1337, Token: token, Amount: "5"}); !errors.Is(err, signer.ErrRefused) {
		t.Errorf("the token: %v", err)
	}
}

func TestTheKeyOfTheDepositsIsSealedAndNotRepeated(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sealed, err := signer.SealDeposits(xprv+"\n", "hunter2")
	if err != nil || strings.Contains(string(sealed), "xprv") {
		t.Fatal(err)
	}
	file := write("deposits.json", sealed)
	d, err := signer.LoadDeposits(file, write("password", []byte("hunter2\n")))
	if err != nil {
		t.Fatal(err)
	}
	xpub, err := d.XPub()
	if err != nil || !strings.HasPrefix(xpub, "xpub6DyUKdwoLWmUJ4") {
		t.Errorf("%s %v", xpub, err)
	}
	if _, err := signer.LoadDeposits(file, write("wrong", []byte("hunter3"))); err == nil || strings.Contains(err.Error(), "hunter") {
		t.Errorf("wrong password: %v", err)
	}
	if _, err := signer.LoadRawDeposits(write("raw", []byte(xprv+"\n"))); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]string{"a public key": xpub, "damage": xprv[:len(xprv)-1]} {
		if _, err := signer.NewDeposits(bad); err == nil || strings.Contains(err.Error(), bad[:20]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
