package sim_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/causeway-pay/causeway/sim"
)

// A kind that is not listed would not be missed when it never happens.
func TestEveryKindOfFaultIsListed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "faults.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var named []sim.Fault
	for spec := range ast.Preorder(file) {
		v, ok := spec.(*ast.ValueSpec)
		if kind, is := typeOf(v, ok); !is || kind != "Fault" {
			continue
		}
		text, _ := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		named = append(named, sim.Fault(text))
	}
	listed := sim.Faults()
	slices.Sort(named)
	slices.Sort(listed)
	if len(named) == 0 || !slices.Equal(named, listed) {
		t.Errorf("named in faults.go are %q,\nlisted by Faults are %q", named, listed)
	}
}

func typeOf(v *ast.ValueSpec, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	name, ok := v.Type.(*ast.Ident)
	if !ok {
		return "", false
	}
	return name.Name, true
}

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
