// Package acquirer is a card acquirer that speaks the generic acquirer protocol over HTTP and misbehaves on demand.
package acquirer

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/callback"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/door"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// Config describes one acquirer.
type Config struct {
	Name           string // of the channel at the gateway, such as card.acme-eu
	Listen         string // host and port; port 0 picks a free one
	Secret         string // the bearer token of every request
	CallbackURL    string // empty: no callbacks
	CallbackSecret string // "whsec_" and base64
	Replay         bool   // a repeated reference replays its answer; otherwise it moves money again
	Fence          bool   // cancel is offered
}

// Acquirer is one running acquirer.
type Acquirer struct {
	config Config
	world  channel.World
	log    *slog.Logger
	book   *book
	board  scenario.Board
	gates  channel.Gates
	sender *callback.Sender // nil without callbacks
	door   *door.Door
}

// Open starts an acquirer: it listens when Open returns.
func Open(config Config, world channel.World) (*Acquirer, error) {
	a := &Acquirer{config: config, world: world, log: world.Slog.With("channel", config.Name)}
	a.book = &book{
		channel: config.Name, replays: config.Replay,
		clock: world.Clock, log: world.Log, newID: world.NewID,
		challengeURL: func(id string) string { return a.URL() + "/challenge/" + id },
		changed:      a.announce,
		charges:      map[string][]*entry{}, fenced: map[string]bool{}, challenges: map[string]*entry{},
	}
	if config.CallbackURL != "" {
		sender, err := callback.NewSender(config.CallbackURL, config.CallbackSecret, world.Now, a.log)
		if err != nil {
			return nil, fmt.Errorf("acquirer %s: %w", config.Name, err)
		}
		a.sender = sender
	}
	opened, err := door.Open(config.Listen, a.routes(), a.log)
	if err != nil {
		return nil, fmt.Errorf("acquirer %s: %w", config.Name, err)
	}
	a.door = opened
	return a, nil
}

// Name returns the name of the channel.
func (a *Acquirer) Name() string { return a.config.Name }

// URL returns the base address of the protocol.
func (a *Acquirer) URL() string { return a.door.URL() }

// Run delivers callbacks until ctx ends.
func (a *Acquirer) Run(ctx context.Context) {
	if a.sender != nil {
		a.sender.Run(ctx)
	}
}

// Close stops listening; running answers may finish until ctx ends.
func (a *Acquirer) Close(ctx context.Context) { a.door.Close(ctx) }

// Vocabulary returns the scenarios that an acquirer knows.
func (a *Acquirer) Vocabulary() scenario.Vocabulary { return scenario.Acquirer }

// Faults lists the scenarios the whole channel follows now.
func (a *Acquirer) Faults() []scenario.Fault { return a.board.Faults() }

// Impose makes the whole channel follow a fault. It returns scenario.ErrTooMany when there are too many already.
func (a *Acquirer) Impose(f scenario.Fault) error {
	if err := a.board.Put(f); err != nil {
		return err
	}
	if f.Refuses() {
		a.door.Shut()
	}
	return nil
}

// Recover clears every fault. The listener comes back on its port; an error says that somebody took the port.
func (a *Acquirer) Recover() error {
	a.board.Clear()
	return a.door.Reopen()
}

// Release lets the held answers to reference go and returns how many there were.
func (a *Acquirer) Release(reference string) int { return a.gates.Release(reference) }

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
	if a.sender == nil {
		return
	}
	now := a.event(c)
	switch manner {
	case scenario.Twice:
		a.sender.Send(now, now)
	case scenario.Backwards:
		a.sender.Send(now, a.event(c.earlier()))
	default:
		a.sender.Send(now)
	}
}

func (a *Acquirer) event(c Charge) callback.Event {
	return callback.Event{ID: a.world.NewID("evt_"), Type: "charge.updated", Data: c}
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
