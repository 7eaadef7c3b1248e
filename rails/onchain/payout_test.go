package onchain_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/rails/onchain/signer"
)

var beneficiary = vectors.Addresses[40]

// treasury is a lab with a wallet whose key is behind a socket.
type treasury struct {
	*lab

	socket string
}

func newTreasury(t *testing.T, change func(*onchain.Config)) *treasury {
	t.Helper()
	return newTreasuryOf(t, func(l *lab) common.Address { return l.deploy(6, 0) }, change)
}

// newTreasuryOf is a treasury with a token of its own. Its signer may move what comes to payers' addresses.
func newTreasuryOf(t *testing.T, token func(*lab) common.Address, change func(*onchain.Config)) *treasury {
	t.Helper()
	dir, err := os.MkdirTemp("", "signer") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	with := func(c *onchain.Config) {
		c.Signer = "unix:" + socket
		if change != nil {
			change(c)
		}
	}
	l := newLabOf(t, token, with)
	rules := signer.Rules{
		Chains: []uint64{1337}, GasMax: 500_000, FeeMax: "500000000000",
		Assets: []signer.Limit{
			{Max: ether(100).String(), Daily: ether(1000).String()}, {Token: l.token.Hex(), Max: "100000000000", Daily: "1000000000000"},
		},
		Sweeps: signer.Sweeps{GasDaily: ether(1).String(), Tokens: []signer.Domain{{Token: l.token.Hex(), Name: "USD Coin", Version: "2"}}},
	}
	deposits, err := signer.NewDeposits(vectors.XPrv)
	if err != nil {
		t.Fatal(err)
	}
	s, err := signer.New(t.Context(), l.house, deposits, rules, filepath.Join(dir, "books.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := signer.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		<-ended
		_ = s.Close()
	})
	l.payToken(addressOf(l.house).Hex(), "10000")
	l.mine(1)
	return &treasury{l, socket}
}

func (l *treasury) restart() {
	l.open(func(c *onchain.Config) { c.Signer = "unix:" + l.socket })
}

