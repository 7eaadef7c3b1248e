package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/store"
)

// provider is a channel in memory with a ledger of its own: what it says and what it does are scripted apart.
type provider struct {
	caps payment.Capabilities

	mu       sync.Mutex
	script   []behaviour // of the next charges, in order; then approve
	charges  map[string]money.Amount
	held     map[string]bool // authorized, not captured
	canceled map[string]bool
	refunds  map[string]money.Amount
	sent     int                     // charges that reached it
	asked    int                     // inquiries
	unseen   map[string]bool         // charged, but inquiries say "not found"
	mute     func(a payment.Attempt) // what a cancel does whose answer is lost; nil: cancels are answered
}

type behaviour func(p *provider, a payment.Attempt, capture bool) (payment.Result, error)

var errLost = errors.New("connection reset")

func approve(p *provider, a payment.Attempt, capture bool) (payment.Result, error) {
	if p.canceled[a.ID] {
		return payment.Result{Outcome: payment.Fenced}, nil
	}
	p.charges[a.ID] = a.Amount
	p.held[a.ID] = !capture
	return p.state(a), nil
}

func decline(r payment.Reason) behaviour {
	return func(*provider, payment.Attempt, bool) (payment.Result, error) {
		return payment.Result{Outcome: payment.Declined, Reason: r}, nil
	}
}

// refused never arrives: the connection could not be made.
func refused(p *provider, _ payment.Attempt, _ bool) (payment.Result, error) {
	p.sent--
	return payment.Result{Outcome: payment.NotSent}, nil
}

// lostAnswer charges and does not say so.
func lostAnswer(p *provider, a payment.Attempt, capture bool) (payment.Result, error) {
	_, _ = approve(p, a, capture)
	return payment.Result{}, errLost
}

// lostUnseen charges, does not say so, and does not find it when asked.
func lostUnseen(p *provider, a payment.Attempt, capture bool) (payment.Result, error) {
	p.unseen[a.ID] = true
	return lostAnswer(p, a, capture)
}

// swallowed neither charges nor answers.
func swallowed(*provider, payment.Attempt, bool) (payment.Result, error) {
	return payment.Result{}, errLost
}

func wrongEcho(p *provider, a payment.Attempt, capture bool) (payment.Result, error) {
	r, err := approve(p, a, capture)
	r.Amount = r.Amount.Add(r.Amount.Asset().One())
	return r, err
}

func newProvider(caps payment.Capabilities, script ...behaviour) *provider {
	return &provider{
		caps: caps, script: script, charges: map[string]money.Amount{}, held: map[string]bool{}, canceled: map[string]bool{},
		refunds: map[string]money.Amount{}, unseen: map[string]bool{},
	}
}

func (p *provider) Capabilities() payment.Capabilities { return p.caps }

func (p *provider) state(a payment.Attempt) payment.Result {
	r := payment.Result{Outcome: payment.Captured, Amount: p.charges[a.ID], ProviderID: "ch_" + a.ID}
	if p.held[a.ID] {
		r.Outcome = payment.Authorized
		r.ExpiresAt = a.CreatedAt.AddDate(0, 0, 7)
	}
	return r
}

func (p *provider) Send(_ context.Context, order payment.Payment, a payment.Attempt) (payment.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent++
	if _, known := p.charges[a.ID]; known && p.caps.Replay > 0 {
		return p.state(a), nil
	}
	behave := behaviour(approve)
	if len(p.script) > 0 {
		behave, p.script = p.script[0], p.script[1:]
	}
	return behave(p, a, order.Order.Capture == payment.CaptureAutomatic)
}

func (p *provider) Check(_ context.Context, a payment.Attempt) (payment.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.canceled[a.ID] {
		return payment.Result{Outcome: payment.Fenced}, nil
	}
	if _, known := p.charges[a.ID]; !known || p.unseen[a.ID] {
		return payment.Result{NotFound: true}, nil
	}
	return p.state(a), nil
}

func (p *provider) Cancel(_ context.Context, a payment.Attempt) (payment.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mute != nil {
		p.mute(a)
		return payment.Result{}, errLost
	}
	if _, known := p.charges[a.ID]; known && !p.held[a.ID] {
		return p.state(a), nil
	}
	delete(p.charges, a.ID)
	p.canceled[a.ID] = true
	return payment.Result{Outcome: payment.Fenced}, nil
}

func (p *provider) Capture(_ context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.charges[a.ID] = o.Amount
	p.held[a.ID] = false
	return payment.Result{Outcome: payment.Done, Amount: o.Amount}, nil
}

func (p *provider) Refund(_ context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refunds[o.ID] = o.Amount
	return payment.Result{Outcome: payment.Done, Amount: o.Amount}, nil
}

func (p *provider) Probe(context.Context) error { return nil }

// late makes a charge land after all, fence or not: what a channel must never do.
func (p *provider) late(a payment.Attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.canceled, a.ID)
	p.charges[a.ID] = a.Amount
}

// taken counts charges that were not refunded.
func (p *provider) taken() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.charges) - len(p.refunds)
}

var all = payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true, Fence: true, Void: true}

// lab is a gateway over a real database, channels in memory and a clock that is moved by hand.
type lab struct {
	*gateway.Gateway

	t         *testing.T
	db        *flaky
	providers []*provider
	channels  []gateway.Channel
	board     *breaker.Board
	commits   int

	mu    sync.Mutex
	clock time.Time
}

