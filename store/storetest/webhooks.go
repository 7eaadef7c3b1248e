package storetest

import (
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

// orphanedDelivery deletes an endpoint between the look at the endpoints and the deliveries made of it, and resends the
// event, which makes every delivery of it due again.
func orphanedDelivery(t *testing.T, s *database) {
	s.stored(1)
	events, err := s.ClaimEvents(t.Context(), start.Add(time.Minute), start.Add(time.Hour), 10)
	if err != nil || len(events) == 0 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	event := events[0].ID
	var fanned []webhook.Delivery
	other := webhook.Endpoint{ID: "we_3", Merchant: "m_2", Mode: payment.Test, URL: "https://other.example", CreatedAt: start, UpdatedAt: start}
	if err := s.AddEndpoint(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"we_1", "we_2"} {
		s.addEndpoint(id)
		fanned = append(fanned, webhook.Delivery{Event: event, Endpoint: id, State: webhook.Pending, NextAt: start})
	}
	audience, err := s.Audience(t.Context(), []string{event})
	if err != nil || len(audience) != 1 || len(audience[event]) != 2 || audience[event][1].ID != "we_2" {
		t.Errorf("of %s hear %+v, %v", event, audience, err)
	}
	if err := s.FanOut(t.Context(), []string{event}, fanned); err != nil {
		t.Fatal(err)
	}
	if again, err := s.ClaimEvents(t.Context(), start.Add(2*time.Hour), start.Add(3*time.Hour), 10); err != nil || len(again) != len(events)-1 {
		t.Errorf("fanned out one of %d events, and %d wait, %v", len(events), len(again), err)
	}
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
