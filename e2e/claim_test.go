package e2e

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// blockOf is the part of a cause that names the block.
var blockOf = regexp.MustCompile(`:[0-9a-f]{64} `)

// return5 has somebody say that 5 USDC of a payment's claims go to an address.
func (w *world) return5(id, to, by string) (ruling struct{ Operation, Proposed, Confirmed string }) {
	w.t.Helper()
	var said struct {
		Operation   string
		ProposedBy  string `json:"proposed_by"`
		ConfirmedBy string `json:"confirmed_by"`
	}
	out := w.run("causeway", "claims", "return", id, "--amount", "5 USDC", "--to", to, "--by", by, "--output", "json", "--config", w.Config)
	if err := json.Unmarshal(out, &said); err != nil {
		w.t.Fatalf("%s: %v", out, err)
	}
	ruling.Operation, ruling.Proposed, ruling.Confirmed = said.Operation, said.ProposedBy, said.ConfirmedBy
	return ruling
}

// got returns the transfers of USDC to an address, as the chain has them.
func (w *world) got(address string) []any {
	w.t.Helper()
	found, _ := w.control(http.MethodGet, "/control/chains/"+chain+"/transfers?address="+address, "").body["transfers"].([]any)
	return found
}

// TestAClaimIsReturned pays 5 USDC too much (B4), and has two people return them to an address that they name (B5).
func TestAClaimIsReturned(t *testing.T) {
	t.Parallel()
	registerAssets(t)
	w := startWith(t, exampleRules, tour.Options{ClaimsAfter: 2 * time.Second})
	e := &examples{world: w, rows: exampleRows(t), demo: w, payer: w.as(w.Payer)}
	e.priced("1.1000", "0.8800", "1.25")
	id, address := e.demo.order("b5")
	e.send(1, address, "60.275")
	e.posts("B4", id, "B1", "B4")
	const to = "0x00000000000000000000000000000000000c1a13"
	time.Sleep(2 * time.Second)

	for range 2 {
		if r := w.return5(id, to, "ann"); r.Proposed != "ann" || r.Confirmed != "" {
			t.Fatalf("one person alone: %+v", r)
		}
	}
	if said := string(w.run("causeway", "claims", "--config", w.Config)); !strings.Contains(said, id) || !strings.Contains(said, "5.000000 USDC") || !strings.Contains(said, "ann") {
		t.Errorf("what waits: %s", said)
	}
	time.Sleep(3 * time.Second) // in which the gateway would take up what is due
	e.check()
	if sent := w.got(to); len(sent) != 0 {
		t.Fatalf("one person alone moved %v", sent)
	}

	r := w.return5(id, to, "bob")
	if r.Proposed != "ann" || r.Confirmed != "bob" {
		t.Fatalf("two people: %+v", r)
	}
	if again := w.return5(id, to, "ann"); again != r {
		t.Errorf("said again: %+v, was %+v", again, r)
	}
	want := slices.Concat(e.rows["B1"], e.rows["B4"], e.rows["B5"])
	var rows []string
	for range 150 {
		if rows = e.entries(id); len(rows) > len(want) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	for i, row := range rows {
		rows[i] = blockOf.ReplaceAllString(row, " ")
	}
	if len(rows) != len(want)+1 || !slices.Equal(rows[:len(want)], want) {
		t.Fatalf("B5 posts\n%s\nwant\n%s\nand its gas", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
	if cost := gasOf.FindStringSubmatch(rows[len(want)]); cost == nil || cost[1]+":"+cost[2] != "clm_1:paid" || cost[3] != cost[4] {
		t.Errorf("its gas is posted as %s", rows[len(want)])
	}
	time.Sleep(2 * time.Second)
	sent := w.got(to)
	if len(sent) != 1 || !strings.Contains(jsonOf(t, sent[0]), `"5`) {
		t.Errorf("the address got %v", sent)
	}
	if said := string(w.run("causeway", "claims", "--config", w.Config)); strings.Contains(said, id) {
		t.Errorf("still waiting: %s", said)
	}
	w.audit()
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
