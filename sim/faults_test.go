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
		if !ok {
			continue
		}
		if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != "Fault" {
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
