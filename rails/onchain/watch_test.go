package onchain_test

import (
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

func TestCoinsAndTokensAreSeenAndThenCredited(t *testing.T) {
	l := newLab(t, nil)
	small := l.order(1, money.Must("50", usdc.String()))
	medium := l.order(2, money.Must("500", usdc.String()))
	coins := l.order(3, money.Must("0.5", eth.String()))
	l.round()
	l.payToken(small, "50")
	l.payToken(medium, "500")
	l.payCoin(coins, "0.5")
	l.mine(1)
	l.round()
	l.wants(small, payment.Captured, "50.000000")
	l.wants(medium, payment.Pending, "0.000000")
	l.wants(coins, payment.Captured, "0.500000000000000000")
	for have := 1; have < chain.MediumDepth; have++ {
		if r := l.at(medium).Receipts[0]; r.Have != have || r.Need != chain.MediumDepth {
			t.Errorf("%d of %d confirmations, want %d of %d", r.Have, r.Need, have, chain.MediumDepth)
		}
		l.mine(1)
		l.round()
	}
	l.wants(medium, payment.Captured, "500.000000")
	l.round()
	if n := len(l.at(small).Receipts); n != 1 {
		t.Errorf("told again, it has %d receipts", n)
	}
}

func TestWhatIsNotWhatWasAskedFor(t *testing.T) {
	l := newLab(t, nil)
	under := l.order(1, money.Must("50", usdc.String()))
	over := l.order(2, money.Must("50", usdc.String()))
	several := l.order(3, money.Must("50", usdc.String()))
	wrong := l.order(4, money.Must("50", usdc.String()))
	failed := l.order(5, money.Must("50", usdc.String()))
	impostor := l.deploy(6, 0)
	l.round()
	l.payToken(under, "30")
	l.payToken(over, "60")
	l.payToken(several, "20")
	l.payToken(several, "30")
	l.payCoin(wrong, "0.5")
	l.send(l.payer, &impostor, nil, transfer(wrong, money.Must("50", usdc.String()).Units()))
	l.send(l.payer, &l.token, nil, transfer(failed, money.Must("9999999999", usdc.String()).Units()))
	l.mine(1)
	l.round()
	l.wants(under, payment.Pending, "30.000000")
	l.wants(over, payment.Captured, "60.000000")
	l.wants(several, payment.Captured, "50.000000")
	l.wants(wrong, payment.Pending, "0.000000")
	if r := l.at(wrong).Receipts; len(r) != 1 || r[0].Amount.Asset() != eth {
		t.Errorf("the token of another contract counts: %+v", r)
	}
	l.wants(failed, payment.ActionRequired, "0.000000")
	l.payToken(under, "20")
	l.mine(1)
	l.round()
	l.wants(under, payment.Captured, "50.000000")
}

func TestALargeSumInSmallPiecesWaitsAsLong(t *testing.T) {
	l := newLab(t, nil)
	place := l.order(1, money.Must("150", usdc.String()))
	l.round()
	l.payToken(place, "75")
	l.payToken(place, "75")
	l.mine(1)
	l.round()
	l.wants(place, payment.Pending, "0.000000")
	l.mine(chain.MediumDepth - 1)
	l.round()
	l.wants(place, payment.Captured, "150.000000")
}

func TestALargeOneWaitsUntilItIsFinal(t *testing.T) {
	l := newLab(t, nil)
	place := l.order(1, money.Must("5000", usdc.String()))
	l.round()
	l.payToken(place, "5000")
	l.mine(10)
	l.round()
	l.wants(place, payment.Pending, "0.000000")
	l.mine(2 * chain.FinalDepth)
	l.round()
	l.wants(place, payment.Captured, "5000.000000")
}

func TestAReorganisationTakesBackAndGivesAgain(t *testing.T) {
	l := newLab(t, nil)
	place := l.order(1, money.Must("50", usdc.String()))
	l.round()
	root := l.head().Hash()
	tx := l.payToken(place, "50")
	l.mine(1)
	first := l.head().Hash()
	l.round()
	l.wants(place, payment.Captured, "50.000000")

	l.without(root) // another chain, without it, and longer
	l.mine(2)
	l.round()
	l.wants(place, payment.Pending, "0.000000")

	if err := l.sim.Client().SendTransaction(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	l.mine(1)
	second := l.head().Hash()
	l.round()
	l.wants(place, payment.Captured, "50.000000")

	l.fork(first) // back to the first chain, in which it stands as well
	l.mine(3)
	l.round()
	l.wants(place, payment.Captured, "50.000000")
	receipts := l.at(place).Receipts
	if len(receipts) != 2 || receipts[0].State != payment.ReceiptCredited || receipts[0].Credits != 2 || receipts[1].State != payment.ReceiptOrphaned {
		t.Errorf("%+v", receipts)
	}

	l.fork(second)
	l.mine(4)
	l.round()
	l.wants(place, payment.Captured, "50.000000")
	l.covered()
}

// covered demands that the rows of the scanned blocks are an unbroken line down from the head.
func (l *lab) covered() {
	l.t.Helper()
	row, ok, err := l.db.Tip(l.t.Context(), "chain.dev")
	if err != nil || !ok || row.Hash != l.head().Hash().Hex() {
		l.t.Fatalf("tip %+v (%v), want the head %s", row, err, l.head().Hash())
	}
	for n := 0; ; n++ {
		if !row.Scanned {
			l.t.Errorf("block %d was not finished", row.Number)
		}
		before, ok, err := l.db.RowAt(l.t.Context(), "chain.dev", row.Number-1)
		if err != nil {
			l.t.Fatal(err)
		}
		if !ok {
			return
		}
		if before.Hash != row.Parent {
			l.t.Errorf("block %d does not follow block %d", row.Number, before.Number)
		}
		row = before
	}
}

func TestAReorganisationThatIsTooDeepStopsAndChangesNothing(t *testing.T) {
	l := newLab(t, nil)
	place := l.order(1, money.Must("50", usdc.String()))
	l.round()
	root := l.head().Hash()
	l.payToken(place, "50")
	l.mine(1)
	l.round()
	l.wants(place, payment.Captured, "50.000000")
	l.mine(chain.DepthMax + 2)
	l.round()

	l.without(root)
	l.mine(chain.DepthMax + 4)
	for range 3 {
		err := l.watcher.Watch(t.Context(), l.journal)
		if !errors.Is(err, chain.ErrHalted) {
			t.Fatalf("it went on: %v", err)
		}
	}
	l.wants(place, payment.Captured, "50.000000")
	if err := l.rail.Probe(t.Context()); err == nil {
		t.Error("the channel is well")
	}
}

// TestACrashLosesNothing stops at every telling, as if the process died there, and begins again.
func TestACrashLosesNothing(t *testing.T) {
	died := errors.New("died")
	l := newLab(t, nil)
	place := l.order(1, money.Must("50", usdc.String()))
	l.round()
	root := l.head().Hash()
	l.payToken(place, "50")
	l.mine(1)
	crash := func() {
		t.Helper()
		l.journal.fail = died
		if err := l.watcher.Round(t.Context(), l.journal); !errors.Is(err, died) {
			t.Fatalf("it did not tell: %v", err)
		}
		l.open(nil)
	}
	crash() // the block is begun, and nothing told
	l.without(root)
	l.mine(2) // and it is gone
	crash()   // while the loss is told
	l.round()
	l.wants(place, payment.Pending, "0.000000")
	if r := l.at(place).Receipts; len(r) != 1 || r[0].State != payment.ReceiptOrphaned {
		t.Errorf("%+v", r)
	}
	l.payToken(place, "50")
	l.mine(1)
	crash()
	l.round()
	l.wants(place, payment.Captured, "50.000000")
	l.covered()
}

func TestAnAddressWhoseNumberWasSkippedIsWatched(t *testing.T) {
	l := newLab(t, nil)
	l.order(3, money.Must("50", usdc.String()))
	l.round()
	l.payToken(vectors.Addresses[1], "50") // number 2 was taken by a gateway that has not stored it yet
	l.mine(1)
	l.round()
	if len(l.journal.strays) == 0 || l.journal.strays[0].Amount.Value() != "50.000000" {
		t.Errorf("it was not told: %+v", l.journal.strays)
	}
	l.payToken(vectors.Addresses[7], "50") // a number beyond all that were given out
	l.mine(1)
	before := len(l.journal.strays)
	l.round()
	if len(l.journal.strays) != before {
		t.Error("an address that was never given out is watched")
	}
}

func TestCancelAsksWhetherAnythingCame(t *testing.T) {
	l := newLab(t, nil)
	place := l.order(1, money.Must("50", usdc.String()))
	ask := func(want payment.Outcome) {
		t.Helper()
		a, _ := l.at(place).Last()
		r, err := l.rail.Cancel(t.Context(), a)
		if err != nil || r.Outcome != want {
			t.Errorf("cancel says %s (%v), want %s", r.Outcome, err, want)
		}
	}
	l.payToken(place, "1")
	ask(payment.Pending) // in the pool of the node
	l.mine(1)
	ask(payment.Pending)
	place = l.order(3, money.Must("50", usdc.String()))
	ask(payment.Fenced)
	coins := l.order(2, money.Must("1", eth.String()))
	l.payCoin(coins, "0.1")
	l.mine(1)
	a, _ := l.at(coins).Last()
	if r, err := l.rail.Cancel(t.Context(), a); err != nil || r.Outcome != payment.Pending {
		t.Errorf("cancel says %s (%v)", r.Outcome, err)
	}
	if err := l.sim.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := l.rail.Cancel(t.Context(), payment.Attempt{Instruction: payment.Instruction{PayTo: common.Address{9}.Hex()}}); err == nil {
		t.Errorf("nobody could be asked, and cancel says %s", r.Outcome)
	}
}

// What a block held that was replaced may come back until the chain is final there. The address is watched all the same.
func TestWhatWasTakenBackIsGivenUpOnceTheChainIsFinal(t *testing.T) {
	l := newLab(t, nil)
	place := l.order(1, money.Must("50", usdc.String()))
	l.round()
	root := l.head().Hash()
	l.payToken(place, "50")
	l.mine(1)
	l.round()
	l.wants(place, payment.Captured, "50.000000")
	l.without(root)
	l.mine(3)
	l.round()
	l.wants(place, payment.Pending, "0.000000")
	ask := func(want payment.Outcome) {
		t.Helper()
		a, _ := l.at(place).Last()
		if r, err := l.rail.Cancel(t.Context(), a); err != nil || r.Outcome != want {
			t.Errorf("cancel says %s (%v), want %s", r.Outcome, err, want)
		}
	}
	ask(payment.Pending)
	l.mine(chain.FinalDepth)
	ask(payment.Fenced)
	l.payToken(place, "50")
	l.mine(1)
	l.round()
	l.wants(place, payment.Captured, "50.000000")
}

func TestProbeHoldsDecimalsAgainstTheChain(t *testing.T) {
	l := newLab(t, nil)
	if err := l.rail.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	other := l.deploy(9, 0)
	l.token = other
	l.open(nil)
	if err := l.rail.Probe(t.Context()); err == nil {
		t.Error("a token with other decimals than configured is well")
	}
}
