package causeway_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/causeway-pay/causeway"

// layers names every package, from the bottom up, and the packages of this module that its product code may import.
// A package without a row is refused until somebody decides where it stands. "x/..." is x and everything below it.
//
// A test stands outside its package and may import any other: the compiler already rules out cycles. Only the
// sandbox's tests may not. It is the other party, and shares no mistake with the product while they share no code.
var layers = map[string]string{
	"money":          "",
	"sheet":          "",
	"fx":             "money",
	"fx/feed":        "fx",
	"ledger":         "money",
	"payment":        "money fx ledger",
	"rails":          "money payment",
	"rails/railtest": "money fx payment rails",
	"rails/line":     "payment rails",
	"rails/card":     "money payment rails rails/line",

	"rails/onchain":        "money fx payment rails rails/onchain/chain rails/onchain/signer breaker",
	"rails/onchain/chain":  "money payment",
	"rails/onchain/signer": "",

	"rails/iso20022": "money",
	"rails/calendar": "",

	"rails/banklink":          "money payment rails rails/line rails/iso20022",
	"rails/banklink/banktest": "money payment rails/iso20022",
	"rails/crossborder":       "money fx payment rails rails/line rails/iso20022 rails/calendar rails/banklink",
	"rails/bank":              "fx payment rails rails/line rails/iso20022 rails/calendar rails/banklink",
	"breaker":                 "",
	"halt":                    "payment",
	"gateway":                 "money fx ledger payment rails breaker halt",
	"audit":                   "money fx ledger payment",
	"reconcile":               "money ledger payment rails",

	"access":              "payment",
	"access/directory":    "access",
	"webhook":             "payment",
	"docs":                "",
	"gateway/limit":       "",
	"gateway/api":         "money fx ledger payment access breaker halt audit gateway gateway/limit webhook reconcile",
	"gateway/checkout":    "money payment access breaker gateway gateway/limit",
	"gateway/api/keytest": "",
	"gateway/gatewaytest": "money fx payment access rails breaker gateway store",

	"store":           "money fx ledger payment rails/onchain/chain breaker access webhook halt audit reconcile",
	"store/memory":    "money fx ledger payment",
	"sim":             "money fx ledger payment rails rails/line rails/iso20022 rails/banklink rails/onchain/chain breaker gateway",
	"sim/fleet":       "payment sim",
	"store/storetest": "money fx ledger payment rails/onchain/chain breaker halt webhook audit store rails reconcile",

	"config": "money",

	"cmd/causeway/...": "money fx fx/feed ledger payment access access/directory rails rails/line rails/card rails/banklink rails/bank " +
		"rails/crossborder rails/onchain rails/onchain/signer breaker gateway gateway/api gateway/checkout gateway/limit webhook audit store config sheet docs halt reconcile " +
		"cmd/causeway/...",
	"contracts":       "",
	"cmd/sandbox/...": sandbox + " contracts",

	"e2e/overload":      "access payment store cmd/causeway/tour",
	"e2e/storm":         "cmd/causeway/tour",
	"e2e/browser/stage": "payment breaker gateway/checkout gateway/gatewaytest gateway/limit docs",
}

// Patterns that recur in the two tables.
const (
	sandbox = "cmd/sandbox/..."
	web     = "gateway/api/... gateway/checkout"
)

// doors names the packages through which a library enters, so that it can be replaced in one place. Libraries that are
// not listed may be used anywhere. A door may stand here before its library is in use.
var doors = map[string]string{
	"github.com/gin-gonic/gin":          web,
	"github.com/danielgtaylor/huma":     "gateway/api/...",
	"database/sql":                      "store/... rails/onchain/signer",
	"github.com/jackc/pgx":              "store/...",
	"modernc.org/sqlite":                "store/... rails/onchain/signer",
	"github.com/pressly/goose":          "store/...",
	"github.com/redis/go-redis":         "breaker",
	"github.com/sony/gobreaker":         "breaker",
	"github.com/shopspring/decimal":     "money " + sandbox,
	"github.com/ethereum/go-ethereum":   "rails/onchain rails/onchain/signer " + sandbox,
	"github.com/skip2/go-qrcode":        "gateway/checkout",
	"github.com/spf13/cobra":            "cmd/causeway/... " + sandbox,
	"github.com/knadh/koanf":            "config",
	"github.com/anishathalye/porcupine": "gateway/api/keytest",
	"github.com/Shopify/toxiproxy":      "e2e/storm",
}

func TestImportsRunUpwardOnly(t *testing.T) {
	report(t, misplacedImports(parseTree(t, os.DirFS("."))))
}

