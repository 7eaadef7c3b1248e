package railtest_test

import (
	"context"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/railtest"
)

// traced notes that a request has a connection.
func traced(ctx context.Context, left *bool) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { *left = true }})
}

func subject(m mistakes) railtest.Subject {
	return railtest.Subject{
		Open:    func(url string) (rails.Rail, error) { return newToy(url, m), nil },
		Peer:    newBank,
		Method:  payment.Method{Type: payment.MethodCard, Token: "tok_visa"},
		Amount:  money.Must("49.90", "EUR"),
		Secrets: []string{key},
	}
}

func TestARightAdapterPasses(t *testing.T) {
	railtest.Run(t, subject(mistakes{}))
}

// TestAWrongAdapterFails proves that the suite can fail: each mistake is found, and in a scene that is about it.
func TestAWrongAdapterFails(t *testing.T) {
	for name, row := range map[string]struct {
		mistakes mistakes
		scene    string
		failure  string
	}{
		"hasty":         {mistakes{hasty: true}, "send: silence after it arrived", "says not_sent, want unknown"},
		"forgetful":     {mistakes{forgetful: true}, "send: reset", "says declined, want unknown"},
		"trusting":      {mistakes{trusting: true}, "send, automatic capture: another amount", "says captured, want unknown"},
		"literal":       {mistakes{literal: true}, "send, automatic capture: speaks of a duplicate", "says declined, want unknown"},
		"repeating":     {mistakes{repeating: true}, "send on a warm connection: hang-up", "sent again on its own"},
		"following":     {mistakes{following: true}, "send: 307 to itself", "sent again on its own"},
		"greedy":        {mistakes{greedy: true}, "send: body without end", "read all"},
		"optimistic":    {mistakes{optimistic: true}, "send: 200 without a body", "says captured, want unknown"},
		"deaf":          {mistakes{deaf: true}, "send: 404 with a page", "which the provider did not say"},
		"strict":        {mistakes{strict: true}, "send: 429 without a body", "says not_sent, want unknown"},
		"confident":     {mistakes{confident: true}, "cancel: 500 without a body", "makes another attempt"},
		"talkative":     {mistakes{talkative: true}, "send: the request itself", "an error holds a secret"},
		"gloomy":        {mistakes{gloomy: true}, "send, automatic capture: a state without a name", "leaves the attempt declined, want unknown"},
		"short-sighted": {mistakes{shortSighted: true}, "late arrival", "leaves the attempt declined, want unknown"},
	} {
		failures := railtest.Play(t, subject(row.mistakes), row.scene)
		if !strings.Contains(strings.Join(failures, "\n"), row.failure) {
			t.Errorf("%s: %q found %q, want %q", name, row.scene, failures, row.failure)
		}
	}
}
