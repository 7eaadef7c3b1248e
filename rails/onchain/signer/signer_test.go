package signer_test

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/uuid"

	"github.com/causeway-pay/causeway/rails/onchain/signer"
)

const (
	token       = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
	beneficiary = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
	thief       = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
)

func key(n byte) *ecdsa.PrivateKey {
	k, err := crypto.ToECDSA(common.LeftPadBytes([]byte{n}, 32))
	if err != nil {
		panic(err)
	}
	return k
}

func addressOf(k *ecdsa.PrivateKey) string { return crypto.PubkeyToAddress(k.PublicKey).Hex() }

func rules() signer.Rules {
	return signer.Rules{
		Chains: []uint64{1337}, GasMax: 200_000, FeeMax: "1000",
		Assets:    []signer.Limit{{Max: "1000", Daily: "2500"}, {Token: strings.ToLower(token), Max: "500", Daily: "5000", Approve: "100"}},
		Approvers: []string{addressOf(key(7))},
	}
}

func open(t *testing.T, path string, r signer.Rules, now func() time.Time) *signer.Signer {
	t.Helper()
	s, err := signer.New(t.Context(), key(1), nil, r, path, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func coins(payout string, nonce uint64, value string) signer.Order {
	return signer.Order{Payout: payout, Chain: 1337, Nonce: nonce, To: beneficiary, Value: value, Gas: 21_000, Tip: "10", Cap: "100"}
}

func tokens(payout string, nonce uint64, to string, units int64) signer.Order {
	data := crypto.Keccak256([]byte("transfer(address,uint256)"))[:4]
	data = append(data, common.LeftPadBytes(common.HexToAddress(to).Bytes(), 32)...)
	data = append(data, common.LeftPadBytes(big.NewInt(units).Bytes(), 32)...)
	o := coins(payout, nonce, "0")
	o.To, o.Data, o.Gas = token, data, 60_000
	return o
}

func (a attack) on(s *signer.Signer, t *testing.T) {
	t.Helper()
	_, err := s.Sign(t.Context(), a.order)
	if refused := errors.Is(err, signer.ErrRefused); refused != a.refused || (err != nil && !refused) {
		t.Errorf("%s: %v, want refused: %t", a.name, err, a.refused)
	}
}

type attack struct {
	name    string
	order   signer.Order
	refused bool
}

func changed(o signer.Order, change func(*signer.Order)) signer.Order {
	change(&o)
	return o
}

func TestItSignsWhatWasAskedFor(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "books.db"), rules(), time.Now)
	answer, err := s.Sign(t.Context(), coins("po_1", 4, "700"))
	if err != nil {
		t.Fatal(err)
	}
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(answer.Raw); err != nil {
		t.Fatal(err)
	}
	from, err := types.Sender(types.LatestSignerForChainID(big.NewInt(1337)), tx)
	if err != nil || from.Hex() != addressOf(key(1)) || tx.Nonce() != 4 || tx.To().Hex() != beneficiary || tx.Value().String() != "700" ||
		tx.GasTipCap().String() != "10" || tx.GasFeeCap().String() != "100" || tx.Hash().Hex() != answer.Hash {
		t.Errorf("%s signed %+v (%v)", from, tx, err)
	}
	if again, err := s.Sign(t.Context(), coins("po_1", 4, "700")); err != nil || again.Hash != answer.Hash {
		t.Errorf("asked again it signs something else: %v", err)
	}
}

