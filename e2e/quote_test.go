package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// railRules price every rail by itself. What a payer is charged for a bank transfer is on top.
const railRules = `
version: 7
rules:
  - {id: rule_margin, kind: fx_margin, calc: {bps: 20}}
  - {id: rule_fee_card, kind: fee, code: processing, payer: merchant, match: {direction: collect}, calc: {bps: 150}}
  - {id: rule_fee_bank, kind: fee, code: processing, payer: sender, match: {direction: collect, rail: bank}, calc: {bps: 80}}
  - {id: rule_fee_chain, kind: fee, code: processing, payer: merchant, match: {direction: collect, rail: onchain}, calc: {bps: 30}}
  - {id: rule_fee_payout_bank, kind: fee, code: payout, payer: sender, match: {direction: send, rail: bank}, calc: {bps: 10}}
  - {id: rule_fee_payout_cross, kind: fee, code: payout, payer: sender, match: {direction: send, rail: crossborder}, calc: {bps: 60}}
  - {id: rule_lock, kind: lock_price, lock: 15m}
  - {id: rule_settlement, kind: settlement, days: 0}
  - {id: rule_refund, kind: refund_rate, rate: original, days: 90}
`

// route is what a quote says about one way.
type route struct{ answer }

// routes asks for a price and returns what it says of every way, by method, with the quote.
func (w *world) routes(body string) (map[string]route, answer) {
	w.t.Helper()
	quote := w.insist(http.MethodPost, "/v1/quotes", "", body)
	if quote.status != http.StatusCreated {
		w.t.Fatalf("quote %s: %d %v", body, quote.status, quote.body)
	}
	byMethod := map[string]route{}
	list, _ := quote.body["routes"].([]any)
	for _, each := range list {
		m, _ := each.(map[string]any)
		r := route{answer{body: m}}
		byMethod[r.text("method", "type")] = r
	}
	return byMethod, quote
}

// is tells whether a way can be taken by a channel, and why not.
func (r route) is() string {
	if r.text("eligible") == "true" {
		return "by " + r.text("channel")
	}
	return r.text("unavailable", "code")
}

// flag has an operator open or close a channel.
func (w *world) flag(channel, action string) {
	w.t.Helper()
	if a := w.as(w.Operator).insist(http.MethodPost, "/v1/ops/channels/"+channel+"/"+action, "", ""); a.status != http.StatusOK {
		w.t.Fatalf("%s %s: %d %v", action, channel, a.status, a.body)
	}
}

const (
	quoteAbroad  = `{"direction":"send","mode":"indicative","amount":{"value":"800.00","currency":"CNY"},"fix":"target","source_currency":"EUR","beneficiary_country":"CN"}`
	quoteAtHome  = `{"direction":"send","mode":"indicative","amount":{"value":"50.00","currency":"EUR"},"fix":"target","source_currency":"EUR","beneficiary_country":"DE"}`
	quoteOnChain = `{"direction":"send","mode":"indicative","amount":{"value":"20","currency":"USDC","network":"` + network + `"},"fix":"target","source_currency":"EUR"}`
)

// TestAQuotePricesEveryWayOfAPayout asks the real rails what it costs to send money to a country, before anybody in it is known,
// and then to somebody who is.
func TestAQuotePricesEveryWayOfAPayout(t *testing.T) {
	t.Parallel()
	w := startWith(t, railRules, tour.Options{})
	w.Key = w.Payer

	for _, c := range []struct{ name, body, bank, border, chain string }{
		{"to China", quoteAbroad, "currency_not_supported", "by " + bankAbroad, "currency_not_supported"},
		{"at home", quoteAtHome, "by " + bankAtHome, "country_not_supported", "currency_not_supported"},
		{"to a wallet", quoteOnChain, "currency_not_supported", "currency_not_supported", "by " + chain},
	} {
		routes, _ := w.routes(c.body)
		got := []string{routes["bank_transfer"].is(), routes["cross_border"].is(), routes["crypto"].is()}
		if want := []string{c.bank, c.border, c.chain}; len(routes) != 3 || strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}

	w.pricesAbroad()
	w.choosesAmongBanks()
	w.quotesForOne()
}

// pricesAbroad wants 800 CNY at 8 to the euro, which with 20 basis points on top cost 100.20, for 60 basis points more, and a time.
func (w *world) pricesAbroad() {
	w.t.Helper()
	routes, _ := w.routes(quoteAbroad)
	r := routes["cross_border"]
	for _, c := range []struct {
		want string
		path []any
	}{
		{"8", []any{"mid"}},
		{"20", []any{"margin_bps"}},
		{"rule_fee_payout_cross", []any{"fees", 0, "rule"}},
		{"0.61", []any{"fees", 0, "amount", "value"}},
		{"100.81", []any{"debit", "value"}},
		{"800.00", []any{"net", "value"}},
	} {
		if got := r.text(c.path...); got != c.want {
			w.t.Errorf("abroad, %v is %q, want %q", c.path, got, c.want)
		}
	}
	earliest, latest := r.text("earliest_at"), r.text("latest_at")
	if earliest == "" || earliest >= latest {
		w.t.Errorf("it arrives from %q to %q", earliest, latest)
	}
}

