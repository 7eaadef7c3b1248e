package tour

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// inbox is a merchant's server: it takes events in and verifies each with the Standard Webhooks library.
type inbox struct {
	server *http.Server

	mu     sync.Mutex
	verify *standardwebhooks.Webhook
	events []object
	forged int
}

// openInbox starts the server and registers it with the gateway.
func openInbox(ctx context.Context, w *World) (*inbox, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	in := &inbox{}
	in.server = &http.Server{Handler: in, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = in.server.Serve(listener) }() // ends with close
	endpoint, err := w.post(ctx, "/v1/webhook_endpoints", "tour-endpoint", object{"url": "http://" + listener.Addr().String() + "/events"})
	if err != nil {
		in.close()
		return nil, err
	}
	verify, err := standardwebhooks.NewWebhook(endpoint.text("secret"))
	if err != nil {
		in.close()
		return nil, fmt.Errorf("webhook secret: %w", err)
	}
	in.mu.Lock()
	in.verify = verify
	in.mu.Unlock()
	return in, nil
}

func (in *inbox) close() { _ = in.server.Close() }

// ServeHTTP takes one event in.
func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMax))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	var event object
	if in.verify == nil || in.verify.Verify(body, r.Header) != nil || json.Unmarshal(body, &event) != nil {
		in.forged++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	event["id"] = r.Header.Get("webhook-id")
	in.events = append(in.events, event)
}

// wait returns the id of a verified event of the payment, and fails when ctx ends first.
func (in *inbox) wait(ctx context.Context, kind, payment string) (string, error) {
	for {
		in.mu.Lock()
		for _, event := range in.events {
			if event.text("type") == kind && event.text("data", "id") == payment {
				in.mu.Unlock()
				return event.text("id"), nil
			}
		}
		got, forged := len(in.events), in.forged
		in.mu.Unlock()
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no %s of %s among %d events, %d were not authentic", kind, payment, got, forged)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
