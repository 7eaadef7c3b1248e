package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

// endpointsMax is how many endpoints a merchant, or the house, may have in each mode.
const endpointsMax = 20

// secretOverlap is how long the old secret still signs after a rotation.
const secretOverlap = 24 * time.Hour

type endpointView struct {
	ID        string   `json:"id"`
	Object    string   `json:"object" enum:"webhook_endpoint"`
	URL       string   `json:"url"`
	Events    []string `json:"events" doc:"Types it wants; empty: all"`
	Disabled  string   `json:"disabled,omitempty" doc:"Why nothing is sent there"`
	Secret    string   `json:"secret,omitempty" doc:"Shown once, when it is made"`
	CreatedAt string   `json:"created_at" format:"date-time"`
}

func viewEndpoint(e webhook.Endpoint) endpointView {
	v := endpointView{
		ID: e.ID, Object: "webhook_endpoint", URL: e.URL, Events: e.Events, Disabled: e.Disabled, CreatedAt: payment.Stamp(e.CreatedAt),
	}
	if v.Events == nil {
		v.Events = []string{}
	}
	return v
}

type deliveryView struct {
	Event  string    `json:"event"`
	State  string    `json:"state" enum:"pending,delivered,failed"`
	NextAt string    `json:"next_at,omitempty" format:"date-time"`
	Tries  []tryView `json:"tries"`
}

type tryView struct {
	No     int    `json:"no"`
	At     string `json:"at" format:"date-time"`
	TookMs int64  `json:"took_ms"`
	Status int    `json:"status,omitempty" doc:"HTTP status; absent when there was no answer"`
	Error  string `json:"error,omitempty"`
}

type EndpointPath struct {
	ID string `path:"id" maxLength:"64"`
}

type endpointBody struct {
	URL    string   `json:"url" maxLength:"2000"`
	Events []string `json:"events,omitempty" maxItems:"100"`
}

// routeEndpoints serves the addresses of merchants, and those of operators: what the house has to tell itself goes there.
func (s *server) routeEndpoints(contract huma.API) {
	s.routeEndpointsAt(contract, "/v1", "", "", access.Read, access.Write)
	s.routeEndpointsAt(contract, "/v1/ops", "ops-", "Operator: ", access.Operator, access.Operator)
}

func (s *server) routeEndpointsAt(contract huma.API, root, id, who string, read, write access.Scope) {
	base := root + "/webhook_endpoints"
	op := func(name, method, path, summary string, scope access.Scope, status int) huma.Operation {
		o := operation(id+name, method, path, who+summary, scope)
		o.DefaultStatus = status
		return o
	}
	huma.Register(contract, op("create-webhook-endpoint", http.MethodPost, base, "Register an address for events", write, http.StatusCreated), s.createEndpoint)
	huma.Register(contract, op("list-webhook-endpoints", http.MethodGet, base, "List addresses for events", read, http.StatusOK), s.listEndpoints)
	huma.Register(contract, op("get-webhook-endpoint", http.MethodGet, base+"/{id}", "Look at an address for events", read, http.StatusOK), s.getEndpoint)
	huma.Register(contract, op("change-webhook-endpoint", http.MethodPatch, base+"/{id}", "Change an address for events", write, http.StatusOK), s.changeEndpoint)
	huma.Register(contract, op("delete-webhook-endpoint", http.MethodDelete, base+"/{id}", "Remove an address for events", write, http.StatusNoContent), s.deleteEndpoint)
	huma.Register(contract, op("rotate-webhook-secret", http.MethodPost, base+"/{id}/rotate_secret", "Get a new secret; the old one signs for another day", write, http.StatusOK), s.rotateSecret)
	huma.Register(contract, op("list-deliveries", http.MethodGet, base+"/{id}/deliveries", "What was sent there", read, http.StatusOK), s.listDeliveries)
}

