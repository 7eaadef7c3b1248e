package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Store is what the deliverer reads and keeps.
type Store interface {
	// ClaimEvents returns events that were not fanned out yet, and keeps them from others until the given moment.
	ClaimEvents(ctx context.Context, now, until time.Time, limit int) ([]payment.Event, error)
	Endpoints(ctx context.Context, merchant string, mode payment.Mode) ([]Endpoint, error)
	// FanOut stores the deliveries of an event and marks the event. Doing it again changes nothing.
	FanOut(ctx context.Context, event string, deliveries []Delivery) error
	// ClaimDeliveries returns deliveries that are due, and keeps them from others until the given moment.
	ClaimDeliveries(ctx context.Context, now, until time.Time, limit int) ([]Due, error)
	RecordTry(ctx context.Context, d Delivery) error
	SaveEndpoint(ctx context.Context, e Endpoint) error
}

// waits is how long after a try the next one is made. The last failure ends the delivery.
var waits = [...]time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

const (
	every       = 250 * time.Millisecond // between looks at the outbox
	tryMax      = 15 * time.Second       // for one request
	claimFor    = time.Minute            // longer than a try
	workers     = 32
	perEndpoint = 4 // requests to one endpoint at once, so that a slow one cannot hold the others
	batch       = 100
	answerMax   = 64 << 10 // bytes of an answer that are read, so that the connection can be used again
)

// Deliverer delivers events from the outbox.
type Deliverer struct {
	store  Store
	client *http.Client
	now    func() time.Time
	log    *slog.Logger

	slots   chan struct{}
	mu      sync.Mutex
	sending map[string]int // requests under way, by endpoint
}

// NewDeliverer returns a deliverer. Only public addresses are connected to, unless private ones are allowed.
func NewDeliverer(store Store, allowPrivate bool, now func() time.Time, log *slog.Logger) *Deliverer {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !allowPrivate {
		dialer.Control = control
	}
	return &Deliverer{
		store: store, now: now, log: log, slots: make(chan struct{}, workers), sending: map[string]int{},
		client: &http.Client{
			Timeout: tryMax,
			Transport: &http.Transport{
				Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second,
				MaxIdleConns: 1024, MaxIdleConnsPerHost: perEndpoint, MaxConnsPerHost: perEndpoint, IdleConnTimeout: 90 * time.Second,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Run delivers until ctx ends, and returns when the requests under way are over.
func (d *Deliverer) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := d.round(ctx, &running); err != nil && ctx.Err() == nil {
			d.log.Error("webhooks", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// round fans out new events and starts what is due.
func (d *Deliverer) round(ctx context.Context, running *sync.WaitGroup) error {
	now := d.now()
	events, err := d.store.ClaimEvents(ctx, now, now.Add(claimFor), batch)
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := d.fanOut(ctx, e); err != nil {
			return err
		}
	}
	free := cap(d.slots) - len(d.slots)
	if free == 0 {
		return nil
	}
	now = d.now()
	due, err := d.store.ClaimDeliveries(ctx, now, now.Add(claimFor), free)
	if err != nil {
		return err
	}
	for _, one := range due {
		if !d.enter(one.Endpoint.ID) {
			one.Delivery.NextAt = now.Add(every) // its endpoint is busy: let others go first
			if err := d.store.RecordTry(ctx, one.Delivery); err != nil {
				return err
			}
			continue
		}
		running.Go(func() {
			defer d.leave(one.Endpoint.ID)
			d.deliver(context.WithoutCancel(ctx), one)
		})
	}
	return nil
}

func (d *Deliverer) enter(endpoint string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sending[endpoint] >= perEndpoint {
		return false
	}
	select {
	case d.slots <- struct{}{}:
		d.sending[endpoint]++
		return true
	default:
		return false
	}
}

func (d *Deliverer) leave(endpoint string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sending[endpoint]--; d.sending[endpoint] == 0 {
		delete(d.sending, endpoint)
	}
	<-d.slots
}

// fanOut makes a delivery for every endpoint that wants the event.
func (d *Deliverer) fanOut(ctx context.Context, e payment.Event) error {
	endpoints, err := d.store.Endpoints(ctx, e.Merchant, e.Mode)
	if err != nil {
		return err
	}
	var deliveries []Delivery
	for _, endpoint := range endpoints {
		wanted := len(endpoint.Events) == 0 || slices.Contains(endpoint.Events, e.Type)
		if wanted && endpoint.Disabled == "" {
			deliveries = append(deliveries, Delivery{Event: e.ID, Endpoint: endpoint.ID, State: Pending, NextAt: d.now()})
		}
	}
	return d.store.FanOut(ctx, e.ID, deliveries)
}

// deliver makes one try and records it, whatever comes of it.
func (d *Deliverer) deliver(ctx context.Context, one Due) {
	if one.Endpoint.Disabled != "" {
		one.Delivery.State = Failed
	} else {
		try := d.try(ctx, one)
		one.Delivery = one.Delivery.after(try)
		if try.Status == http.StatusGone {
			d.disable(ctx, one.Endpoint)
		}
	}
	if err := d.store.RecordTry(ctx, one.Delivery); err != nil {
		d.log.Error("record webhook try", "event", one.Event.ID, "endpoint", one.Endpoint.ID, "err", err)
	}
}

// after returns the delivery as a try leaves it.
func (d Delivery) after(t Try) Delivery {
	d.Tries = t.No
	d.Log = append(slices.Clone(d.Log), t)
	switch {
	case t.Status >= 200 && t.Status < 300:
		d.State = Delivered
	case t.Status == http.StatusGone || t.No > len(waits):
		d.State = Failed
	default:
		wait := waits[t.No-1]
		d.NextAt = t.At.Add(t.Took + wait + rand.N(wait/10+1))
	}
	return d
}

func (d *Deliverer) try(ctx context.Context, one Due) Try {
	began := d.now()
	t := Try{No: one.Delivery.Tries + 1, At: began}
	status, err := d.post(ctx, one, began)
	t.Took = d.now().Sub(began)
	t.Status = status
	if err != nil {
		t.Error = inOurWords(err)
	}
	return t
}

func (d *Deliverer) post(ctx context.Context, one Due, now time.Time) (int, error) {
	body, err := Body(one.Event)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, one.Endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Causeway-Webhooks/1.0")
	if err := sign(r.Header, one.Event.ID, now, body, one.Endpoint.Secrets); err != nil {
		return 0, err
	}
	answer, err := d.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, answerMax) // what it says does not matter
	return answer.StatusCode, nil
}

// inOurWords says why there was no answer without repeating addresses or secrets.
func inOurWords(err error) string {
	var timeout interface{ Timeout() bool }
	var name *net.DNSError
	switch {
	case errors.Is(err, ErrPrivate):
		return ErrPrivate.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("no answer within %s", tryMax)
	case errors.As(err, &name):
		return "the name could not be resolved"
	default:
		return "the connection failed"
	}
}

func (d *Deliverer) disable(ctx context.Context, e Endpoint) {
	e.Disabled, e.UpdatedAt = "the endpoint answered 410 Gone", d.now().UTC().Truncate(time.Microsecond)
	if err := d.store.SaveEndpoint(ctx, e); err != nil {
		d.log.Error("disable webhook endpoint", "endpoint", e.ID, "err", err)
	}
}
