package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Why a channel's message is refused.
var (
	ErrNoChannel  = errors.New("no such channel")                        // returned when no channel of that name takes callbacks
	ErrNotGenuine = errors.New("callback is not authentic")              // returned when its signature, age or form is wrong
	ErrUnclear    = errors.New("channel could not confirm its callback") // returned when the inquiry that a callback causes has no answer; the channel should repeat it
)

// Receive takes a channel's message in. It is a hint only: what it says is confirmed by an inquiry before it is believed.
// A repeated message returns nil and changes nothing.
func (g *Gateway) Receive(ctx context.Context, channel string, header http.Header, body []byte) error {
	c, ok := g.channel(channel)
	listener, listens := c.Rail.(rails.Listener)
	if !ok || !listens {
		return ErrNoChannel
	}
	callback, err := listener.Callback(header, body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotGenuine, err)
	}
	if callback.Reference == "" {
		return nil // the rail's watcher looks
	}
	back := g.away(ctx)
	left, ran := g.runs.outrun(ctx, callback.Reference, g.now)
	back()
	if ran && g.knows(left, c, callback.Reference, body) {
		return nil
	}
	stored, err := g.paymentOf(ctx, callback.Reference)
	if err != nil {
		return fmt.Errorf("callback about %s: %w", callback.Reference, err)
	}
	if a, ok := stored.Attempt(callback.Reference); !ok || a.Channel != channel {
		return fmt.Errorf("callback about %s: %w", callback.Reference, payment.ErrNotFound)
	}
	if g.knows(stored, c, callback.Reference, body) {
		return nil
	}
	err = g.report(ctx, stored, callback.Reference, &payment.Callback{Channel: channel, Event: callback.Event, At: g.now()})
	if errors.Is(err, payment.ErrDuplicateCallback) {
		return nil
	}
	return err
}

// knows reports whether a message of a channel tells of an attempt what is stored already, so that there is nothing to ask.
// What is stored may be of a moment ago: what was known then is known now.
func (g *Gateway) knows(stored payment.Payment, c Channel, ref string, body []byte) bool {
	teller, tells := c.Rail.(rails.Teller)
	a, ok := stored.Attempt(ref)
	if !tells || !ok || a.Channel != c.Name {
		return false
	}
	told, err := teller.Told(body, a)
	if err != nil || told.Outcome != a.Outcome || !a.Outcome.Moved() && !a.Outcome.Free() {
		return false
	}
	after, err := stored.Learn(payment.News{Result: told, Ref: ref, By: payment.ByInquiry, AskedAt: g.now(), At: g.now()})
	return err == nil && reflect.DeepEqual(after, stored)
}

// Report says that there may be news of an attempt or operation: it asks the channel what became of it, and lets the
// payment go on from there. It returns ErrUnclear when the channel cannot tell.
func (g *Gateway) Report(ctx context.Context, ref string) error {
	stored, err := g.paymentOf(ctx, ref)
	if err != nil {
		return fmt.Errorf("report %s: %w", ref, err)
	}
	return g.report(ctx, stored, ref, nil)
}

// paymentOf loads the payment of an attempt or operation. It returns payment.ErrNotFound when there is none.
func (g *Gateway) paymentOf(ctx context.Context, ref string) (payment.Payment, error) {
	id, err := g.store.PaymentOf(ctx, ref)
	if err != nil {
		return payment.Payment{}, err
	}
	return g.store.Payment(ctx, id)
}

// report asks the channel about ref, and stores the answer with the message that caused the question. A channel that has news of
// ref and does not find it sees it later: it has to call again, or what it told of is missed where nobody else asks.
func (g *Gateway) report(ctx context.Context, stored payment.Payment, ref string, callback *payment.Callback) error {
	news := g.act(ctx, stored, payment.Step{Do: payment.Check, Ref: ref})
	if news.Outcome == payment.Unknown && (callback != nil || !news.NotFound) {
		return ErrUnclear
	}
	_, err := g.drive(ctx, stored, &errand{
		callback: callback,
		change:   func(_ context.Context, p payment.Payment) (payment.Payment, string, error) { return g.learn(p, news) },
	})
	return err
}
