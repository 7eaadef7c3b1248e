package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// chainAPI is the sandbox's chain under its control API.
const chainAPI = "/control/chains/chain.dev"

// entries returns the ids of a payment's ledger entries with their postings, "account asset value" each.
func (w *world) entries(id string) map[string][]string {
	w.t.Helper()
	out, err := exec.Command(filepath.Join(binaries, "causeway"), "ledger", "entries", id, "--output", "json", "--config", w.Config).Output()
	if err != nil {
		w.t.Fatal(err)
	}
	var books struct {
		Entries []struct {
			ID       string
			Postings []struct {
				Account string
				Amount  struct{ Value, Currency string }
			}
		}
	}
	if err := json.Unmarshal(out, &books); err != nil {
		w.t.Fatal(err)
	}
	found := map[string][]string{}
	for _, e := range books.Entries {
		for _, p := range e.Postings {
			found[e.ID] = append(found[e.ID], p.Account+" "+p.Amount.Currency+" "+p.Amount.Value)
		}
	}
	return found
}

// sweeps waits until a payment has so many entries of its sweep, and returns the events in order of the ids with the
// postings of the newest event that is asked for.
func (w *world) sweeps(id, event string, times int) (found []string, postings []string) {
	w.t.Helper()
	for range 300 {
		found, postings = nil, nil
		for cause, rows := range w.entries(id) {
			if strings.HasPrefix(cause, "swp_") && strings.Contains(cause, ":"+event) {
				found, postings = append(found, cause), rows
			}
		}
		if len(found) >= times {
			slices.Sort(found)
			return found, postings
		}
		time.Sleep(200 * time.Millisecond)
	}
	w.t.Fatalf("payment %s has %v of %s, want %d", id, found, event, times)
	return nil, nil
}

// sweepGas is what the gas of a sweep cost: more than nothing, and less than a hundredth of an ether.
var sweepGas = regexp.MustCompile(`(?m)^cost:network ETH (0\.00\d{0,15}[1-9]\d*)$`)

// onChain asks the sandbox about its chain.
func (w *world) onChain(method, path, body string) map[string]any {
	w.t.Helper()
	a, err := w.call(w.t.Context(), method, w.Control+chainAPI+path, "", "", body)
	if err != nil || a.status != http.StatusOK {
		w.t.Fatal(a, err)
	}
	return a.body
}

// TestAPaymentIsSweptAndTheChainTakesTheSweepBack pays in USDC at a real gateway with a real signer, and has the sandbox's
// chain drop the block with the sweep: B2, its reversal F1, and B2 again.
func TestAPaymentIsSweptAndTheChainTakesTheSweepBack(t *testing.T) {
	t.Parallel()
	w := startWith(t, rules, tour.Options{SweepMin: `{USDC: "10"}`})
	p := w.pay("k1", `{"amount":{"value":"50.00","currency":"EUR"},"settlement_currency":"EUR",
		"method":{"type":"crypto","crypto":{"currency":"USDC","network":"eip155:1337"}}}`)
	id := p.text("id")
	due := p.body["next_action"].(map[string]any)["crypto_address"].(map[string]any)
	value, address := due["amount"].(map[string]any)["value"].(string), due["address"].(string)
	rpc := w.onChain(http.MethodGet, "", "")["rpc"].([]any)[0].(string)
	pay := exec.Command(filepath.Join(binaries, "sandbox"), "pay", "--rpc", rpc, "--account", "0", "--to", address, "--amount", value, "--token", "USDC", "--wait", "10s")
	if out, err := pay.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	w.until(id, "succeeded")
	first, postings := w.sweeps(id, "swept", 1)
	for _, want := range []string{"chain:eip155:1337:hot USDC " + value, "chain:eip155:1337:deposit USDC -" + value} {
		if !slices.Contains(postings, want) {
			t.Errorf("B2 is %v, want %s", postings, want)
		}
	}
	gas := sweepGas.FindStringSubmatch(strings.Join(postings, "\n"))
	if len(postings) != 4 || gas == nil || !slices.Contains(postings, "chain:eip155:1337:hot ETH -"+gas[1]) {
		t.Errorf("B2 is %v, want its gas as well, from the wallet to the cost of the network", postings)
	}
	moved := w.onChain(http.MethodGet, "/transfers?address="+address, "")["transfers"].([]any)
	if len(moved) != 2 {
		t.Fatalf("on the chain there are %d transfers of the address, want the payment and the sweep: %v", len(moved), moved)
	}
	head, err := strconv.ParseInt(fmt.Sprint(w.onChain(http.MethodGet, "", "")["head"].(map[string]any)["number"]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	block, err := strconv.ParseInt(fmt.Sprint(moved[1].(map[string]any)["block"]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	w.onChain(http.MethodPost, "/reorg", fmt.Sprintf(`{"depth":%d}`, head-block+1))
	_, back := w.sweeps(id, "unswept", 1)
	for _, row := range postings {
		account := row[:strings.LastIndex(row, " ")]
		value := row[len(account)+1:]
		minus := "-" + value
		if positive, negative := strings.CutPrefix(value, "-"); negative {
			minus = positive
		}
		if !slices.Contains(back, account+" "+minus) {
			t.Errorf("F1 is %v, want %s %s", back, account, minus)
		}
	}
	again, _ := w.sweeps(id, "swept", 2)
	if slices.Equal(first, again) {
		t.Errorf("it is posted again as %v", again)
	}
	if status := w.insist(http.MethodGet, "/v1/payments/"+id, "", "").text("status"); status != "succeeded" {
		t.Errorf("the payment is %s", status)
	}
	w.audit()
}