func TestAttacksOnOnePayout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.db")
	first := coins("po_1", 4, "700")
	for restart := range 2 { // the books outlive the process
		s := open(t, path, rules(), time.Now)
		for _, a := range []attack{
			{"itself", first, false},
			{"a second nonce", changed(first, func(o *signer.Order) { o.Nonce = 5 }), true},
			{"another destination", changed(first, func(o *signer.Order) { o.To = thief }), true},
			{"another amount", changed(first, func(o *signer.Order) { o.Value = "701" }), true},
			{"as a token", tokens("po_1", 4, beneficiary, 100), true},
			{"a second nonce for a cancel", changed(first, func(o *signer.Order) { o.Nonce, o.To, o.Value = 5, addressOf(key(1)), "0" }), true},
			{"lower fees", changed(first, func(o *signer.Order) { o.Tip = "9" }), true},
		} {
			a.on(s, t)
		}
		if restart == 1 {
			attack{"higher fees", changed(first, func(o *signer.Order) { o.Tip, o.Cap = "12", "120" }), false}.on(s, t)
			_, err := s.Sign(t.Context(), first)
			if low := (*signer.LowFees)(nil); !errors.As(err, &low) || low.Tip != "12" || low.Cap != "120" {
				t.Errorf("it does not say what was signed: %v", err)
			}
			attack{"a cancel", changed(first, func(o *signer.Order) { o.To, o.Value, o.Tip, o.Cap = addressOf(key(1)), "0", "15", "150" }), false}.on(s, t)
			attack{"payment after the cancel", changed(first, func(o *signer.Order) { o.Tip, o.Cap = "20", "200" }), true}.on(s, t)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAttacksOnTheRules(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "books.db"), rules(), time.Now)
	for _, a := range []attack{
		{"no payout", coins("", 0, "1"), true},
		{"another chain", changed(coins("po_a", 0, "1"), func(o *signer.Order) { o.Chain = 1 }), true},
		{"more than one payout may have", coins("po_b", 0, "1001"), true},
		{"as much as one may have", coins("po_c", 0, "1000"), false},
		{"an unknown token", changed(tokens("po_d", 1, beneficiary, 1), func(o *signer.Order) { o.To = thief }), true},
		{"a call of something else", changed(tokens("po_e", 1, beneficiary, 1), func(o *signer.Order) { o.Data[0] ^= 1 }), true},
		{"coins beside tokens", changed(tokens("po_f", 1, beneficiary, 1), func(o *signer.Order) { o.Value = "1" }), true},
		{"more data", changed(tokens("po_g", 1, beneficiary, 1), func(o *signer.Order) { o.Data = append(o.Data, 0) }), true},
		{"dirt before the address", changed(tokens("po_h", 1, beneficiary, 1), func(o *signer.Order) { o.Data[4] = 1 }), true},
		{"data to a person", changed(coins("po_i", 1, "1"), func(o *signer.Order) { o.Data = []byte{1} }), true},
		{"too much gas", changed(coins("po_j", 1, "1"), func(o *signer.Order) { o.Gas = 200_001 }), true},
		{"gas that is too dear", changed(coins("po_k", 1, "1"), func(o *signer.Order) { o.Cap = "1001" }), true},
		{"a negative value", coins("po_l", 1, "-1"), true},
		{"no number", coins("po_m", 1, "0x10"), true},
		{"a tip above the cap", changed(coins("po_n", 1, "1"), func(o *signer.Order) { o.Tip = "101" }), true},
		{"a nonce that is filled", changed(coins("fill:1", 1, "0"), func(o *signer.Order) { o.To = addressOf(key(1)) }), false},
	} {
		a.on(s, t)
	}
}

func TestADayHasItsLimit(t *testing.T) {
	now := time.Date(2026, 11, 2, 23, 59, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "books.db")
	s := open(t, path, rules(), func() time.Time { return now })
	attack{"the first", coins("po_1", 1, "1000"), false}.on(s, t)
	attack{"the second", coins("po_2", 2, "1000"), false}.on(s, t)
	attack{"the second again", coins("po_2", 2, "1000"), false}.on(s, t)
	attack{"the third", coins("po_3", 3, "501"), true}.on(s, t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, rules(), func() time.Time { return now })
	attack{"the third after a restart", coins("po_3", 3, "501"), true}.on(s, t)
	attack{"what is left", coins("po_4", 3, "500"), false}.on(s, t)
	attack{"another asset", tokens("po_5", 4, beneficiary, 100), false}.on(s, t)
	now = now.Add(time.Minute)
	attack{"the next day", coins("po_3", 5, "501"), false}.on(s, t)
}

func TestADestinationMustBeOnTheList(t *testing.T) {
	r := rules()
	r.Destinations = []string{strings.ToLower(beneficiary)}
	s := open(t, filepath.Join(t.TempDir(), "books.db"), r, time.Now)
	attack{"coins to one that is", coins("po_1", 1, "1"), false}.on(s, t)
	attack{"tokens to one that is", tokens("po_2", 2, beneficiary, 1), false}.on(s, t)
	attack{"coins to one that is not", changed(coins("po_3", 3, "1"), func(o *signer.Order) { o.To = thief }), true}.on(s, t)
	attack{"tokens to one that is not", tokens("po_4", 3, thief, 1), true}.on(s, t)
}

