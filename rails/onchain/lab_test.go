package onchain_test

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/store"
)

const network = "eip155:1337" // that of every simulated chain

// vectors are what another implementation derives.
var vectors = func() (v struct {
	Mnemonic, Path, XPub, XPrv string
	Addresses                  []string
},
) {
	text, err := os.ReadFile("testdata/addresses.json")
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		panic(err)
	}
	return v
}()

var (
	eth  = money.Asset{Code: "ETH", Network: network, Exponent: 18, Kind: money.Native}
	usdc = money.Asset{Code: "USDC", Network: network, Exponent: 6, Kind: money.Token}
)

func TestMain(m *testing.M) {
	for _, asset := range []money.Asset{eth, usdc} {
		if err := money.Register(asset); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// lab is a chain with a token, a payer and a channel.
type lab struct {
	t       *testing.T
	sim     *simulated.Backend
	url     string
	payer   *ecdsa.PrivateKey
	house   *ecdsa.PrivateKey // of the wallet that payouts leave from
	token   common.Address
	db      *shop
	rail    *onchain.Rail
	journal *journal
	watcher *chain.Watcher
	pooled  map[common.Address]uint64 // transactions that no block has yet: the node counts them late
}

// shop is a real store, in which addresses are given out by hand.
type shop struct {
	*store.DB

	mu     sync.Mutex
	places []chain.Place
}

func (s *shop) Places(_ context.Context, _ string, after int64, limit int) ([]chain.Place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []chain.Place
	for _, p := range s.places {
		if p.Number > after && len(found) < limit {
			found = append(found, p)
		}
	}
	return found, nil
}

func newLab(t *testing.T, change func(*onchain.Config)) *lab {
	t.Helper()
	return newLabOf(t, func(l *lab) common.Address { return l.deploy(6, 0) }, change)
}

// newLabOf is a lab with a token of its own.
func newLabOf(t *testing.T, token func(*lab) common.Address, change func(*onchain.Config)) *lab {
	t.Helper()
	l := &lab{t: t, payer: key(1), house: key(2), pooled: map[common.Address]uint64{}}
	port := freePort(t)
	l.sim = simulated.NewBackend(types.GenesisAlloc{
		addressOf(l.payer): {Balance: ether(1000)}, addressOf(l.house): {Balance: ether(1000)},
	}, func(n *node.Config, _ *ethconfig.Config) {
		n.HTTPHost, n.HTTPPort, n.HTTPModules = "127.0.0.1", port, []string{"eth", "net"}
	})
	t.Cleanup(func() { _ = l.sim.Close() })
	l.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	l.token = token(l)
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "causeway.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	l.db = &shop{DB: db}
	l.journal = &journal{payments: map[string]payment.Payment{}}
	l.open(change)
	return l
}

// open makes the channel anew, as after a restart.
func (l *lab) open(change func(*onchain.Config)) {
	l.t.Helper()
	c := onchain.Config{
		Name: "chain.dev", Network: network, RPC: []string{l.url}, XPub: vectors.XPub, HeadAge: time.Hour,
		Tokens: []onchain.Token{{Code: "USDC", Contract: l.token.Hex(), Decimals: 6}},
		Depths: []onchain.Depth{{Currency: "USDC", Medium: "100", Large: "1000"}, {Currency: "ETH", Medium: "1", Large: "10"}},
		Poll:   10 * time.Millisecond, Store: l.db,
	}
	if change != nil {
		change(&c)
	}
	rail, err := onchain.New(c)
	if err != nil {
		l.t.Fatal(err)
	}
	l.rail, l.watcher = rail, rail.Watcher(l.journal)
}

// order makes a payment of which the payer is told where to pay, and returns the address.
func (l *lab) order(number int64, amount money.Amount) string {
	l.t.Helper()
	p := collect(number, amount)
	a, _ := p.Last()
	a.Number = number
	i, err := l.rail.Instruct(p, a)
	if err != nil {
		l.t.Fatal(err)
	}
	p.Attempts[0].Number, p.Attempts[0].Instruction = number, i
	p.Attempts[0].Outcome, p.Attempts[0].Reason = payment.ActionRequired, payment.AwaitingPayer
	l.journal.payments[i.PayTo] = p
	l.db.places = append(l.db.places, chain.Place{Number: number, PayTo: i.PayTo})
	return i.PayTo
}

var began = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func collect(number int64, amount money.Amount) payment.Payment {
	p := payment.New(payment.ID(fmt.Sprintf("pay_%d", number)), "m_1", payment.Test, payment.Order{}, payment.Method{Type: payment.MethodCrypto},
		quote(fx.Collect, amount), began, began.Add(1e6*time.Hour))
	return p.Begin(payment.Attempt{
		ID: fmt.Sprintf("att_%d", number), Channel: "chain.dev", Capabilities: payment.Capabilities{Push: true, Fence: true, Inquiry: true},
		CreatedAt: began, Deadline: began.Add(time.Second),
	}, payment.Decision{Chosen: "chain.dev", At: began})
}

func quote(direction fx.Direction, amount money.Amount) fx.Quote {
	one, zero := money.Identity(amount.Asset()), amount.Asset().Zero()
	return fx.Quote{
		ID: "quo_1", Merchant: "m_1", Direction: direction, Mode: fx.Firm, Fix: fx.SourceFixed, Source: amount, Target: amount,
		Rate: fx.Rate{Mid: one, Client: one}, AtMid: amount, Margin: zero, Residual: zero, Status: fx.Accepted,
		CreatedAt: began, ExpiresAt: began.Add(1e6 * time.Hour),
	}
}

// round looks at the chain once, and demands that it could.
func (l *lab) round() {
	l.t.Helper()
	if err := l.watcher.Round(l.t.Context(), l.journal); err != nil {
		l.t.Fatal(err)
	}
}

// at is what a payment looks like now.
func (l *lab) at(payTo string) payment.Payment {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	return l.journal.payments[payTo]
}

// wants demands an outcome and what was credited.
func (l *lab) wants(payTo string, outcome payment.Outcome, credited string) {
	l.t.Helper()
	p := l.at(payTo)
	a, _ := p.Last()
	total := a.Amount.Asset().Zero()
	for _, r := range p.Receipts {
		if r.State == payment.ReceiptCredited && r.Amount.Asset() == total.Asset() {
			total = total.Add(r.Amount)
		}
	}
	if a.Outcome != outcome || total.Value() != credited {
		l.t.Errorf("%s: %s with %s credited, want %s with %s; receipts %+v", payTo, a.Outcome, total.Value(), outcome, credited, p.Receipts)
	}
}

// journal takes in what is told, as the gateway does, in memory.
type journal struct {
	mu       sync.Mutex
	payments map[string]payment.Payment
	strays   []payment.Receipt
	moved    []string
	fail     error // of the next telling
}

func (j *journal) Arrived(_ context.Context, payTo string, r payment.Receipt) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.fail; err != nil {
		j.fail = nil
		return err
	}
	p, ok := j.payments[payTo]
	if !ok {
		j.strays = append(j.strays, r)
		return nil
	}
	r.ID, r.Attempt = "rct_"+r.Reference, p.Attempts[0].ID
	p, err := p.Receive(r, began)
	j.payments[payTo] = p
	return err
}

func (j *journal) Moved(_ context.Context, attempt string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.moved = append(j.moved, attempt)
	return nil
}

func (j *journal) Cursor(context.Context) (string, error) { return "", nil }

func (j *journal) Advance(context.Context, string) error { return nil }

func (l *lab) mine(blocks int) {
	l.t.Helper()
	l.ripe()
	for range blocks {
		l.sim.Commit()
	}
	clear(l.pooled)
}

// ripe waits until the node would put everything that was sent to it into the next block: it takes transactions in at
// once, and looks at them later.
func (l *lab) ripe() {
	l.t.Helper()
	ctx, client := l.t.Context(), l.sim.Client()
	for from, sent := range l.pooled {
		mined, err := client.NonceAt(ctx, from, nil)
		for pending := uint64(0); err == nil && pending < mined+sent; {
			time.Sleep(time.Millisecond)
			pending, err = client.PendingNonceAt(ctx, from)
		}
		if err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *lab) head() *types.Header {
	l.t.Helper()
	h, err := l.sim.Client().HeaderByNumber(l.t.Context(), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return h
}

// fork goes back to a block, from which other ones follow.
func (l *lab) fork(to common.Hash) {
	l.t.Helper()
	if err := l.sim.Fork(to); err != nil {
		l.t.Fatal(err)
	}
}

// without goes back to a block, and forgets the transactions that came after it.
func (l *lab) without(to common.Hash) {
	l.t.Helper()
	l.fork(to)
	l.forget()
}

// forget empties the pool of the node.
func (l *lab) forget() {
	l.sim.Rollback()
	clear(l.pooled)
}

// ask calls a contract and returns its number.
func (l *lab) ask(contract common.Address, data []byte) *big.Int {
	l.t.Helper()
	answer, err := l.sim.Client().CallContract(l.t.Context(), ethereum.CallMsg{To: &contract, Data: data}, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return new(big.Int).SetBytes(answer)
}

// send puts a transaction into the pool.
func (l *lab) send(from *ecdsa.PrivateKey, to *common.Address, value *big.Int, data []byte) *types.Transaction {
	l.t.Helper()
	ctx, client := l.t.Context(), l.sim.Client()
	nonce, err := client.NonceAt(ctx, addressOf(from), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	nonce += l.pooled[addressOf(from)]
	l.pooled[addressOf(from)]++
	tx := types.MustSignNewTx(from, types.LatestSignerForChainID(big.NewInt(1337)), &types.DynamicFeeTx{
		ChainID: big.NewInt(1337), Nonce: nonce, GasTipCap: big.NewInt(2e9), GasFeeCap: big.NewInt(2e11), Gas: 4_000_000, To: to, Value: value, Data: data,
	})
	if err := client.SendTransaction(ctx, tx); err != nil {
		l.t.Fatal(err)
	}
	return tx
}

func (l *lab) payCoin(to string, amount string) *types.Transaction {
	l.t.Helper()
	address := common.HexToAddress(to)
	return l.send(l.payer, &address, money.Must(amount, eth.String()).Units(), nil)
}

func (l *lab) payToken(to string, amount string) *types.Transaction {
	l.t.Helper()
	return l.send(l.payer, &l.token, nil, transfer(to, money.Must(amount, usdc.String()).Units()))
}

func transfer(to string, units *big.Int) []byte {
	data := crypto.Keccak256([]byte("transfer(address,uint256)"))[:4]
	data = append(data, common.LeftPadBytes(common.HexToAddress(to).Bytes(), 32)...)
	return append(data, common.LeftPadBytes(units.Bytes(), 32)...)
}

// deploy makes a token whose whole supply the payer has.
func (l *lab) deploy(decimals, feeBps int64) common.Address {
	l.t.Helper()
	text, err := os.ReadFile("testdata/Token.bin")
	if err != nil {
		l.t.Fatal(err)
	}
	code, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, n := range []*big.Int{big.NewInt(decimals), big.NewInt(feeBps), big.NewInt(1e15)} {
		code = append(code, common.LeftPadBytes(n.Bytes(), 32)...)
	}
	return l.create(code)
}

// create makes a contract.
func (l *lab) create(code []byte) common.Address {
	l.t.Helper()
	tx := l.send(l.payer, nil, nil, code)
	l.mine(1)
	receipt, err := l.sim.Client().TransactionReceipt(l.t.Context(), tx.Hash())
	if err != nil || receipt.Status != types.ReceiptStatusSuccessful {
		l.t.Fatalf("deploy: %v %+v", err, receipt)
	}
	return receipt.ContractAddress
}

func key(n byte) *ecdsa.PrivateKey {
	k, err := crypto.ToECDSA(common.LeftPadBytes([]byte{n}, 32))
	if err != nil {
		panic(err)
	}
	return k
}

func addressOf(k *ecdsa.PrivateKey) common.Address { return crypto.PubkeyToAddress(k.PublicKey) }

func ether(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), big.NewInt(1e18)) }

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// selector begins the call of a function.
func selector(signature string) []byte { return crypto.Keccak256([]byte(signature))[:4] }
