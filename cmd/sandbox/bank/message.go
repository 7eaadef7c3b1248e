package bank

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// bodyMax is the longest request body, in bytes.
const bodyMax = 256 << 10

var (
	// ErrInvalid is returned when a message cannot be understood; the text names every fault.
	ErrInvalid = errors.New("invalid request")
	// ErrNotFound is returned when a reference, an account or a day was never seen.
	ErrNotFound = errors.New("no such thing")
)

// message is one request, read and logged.
type message struct {
	request   *http.Request
	operation scenario.Operation
	iso       iso.Message
	order     order        // of a pain.001 or a pacs.008
	cancel    cancellation // of a camt.055 or a camt.056
	reference string       // what it is about
	also      []string     // other names of the same
	amount    amount.Amount
	currency  string
	scenario  scenario.Scenario
	gate      *channel.Gate // of a held answer
	fault     error         // why it cannot be carried out; it is logged all the same
}

// read fills in a message from its body.
type read func(*message, []byte) error

// apply carries out a message and returns the answer.
type apply func(message) (answer, error)

// receive reads a message, decides how to treat it, logs its arrival and only then lets anything happen.
func (b *Bank) receive(understand read, carryOut apply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m, err := b.read(r, understand)
		if err != nil {
			refuse(w, err)
			return
		}
		if m.scenario.Answer == scenario.Held {
			m.gate = b.Gates.Shut(m.reference)
			defer b.Gates.Remove(m.gate)
		}
		err = b.World.Log.Receive(movement.Movement{
			Channel: b.config.Name, Reference: m.reference, Also: m.also, Amount: m.amount, Currency: m.currency,
			Path: r.URL.Path, Message: m.iso.Name,
		})
		if err != nil {
			refuse(w, err)
			return
		}
		b.respond(w, r, m, carryOut)
	}
}

func (b *Bank) read(r *http.Request, understand read) (message, error) {
	body, err := b.Read(r, bodyMax)
	if err != nil {
		return message{}, err
	}
	m := message{request: r, operation: scenario.Any}
	if m.fault = understand(&m, body); m.fault != nil {
		return m, nil // it moves nothing, so it uses up no fault
	}
	m.scenario = b.Course(m.scenario, m.operation)
	return m, nil
}

// asked reads a message without a body, whose path says everything.
func asked(o scenario.Operation) read {
	return func(m *message, _ []byte) error {
		m.operation = o
		m.reference = m.request.PathValue("reference")
		return nil
	}
}

// readDocument reads an ISO 20022 message.
func (b *Bank) readDocument(m *message, body []byte) error {
	found, err := iso.Read(body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	m.iso = found
	simulate := ""
	switch d := found.Document.(type) {
	case *iso.Initiation:
		m.operation = scenario.Transfer
		m.order, simulate, err = initiated(found, d)
	case *iso.CreditTransfer:
		m.operation = scenario.Transfer
		m.order, simulate, err = passedOn(found, d)
	case *iso.StatusRequest:
		m.operation = scenario.Inquiry
		m.reference, simulate, err = requested(found, d)
	case *iso.Cancellation:
		m.operation = scenario.Cancel
		m.cancel, simulate, err = canceled(found, d)
		m.reference = m.cancel.reference
	}
	if m.operation == scenario.Transfer {
		m.reference, m.also = m.order.key(), m.order.also()
		m.amount, m.currency = m.order.Amount, m.order.Currency
	}
	if err != nil {
		return err
	}
	if m.scenario, err = scenario.Bank.Parse(simulate); err != nil {
		return fmt.Errorf("%w: Simulate: %w", ErrInvalid, err)
	}
	return nil
}
