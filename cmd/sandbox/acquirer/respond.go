package acquirer

import (
	"errors"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// problem is the body of every refusal.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refusals maps errors to what the protocol says about them. The codes of the documented pre-execution list are
// invalid_request, unauthorized and, from package channel, channel_closed.
var refusals = []struct {
	err    error
	status int
	code   string
}{
	{ErrInvalid, http.StatusBadRequest, "invalid_request"},
	{channel.ErrTooLarge, http.StatusRequestEntityTooLarge, "invalid_request"},
	{channel.ErrUnread, http.StatusBadRequest, "invalid_request"},
	{channel.ErrUnauthorized, http.StatusUnauthorized, "unauthorized"},
	{ErrNotFound, http.StatusNotFound, "not_found"},
	{errNoFence, http.StatusMethodNotAllowed, "not_supported"},
	{ErrReferenceCanceled, http.StatusConflict, "reference_canceled"},
	{ErrReferenceConflict, http.StatusConflict, "reference_conflict"},
	{ErrFinal, http.StatusConflict, "already_final"},
	{ErrAmountExceeds, http.StatusUnprocessableEntity, "amount_exceeds"},
	{movement.ErrFull, http.StatusServiceUnavailable, "log_full"},
}

// respond treats m as its scenario says.
func (a *Acquirer) respond(w http.ResponseWriter, r *http.Request, m message, carryOut apply) {
	body, err := a.follow(m, carryOut)
	if !channel.Treat(w, r, m.scenario, m.gate) {
		return
	}
	if quoted, ok := body.(interface{ misquoted() any }); ok && m.scenario.Answer == scenario.WrongAmount {
		body = quoted.misquoted()
	}
	write(w, body, err)
}

// follow lets m take its effect now, later or never.
func (a *Acquirer) follow(m message, carryOut apply) (any, error) {
	switch m.scenario.Effect {
	case scenario.Nothing:
		return nil, nil
	case scenario.Later:
		a.World.Clock.AfterFunc(m.scenario.Delay, func() {
			if _, err := carryOut(m); err != nil {
				a.Log.Info("late message refused", "reference", m.reference, "reason", err)
			}
		})
		return nil, nil
	}
	return carryOut(m)
}

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
	channel.WriteJSON(w, status, body)
}

func refusal(err error) (int, problem) {
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			return known.status, problem{known.code, err.Error()}
		}
	}
	return http.StatusInternalServerError, problem{"internal", err.Error()}
}
