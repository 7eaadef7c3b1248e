package railtest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// probeScenes demand that only the provider's own word makes it well.
func probeScenes() []scene {
	return questionScenes("probe", func(ctx context.Context, t *trial) error {
		return t.rail.(rails.Prober).Probe(ctx)
	})
}

// statementScenes demand that a statement is read whole or not at all.
func statementScenes() []scene {
	return questionScenes("statement", func(ctx context.Context, t *trial) error {
		_, err := t.rail.(rails.Statementer).Statement(ctx, time.Now())
		return err
	})
}

func questionScenes(question string, put func(context.Context, *trial) error) []scene {
	all := []scene{{question, func(t *trial) {
		if err := t.question(none, put); err != nil {
			t.failf("fails without a reason: %v", err)
		}
	}}}
	for _, f := range faults() {
		all = append(all, scene{fmt.Sprintf("%s: %s", question, f.name), func(t *trial) {
			err := t.question(f, put)
			if err == nil {
				t.failf("is content")
				return
			}
			t.discreet(err)
		}})
	}
	return all
}

func (t *trial) question(f fault, put func(context.Context, *trial) error) error {
	var err error
	t.ask(f, func(ctx context.Context) (payment.Result, error) {
		err = put(ctx, t)
		return payment.Result{}, nil
	})
	return err
}

// callbackScenes demand that only authentic messages are heard, each under an id of its own.
func callbackScenes() []scene {
	return []scene{{"callback", callbacks}}
}

func callbacks(t *trial) {
	caller, ok := t.peer.(Caller)
	if !ok {
		t.failf("the rail listens, but its peer is no Caller")
		return
	}
	listener := t.rail.(rails.Listener)
	reference := t.attempt().ID
	header, body := caller.Callback(reference, time.Now())

	heard, err := listener.Callback(header, body)
	if err != nil || heard.Reference != reference || heard.Event == "" {
		t.failf("heard %+v (%v), want a callback about %s", heard, err, reference)
	}
	if again, err := listener.Callback(header, body); err != nil || again != heard {
		t.failf("heard %+v (%v) when the message was repeated, want %+v: it could not be known again", again, err, heard)
	}
	otherHeader, otherBody := caller.Callback(reference, time.Now().Add(time.Second))
	if other, err := listener.Callback(otherHeader, otherBody); err != nil || other.Event == heard.Event {
		t.failf("heard %+v (%v) from another message, which was not repeated", other, err)
	}

	refuse := func(what string, header http.Header, body []byte) {
		if heard, err := listener.Callback(header, body); err == nil || heard != (rails.Callback{}) {
			t.failf("heard %+v (%v) from a callback %s", heard, err, what)
		}
	}
	refuse("without headers", http.Header{}, body)
	refuse("without a body", header, nil)
	for i := range body {
		forged := append([]byte(nil), body...)
		forged[i] ^= 1
		refuse("with a changed body", header, forged)
	}
	for key := range otherHeader {
		if header.Get(key) == otherHeader.Get(key) {
			continue
		}
		mixed := header.Clone()
		mixed.Set(key, otherHeader.Get(key))
		refuse("with another message's "+key, mixed, body)
	}
	for _, age := range []time.Duration{time.Hour, -time.Hour} {
		header, body := caller.Callback(reference, time.Now().Add(-age))
		refuse("of "+age.String()+" ago", header, body)
	}
}
