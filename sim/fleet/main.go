// Command fleet runs a simulation of any size: it cuts the payments into batches, each a run of package sim with a seed of
// its own, and has one process for each core play them. A batch that fails is named by the command that plays it again.
//
// Only a test may enter a synctest bubble, so the processes that play are the test binary of package sim.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"time"

	"github.com/causeway-pay/causeway/sim"
)

const (
	batchSize = 2500             // payments of one run: it takes seconds, and so does playing it again
	batchMax  = 10 * time.Minute // for one run; then it counts as hung
)

func main() {
	var s settings
	flag.Uint64Var(&s.seed, "seed", 0, "what decides everything; 0: a fresh one, which is told")
	flag.IntVar(&s.payments, "payments", 20_000, "how many")
	flag.StringVar(&s.store, "store", "memory", "what the gateways remember in: memory or sqlite")
	flag.IntVar(&s.processes, "processes", runtime.NumCPU(), "how many play at a time")
	flag.StringVar(&s.worker, "worker", "bin/sim.test", "the test binary of package sim")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := s.run(ctx, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

type settings struct {
	seed      uint64
	payments  int
	store     string
	processes int
	worker    string
}

// run plays everything and tells of it. It reports whether nothing broke.
func (s settings) run(ctx context.Context, out *os.File) (bool, error) {
	if s.seed == 0 {
		s.seed = max(1, rand.Uint64())
	}
	batches := sim.Batches(s.seed, s.payments, batchSize)
	fmt.Fprintf(out, "seed %d: %d payments in %d batches over %s\n", s.seed, s.payments, len(batches), s.store)
	began := time.Now()
	var players []player
	var workers []*worker
	for range min(s.processes, len(batches)) {
		w, err := startWorker(s.worker, "-test.run=^TestNeverTwiceNeverLost$", "-test.timeout=0", "-serve", "-store="+s.store)
		if err != nil {
			return false, err
		}
		workers, players = append(workers, w), append(players, w)
	}
	total, failures := play(ctx, players, batches, newProgress(out, s.payments))
	var peak int64
	for _, w := range workers {
		peak += w.end()
	}
	summarize(out, total, peak, time.Since(began))
	return s.verdict(out, total, failures), nil
}

// verdict tells what is wrong, and how to see it again. It reports whether nothing is.
func (s settings) verdict(out io.Writer, total sim.Report, failures []failure) bool {
	good := len(failures) == 0
	if good && total.Payments != s.payments {
		good = false
		fmt.Fprintf(out, "✗ stopped after %d of %d payments\n", total.Payments, s.payments)
	}
	if total.Payments >= kindsFrom {
		for _, kind := range missing(total) {
			good = false
			fmt.Fprintf(out, "✗ never happened, so nothing is known of it: %s\n", kind)
		}
	}
	for _, f := range failures {
		for _, v := range f.violations {
			fmt.Fprintf(out, "✗ %s of %s: %s\n", v.Invariant, v.Of, v.What)
		}
		if f.err != nil {
			fmt.Fprintf(out, "✗ %v\n", f.err)
		}
		again := fmt.Sprintf("make sim SEED=%d PAYMENTS=%d", f.Seed, f.Payments)
		if s.store != "memory" {
			again += " STORE=" + s.store
		}
		fmt.Fprintf(out, "  again: %s\n", again)
	}
	return good
}
