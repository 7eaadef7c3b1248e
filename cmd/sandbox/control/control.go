// Package control is the developer's hand in the world: faults, clock, movement log, held answers, rates, blocks.
package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
	"github.com/causeway-pay/causeway/cmd/sandbox/chain"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/rates"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

// bodyMax is the longest request body, in bytes.
const bodyMax = 64 << 10

var (
	// errInvalid is returned when a request cannot be understood.
	errInvalid = errors.New("invalid request")
	// errNoPeer is returned when no peer of the kind has the name asked for.
	errNoPeer = errors.New("no such peer")
	// errNotHeld is returned when nothing waits under a reference.
	errNotHeld = errors.New("nothing is held under this reference")
)

// Control serves the control API. It asks for no secret: it listens on loopback and holds nothing of value.
type Control struct {
	Acquirers []*acquirer.Acquirer
	Banks     []*bank.Bank
	Chains    []*chain.Chain
	Log       *movement.Log
	Clock     *clock.Clock
	Feed      *rates.Feed
}

// Handler returns the control API.
func (c *Control) Handler() http.Handler {
	mux := http.NewServeMux()
	channels(mux, "acquirers", c, c.Acquirers)
	channels(mux, "banks", c, c.Banks)
	c.terminals(mux)
	c.tills(mux)
	c.chains(mux)
	mux.HandleFunc("GET /control/movements", serve(c.allMovements))
	mux.HandleFunc("GET /control/summary", serve(c.summary))
	mux.HandleFunc("GET /control/clock", serve(c.readClock))
	mux.HandleFunc("POST /control/clock", serve(c.advance))
	mux.HandleFunc("POST /control/rates", serve(c.changeRates))
	return mux
}

// statuses maps errors to HTTP; any other is 500.
var statuses = []struct {
	err    error
	status int
	code   string
}{
	{errInvalid, http.StatusBadRequest, "invalid_request"},
	{clock.ErrAdvance, http.StatusBadRequest, "invalid_request"},
	{rates.ErrRate, http.StatusBadRequest, "invalid_request"},
	{rates.ErrCurrency, http.StatusBadRequest, "invalid_request"},
	{acquirer.ErrInvalid, http.StatusBadRequest, "invalid_request"},
	{acquirer.ErrReferenceConflict, http.StatusConflict, "reference_conflict"},
	{bank.ErrInvalid, http.StatusBadRequest, "invalid_request"},
	{bank.ErrCurrency, http.StatusBadRequest, "invalid_request"},
	{chain.ErrFault, http.StatusBadRequest, "invalid_request"},
	{chain.ErrBlocks, http.StatusBadRequest, "invalid_request"},
	{chain.ErrDepth, http.StatusBadRequest, "invalid_request"},
	{wallet.ErrToken, http.StatusBadRequest, "invalid_request"},
	{wallet.ErrAmount, http.StatusBadRequest, "invalid_request"},
	{errNoPeer, http.StatusNotFound, "not_found"},
	{chain.ErrEndpoint, http.StatusNotFound, "not_found"},
	{errNotHeld, http.StatusNotFound, "not_found"},
	{acquirer.ErrNotFound, http.StatusNotFound, "not_found"},
	{bank.ErrNotFound, http.StatusNotFound, "not_found"},
	{bank.ErrNotBooked, http.StatusConflict, "not_booked"},
	{scenario.ErrTooMany, http.StatusConflict, "too_many_faults"},
	{chain.ErrTooMany, http.StatusConflict, "too_many_faults"},
}

// serve turns a function of a request into a handler that speaks JSON.
func serve(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyMax)
		body, err := answer(r)
		status := http.StatusOK
		if err != nil {
			status, body = refusal(err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(body) // a caller that has gone is no fault of ours
	}
}

func refusal(err error) (int, any) {
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	for _, known := range statuses {
		if errors.Is(err, known.err) {
			return known.status, problem{known.code, err.Error()}
		}
	}
	return http.StatusInternalServerError, problem{"internal", err.Error()}
}

// read decodes the body of r strictly: a misspelt field would otherwise be a fault that never happens.
func read(r *http.Request, into any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errInvalid, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("%w: more than one JSON document", errInvalid)
	}
	return nil
}