func (s *server) createEndpoint(ctx context.Context, in *struct{ Body endpointBody }) (*output[endpointView], error) {
	caller, now := callerOf(ctx), s.Now()
	faults := s.endpointFaults(in.Body.URL, in.Body.Events)
	existing, err := s.Store.Endpoints(ctx, caller.Merchant, caller.Mode)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	if len(existing) >= endpointsMax {
		faults = append(faults, Violation{"/url", "too_many", "there are at most 20 endpoints in each mode"})
	}
	if len(faults) > 0 {
		return nil, s.problem(ctx, &invalid{faults})
	}
	secret, err := webhook.NewSecret()
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	e := webhook.Endpoint{
		ID: s.NewID("we"), Merchant: caller.Merchant, Mode: caller.Mode, URL: in.Body.URL, Events: in.Body.Events,
		Secrets: []webhook.Secret{{Value: secret}}, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.Store.AddEndpoint(ctx, e); err != nil {
		return nil, s.problem(ctx, err)
	}
	view := viewEndpoint(e)
	view.Secret = secret
	return &output[endpointView]{view}, nil
}

// endpointFaults names everything that is wrong with an address and the types of events.
func (s *server) endpointFaults(address string, events []string) []Violation {
	var faults []Violation
	for _, complaint := range webhook.CheckURL(address, s.AllowPrivateWebhooks) {
		faults = append(faults, Violation{"/url", "invalid", complaint})
	}
	known := payment.EventTypes()
	for i, kind := range events {
		if !slices.Contains(known, kind) {
			faults = append(faults, Violation{"/events/" + strconv.Itoa(i), "invalid", "no such type of event"})
		}
	}
	return faults
}

// changesMax is how often a change of an endpoint starts over because another was first.
const changesMax = 3

// changed changes an endpoint and returns it. Where another change comes between, it is made again on what that left, so
// that neither undoes the other. It returns webhook.ErrChanged when that happens each time.
func (s *server) changed(ctx context.Context, id string, change func(*webhook.Endpoint) error) (webhook.Endpoint, error) {
	for range changesMax {
		e, err := s.endpoint(ctx, id)
		if err != nil {
			return e, err
		}
		if err := change(&e); err != nil {
			return e, err
		}
		read := e.UpdatedAt
		if e.UpdatedAt = s.Now(); !e.UpdatedAt.After(read) {
			e.UpdatedAt = read.Add(time.Microsecond) // another gateway's clock is ahead
		}
		if err := s.Store.ChangeEndpoint(ctx, e, read); !errors.Is(err, webhook.ErrChanged) {
			return e, err
		}
	}
	return webhook.Endpoint{}, webhook.ErrChanged
}

func (s *server) endpoint(ctx context.Context, id string) (webhook.Endpoint, error) {
	caller := callerOf(ctx)
	return s.Store.Endpoint(ctx, caller.Merchant, caller.Mode, id)
}

func (s *server) listEndpoints(ctx context.Context, _ *struct{}) (*listOutput[endpointView], error) {
	caller := callerOf(ctx)
	found, err := s.Store.Endpoints(ctx, caller.Merchant, caller.Mode)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]endpointView, len(found))
	for i, e := range found {
		views[i] = viewEndpoint(e)
	}
	return listOf(views, false), nil
}

func (s *server) getEndpoint(ctx context.Context, in *EndpointPath) (*output[endpointView], error) {
	e, err := s.endpoint(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[endpointView]{viewEndpoint(e)}, nil
}

type endpointChange struct {
	URL     *string   `json:"url,omitempty" maxLength:"2000"`
	Events  *[]string `json:"events,omitempty" maxItems:"100"`
	Enabled *bool     `json:"enabled,omitempty"`
}

func (s *server) changeEndpoint(ctx context.Context, in *struct {
	EndpointPath

	Body endpointChange
},
) (*output[endpointView], error) {
	e, err := s.changed(ctx, in.ID, func(e *webhook.Endpoint) error {
		if in.Body.URL != nil {
			e.URL = *in.Body.URL
		}
		if in.Body.Events != nil {
			e.Events = *in.Body.Events
		}
		if in.Body.Enabled != nil {
			e.Disabled = map[bool]string{true: "", false: "by the merchant"}[*in.Body.Enabled]
		}
		if faults := s.endpointFaults(e.URL, e.Events); len(faults) > 0 {
			return &invalid{faults}
		}
		return nil
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[endpointView]{viewEndpoint(e)}, nil
}

func (s *server) deleteEndpoint(ctx context.Context, in *EndpointPath) (*struct{}, error) {
	caller := callerOf(ctx)
	if err := s.Store.DeleteEndpoint(ctx, caller.Merchant, caller.Mode, in.ID); err != nil {
		return nil, s.problem(ctx, err)
	}
	return nil, nil
}

func (s *server) rotateSecret(ctx context.Context, in *EndpointPath) (*output[endpointView], error) {
	secret, err := webhook.NewSecret()
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	e, err := s.changed(ctx, in.ID, func(e *webhook.Endpoint) error {
		old := e.Secrets[0]
		old.ExpiresAt = s.Now().Add(secretOverlap)
		e.Secrets = []webhook.Secret{{Value: secret}, old}
		return nil
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	view := viewEndpoint(e)
	view.Secret = secret
	return &output[endpointView]{view}, nil
}

func (s *server) listDeliveries(ctx context.Context, in *struct {
	EndpointPath
	PageInput
},
) (*listOutput[deliveryView], error) {
	if _, err := s.endpoint(ctx, in.ID); err != nil {
		return nil, s.problem(ctx, err)
	}
	found, more, err := s.Store.Deliveries(ctx, in.ID, in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]deliveryView, len(found))
	for i, d := range found {
		views[i] = deliveryView{Event: d.Event, State: string(d.State), Tries: make([]tryView, len(d.Log))}
		if d.State == webhook.Pending {
			views[i].NextAt = payment.Stamp(d.NextAt)
		}
		for n, try := range d.Log {
			views[i].Tries[n] = tryView{try.No, payment.Stamp(try.At), try.Took.Milliseconds(), try.Status, try.Error}
		}
	}
	return listOf(views, more), nil
}
