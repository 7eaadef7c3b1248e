package onchain_test

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// overpaid has a payer send 5 USDC more than is due, and two people return them to the beneficiary.
func overpaid(t *testing.T) *house {
	t.Helper()
	h := overpaidAt(newHouse(t))
	h.sweep(1, payment.Done)
	return h
}

// overpaidWith is the same with a token that can refuse to be paid to somebody, and is not swept.
func overpaidWith(t *testing.T) *house {
	t.Helper()
	return overpaidAt(newHouseOf(t, func(l *lab) common.Address { return l.deploy(6, 0) }))
}

func overpaidAt(h *house) *house {
	h.t.Helper()
	address := h.order(1, money.Must("55.275", usdc.String()))
	h.payToken(address, "60.275")
	for range 4 {
		h.mine(1)
		h.tick()
	}
	h.claims("5")
	h.returns("clm_1", beneficiary)
	return h
}

// returns begins the return of 5 USDC.
func (h *house) returns(id, to string) {
	h.t.Helper()
	for _, p := range h.journal.payments {
		o := payment.NewClaimReturn(id, money.Must("5", usdc.String()), to, h.now())
		after, err := p.BeginClaimReturn(o, h.clock)
		if err != nil {
			h.t.Fatal(err)
		}
		h.commit(p, after)
	}
}

// claims demands what the ledger has in the payment's claims.
func (h *house) claims(want string) {
	h.t.Helper()
	if got := h.booked(ledger.Claims("pay_1"), usdc); !got.Equal(money.Must(want, usdc.String()).Neg()) {
		h.t.Errorf("the claims have %s, want %s", got.Neg(), want)
	}
}

// returned returns the return, which must have the outcome.
func (h *house) returned(id string, want payment.Outcome) payment.Operation {
	h.t.Helper()
	_, o := h.find(id)
	if o.Outcome != want {
		h.t.Fatalf("%s is %s (%s %s), want %s", id, o.Outcome, o.Reason, o.ProviderCode, want)
	}
	return o
}

// has5 demands that the beneficiary got 5 USDC, so many times.
func (h *house) has5(times int64) {
	h.t.Helper()
	if got := money.FromUnits(h.has(beneficiary, usdc), usdc); !got.Equal(money.FromUnits(big.NewInt(5_000_000*times), usdc)) {
		h.t.Errorf("the beneficiary has %s", got)
	}
}

func (h *house) claimEvents() []string { return h.eventsOf("clm_") }

func TestAClaimIsReturned(t *testing.T) {
	h := overpaid(t)
	h.tick()
	h.returned("clm_1", payment.Pending)
	h.claims("5")
	spent := h.booked(ledger.CostNetwork, eth)
	h.mine(1)
	h.tick()
	o := h.returned("clm_1", payment.Done)
	h.claims("0")
	h.has5(1)
	h.agrees()
	if gas := h.booked(ledger.CostNetwork, eth).Sub(spent); gas.Sign() <= 0 || !gas.Equal(o.Booking.Gas) {
		t.Errorf("%s of gas are booked, and %s were spent", gas, o.Booking.Gas)
	}
	for range 3 {
		h.mine(1)
		h.tick()
	}
	if got := h.claimEvents(); !slices.Equal(got, []string{"paid"}) {
		t.Errorf("booked: %v", got)
	}
	h.has5(1)
}

// TestAKilledReturnPaysOnce ends the process after each step, and goes on in new ones.
func TestAKilledReturnPaysOnce(t *testing.T) {
	killed := errors.New("killed")
	for _, step := range []string{"reserved", "signed", "stored", "broadcast"} {
		t.Run(step, func(t *testing.T) {
			h := overpaid(t)
			for range 3 {
				h.rail.Stop(func(at string) error {
					if at == step {
						return killed
					}
					return nil
				})
				p, o := h.find("clm_1")
				if r, err := h.carryOut(p, o); err == nil && r.Outcome != payment.Pending {
					t.Errorf("says %s", r.Outcome)
				}
				h.restart()
			}
			for range 2 {
				h.tick()
				h.mine(1)
			}
			h.tick()
			h.returned("clm_1", payment.Done)
			h.has5(1)
			h.agrees()
			if i, err := h.db.Intent(t.Context(), "clm_1"); err != nil || i.Nonce != 1 {
				t.Errorf("its nonce is %d (%v)", i.Nonce, err)
			}
		})
	}
}

