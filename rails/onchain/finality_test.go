package onchain_test

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// resend gives the node the first transaction that was signed for a payout, as whoever kept its bytes might.
func (l *treasury) resend(p payment.Payment) {
	l.t.Helper()
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(l.intent(p).Signed[0].Raw); err != nil {
		l.t.Fatal(err)
	}
	if err := l.sim.Client().SendTransaction(l.t.Context(), tx); err != nil {
		l.t.Fatal(err)
	}
}

func (l *treasury) intent(p payment.Payment) chain.Intent {
	l.t.Helper()
	a, _ := p.Last()
	i, err := l.db.Intent(l.t.Context(), a.ID)
	if err != nil {
		l.t.Fatal(err)
	}
	return i
}

// inFlight demands how many payouts the chain may still take back.
func (l *treasury) inFlight(want int) {
	l.t.Helper()
	open, err := l.db.InFlight(l.t.Context(), network, addressOf(l.house).Hex())
	if err != nil || len(open) != want {
		l.t.Errorf("%d are in flight (%v), want %d", len(open), err, want)
	}
}

// halted demands that nothing more is paid out, because a payout that was told as paid was not.
// lost demands that a payout which was told as paid stays so, marked, with its wallet halted until two people lift that. Only
// once the payment bears the mark it is looked after no more; nobody halts the wallet for it again.
func (l *treasury) lost(p payment.Payment, why error) {
	l.t.Helper()
	a, _ := p.Last()
	next := payout("next", money.Must("0.5", eth.String()), beneficiary)
	for range 2 { // the first may have been lost
		r := l.check(p)
		if r.Outcome != payment.Captured || !r.Amount.Equal(a.Amount) || !strings.Contains(r.Progress.Conflict, why.Error()) {
			l.t.Fatalf("says %s %s %+v", r.Outcome, r.Amount, r.Progress)
		}
		a.Outcome, a.Captured, a.Progress = payment.Captured, a.Amount, *r.Progress
		l.says(l.send(next), payment.NotSent)
		l.inFlight(1)
	}
	if r, err := l.rail.Check(l.t.Context(), a); err != nil || r.Outcome != payment.Captured || r.Progress.Conflict != a.Progress.Conflict {
		l.t.Errorf("says %s %+v (%v)", r.Outcome, r.Progress, err)
	}
	l.inFlight(0)
	wallet := l.halts()[0].Name
	for n, by := range []string{"ann", "Ann", "bob"} {
		if h, err := halt.Lift(l.t.Context(), l.db, wallet, by, "", time.Now()); err != nil || (h.ConfirmedBy != "") != (n == 2) {
			l.t.Errorf("%s lifts: %+v (%v)", by, h, err)
		}
	}
	if r, err := l.rail.Check(l.t.Context(), a); err != nil || r.Outcome != payment.Captured || r.Progress.Conflict != a.Progress.Conflict {
		l.t.Errorf("says %s %+v (%v)", r.Outcome, r.Progress, err)
	}
	l.round()
	if left := l.halts(); len(left) > 0 {
		l.t.Errorf("halted again: %+v", left)
	}
	l.says(l.send(next), payment.Pending)
	a.Outcome = payment.Declined // as two people decided
	if r, err := l.rail.Check(l.t.Context(), a); err != nil || r.Outcome.Moved() {
		l.t.Errorf("decided, it says %s (%v)", r.Outcome, err)
	}
	if astray, err := l.db.NoncesAstray(l.t.Context()); err != nil || len(astray) > 0 {
		l.t.Errorf("nonces %v (%v)", astray, err)
	}
}

