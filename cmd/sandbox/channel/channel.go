// Package channel is what every peer of the gateway shares, whatever it speaks: the world around it, and the ways to
// treat a caller badly.
package channel

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// WaitMax is how long an answer is held back at most.
const WaitMax = time.Minute

// World is what the peers share.
type World struct {
	Clock *clock.Clock
	Log   *movement.Log
	Now   func() time.Time           // the real time
	NewID func(prefix string) string // unique over the world, the prefix and 26 letters and digits
	Slog  *slog.Logger
}

// Treat treats a caller as s says, once the message has had its effect. It reports whether the caller still waits to be
// told what happened; otherwise nothing more may be written. A held answer waits for its gate.
func Treat(w http.ResponseWriter, r *http.Request, s scenario.Scenario, held *Gate) bool {
	switch s.Answer {
	case scenario.Silence:
		pause(r, WaitMax, nil)
		hangUp()
	case scenario.Refused: // it slipped in while the listener closed
		hangUp()
	case scenario.ServerError:
		Refuse(w, http.StatusInternalServerError, "internal", "something went wrong")
		return false
	case scenario.Empty:
		w.WriteHeader(http.StatusOK)
		return false
	case scenario.Closed:
		Refuse(w, http.StatusForbidden, "channel_closed", "the channel is closed")
		return false
	case scenario.Held:
		pause(r, WaitMax, held.opened)
	case scenario.Slowly:
		pause(r, min(s.Delay, WaitMax), nil)
	}
	return true
}

// Refuse answers with a problem: a code for the program and a message for its developer.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	WriteJSON(w, status, struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{code, message})
}

// WriteJSON answers with body.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // a caller that has gone is no fault of ours
}

// pause returns after d, when opened is closed, or when the caller has gone.
func pause(r *http.Request, d time.Duration, opened <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-opened:
	case <-r.Context().Done():
	}
}

// hangUp cuts the connection without a byte.
func hangUp() { panic(http.ErrAbortHandler) }
