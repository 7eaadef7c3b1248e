package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/access/directory"
	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/gateway/api"
	"github.com/causeway-pay/causeway/gateway/limit"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/reconcile"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/webhook"
)

// provider is a channel in memory. What it says is chosen by the card's token.
type provider struct {
	mu   sync.Mutex
	sent int

	slow time.Duration // within which it answers

	found atomic.Bool // inquiries find the charge
	deaf  atomic.Bool // cancels have no answer
	stern atomic.Bool // refunds are declined

	gate chan struct{} // charges of tok_gate wait until it is closed
}

func (p *provider) Send(_ context.Context, of payment.Payment, a payment.Attempt) (payment.Result, error) {
	p.mu.Lock()
	p.sent++
	p.mu.Unlock()
	time.Sleep(p.slow)
	switch of.Method.Token {
	case "tok_declined":
		return payment.Result{Outcome: payment.Declined, Reason: payment.InsufficientFunds}, nil
	case "tok_lost":
		return payment.Result{}, io.ErrUnexpectedEOF
	case "tok_gate":
		<-p.gate
	case "tok_panic":
		panic("innards")
	case "tok_challenge":
		return payment.Result{Outcome: payment.ActionRequired, ChallengeURL: "https://issuer.example/c"}, nil
	}
	outcome := payment.Captured
	if of.Order.Capture == payment.CaptureManual {
		outcome = payment.Authorized
	}
	return payment.Result{Outcome: outcome, Amount: a.Amount, ExpiresAt: time.Now().AddDate(0, 0, 7)}, nil
}

func (p *provider) Check(_ context.Context, a payment.Attempt) (payment.Result, error) {
	if p.found.Load() {
		return payment.Result{Outcome: payment.Captured, Amount: a.Amount}, nil
	}
	return payment.Result{}, io.ErrUnexpectedEOF
}

func (p *provider) Cancel(context.Context, payment.Attempt) (payment.Result, error) {
	if p.deaf.Load() {
		return payment.Result{}, io.ErrUnexpectedEOF
	}
	return payment.Result{Outcome: payment.Fenced}, nil
}

func (p *provider) Capture(_ context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	return payment.Result{Outcome: payment.Done, Amount: o.Amount}, nil
}

func (p *provider) Refund(_ context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	if p.stern.Load() {
		return payment.Result{Outcome: payment.Declined, Reason: payment.DoNotHonor}, nil
	}
	return payment.Result{Outcome: payment.Done, Amount: o.Amount}, nil
}

func (p *provider) Capabilities() payment.Capabilities {
	return payment.Capabilities{Inquiry: true, Fence: true, Void: true}
}

// Callback believes whoever has the signature; the body is the reference.
func (p *provider) Callback(header http.Header, body []byte) (rails.Callback, error) {
	if header.Get("Signature") != "genuine" {
		return rails.Callback{}, errors.New("the acquirer did not sign this")
	}
	return rails.Callback{Event: "event", Reference: string(body)}, nil
}

func (p *provider) Probe(context.Context, string) error { return nil }

// now is the present as it is stored.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// meddled is a store in which something happens between the read of an endpoint and what the API makes of it.
type meddled struct {
	*store.DB

	meddle func()

	asked atomic.Int64           // how often keys and merchants were looked up
	hold  atomic.Pointer[string] // the merchant who is not looked up until let is closed
	let   chan struct{}
}

func (m *meddled) APIKey(ctx context.Context, id string) (access.Key, error) {
	m.asked.Add(1)
	return m.DB.APIKey(ctx, id)
}

func (m *meddled) Merchant(ctx context.Context, id string) (access.Merchant, error) {
	m.asked.Add(1)
	if held := m.hold.Load(); held != nil && *held == id {
		<-m.let
	}
	return m.DB.Merchant(ctx, id)
}

func (m *meddled) Endpoint(ctx context.Context, merchant string, mode payment.Mode, id string) (webhook.Endpoint, error) {
	e, err := m.DB.Endpoint(ctx, merchant, mode, id)
	if m.meddle != nil {
		m.meddle()
	}
	return e, err
}

// lab is the API over a real database and a channel in memory, at EUR/USD and EUR/USDC 1.1000.
type lab struct {
	t       testing.TB
	handler http.Handler
	db      *meddled
	channel *provider
	limiter *limit.Limiter
	log     *logged
	newID   func(prefix string) string
	key     string // of the merchant m_1, test mode
	other   string // of the merchant m_2, test mode
	live    string // of the merchant m_1, live mode
	op      string // of an operator
}

func newLab(t testing.TB) *lab {
	t.Helper()
	return newLabOf(t, fx.DefaultRules())
}

// newNarrowLab is the lab with other limits.
func newNarrowLab(t testing.TB, s limit.Settings) *lab {
	t.Helper()
	return makeLab(t, "sqlite:"+filepath.Join(t.TempDir(), "api.db"), &provider{}, fx.DefaultRules(), s)
}

