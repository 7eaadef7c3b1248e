// Package acquirer is a card acquirer that speaks the generic acquirer protocol over HTTP and misbehaves on demand.
package acquirer

import (
	"fmt"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/callback"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// Config describes one acquirer.
type Config struct {
	channel.Config

	Replay bool // a repeated reference replays its answer; otherwise it moves money again
	Fence  bool // cancel is offered
}

// Acquirer is one running acquirer.
type Acquirer struct {
	channel.Peer

	config Config
	book   *book
}

// Open starts an acquirer: it listens when Open returns.
func Open(config Config, world channel.World) (*Acquirer, error) {
	a := &Acquirer{config: config}
	a.book = &book{
		channel: config.Name, replays: config.Replay,
		clock: world.Clock, log: world.Log, newID: world.NewID,
		challengeURL: func(id string) string { return a.URL() + "/challenge/" + id },
		changed:      a.announce,
		charges:      map[string][]*entry{}, fenced: map[string]bool{}, challenges: map[string]*entry{},
	}
	if err := a.Prepare(config.Config, world); err != nil {
		return nil, fmt.Errorf("acquirer %w", err)
	}
	if err := a.Listen(a.routes()); err != nil {
		return nil, fmt.Errorf("acquirer %w", err)
	}
	return a, nil
}

// Vocabulary returns the scenarios that an acquirer knows.
func (a *Acquirer) Vocabulary() scenario.Vocabulary { return scenario.Acquirer }

// Release lets the held answers to reference go and returns how many there were.
func (a *Acquirer) Release(reference string) int { return a.Gates.Release(reference) }

// Announce sends a callback with the state of the charge under reference, or returns ErrNotFound.
func (a *Acquirer) Announce(reference string) error {
	found, err := a.book.find(reference)
	if err != nil {
		return err
	}
	charge, ok := found.(Charge)
	if !ok {
		return ErrNotFound
	}
	a.announce(charge, scenario.Once)
	return nil
}

func (a *Acquirer) announce(c Charge, manner scenario.Callbacks) {
	now := a.event(c)
	switch manner {
	case scenario.Twice:
		a.Call(now, now)
	case scenario.Backwards:
		a.Call(now, a.event(c.earlier()))
	case scenario.Never:
	default:
		a.Call(now)
	}
}

func (a *Acquirer) event(c Charge) callback.Event {
	return callback.Event{ID: a.World.NewID("evt_"), Type: "charge.updated", Data: c}
}

// Charge charges a card that no message asked for, and tells nobody: only an inquiry and the statement show it. It does so
// under a reference that was canceled, too.
func (a *Acquirer) Charge(reference string, value amount.Amount, currency string) error {
	if faults := referenceAndAmount(reference, value); len(faults) > 0 || !currencyGrammar.MatchString(currency) {
		return invalid(append(faults, "currency must be three capital letters"))
	}
	o := order{Reference: reference, Amount: value, Currency: currency, Capture: true, Token: "tok_visa"}
	_, err := a.book.place(o, scenario.Scenario{Stubborn: true, Callbacks: scenario.Never})
	return err
}

func (a *Acquirer) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/health", a.health)
	mux.Handle("POST /v1/charges", a.receive(scenario.Charge, a.charge))
	mux.Handle("GET /v1/charges/{charge}", a.receive(scenario.Inquiry, a.inquire))
	mux.Handle("POST /v1/charges/{charge}/cancel", a.receive(scenario.Cancel, a.cancel))
	mux.Handle("POST /v1/charges/{charge}/capture", a.receive(scenario.Capture, a.capture))
	mux.Handle("POST /v1/charges/{charge}/refunds", a.receive(scenario.Refund, a.refund))
	mux.Handle("GET /v1/charges/{charge}/captures/{transfer}", a.receive(scenario.Inquiry, a.inquireCapture))
	mux.Handle("GET /v1/charges/{charge}/refunds/{transfer}", a.receive(scenario.Inquiry, a.inquireRefund))
	mux.Handle("GET /v1/statements/{date}", a.receive(scenario.Statement, a.statement))
	mux.HandleFunc("GET /challenge/{id}", a.showChallenge)
	mux.HandleFunc("POST /challenge/{id}", a.takeChallenge)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { write(w, nil, ErrNotFound) })
	return mux
}
