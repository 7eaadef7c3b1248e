// Package control is the developer's hand in the world: faults, clock, movement log, held answers, rates, blocks.
package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
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
	// errNoAcquirer is returned when no acquirer has the name asked for.
	errNoAcquirer = errors.New("no such acquirer")
	// errNoChain is returned when no chain has the name asked for.
	errNoChain = errors.New("no such chain")
	// errNotHeld is returned when no answer to a reference is held.
	errNotHeld = errors.New("no answer to this reference is held")
)

// Control serves the control API. It asks for no secret: it listens on loopback and holds nothing of value.
type Control struct {
	Acquirers []*acquirer.Acquirer
	Chains    []*chain.Chain
	Log       *movement.Log
	Clock     *clock.Clock
	Feed      *rates.Feed
}

// Handler returns the control API.
func (c *Control) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control/acquirers/{name}/faults", serve(c.faults))
	mux.HandleFunc("POST /control/acquirers/{name}/faults", serve(c.impose))
	mux.HandleFunc("DELETE /control/acquirers/{name}/faults", serve(c.recover))
	mux.HandleFunc("POST /control/acquirers/{name}/release", serve(c.release))
	mux.HandleFunc("POST /control/acquirers/{name}/callbacks", serve(c.announce))
	mux.HandleFunc("GET /control/acquirers/{name}/movements", serve(c.channelMovements))
	mux.HandleFunc("GET /control/chains/{name}", serve(c.readChain))
	mux.HandleFunc("GET /control/chains/{name}/faults", serve(c.chainFaults))
	mux.HandleFunc("POST /control/chains/{name}/faults", serve(c.imposeOnChain))
	mux.HandleFunc("DELETE /control/chains/{name}/faults", serve(c.recoverChain))
	mux.HandleFunc("POST /control/chains/{name}/mine", serve(c.mine))
	mux.HandleFunc("POST /control/chains/{name}/reorg", serve(c.reorg))
	mux.HandleFunc("POST /control/chains/{name}/faucet", serve(c.pour))
	mux.HandleFunc("POST /control/chains/{name}/guard", serve(c.turn))
	mux.HandleFunc("GET /control/chains/{name}/transfers", serve(c.transfers))
	mux.HandleFunc("GET /control/movements", serve(c.allMovements))
	mux.HandleFunc("GET /control/summary", serve(c.summary))
	mux.HandleFunc("GET /control/clock", serve(c.readClock))
	mux.HandleFunc("POST /control/clock", serve(c.advance))
	mux.HandleFunc("POST /control/rates", serve(c.changeRates))
	return mux
}

func (c *Control) acquirer(r *http.Request) (*acquirer.Acquirer, error) {
	name := r.PathValue("name")
	i := slices.IndexFunc(c.Acquirers, func(a *acquirer.Acquirer) bool { return a.Name() == name })
	if i < 0 {
		return nil, fmt.Errorf("%w: %q", errNoAcquirer, name)
	}
	return c.Acquirers[i], nil
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
	{chain.ErrFault, http.StatusBadRequest, "invalid_request"},
	{chain.ErrBlocks, http.StatusBadRequest, "invalid_request"},
	{chain.ErrDepth, http.StatusBadRequest, "invalid_request"},
	{wallet.ErrToken, http.StatusBadRequest, "invalid_request"},
	{wallet.ErrAmount, http.StatusBadRequest, "invalid_request"},
	{errNoAcquirer, http.StatusNotFound, "not_found"},
	{errNoChain, http.StatusNotFound, "not_found"},
	{chain.ErrEndpoint, http.StatusNotFound, "not_found"},
	{errNotHeld, http.StatusNotFound, "not_found"},
	{acquirer.ErrNotFound, http.StatusNotFound, "not_found"},
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
