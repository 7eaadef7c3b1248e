package sim_test

import (
	"slices"
	"testing"

	"github.com/causeway-pay/causeway/sim"
)

func TestBatchesReplayByTheirSeed(t *testing.T) {
	all := sim.Batches(7, 5_001, 2_500)
	sum, seeds := 0, map[uint64]bool{}
	for _, b := range all {
		sum += b.Payments
		seeds[b.Seed] = true
		if alone := sim.Batches(b.Seed, b.Payments, 2_500); len(alone) != 1 || alone[0] != b {
			t.Errorf("%+v alone is %+v", b, alone)
		}
	}
	if len(all) != 3 || sum != 5_001 || len(seeds) != 3 || all[0].Seed != 7 {
		t.Errorf("batches %+v", all)
	}
	if !slices.Equal(all, sim.Batches(7, 5_001, 2_500)) {
		t.Error("the same seed makes other batches")
	}
}