func (l *treasury) send(p payment.Payment) payment.Result {
	l.t.Helper()
	a, _ := p.Last()
	r, err := l.rail.Send(l.t.Context(), p, a)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

func (l *treasury) check(p payment.Payment) payment.Result {
	l.t.Helper()
	a, _ := p.Last()
	r, err := l.rail.Check(l.t.Context(), a)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

func (l *treasury) cancel(p payment.Payment) payment.Result {
	l.t.Helper()
	a, _ := p.Last()
	r, err := l.rail.Cancel(l.t.Context(), a)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

func (l *treasury) says(r payment.Result, want payment.Outcome) {
	l.t.Helper()
	if r.Outcome != want {
		l.t.Errorf("says %s (%s %s), want %s", r.Outcome, r.Reason, r.ProviderCode, want)
	}
}

// coins is what an address has, in wei.
func (l *lab) coins(of string) *big.Int {
	l.t.Helper()
	n, err := l.sim.Client().BalanceAt(l.t.Context(), common.HexToAddress(of), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return n
}

// paid demands that the beneficiary got exactly that, whoever was asked and how often.
func (l *lab) paid(want string) {
	l.t.Helper()
	if got := money.FromUnits(l.coins(beneficiary), eth); got.Value() != money.Must(want, eth.String()).Value() {
		l.t.Errorf("the beneficiary has %s, want %s", got, want)
	}
}

func TestAPayoutIsPaidOnce(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	r := l.send(p)
	l.says(r, payment.Pending)
	if r.Progress == nil || !r.Progress.Accepted || r.Progress.Tx == "" {
		t.Errorf("%+v", r.Progress)
	}
	l.says(l.send(p), payment.Pending)
	l.says(l.check(p), payment.Pending)
	before := l.coins(addressOf(l.house).Hex())
	l.mine(1)
	r = l.check(p)
	l.says(r, payment.Captured)
	spent := new(big.Int).Sub(before, l.coins(addressOf(l.house).Hex()))
	want := money.FromUnits(spent, eth).Sub(money.Must("0.5", eth.String()))
	if !r.Amount.Equal(money.Must("0.5", eth.String())) || !r.Progress.Gas.Equal(want) || !r.Progress.Delivered.Equal(r.Amount) {
		t.Errorf("amount %s, gas %s, delivered %s; want gas %s", r.Amount, r.Progress.Gas, r.Progress.Delivered, want)
	}
	l.says(l.send(p), payment.Captured)
	l.mine(1)
	l.paid("0.5")
}

func TestATokenIsPaidAtTheDepthThatItsAmountNeeds(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("500", usdc.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	for range chain.MediumDepth - 1 {
		l.mine(1)
		l.says(l.check(p), payment.Pending)
	}
	l.mine(1)
	r := l.check(p)
	l.says(r, payment.Captured)
	if r.Progress.Gas.Asset() != eth || r.Progress.Gas.Sign() <= 0 || r.Progress.Delivered.Value() != "500.000000" {
		t.Errorf("%+v", r.Progress)
	}
}

// givenAway demands that nodes have something of the wallet's, or nothing: what they have must be on disk before.
func (l *treasury) givenAway(want bool) {
	l.t.Helper()
	house := addressOf(l.house)
	pending, err := l.sim.Client().PendingNonceAt(l.t.Context(), house)
	if err != nil {
		l.t.Fatal(err)
	}
	mined, err := l.sim.Client().NonceAt(l.t.Context(), house, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	if given := pending > mined; given != want {
		l.t.Errorf("nodes have a transaction: %t, want %t", given, want)
	}
}

// TestAKilledProcessPaysOnce ends the process after each step, at every later one again, and goes on in new ones.
func TestAKilledProcessPaysOnce(t *testing.T) {
	killed := errors.New("killed")
	for _, step := range []string{"reserved", "signed", "stored", "broadcast"} {
		t.Run(step, func(t *testing.T) {
			l := newTreasury(t, nil)
			p := payout("1", money.Must("0.5", eth.String()), beneficiary)
			a, _ := p.Last()
			kill := func(at string) error {
				if at == step {
					return killed
				}
				return nil
			}
			for round := range 3 {
				l.rail.Stop(kill)
				if r, err := l.rail.Send(t.Context(), p, a); err == nil && r.Outcome != payment.Pending {
					t.Errorf("says %s", r.Outcome)
				}
				if round == 0 {
					l.givenAway(step == "broadcast")
				}
				l.restart()
				if r, err := l.rail.Check(t.Context(), a); err != nil || r.Outcome.Free() {
					t.Errorf("check says %s (%v)", r.Outcome, err)
				}
			}
			l.says(l.send(p), payment.Pending)
			l.mine(1)
			l.says(l.send(p), payment.Captured)
			l.paid("0.5")
			other := payout("2", money.Must("0.25", eth.String()), beneficiary)
			l.says(l.send(other), payment.Pending)
			l.mine(1)
			l.says(l.check(other), payment.Captured)
			l.paid("0.75")
		})
	}
}

func TestCancelBeforeItIsSigned(t *testing.T) {
	killed := errors.New("killed")
	l := newTreasury(t, nil)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	a, _ := p.Last()
	never := payout("9", money.Must("0.5", eth.String()), beneficiary)
	l.says(l.cancel(never), payment.Fenced)
	l.says(l.send(never), payment.Fenced) // whoever was late with it
	for _, step := range []string{"reserved", "signed"} {
		p := payout(step, money.Must("0.5", eth.String()), beneficiary)
		a, _ := p.Last()
		l.rail.Stop(func(at string) error {
			if at != step {
				return nil
			}
			l.rail.Stop(nil)
			l.says(l.cancel(p), payment.Fenced) // while the other is between two steps
			return nil
		})
		if r, err := l.rail.Send(t.Context(), p, a); !errors.Is(err, chain.ErrAbandoned) {
			t.Errorf("after %s it went on: %s (%v)", step, r.Outcome, err)
		}
		l.rail.Stop(nil)
		l.says(l.check(p), payment.Fenced)
		l.says(l.send(p), payment.Fenced)
	}
	l.mine(1)
	l.paid("0") // what was signed and never stored was never given away
	l.rail.Stop(func(string) error { return killed })
	if _, err := l.rail.Send(t.Context(), p, a); !errors.Is(err, killed) {
		t.Fatal(err)
	}
	l.rail.Stop(nil)
	i, err := l.db.Intent(t.Context(), a.ID)
	if err != nil || i.Nonce != 0 {
		t.Errorf("its nonce is %d (%v), want the one that was given up", i.Nonce, err)
	}
	l.says(l.send(p), payment.Pending)
	l.mine(1)
	l.says(l.check(p), payment.Captured)
	l.paid("0.5")
}

func TestCancelOfWhatWasSigned(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	l.says(l.cancel(p), payment.Unknown)
	l.says(l.check(p), payment.Unknown)
	l.says(l.send(p), payment.Unknown)
	l.mine(1)
	l.says(l.check(p), payment.Unknown)
	l.says(l.cancel(p), payment.Unknown)
	l.mine(chain.FinalDepth)
	r := l.check(p)
	l.says(r, payment.Fenced)
	if r.Progress.Gas.Sign() <= 0 {
		t.Errorf("its gas is %s", r.Progress.Gas)
	}
	l.says(l.cancel(p), payment.Fenced)
	l.paid("0")
}

func TestCancelComesTooLate(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("5", eth.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	l.mine(1)
	l.says(l.cancel(p), payment.Pending)
	l.mine(chain.MediumDepth)
	l.says(l.cancel(p), payment.Captured)
	l.paid("5")
}

func TestFeesAreRaisedWhileItWaits(t *testing.T) {
	l := newTreasury(t, func(c *onchain.Config) { c.BumpAfter = 2 })
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	a, _ := p.Last()
	l.says(l.send(p), payment.Pending)
	for range 2 {
		l.forget() // the node forgets it
		l.mine(2)
		l.says(l.check(p), payment.Pending)
	}
	i, err := l.db.Intent(t.Context(), a.ID)
	if err != nil || len(i.Signed) != 3 {
		t.Fatalf("%d transactions were signed (%v), want 3", len(i.Signed), err)
	}
	for n := 1; n < len(i.Signed); n++ {
		was, is := i.Signed[n-1], i.Signed[n]
		if new(big.Int).Mul(is.Tip, big.NewInt(10)).Cmp(new(big.Int).Mul(was.Tip, big.NewInt(11))) < 0 {
			t.Errorf("the tip went from %s to %s", was.Tip, is.Tip)
		}
	}
	l.mine(1)
	l.says(l.check(p), payment.Captured)
	l.paid("0.5")
}

func TestAReorganisationOfAPayoutPaysOnce(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("5", eth.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	root := l.head().Hash()
	l.mine(2)
	l.says(l.check(p), payment.Pending)
	l.without(root)
	l.mine(3)
	l.paid("0")
	l.says(l.check(p), payment.Pending) // and nodes have it again
	l.mine(chain.MediumDepth)
	l.says(l.check(p), payment.Captured)
	l.paid("5")
}

func TestWhatCannotBePaidIsNotSent(t *testing.T) {
	l := newTreasury(t, nil)
	refusing := common.HexToAddress(vectors.Addresses[41])
	data := append([]byte{}, selector("refuse(address)")...)
	l.lab.send(l.payer, &l.token, nil, append(data, common.LeftPadBytes(refusing.Bytes(), 32)...))
	l.mine(1)
	for name, row := range map[string]struct {
		amount, asset, to string
		want              payment.Outcome
	}{
		"too much":   {"20000", usdc.String(), beneficiary, payment.NotSent},
		"refused":    {"5", usdc.String(), refusing.Hex(), payment.Declined},
		"the token":  {"5", usdc.String(), l.token.Hex(), payment.Declined},
		"no address": {"5", usdc.String(), "0x12", payment.Declined},
	} {
		r := l.send(payout(name, money.Must(row.amount, row.asset), row.to))
		if r.Outcome != row.want {
			t.Errorf("%s: %s (%s), want %s", name, r.Outcome, r.ProviderCode, row.want)
		}
	}
	if open, err := l.db.InFlight(t.Context(), network, addressOf(l.house).Hex()); err != nil || len(open) > 0 {
		t.Errorf("%d are under way (%v)", len(open), err)
	}
}

func TestARevertedPayoutIsDeclinedWithItsGas(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("50", usdc.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	l.forget()
	data := append([]byte{}, selector("refuse(address)")...)
	l.lab.send(l.payer, &l.token, nil, append(data, common.LeftPadBytes(common.HexToAddress(beneficiary).Bytes(), 32)...))
	l.mine(1)
	l.says(l.check(p), payment.Pending)
	l.mine(1)
	l.says(l.check(p), payment.Pending)
	l.mine(chain.FinalDepth)
	r := l.check(p)
	l.says(r, payment.Declined)
	if r.Progress == nil || r.Progress.Gas.Sign() <= 0 {
		t.Errorf("%+v", r)
	}
}

func TestANonceUsedBySomebodyElseHaltsTheWallet(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	a, _ := p.Last()
	l.says(l.send(p), payment.Pending)
	l.forget()
	stranger := addressOf(l.payer)
	l.lab.send(l.house, &stranger, big.NewInt(1), nil)
	l.mine(1)
	if r, err := l.rail.Check(t.Context(), a); !errors.Is(err, chain.ErrNonce) {
		t.Errorf("says %s (%v)", r.Outcome, err)
	}
	halted := l.send(payout("2", money.Must("0.5", eth.String()), beneficiary))
	if halted.Outcome != payment.NotSent || halted.Reason != payment.ChannelUnavailable {
		t.Errorf("a halted wallet says %s, %s", halted.Outcome, halted.Reason)
	}
	l.mine(1)
	l.paid("0")
}

func TestAPayoutForWhichNoNodeCouldBeAskedMayWait(t *testing.T) {
	l := newTreasury(t, nil)
	l.open(func(c *onchain.Config) {
		c.Signer, c.RPC = "unix:"+l.socket, []string{fmt.Sprintf("http://127.0.0.1:%d", freePort(t))}
	})
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	r := l.send(p)
	p.Attempts[0].Outcome, p.Attempts[0].Reason = r.Outcome, r.Reason
	if !p.Unreached(p.Attempts[0]) {
		t.Errorf("says %s, %s (%s)", r.Outcome, r.Reason, r.ProviderCode)
	}
	l.restart()
	l.says(l.send(p), payment.Pending)
	l.mine(1)
	l.paid("0.5")
}

func TestAtMostSixteenAreUnderWay(t *testing.T) {
	l := newTreasury(t, nil)
	for n := range chain.InFlightMax {
		l.says(l.send(payout(fmt.Sprint(n), money.Must("0.01", eth.String()), beneficiary)), payment.Pending)
	}
	more := payout("more", money.Must("0.01", eth.String()), beneficiary)
	l.says(l.send(more), payment.NotSent)
	l.mine(1)
	for n := range chain.InFlightMax {
		l.says(l.check(payout(fmt.Sprint(n), money.Must("0.01", eth.String()), beneficiary)), payment.Captured)
	}
	l.says(l.send(more), payment.Pending)
	l.mine(1)
	l.paid("0.17")
}

func TestAGapIsFilled(t *testing.T) {
	killed := errors.New("killed")
	l := newTreasury(t, nil)
	first := payout("1", money.Must("0.5", eth.String()), beneficiary)
	a, _ := first.Last()
	l.rail.Stop(func(string) error { return killed })
	if _, err := l.rail.Send(t.Context(), first, a); !errors.Is(err, killed) {
		t.Fatal(err)
	}
	l.rail.Stop(nil)
	second := payout("2", money.Must("0.25", eth.String()), beneficiary)
	l.says(l.send(second), payment.Pending)
	l.says(l.cancel(first), payment.Fenced)
	l.mine(1)
	l.says(l.check(second), payment.Pending) // it waits for the nonce below its own
	l.round()
	l.mine(1)
	l.says(l.check(second), payment.Captured)
	l.round()
	l.mine(chain.FinalDepth)
	l.says(l.check(second), payment.Captured)
	l.round()
	l.paid("0.25")
	if open, err := l.db.InFlight(t.Context(), network, addressOf(l.house).Hex()); err != nil || len(open) > 0 {
		t.Errorf("%d are under way (%v)", len(open), err)
	}
}

func TestATokenThatKeepsAPartTellsWhatArrived(t *testing.T) {
	l := newTreasury(t, nil)
	taxed := l.deploy(6, 100)
	l.lab.send(l.payer, &taxed, nil, transfer(addressOf(l.house).Hex(), big.NewInt(1_000_000_000)))
	l.mine(1)
	l.token = taxed
	l.restart()
	p := payout("1", money.Must("50", usdc.String()), beneficiary)
	a, _ := p.Last()
	if r, err := l.rail.Send(t.Context(), p, a); err == nil || r.Outcome != payment.Unknown {
		t.Errorf("the signer signed for a token that its rules do not name: %s", r.Outcome)
	}
	l.says(l.cancel(p), payment.Fenced)
}
