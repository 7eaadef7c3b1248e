package onchain_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/contracts"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// house is a treasury that sweeps: a gateway in memory, whose ledger is held against the chain.
type house struct {
	*treasury

	watch  *chain.Watcher
	books  map[string]money.Amount // by account and asset
	posted []string                // ids of entries, in order
	swept  int
	clock  time.Time
	start  map[money.Asset]*big.Int // what the wallet had
}

// deployUSDC makes the token that the development chain has: it knows EIP-3009.
func deployUSDC(l *lab) common.Address {
	artifact, err := contracts.Read("USDC")
	if err != nil {
		l.t.Fatal(err)
	}
	code := common.FromHex(artifact.Bytecode)
	for _, n := range []*big.Int{big.NewInt(64), big.NewInt(1e15), big.NewInt(1), new(big.Int).SetBytes(addressOf(l.payer).Bytes())} {
		code = append(code, common.LeftPadBytes(n.Bytes(), 32)...)
	}
	return l.create(code)
}

var sweeping = map[string]string{"USDC": "10", "ETH": "0.01"}

func newHouse(t *testing.T) *house { return newHouseOf(t, deployUSDC) }

func newHouseOf(t *testing.T, token func(*lab) common.Address) *house {
	t.Helper()
	h := &house{books: map[string]money.Amount{}, clock: began, start: map[money.Asset]*big.Int{}}
	h.treasury = newTreasuryOf(t, token, func(c *onchain.Config) { c.SweepMin = sweeping })
	h.watch = h.rail.Watcher(h)
	for _, asset := range []money.Asset{eth, usdc} {
		h.start[asset] = h.has(addressOf(h.house).Hex(), asset)
	}
	return h
}

// restart opens the channel anew, as after a crash.
func (h *house) restart() {
	h.open(func(c *onchain.Config) { c.Signer, c.SweepMin = "unix:"+h.socket, sweeping })
	h.watch = h.rail.Watcher(h)
}

func (h *house) now() time.Time {
	h.clock = h.clock.Add(time.Second)
	return h.clock
}

// has is what an address has on the chain.
func (h *house) has(address string, asset money.Asset) *big.Int {
	h.t.Helper()
	if asset == eth {
		return h.coins(address)
	}
	return h.ask(h.token, append(selector("balanceOf(address)"), common.LeftPadBytes(common.HexToAddress(address).Bytes(), 32)...))
}

func (h *house) commit(before, after payment.Payment) {
	after.UpdatedAt = h.now()
	h.journal.payments[after.Attempts[0].Instruction.PayTo] = after
	for _, e := range payment.Book(before, after) {
		if err := e.Check(); err != nil {
			h.t.Error(err)
		}
		if slices.Contains(h.posted, e.ID) {
			h.t.Errorf("%s is posted twice", e.ID)
		}
		h.posted = append(h.posted, e.ID)
		for _, p := range e.Postings {
			key := string(p.Account) + " " + p.Amount.Asset().String()
			if _, ok := h.books[key]; !ok {
				h.books[key] = p.Amount.Asset().Zero()
			}
			h.books[key] = h.books[key].Add(p.Amount)
		}
	}
}

// booked is what stands on an account.
func (h *house) booked(account ledger.Account, asset money.Asset) money.Amount {
	if amount, ok := h.books[string(account)+" "+asset.String()]; ok {
		return amount
	}
	return asset.Zero()
}

// agrees demands that what the ledger has at the addresses and in the wallet is what the chain has.
func (h *house) agrees() {
	h.t.Helper()
	for _, asset := range []money.Asset{eth, usdc} {
		deposits := new(big.Int)
		for address := range h.journal.payments {
			deposits.Add(deposits, h.has(address, asset))
		}
		if got := h.booked(ledger.ChainDeposit(network), asset); got.Units().Cmp(deposits) != 0 {
			h.t.Errorf("the addresses have %s of %s, and the ledger %s", deposits, asset, got)
		}
		gained := new(big.Int).Sub(h.has(addressOf(h.house).Hex(), asset), h.start[asset])
		if got := h.booked(ledger.ChainHot(network), asset); got.Units().Cmp(gained) != 0 {
			h.t.Errorf("the wallet gained %s of %s, and the ledger says %s", gained, asset, got)
		}
	}
}

