package signer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// Limits of the conversation.
const (
	messageMax = 64 << 10
	callMax    = 10 * time.Second
	socketMode = 0o600
)

// refusal is the body of an answer other than 200.
type refusal struct {
	Error   string   `json:"error"`
	Refused bool     `json:"refused"` // a rule forbids it, and will again
	Fees    *LowFees `json:"fees,omitempty"`
}

// authorized is the answer to an authorization.
type authorized struct {
	Data []byte `json:"data"`
}

// Handler serves GET /address, POST /sign and POST /authorize.
func (s *Signer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /address", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusOK, map[string]string{"address": s.owner.Hex()})
	})
	mux.HandleFunc("POST /sign", serve(s.Sign))
	mux.HandleFunc("POST /authorize", serve(func(ctx context.Context, a Authorization) (authorized, error) {
		data, err := s.Authorize(ctx, a)
		return authorized{data}, err
	}))
	return mux
}

// serve answers what is asked for in a body.
func serve[Order, Answer any](do func(context.Context, Order) (Answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var o Order
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, messageMax))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&o); err != nil {
			say(w, http.StatusBadRequest, refusal{Error: "order cannot be read"})
			return
		}
		answer, err := do(r.Context(), o)
		var low *LowFees
		_ = errors.As(err, &low)
		switch {
		case errors.Is(err, ErrRefused):
			say(w, http.StatusForbidden, refusal{err.Error(), true, low})
		case err != nil:
			say(w, http.StatusInternalServerError, refusal{Error: err.Error()})
		default:
			say(w, http.StatusOK, answer)
		}
	}
}

func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that hung up asks again
}

// Listen opens the socket at path for the owner of the process alone. One that a dead process left behind is replaced;
// one that still answers is not.
func Listen(path string) (net.Listener, error) {
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("%s: another signer listens there", path)
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&fs.ModeSocket == 0 {
			return nil, fmt.Errorf("%s is there, and is no socket", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	before := syscall.Umask(0o177) // nobody else can connect even before the mode is set
	listener, err := net.Listen("unix", path)
	syscall.Umask(before)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// Serve answers on a listener until ctx ends, and finishes what is under way.
func (s *Signer) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: s.Handler(), ReadTimeout: callMax, WriteTimeout: callMax, MaxHeaderBytes: 8 << 10}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), callMax)
	defer cancel()
	return server.Shutdown(drain)
}
