package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

func (s *database) endpoint(id string) webhook.Endpoint {
	s.t.Helper()
	e, err := s.Endpoint(s.t.Context(), "m_1", payment.Test, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// addEndpoint stores an endpoint that wants every event.
func (s *database) addEndpoint(id string) webhook.Endpoint {
	s.t.Helper()
	e := webhook.Endpoint{
		ID: id, Merchant: "m_1", Mode: payment.Test, URL: "https://shop.example/" + id, Secrets: []webhook.Secret{{Value: "whsec_1"}},
		CreatedAt: start, UpdatedAt: start,
	}
	if err := s.AddEndpoint(s.t.Context(), e); err != nil {
		s.t.Fatal(err)
	}
	return e
}

func endpoints(t *testing.T, s *database) {
	read := s.addEndpoint("we_1")
	disable := func(url, why string) {
		t.Helper()
		if err := s.DisableEndpoint(t.Context(), "we_1", url, why, start); err != nil {
			t.Fatal(err)
		}
	}
	rotated, moved := read, read
	rotated.Secrets, rotated.UpdatedAt = []webhook.Secret{{Value: "whsec_2"}, read.Secrets[0]}, start.Add(time.Second)
	moved.URL, moved.UpdatedAt = "https://new.example", start.Add(time.Second)
	if err := s.ChangeEndpoint(t.Context(), rotated, read.UpdatedAt); err != nil {
		t.Fatal(err)
	}
	s.wants(s.ChangeEndpoint(t.Context(), moved, read.UpdatedAt), webhook.ErrChanged)

	disable("https://elsewhere.example", "410 Gone")
	if e := s.endpoint("we_1"); e.Disabled != "" {
		t.Errorf("disabled for another address: %+v", e)
	}
	disable(read.URL, "410 Gone")
	disable(read.URL, "again")
	e := s.endpoint("we_1")
	if e.Disabled != "410 Gone" || len(e.Secrets) != 2 || !e.UpdatedAt.After(rotated.UpdatedAt) {
		t.Errorf("stored %+v", e)
	}
	s.wants(s.ChangeEndpoint(t.Context(), moved, rotated.UpdatedAt), webhook.ErrChanged)

	if err := s.DeleteEndpoint(t.Context(), "m_1", payment.Test, "we_1"); err != nil {
		t.Fatal(err)
	}
	s.wants(s.ChangeEndpoint(t.Context(), moved, e.UpdatedAt), webhook.ErrChanged)
}

// fannedOut has an event delivered to whoever wants it, once, and not before its step is committed.
func fannedOut(t *testing.T, s *database) {
	for _, e := range []webhook.Endpoint{
		{ID: "we_1", Merchant: "m_1", Mode: payment.Test},
		{ID: "we_2", Merchant: "m_1", Mode: payment.Test, Events: []string{"payment.succeeded"}},
		{ID: "we_3", Merchant: "m_1", Mode: payment.Test, Disabled: "by the merchant"},
		{ID: "we_4", Merchant: "m_1", Mode: payment.Live},
		{ID: "we_5", Merchant: "m_2", Mode: payment.Test},
	} {
		e.URL, e.CreatedAt, e.UpdatedAt = "https://shop.example", start, start
		if err := s.AddEndpoint(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	steps, err := Sound(1)
	if err != nil {
		t.Fatal(err)
	}
	now := start.Add(time.Hour)
	s.dies(steps[0])
	s.fansOut(now, 10, 0, 0)
	s.commit(steps[0])
	s.fansOut(start, 10, 0, 0) // it is told at a later moment
	s.fansOut(now, 10, 1, 1)
	s.commit(steps[1])
	more := len(steps[1].Events)
	s.fansOut(now, 1, 1, 2)
	s.fansOut(now, 10, more-1, more-1)
	s.fansOut(now, 10, 0, 0)

	due, err := s.ClaimDeliveries(t.Context(), now, now.Add(time.Minute), 10)
	if err != nil || len(due) != more+2 {
		t.Fatalf("%d deliveries are due, %v", len(due), err)
	}
	last := due[0].Event
	for _, one := range due {
		if one.Event.Sequence < last.Sequence || one.Delivery.State != webhook.Pending || one.Delivery.Tries != 0 || one.Endpoint.ID != one.Delivery.Endpoint {
			t.Errorf("%+v is due after event %d", one, last.Sequence)
		}
		last = one.Event
	}
	s.wants(s.Resend(t.Context(), "m_2", payment.Test, last.ID, now), payment.ErrNotFound)
	for range 2 {
		if err := s.Resend(t.Context(), "m_1", payment.Test, last.ID, now); err != nil {
			t.Fatal(err)
		}
	}
	s.addEndpoint("we_6") // hears of what is told from now on, and of what is told again
	s.fansOut(now, 10, 1, 1)
}

// fansOut takes at most limit events out of the outbox, and fails unless it is so many with so many deliveries.
func (s *database) fansOut(now time.Time, limit, events, deliveries int) {
	s.t.Helper()
	if took, made, err := s.FanOut(s.t.Context(), now, limit); err != nil || took != events || made != deliveries {
		s.t.Errorf("%d events made %d deliveries, %v, want %d and %d", took, made, err, events, deliveries)
	}
}

// fannedOutTogether has several gateways fan out at once.
func fannedOutTogether(t *testing.T, s *database) {
	const payments = 50
	s.addEndpoint("we_1")
	want := 0
	for n := range payments {
		all, err := Sound(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			s.commit(one)
			want += len(one.Events)
		}
	}
	var events, deliveries atomic.Int64
	var fanning sync.WaitGroup
	for range 4 {
		fanning.Go(func() {
			for range want {
				took, made, err := s.FanOut(t.Context(), start.Add(time.Hour), 3)
				if err != nil {
					t.Error(err)
				}
				events.Add(int64(took))
				deliveries.Add(int64(made))
			}
		})
	}
	fanning.Wait()
	if events.Load() != int64(want) || deliveries.Load() != int64(want) {
		t.Errorf("%d events were taken with %d deliveries, want %d of each", events.Load(), deliveries.Load(), want)
	}
}

// orphanedDelivery deletes an endpoint that deliveries were made for, and resends the event, which makes every delivery of it
// due again.
func orphanedDelivery(t *testing.T, s *database) {
	made := step(payment.Payment{}, s.payment(1))
	s.commit(made)
	event := made.Events[0].ID
	for _, id := range []string{"we_1", "we_2"} {
		s.addEndpoint(id)
	}
	s.fansOut(start.Add(time.Minute), 10, 1, 2)
	if err := s.DeleteEndpoint(t.Context(), "m_1", payment.Test, "we_1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Resend(t.Context(), "m_1", payment.Test, event, start); err != nil {
		t.Fatal(err)
	}
	now := start.Add(time.Minute)
	// One at a time: what is claimed and cannot be sent would keep its place for ever.
	due, err := s.ClaimDeliveries(t.Context(), now, now.Add(time.Minute), 1)
	if err != nil || len(due) != 1 || due[0].Endpoint.ID != "we_2" {
		t.Errorf("claimed %d deliveries, %v", len(due), err)
	}
	if again, err := s.ClaimDeliveries(t.Context(), now, now.Add(time.Minute), 1); err != nil || len(again) != 0 {
		t.Errorf("and then %d, %v", len(again), err)
	}
}
