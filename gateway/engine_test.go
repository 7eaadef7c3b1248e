package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

func TestAPaymentCostsTwoCommits(t *testing.T) {
	l := newLab(t, newProvider(all))
	p := l.pay("k1")
	if p.Status() != payment.Succeeded || l.taken() != 1 {
		t.Errorf("status %s, %d charges", p.Status(), l.taken())
	}
	if l.commits != 2 {
		t.Errorf("%d commits, want 2", l.commits)
	}
}

func TestNotSentMovesOnInTheSameRequest(t *testing.T) {
	l := newLab(t, newProvider(all, refused), newProvider(all))
	p := l.pay("k1")
	if p.Status() != payment.Succeeded || len(p.Attempts) != 2 || p.Attempts[0].Outcome != payment.NotSent {
		t.Fatalf("status %s, attempts %+v", p.Status(), p.Attempts)
	}
	if l.taken() != 1 || l.commits != 3 {
		t.Errorf("%d charges, %d commits", l.taken(), l.commits)
	}
	why := p.Decisions[1]
	if why.Chosen != "card.c2" || why.Candidates[0].WhyNot[0] != "was tried before" {
		t.Errorf("decision %+v", why)
	}
}

// The heart of the matter: however an answer is lost, the payer is charged once.
func TestALostAnswerNeverChargesTwice(t *testing.T) {
	inquiryOnly := payment.Capabilities{Inquiry: true}
	fenceOnly := payment.Capabilities{Fence: true, Inquiry: true}
	for _, row := range []struct {
		name   string
		caps   payment.Capabilities
		first  behaviour
		status payment.Status
		used   int // attempts
	}{
		{"charged, answer lost, replay", all, lostAnswer, payment.Succeeded, 1},
		{"charged, answer lost, inquiry", inquiryOnly, lostAnswer, payment.Succeeded, 1},
		{"charged, never found, fence refused", fenceOnly, lostUnseen, payment.Succeeded, 1},
		{"charged, never found, no fence", inquiryOnly, lostUnseen, payment.NeedsReview, 1},
		{"never arrived, replay", all, swallowed, payment.Succeeded, 1},
		{"never arrived, fence, next channel", fenceOnly, swallowed, payment.Succeeded, 2},
		{"never arrived, no fence", inquiryOnly, swallowed, payment.NeedsReview, 1},
		{"wrong amount echoed", all, wrongEcho, payment.Succeeded, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := newLab(t, newProvider(row.caps, row.first), newProvider(all))
			p := l.pay("k1")
			if p.Status() != payment.Processing || len(p.Attempts) != 1 {
				t.Fatalf("right after the loss: %s with %d attempts", p.Status(), len(p.Attempts))
			}
			if got := p.Exceptions(l.now()); len(got) != 1 || got[0] != payment.OutcomeUnknown {
				t.Fatalf("exceptions %v", got)
			}
			l.pass(2 * time.Minute)
			if row.status == payment.NeedsReview {
				l.skipTo(p.ID)
			}
			p = l.load(p.ID)
			if p.Status() != row.status || len(p.Attempts) != row.used {
				t.Errorf("status %s after %d attempts, want %s after %d", p.Status(), len(p.Attempts), row.status, row.used)
			}
			if l.taken() > 1 || (row.status == payment.Succeeded && l.taken() != 1) {
				t.Errorf("charged %d times", l.taken())
			}
		})
	}
}

// skipTo moves the clock from one due moment of the payment to the next until it waits for nothing.
func (l *lab) skipTo(id payment.ID) {
	l.t.Helper()
	for range 2 * payment.ChecksMax {
		due := l.load(id).Due()
		if due.IsZero() {
			return
		}
		l.mu.Lock()
		if due.After(l.clock) {
			l.clock = due
		}
		l.mu.Unlock()
		l.wake()
	}
	l.t.Fatal("the ladder has no end")
}

