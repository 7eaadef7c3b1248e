// Package webhook tells merchants what happened: it signs events as Standard Webhooks 1.0.0 says and delivers them
// from the outbox at its own pace.
package webhook

import (
	"errors"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// ErrChanged is returned when an endpoint was changed or removed since it was read.
var ErrChanged = errors.New("endpoint was changed by another")

// Endpoint is an address of a merchant that wants events.
type Endpoint struct {
	ID        string // "we_…"
	Merchant  string
	Mode      payment.Mode
	URL       string
	Events    []string // types it wants; empty: all
	Secrets   []Secret // newest first; at most two are live, so that a secret can be rotated
	Disabled  string   // why nothing is sent there, such as "410 Gone"; empty while it is enabled
	CreatedAt time.Time
	UpdatedAt time.Time // later with each change, so that it tells one version from another
}

// Wants tells whether events of a type are sent there.
func (e Endpoint) Wants(kind string) bool {
	return e.Disabled == "" && (len(e.Events) == 0 || slices.Contains(e.Events, kind))
}

// Secret signs deliveries.
type Secret struct {
	Value     string    // "whsec_" and base64
	ExpiresAt time.Time // zero: until it is rotated
}

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	Event    string // id of the event, also the webhook-id header
	Endpoint string
	State    State
	Tries    int       // how often it was sent
	NextAt   time.Time // when it is sent next, while pending
	Log      []Try     // the last hundred tries, newest last
}

// State of a delivery.
type State string

// The states of a delivery.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Failed    State = "failed" // every try was used up, or the endpoint is disabled
)

// Try is one request to an endpoint.
type Try struct {
	No     int
	At     time.Time
	Took   time.Duration
	Status int    // HTTP status; 0 when there was no answer
	Error  string // why there was no answer, in our own words
}

// Due is a delivery that should be sent now, with what is needed to send it.
type Due struct {
	Delivery Delivery
	Event    payment.Event
	Endpoint Endpoint
}