func (h *house) Arrived(_ context.Context, payTo string, r payment.Receipt) error {
	p, ok := h.journal.payments[payTo]
	if !ok {
		return nil
	}
	r.ID, r.Attempt = fmt.Sprintf("rct_%.16s", strings.TrimPrefix(r.Block, "0x")), p.Attempts[0].ID
	after, err := p.Receive(r, h.now())
	if err == nil {
		h.commit(p, after)
	}
	return err
}

// find returns the payment of a sweep.
func (h *house) find(ref string) (payment.Payment, payment.Operation) {
	for _, p := range h.journal.payments {
		if o, ok := p.Operation(ref); ok {
			return p, o
		}
	}
	return payment.Payment{}, payment.Operation{}
}

func (h *house) Moved(ctx context.Context, ref string) error {
	p, o := h.find(ref)
	if o.ID == "" {
		return nil
	}
	asked := h.now()
	r, err := h.rail.CheckOperation(ctx, p.Attempts[0], o)
	if err == nil && r.Outcome != payment.Unknown {
		h.learn(ref, r, asked, payment.ByInquiry)
	}
	return nil
}

func (h *house) learn(ref string, r payment.Result, asked time.Time, by payment.Evidence) {
	p, _ := h.find(ref)
	after, err := p.Learn(payment.News{Ref: ref, Result: r, By: by, At: h.now(), AskedAt: asked})
	if err != nil {
		h.t.Error(err)
	}
	h.commit(p, after)
}

func (h *house) Cursor(context.Context) (string, error) { return "", nil }

func (h *house) Advance(context.Context, string) error { return nil }

var _ rails.SweepBeginner = (*house)(nil)

func (h *house) BeginSweeps(_ context.Context, worth []rails.Worth, _ string, room int) (string, error) {
	for _, p := range h.journal.payments {
		for _, hoard := range p.Hoards() {
			for _, w := range worth {
				if room == 0 || h.clock.Before(hoard.From) || w.Least.Asset() != hoard.Amount.Asset() || hoard.Amount.Sub(w.Leave).Cmp(w.Least) < 0 {
					continue
				}
				room--
				h.swept++
				o := payment.NewSweep(fmt.Sprintf("swp_%d", h.swept), hoard.Attempt, hoard.Amount.Sub(w.Leave), h.now())
				after, err := p.BeginSweep(o)
				if err != nil {
					continue
				}
				h.commit(p, after)
			}
		}
	}
	return "", nil
}

// tick looks at the chain once, and carries out what is due, as the gateway does.
func (h *house) tick() {
	h.t.Helper()
	if err := h.watch.Round(h.t.Context(), h); err != nil && !errors.Is(err, chain.ErrBehind) {
		h.t.Fatal(err)
	}
	for _, p := range h.journal.payments {
		for _, o := range p.Operations {
			if o.Outcome != payment.Unknown {
				continue
			}
			asked := h.now()
			if r, err := h.carryOut(p, o); err == nil {
				h.learn(o.ID, r, asked, payment.ByReplay)
			}
		}
	}
}

// carryOut sends an operation.
func (h *house) carryOut(p payment.Payment, o payment.Operation) (payment.Result, error) {
	if o.Kind == payment.ClaimReturn {
		return h.rail.ReturnClaim(h.t.Context(), p.Attempts[0], o)
	}
	return h.rail.Sweep(h.t.Context(), p.Attempts[0], o)
}

// sweep returns the n-th sweep, which must have the outcome.
func (h *house) sweep(n int, want payment.Outcome) payment.Operation {
	h.t.Helper()
	_, o := h.find(fmt.Sprintf("swp_%d", n))
	if o.Outcome != want {
		h.t.Fatalf("sweep %d is %s (%s %s), want %s", n, o.Outcome, o.Reason, o.ProviderCode, want)
	}
	return o
}

// paid has a payer pay 55.275 USDC, which is credited and whose sweep is on its way.
func (h *house) paidUSDC() (address string) {
	h.t.Helper()
	address = h.order(1, money.Must("55.275", usdc.String()))
	h.payToken(address, "55.275")
	h.mine(1)
	h.tick()
	return address
}

func (h *house) events() []string { return h.eventsOf("swp_") }

// eventsOf are what was posted of operations whose ids begin so, in order.
func (h *house) eventsOf(kind string) []string {
	var events []string
	for _, id := range h.posted {
		if event := strings.Split(id, ":")[1]; strings.HasPrefix(id, kind) {
			events = append(events, event)
		}
	}
	return events
}
