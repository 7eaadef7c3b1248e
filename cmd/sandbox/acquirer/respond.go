package acquirer

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// waitMax is how long an answer is held back at most.
const waitMax = time.Minute

// problem is the body of every refusal.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refusals maps errors to what the protocol says about them. The codes of the documented pre-execution list are
// invalid_request, unauthorized and channel_closed.
var refusals = []struct {
	err    error
	status int
	code   string
}{
	{ErrInvalid, http.StatusBadRequest, "invalid_request"},
	{errTooLarge, http.StatusRequestEntityTooLarge, "invalid_request"},
	{errUnauthorized, http.StatusUnauthorized, "unauthorized"},
	{errClosed, http.StatusForbidden, "channel_closed"},
	{ErrNotFound, http.StatusNotFound, "not_found"},
	{errNoFence, http.StatusMethodNotAllowed, "not_supported"},
	{ErrReferenceCanceled, http.StatusConflict, "reference_canceled"},
	{ErrReferenceConflict, http.StatusConflict, "reference_conflict"},
	{ErrFinal, http.StatusConflict, "already_final"},
	{ErrAmountExceeds, http.StatusUnprocessableEntity, "amount_exceeds"},
	{movement.ErrFull, http.StatusServiceUnavailable, "log_full"},
}

var (
	// errClosed is the refusal of a channel that says so before it does anything.
	errClosed = errors.New("the channel is closed")
	// errBroken is the failure of a channel that does not say what it did.
	errBroken = errors.New("something went wrong")
)

// respond treats m as its scenario says.
func (a *Acquirer) respond(w http.ResponseWriter, r *http.Request, m message, carryOut apply) {
	body, err := a.follow(m, carryOut)
	switch m.scenario.Answer {
	case scenario.Silence:
		pause(r, waitMax, nil)
		hangUp()
	case scenario.Refused: // it slipped in while the listener closed
		hangUp()
	case scenario.ServerError:
		write(w, nil, errBroken)
		return
	case scenario.Empty:
		w.WriteHeader(http.StatusOK)
		return
	case scenario.Closed:
		write(w, nil, errClosed)
		return
	case scenario.WrongAmount:
		if quoted, ok := body.(interface{ misquoted() any }); ok {
			body = quoted.misquoted()
		}
	case scenario.Held:
		pause(r, waitMax, m.gate.opened)
	case scenario.Slowly:
		pause(r, min(m.scenario.Delay, waitMax), nil)
	}
	write(w, body, err)
}

// follow lets m take its effect now, later or never.
func (a *Acquirer) follow(m message, carryOut apply) (any, error) {
	switch m.scenario.Effect {
	case scenario.Nothing:
		return nil, nil
	case scenario.Later:
		a.world.Clock.AfterFunc(m.scenario.Delay, func() {
			if _, err := carryOut(m); err != nil {
				a.log.Info("late message refused", "reference", m.reference, "reason", err)
			}
		})
		return nil, nil
	}
	return carryOut(m)
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

// write answers with body, or with the refusal that stands for err when there is no body.
func write(w http.ResponseWriter, body any, err error) {
	status := http.StatusOK
	if err != nil {
		var p problem
		status, p = refusal(err)
		if body == nil {
			body = p
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // a caller that has gone is no fault of ours
}

func refusal(err error) (int, problem) {
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			return known.status, problem{known.code, err.Error()}
		}
	}
	return http.StatusInternalServerError, problem{"internal", err.Error()}
}
