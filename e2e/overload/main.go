// Command overload measures what a gateway does when far more is asked than it can do: a real binary on a real
// PostgreSQL, the sandbox's acquirers, and a generator in a process of its own that does not wait.
//
//	make overload          # everything; fails when a goal is missed
//	make overload QUICK=1  # seconds instead of minutes; figures only
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "overload:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) == 2 && os.Args[1] == "load" {
		return generate(os.Stdin, os.Stdout)
	}
	quick := flag.Bool("quick", false, "short runs, and no failure when a goal is missed")
	into := flag.String("json", "", "file that the figures are written to; empty: none")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := newStage(ctx)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	defer s.world.Stop()
	m := &measurement{stage: s, lasts: long}
	if *quick {
		m.lasts = short
	}
	if err := m.run(ctx); err != nil {
		return err
	}
	m.print(os.Stdout)
	if err := m.write(*into); err != nil {
		return err
	}
	if missed := m.missed(); missed > 0 && !*quick {
		return fmt.Errorf("%d goals missed", missed)
	}
	return nil
}
