package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/gateway/limit"
)

func serveCommand() *cobra.Command {
	var onStdin bool
	serve := &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway until interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := configured(cmd)
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			if onStdin {
				ctx = untilClosed(ctx, cmd.InOrStdin())
			}
			return serve(ctx, c, cmd.OutOrStdout())
		},
	}
	serve.Flags().BoolVar(&onStdin, "exit-on-stdin-close", false, "stop when standard input ends, so that a dead parent leaves nothing behind")
	return serve
}

// untilClosed returns a context that ends when input does.
func untilClosed(parent context.Context, input io.Reader) context.Context {
	ctx, cancel := context.WithCancel(parent)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, input) // an error ends the input as well
	}()
	return ctx
}

// garbagePercent is how much more than what is used may be garbage before it is looked for (GOGC). What a gateway uses is little,
// and with the default of 100 it looks for garbage ten times in a second under load, for a fifth of its processor time.
const garbagePercent = 300

// serve runs the gateway until ctx ends: then it takes no more requests, finishes those under way, and only then stops
// what works behind them.
func serve(ctx context.Context, c config.Config, out io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	log := logger(c.Log)
	n, err := newNode(ctx, c, log)
	if err != nil {
		return err
	}
	defer n.close()
	public, err := listen(c.Listen, c.Limits.Connections)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	n.metrics.connections(public)
	admin, err := listen(c.AdminListen, adminConnections)
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), public.Close())
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	finished := n.start(background)

	failed := make(chan error, 2)
	apiServer, adminServer := server(n.handler), server(n.adminHandler())
	go func() { failed <- apiServer.Serve(public) }()
	go func() { failed <- adminServer.Serve(admin) }()
	ready := map[string]any{"ready": true, "url": "http://" + public.Addr().String(), "admin": "http://" + admin.Addr().String()}
	if err := json.NewEncoder(out).Encode(ready); err != nil {
		return fmt.Errorf("write the ready line: %w", err)
	}
	log.Info("serving", "url", ready["url"], "admin", ready["admin"])

	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	log.Info("stopping", "within", c.Shutdown)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Shutdown)
	defer cancel()
	if drainErr := apiServer.Shutdown(drain); drainErr != nil {
		log.Warn("requests were cut off", "err", drainErr)
	}
	stop()
	select {
	case <-finished:
	case <-drain.Done():
		log.Warn("background work was cut off; it is resumed at the next start")
	}
	return errors.Join(err, adminServer.Close())
}

// adminConnections are open at once to metrics and profiles.
const adminConnections = 64

func listen(address string, connections int) (*limit.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return limit.Listen(l, connections), nil
}

const (
	headerWithin = 5 * time.Second  // for the headers of a request to arrive
	bodyWithin   = 10 * time.Second // for its body to arrive as well
	answerWithin = time.Minute      // from the headers of a request to the end of its answer: longer than a payment is carried within one
	idleFor      = 2 * time.Minute  // that a connection is kept for the next request
	headersMax   = 32 << 10         // bytes
)

func server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerWithin, ReadTimeout: bodyWithin, WriteTimeout: answerWithin, IdleTimeout: idleFor,
		MaxHeaderBytes: headersMax,
	}
}

func (n *node) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(n.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func logger(c config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // validated
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}
