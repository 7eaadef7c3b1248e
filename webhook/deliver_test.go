package webhook_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

// outbox is a store in memory with one event.
type outbox struct {
	mu         sync.Mutex
	event      payment.Event
	fanned     bool
	endpoints  []webhook.Endpoint
	deliveries map[string]webhook.Delivery // by endpoint
}

func newOutbox(urls ...string) *outbox {
	o := &outbox{
		event:      payment.Event{ID: "evt_1", Type: "payment.succeeded", Payment: "pay_1", Merchant: "m_1", Mode: payment.Test, Sequence: 3, At: time.Now(), Data: []byte(`{"id":"pay_1"}`)},
		deliveries: map[string]webhook.Delivery{},
	}
	for i, url := range urls {
		secret, err := webhook.NewSecret()
		if err != nil {
			panic(err)
		}
		o.endpoints = append(o.endpoints, webhook.Endpoint{ID: "we_" + string(rune('a'+i)), Merchant: "m_1", URL: url, Secrets: []webhook.Secret{{Value: secret}}})
	}
	return o
}

func (o *outbox) ClaimEvents(context.Context, time.Time, time.Time, int) ([]payment.Event, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fanned {
		return nil, nil
	}
	return []payment.Event{o.event}, nil
}

func (o *outbox) Endpoints(context.Context, string, payment.Mode) ([]webhook.Endpoint, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]webhook.Endpoint{}, o.endpoints...), nil
}

func (o *outbox) FanOut(_ context.Context, _ string, deliveries []webhook.Delivery) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fanned = true
	for _, d := range deliveries {
		o.deliveries[d.Endpoint] = d
	}
	return nil
}

func (o *outbox) ClaimDeliveries(_ context.Context, now, until time.Time, limit int) ([]webhook.Due, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var due []webhook.Due
	for _, e := range o.endpoints {
		d, ok := o.deliveries[e.ID]
		if ok && d.State == webhook.Pending && !d.NextAt.After(now) && len(due) < limit {
			due = append(due, webhook.Due{Delivery: d, Event: o.event, Endpoint: e})
			d.NextAt = until
			o.deliveries[e.ID] = d
		}
	}
	return due, nil
}

func (o *outbox) RecordTry(_ context.Context, d webhook.Delivery) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.deliveries[d.Endpoint] = d
	return nil
}

func (o *outbox) SaveEndpoint(_ context.Context, e webhook.Endpoint) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.endpoints {
		if o.endpoints[i].ID == e.ID {
			o.endpoints[i] = e
		}
	}
	return nil
}

func (o *outbox) delivery(endpoint string) webhook.Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.deliveries[endpoint]
}

// deliver runs the deliverer until done is true, on a clock that can be moved.
func deliver(t *testing.T, o *outbox, allowPrivate bool, ahead *time.Duration, done func() bool) {
	t.Helper()
	var mu sync.Mutex
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(*ahead)
	}
	ctx, stop := context.WithCancel(t.Context())
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		webhook.NewDeliverer(o, allowPrivate, now, slog.New(slog.DiscardHandler)).Run(ctx)
	}()
	defer func() { stop(); <-finished }()
	for range 200 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
		mu.Lock()
		*ahead += 10 * time.Second
		mu.Unlock()
	}
	t.Fatalf("it did not come to that: %+v", o.deliveries)
}

func TestAnEventIsSignedAndDelivered(t *testing.T) {
	var o *outbox
	verified := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		verify, err := standardwebhooks.NewWebhook(o.endpoints[0].Secrets[0].Value)
		if err != nil || verify.Verify(body, r.Header) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		verified <- r.Header.Get("webhook-id") + string(body)
	}))
	defer receiver.Close()
	o = newOutbox(receiver.URL)
	ahead := time.Duration(0)
	deliver(t, o, true, &ahead, func() bool { return o.delivery("we_a").State == webhook.Delivered })
	want := `evt_1{"type":"payment.succeeded","timestamp":"` + payment.Stamp(o.event.At) + `","version":3,"data":{"id":"pay_1"}}`
	if got := <-verified; got != want {
		t.Errorf("received %s, want %s", got, want)
	}
	if d := o.delivery("we_a"); d.Tries != 1 || d.Log[0].Status != 200 {
		t.Errorf("delivery %+v", d)
	}
}

func TestFailuresAreTriedAgainUnderTheSameID(t *testing.T) {
	var mu sync.Mutex
	var ids []string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		ids = append(ids, r.Header.Get("webhook-id"))
		switch len(ids) {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}
	}))
	defer receiver.Close()
	o := newOutbox(receiver.URL)
	ahead := time.Duration(0)
	deliver(t, o, true, &ahead, func() bool { return o.delivery("we_a").State == webhook.Delivered })
	d := o.delivery("we_a")
	if d.Tries != 3 || d.Log[0].Status != 500 || d.Log[1].Status != 302 || d.Log[2].Status != 200 {
		t.Errorf("tries %+v", d.Log)
	}
	if wait := d.Log[1].At.Sub(d.Log[0].At); wait < 5*time.Second {
		t.Errorf("second try after %s", wait)
	}
	if wait := d.Log[2].At.Sub(d.Log[1].At); wait < 5*time.Minute {
		t.Errorf("third try after %s", wait)
	}
	for _, id := range ids {
		if id != "evt_1" {
			t.Errorf("sent under %s", id)
		}
	}
}

func TestGoneDisablesTheEndpointAndASlowOneHoldsNobodyUp(t *testing.T) {
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	defer gone.Close()
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	quick := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer quick.Close()
	o := newOutbox(gone.URL, slow.URL, quick.URL)
	ahead := time.Duration(0)
	deliver(t, o, true, &ahead, func() bool {
		if o.delivery("we_c").State != webhook.Delivered || o.delivery("we_a").State != webhook.Failed {
			return false
		}
		if o.delivery("we_b").State != webhook.Pending {
			t.Error("the slow endpoint was waited for")
		}
		select {
		case <-release:
		default:
			close(release)
		}
		return true
	})
	endpoints, _ := o.Endpoints(t.Context(), "m_1", payment.Test)
	if endpoints[0].Disabled == "" {
		t.Error("the endpoint that is gone is still enabled")
	}
}

func TestPrivateAddressesAreNotConnectedTo(t *testing.T) {
	reached := false
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer receiver.Close()
	o := newOutbox(receiver.URL)
	ahead := time.Duration(0)
	deliver(t, o, false, &ahead, func() bool { return o.delivery("we_a").Tries > 0 })
	if d := o.delivery("we_a"); reached || d.Log[0].Error != webhook.ErrPrivate.Error() {
		t.Errorf("reached %t, %+v", reached, d.Log)
	}
}

func TestAddresses(t *testing.T) {
	for _, refused := range []string{
		"http://shop.example/", "https://user:pw@shop.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/", "https://192.168.0.1/",
		"https://169.254.169.254/", "https://100.64.0.1/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[fd00::1]/",
		"https://[2002:0a00:0001::]/", "https://0.0.0.0/", "https://localhost/", "shop.example", "https://shop.example/#x",
	} {
		if len(webhook.CheckURL(refused, false)) == 0 {
			t.Errorf("%s is taken", refused)
		}
	}
	for _, taken := range []string{"https://shop.example/hooks?x=1", "https://" + netip.MustParseAddr("93.184.216.34").String() + "/"} {
		if faults := webhook.CheckURL(taken, false); len(faults) > 0 {
			t.Errorf("%s: %v", taken, faults)
		}
	}
}
