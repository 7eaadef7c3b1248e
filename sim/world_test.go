package sim_test

import (
	"testing"

	"github.com/causeway-pay/causeway/sim"
)

// TestAHandfulOfSeeds is what a change of the engine is held against at once, and what scripts/mutants asks.
func TestAHandfulOfSeeds(t *testing.T) {
	for seed := range uint64(3) {
		report := play(t, sim.Batch{Seed: 100 + seed, Payments: 500}, "memory")
		for _, v := range report.Violations {
			t.Errorf("seed %d: %s of %s: %s", 100+seed, v.Invariant, v.Of, v.What)
		}
		if t.Failed() {
			return
		}
	}
}
