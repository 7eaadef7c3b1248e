package webhook_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

var errStore = errors.New("the store is away")

type deliveryKey struct{ event, endpoint string }

// memory is a store whose calls can be made to fail, as they do when a process ends between them.
type memory struct {
	mu         sync.Mutex
	events     []payment.Event
	dueAt      map[string]time.Time // of events that were not fanned out
	endpoints  []webhook.Endpoint
	deliveries map[deliveryKey]webhook.Delivery
	fails      func(call string) bool
	unread     error                 // that FanOut returns beside what it did
	recorded   chan webhook.Delivery // told every try that was stored, when not nil
}

func newMemory(endpoints ...webhook.Endpoint) *memory {
	return &memory{
		endpoints: endpoints, dueAt: map[string]time.Time{}, deliveries: map[deliveryKey]webhook.Delivery{},
		fails: func(string) bool { return false },
	}
}

func (m *memory) lock(ctx context.Context, call string) (unlock func(), err error) {
	m.mu.Lock()
	if err := ctx.Err(); err != nil {
		m.mu.Unlock()
		return nil, err
	}
	if m.fails(call) {
		m.mu.Unlock()
		return nil, errStore
	}
	return m.mu.Unlock, nil
}

func (m *memory) commit(events ...payment.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, events...)
	for _, e := range events {
		m.dueAt[e.ID] = e.At
	}
}

func (m *memory) failOn(calls ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = func(call string) bool { return slices.Contains(calls, call) }
}

func (m *memory) delivery(event, endpoint string) webhook.Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.deliveries[deliveryKey{event, endpoint}]
}

func (m *memory) count(endpoint string, state webhook.State) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, d := range m.deliveries {
		if d.Endpoint == endpoint && d.State == state {
			n++
		}
	}
	return n
}

func (m *memory) change(id string, edit func(*webhook.Endpoint)) webhook.Endpoint {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.endpoints, func(e webhook.Endpoint) bool { return e.ID == id })
	edit(&m.endpoints[i])
	return m.endpoints[i]
}

func (m *memory) endpoint(id string) webhook.Endpoint {
	return m.change(id, func(*webhook.Endpoint) {})
}

func (m *memory) FanOut(ctx context.Context, now time.Time, limit int) (events, deliveries int, err error) {
	unlock, err := m.lock(ctx, "FanOut")
	if err != nil {
		return 0, 0, err
	}
	defer unlock()
	for _, e := range m.events {
		due, waits := m.dueAt[e.ID]
		if !waits || due.After(now) || events == limit {
			continue
		}
		for _, endpoint := range m.endpoints {
			key := deliveryKey{e.ID, endpoint.ID}
			_, known := m.deliveries[key]
			if !known && endpoint.Merchant == e.Merchant && endpoint.Mode == e.Mode && endpoint.Wants(e.Type) {
				m.deliveries[key] = webhook.Delivery{Event: e.ID, Endpoint: endpoint.ID, State: webhook.Pending, NextAt: now}
				deliveries++
			}
		}
		delete(m.dueAt, e.ID)
		events++
	}
	return events, deliveries, m.unread
}

func (m *memory) ClaimDeliveries(ctx context.Context, now, until time.Time, limit int) ([]webhook.Due, error) {
	unlock, err := m.lock(ctx, "ClaimDeliveries")
	if err != nil {
		return nil, err
	}
	defer unlock()
	var due []webhook.Delivery
	for _, d := range m.deliveries {
		if d.State == webhook.Pending && !d.NextAt.After(now) {
			due = append(due, d)
		}
	}
	slices.SortFunc(due, func(a, b webhook.Delivery) int {
		return cmp.Or(a.NextAt.Compare(b.NextAt), cmp.Compare(a.Event, b.Event))
	})
	var claimed []webhook.Due
	for _, d := range due[:min(limit, len(due))] {
		d.NextAt = until
		m.deliveries[deliveryKey{d.Event, d.Endpoint}] = d
		event := slices.IndexFunc(m.events, func(e payment.Event) bool { return e.ID == d.Event })
		endpoint := slices.IndexFunc(m.endpoints, func(e webhook.Endpoint) bool { return e.ID == d.Endpoint })
		claimed = append(claimed, webhook.Due{Delivery: d, Event: m.events[event], Endpoint: m.endpoints[endpoint]})
	}
	return claimed, nil
}

func (m *memory) RecordTry(ctx context.Context, d webhook.Delivery) error {
	unlock, err := m.lock(ctx, "RecordTry")
	if err != nil {
		return err
	}
	defer unlock()
	m.deliveries[deliveryKey{d.Event, d.Endpoint}] = d
	if m.recorded != nil {
		m.recorded <- d
	}
	return nil
}

func (m *memory) DisableEndpoint(ctx context.Context, id, url, why string, now time.Time) error {
	unlock, err := m.lock(ctx, "DisableEndpoint")
	if err != nil {
		return err
	}
	defer unlock()
	for i, e := range m.endpoints {
		if e.ID == id && e.URL == url && e.Disabled == "" {
			m.endpoints[i].Disabled, m.endpoints[i].UpdatedAt = why, now
		}
	}
	return nil
}
