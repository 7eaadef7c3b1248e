package e2e

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// registerAssets has this process know the coin and the token of the chain, so that it reads amounts of them.
func registerAssets(t *testing.T) {
	t.Helper()
	for _, asset := range []money.Asset{
		{Code: "USDC", Network: network, Exponent: 6, Kind: money.Token}, {Code: "ETH", Network: network, Exponent: 18, Kind: money.Native},
	} {
		if err := money.Register(asset); err != nil {
			t.Fatal(err)
		}
	}
}

// as is the world as the holder of another key sees it.
func (w *world) as(key string) *world {
	other := *w.World
	other.Key = key
	return &world{&other, w.t}
}

// merchant makes a merchant of a tier with a currency of its own and returns a secret key of it, which may pay out.
func (w *world) merchant(id, tier, currency string) string {
	w.t.Helper()
	w.run("causeway", "merchants", "create", id, "--name", id, "--currency", currency, "--tier", tier, "--config", w.Config)
	var made struct{ Secret string }
	if err := json.Unmarshal(w.run("causeway", "keys", "create", "--merchant", id, "--scopes", "read,write,payout", "--output", "json", "--config", w.Config), &made); err != nil || made.Secret == "" {
		w.t.Fatalf("no key for %s: %v", id, err)
	}
	return made.Secret
}

// calm has an acquirer behave again.
func (w *world) calm(acquirer string) {
	w.t.Helper()
	w.control(http.MethodDelete, "/control/acquirers/"+acquirer+"/faults", "")
}

// advance moves the sandbox's clock.
func (w *world) advance(by string) {
	w.t.Helper()
	w.control(http.MethodPost, "/control/clock", `{"advance":"`+by+`"}`)
}

// priced fixes what a euro costs in dollars, in USDC, which is a dollar, and in pounds, and waits until the gateway prices a
// pound at so many dollars and a euro at its rate.
func (w *world) priced(usd, gbp, pound string) {
	w.t.Helper()
	w.control(http.MethodPost, "/control/rates", `{"set":{"USD":"`+usd+`","USDC":"`+usd+`","GBP":"`+gbp+`"}}`)
	for _, row := range []struct{ body, mid string }{
		{`{"amount":{"value":"1000.00","currency":"GBP"},"settlement_currency":"USD","mode":"indicative"}`, pound},
		{`{"amount":{"value":"99.99","currency":"EUR"},"settlement_currency":"USD","mode":"indicative"}`, strings.TrimRight(usd, "0")},
	} {
		mid := ""
		for range 300 {
			quote := w.insist(http.MethodPost, "/v1/quotes", "", row.body)
			if mid = quote.text("rate", "mid"); mid == row.mid {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if mid != row.mid {
			w.t.Fatalf("the mid rate is %q, not %s", mid, row.mid)
		}
	}
}

// order makes a payment of EUR 50.00 that is paid in USDC, and returns it with the payer's address.
func (w *world) order(key string) (id, address string) {
	w.t.Helper()
	p := w.insist(http.MethodPost, "/v1/payments", key,
		`{"amount":{"value":"50.00","currency":"EUR"},"settlement_currency":"EUR","method":{"type":"crypto","crypto":{"currency":"USDC","network":"`+network+`"}}}`)
	if address = p.text("next_action", "crypto_address", "address"); address == "" {
		w.t.Fatalf("the payer has no address: %d %v", p.status, p.body)
	}
	return p.text("id"), address
}

// onChain is a transaction of a payer, and the block that has it.
type onChain struct {
	Raw   string
	Block int64
}

// send has a development account transfer USDC.
func (w *world) send(account int, to, amount string) onChain {
	w.t.Helper()
	return w.wallet("--account", strconv.Itoa(account), "--to", to, "--amount", amount, "--token", "USDC")
}

// wallet runs the sandbox's wallet, and waits for the block.
func (w *world) wallet(args ...string) onChain {
	w.t.Helper()
	out := w.run("sandbox", append([]string{"pay", "--rpc", w.node().rpc, "--wait", "20s"}, args...)...)
	var sent onChain
	if err := json.Unmarshal(out, &sent); err != nil || sent.Block == 0 {
		w.t.Fatalf("sandbox pay %v: %s: %v", args, out, err)
	}
	return sent
}
