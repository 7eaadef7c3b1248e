package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

// lab is a deliverer between a store and receivers in memory. It lives in a synctest bubble: time passes when everybody
// waits.
type lab struct {
	t     *testing.T
	store *memory
	ahead atomic.Int64 // nanoseconds that the deliverer's clock is ahead of the bubble's
	hosts map[string]*wire
	log   *slog.Logger
}

func newLab(t *testing.T) *lab {
	return &lab{t: t, store: newMemory(), hosts: map[string]*wire{}, log: slog.New(slog.DiscardHandler)}
}

func (l *lab) now() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }

// run starts a deliverer; stop ends it and returns when it has drained.
func (l *lab) run() (d *webhook.Deliverer, stop func()) {
	d = webhook.NewDeliverer(l.store, true, l.now, l.log)
	d.DialWith(func(ctx context.Context, _, address string) (net.Conn, error) {
		return l.hosts[address].dial(ctx)
	})
	ctx, cancel := context.WithCancel(l.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.Run(ctx)
	}()
	return d, func() {
		cancel()
		<-ended
	}
}

// receiver is an endpoint that keeps what it was sent.
type receiver struct {
	webhook.Endpoint

	mu       sync.Mutex
	requests []request
}

type request struct {
	at     time.Time
	ended  time.Time // zero while it is under way
	header http.Header
	body   []byte
}

// receive registers an endpoint that answers as told, and 204 when told nothing.
func (l *lab) receive(id string, answer http.HandlerFunc) *receiver {
	l.t.Helper()
	secret := newSecret(l.t)
	address := id + ".example:80"
	r := &receiver{Endpoint: webhook.Endpoint{
		ID: id, Merchant: "m_1", Mode: payment.Test, URL: "http://" + address + "/events", Secrets: []webhook.Secret{{Value: secret}},
	}}
	l.store.endpoints = append(l.store.endpoints, r.Endpoint)
	l.hosts[address] = newWire(address)
	server := &httptest.Server{Listener: l.hosts[address], Config: &http.Server{Handler: r.keep(answer)}}
	server.Start()
	l.t.Cleanup(server.Close)
	return r
}

func (r *receiver) keep(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		n := len(r.requests)
		r.requests = append(r.requests, request{at: time.Now(), header: req.Header, body: body})
		r.mu.Unlock()
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.requests[n].ended = time.Now()
		}()
		if answer == nil {
			answer = status(http.StatusNoContent)
		}
		answer(w, req)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// got returns what was received so far.
func (r *receiver) got() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests)
}

// widest is how many requests were under way at once. One that begins in the moment in which another is given up follows
// it: which of the two a server hears of first is chance.
func (r *receiver) widest() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	most := 0
	for _, one := range r.requests {
		at := 0
		for _, other := range r.requests {
			if !other.at.After(one.at) && (other.ended.IsZero() || other.ended.After(one.at)) {
				at++
			}
		}
		most = max(most, at)
	}
	return most
}

// want fails unless exactly these events were received, in any order and each as often as it is named.
func (r *receiver) want(t *testing.T, events ...string) {
	t.Helper()
	open := map[string]int{}
	for _, id := range events {
		open[id]++
	}
	for _, got := range r.got() {
		open[got.header.Get("webhook-id")]--
	}
	for id, n := range open {
		if n != 0 {
			t.Errorf("%s received %s %d times too few", r.ID, id, n)
		}
	}
}

// wire is a listener on a network in memory.
type wire struct {
	address string
	conns   chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newWire(address string) *wire {
	return &wire{address: address, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (w *wire) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case w.conns <- there:
		return here, nil
	case <-w.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

func (w *wire) Addr() net.Addr  { return w }
func (w *wire) Network() string { return "memory" }
func (w *wire) String() string  { return w.address }

// event returns the nth event of a payment.
func event(n int, kind string, at time.Time) payment.Event {
	return payment.Event{
		ID: fmt.Sprintf("evt_%06d", n), Type: kind, Payment: "pay_1", Merchant: "m_1", Mode: payment.Test, Sequence: int64(n), At: at,
		Data: json.RawMessage(`{"id":"pay_1","amount":{"value":"49.90","currency":"EUR"}}`),
	}
}

// commit stores n events in one go and returns their ids.
func (l *lab) commit(n int) []string {
	var ids []string
	for range n {
		e := event(len(l.store.events)+1, "payment.succeeded", l.now())
		l.store.commit(e)
		ids = append(ids, e.ID)
	}
	return ids
}

func newSecret(t *testing.T) string {
	t.Helper()
	secret, err := webhook.NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func verifier(t *testing.T, secret string) *standardwebhooks.Webhook {
	t.Helper()
	v, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