func TestAReturnThatIsTakenBackIsBookedAgain(t *testing.T) {
	h := overpaid(t)
	h.tick()
	root := h.head().Hash()
	h.mine(1)
	h.tick()
	first := h.returned("clm_1", payment.Done).Booking
	h.without(root)
	h.mine(2)
	h.tick()
	h.returned("clm_1", payment.Pending)
	h.claims("5")
	h.has5(0)
	h.agrees()
	h.mine(1) // nodes have it again
	h.tick()
	again := h.returned("clm_1", payment.Done).Booking
	h.claims("0")
	h.has5(1)
	h.agrees()
	if got := h.claimEvents(); !slices.Equal(got, []string{"paid", "unpaid", "paid-2"}) || again.Block == first.Block {
		t.Errorf("booked: %v in %s, then %s", got, first.Block, again.Block)
	}
}

// refuses has the token refuse the beneficiary.
func (h *house) refuses(address string) {
	data := append([]byte{}, selector("refuse(address)")...)
	h.lab.send(h.payer, &h.token, nil, append(data, common.LeftPadBytes(common.HexToAddress(address).Bytes(), 32)...))
}

func TestAReturnInVainCostsItsGasAndTheClaimIsOpenAgain(t *testing.T) {
	h := overpaidWith(t)
	h.tick()
	h.returned("clm_1", payment.Pending)
	spent := h.booked(ledger.CostNetwork, eth)
	h.forget()
	h.refuses(beneficiary)
	h.mine(1)
	for range 2 * chain.FinalDepth {
		h.tick()
		h.mine(1)
	}
	h.tick()
	o := h.returned("clm_1", payment.Declined)
	h.claims("5")
	h.has5(0)
	h.agrees()
	if gas := h.booked(ledger.CostNetwork, eth).Sub(spent); gas.Sign() <= 0 || !gas.Equal(o.Booking.Gas) || !slices.Equal(h.claimEvents(), []string{"reverted"}) {
		t.Errorf("booked: %v with %s of gas", h.claimEvents(), gas)
	}
	other := vectors.Addresses[42]
	h.returns("clm_2", other)
	for range 2 {
		h.tick()
		h.mine(1)
	}
	h.tick()
	h.returned("clm_2", payment.Done)
	h.claims("0")
	h.agrees()
}

func TestWhatCannotBeReturnedIsGivenUpOrWaits(t *testing.T) {
	h := overpaidWith(t)
	h.refuses(beneficiary)
	h.mine(1)
	h.tick()
	h.returned("clm_1", payment.Declined)
	h.returns("clm_2", addressOf(h.lab.house).Hex())
	h.tick()
	h.returned("clm_2", payment.Declined)
	h.claims("5")
	if err := h.db.Halt(t.Context(), "wallet:"+network+":"+addressOf(h.lab.house).Hex(), "somebody has the key", time.Now()); err != nil {
		t.Fatal(err)
	}
	h.returns("clm_3", vectors.Addresses[42])
	h.tick()
	h.returned("clm_3", payment.Unknown)
	for _, id := range []string{"clm_1", "clm_2"} {
		if i, err := h.db.Intent(t.Context(), id); err != nil || i.State != chain.Abandoned {
			t.Errorf("%s is %s (%v)", id, i.State, err)
		}
	}
	if _, err := h.db.Intent(t.Context(), "clm_3"); !errors.Is(err, chain.ErrNoIntent) {
		t.Errorf("a halted wallet begins a return: %v", err)
	}
}

func TestADestinationIsAnAddressThatMayBePaidAt(t *testing.T) {
	h := newHouse(t)
	for text, want := range map[string]string{
		beneficiary: beneficiary, strings.ToLower(beneficiary): beneficiary, "0x12": "", h.token.Hex(): "",
		"0x0000000000000000000000000000000000000000": "", "": "",
	} {
		if got, err := h.rail.Destination(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is read as %q (%v)", text, got, err)
		}
	}
}
