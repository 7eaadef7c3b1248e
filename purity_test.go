package causeway_test

import (
	"go/ast"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	// exact are the packages that hold amounts and rates, in which no binary fraction may appear. Routing scores and
	// failure ratios are estimates and live elsewhere.
	exact = "money/... fx/... ledger/... payment/... store/... rails/..."

	// pure are the packages whose results follow from their arguments alone: time, identifiers and input are handed in.
	pure = "money fx ledger payment"
)

// impure lists the standard packages that reach outside of the program.
const impure = "net/... os/... syscall math/rand/... database/sql/... log/..."

// clocked lists the functions of package time that read or wait for the machine's clock.
var clocked = map[string]bool{
	"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "AfterFunc": true, "Tick": true,
	"NewTimer": true, "NewTicker": true,
}

func TestMoneyIsNeverFloating(t *testing.T) {
	report(t, binaryFractions(parseTree(t, os.DirFS("."))))
}

func TestDomainIsPure(t *testing.T) {
	report(t, outsideReach(parseTree(t, os.DirFS("."))))
}

func TestFloatCheckerSeesPlantedViolations(t *testing.T) {
	tree := fstest.MapFS{
		"money/type.go":         planted(`var Rate float64`),
		"money/type_test.go":    planted(`var ratio float64`),
		"fx/literal.go":         planted(`var Margin = 0.5`),
		"fx/feed/parse.go":      planted(`var Parse = strconv.ParseFloat`),
		"store/method.go":       planted(`func Sum(a amount) any { return a.InexactFloat64() }`),
		"rails/card/power.go":   planted(`var Scale = math.Pow10(2)`),
		"rails/card/limit.go":   planted(`const bodyMax = math.MaxInt32`),
		"ledger/conversion.go":  planted(`func Half(n int) int { return int(float32(n) / 2) }`),
		"payment/imaginary.go":  planted(`const Phase = 2i`),
		"payment/whole.go":      planted(`const Attempts = 3`),
		"gateway/score.go":      planted(`const ExplorationMax = 0.05`),
		"moneyless/estimate.go": planted(`var Odds float64`),
	}
	expect(t, binaryFractions(parseTree(t, tree)), []string{
		"fx/feed/parse.go:3: ParseFloat: amounts and rates are exact, use package money",
		"fx/literal.go:3: 0.5: amounts and rates are exact, use package money",
		"ledger/conversion.go:3: float32: amounts and rates are exact, use package money",
		"money/type.go:3: float64: amounts and rates are exact, use package money",
		"payment/imaginary.go:3: 2i: amounts and rates are exact, use package money",
		"rails/card/power.go:3: math.Pow10: amounts and rates are exact, use package money",
		"store/method.go:3: InexactFloat64: amounts and rates are exact, use package money",
	})
}

func TestPurityCheckerSeesPlantedViolations(t *testing.T) {
	tree := fstest.MapFS{
		"payment/call.go":      planted(`import "net/http"`),
		"payment/call_test.go": planted(`import "net/http"`),
		"ledger/draw.go":       planted(`import "math/rand/v2"`),
		"money/parse.go":       planted(`import "math/big"`),
		"fx/age.go":            planted(`var age = time.Since`),
		"fx/lock.go":           planted(`const lockMax = 15 * time.Minute`),
		"fx/feed/poll.go":      planted(`import "net/http"`),
		"payment/stamp.go":     planted(`var Created = time.Now()`),
	}
	expect(t, outsideReach(parseTree(t, tree)), []string{
		"fx/age.go:3: time.Since in fx, which takes its time from its caller",
		"ledger/draw.go:3: math/rand/v2 in ledger, which reaches for nothing outside",
		"payment/call.go:3: net/http in payment, which reaches for nothing outside",
		"payment/stamp.go:3: time.Now in payment, which takes its time from its caller",
	})
}

// binaryFractions finds floating-point types, literals and functions in the product code of the exact packages.
func binaryFractions(tree []source) []string {
	var faults []string
	for _, src := range tree {
		if src.test || !within(src.pkg, exact) {
			continue
		}
		ast.Inspect(src.file, func(node ast.Node) bool {
			if name := floating(node); name != "" {
				faults = append(faults, src.fault(node, "%s: amounts and rates are exact, use package money", name))
			}
			return true
		})
	}
	return faults
}

// floating names the floating-point thing that node is, or nothing.
func floating(node ast.Node) string {
	switch n := node.(type) {
	case *ast.BasicLit:
		if n.Kind == token.FLOAT || n.Kind == token.IMAG {
			return n.Value
		}
	case *ast.Ident:
		switch n.Name {
		case "float32", "float64", "complex64", "complex128":
			return n.Name
		}
		if strings.Contains(n.Name, "Float") {
			return n.Name
		}
	case *ast.SelectorExpr:
		if from, name := selected(n); from == "math" && !strings.Contains(name, "Int") && !strings.Contains(name, "Uint") {
			return "math." + name
		}
	}
	return ""
}

// outsideReach finds imports and clock readings that would make the domain depend on more than its arguments.
func outsideReach(tree []source) []string {
	var faults []string
	for _, src := range tree {
		if src.test || !within(src.pkg, pure) {
			continue
		}
		for _, spec := range src.file.Imports {
			if imported, _ := strconv.Unquote(spec.Path.Value); within(imported, impure) {
				faults = append(faults, src.fault(spec, "%s in %s, which reaches for nothing outside", imported, src.pkg))
			}
		}
		ast.Inspect(src.file, func(node ast.Node) bool {
			if n, ok := node.(*ast.SelectorExpr); ok {
				if from, name := selected(n); from == "time" && clocked[name] {
					faults = append(faults, src.fault(n, "time.%s in %s, which takes its time from its caller", name, src.pkg))
				}
			}
			return true
		})
	}
	return faults
}

// selected splits "time.Now" into its two names; the first is empty when it is more than a name.
func selected(n *ast.SelectorExpr) (from, name string) {
	if x, ok := n.X.(*ast.Ident); ok {
		from = x.Name
	}
	return from, n.Sel.Name
}
