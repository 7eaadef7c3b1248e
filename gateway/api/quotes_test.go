package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// sender is a channel in memory that pays out.
type sender struct{ *provider }

func (sender) Capabilities() payment.Capabilities {
	return payment.Capabilities{Inquiry: true, Fence: true, Payout: true}
}

// Accepts looks at whom it is to pay, as every real rail does.
func (sender) Accepts(p payment.Payment) error {
	if p.Direction == fx.Send && (p.Order.Beneficiary == nil || p.Order.Beneficiary.Name == "") {
		return errors.New("name: is missing")
	}
	return nil
}

// payoutLab is a lab with a bank for DE and FR, correspondents for CN and US, a chain, a fee of its own on the way to CN and
// no more than 8000 euros at a time by the bank.
// The merchant m_1 has a beneficiary in each of those countries, named after it, and one on the chain.
func payoutLab(t *testing.T) *lab {
	t.Helper()
	file, err := os.ReadFile("../../fx/rules/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const more = "  - {id: rule_fee_cn, kind: fee, code: surcharge, payer: sender, match: {corridor: DE>CN}, calc: {bps: 100}}\n" +
		"  - {id: rule_limit, kind: limit, asset: EUR, match: {direction: send, rail: bank}, calc: {min: \"0.01\", max: \"8000.00\"}}\n"
	rules, err := fx.LoadRules(append(file, more...))
	if err != nil {
		t.Fatal(err)
	}
	channel := func(name string, method payment.MethodType, corridors ...string) gateway.Channel {
		return gateway.Channel{
			Name: name, Method: method, Mode: payment.Test, Rail: sender{&provider{}}, Currencies: []string{"EUR", "USD"},
			Home: "DE", Corridors: corridors, Timeout: time.Second,
		}
	}
	if err := money.Register(money.Asset{Code: "USDC", Network: "eip155:31337", Exponent: 6, Kind: money.Token}); err != nil {
		t.Fatal(err)
	}
	chain := gateway.Channel{
		Name: "chain.a", Method: payment.MethodCrypto, Mode: payment.Test, Rail: sender{&provider{}}, Currencies: []string{"USDC@eip155:31337"}, Timeout: time.Second,
	}
	l := newLabOf(t, rules, chain, channel("bank.a", payment.MethodBankTransfer, "DE>DE", "DE>FR"), channel("border.a", payment.MethodCrossBorder, "DE>CN", "DE>US"))
	l.key = l.makeKey(access.Key{
		ID: l.newID("key"), Kind: "sk", Merchant: "m_1", Mode: payment.Test, Scopes: []access.Scope{access.Read, access.Write, access.Payout},
	})
	for _, country := range []string{"DE", "FR", "CN", "US"} {
		b := payment.Beneficiary{ID: "ben_" + country, Merchant: "m_1", Mode: payment.Test, Name: country, Country: country, Account: "1", At: now()}
		if err := l.db.SaveBeneficiary(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	wallet := payment.Beneficiary{ID: "ben_chain", Merchant: "m_1", Mode: payment.Test, Name: "wallet", Address: "0x1", Network: "eip155:31337", At: now()}
	if err := l.db.SaveBeneficiary(t.Context(), wallet); err != nil {
		t.Fatal(err)
	}
	return l
}

// What the house has at a channel, and what that charges it, is told to no merchant, by a quote or by what was decided of a payout.
func TestNoMerchantIsToldWhatTheHouseHas(t *testing.T) {
	l := payoutLab(t)
	float := ledger.Funding{ID: "float:funded", Account: ledger.Nostro("border.a", "USD"), Amount: money.Must("1000.00", "USD")}
	if err := l.db.Post(t.Context(), float.Entry(), now()); err != nil {
		t.Fatal(err)
	}
	for amount, want := range map[string]string{"1000.00": "[]", "1000.01": "[not available now]"} {
		got := l.do(http.MethodPost, "/v1/quotes", l.key, "", `{"direction":"send","mode":"indicative","fix":"target","source_currency":"EUR",`+
			`"beneficiary_country":"CN","amount":{"value":"`+amount+`","currency":"USD"}}`)
		told := false
		list, _ := got.body["routes"].([]any)
		for _, each := range list {
			route, _ := each.(map[string]any)
			candidates, _ := route["candidates"].([]any)
			for _, each := range candidates {
				candidate, _ := each.(map[string]any)
				if candidate["channel"] == "border.a" {
					told = fmt.Sprint(candidate["why_not"]) == want
				}
			}
		}
		if !told || strings.Contains(got.Body.String(), "too little") || strings.Contains(got.Body.String(), `"cost"`) {
			t.Errorf("%s: %d %s", amount, got.Code, got.Body)
		}
	}
}

// quote asks for a price and returns the id of the quote.
func (l *lab) quote(body string) string {
	l.t.Helper()
	got := l.do(http.MethodPost, "/v1/quotes", l.key, "", body)
	if got.Code != http.StatusCreated {
		l.t.Fatalf("quote %s: %d %s", body, got.Code, got.Body)
	}
	return got.at("id")
}

// accept makes a draft of a payout by a quote.
func (l *lab) accept(quote, payout string) reply {
	l.t.Helper()
	body := fmt.Sprintf(`{"draft":true,"quote":%q,%s}`, quote, payout)
	return l.do(http.MethodPost, "/v1/payouts", l.key, "k", body)
}

// charged lists the rules that set the fees of a payment or payout.
func (r reply) charged() string {
	quote, _ := r.body["quote"].(map[string]any)
	fees, _ := quote["fees"].([]any)
	rules := make([]string, len(fees))
	for i, fee := range fees {
		m, _ := fee.(map[string]any)
		rules[i] = fmt.Sprint(m["rule"])
	}
	return strings.Join(rules, " ")
}

const (
	eurToUSD   = `"amount":{"value":"100.00","currency":"EUR"},"fix":"source","settlement_currency":"USD"`
	toDomestic = `{"direction":"send","method":"bank_transfer","beneficiary_country":"DE",`
	toChina    = `{"direction":"send","method":"cross_border","beneficiary_country":"CN",`
	token      = `{"currency":"USDC","network":"eip155:31337"}`
	usdc       = `"crypto":` + token + `,`
	sendUSD    = `"amount":{"value":"100.00","currency":"EUR"},"fix":"source","target":{"currency":"USD"}`
)

// A quote carries the fees of the rail and the corridor that the payout takes.
func TestAPayoutByQuoteIsChargedAsOneWithout(t *testing.T) {
	for _, c := range []struct{ name, quote, payout, fees string }{
		{"by bank", toDomestic + eurToUSD + `}`, sendUSD + `,"beneficiary":"ben_DE"`, "rule_fee_payout_bank"},
		{"across a border", toChina + eurToUSD + `}`, sendUSD + `,"beneficiary":"ben_CN"`, "rule_fee_payout_cross rule_fee_cn"},
		{
			"what arrives is fixed", toChina + `"amount":{"value":"100.00","currency":"USD"},"fix":"target","source_currency":"EUR"}`,
			`"amount":{"value":"100.00","currency":"USD"},"source":{"currency":"EUR"},"beneficiary":"ben_CN"`, "rule_fee_payout_cross rule_fee_cn",
		},
		{
			"on a chain", `{"direction":"send","method":"crypto",` + usdc + `"amount":{"value":"100.00","currency":"EUR"}}`,
			`"amount":{"value":"100.00","currency":"EUR"},"fix":"source","target":` + token + `,"beneficiary":"ben_chain"`, "",
		},
		{
			"what arrives on a chain is fixed", `{"direction":"send","method":"crypto",` + usdc + `"amount":{"value":"20",` + token[1:] + `,"fix":"target","source_currency":"EUR"}`,
			`"amount":{"value":"20",` + token[1:] + `,"source":{"currency":"EUR"},"beneficiary":"ben_chain"`, "",
		},
		{
			"from a balance in a token", `{"direction":"send","method":"crypto",` + usdc + `"amount":{"value":"20",` + token[1:] + `,"fix":"target","source_currency":"USDC","source_network":"eip155:31337"}`,
			`"amount":{"value":"20",` + token[1:] + `,"source":` + token + `,"beneficiary":"ben_chain"`, "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := payoutLab(t)
			plain := l.do(http.MethodPost, "/v1/payouts", l.key, "plain", `{"draft":true,`+c.payout+`}`)
			quoted := l.accept(l.quote(c.quote), c.payout)
			if quoted.Code != http.StatusCreated || quoted.at("status") != "draft" {
				t.Fatalf("%d %s", quoted.Code, quoted.Body)
			}
			if got := quoted.charged(); got != plain.charged() || got != c.fees {
				t.Errorf("charged by %q with a quote and %q without, want %q", got, plain.charged(), c.fees)
			}
			if quoted.at("quote", "method") == "" || quoted.at("quote", "corridor") != plain.at("quote", "corridor") {
				t.Errorf("the quote shows the method %q and the corridor %q", quoted.at("quote", "method"), quoted.at("quote", "corridor"))
			}
			if quoted.at("debit", "value") != plain.at("debit", "value") {
				t.Errorf("debited %s with a quote and %s without", quoted.at("debit", "value"), plain.at("debit", "value"))
			}
		})
	}
}

// A payout takes a quote only for what it was priced for; the answer says what differs.
func TestAPayoutRefusesAQuoteForSomethingElse(t *testing.T) {
	const toUSD = `"amount":{"value":"100.00","currency":"USD"},`
	for _, c := range []struct{ name, quote, payout, code, detail string }{
		{"another rail", toDomestic + eurToUSD + `}`, sendUSD + `,"beneficiary":"ben_CN"`, "quote_mismatch", "another country"},
		{"a rail that does not go there", `{"direction":"send","method":"bank_transfer","beneficiary_country":"CN",` + eurToUSD + `}`, sendUSD + `,"beneficiary":"ben_CN"`, "no_route", "No payment channel"},
		{"a rail for payers", `{"direction":"send","method":"card","beneficiary_country":"CN",` + eurToUSD + `}`, sendUSD + `,"beneficiary":"ben_CN"`, "quote_mismatch", "another method"},
		{"another corridor", toChina + eurToUSD + `}`, sendUSD + `,"beneficiary":"ben_US"`, "quote_mismatch", "another country"},
		{"a corridor on the same rail", toDomestic + eurToUSD + `}`, sendUSD + `,"beneficiary":"ben_FR"`, "quote_mismatch", "another country"},
		{"the other side is fixed", toDomestic + eurToUSD + `}`, `"amount":{"value":"100.00","currency":"EUR"},"source":{"currency":"EUR"},"beneficiary":"ben_DE"`, "quote_mismatch", "amount or currency"},
		{"the amount is that of the other side", toDomestic + `"amount":{"value":"100.00","currency":"EUR"},"settlement_currency":"EUR"}`, `"amount":{"value":"100.00","currency":"EUR"},"source":{"currency":"EUR"},"beneficiary":"ben_DE"`, "quote_mismatch", "amount or currency"},
		{"another currency arrives", toDomestic + eurToUSD + `}`, `"amount":{"value":"100.00","currency":"EUR"},"fix":"source","target":{"currency":"EUR"},"beneficiary":"ben_DE"`, "quote_mismatch", "amount or currency"},
		{"another balance is debited", toDomestic + toUSD + `"fix":"target","source_currency":"EUR"}`, toUSD + `"source":{"currency":"USD"},"beneficiary":"ben_DE"`, "quote_mismatch", "amount or currency"},
		{"another amount", toChina + eurToUSD + `}`, strings.Replace(sendUSD, "100.00", "100.01", 1) + `,"beneficiary":"ben_CN"`, "quote_mismatch", "amount or currency"},
		{"the amount with its fees", toDomestic + eurToUSD + `}`, strings.Replace(sendUSD, "100.00", "100.10", 1) + `,"beneficiary":"ben_DE"`, "quote_mismatch", "amount or currency"},
		{"a quote for collecting", `{"method":"bank_transfer",` + eurToUSD + `}`, sendUSD + `,"beneficiary":"ben_DE"`, "quote_not_payable", "for sending"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := payoutLab(t)
			got := l.accept(l.quote(c.quote), c.payout)
			if got.at("code") != c.code || !strings.Contains(got.at("detail"), c.detail) {
				t.Errorf("%d %s, want %s with %q", got.Code, got.Body, c.code, c.detail)
			}
		})
	}
}

// A payment takes a quote only with the method that it was priced for.
func TestAPaymentRefusesAQuoteForAnotherMethod(t *testing.T) {
	l := payoutLab(t)
	collect := func(method string) string {
		return l.quote(`{"method":"` + method + `","amount":{"value":"99.99","currency":"EUR"},"settlement_currency":"USD"}`)
	}
	pay := func(key, quote string) reply { return l.pay(key, with(`"method"`, `"quote":"`+quote+`","method"`)) }
	if got := pay("k1", collect("card")); got.Code != http.StatusCreated || got.at("status") != "succeeded" {
		t.Errorf("by card: %d %s", got.Code, got.Body)
	}
	if got := pay("k2", collect("bank_transfer")); got.at("code") != "quote_mismatch" || !strings.Contains(got.at("detail"), "another method") {
		t.Errorf("for a bank transfer: %d %s", got.Code, got.Body)
	}
	const either = `{"amount":{"value":"1.00","currency":"EUR"},"method":{"type":"auto","card":{"token":"tok_visa"},"bank_transfer":{}},"quote":`
	if got := l.pay("k3", either+`"`+collect("card")+`"}`); got.at("code") != "quote_mismatch" || !strings.Contains(got.at("detail"), "amount or currency") {
		t.Errorf("of another amount, with two methods: %d %s", got.Code, got.Body)
	}
	if got := l.pay("k4", `{"quote":"`+collect("card")+`","amount":{"value":"99.99","currency":"EUR"}}`); got.faults() != "/method missing" {
		t.Errorf("before the payer chose: %d %s", got.Code, got.Body)
	}
}

// A firm quote is for one way; what all of them cost is asked for without commitment.
func TestAFirmQuoteNamesItsWay(t *testing.T) {
	l := payoutLab(t)
	const amount = `"amount":{"value":"100.00","currency":"EUR"}`
	for _, c := range []struct{ body, fault string }{
		{`{` + amount + `}`, "/method missing"},
		{`{"direction":"send","beneficiary_country":"CN",` + amount + `}`, "/method missing"},
		{`{"direction":"send","method":"crypto",` + usdc + `"fix":"target",` + amount + `}`, "/crypto invalid"},
		{`{"direction":"send","method":"cross_border",` + amount + `}`, "/beneficiary_country missing"},
		{`{"method":"card","beneficiary":"ben_CN",` + amount + `}`, "/beneficiary invalid"},
		{`{"direction":"send","method":"cross_border","beneficiary":"ben_CN","beneficiary_country":"CN",` + amount + `}`, "/beneficiary_country invalid"},
		{`{"method":"card","source_network":"eip155:31337",` + amount + `}`, "/source_network invalid"},
		{`{"direction":"send","method":"cross_border","beneficiary_country":"CN","fix":"target","source_currency":"ZZZ",` + amount + `}`, "/source_currency unknown_currency"},
	} {
		if got := l.do(http.MethodPost, "/v1/quotes", l.key, "", c.body); got.faults() != c.fault {
			t.Errorf("%s: %d %s", c.body, got.Code, got.Body)
		}
	}
	for _, body := range []string{`{"mode":"indicative",` + amount + `}`, `{"mode":"indicative","direction":"send",` + amount + `}`} {
		shown := l.do(http.MethodPost, "/v1/quotes", l.key, "", body)
		if shown.Code != http.StatusCreated || shown.at("mode") != "indicative" {
			t.Fatalf("%s: %d %s", body, shown.Code, shown.Body)
		}
		if got := l.accept(shown.at("id"), sendUSD+`,"beneficiary":"ben_DE"`); got.Code < http.StatusBadRequest {
			t.Errorf("an indication was accepted: %s", got.Body)
		}
	}
}

// A quote from before a quote had to name its way is not accepted either.
func TestAQuoteForNoMethodIsNotAccepted(t *testing.T) {
	l := payoutLab(t)
	loose := func(direction fx.Direction, priced string) string {
		q, err := l.db.Quote(t.Context(), "m_1", l.quote(priced))
		if err != nil {
			t.Fatal(err)
		}
		q.ID, q.Direction, q.Rail, q.Corridor = l.newID("quo"), direction, "", ""
		if err := l.db.SaveQuote(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		return q.ID
	}
	send := loose(fx.Send, toDomestic+eurToUSD+`}`)
	if got := l.accept(send, sendUSD+`,"beneficiary":"ben_DE"`); got.at("code") != "quote_mismatch" {
		t.Errorf("payout: %d %s", got.Code, got.Body)
	}
	collect := loose(fx.Collect, `{"method":"card","amount":{"value":"99.99","currency":"EUR"}}`)
	if got := l.pay("k2", with(`"method"`, `"quote":"`+collect+`","method"`)); got.at("code") != "quote_mismatch" {
		t.Errorf("payment: %d %s", got.Code, got.Body)
	}
}

// What a payout costs is asked for before anybody is known whom it is for, and then for one beneficiary alone.
func TestAPayoutIsPricedForACountryAndForABeneficiary(t *testing.T) {
	l := payoutLab(t)
	float := ledger.Funding{ID: "float:funded", Account: ledger.Nostro("border.a", "USD"), Amount: money.Must("1000.00", "USD")}
	if err := l.db.Post(t.Context(), float.Entry(), now()); err != nil {
		t.Fatal(err)
	}
	for id, name := range map[string]string{"ben_nobody": "", "ben_other": "other"} {
		b := payment.Beneficiary{ID: id, Merchant: "m_1", Mode: payment.Test, Name: name, Country: "CN", Account: "1", At: now()}
		if err := l.db.SaveBeneficiary(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ to, bank, border string }{
		{`"beneficiary_country":"CN"`, "country_not_supported", "border.a"},
		{`"beneficiary_country":"DE"`, "unavailable_now", "country_not_supported"}, // the bank has no dollars
		{`"beneficiary":"ben_CN"`, "country_not_supported", "border.a"},
		{`"beneficiary":"ben_nobody"`, "country_not_supported", "order_refused"},
	} {
		got := l.do(http.MethodPost, "/v1/quotes", l.key, "", `{"direction":"send","mode":"indicative",`+c.to+`,`+eurToUSD+`}`)
		is := map[string]string{}
		list, _ := got.body["routes"].([]any)
		for _, each := range list {
			route, _ := each.(map[string]any)
			method, _ := route["method"].(map[string]any)
			is[fmt.Sprint(method["type"])] = reply{body: route}.at("channel") + reply{body: route}.at("unavailable", "code")
		}
		if want := map[string]string{"bank_transfer": c.bank, "cross_border": c.border, "crypto": "currency_not_supported"}; !reflect.DeepEqual(is, want) {
			t.Errorf("%s: %d %v, want %v", c.to, got.Code, is, want)
		}
	}

	const forOne = `{"direction":"send","method":"cross_border","beneficiary":"ben_CN",` + eurToUSD + `}`
	if got := l.accept(l.quote(forOne), sendUSD+`,"beneficiary":"ben_other"`); got.at("code") != "quote_mismatch" || !strings.Contains(got.at("detail"), "another beneficiary") {
		t.Errorf("for another one: %d %s", got.Code, got.Body)
	}
	if got := l.accept(l.quote(forOne), sendUSD+`,"beneficiary":"ben_CN"`); got.Code != http.StatusCreated || got.at("quote", "beneficiary") != "ben_CN" {
		t.Errorf("for the one: %d %s", got.Code, got.Body)
	}
	if got := l.do(http.MethodPost, "/v1/quotes", l.key, "", strings.Replace(forOne, "ben_CN", "ben_none", 1)); got.at("code") != "unknown_beneficiary" {
		t.Errorf("for nobody: %d %s", got.Code, got.Body)
	}
}

// A way whose price treasury forbids is told as well.
func TestAWayOfAPayoutWithoutAPriceIsTold(t *testing.T) {
	l := payoutLab(t)
	got := l.do(http.MethodPost, "/v1/quotes", l.key, "", `{"direction":"send","mode":"indicative","beneficiary_country":"FR","amount":{"value":"9000.00","currency":"EUR"},"settlement_currency":"USD"}`)
	list, _ := got.body["routes"].([]any)
	for _, each := range list {
		route, _ := each.(map[string]any)
		if r := (reply{body: route}); r.at("method", "type") == "bank_transfer" {
			if r.at("unavailable", "code") != "order_refused" || !strings.Contains(fmt.Sprint(route["why_not"]), "8000.00 EUR") {
				t.Errorf("a way above its limit: %v", route)
			}
			return
		}
	}
	t.Errorf("not told: %d %s", got.Code, got.Body)
}

// A way that no channel can carry the payment by is not left out: the answer says why, in the language of the request.
func TestAWayThatDoesNotFitIsToldWithTheReason(t *testing.T) {
	file, err := os.ReadFile("../../fx/rules/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := fx.LoadRules(file)
	if err != nil {
		t.Fatal(err)
	}
	bank := func(name, most string) gateway.Channel {
		return gateway.Channel{
			Name: name, Method: payment.MethodBankTransfer, Mode: payment.Test, Rail: &provider{}, Timeout: time.Second,
			Currencies: []string{"EUR"}, Max: []money.Amount{money.Must(most, "EUR")},
		}
	}
	border := gateway.Channel{
		Name: "border.a", Method: payment.MethodCrossBorder, Mode: payment.Test, Rail: sender{&provider{}}, Currencies: []string{"EUR"}, Timeout: time.Second,
	}
	dollars := gateway.Channel{
		Name: "border.b", Method: payment.MethodCrossBorder, Mode: payment.Test, Rail: &provider{}, Currencies: []string{"USD"}, Timeout: time.Second,
	}
	routes := func(language string, more ...gateway.Channel) map[string]map[string]any {
		t.Helper()
		l := newLabOf(t, rules, more...)
		got := l.do(http.MethodPost, "/v1/quotes", l.key, "", `{"amount":{"value":"100.00","currency":"EUR"},"mode":"indicative"}`, "Accept-Language", language)
		if got.Code != http.StatusCreated {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
		byMethod := map[string]map[string]any{}
		list, _ := got.body["routes"].([]any)
		for _, each := range list {
			route, _ := each.(map[string]any)
			method, _ := route["method"].(map[string]any)
			byMethod[fmt.Sprint(method["type"])] = route
		}
		return byMethod
	}
	for language, detail := range map[string]string{"en": "Only for amounts up to 90.00 EUR.", "zh-CN": "仅限不超过 90.00 EUR 的金额。"} {
		route := routes(language, bank("bank.a", "50.00"), bank("bank.b", "90.00"))["bank_transfer"]
		want := map[string]any{
			"code": "amount_too_large", "detail": detail, "limit": map[string]any{"value": "90.00", "currency": "EUR"},
		}
		if route["eligible"] != false || !reflect.DeepEqual(route["unavailable"], want) || fmt.Sprint(route["why_not"]) != "[takes no more than 90.00 EUR]" {
			t.Errorf("in %s: %v", language, route)
		}
	}
	if route, told := routes("en", border)["cross_border"]; told {
		t.Errorf("a way that only pays out is offered to payers: %v", route)
	}
	all := routes("en", border, dollars)
	if reason, _ := all["cross_border"]["unavailable"].(map[string]any); reason["code"] != "currency_not_supported" {
		t.Errorf("another currency: %v", all["cross_border"])
	}
	if all["card"]["eligible"] != true || all["card"]["unavailable"] != nil {
		t.Errorf("a way that fits: %v", all["card"])
	}
}
