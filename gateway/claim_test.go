package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// till is a vault that gives payers back what waits in claims.
type till struct {
	*vault

	mu      sync.Mutex
	returns map[string]int // by reference: how often each was sent
}

func (w *till) Destination(text string) (string, error) {
	if !strings.HasPrefix(text, "0x") {
		return "", errors.New("it is no address")
	}
	return strings.ToLower(text), nil
}

func (w *till) ReturnClaim(_ context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.returns[o.ID]++
	return w.fate, nil
}

// tillLab has a payment to whose place 5 coins came, which were not asked for and were credited just now.
func tillLab(t *testing.T) (*lab, *till, rails.Journal, payment.ID) {
	t.Helper()
	w := &till{vault: &vault{house: newHouse(), sweeps: map[string]int{}, fate: swept(payment.Pending, "")}, returns: map[string]int{}}
	l := newLabWith(t, gateway.Channel{
		Name: "bank.house", Method: payment.MethodBankTransfer, Mode: payment.Test, Rail: w, Currencies: []string{"EUR"}, Timeout: 5 * time.Second,
	})
	ctx, stop := context.WithCancel(t.Context())
	watching := make(chan struct{})
	go func() { l.Watch(ctx); close(watching) }()
	t.Cleanup(func() { stop(); <-watching })
	j := <-w.journal
	reply, err := l.Create(t.Context(), l.transfer("k"))
	if err != nil {
		t.Fatal(err)
	}
	p := l.load(reply.Payment.ID)
	r := payment.Receipt{Reference: "tx", Amount: money.Must("5", coin.String()), State: payment.ReceiptCredited, Block: "0xb", Sender: "0xf", At: l.now()}
	if err := j.Arrived(t.Context(), p.Attempts[0].Instruction.PayTo, r); err != nil {
		t.Fatal(err)
	}
	return l, w, j, p.ID
}

func (l *lab) give(id payment.ID, amount, to, by string) (payment.ClaimRuling, error) {
	return l.ReturnClaim(l.t.Context(), id, money.Must(amount, coin.String()), to, by)
}

func (l *lab) claimed(id payment.ID) string {
	l.t.Helper()
	b, err := l.db.Balance(l.t.Context(), ledger.Claims(string(id)), coin)
	if err != nil {
		l.t.Fatal(err)
	}
	return b.Value()
}