func newLab(t *testing.T, providers ...*provider) *lab {
	t.Helper()
	all := make([]rails.Rail, len(providers))
	for i, p := range providers {
		all[i] = p
	}
	l := newLabOf(t, all...)
	l.providers = providers
	return l
}

// newLabOf is a lab whose channels do more than a provider does.
func newLabOf(t *testing.T, all ...rails.Rail) *lab {
	t.Helper()
	var channels []gateway.Channel
	for i, p := range all {
		channels = append(channels, gateway.Channel{
			Name: fmt.Sprintf("card.c%d", i+1), Method: "card", Mode: payment.Test, Rail: p, Currencies: []string{"EUR"}, Priority: i,
			Timeout:  5 * time.Second,
			Cost:     gateway.Cost{Bps: 120, Fixed: []money.Amount{money.Must("0.10", "EUR")}},
			LowValue: []money.Amount{money.Must("100.00", "EUR")},
		})
	}
	return newLabWith(t, channels...)
}

func newLabWith(t *testing.T, channels ...gateway.Channel) *lab {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "lab.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	l := &lab{t: t, db: &flaky{DB: db}, clock: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}

	settings := map[string]breaker.Settings{}
	for _, c := range channels {
		settings[c.Name] = c.Breaker()
	}
	l.board, err = breaker.NewBoard(breaker.Config{Channels: settings, Prober: gateway.Prober{Channels: channels, Seen: l.db, Now: l.now}})
	if err != nil {
		t.Fatal(err)
	}
	l.channels = channels
	l.Gateway = l.another(l.pricer(), func(_, _ payment.Payment) { l.mu.Lock(); l.commits++; l.mu.Unlock() })
	return l
}

// claimsAfter is how long what payers sent must have been credited before it is returned.
const claimsAfter = time.Hour

// another is a gateway beside the first, over the same database and channels.
func (l *lab) another(pricer *fx.Pricer, watch func(before, after payment.Payment)) *gateway.Gateway {
	return gateway.New(gateway.Deps{
		Store: l.db, Pricer: pricer, Channels: l.channels, Board: l.board, Now: l.now, NewID: payment.NewIDs(l.now),
		NewUETR: uuid.NewString, Name: "gw-1", ApprovalAbove: []money.Amount{money.Must("10000.00", "EUR")},
		ClaimsAfter: claimsAfter, Log: slog.New(slog.DiscardHandler), Committed: watch,
	})
}

// jump moves the clock on while every gateway is down.
func (l *lab) jump(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock = l.clock.Add(d)
}

func (l *lab) now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.clock
}

// pricer knows EUR/USD 1.1000 and the default rules.
func (l *lab) pricer() *fx.Pricer {
	board := fx.NewBoard(fx.Policy{})
	return fx.NewPricer(fx.DefaultRules(), board)
}

// pass moves the clock on and lets what is due be done, a second at a time.
func (l *lab) pass(d time.Duration) {
	l.t.Helper()
	for end := l.now().Add(d); l.now().Before(end); {
		l.mu.Lock()
		l.clock = l.clock.Add(time.Second)
		l.mu.Unlock()
		l.wake()
	}
}

// wake runs every payment that is due.
func (l *lab) wake() {
	l.t.Helper()
	due, err := l.db.Due(l.t.Context(), l.now(), l.now().Add(time.Minute), 100)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, id := range due {
		if err := l.Run(l.t.Context(), id); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *lab) request(key string) gateway.CreateRequest {
	return gateway.CreateRequest{
		Merchant: "m_1", Mode: payment.Test, Methods: []payment.Method{{Type: payment.MethodCard, Token: "tok_visa"}},
		Order: payment.Order{
			Amount: money.Must("99.99", "EUR"), Settlement: money.MustAsset("EUR"), Capture: payment.CaptureAutomatic, SoftFailover: true,
		},
		Key: payment.Key{Merchant: "m_1", Path: "/v1/payments", Key: key, Hash: "h", At: l.now()},
		Answer: func(p payment.Payment, _ string) payment.Answer {
			return payment.Answer{Merchant: "m_1", Path: "/v1/payments", Key: key, Status: 201, Body: []byte(p.Status()), At: l.now()}
		},
	}
}

func (l *lab) pay(key string) payment.Payment {
	l.t.Helper()
	reply, err := l.Create(l.t.Context(), l.request(key))
	if err != nil {
		l.t.Fatal(err)
	}
	return reply.Payment
}

func (l *lab) load(id payment.ID) payment.Payment {
	l.t.Helper()
	p, err := l.db.Payment(l.t.Context(), id)
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

// taken counts the charges at all channels that were not given back.
func (l *lab) taken() int {
	n := 0
	for _, p := range l.providers {
		n += p.taken()
	}
	return n
}

// flaky is a database that can be made to fail, and counts what is read.
type flaky struct {
	*store.DB

	mu   sync.Mutex
	fail func(t payment.Transition) error

	loads atomic.Int64 // of payments
}

func (f *flaky) Payment(ctx context.Context, id payment.ID) (payment.Payment, error) {
	f.loads.Add(1)
	return f.DB.Payment(ctx, id)
}

func (f *flaky) Commit(ctx context.Context, t payment.Transition) error {
	f.mu.Lock()
	fail := f.fail
	f.mu.Unlock()
	if fail != nil {
		if err := fail(t); err != nil {
			return err
		}
	}
	return f.DB.Commit(ctx, t)
}

func (f *flaky) failing(fail func(t payment.Transition) error) {
	f.mu.Lock()
	f.fail = fail
	f.mu.Unlock()
}
