package storetest

import (
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

func (s *suite) endpoint(id string) webhook.Endpoint {
	s.t.Helper()
	e, err := s.Endpoint(s.t.Context(), "m_1", payment.Test, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// addEndpoint stores an endpoint that wants every event.
func (s *suite) addEndpoint(id string) webhook.Endpoint {
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

func endpoints(t *testing.T, s *suite) {
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