func (l *treasury) halts() []halt.Halt {
	l.t.Helper()
	all, err := l.db.Halts(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	return all
}

func (l *treasury) refuse(who string) {
	l.t.Helper()
	data := append([]byte{}, selector("refuse(address)")...)
	l.lab.send(l.payer, &l.token, nil, append(data, common.LeftPadBytes(common.HexToAddress(who).Bytes(), 32)...))
}

func TestACancelThatIsReplacedByThePaymentFreesNothing(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	root := l.head().Hash()
	l.says(l.cancel(p), payment.Unknown)
	l.mine(1)
	l.says(l.check(p), payment.Unknown) // the cancel is in the newest block
	l.says(l.cancel(p), payment.Unknown)
	l.inFlight(1)
	l.without(root)
	l.resend(p)
	l.mine(2)
	l.paid("0.5")
	l.says(l.check(p), payment.Pending) // the payment is now, and may be replaced as well
	l.says(l.cancel(p), payment.Pending)
	l.inFlight(1)
	l.mine(chain.FinalDepth)
	l.says(l.check(p), payment.Captured)
	l.inFlight(0)
	l.paid("0.5")
}

func TestAPaymentThatIsReplacedByTheCancelWasNeverToldAsPaid(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	root := l.head().Hash()
	l.says(l.cancel(p), payment.Unknown)
	l.forget()
	l.resend(p)
	l.mine(2)
	l.paid("0.5")
	l.says(l.check(p), payment.Pending)
	l.without(root)
	l.mine(3)
	l.says(l.check(p), payment.Unknown) // nodes have the cancel again
	l.mine(1 + chain.FinalDepth)
	l.says(l.check(p), payment.Fenced)
	l.inFlight(0)
	l.paid("0")
}

func TestAPaidPayoutThatIsDroppedIsSentAgain(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	a, _ := p.Last()
	l.says(l.send(p), payment.Pending)
	root := l.head().Hash()
	l.mine(1)
	l.round()
	l.says(l.check(p), payment.Captured)
	l.inFlight(1)
	seen := len(l.journal.moved)
	l.mine(1)
	l.round()
	if len(l.journal.moved) != seen {
		t.Errorf("asked again about what is in the chain: %v", l.journal.moved)
	}
	l.without(root)
	l.mine(4)
	l.paid("0")
	l.round()
	if !slices.Contains(l.journal.moved[seen:], a.ID) {
		t.Error("nobody looks at it")
	}
	l.says(l.cancel(p), payment.Pending) // it was told as paid: nothing overtakes it
	l.says(l.check(p), payment.Pending)
	next := payout("2", money.Must("0.25", eth.String()), beneficiary)
	l.says(l.send(next), payment.Pending)
	l.mine(1)
	l.says(l.check(next), payment.Captured) // no gap below it
	l.paid("0.75")
	l.says(l.check(p), payment.Captured)
	l.inFlight(2)
	l.mine(chain.FinalDepth)
	seen = len(l.journal.moved)
	l.round()
	if !slices.Contains(l.journal.moved[seen:], a.ID) {
		t.Error("nobody ends it")
	}
	l.says(l.check(p), payment.Captured)
	l.says(l.check(next), payment.Captured)
	l.inFlight(0)
	l.paid("0.75")
}

func TestARevertThatIsReplacedFreesNothing(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("50", usdc.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	l.forget()
	root := l.head().Hash()
	l.refuse(beneficiary)
	l.mine(1)
	l.resend(p)
	l.mine(1)
	l.says(l.check(p), payment.Pending)
	l.says(l.cancel(p), payment.Pending)
	l.without(root)
	l.resend(p)
	l.mine(3)
	l.says(l.check(p), payment.Captured)
	l.mine(chain.FinalDepth)
	l.says(l.check(p), payment.Captured)
	l.inFlight(0)
}

func TestAPaidPayoutThatRevertsAfterAllIsForPeople(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("50", usdc.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	root := l.head().Hash()
	l.mine(1)
	l.says(l.check(p), payment.Captured)
	l.without(root)
	l.refuse(beneficiary)
	l.mine(1)
	l.resend(p)
	l.mine(2)
	l.says(l.check(p), payment.Pending)
	l.mine(chain.FinalDepth)
	l.lost(p, chain.ErrTakenBack)
}

func TestAPaidPayoutWhoseNonceAnotherUsedIsForPeople(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	root := l.head().Hash()
	l.mine(1)
	l.says(l.check(p), payment.Captured)
	l.without(root)
	l.forget()
	stranger := addressOf(l.payer)
	l.lab.send(l.house, &stranger, big.NewInt(1), nil)
	l.mine(2)
	a, _ := p.Last()
	if r, err := l.rail.Check(t.Context(), a); !errors.Is(err, chain.ErrBehind) {
		t.Errorf("before it is final: %s (%v)", r.Outcome, err)
	}
	l.mine(chain.FinalDepth)
	l.lost(p, chain.ErrNonce)
	l.paid("0")
}

// One that was never told as paid is for people as well, once nobody can take the stranger's transaction back.
func TestAPayoutWhoseNonceAnotherUsedIsForPeople(t *testing.T) {
	l := newTreasury(t, nil)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	a, _ := p.Last()
	l.says(l.send(p), payment.Pending)
	l.forget()
	stranger := addressOf(l.payer)
	l.lab.send(l.house, &stranger, big.NewInt(1), nil)
	l.mine(1 + chain.FinalDepth)
	r := l.check(p)
	l.says(r, payment.Review)
	a.Outcome, a.Progress = payment.Review, *r.Progress
	if _, err := l.rail.Check(t.Context(), a); err != nil {
		t.Error(err)
	}
	l.inFlight(0)
	if halts := l.halts(); len(halts) != 1 || !strings.Contains(halts[0].Reason, chain.ErrNonce.Error()) {
		t.Errorf("halts %+v", halts)
	}
}

func TestAChainWithoutFinalBlocksEndsAPayoutByDepth(t *testing.T) {
	w, change := through(t)
	l := newTreasury(t, change)
	w.endless.Store(true)
	l.open(func(c *onchain.Config) {
		c.Signer = "unix:" + l.socket
		change(c)
	})
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	l.says(l.cancel(p), payment.Unknown)
	l.mine(chain.FinalDepth - 1)
	l.says(l.check(p), payment.Unknown)
	l.mine(1)
	l.says(l.check(p), payment.Fenced)
	l.inFlight(0)
}

// TestANodeThatForgetsWhatIsFinalIsWaitedFor has a node that named a final block before: its chain has some.
func TestANodeThatForgetsWhatIsFinalIsWaitedFor(t *testing.T) {
	w, change := through(t)
	l := newTreasury(t, change)
	p := payout("1", money.Must("0.5", eth.String()), beneficiary)
	l.says(l.send(p), payment.Pending)
	l.says(l.cancel(p), payment.Unknown)
	w.endless.Store(true)
	l.mine(2 * chain.FinalDepth)
	l.says(l.check(p), payment.Unknown)
	w.endless.Store(false)
	l.says(l.check(p), payment.Fenced)
}
