package acquirer

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// bodyMax is the longest request body, in bytes.
const bodyMax = 64 << 10

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
			m.gate = a.Gates.Shut(m.reference)
			defer a.Gates.Remove(m.gate)
		}
		err = a.World.Log.Receive(movement.Movement{
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
	body, err := a.Read(r, bodyMax)
	if err != nil {
		return message{}, err
	}
	m := message{charge: r.PathValue("charge"), reference: r.PathValue("transfer"), date: r.PathValue("date"), body: body}
	asked, err := a.outline(&m)
	if err != nil {
		return message{}, err
	}
	m.scenario = a.Course(asked, o)
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
