package onchain_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

func TestATokenIsSwept(t *testing.T) {
	h := newHouse(t)
	address := h.paidUSDC()
	h.sweep(1, payment.Pending)
	if h.booked(ledger.ChainHot(network), usdc).Sign() != 0 {
		t.Error("it is booked before a block has it")
	}
	h.mine(1)
	h.tick()
	o := h.sweep(1, payment.Done)
	h.agrees()
	if got := h.booked(ledger.ChainHot(network), usdc); got.Value() != "55.275000" || h.has(address, usdc).Sign() != 0 {
		t.Errorf("%s are in the wallet's account", got)
	}
	if o.Booking.Gas.Sign() <= 0 || !h.booked(ledger.CostNetwork, eth).Equal(o.Booking.Gas) {
		t.Errorf("its gas is %s, and %s is booked", o.Booking.Gas, h.booked(ledger.CostNetwork, eth))
	}
	for range 3 {
		h.mine(1)
		h.tick()
	}
	h.payToken(address, "3") // too little
	h.mine(1)
	h.tick()
	h.payToken(address, "7")
	h.mine(1)
	h.tick()
	h.mine(1)
	h.tick()
	if again := h.sweep(2, payment.Done); again.Amount.Value() != "10.000000" {
		t.Errorf("what came later is swept as %s", again.Amount)
	}
	h.agrees()
}

func TestASweepThatIsTakenBackIsBookedAgain(t *testing.T) {
	h := newHouse(t)
	address := h.paidUSDC()
	root := h.head().Hash()
	h.mine(1)
	h.tick()
	first := h.sweep(1, payment.Done).Booking
	h.without(root)
	h.mine(2)
	h.tick()
	h.sweep(1, payment.Pending)
	h.agrees()
	if got := h.events(); !slices.Equal(got, []string{"swept", "unswept"}) {
		t.Errorf("booked: %v", got)
	}
	h.mine(1) // nodes have it again
	h.tick()
	again := h.sweep(1, payment.Done).Booking
	h.agrees()
	if got := h.events(); !slices.Equal(got, []string{"swept", "unswept", "swept-2"}) || again.Block == first.Block || h.has(address, usdc).Sign() != 0 {
		t.Errorf("booked: %v in %s, then %s", got, first.Block, again.Block)
	}
}

func TestADepositAndItsSweepAreTakenBack(t *testing.T) {
	h := newHouse(t)
	address := h.order(1, money.Must("55.275", usdc.String()))
	h.mine(1)
	h.tick()
	root := h.head().Hash()
	h.payToken(address, "55.275")
	h.mine(1)
	h.tick()
	h.mine(1)
	h.tick()
	h.sweep(1, payment.Done)
	h.without(root)
	h.mine(3)
	h.tick()
	h.sweep(1, payment.Pending)
	h.agrees()
	if got := h.booked(ledger.ChainDeposit(network), usdc); got.Sign() != 0 {
		t.Errorf("%s are left at the addresses", got)
	}
	h.mine(1) // without the deposit it would be carried out in vain
	h.tick()
	h.payToken(address, "55.275")
	h.mine(1)
	h.tick()
	h.mine(1)
	h.tick()
	h.sweep(1, payment.Done)
	h.agrees()
	if h.swept != 1 {
		t.Errorf("%d sweeps were begun", h.swept)
	}
}

func TestASweepInVainCostsItsGasAndIsBegunAnewLater(t *testing.T) {
	h := newHouse(t)
	address := h.order(1, money.Must("55.275", usdc.String()))
	h.mine(1)
	h.tick()
	root := h.head().Hash()
	h.payToken(address, "55.275")
	h.mine(1)
	h.tick()
	h.mine(1)
	h.tick()
	h.sweep(1, payment.Done)
	h.without(root)
	for range 2 * chain.FinalDepth { // the payer does not come back
		h.mine(1)
		h.tick()
	}
	o := h.sweep(1, payment.Declined)
	h.agrees()
	if got := h.events(); !slices.Equal(got, []string{"swept", "unswept", "reverted"}) || !h.booked(ledger.CostNetwork, eth).Equal(o.Booking.Gas) {
		t.Errorf("booked: %v, and %s of gas", got, h.booked(ledger.CostNetwork, eth))
	}
	h.payToken(address, "55.275")
	h.mine(1)
	h.tick()
	if h.swept != 1 {
		t.Error("it is tried again at once")
	}
	h.clock = h.clock.Add(24 * time.Hour)
	h.mine(1)
	h.tick()
	h.mine(1)
	h.tick()
	h.sweep(2, payment.Done)
	h.agrees()
}