func TestAChannelThatBreaksItsFenceIsReversed(t *testing.T) {
	first := newProvider(payment.Capabilities{Fence: true, Inquiry: true}, swallowed)
	l := newLab(t, first, newProvider(all))
	p := l.pay("k1")
	l.pass(time.Minute)
	p = l.load(p.ID)
	if p.Status() != payment.Succeeded || p.Attempts[0].Outcome != payment.Fenced {
		t.Fatalf("status %s, first attempt %s", p.Status(), p.Attempts[0].Outcome)
	}
	first.late(p.Attempts[0])
	if err := l.Report(t.Context(), p.Attempts[0].ID); err != nil {
		t.Fatal(err)
	}
	p = l.load(p.ID)
	if len(p.Operations) != 1 || p.Operations[0].Kind != payment.Reversal || p.Operations[0].Outcome != payment.Done {
		t.Fatalf("operations %+v", p.Operations)
	}
	if l.taken() != 1 || p.Status() != payment.Succeeded {
		t.Errorf("%d charges remain, status %s", l.taken(), p.Status())
	}
}

func TestACrashAfterTheFirstCommitIsResolved(t *testing.T) {
	for _, row := range []struct {
		name  string
		lost  bool // the channel was called before the crash
		taken int
	}{{"before the wire", false, 1}, {"after the answer", true, 1}} {
		t.Run(row.name, func(t *testing.T) {
			l := newLab(t, newProvider(all))
			crash := errors.New("the process died")
			l.db.failing(func(tr payment.Transition) error {
				if tr.New() && !row.lost {
					l.board.Decide(breaker.Flag{Channel: "card.c1", Status: breaker.Draining, By: "test"})
				}
				if !tr.New() {
					return crash
				}
				return nil
			})
			if _, err := l.Create(t.Context(), l.request("k1")); err == nil {
				t.Fatal("the crash was answered with success")
			}
			l.db.failing(nil)
			l.board.Decide(breaker.Flag{Channel: "card.c1", Status: breaker.Closed, By: "test"})
			if l.taken() != map[bool]int{true: 1}[row.lost] {
				t.Fatalf("%d charges at the crash", l.taken())
			}
			l.pass(time.Minute)
			reply, err := l.Create(t.Context(), l.request("k1"))
			if err != nil {
				t.Fatal(err)
			}
			if !reply.Replayed || reply.Payment.Status() != payment.Succeeded || l.taken() != row.taken {
				t.Errorf("replayed %t, status %s, %d charges", reply.Replayed, reply.Payment.Status(), l.taken())
			}
		})
	}
}

func TestWithoutADatabaseNoChannelIsCalled(t *testing.T) {
	l := newLab(t, newProvider(all))
	l.db.failing(func(payment.Transition) error { return payment.ErrUnavailable })
	if _, err := l.Create(t.Context(), l.request("k1")); !errors.Is(err, payment.ErrUnavailable) {
		t.Fatal(err)
	}
	if l.providers[0].sent != 0 {
		t.Error("the channel was called")
	}
}

