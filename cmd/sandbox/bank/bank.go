// Package bank is a bank that speaks ISO 20022 over HTTP, keeps books of its own and misbehaves on demand.
//
// It takes domestic orders (pain.001) from the accounts of its customer, and transfers between banks (pacs.008) from the
// accounts that another bank keeps with it, which travel on through correspondents.
package bank

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

// Bank is one running bank.
type Bank struct {
	config Config
	world  channel.World
	log    *slog.Logger
	book   *book
	board  scenario.Board
	gates  channel.Gates
	sender *callback.Sender // nil without callbacks
	door   *door.Door
}

// Open starts a bank: it listens when Open returns.
func Open(config Config, world channel.World) (*Bank, error) {
	b := &Bank{config: config, world: world, log: world.Slog.With("channel", config.Name)}
	if config.CallbackURL != "" {
		sender, err := callback.NewSender(config.CallbackURL, config.CallbackSecret, world.Now, b.log)
		if err != nil {
			return nil, fmt.Errorf("bank %s: %w", config.Name, err)
		}
		b.sender = sender
	}
	if err := config.Check(); err != nil {
		return nil, fmt.Errorf("bank %s: %w", config.Name, err)
	}
	b.book = newBook(config, world, b.send)
	opened, err := door.Open(config.Listen, b.routes(), b.log)
	if err != nil {
		return nil, fmt.Errorf("bank %s: %w", config.Name, err)
	}
	b.door = opened
	return b, nil
}

// Name returns the name of the channel.
func (b *Bank) Name() string { return b.config.Name }

// URL returns the base address of the protocol.
func (b *Bank) URL() string { return b.door.URL() }

// Run delivers callbacks until ctx ends.
func (b *Bank) Run(ctx context.Context) {
	if b.sender != nil {
		b.sender.Run(ctx)
	}
}

// Close stops listening; running answers may finish until ctx ends.
func (b *Bank) Close(ctx context.Context) { b.door.Close(ctx) }

// Vocabulary returns the scenarios that a bank knows.
func (b *Bank) Vocabulary() scenario.Vocabulary { return scenario.Bank }

// Faults lists the scenarios the whole channel follows now.
func (b *Bank) Faults() []scenario.Fault { return b.board.Faults() }

// Impose makes the whole channel follow a fault. It returns scenario.ErrTooMany when there are too many already.
func (b *Bank) Impose(f scenario.Fault) error {
	if err := b.board.Put(f); err != nil {
		return err
	}
	if f.Refuses() {
		b.door.Shut()
	}
	return nil
}

// Recover clears every fault. The listener comes back on its port; an error says that somebody took the port.
func (b *Bank) Recover() error {
	b.board.Clear()
	return b.door.Reopen()
}

// Release lets everything go that waits under reference: held answers, a held or uncovered transfer, and a credit that
// is not booked yet. It returns how many there were.
func (b *Bank) Release(reference string) int {
	return b.gates.Release(reference) + b.book.release(reference)
}

// Announce calls back now with the status of the transfer, or the latest notice of the entry, under reference. It
// returns ErrNotFound when there is neither.
func (b *Bank) Announce(reference string) error { return b.book.announce(reference) }

// send delivers documents one after the other, each with an event id of its own, as manner says.
func (b *Bank) send(manner scenario.Callbacks, documents ...[]byte) {
	if b.sender == nil {
		return
	}
	var events []callback.Event
	for _, document := range documents {
		events = append(events, callback.Event{ID: b.world.NewID("evt_"), XML: document})
	}
	if manner == scenario.Twice {
		events = append(events, events...)
	}
	b.sender.Send(events...)
}

func (b *Bank) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/health", b.health)
	mux.HandleFunc("POST /iso20022", b.receive(b.readDocument, b.carryOut))
	mux.HandleFunc("GET /payments/{reference}", b.receive(asked(scenario.Inquiry), b.inquire))
	mux.HandleFunc("GET /tracker/{reference}", b.receive(asked(scenario.Inquiry), b.track))
	mux.HandleFunc("GET /statements/{account}/{date}", b.receive(asked(scenario.Statement), b.statement))
	mux.HandleFunc("GET /notifications/{account}", b.receive(asked(scenario.Statement), b.notifications))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, ErrNotFound) })
	return mux
}