func TestAboveALimitSomebodyElseApproves(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "books.db"), rules(), time.Now)
	sign := func(by byte, payout string, chain uint64, of, to string, units int64) [][]byte {
		text := signer.Approval(payout, chain, of, to, big.NewInt(units))
		signature, err := crypto.Sign(accounts.TextHash([]byte(text)), key(by))
		if err != nil {
			t.Fatal(err)
		}
		signature[64] += 27 // as wallets write it
		return [][]byte{signature}
	}
	order := tokens("po_1", 1, beneficiary, 300)
	for name, approvals := range map[string][][]byte{
		"nobody":              nil,
		"nonsense":            {[]byte("approved")},
		"a stranger":          sign(8, "po_1", 1337, token, beneficiary, 300),
		"another payout":      sign(7, "po_2", 1337, token, beneficiary, 300),
		"another chain":       sign(7, "po_1", 1, token, beneficiary, 300),
		"another token":       sign(7, "po_1", 1337, "", beneficiary, 300),
		"another destination": sign(7, "po_1", 1337, token, thief, 300),
		"another amount":      sign(7, "po_1", 1337, token, beneficiary, 301),
	} {
		attack{name, changed(order, func(o *signer.Order) { o.Approvals = approvals }), true}.on(s, t)
	}
	attack{"the approver", changed(order, func(o *signer.Order) { o.Approvals = sign(7, "po_1", 1337, token, beneficiary, 300) }), false}.on(s, t)
	attack{"too little to ask", tokens("po_3", 2, beneficiary, 100), false}.on(s, t)
}

func TestAnotherKeysBooksAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.db")
	if err := open(t, path, rules(), time.Now).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := signer.New(t.Context(), key(2), nil, rules(), path, time.Now); err == nil {
		t.Error("they were taken")
	}
}

func TestBadRulesAreNamed(t *testing.T) {
	_, err := signer.New(t.Context(), key(1), nil, signer.Rules{Destinations: []string{"x"}, Assets: []signer.Limit{{Max: "1e9", Approve: "5"}}}, filepath.Join(t.TempDir(), "b"), time.Now)
	for _, word := range []string{"chains", "gas_max", "fee_max", "destinations[0]", "max and daily", "approve"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s is not named: %v", word, err)
		}
	}
}

func TestTheSocketIsPrivateAndTellsRefusals(t *testing.T) {
	dir, err := os.MkdirTemp("", "signer") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "s")
	s := open(t, filepath.Join(dir, "books.db"), rules(), time.Now)
	listener, err := signer.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	c := signer.NewClient(socket)
	if address, err := c.Address(t.Context()); err != nil || address != addressOf(key(1)) {
		t.Errorf("address %s (%v)", address, err)
	}
	if _, err := signer.Listen(socket); err == nil {
		t.Error("a second signer took the socket")
	}
	if answer, err := c.Sign(t.Context(), coins("po_1", 1, "5")); err != nil || answer.Hash == "" {
		t.Errorf("%+v (%v)", answer, err)
	}
	if _, err := c.Sign(t.Context(), coins("po_1", 2, "5")); !errors.Is(err, signer.ErrRefused) {
		t.Errorf("a second nonce: %v", err)
	}
	low := (*signer.LowFees)(nil)
	if _, err := c.Sign(t.Context(), changed(coins("po_1", 1, "5"), func(o *signer.Order) { o.Tip = "1" })); !errors.As(err, &low) || low.Tip != "10" {
		t.Errorf("lower fees: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := c.Sign(t.Context(), coins("po_1", 1, "5")); err == nil || errors.Is(err, signer.ErrRefused) {
		t.Errorf("nobody is there: %v", err)
	}
}

func TestKeysAreReadAndNotRepeated(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sealed, err := keystore.EncryptKey(&keystore.Key{Id: uuid.New(), Address: crypto.PubkeyToAddress(key(3).PublicKey), PrivateKey: key(3)}, "hunter2", keystore.LightScryptN, keystore.LightScryptP)
	if err != nil || !json.Valid(sealed) {
		t.Fatal(err)
	}
	file := write("key.json", sealed)
	if k, err := signer.LoadKeystore(file, write("password", []byte("hunter2\n"))); err != nil || addressOf(k) != addressOf(key(3)) {
		t.Errorf("keystore: %v", err)
	}
	if _, err := signer.LoadKeystore(file, write("wrong", []byte("hunter3"))); err == nil || strings.Contains(err.Error(), "hunter") {
		t.Errorf("wrong password: %v", err)
	}
	raw := common.Bytes2Hex(crypto.FromECDSA(key(3)))
	if k, err := signer.LoadRaw(write("raw", []byte("0x"+raw+"\n"))); err != nil || addressOf(k) != addressOf(key(3)) {
		t.Errorf("raw: %v", err)
	}
	if _, err := signer.LoadRaw(write("bad", []byte(raw+"00"))); err == nil || strings.Contains(err.Error(), raw) {
		t.Errorf("bad key: %v", err)
	}
}
