package channel

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/callback"
	"github.com/causeway-pay/causeway/cmd/sandbox/door"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

var (
	// ErrUnauthorized is returned when a request does not carry the secret of the channel.
	ErrUnauthorized = errors.New("the bearer token is not the secret of this channel")
	// ErrTooLarge is returned when a body is longer than the peer takes.
	ErrTooLarge = errors.New("the body is too large")
	// ErrUnread is returned when a caller breaks off before the end of its body.
	ErrUnread = errors.New("the body ends too soon")
)

// Config is what every peer is told about itself.
type Config struct {
	Name           string // of the channel at the gateway, such as card.acme-eu
	Listen         string // host and port; port 0 picks a free one
	Secret         string // the bearer token of every request
	CallbackURL    string // empty: no callbacks
	CallbackSecret string // "whsec_" and base64
}

// Peer is what every peer has, whatever it speaks: a listener, callbacks, and faults that are imposed on it.
type Peer struct {
	World World
	Log   *slog.Logger
	Gates Gates

	config Config
	board  scenario.Board
	sender *callback.Sender // nil without callbacks
	door   *door.Door
}

// Prepare makes the peer's callbacks ready. It comes before Listen.
func (p *Peer) Prepare(config Config, world World) error {
	p.config, p.World, p.Log = config, world, world.Slog.With("channel", config.Name)
	if config.CallbackURL == "" {
		return nil
	}
	sender, err := callback.NewSender(config.CallbackURL, config.CallbackSecret, world.Now, p.Log)
	if err != nil {
		return fmt.Errorf("%s: %w", config.Name, err)
	}
	p.sender = sender
	return nil
}

// Listen opens the peer's door: it listens when Listen returns.
func (p *Peer) Listen(protocol http.Handler) error {
	opened, err := door.Open(p.config.Listen, protocol, p.Log)
	if err != nil {
		return fmt.Errorf("%s: %w", p.config.Name, err)
	}
	p.door = opened
	return nil
}

// Name returns the name of the channel.
func (p *Peer) Name() string { return p.config.Name }

// URL returns the base address of the protocol.
func (p *Peer) URL() string { return p.door.URL() }

// Run delivers callbacks until ctx ends.
func (p *Peer) Run(ctx context.Context) {
	if p.sender != nil {
		p.sender.Run(ctx)
	}
}

// Close stops listening; running answers may finish until ctx ends.
func (p *Peer) Close(ctx context.Context) { p.door.Close(ctx) }

// Call delivers events one after the other, when the peer calls back at all.
func (p *Peer) Call(events ...callback.Event) {
	if p.sender != nil {
		p.sender.Send(events...)
	}
}

// Read returns the body of a request that carries the secret, of at most so many bytes. It returns ErrUnauthorized,
// ErrTooLarge or ErrUnread.
func (p *Peer) Read(r *http.Request, most int64) ([]byte, error) {
	token := []byte(r.Header.Get("Authorization"))
	if subtle.ConstantTimeCompare(token, []byte("Bearer "+p.config.Secret)) != 1 {
		return nil, ErrUnauthorized
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnread, err)
	}
	if int64(len(body)) > most {
		return nil, ErrTooLarge
	}
	return body, nil
}

// Course returns the scenario that a message follows: the one that it asks for, else the channel's for such an operation.
func (p *Peer) Course(asked scenario.Scenario, o scenario.Operation) scenario.Scenario {
	if asked.Name == "" {
		asked = p.board.Draw(o)
	}
	return asked.On(p.config.Name)
}

// Health returns the scenario of a probe, which uses up no fault.
func (p *Peer) Health() scenario.Scenario { return p.board.Peek(scenario.Health).On(p.config.Name) }

// Faults lists the scenarios the whole channel follows now.
func (p *Peer) Faults() []scenario.Fault { return p.board.Faults() }

// Impose makes the whole channel follow a fault. It returns scenario.ErrTooMany when there are too many already.
func (p *Peer) Impose(f scenario.Fault) error {
	if err := p.board.Put(f); err != nil {
		return err
	}
	if f.Refuses() {
		p.door.Shut()
	}
	return nil
}

// Recover clears every fault. The listener comes back on its port; an error says that somebody took the port.
func (p *Peer) Recover() error {
	p.board.Clear()
	return p.door.Reopen()
}
