package acquirer

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// bodyMax is the longest request body, in bytes.
const bodyMax = 64 << 10

var (
	// errUnauthorized is returned when a request does not carry the secret of the channel.
	errUnauthorized = errors.New("the bearer token is not the secret of this channel")
	// errTooLarge is returned when a body is longer than bodyMax.
	errTooLarge = errors.New("the body is too large")
)

// message is one request of the protocol, read and logged.
type message struct {
	reference string // of the charge, capture or refund it is about
	charge    string // of the charge that a capture or a refund belongs to, or reference itself
	date      string // of a statement
	amount    amount.Amount
	currency  string
	body      []byte
	scenario  scenario.Scenario
	gate      *channel.Gate // of a held answer
}

// outline is what any body may say about itself; the operation reads the rest strictly.
type outline struct {
	Reference string `json:"reference"`
	Amount    string `json:"amount"`
	Currency  string `json:"currency"`
	Simulate  string `json:"simulate"`
}

// apply carries out a message and returns the body of the answer.
type apply func(message) (any, error)

// receive reads a message, decides how to treat it, logs its arrival and only then lets anything happen.
func (a *Acquirer) receive(o scenario.Operation, carryOut apply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m, err := a.read(o, r)
		if err != nil {
			write(w, nil, err)
			return
		}
		if m.scenario.Answer == scenario.Held {
			m.gate = a.gates.Shut(m.reference)
			defer a.gates.Remove(m.gate)
		}
		err = a.world.Log.Receive(movement.Movement{
			Channel: a.config.Name, Reference: m.reference, Charge: m.parent(),
			Amount: m.amount, Currency: m.currency, Path: r.URL.Path,
		})
		if err != nil {
			write(w, nil, err)
			return
		}
		a.respond(w, r, m, carryOut)
	}
}

func (a *Acquirer) read(o scenario.Operation, r *http.Request) (message, error) {
	token := []byte(r.Header.Get("Authorization"))
	if subtle.ConstantTimeCompare(token, []byte("Bearer "+a.config.Secret)) != 1 {
		return message{}, errUnauthorized
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMax+1))
	if err != nil {
		return message{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if len(body) > bodyMax {
		return message{}, errTooLarge
	}
	m := message{charge: r.PathValue("charge"), reference: r.PathValue("transfer"), date: r.PathValue("date"), body: body}
	if m.scenario, err = a.outline(&m); err != nil {
		return message{}, err
	}
	if m.scenario.Name == "" {
		m.scenario = a.board.Draw(o)
	}
	m.scenario = m.scenario.On(a.config.Name)
	return m, nil
}

// outline fills in what the body says about itself, and returns the scenario it asks for. A body that cannot be read
// is left to the operation, which refuses it with every fault.
func (a *Acquirer) outline(m *message) (scenario.Scenario, error) {
	var out outline
	if err := json.Unmarshal(m.body, &out); err != nil {
		out = outline{}
	}
	switch {
	case out.Reference != "":
		m.reference = out.Reference
	case m.reference == "":
		m.reference = m.charge
	}
	m.currency = out.Currency
	if value, err := amount.Parse(out.Amount); err == nil {
		m.amount = value
	}
	s, err := scenario.Acquirer.Parse(out.Simulate)
	if err != nil {
		return scenario.Scenario{}, fmt.Errorf("%w: simulate: %w", ErrInvalid, err)
	}
	return s, nil
}

// parent returns the charge above a capture or a refund.
func (m message) parent() string {
	if m.charge == m.reference {
		return ""
	}
	return m.charge
}