// newLabOf is the lab with other rules, and with more channels than the one for cards.
func newLabOf(t testing.TB, rules *fx.RuleSet, more ...gateway.Channel) *lab {
	t.Helper()
	return newLabOn(t, "sqlite:"+filepath.Join(t.TempDir(), "api.db"), &provider{}, rules, more...)
}

// newLabOn is the lab on a database that others may use as well, with their channel.
func newLabOn(t testing.TB, dsn string, channel *provider, rules *fx.RuleSet, more ...gateway.Channel) *lab {
	t.Helper()
	wide := limit.Defaults()
	wide.Slots = 64 // whatever a test asks at once
	return makeLab(t, dsn, channel, rules, wide, more...)
}

func makeLab(t testing.TB, dsn string, channel *provider, rules *fx.RuleSet, limits limit.Settings, more ...gateway.Channel) *lab {
	t.Helper()
	opened, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	db := &meddled{DB: opened, let: make(chan struct{})}
	newID := payment.NewIDs(time.Now)
	if channel.gate == nil {
		channel.gate = make(chan struct{})
	}
	l := &lab{t: t, db: db, channel: channel, limiter: limit.New(limits), log: &logged{}, newID: newID}
	rates := fx.NewBoard(fx.Policy{
		Feeds: map[string]fx.Trust{"fixed": {Kind: fx.Fixed, FirmOn: true}}, NewID: func() string { return newID("rate") },
	})
	if _, err := rates.Add(t.Context(), "fixed", time.Now(), []fx.Observation{
		{Base: "EUR", Quote: "USD", Rate: "1.1000", ObservedAt: time.Now()}, {Base: "EUR", Quote: "USDC", Rate: "1.1000", ObservedAt: time.Now()},
	}); err != nil {
		t.Fatal(err)
	}
	card := gateway.Channel{Name: "card.a", Method: "card", Mode: payment.Test, Rail: l.channel, Currencies: []string{"EUR"}, Timeout: time.Second}
	channels, settings := append([]gateway.Channel{card}, more...), map[string]breaker.Settings{}
	for _, c := range channels {
		settings[c.Name] = breaker.Defaults()
	}
	board, err := breaker.NewBoard(breaker.Config{Channels: settings, Prober: l.channel})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(l.log, nil))
	g := gateway.New(gateway.Deps{
		Store: db, Pricer: fx.NewPricer(rules, rates), Board: board, Now: now, NewID: newID, Log: log, Channels: channels, Away: limit.Away,
	})
	breaks := reconcile.New(reconcile.Deps{Store: db, Reporter: g, Now: now, NewID: newID, Log: log})
	l.handler = api.New(api.Deps{Gateway: g, Breaks: breaks, Store: db, Access: directory.New(db, time.Now), Board: board, Now: now, NewID: newID, Log: log, Ready: db.Ping, Limiter: l.limiter})
	for _, id := range []string{"m_1", "m_2"} {
		if err := db.SaveMerchant(t.Context(), access.Merchant{ID: id, Name: id, Currency: "USD"}); err != nil {
			t.Fatal(err)
		}
	}
	both := []access.Scope{access.Read, access.Write}
	l.key = l.makeKey(access.Key{ID: newID("key"), Kind: "sk", Merchant: "m_1", Mode: payment.Test, Scopes: both})
	l.other = l.makeKey(access.Key{ID: newID("key"), Kind: "sk", Merchant: "m_2", Mode: payment.Test, Scopes: both})
	l.live = l.makeKey(access.Key{ID: newID("key"), Kind: "sk", Merchant: "m_1", Mode: payment.Live, Scopes: both})
	l.op = l.makeKey(access.Key{ID: newID("key"), Kind: "op", Mode: payment.Test, Scopes: []access.Scope{access.Operator}})
	return l
}

func (l *lab) makeKey(k access.Key) string {
	l.t.Helper()
	k, secret, err := access.NewSecret(k)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.db.SaveAPIKey(l.t.Context(), k); err != nil {
		l.t.Fatal(err)
	}
	return secret
}

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// reply is an answer with its body read.
type reply struct {
	*httptest.ResponseRecorder

	body map[string]any
}

// at follows member names to a string.
func (r reply) at(path ...string) string {
	var v any = r.body
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	s, _ := v.(string)
	return s
}

func (l *lab) do(method, path, bearer, key, body string, headers ...string) reply {
	l.t.Helper()
	r := httptest.NewRequestWithContext(l.t.Context(), method, path, strings.NewReader(body))
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	l.handler.ServeHTTP(w, r)
	got := reply{ResponseRecorder: w}
	if w.Body.Len() > 0 && strings.Contains(w.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal(w.Body.Bytes(), &got.body); err != nil {
			l.t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
		}
	}
	return got
}

const order = `{"amount":{"value":"99.99","currency":"EUR"},"method":{"type":"card","card":{"token":"tok_visa"}}}`

func (l *lab) pay(key, body string) reply {
	l.t.Helper()
	return l.do(http.MethodPost, "/v1/payments", l.key, key, body)
}

func with(old, new string) string { return strings.Replace(order, old, new, 1) }
