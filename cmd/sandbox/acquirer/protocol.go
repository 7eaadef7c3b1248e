package acquirer

import (
	"errors"
	"net/http"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
)

// errNoFence is returned when a channel without a fence is asked to cancel.
var errNoFence = errors.New("this channel cannot cancel")

func (a *Acquirer) charge(m message) (any, error) {
	o, err := parseOrder(m.body)
	if err != nil {
		return nil, err
	}
	return answer(a.book.place(o, m.scenario))
}

func (a *Acquirer) capture(m message) (any, error) {
	p, err := parsePartial(m.body)
	if err != nil {
		return nil, err
	}
	return answer(a.book.capture(m.charge, p, m.scenario))
}

func (a *Acquirer) refund(m message) (any, error) {
	p, err := parsePartial(m.body)
	if err != nil {
		return nil, err
	}
	return answer(a.book.refund(m.charge, p, m.scenario))
}

func (a *Acquirer) cancel(m message) (any, error) {
	if !a.config.Fence {
		return nil, errNoFence
	}
	return a.book.cancel(m.charge)
}

func (a *Acquirer) inquire(m message) (any, error) { return a.book.find(m.charge) }

func (a *Acquirer) inquireCapture(m message) (any, error) {
	return answer(a.book.findTransfer(m.charge, func(c Charge) (Transfer, bool) {
		found, ok := c.findCapture(m.reference)
		return found.Transfer, ok
	}))
}

func (a *Acquirer) inquireRefund(m message) (any, error) {
	return answer(a.book.findTransfer(m.charge, func(c Charge) (Transfer, bool) {
		return c.findRefund(m.reference)
	}))
}

// Row is one line of a statement: money that was booked on its date, in sandbox time and UTC.
type Row struct {
	Reference string        `json:"reference"`
	Charge    string        `json:"charge,omitempty"` // of a capture or a refund
	ID        string        `json:"id"`
	Kind      movement.Kind `json:"kind"` // charge, capture or refund
	Amount    amount.Amount `json:"amount"`
	Currency  string        `json:"currency"`
	BookedAt  clock.Time    `json:"booked_at"`
}

// Statement is what an acquirer booked on one day.
type Statement struct {
	Date string `json:"date"`
	Rows []Row  `json:"rows"`
}

func (a *Acquirer) statement(m message) (any, error) {
	if _, err := time.Parse(time.DateOnly, m.date); err != nil {
		return nil, invalid([]string{"date must be written as 2006-01-02"})
	}
	s := Statement{Date: m.date, Rows: []Row{}}
	for _, line := range a.World.Log.All() {
		if line.Channel != a.config.Name || !line.Kind.Booked() || line.At.Format(time.DateOnly) != m.date {
			continue
		}
		s.Rows = append(s.Rows, Row{
			Reference: line.Reference, Charge: line.Charge, ID: line.ID, Kind: line.Kind,
			Amount: line.Amount, Currency: line.Currency, BookedAt: line.At,
		})
	}
	return s, nil
}

func (a *Acquirer) health(w http.ResponseWriter, r *http.Request) {
	probe := message{scenario: a.Health()}
	a.respond(w, r, probe, func(message) (any, error) {
		return struct {
			Status string `json:"status"`
		}{"ok"}, nil
	})
}

// answer turns a typed result into a body, and no body at all on an error.
func answer[T any](body T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return body, nil
}