func TestNothingIsAllowedInVain(t *testing.T) {
	report(t, unusedPermits(parseTree(t, os.DirFS(".")), layers, doors))
}

func TestPermitCheckerSeesPlantedExcess(t *testing.T) {
	tree := fstest.MapFS{
		"fx/fx.go":           planted(`import "github.com/causeway-pay/causeway/money"`),
		"fx/fx_test.go":      planted(`import "github.com/causeway-pay/causeway/ledger"`),
		"money/money.go":     planted(`import "github.com/shopspring/decimal"`),
		"cmd/tool/tour/a.go": planted(`import "github.com/causeway-pay/causeway/cmd/tool/show"`),
		"cmd/tool/show/a.go": planted(``),
	}
	got := unusedPermits(parseTree(t, tree), map[string]string{
		"money": "", "fx": "money ledger", "client": "", "cmd/tool/...": "cmd/tool/... fx",
	}, map[string]string{"github.com/shopspring/decimal": "money fx", "database/sql": "store/..."})
	expect(t, got, []string{
		"fx may import ledger and does not",
		"client has a row and no package",
		"cmd/tool/... may import fx and does not",
		"github.com/shopspring/decimal may enter through fx and does not",
	})
}

func TestImportCheckerSeesPlantedViolations(t *testing.T) {
	tree := fstest.MapFS{
		"money/up.go":                 planted(`import "github.com/causeway-pay/causeway/fx"`),
		"money/up_test.go":            planted(`import "github.com/causeway-pay/causeway/gateway"`),
		"payment/down.go":             planted(`import "github.com/causeway-pay/causeway/ledger"`),
		"store/side.go":               planted(`import "github.com/causeway-pay/causeway/gateway"`),
		"gateway/sql.go":              planted(`import "database/sql"`),
		"gateway/gin.go":              planted(`import "github.com/gin-gonic/gin/binding"`),
		"gateway/api/gin.go":          planted(`import "github.com/gin-gonic/gin"`),
		"gateway/api/redis.go":        planted(`import "github.com/redis/go-redis/v9"`),
		"fx/digits.go":                planted(`import "github.com/shopspring/decimal"`),
		"helper/new.go":               planted(``),
		"cmd/sandbox/bank/own.go":     planted(`import "github.com/causeway-pay/causeway/cmd/sandbox/clock"`),
		"cmd/sandbox/bank/borrow.go":  planted(`import "github.com/causeway-pay/causeway/money"`),
		"cmd/sandbox/bank/on_test.go": planted(`import "github.com/causeway-pay/causeway/rails/card"`),
		"rails/onchain/chain/node.go": planted(`import "github.com/ethereum/go-ethereum/common"`),
		"cmd/causeway/peer.go":        planted(`import "github.com/causeway-pay/causeway/cmd/sandbox/clock"`),
		"other/go.mod":                {Data: []byte("module other\n")},
		"other/apart.go":              planted(`import "database/sql"`),
		"money/testdata/input.go":     planted(`import "database/sql"`),
	}
	expect(t, misplacedImports(parseTree(t, tree)), []string{
		"cmd/causeway/peer.go:3: cmd/causeway may not import cmd/sandbox/clock",
		"cmd/sandbox/bank/borrow.go:3: cmd/sandbox/bank may not import money",
		"cmd/sandbox/bank/on_test.go:3: cmd/sandbox/bank may not import rails/card",
		"fx/digits.go:3: github.com/shopspring/decimal enters only through money cmd/sandbox/...",
		"gateway/api/redis.go:3: github.com/redis/go-redis enters only through breaker",
		"gateway/gin.go:3: github.com/gin-gonic/gin enters only through " + web,
		"gateway/sql.go:3: database/sql enters only through store/... rails/onchain/signer",
		"helper/new.go:1: helper has no place in the table of layers_test.go: add it where it belongs",
		"money/up.go:3: money may not import fx",
		"rails/onchain/chain/node.go:3: github.com/ethereum/go-ethereum enters only through rails/onchain rails/onchain/signer cmd/sandbox/...",
		"store/side.go:3: store may not import gateway",
	})
}

// misplacedImports holds the product code of a tree against layers and doors.
func misplacedImports(tree []source) []string {
	var faults []string
	for _, src := range tree {
		allowed, placed := layerOf(src.pkg)
		if !placed && !src.test {
			faults = append(faults, src.fault(src.file, "%s has no place in the table of layers_test.go: add it where it belongs", src.pkg))
			continue
		}
		for _, spec := range src.file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if own, ok := strings.CutPrefix(imported, module+"/"); ok {
				free := src.test && !within(src.pkg, sandbox)
				if !free && !within(own, allowed) {
					faults = append(faults, src.fault(spec, "%s may not import %s", src.pkg, own))
				}
				continue
			}
			if library, through := doorOf(imported, doors); library != "" && !src.test && !within(src.pkg, through) {
				faults = append(faults, src.fault(spec, "%s enters only through %s", library, through))
			}
		}
	}
	return faults
}

