package sim_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/causeway-pay/causeway/sim"
)

var (
	seed     = flag.Uint64("seed", 0, "what decides everything; 0: a fresh one, which is told")
	payments = flag.Int("payments", 200, "how many")
)

func TestNeverTwiceNeverLost(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	synctest.Test(t, func(t *testing.T) {
		report, err := sim.Run(*seed, *payments)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range report.Breaks {
			t.Errorf("seed %d: %s of %s: %s", *seed, b.Invariant, b.Of, b.What)
		}
		t.Logf("seed %d: %d payments, %d faults, %s, %v", *seed, report.Payments, report.Total(), report.Span, report.Statuses)
		for _, kind := range report.Kinds() {
			t.Logf("%8d %s", report.Faults[kind], kind)
		}
	})
}
