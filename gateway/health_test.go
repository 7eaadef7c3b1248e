package gateway_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
)

// sick is a house that can be asked how it is.
type sick struct {
	*house

	down  atomic.Bool
	slow  atomic.Bool // it answers after the channel's timeout, as when one node hung before another answered
	asked atomic.Int64
}

func (s *sick) Probe(ctx context.Context) error {
	s.asked.Add(1)
	if s.slow.Load() {
		select {
		case <-time.After(6 * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.down.Load() {
		return errors.New("nobody answers")
	}
	return nil
}

// ward is a lab of a card channel and of a bank that payers transfer to. Nobody watches the bank here: another gateway does.
func ward(t *testing.T) (*lab, *sick) {
	t.Helper()
	s := &sick{house: newHouse()}
	transfer := bankOf(s.house, "bank.house")
	transfer.Rail, transfer.Poll = s, 10*time.Second
	card := gateway.Channel{
		Name: "card.c1", Method: payment.MethodCard, Mode: payment.Test, Rail: newProvider(all), Currencies: []string{"EUR"}, Timeout: 5 * time.Second,
	}
	l := newLabWith(t, card, transfer)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { l.board.Run(ctx); close(ended) }()
	t.Cleanup(func() {
		stop()
		<-ended
		asked := s.asked.Load()
		time.Sleep(time.Hour)
		if s.asked.Load() != asked {
			t.Error("it is asked after the end")
		}
	})
	return l, s
}

// offered are the ways that a payer is offered now.
func (l *lab) offered() []payment.MethodType {
	l.t.Helper()
	offers, err := l.Offers(l.t.Context(), l.request("offers"))
	if err != nil {
		l.t.Fatal(err)
	}
	var available []payment.MethodType
	for _, o := range offers {
		if o.Available() {
			available = append(available, o.Method.Type)
		}
	}
	return available
}

// becomes demands what payers find of the bank after so long.
func (l *lab) becomes(after time.Duration, want breaker.Status) {
	l.t.Helper()
	time.Sleep(after)
	synctest.Wait()
	state, _ := l.board.State("bank.house")
	if got := state.ForPayers(); got.Status != want {
		l.t.Fatalf("%s (%s), want %s", got.Status, got.Reason, want)
	}
}

// A bank or a chain that shows nothing of what arrives takes no further payer, whoever watches it, and comes back by itself.
func TestAPushChannelThatIsDownIsNotOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := ward(t)
		both := []payment.MethodType{payment.MethodCard, payment.MethodBankTransfer}
		l.becomes(time.Minute, breaker.Closed)
		if got := l.offered(); !slices.Equal(got, both) {
			t.Fatalf("well, offered %v", got)
		}
		reply, err := l.Create(t.Context(), l.transfer("before"))
		if err != nil {
			t.Fatal(err)
		}
		s.slow.Store(true)
		l.becomes(time.Minute, breaker.Closed)
		s.slow.Store(false)
		l.becomes(time.Minute, breaker.Closed)
		s.down.Store(true)
		l.becomes(2*time.Second, breaker.Closed) // one answer that is lost says nothing
		l.becomes(8*time.Second, breaker.Open)
		if got := l.offered(); !slices.Equal(got, both[:1]) {
			t.Errorf("down, offered %v", got)
		}
		if p := l.load(reply.Payment.ID); p.Status() != payment.RequiresAction {
			t.Errorf("who was told where to pay before is %s", p.Status())
		}
		waiting, err := l.Create(t.Context(), l.transfer("meanwhile"))
		if err != nil || len(waiting.Payment.Attempts) > 0 {
			t.Errorf("a payer is sent to a bank that is down: %+v, %v", waiting.Payment.Attempts, err)
		}
		l.becomes(time.Hour, breaker.Open)
		s.down.Store(false)
		l.becomes(8*time.Second, breaker.Closed)
		if got := l.offered(); !slices.Equal(got, both) {
			t.Errorf("well again, offered %v", got)
		}
		l.pass(time.Minute)
		if p := l.load(waiting.Payment.ID); p.Status() != payment.RequiresAction {
			t.Errorf("who came meanwhile is %s", p.Status())
		}
	})
}

// A bank that shows nothing of what arrives still takes payouts: they are calls, and its breaker judges them.
func TestAPushChannelThatIsDownPaysOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := ward(t)
		l.funded("5000.00", "5000.00")
		s.down.Store(true)
		l.becomes(10*time.Second, breaker.Open)
		reply, err := l.CreatePayout(t.Context(), l.payout("p", "10.00"))
		if err != nil {
			t.Fatal(err)
		}
		if p := reply.Payment; len(p.Attempts) != 1 || p.Attempts[0].Reason == payment.NotAdmitted {
			t.Errorf("%s, attempts %+v, decisions %+v", p.Status(), p.Attempts, p.Decisions)
		}
		l.becomes(0, breaker.Open)
	})
}

// Whoever should look at what arrives does not, and whatever keeps them from it: every gateway knows, by the store that they share.
func TestABankThatNobodyLooksAtIsNotOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := ward(t)
		looks := func() {
			t.Helper()
			if err := l.db.SaveCursor(t.Context(), "bank.house", "1", l.now()); err != nil {
				t.Fatal(err)
			}
		}
		l.becomes(time.Minute, breaker.Closed) // nobody looked yet: a bank that is new
		looks()
		l.jump(45 * time.Second)
		l.becomes(time.Minute, breaker.Closed)
		l.jump(time.Second)
		l.becomes(10*time.Second, breaker.Open)
		state, _ := l.board.State("bank.house")
		if !strings.Contains(state.Unwell, "last looked at 2026-11-02T09:00:00.000Z") || state.Status != breaker.Closed {
			t.Errorf("%s, unwell %q", state.Status, state.Unwell)
		}
		l.jump(5 * time.Hour) // the whole fleet was away, and begins
		l.becomes(time.Second, breaker.Open)
		looks()
		l.becomes(8*time.Second, breaker.Closed)
	})
}

// Payers who are told where to send money say nothing about the bank, which nobody asked.
func TestToTellAPayerWhereToPayIsNoSignOfHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := ward(t)
		for _, key := range []string{"a", "b", "c"} {
			if _, err := l.Create(t.Context(), l.transfer(key)); err != nil {
				t.Fatal(err)
			}
		}
		if s, _ := l.board.State("bank.house"); s.Requests != 0 || s.InFlight != 0 {
			t.Errorf("%d answers are counted, %d calls under way", s.Requests, s.InFlight)
		}
	})
}

// A bank that says that it is well and takes no payouts is kept from them by its breaker, as ever.
func TestGoodProbesHideNoPayoutThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := ward(t)
		l.funded("5000.00", "5000.00")
		l.becomes(time.Minute, breaker.Closed)
		s.says(payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached})
		for n := range breaker.Defaults().MinRequests {
			if _, err := l.CreatePayout(t.Context(), l.payout(string(rune('a'+n)), "1.00")); err != nil {
				t.Fatal(err)
			}
		}
		l.becomes(0, breaker.Open)
	})
}