// choosesAmongBanks takes the banks down one after the other.
func (w *world) choosesAmongBanks() {
	w.t.Helper()
	decided := func(when, is string, candidates ...string) {
		w.t.Helper()
		routes, _ := w.routes(quoteAbroad)
		r := routes["cross_border"]
		var got []string
		list, _ := r.body["candidates"].([]any)
		for i := range list {
			candidate := []string{r.text("candidates", i, "channel"), r.text("candidates", i, "rank"), r.text("candidates", i, "why_not", 0)}
			got = append(got, strings.Join(slices.DeleteFunc(candidate, func(s string) bool { return s == "" || s == "0" }), " "))
		}
		if r.is() != is || strings.Join(got, ", ") != strings.Join(candidates, ", ") {
			w.t.Errorf("%s: %s among %q, want %s among %q", when, r.is(), got, is, candidates)
		}
	}
	const down = " breaker is forced_open"
	decided("both work", "by "+bankAbroad, bankAbroad+" 1", bankBeside+" 2")
	w.flag(bankAbroad, "open")
	decided("the first is down", "by "+bankBeside, bankAbroad+down, bankBeside+" 1")
	w.flag(bankBeside, "open")
	decided("both are down", "unavailable_now", bankAbroad+down, bankBeside+down)
	w.flag(bankAbroad, "close")
	w.flag(bankBeside, "close")
}

// quotesForOne asks for a beneficiary: a way that cannot reach them is not eligible, and the quote is for nobody else.
func (w *world) quotesForOne() {
	w.t.Helper()
	const account = `,"country":"CN","account":"6222021234567890123","bic":"ICBKCNBJXXX","town":"Beijing","street":"Fuxingmen 55","purpose":"GDDS"}`
	li := w.insist(http.MethodPost, "/v1/beneficiaries", "li", `{"name":"Li Wei"`+account).text("id")
	wang := w.insist(http.MethodPost, "/v1/beneficiaries", "wang", `{"name":"Wang Fang"`+account).text("id")
	erika := w.insist(http.MethodPost, "/v1/beneficiaries", "erika", `{"name":"Erika Mustermann","country":"DE","account":"DE89370400440532013000"}`).text("id")

	toErika := strings.Replace(quoteOnChain, `"fix"`, `"beneficiary":"`+erika+`","fix"`, 1)
	if routes, _ := w.routes(toErika); routes["crypto"].is() != "order_refused" {
		w.t.Errorf("tokens to somebody with a bank account: %s", routes["crypto"].is())
	}

	w.earns("900.00")
	routes, quote := w.routes(`{"direction":"send","method":"cross_border","beneficiary":"` + li + `",
		"amount":{"value":"800.00","currency":"CNY"},"fix":"target","source_currency":"EUR"}`)
	if routes["cross_border"].is() != "by "+bankAbroad || quote.text("beneficiary") != li || quote.text("corridor") != "DE>CN" {
		w.t.Errorf("for Li: %s, %v", routes["cross_border"].is(), quote.body)
	}
	payout := func(to string) string {
		return `{"quote":"` + quote.text("id") + `","amount":{"value":"800.00","currency":"CNY"},"source":{"currency":"EUR"},"beneficiary":"` + to + `"}`
	}
	if a := w.insist(http.MethodPost, "/v1/payouts", "to-wang", payout(wang)); a.text("code") != "quote_mismatch" || !strings.Contains(a.text("detail"), "another beneficiary") {
		w.t.Errorf("Li's quote for Wang: %d %v", a.status, a.body)
	}
	paid := w.see("/v1/payouts/"+w.insist(http.MethodPost, "/v1/payouts", "to-li", payout(li)).text("id"), "paid")
	if paid.text("quote", "id") != quote.text("id") || paid.text("debit", "value") != "100.81" {
		w.t.Errorf("Li's quote for Li: %v", paid.body)
	}
	w.audit()
}

// earns has the merchant paid that many euros by card, and waits until they are available.
func (w *world) earns(value string) {
	w.t.Helper()
	p := w.pay("earns-"+value, `{"amount":{"value":"`+value+`","currency":"EUR"},"settlement_currency":"EUR","method":{"type":"card","card":{"token":"tok_visa"}}}`)
	w.until(p.text("id"), "succeeded")
	for range 300 {
		if w.insist(http.MethodGet, "/v1/balances", "", "").text("data", 0, "available", "value") != "0.00" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("nothing of %s became available", value)
}
