// Command stage serves the payers' pages over a gateway with rails in memory, for the browser tests: what happens to a
// payment is asked for over HTTP, on a door of its own.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/causeway-pay/causeway/docs"
	"github.com/causeway-pay/causeway/gateway/checkout"
	"github.com/causeway-pay/causeway/gateway/gatewaytest"
	"github.com/causeway-pay/causeway/gateway/limit"
)

func main() {
	at := flag.String("at", "", "moment at which the clock stands, by RFC 3339, so that pages look the same each time; empty: it goes")
	flag.Parse()
	now, err := clock(*at)
	if err != nil {
		fmt.Fprintln(os.Stderr, "-at:", err)
		os.Exit(2)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // whoever started it has gone
		cancel()
	}()
	if err := run(ctx, now, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// clock stands at a moment, or goes when none is named.
func clock(at string) (func() time.Time, error) {
	if at == "" {
		return time.Now, nil
	}
	stands, err := time.Parse(time.RFC3339, at)
	return func() time.Time { return stands }, err
}

// run serves until ctx ends. Where it serves is its first line.
func run(ctx context.Context, now func() time.Time, out io.Writer) error {
	dir, err := os.MkdirTemp("", "causeway-stage-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	lab, err := gatewaytest.New(context.WithoutCancel(ctx), dir, now)
	if err != nil {
		return err
	}
	defer lab.Close()
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	url := "http://" + public.Addr().String()
	pages := http.NewServeMux()
	pages.Handle("/", checkout.New(checkout.Deps{
		Gateway: lab.Gateway, Merchants: lab.Store, Board: lab.Board, Limiter: limit.New(limit.Defaults()), Now: lab.Now, Log: log, PublicURL: url,
	}))
	pages.Handle("/help/", http.StripPrefix("/help", docs.Help()))
	failed := make(chan error, 2)
	go func() { failed <- serve(public, pages) }()
	go func() { failed <- serve(control, controls(lab, url)) }()
	if err := json.NewEncoder(out).Encode(map[string]string{"url": url, "control": "http://" + control.Addr().String()}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

func serve(l net.Listener, h http.Handler) error {
	return (&http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}).Serve(l)
}
