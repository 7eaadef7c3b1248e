// Package bank is a bank that speaks ISO 20022 over HTTP, keeps books of its own and misbehaves on demand.
//
// It takes domestic orders (pain.001) from the accounts of its customer, and transfers between banks (pacs.008) from the
// accounts that another bank keeps with it, which travel on through correspondents.
package bank

import (
	"fmt"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/callback"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// Bank is one running bank.
type Bank struct {
	channel.Peer

	config Config
	book   *book
}

// Open starts a bank: it listens when Open returns.
func Open(config Config, world channel.World) (*Bank, error) {
	b := &Bank{config: config}
	if err := config.Check(); err != nil {
		return nil, fmt.Errorf("bank %s: %w", config.Name, err)
	}
	if err := b.Prepare(config.Config, world); err != nil {
		return nil, fmt.Errorf("bank %w", err)
	}
	b.book = newBook(config, world, b.send)
	if err := b.Listen(b.routes()); err != nil {
		return nil, fmt.Errorf("bank %w", err)
	}
	return b, nil
}

// Vocabulary returns the scenarios that a bank knows.
func (b *Bank) Vocabulary() scenario.Vocabulary { return scenario.Bank }

// Release lets everything go that waits under reference: held answers, a held or uncovered transfer, and a credit that
// is not booked yet. It returns how many there were.
func (b *Bank) Release(reference string) int {
	return b.Gates.Release(reference) + b.book.release(reference)
}

// Announce calls back now with the status of the transfer, or the latest notice of the entry, under reference. It
// returns ErrNotFound when there is neither.
func (b *Bank) Announce(reference string) error { return b.book.announce(reference) }

// send delivers documents one after the other, each with an event id of its own, as manner says.
func (b *Bank) send(manner scenario.Callbacks, documents ...[]byte) {
	var events []callback.Event
	for _, document := range documents {
		events = append(events, callback.Event{ID: b.World.NewID("evt_"), XML: document})
	}
	if manner == scenario.Twice {
		events = append(events, events...)
	}
	b.Call(events...)
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
