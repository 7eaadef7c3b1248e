package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/payment"
)

// eventView is an event as it is delivered, with its id.
type eventView struct {
	ID        string          `json:"id"`
	Object    string          `json:"object" enum:"event"`
	Type      string          `json:"type" example:"payment.succeeded"`
	Payment   string          `json:"payment"`
	Version   int64           `json:"version" doc:"Increases with every event of the payment, and orders them; the version inside data is the object's own"`
	Timestamp string          `json:"timestamp" format:"date-time"`
	Data      json.RawMessage `json:"data" doc:"The object as it was then"`
}

func viewEvent(e payment.Event) eventView {
	return eventView{
		ID: e.ID, Object: "event", Type: e.Type, Payment: string(e.Payment), Version: e.Sequence, Timestamp: payment.Stamp(e.At), Data: e.Data,
	}
}

type eventPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *server) routeEvents(contract huma.API) {
	huma.Register(contract, operation("list-events", http.MethodGet, "/v1/events", "List events", access.Read), s.listEvents)
	huma.Register(contract, operation("get-event", http.MethodGet, "/v1/events/{id}", "Look at an event", access.Read), s.getEvent)
	huma.Register(contract, operation("ops-list-events", http.MethodGet, "/v1/ops/events", "Operator: list the events of the house", access.Operator), s.listEvents)
	op := operation("resend-event", http.MethodPost, "/v1/events/{id}/resend", "Send an event again to every endpoint", access.Write)
	op.DefaultStatus = http.StatusAccepted
	huma.Register(contract, op, s.resendEvent)
}

func (s *server) listEvents(ctx context.Context, in *struct {
	PageInput

	Type string `query:"type" maxLength:"64"`
},
) (*listOutput[eventView], error) {
	return s.eventsOf(ctx, payment.EventFilter{Type: in.Type, Page: in.page()})
}

func (s *server) paymentEvents(ctx context.Context, in *struct {
	PaymentPath
	PageInput
},
) (*listOutput[eventView], error) {
	if _, err := s.find(ctx, in.ID); err != nil {
		return nil, s.problem(ctx, err)
	}
	return s.eventsOf(ctx, payment.EventFilter{Payment: payment.ID(in.ID), Page: in.page()})
}

func (s *server) eventsOf(ctx context.Context, f payment.EventFilter) (*listOutput[eventView], error) {
	caller := callerOf(ctx)
	f.Merchant, f.Mode = caller.Merchant, caller.Mode
	found, more, err := s.Store.Events(ctx, f)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]eventView, len(found))
	for i, e := range found {
		views[i] = viewEvent(e)
	}
	return listOf(views, more), nil
}

func (s *server) getEvent(ctx context.Context, in *eventPath) (*output[eventView], error) {
	caller := callerOf(ctx)
	e, err := s.Store.Event(ctx, caller.Merchant, caller.Mode, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[eventView]{viewEvent(e)}, nil
}

func (s *server) resendEvent(ctx context.Context, in *eventPath) (*struct{}, error) {
	caller := callerOf(ctx)
	if err := s.Store.Resend(ctx, caller.Merchant, caller.Mode, in.ID, s.Now()); err != nil {
		return nil, s.problem(ctx, err)
	}
	return nil, nil
}
