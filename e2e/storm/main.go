// Command storm pays through real gateways while they, their database, Redis and every line between them are killed, stopped
// and cut, and afterwards holds what the channels themselves say has moved against the API and against the ledger.
//
// What it counts as moved it reads from the logs of the sandbox's acquirers and banks and from its chain, never from the
// gateways. It exits with 1 when anything was charged twice, lost, or does not agree.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "storm:", err)
		stop()
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	causeway, sandbox string // paths of the binaries
	script            string // path of scripts/with-services
	database          string // postgres or sqlite
	seed              uint64
	size              size
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "causeway-storm-")
	if err != nil {
		return err
	}
	s := newStorm(o, dir)
	err = s.run(ctx)
	s.stop()
	if err != nil {
		return fmt.Errorf("%w\nthe logs of all processes are in %s", err, dir)
	}
	return os.RemoveAll(dir)
}

func parse(args []string) (options, error) {
	self, err := os.Executable()
	if err != nil {
		return options{}, err
	}
	beside := func(name string) string { return filepath.Join(filepath.Dir(self), name) }
	var o options
	var short bool
	flags := flag.NewFlagSet("storm", flag.ContinueOnError)
	flags.StringVar(&o.causeway, "causeway", beside("causeway"), "path of the gateway's binary")
	flags.StringVar(&o.sandbox, "sandbox", beside("sandbox"), "path of the sandbox's binary")
	flags.StringVar(&o.script, "services", "scripts/with-services", "path of the script that starts servers again")
	flags.StringVar(&o.database, "database", "postgres", "postgres: two gateways, on PostgreSQL and Redis; sqlite: a single one")
	flags.BoolVar(&short, "short", false, "a storm of about two minutes instead of about an hour")
	flags.Uint64Var(&o.seed, "seed", 0, "decides what is done in which order; 0: a fresh one")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.seed == 0 {
		o.seed = rand.Uint64()>>1 | 1
	}
	sizes, known := sizes[o.database]
	if !known || flags.NArg() > 0 {
		return o, errors.New("--database is postgres or sqlite, and there are no arguments")
	}
	if o.size = sizes.long; short {
		o.size = sizes.short
	}
	return o, nil
}