func TestAClaimIsReturnedByTwoPeople(t *testing.T) {
	l, w, j, id := tillLab(t)
	if _, err := l.give(id, "5", "0xA", "ann"); !errors.Is(err, payment.ErrClaimEarly) {
		t.Errorf("at once: %v", err)
	}
	l.jump(claimsAfter)
	for name, row := range map[string]struct {
		amount, to, by string
		want           error
	}{
		"more than waits": {"5.000001", "0xA", "ann", payment.ErrAmountExceeds},
		"nothing":         {"0", "0xA", "ann", payment.ErrAmountExceeds},
		"no address":      {"5", "somewhere", "ann", payment.ErrDestination},
		"nobody":          {"5", "0xA", " ", payment.ErrNoPerson},
	} {
		if _, err := l.give(id, row.amount, row.to, row.by); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	for _, by := range []string{"ann", "ann", " Ann "} {
		if r, err := l.give(id, "5", "0xA", by); err != nil || r.ConfirmedBy != "" {
			t.Fatalf("one person alone: %+v, %v", r, err)
		}
	}
	for _, other := range [][2]string{{"4", "0xA"}, {"4", "0xB"}, {"5", "0xA"}} { // each in place of the one before
		if r, err := l.give(id, other[0], other[1], "bob"); err != nil || r.ConfirmedBy != "" {
			t.Fatalf("another who says otherwise: %+v, %v", r, err)
		}
	}
	l.jump(payment.ProposedFor)
	if r, err := l.give(id, "5", "0xA", "ann"); err != nil || r.ConfirmedBy != "" {
		t.Fatalf("a day later: %+v, %v", r, err)
	}
	l.wake()
	if o := l.load(id).Operations; len(o) != 0 || len(w.returns) != 0 {
		t.Fatalf("with no two who agree: %+v", o)
	}
	if all, err := l.db.Claims(t.Context()); err != nil || len(all) != 1 || all[0].Amount.Value() != "5.000000" || all[0].Ruling == nil || all[0].Ruling.ProposedBy != "ann" || fmt.Sprint(all[0].Senders) != "[0xf]" {
		t.Errorf("claims %+v, %v", all, err)
	}
	r, err := l.give(id, "5", "0xa", "bob")
	if err != nil || r.ProposedBy != "ann" || r.ConfirmedBy != "bob" || r.Destination != "0xa" {
		t.Fatalf("two who agree: %+v, %v", r, err)
	}
	for _, by := range []string{"ann", "bob", "eve"} {
		if again, err := l.give(id, "5", "0xA", by); err != nil || again.Operation != r.Operation || again.ConfirmedBy != "bob" {
			t.Errorf("%s says so again: %+v, %v", by, again, err)
		}
	}
	l.paysOut(w, j, id, r)
}

// paysOut carries the return out, and has the chain take it back once.
func (l *lab) paysOut(w *till, j rails.Journal, id payment.ID, r payment.ClaimRuling) {
	l.t.Helper()
	if o := l.load(id).Operations; len(o) != 1 || o[0].Outcome != payment.Unknown || o[0].Destination != "0xa" || o[0].ID != r.Operation {
		l.t.Fatalf("%+v", o)
	}
	l.wake()
	if len(w.returns) != 1 || w.returns[r.Operation] != 1 {
		l.t.Fatalf("sent: %v", w.returns)
	}
	for _, step := range []struct {
		outcome payment.Outcome
		block   string
		waits   string
	}{{payment.Done, "0xa1", "0.000000"}, {payment.Pending, "", "5.000000"}, {payment.Done, "0xa2", "0.000000"}, {payment.Done, "0xa2", "0.000000"}} {
		w.fate = swept(step.outcome, step.block)
		l.jump(time.Second)
		if err := j.Moved(l.t.Context(), r.Operation); err != nil {
			l.t.Fatal(err)
		}
		if got := l.claimed(id); got != step.waits {
			l.t.Errorf("after %s %s waits, want %s", step.outcome, got, step.waits)
		}
	}
	if all, err := l.db.Claims(l.t.Context()); err != nil || len(all) != 0 {
		l.t.Errorf("claims %+v, %v", all, err)
	}
	l.jump(payment.ProposedFor)
	if _, err := l.give(id, "5", "0xA", "ann"); !errors.Is(err, payment.ErrAmountExceeds) {
		l.t.Errorf("a second time: %v", err)
	}
}

// Two gateways, at each of which somebody confirms at once, begin one return, although there is enough for two.
func TestTwoGatewaysThatConfirmAtOnceBeginOneReturn(t *testing.T) {
	l, w, j, id := tillLab(t)
	p := l.load(id)
	r := payment.Receipt{Reference: "more", Amount: money.Must("5", coin.String()), State: payment.ReceiptCredited, Block: "0xc", At: l.now()}
	if err := j.Arrived(t.Context(), p.Attempts[0].Instruction.PayTo, r); err != nil {
		t.Fatal(err)
	}
	l.jump(claimsAfter)
	if _, err := l.give(id, "5", "0xa", "ann"); err != nil {
		t.Fatal(err)
	}
	answers := make([]payment.ClaimRuling, 8)
	var confirming, meeting sync.WaitGroup
	var arrived atomic.Int64
	meeting.Add(len(answers))
	l.db.failing(func(payment.Transition) error { // none commits before all of them are about to
		if arrived.Add(1) <= int64(len(answers)) {
			meeting.Done()
			meeting.Wait()
		}
		return nil
	})
	for n := range answers {
		other := l.another(l.pricer(), nil)
		confirming.Go(func() {
			var err error
			if answers[n], err = other.ReturnClaim(t.Context(), id, money.Must("5", coin.String()), "0xa", "bob"); err != nil {
				t.Error(err)
			}
		})
	}
	confirming.Wait()
	for _, a := range answers {
		if a.Operation != answers[0].Operation || a.ConfirmedBy != "bob" {
			t.Errorf("%+v, and another heard %+v", a, answers[0])
		}
	}
	l.wake()
	if o := l.load(id).Operations; len(o) != 1 || len(w.returns) != 1 {
		t.Errorf("begun: %+v, sent: %v", o, w.returns)
	}
}

// What waits at a rail that has no way back is returned by hand.
func TestAClaimAtARailWithoutAWayBackIsNotReturned(t *testing.T) {
	l, _, _, ids := vaultLab(t, 1)
	l.jump(claimsAfter)
	if _, err := l.give(ids[0], "5", "0xa", "ann"); !errors.Is(err, payment.ErrNotReturnable) {
		t.Error(err)
	}
}
