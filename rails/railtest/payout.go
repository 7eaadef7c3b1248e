package railtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Payout is a rail that sends money to beneficiaries, with the network behind it.
type Payout struct {
	// Network returns a new network with empty books, on which we have more than enough.
	Network func(t *testing.T) PayoutNetwork
	// Method is how the beneficiary is reached.
	Method payment.Method
	// Beneficiary is one whom an honest network pays.
	Beneficiary payment.Beneficiary
	// Amount is what the beneficiary is sent.
	Amount money.Amount
}

// Trouble is how a network treats the requests that send money.
type Trouble string

// The troubles.
const (
	Well        Trouble = "well"
	Deaf        Trouble = "deaf"          // they are lost before they arrive
	Mute        Trouble = "mute"          // they arrive, and the answers are lost
	Refusing    Trouble = "refusing"      // they are refused for good
	WrongAmount Trouble = "wrong amount"  // they are carried out, and the answers name another amount
	Silent      Trouble = "silent to all" // nobody is answered anything
)

// PayoutNetwork is a bank or a chain, played by a test.
type PayoutNetwork interface {
	// Open returns a new adapter, as after a restart. What its store remembers outlives it.
	Open() (rails.Rail, error)
	// Suffer puts a trouble in force, and returns false when the network has no such.
	Suffer(trouble Trouble) bool
	// Settle carries out, for good, all that arrived.
	Settle()
	// Paid returns what the beneficiary got, in all.
	Paid() money.Amount
}

// RunPayout runs the suite of payout rails as subtests.
func RunPayout(t *testing.T, s Payout) {
	t.Helper()
	for _, scene := range payoutScenes {
		t.Run(scene.name, func(t *testing.T) { scene.play(newPayoutTrial(t, s)) })
	}
}

var payoutScenes = []struct {
	name string
	play func(p *payoutTrial)
}{
	{"paid, and said once", paidOnce},
	{"two payouts are two", twoPayouts},
	{"sent again, before and after it settled", sentAgain},
	{"the answer is lost", func(p *payoutTrial) { troubled(p, Mute) }},
	{"the request is lost", func(p *payoutTrial) { troubled(p, Deaf) }},
	{"the answer names another amount", func(p *payoutTrial) { troubled(p, WrongAmount) }},
	{"the request is lost, and canceled", lostAndCanceled},
	{"canceled before it was sent", canceledBefore},
	{"canceled after it settled", canceledAfter},
	{"refused", refused},
	{"nobody answers", nobodyAnswers},
}

// payoutTrial is a payout on one adapter.
type payoutTrial struct {
	Payout

	t       *testing.T
	network PayoutNetwork
	rail    rails.Rail
	now     time.Time
}

func newPayoutTrial(t *testing.T, s Payout) *payoutTrial {
	t.Helper()
	p := &payoutTrial{Payout: s, t: t, network: s.Network(t), now: start}
	p.restart()
	if !p.rail.Capabilities().Payout {
		t.Fatal("it does not say that it pays out")
	}
	return p
}

func (p *payoutTrial) restart() {
	p.t.Helper()
	rail, err := p.network.Open()
	if err != nil {
		p.t.Fatalf("open: %v", err)
	}
	p.rail = rail
}

// ask makes a payment with one attempt that is on disk and was not sent.
func ask(method payment.Method, amount money.Amount, number int64, can payment.Capabilities) payment.Payment {
	return request(fx.Collect, "pay", payment.Order{}, method, amount, number, can)
}

func request(d fx.Direction, prefix string, order payment.Order, method payment.Method, amount money.Amount, number int64, can payment.Capabilities) payment.Payment {
	zero, one := amount.Asset().Zero(), money.Identity(amount.Asset())
	quote := fx.Quote{
		ID: fmt.Sprintf("quo_01KA%022d", number), Merchant: "m_1", Direction: d, Mode: fx.Firm, Fix: fx.SourceFixed, Source: amount, Target: amount,
		Rate: fx.Rate{Mid: one, Client: one}, AtMid: amount, Margin: zero, Residual: zero, Status: fx.Accepted, CreatedAt: start, ExpiresAt: start.Add(lock),
	}
	id := payment.ID(fmt.Sprintf("%s_01KA%022d", prefix, number))
	o := payment.New(id, "m_1", payment.Test, order, method, quote, start, start.Add(lock))
	return o.Begin(payment.Attempt{
		ID: fmt.Sprintf("att_01KA%022d", number), Channel: channel, Cost: zero, Capabilities: can,
		UETR:      fmt.Sprintf("00000000-0000-4000-8000-%012d", number),
		CreatedAt: start, Deadline: start.Add(10 * time.Second),
	}, payment.Decision{Chosen: channel, At: start})
}

func (p *payoutTrial) order(number int64) *payment.Payment {
	beneficiary := p.Beneficiary
	o := request(fx.Send, "po", payment.Order{Beneficiary: &beneficiary, Bearer: payment.BearerDebtor}, p.Method, p.Amount, number, p.rail.Capabilities())
	return &o
}

// learn asks the adapter, has the payout believe it, and returns what it then is.
func (p *payoutTrial) learn(o *payment.Payment, by payment.Evidence, call func(context.Context, payment.Attempt) (payment.Result, error)) payment.Attempt {
	p.t.Helper()
	a := o.Attempts[0]
	result, err := call(p.t.Context(), a)
	if err != nil {
		result = payment.Result{}
	}
	p.now = p.now.Add(time.Minute)
	after, err := o.Learn(payment.News{Ref: a.ID, By: by, At: p.now, Result: result})
	if err != nil {
		p.t.Fatalf("learn: %v", err)
	}
	*o = after
	return after.Attempts[0]
}

func (p *payoutTrial) send(o *payment.Payment, by payment.Evidence) payment.Attempt {
	p.t.Helper()
	return p.learn(o, by, func(ctx context.Context, a payment.Attempt) (payment.Result, error) { return p.rail.Send(ctx, *o, a) })
}

func (p *payoutTrial) check(o *payment.Payment) payment.Attempt {
	p.t.Helper()
	return p.learn(o, payment.ByInquiry, p.rail.Check)
}

func (p *payoutTrial) cancel(o *payment.Payment) payment.Attempt {
	p.t.Helper()
	return p.learn(o, payment.ByCancel, p.rail.(rails.Canceler).Cancel)
}

func (p *payoutTrial) is(a payment.Attempt, want ...payment.Outcome) {
	p.t.Helper()
	for _, w := range want {
		if a.Outcome == w {
			return
		}
	}
	p.t.Errorf("it is %s (%s %s), want %v", a.Outcome, a.Reason, a.ProviderCode, want)
}

// paid demands that the beneficiary got so many payouts.
func (p *payoutTrial) paid(times int64) {
	p.t.Helper()
	want := p.Amount.Bps(10_000 * times)
	if got := p.network.Paid(); !got.Equal(want) {
		p.t.Errorf("the beneficiary got %s, want %s", got, want)
	}
}
