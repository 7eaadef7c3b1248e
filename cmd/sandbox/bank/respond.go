package bank

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// answer is what the caller gets: an XML document, or a value as JSON.
type answer struct {
	xml       []byte
	json      any
	nextAfter int // of a mailbox; xml is empty when nothing is in it
	mailbox   bool
}

// refusals maps errors to what the protocol says about them.
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
	{movement.ErrFull, http.StatusServiceUnavailable, "log_full"},
}

// respond treats m as its scenario says.
func (b *Bank) respond(w http.ResponseWriter, r *http.Request, m message, carryOut apply) {
	if m.fault != nil {
		refuse(w, m.fault)
		return
	}
	result, err := b.follow(m, carryOut)
	if !channel.Treat(w, r, m.scenario, m.gate) {
		return
	}
	if err != nil {
		refuse(w, err)
		return
	}
	result.write(w)
}

// follow lets m take its effect now, later or never.
func (b *Bank) follow(m message, carryOut apply) (answer, error) {
	switch m.scenario.Effect {
	case scenario.Nothing:
		return answer{}, nil
	case scenario.Later:
		b.World.Clock.AfterFunc(m.scenario.Delay, func() {
			if _, err := carryOut(m); err != nil {
				b.Log.Info("late message refused", "reference", m.reference, "reason", err)
			}
		})
		return answer{}, nil
	}
	return carryOut(m)
}

func (a answer) write(w http.ResponseWriter) {
	if a.json != nil {
		channel.WriteJSON(w, http.StatusOK, a.json)
		return
	}
	if a.mailbox {
		w.Header().Set("Next-After", strconv.Itoa(a.nextAfter))
	}
	if a.xml == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Write(a.xml) // a caller that has gone is no fault of ours
}

func refuse(w http.ResponseWriter, err error) {
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			channel.Refuse(w, known.status, known.code, err.Error())
			return
		}
	}
	channel.Refuse(w, http.StatusInternalServerError, "internal", err.Error())
}

// carryOut does what an ISO 20022 message asks for.
func (b *Bank) carryOut(m message) (answer, error) {
	wrong := m.scenario.Answer == scenario.WrongAmount
	switch m.iso.Name {
	case iso.Pain001, iso.Pacs008:
		return answer{xml: b.book.place(m.order, m.scenario, wrong)}, nil
	case iso.Pacs028:
		return asXML(b.book.report(m.reference, iso.Pacs008, wrong))
	}
	return answer{xml: b.book.cancel(m.cancel, m.scenario)}, nil
}

func (b *Bank) inquire(m message) (answer, error) {
	return asXML(b.book.report(m.reference, iso.Pain001, m.scenario.Answer == scenario.WrongAmount))
}

func (b *Bank) track(m message) (answer, error) {
	found, err := b.book.track(m.reference)
	if err != nil {
		return answer{}, err
	}
	if m.scenario.Answer == scenario.WrongAmount {
		found.misquote()
	}
	return answer{json: found}, nil
}

func (b *Bank) statement(m message) (answer, error) {
	return asXML(b.book.statement(m.request.PathValue("account"), m.request.PathValue("date"), m.scenario.Moments))
}

func (b *Bank) notifications(m message) (answer, error) {
	after, err := strconv.Atoi(m.request.FormValue("after"))
	if m.request.FormValue("after") == "" {
		after, err = 0, nil
	}
	if err != nil || after < 0 {
		return answer{}, invalid("after must be a number of notifications")
	}
	document, next, err := b.book.mail(m.request.PathValue("account"), after, m.scenario.Moments)
	return answer{xml: document, mailbox: true, nextAfter: next}, err
}

func (b *Bank) health(w http.ResponseWriter, r *http.Request) {
	probe := message{scenario: b.Health()}
	b.respond(w, r, probe, func(message) (answer, error) {
		return answer{json: struct {
			Status string `json:"status"`
		}{"ok"}}, nil
	})
}

func asXML(document []byte, err error) (answer, error) { return answer{xml: document}, err }