func TestFiftyRequestsWithOneKeyAreOnePayment(t *testing.T) {
	l := newLab(t, newProvider(all))
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids, inFlight := map[payment.ID]int{}, 0
	for range 50 {
		wg.Go(func() {
			reply, err := l.Create(t.Context(), l.request("k1"))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, gateway.ErrKeyInFlight):
				inFlight++
			case err != nil:
				t.Error(err)
			default:
				ids[reply.Payment.ID]++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || l.taken() != 1 || l.providers[0].sent != 1 {
		t.Errorf("payments %v, %d in flight, %d charges, %d sent", ids, inFlight, l.taken(), l.providers[0].sent)
	}
	other := l.request("k1")
	other.Key.Hash = "another body"
	if _, err := l.Create(t.Context(), other); !errors.Is(err, gateway.ErrKeyReused) {
		t.Errorf("another body under the key: %v", err)
	}
}

func TestTwentyFullRefundsAreOne(t *testing.T) {
	l := newLab(t, newProvider(all))
	p := l.pay("k1")
	l.pay("k2")
	l.mu.Lock()
	l.clock = l.clock.AddDate(0, 0, 3)
	l.mu.Unlock()
	l.wake() // both are settled, so that the refund and its fee are covered
	var wg sync.WaitGroup
	var mu sync.Mutex
	done, refusedBy := 0, 0
	for i := range 20 {
		wg.Go(func() {
			_, err := l.Refund(t.Context(), l.change(p.ID, "r"+string(rune('a'+i))))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.Is(err, payment.ErrAmountExceeds):
				refusedBy++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done != 1 || refusedBy != 19 || len(l.providers[0].refunds) != 1 {
		t.Errorf("%d refunds answered, %d refused, %d at the channel", done, refusedBy, len(l.providers[0].refunds))
	}
}

func (l *lab) change(id payment.ID, key string) gateway.Change {
	return gateway.Change{
		Merchant: "m_1", Mode: payment.Test, Payment: id,
		Key: payment.Key{Merchant: "m_1", Path: "/v1/refunds", Key: key, Hash: "h", At: l.now()},
		Answer: func(p payment.Payment, _ string) payment.Answer {
			return payment.Answer{Merchant: "m_1", Path: "/v1/refunds", Key: key, Status: 201, Body: []byte(p.Status()), At: l.now()}
		},
	}
}

func TestSixClientsThatHangUpLeaveTheBreakerClosed(t *testing.T) {
	l := newLab(t, newProvider(all))
	for i := range 6 {
		ctx, hangUp := context.WithCancel(t.Context())
		l.providers[0].script = []behaviour{func(p *provider, a payment.Attempt, capture bool) (payment.Result, error) {
			hangUp()
			return approve(p, a, capture)
		}}
		if _, err := l.Create(ctx, l.request("k"+string(rune('a'+i)))); err != nil {
			t.Fatal(err)
		}
	}
	if state, _ := l.board.State("card.c1"); state.Status != breaker.Closed || l.taken() != 6 {
		t.Errorf("breaker %s, %d charges", state.Status, l.taken())
	}
}

func TestWithEveryChannelDownThePaymentWaitsAndThenGoesThrough(t *testing.T) {
	l := newLab(t, newProvider(all))
	l.flag(breaker.ForcedOpen)
	p := l.pay("k1")
	if p.Status() != payment.Processing || len(p.Attempts) != 0 || p.View(l.now(), "en").LastError.Code != payment.ChannelUnavailable {
		t.Fatalf("status %s, %d attempts", p.Status(), len(p.Attempts))
	}
	l.pass(10 * time.Second)
	l.flag(breaker.Closed)
	l.pass(10 * time.Second)
	if p = l.load(p.ID); p.Status() != payment.Succeeded || l.taken() != 1 {
		t.Errorf("status %s, %d charges", p.Status(), l.taken())
	}
}

func TestWithEveryChannelDownFailFastFails(t *testing.T) {
	l := newLab(t, newProvider(all))
	l.flag(breaker.ForcedOpen)
	r := l.request("k1")
	r.Order.FailFast = true
	reply, err := l.Create(t.Context(), r)
	if err != nil || reply.Payment.Status() != payment.Failed || reply.Payment.Closed != payment.ChannelUnavailable {
		t.Errorf("%v: status %s closed %s", err, reply.Payment.Status(), reply.Payment.Closed)
	}
}

func (l *lab) flag(s breaker.Status) {
	l.t.Helper()
	if _, err := l.board.Decide(breaker.Flag{Channel: "card.c1", Status: s, By: "test"}); err != nil {
		l.t.Fatal(err)
	}
}

func TestHardDeclineStopsAndSoftDeclineMovesOnOnce(t *testing.T) {
	hard := newLab(t, newProvider(all, decline(payment.LostCard)), newProvider(all))
	if p := hard.pay("k1"); p.Status() != payment.Failed || len(p.Attempts) != 1 || hard.taken() != 0 {
		t.Errorf("hard: %s after %d attempts", p.Status(), len(p.Attempts))
	}
	soft := newLab(t, newProvider(all, decline(payment.DoNotHonor)), newProvider(all, decline(payment.DoNotHonor)), newProvider(all))
	if p := soft.pay("k1"); p.Status() != payment.Failed || len(p.Attempts) != 2 || soft.taken() != 0 {
		t.Errorf("soft: %s after %d attempts", p.Status(), len(p.Attempts))
	}
}

func TestCancelWhileUnknownFences(t *testing.T) {
	l := newLab(t, newProvider(all, swallowed), newProvider(all))
	p := l.pay("k1")
	reply, err := l.Cancel(t.Context(), l.change(p.ID, "c1"))
	if err != nil {
		t.Fatal(err)
	}
	if reply.Payment.Status() != payment.StatusCanceled || l.taken() != 0 {
		t.Errorf("status %s, %d charges", reply.Payment.Status(), l.taken())
	}
}

// A cancel whose answer is lost is no fence, whether or not the channel has carried it out: no other attempt begins, and
// a charge that lands after all is the only one.
func TestAFenceThatNobodyConfirmedFreesNothing(t *testing.T) {
	first, second := newProvider(payment.Capabilities{Fence: true, Inquiry: true}, swallowed), newProvider(all)
	first.mute = func(payment.Attempt) {}
	l := newLab(t, first, second)
	p := l.pay("k1")
	l.pass(2 * time.Minute)
	p = l.load(p.ID)
	if p.Status() != payment.Processing || len(p.Attempts) != 1 || second.sent != 0 {
		t.Fatalf("%s after %d attempts, the other channel was sent %d", p.Status(), len(p.Attempts), second.sent)
	}
	first.late(p.Attempts[0])
	l.skipTo(p.ID)
	if p = l.load(p.ID); len(p.Attempts) != 1 || second.sent != 0 || l.taken() != 1 {
		t.Errorf("%s after %d attempts, charged %d times", p.Status(), len(p.Attempts), l.taken())
	}
}

func TestAuthorizeThenVoid(t *testing.T) {
	l := newLab(t, newProvider(all))
	r := l.request("k1")
	r.Order.Capture = payment.CaptureManual
	reply, err := l.Create(t.Context(), r)
	if err != nil || reply.Payment.Status() != payment.StatusAuthorized {
		t.Fatalf("%v: %s", err, reply.Payment.Status())
	}
	if reply, err = l.Cancel(t.Context(), l.change(reply.Payment.ID, "c1")); err != nil {
		t.Fatal(err)
	}
	if reply.Payment.Status() != payment.StatusCanceled || l.taken() != 0 {
		t.Errorf("status %s, %d charges", reply.Payment.Status(), l.taken())
	}
}

// A void has no reference of its own: what became of it is asked of the attempt.
func TestAVoidIsAskedOfItsAttempt(t *testing.T) {
	for name, row := range map[string]struct {
		cancel func(p *provider, a payment.Attempt)
		void   string
		want   payment.Status
	}{
		"it was released":        {func(p *provider, a payment.Attempt) { delete(p.charges, a.ID); p.canceled[a.ID] = true }, "done", payment.StatusCanceled},
		"it had been captured":   {func(p *provider, a payment.Attempt) { p.held[a.ID] = false }, "declined", payment.Succeeded},
		"it is authorized still": {func(*provider, payment.Attempt) {}, "unknown", payment.StatusAuthorized},
	} {
		channel := newProvider(all)
		l := newLab(t, channel)
		r := l.request("k1")
		r.Order.Capture = payment.CaptureManual
		reply, err := l.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		channel.mute = func(a payment.Attempt) { row.cancel(channel, a) }
		if reply, err = l.Cancel(t.Context(), l.change(reply.Payment.ID, "c1")); err != nil || len(reply.Payment.Operations) != 1 {
			t.Fatalf("%s: %v, %+v", name, err, reply.Payment.Operations)
		}
		err = l.Report(t.Context(), reply.Payment.Operations[0].ID)
		p := l.load(reply.Payment.ID)
		if (err == nil) != (row.void != "unknown") || p.Operations[0].Outcome.String() != row.void || p.Status() != row.want {
			t.Errorf("%s: %v: the void is %s, the payment %s", name, err, p.Operations[0].Outcome, p.Status())
		}
	}
}

func TestARefundMoreThanTheBalanceIsRefused(t *testing.T) {
	l := newLab(t, newProvider(all))
	p := l.pay("k1")
	_, err := l.Refund(t.Context(), l.change(p.ID, "r1")) // the fee of the payment is not covered
	if !errors.Is(err, payment.ErrInsufficient) {
		t.Errorf("refund of everything with nothing available: %v", err)
	}
	part := l.change(p.ID, "r2")
	part.Amount = money.Must("10.00", "EUR")
	reply, err := l.Refund(t.Context(), part)
	if err != nil || !reply.Payment.Refunded().Equal(part.Amount) {
		t.Errorf("%v: refunded %s", err, reply.Payment.Refunded())
	}
}

func TestARefundCostsWhatItsChannelChargesForOne(t *testing.T) {
	l := newLabWith(t, gateway.Channel{
		Name: "card.c1", Method: "card", Mode: payment.Test, Rail: newProvider(all), Currencies: []string{"EUR"}, Timeout: time.Second,
		RefundCost: gateway.Cost{Bps: 10, Fixed: []money.Amount{money.Must("0.10", "EUR")}},
	})
	p := l.pay("k1")
	part := l.change(p.ID, "r1")
	part.Amount = money.Must("10.00", "EUR")
	if _, err := l.Refund(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	entries, err := l.db.Entries(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	const want = "EUR | Dr cost:channel 0.11 | Cr channel:card.c1:receivable 0.11"
	if got := fmt.Sprint(entries); !strings.Contains(got, want) {
		t.Errorf("posted %s without %s", got, want)
	}
}

// Whoever is told that a refund was made finds it, however many are asked for at once.
func TestParallelPartialRefundsAreEachMadeOrRefused(t *testing.T) {
	l := newLab(t, newProvider(all))
	p := l.pay("k1")
	const asked = 40
	var wg sync.WaitGroup
	var mu sync.Mutex
	made, underWay := map[string]bool{}, 0
	for i := range asked {
		wg.Go(func() {
			c := l.change(p.ID, fmt.Sprint("r", i))
			c.Amount = money.Must("1.00", "EUR")
			object := ""
			answer := c.Answer
			c.Answer = func(p payment.Payment, named string) payment.Answer { object = named; return answer(p, named) }
			reply, err := l.Refund(t.Context(), c)
			if errors.Is(err, payment.ErrConflict) {
				return // the caller may try again: nothing was done
			}
			if errors.Is(err, gateway.ErrKeyInFlight) {
				mu.Lock()
				underWay++ // it gave way to others too often, and is carried on later
				mu.Unlock()
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			if o, ok := reply.Payment.Operation(object); !ok || o.Outcome != payment.Done {
				t.Errorf("%s was answered and is %+v", object, o)
			}
			mu.Lock()
			made[object] = true
			mu.Unlock()
		})
	}
	wg.Wait()
	l.pass(2 * time.Minute)
	stored := l.load(p.ID)
	if all := len(made) + underWay; len(made) == 0 || all != len(l.providers[0].refunds) || len(stored.Operations) != all {
		t.Errorf("%d answered, %d under way, %d at the channel, %d stored", len(made), underWay, len(l.providers[0].refunds), len(stored.Operations))
	}
}

func TestAnOrphanGoesBackWhileItsBreakerIsOpen(t *testing.T) {
	first := newProvider(payment.Capabilities{Fence: true, Inquiry: true}, swallowed)
	l := newLab(t, first, newProvider(all))
	p := l.pay("k1")
	l.pass(time.Minute)
	l.flag(breaker.ForcedOpen)
	p = l.load(p.ID)
	first.late(p.Attempts[0])
	if err := l.Report(t.Context(), p.Attempts[0].ID); err != nil {
		t.Fatal(err)
	}
	if p = l.load(p.ID); p.Operations[0].Outcome != payment.Done || l.taken() != 1 {
		t.Errorf("the reversal is %s, %d charges remain", p.Operations[0].Outcome, l.taken())
	}
}
