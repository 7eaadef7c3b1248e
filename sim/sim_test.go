package sim_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/causeway-pay/causeway/sim"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/memory"
)

var (
	kept  = flag.String("store", "memory", "what the gateways remember in: memory or sqlite")
	serve = flag.Bool("serve", false, "play the batches that come on standard input, and report on descriptor 3: for sim/fleet")
)

func TestNeverTwiceNeverLost(t *testing.T) {
	if *serve {
		playOrders(t)
		return
	}
	b := sim.Batch{Seed: rand.Uint64(), Payments: 200}
	report := play(t, b, *kept)
	for _, v := range report.Violations {
		t.Errorf("%s of %s: %s", v.Invariant, v.Of, v.What)
	}
	if t.Failed() {
		t.Logf("again: make sim SEED=%d PAYMENTS=%d", b.Seed, b.Payments)
	}
}

// TestAHandfulOfSeeds is what a change of the engine is held against at once, and what scripts/mutants asks: each of its rules is
// broken in one of these at least.
func TestAHandfulOfSeeds(t *testing.T) {
	for _, seed := range []uint64{100, 101, 109, 138} {
		report := play(t, sim.Batch{Seed: seed, Payments: 500}, "memory")
		for _, v := range report.Violations {
			t.Errorf("seed %d: %s of %s: %s", seed, v.Invariant, v.Of, v.What)
		}
		if t.Failed() {
			return
		}
	}
}

// The same seed is the same run, step for step: otherwise a failure could not be seen again. That it is the same over both
// stores holds the one in memory to the database, in whatever the engine asked of it.
func TestASeedDecidesEverything(t *testing.T) {
	b := sim.Batch{Seed: rand.Uint64(), Payments: 60}
	first := play(t, b, "memory")
	for _, what := range first.Alike {
		t.Errorf("seed %d: two came at one moment for %q", b.Seed, what)
	}
	for _, kept := range []string{"memory", "sqlite"} {
		if again := play(t, b, kept); again.Played != first.Played || again.Total() != first.Total() {
			t.Errorf("seed %d: played again over %s it went another way", b.Seed, kept)
		}
	}
	b.Seed++
	if play(t, b, "memory").Played == first.Played {
		t.Error("another seed is the same run")
	}
}

// play runs a batch in a bubble of its own, over a new store.
func play(t *testing.T, b sim.Batch, kept string) (report sim.Report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		switch kept {
		case "memory":
			report, err = sim.Run(b, memory.New())
		case "sqlite":
			report, err = overSQLite(t, b)
		default:
			t.Fatalf("no store %q", kept)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	return report
}

// overSQLite opens a file as a gateway does. The driver's goroutines wait for nothing outside of the bubble; time stands
// still while it reads and writes.
func overSQLite(t *testing.T, b sim.Batch) (report sim.Report, err error) {
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "sim.db"))
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return sim.Run(b, db)
}

// playOrders plays for sim/fleet until its input ends.
func playOrders(t *testing.T) {
	orders, reports := json.NewDecoder(os.Stdin), json.NewEncoder(os.NewFile(3, "reports"))
	for {
		var b sim.Batch
		if err := orders.Decode(&b); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if err := reports.Encode(play(t, b, *kept)); err != nil {
			t.Fatal(err)
		}
	}
}
