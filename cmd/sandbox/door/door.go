// Package door is an HTTP listener that can be shut and opened again on the same address, so that a caller really gets
// "connection refused".
package door

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	headerTimeout = 5 * time.Second
	idleTimeout   = 2 * time.Minute
)

// Door serves one handler on one address.
type Door struct {
	handler http.Handler
	log     *slog.Logger

	mu      sync.Mutex
	address string       // with the real port, once known
	server  *http.Server // nil while shut
	leave   context.CancelFunc
}

// Open listens on address and serves handler. Port 0 picks a free port, which is kept from then on.
func Open(address string, handler http.Handler, log *slog.Logger) (*Door, error) {
	d := &Door{handler: handler, log: log, address: address}
	if err := d.Reopen(); err != nil {
		return nil, err
	}
	return d, nil
}

// URL returns the base address of the door, without a final slash.
func (d *Door) URL() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return "http://" + d.address
}

// Reopen listens again after Shut. It does nothing on an open door.
func (d *Door) Reopen() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.server != nil {
		return nil
	}
	listener, err := net.Listen("tcp", d.address)
	if err != nil {
		return fmt.Errorf("open %s: %w", d.address, err)
	}
	d.address = listener.Addr().String()
	ctx, leave := context.WithCancel(context.Background())
	server := &http.Server{
		Handler:           d.handler,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(d.log.Handler(), slog.LevelWarn),
	}
	d.server, d.leave = server, leave
	go func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			d.log.Error("listener failed", "address", listener.Addr(), "error", err)
		}
	}()
	return nil
}

// Shut closes the listener and every connection at once.
func (d *Door) Shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.server == nil {
		return
	}
	if err := d.server.Close(); err != nil {
		d.log.Warn("shut", "address", d.address, "error", err)
	}
	d.leave() // after the connections are cut, so that what is held back cannot slip out
	d.server = nil
}

// Close ends what still waits, lets running answers finish until ctx ends, and shuts the door.
func (d *Door) Close(ctx context.Context) {
	d.mu.Lock()
	server, leave := d.server, d.leave
	d.mu.Unlock()
	if server == nil {
		return
	}
	leave()
	if err := server.Shutdown(ctx); err != nil {
		d.log.Warn("connections cut", "address", d.address, "error", err)
	}
	d.Shut()
}
