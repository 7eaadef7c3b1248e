package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/door"
)

const (
	bodyMax = 4 << 20     // bytes of one message
	hangMax = time.Minute // how long a silent answer keeps its caller
)

// ErrEndpoint is returned when a chain has no endpoint of that number.
var ErrEndpoint = errors.New("no such endpoint")

// endpoint is one address of a chain, with faults of its own. All endpoints of a chain show the same node.
type endpoint struct {
	chain *Chain
	door  *door.Door
	board board
}

func openEndpoint(c *Chain, address string) (*endpoint, error) {
	e := &endpoint{chain: c}
	opened, err := door.Open(address, e, c.config.Log)
	if err != nil {
		return nil, err
	}
	e.door = opened
	return e, nil
}

// ServeHTTP answers one JSON-RPC message.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "JSON-RPC is posted", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	calls, batch, err := parse(body)
	if err != nil {
		write(w, answer{Version: "2.0", ID: null, Error: failureOf(err)})
		return
	}
	fault := e.board.draw(calls)
	switch fault.kind {
	case hang:
		pause(r, hangMax)
		panic(http.ErrAbortHandler) // cuts the connection without a byte
	case serverError:
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	case slow:
		pause(r, fault.delay)
	}
	answers := []answer{}
	for _, asked := range calls {
		if a := e.chain.answer(r.Context(), asked, fault); asked.ID != nil { // without an id nobody wants to know
			answers = append(answers, a)
		}
	}
	switch {
	case fault.kind == sentBut500:
		http.Error(w, "internal error", http.StatusInternalServerError)
	case len(answers) == 0:
		w.WriteHeader(http.StatusOK)
	case batch:
		write(w, answers)
	default:
		write(w, answers[0])
	}
}

func write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(body) // a caller that has gone is no fault of ours
}

// pause returns after d, or when the caller has gone or the door is shut.
func pause(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// Faults lists the faults of each endpoint, in the order of URLs.
func (c *Chain) Faults() [][]Fault {
	var all [][]Fault
	for _, e := range c.endpoints {
		all = append(all, e.board.list())
	}
	return all
}

// Impose makes one endpoint, or with nil all of them, follow a fault. It returns ErrEndpoint or ErrTooMany.
func (c *Chain) Impose(number *int, f Fault) error {
	chosen, err := c.choose(number)
	if err != nil {
		return err
	}
	for _, e := range chosen {
		if err := e.board.put(f); err != nil {
			return err
		}
		if f.kind == refuse {
			e.door.Shut()
		}
	}
	return nil
}

// Recover clears the faults of every endpoint. A closed listener comes back on its port; an error says that somebody
// took the port.
func (c *Chain) Recover() error {
	var errs []error
	for _, e := range c.endpoints {
		e.board.clear()
		errs = append(errs, e.door.Reopen())
	}
	return errors.Join(errs...)
}

func (c *Chain) choose(number *int) ([]*endpoint, error) {
	if number == nil {
		return c.endpoints, nil
	}
	if *number < 0 || *number >= len(c.endpoints) {
		return nil, fmt.Errorf("%w: %d is not one of 0 to %d", ErrEndpoint, *number, len(c.endpoints)-1)
	}
	return c.endpoints[*number : *number+1], nil
}