// TestAKilledSweepMovesOnce ends the process after each step, and goes on in new ones.
func TestAKilledSweepMovesOnce(t *testing.T) {
	killed := errors.New("killed")
	for _, step := range []string{"reserved", "signed", "stored", "broadcast"} {
		t.Run(step, func(t *testing.T) {
			h := newHouse(t)
			address := h.order(1, money.Must("55.275", usdc.String()))
			h.payToken(address, "55.275")
			h.mine(1)
			if err := h.watch.Round(t.Context(), h); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				h.rail.Stop(func(at string) error {
					if at == step {
						return killed
					}
					return nil
				})
				p, o := h.find("swp_1")
				if r, err := h.rail.Sweep(t.Context(), p.Attempts[0], o); err == nil && r.Outcome != payment.Pending {
					t.Errorf("says %s", r.Outcome)
				}
				h.restart()
			}
			for range 2 {
				h.tick()
				h.mine(1)
			}
			h.tick()
			h.sweep(1, payment.Done)
			h.agrees()
			if i, err := h.db.Intent(t.Context(), "swp_1"); err != nil || i.Nonce != 0 || h.swept != 1 {
				t.Errorf("nonce %d (%v), %d sweeps", i.Nonce, err, h.swept)
			}
		})
	}
}

func TestTheCoinPaysItsOwnWay(t *testing.T) {
	h := newHouse(t)
	address := h.order(1, money.Must("0.5", eth.String()))
	h.payCoin(address, "0.5")
	h.mine(1)
	h.tick()
	o := h.sweep(1, payment.Pending)
	root := h.head().Hash()
	h.mine(1)
	h.tick()
	o = h.sweep(1, payment.Done)
	h.agrees()
	if left := h.has(address, eth); left.Sign() <= 0 || h.booked(ledger.ChainHot(network), eth).Value() != o.Amount.Value() {
		t.Errorf("%s wei are left, and %s were swept", left, o.Amount)
	}
	h.without(root)
	h.mine(2)
	h.tick()
	h.sweep(1, payment.Pending)
	h.agrees()
	h.mine(1)
	h.tick()
	h.sweep(1, payment.Done)
	h.agrees()
	if got := h.events(); !slices.Equal(got, []string{"swept", "unswept", "swept-2"}) {
		t.Errorf("booked: %v", got)
	}
	for range 3 {
		h.mine(1)
		h.tick()
	}
	if h.swept != 1 {
		t.Errorf("%d sweeps were begun", h.swept)
	}
}

func TestATokenWithoutAuthorizationsStays(t *testing.T) {
	h := newHouseOf(t, func(l *lab) common.Address { return l.deploy(6, 0) })
	address := h.paidUSDC()
	h.mine(1)
	h.tick()
	if h.swept != 0 || h.has(address, usdc).Sign() == 0 {
		t.Errorf("%d sweeps were begun", h.swept)
	}
	h.agrees()
}

func TestAHaltedWalletSweepsNothing(t *testing.T) {
	h := newHouse(t)
	if err := h.db.Halt(t.Context(), "wallet:"+network+":"+addressOf(h.lab.house).Hex(), "somebody has the key", began); err != nil {
		t.Fatal(err)
	}
	h.paidUSDC()
	if h.swept != 0 {
		t.Error("it begins a sweep")
	}
}

// The chain may take a sweep into another block without anybody's help. The ledger names the one that holds it.
func TestASweepInAnotherBlockIsBookedThere(t *testing.T) {
	h := newHouse(t)
	h.paidUSDC()
	root := h.head().Hash()
	h.mine(1)
	h.tick()
	first := h.sweep(1, payment.Done).Booking
	h.fork(root) // the pool keeps what the dropped blocks held
	h.mine(3)
	h.tick()
	if again := h.sweep(1, payment.Done).Booking; again.Block == first.Block {
		t.Errorf("it is booked in %s, which was dropped", again.Block)
	}
	h.agrees()
	if got := h.events(); !slices.Equal(got, []string{"swept", "unswept", "swept-2"}) {
		t.Errorf("booked: %v", got)
	}
}

func TestTheCoinAndItsSweepAreTakenBack(t *testing.T) {
	h := newHouse(t)
	address := h.order(1, money.Must("0.5", eth.String()))
	h.mine(1)
	h.tick()
	root := h.head().Hash()
	h.payCoin(address, "0.5")
	h.mine(1)
	h.tick()
	h.mine(1)
	h.tick()
	h.sweep(1, payment.Done)
	h.without(root)
	h.mine(3)
	h.tick()
	h.sweep(1, payment.Pending)
	h.agrees()
	h.payCoin(address, "0.5")
	h.mine(1)
	h.tick()
	h.mine(1)
	h.tick()
	h.sweep(1, payment.Done)
	h.agrees()
}
