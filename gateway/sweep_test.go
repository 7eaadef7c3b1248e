package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

var coin = func() money.Asset {
	asset := money.Asset{Code: "USDC", Network: "eip155:31337", Exponent: 6, Kind: money.Token}
	if err := money.Register(asset); err != nil {
		panic(err)
	}
	return asset
}()

// vault is a house at whose places something of a chain waits to be swept.
type vault struct {
	*house

	sweeps map[string]int // by reference: how often each was sent
	fate   payment.Result // of sweeps
	lost   bool           // the answer to the next sweep
}

func (v *vault) Sweep(_ context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	v.sweeps[o.ID]++
	if v.lost {
		v.lost = false
		return payment.Result{}, errors.New("no answer")
	}
	return v.fate, nil
}

func (v *vault) CheckOperation(context.Context, payment.Attempt, payment.Operation) (payment.Result, error) {
	return v.fate, nil
}

func swept(o payment.Outcome, block string) payment.Result {
	return payment.Result{
		Outcome: o, Amount: money.Must("5", coin.String()), Progress: &payment.Progress{Block: block, Gas: money.Must("0.5", coin.String())},
	}
}

// vaultLab has so many places with 5 coins each.
func vaultLab(t *testing.T, places int) (*lab, *vault, rails.Journal, []payment.ID) {
	t.Helper()
	v := &vault{house: newHouse(), sweeps: map[string]int{}, fate: swept(payment.Pending, "")}
	l := newLabWith(t, gateway.Channel{
		Name: "bank.house", Method: payment.MethodBankTransfer, Mode: payment.Test, Rail: v, Currencies: []string{"EUR"}, Timeout: 5 * time.Second,
	})
	ctx, stop := context.WithCancel(t.Context())
	watching := make(chan struct{})
	go func() { l.Watch(ctx); close(watching) }()
	t.Cleanup(func() { stop(); <-watching })
	j := <-v.journal
	var ids []payment.ID
	for n := range places {
		reply, err := l.Create(t.Context(), l.transfer(fmt.Sprint("k", n)))
		if err != nil {
			t.Fatal(err)
		}
		p := l.load(reply.Payment.ID)
		r := payment.Receipt{Reference: fmt.Sprint("tx", n), Amount: money.Must("5", coin.String()), State: payment.ReceiptCredited, Block: "0xb", At: l.now()}
		if err := j.Arrived(t.Context(), p.Attempts[0].Instruction.PayTo, r); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	return l, v, j, ids
}

func (l *lab) collect(j rails.Journal, least string, room int) {
	l.t.Helper()
	worth := []rails.Worth{{Least: money.Must(least, coin.String()), Leave: coin.Zero()}}
	if _, err := j.(rails.SweepBeginner).BeginSweeps(l.t.Context(), worth, "", room); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) hot() string {
	l.t.Helper()
	b, err := l.db.Balance(l.t.Context(), ledger.ChainHot(coin.Network), coin)
	if err != nil {
		l.t.Fatal(err)
	}
	return b.Value()
}

func TestASweepIsWrittenDownBeforeItIsSent(t *testing.T) {
	l, v, j, ids := vaultLab(t, 1)
	l.collect(j, "5.000001", 9)
	if o := l.load(ids[0]).Operations; len(o) != 0 {
		t.Fatalf("too little is swept: %+v", o)
	}
	l.collect(j, "5", 9)
	l.collect(j, "5", 9)
	if o := l.load(ids[0]).Operations; len(o) != 1 || o[0].Outcome != payment.Unknown || len(v.sweeps) != 0 {
		t.Fatalf("%+v, and %d were sent", o, len(v.sweeps))
	}
	v.lost = true
	l.wake()
	l.pass(40 * time.Second)
	o := l.load(ids[0]).Operations
	if len(o) != 1 || o[0].Outcome != payment.Pending || len(v.sweeps) != 1 || v.sweeps[o[0].ID] != 2 {
		t.Fatalf("%+v, sent %v", o, v.sweeps)
	}
	for _, step := range []struct {
		fate payment.Result
		hot  string
	}{
		{swept(payment.Pending, ""), "0.000000"},
		{swept(payment.Done, "0xa1"), "4.500000"},
		{swept(payment.Done, "0xa1"), "4.500000"},
		{swept(payment.Pending, ""), "0.000000"},
		{swept(payment.Done, "0xa2"), "4.500000"},
	} {
		v.fate = step.fate
		l.jump(time.Second)
		if err := j.Moved(t.Context(), o[0].ID); err != nil {
			t.Fatal(err)
		}
		if got := l.hot(); got != step.hot {
			t.Errorf("after %s the wallet has %s, want %s", step.fate.Outcome, got, step.hot)
		}
	}
}

func TestNoMoreSweepsAreBegunThanThereIsRoomFor(t *testing.T) {
	l, _, j, ids := vaultLab(t, 3)
	begun := func() (n int) {
		for _, id := range ids {
			n += len(l.load(id).Operations)
		}
		return n
	}
	l.collect(j, "1", 2)
	if n := begun(); n != 2 {
		t.Errorf("%d were begun, want 2", n)
	}
	l.collect(j, "1", 2)
	if n := begun(); n != 3 {
		t.Errorf("%d were begun, want 3", n)
	}
}

// A question that was put before the sweep came to count does not take it back.
func TestAStaleAnswerTakesNoSweepBack(t *testing.T) {
	l, v, j, ids := vaultLab(t, 1)
	l.collect(j, "5", 9)
	l.wake()
	v.fate = swept(payment.Done, "0xa1")
	l.jump(time.Second)
	ref := l.load(ids[0]).Operations[0].ID
	if err := j.Moved(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	p := l.load(ids[0])
	old := payment.News{Ref: ref, Result: swept(payment.Pending, ""), By: payment.ByInquiry, At: l.now(), AskedAt: p.UpdatedAt.Add(-time.Millisecond)}
	if after, err := p.Learn(old); err != nil || after.Operations[0].Outcome != payment.Done {
		t.Errorf("%s (%v)", after.Operations[0].Outcome, err)
	}
	for _, ruled := range []payment.Outcome{payment.Done, payment.NotSent} {
		q := p
		q.Operations = append([]payment.Operation{}, p.Operations...)
		q.Operations[0].Outcome = payment.Review
		if _, err := q.Decide(ref, ruled, l.now()); (err != nil) != (ruled == payment.Done) {
			t.Errorf("people say %s: %v", ruled, err)
		}
	}
}