// unusedPermits finds what the tables allow and nobody in the product does: a row without a package, a permit to import
// that is not used, and a door that a library which is in use does not enter through. What nobody needs is given when
// somebody does, with a look at who that is.
func unusedPermits(tree []source, layers, doors map[string]string) []string {
	used := map[string]bool{} // "row imports permit", and "row" itself
	for _, src := range tree {
		if src.test {
			continue
		}
		row := rowOf(src.pkg, layers)
		used[row] = true
		for _, spec := range src.file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			own, ok := strings.CutPrefix(imported, module+"/")
			if !ok {
				library, through := doorOf(imported, doors)
				used[library] = true
				note(used, library, through, src.pkg)
				continue
			}
			note(used, row, layers[row], own)
		}
	}
	var faults []string
	for row, allowed := range layers {
		if !used[row] {
			faults = append(faults, row+" has a row and no package")
			continue
		}
		for _, permit := range strings.Fields(allowed) {
			if !used[row+" "+permit] {
				faults = append(faults, fmt.Sprintf("%s may import %s and does not", row, permit))
			}
		}
	}
	for library, through := range doors {
		for _, door := range strings.Fields(through) {
			if used[library] && !used[library+" "+door] {
				faults = append(faults, fmt.Sprintf("%s may enter through %s and does not", library, door))
			}
		}
	}
	return faults
}

// note marks the patterns that name is within as used by whoever.
func note(used map[string]bool, whoever, patterns, name string) {
	for _, pattern := range strings.Fields(patterns) {
		if within(name, pattern) {
			used[whoever+" "+pattern] = true
		}
	}
}

// layerOf finds what pkg may import, by its own row or else by the nearest "x/..." above it.
func layerOf(pkg string) (allowed string, placed bool) {
	allowed, placed = layers[rowOf(pkg, layers)]
	return allowed, placed
}

func rowOf(pkg string, layers map[string]string) string {
	if _, placed := layers[pkg]; placed {
		return pkg
	}
	for dir := pkg; dir != "."; dir = path.Dir(dir) {
		if _, placed := layers[dir+"/..."]; placed {
			return dir + "/..."
		}
	}
	return ""
}

func doorOf(imported string, doors map[string]string) (library, through string) {
	for library, through := range doors {
		if within(imported, library+"/...") {
			return library, through
		}
	}
	return "", ""
}

// within reports whether pkg is one of the patterns, which are separated by blanks.
func within(pkg, patterns string) bool {
	for _, pattern := range strings.Fields(patterns) {
		root, below := strings.CutSuffix(pattern, "/...")
		if pkg == root || below && strings.HasPrefix(pkg, root+"/") {
			return true
		}
	}
	return false
}

// source is one Go file of a tree.
type source struct {
	pkg  string // the directory, relative to the tree: "rails/card"
	test bool
	file *ast.File
	set  *token.FileSet
}

func (s source) fault(at ast.Node, format string, args ...any) string {
	where := s.set.Position(at.Pos())
	return fmt.Sprintf("%s:%d: %s", where.Filename, where.Line, fmt.Sprintf(format, args...))
}

// parseTree reads the Go files of this module, leaving out what the go command leaves out: test data, hidden
// directories and modules of their own.
func parseTree(t *testing.T, tree fs.FS) []source {
	t.Helper()
	var sources []source
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && apart(tree, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		src := source{pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), set: token.NewFileSet()}
		src.file, err = parser.ParseFile(src.set, name, text, parser.SkipObjectResolution)
		sources = append(sources, src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func apart(tree fs.FS, dir string) bool {
	base := path.Base(dir)
	if base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(tree, path.Join(dir, "go.mod"))
	return err == nil
}

// planted is a file whose third line is the given declaration.
func planted(declaration string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("package planted\n\n" + declaration + "\n")}
}

func report(t *testing.T, faults []string) {
	t.Helper()
	for _, fault := range faults {
		t.Error(fault)
	}
}

func expect(t *testing.T, got, want []string) {
	t.Helper()
	slices.Sort(got)
	for _, fault := range got {
		if !slices.Contains(want, fault) {
			t.Errorf("complained for no reason: %s", fault)
		}
	}
	for _, fault := range want {
		if !slices.Contains(got, fault) {
			t.Errorf("did not see: %s", fault)
		}
	}
}
