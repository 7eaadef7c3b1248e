package api_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/payment"
)

// faults lists what a problem complains about, "pointer code" each.
func (r reply) faults() string {
	list, _ := r.body["errors"].([]any)
	lines := make([]string, len(list))
	for i, item := range list {
		fault, _ := item.(map[string]any)
		lines[i] = fmt.Sprintf("%s %s", fault["pointer"], fault["code"])
	}
	return strings.Join(lines, ", ")
}

func TestEveryFaultIsNamedAtOnce(t *testing.T) {
	l := newLab(t)
	for name, row := range map[string]struct{ body, want string }{
		"schema and meaning": {
			`{"amount":{"value":"1.005","currency":"EUR"},"settlement_currency":"QQQ","return_url":"ftp://x","surprise":1}`,
			"/amount/value invalid, /return_url invalid, /settlement_currency unknown_currency, /surprise unknown_field",
		},
		"a wrong type hides no other member": {
			`{"amount":{"value":1,"currency":"EUR"},"method":{"type":"card"},"settlement_currency":"QQQ"}`,
			"/amount/value invalid, /method/card missing, /settlement_currency unknown_currency",
		},
		"another case is another name": {
			`{"Amount":{"value":"1.00","currency":"EUR"},"method":{"type":"card","card":{"token":"tok_visa"}}}`,
			"/Amount unknown_field, /amount missing",
		},
		"names that look like paths": {
			with(`{"amount"`, `{"metadata":{"a.b":1,"c[0":2},"x/y":1,"m~n":1,"p.q":1,"amount"`),
			"/metadata/a.b invalid, /metadata/c[0 invalid, /m~0n unknown_field, /p.q unknown_field, /x~1y unknown_field",
		},
		"metadata": {
			with(`{"amount"`, `{"metadata":{"":"x","long":"`+strings.Repeat("x", 501)+`"},"amount"`),
			"/metadata invalid, /metadata/long invalid",
		},
		"not an object": {`[]`, " invalid"},
	} {
		p := l.pay("k1", row.body)
		if p.Code != http.StatusUnprocessableEntity || p.faults() != row.want {
			t.Errorf("%s: %d\n got %s\nwant %s", name, p.Code, p.faults(), row.want)
		}
	}
	keyless := l.pay("", `{"amount":{"value":"1.00","currency":"QQQ"}}`)
	if want := "/amount/currency unknown_currency, Idempotency-Key missing"; keyless.Code != http.StatusBadRequest || keyless.faults() != want {
		t.Errorf("without a key: %d %s", keyless.Code, keyless.faults())
	}
	for query, want := range map[string]string{
		"limit=0&created_from=x": "created_from invalid, limit invalid",
		"starting_after=pay_01KAPR3Z5V9W6QZ2M8D4X7TJ5N&ending_before=pay_01KAPR3Z5V9W6QZ2M8D4X7TJ5N": "ending_before invalid",
		"surprise=1": "surprise unknown_field",
		"created_from=2026-01-02T00:00:00Z&created_before=2026-01-01T00:00:00Z": "created_before invalid",
	} {
		if got := l.do(http.MethodGet, "/v1/payments?"+query, l.key, "", ""); got.Code != http.StatusUnprocessableEntity || got.faults() != want {
			t.Errorf("%s: %d %s", query, got.Code, got.faults())
		}
	}
}

func TestWhatAParserSaysOfAValueIsNotRepeated(t *testing.T) {
	l := newLab(t)
	for _, body := range []string{
		with(`{"amount"`, `{"customer":{"email":"a@b.example, canary@c.example"},"amount"`),
		with(`{"amount"`, `{"customer":{"country":"canary"},"return_url":"https://canary:canary@x","amount"`),
		with("EUR", "canary"),
		with("99.99", "canary"),
		with("tok_visa", "canary canary"),
		`"canary"`,
	} {
		p := l.pay("k1", body)
		if p.Code != http.StatusUnprocessableEntity || strings.Contains(p.Body.String(), "canary") {
			t.Errorf("%s: %d %s", body, p.Code, p.Body)
		}
	}
}

func TestTheLargestBodyIsRead(t *testing.T) {
	l := newLab(t)
	const most = 64 << 10
	pad := func(size int) string { return order + strings.Repeat(" ", size-len(order)) }
	if p := l.pay("k1", pad(most)); p.Code != http.StatusCreated {
		t.Errorf("%d bytes: %d %s", most, p.Code, p.Body)
	}
	if p := l.pay("k2", pad(most+1)); p.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d bytes: %d %s", most+1, p.Code, p.Body)
	}
}

func TestAddressesThatAreReadInOneWayOnly(t *testing.T) {
	l := newLab(t)
	for address, want := range map[string]struct {
		status int
		code   string
	}{
		"/v1/payments?limit=1&limit=2":            {400, "bad_address"},
		"/v1/payments?reference=%00":              {400, "bad_address"},
		"/v1/payments?reference=%ff":              {400, "bad_address"},
		"/v1/payments?reference=%zz":              {400, "bad_address"},
		"/v1/payments/pay_%00":                    {400, "bad_address"},
		"/v1/payments?reference=4242424242424242": {400, "raw_pan_forbidden"},
		"/v1/payments/":                           {404, "not_found"},
		"/V1/payments":                            {404, "not_found"},
	} {
		if got := l.do(http.MethodGet, address, l.key, "", ""); got.Code != want.status || got.at("code") != want.code {
			t.Errorf("%s: %d %s", address, got.Code, got.Body)
		}
	}
	wrong := l.do(http.MethodPut, "/v1/payments", l.key, "", "")
	if wrong.Code != http.StatusMethodNotAllowed || !strings.Contains(wrong.Header().Get("Allow"), "POST") {
		t.Errorf("PUT: %d, Allow %q", wrong.Code, wrong.Header().Get("Allow"))
	}
	if p := l.pay("4242-4242-4242-4242", order); p.at("code") != "raw_pan_forbidden" {
		t.Errorf("a card number as key: %d %s", p.Code, p.Body)
	}
}

func TestKeysOpenOnlyTheirDoor(t *testing.T) {
	l := newLab(t)
	both := []access.Scope{access.Read, access.Write}
	browser := l.makeKey(access.Key{ID: "key_browser", Kind: "pk", Merchant: "m_1", Mode: payment.Test, Scopes: both})
	reader := l.makeKey(access.Key{ID: "key_reader", Kind: "sk", Merchant: "m_1", Mode: payment.Test, Scopes: both[:1]})
	for name, row := range map[string]struct {
		method, bearer string
		want           int
	}{
		"a browser's key":              {http.MethodGet, browser, 403},
		"a reader reads":               {http.MethodGet, reader, 200},
		"a reader pays":                {http.MethodPost, reader, 403},
		"a test key that says live":    {http.MethodGet, strings.Replace(l.key, "_test_", "_live_", 1), 401},
		"a merchant who says operator": {http.MethodGet, strings.Replace(l.key, "sk_", "op_", 1), 401},
	} {
		got := l.do(row.method, "/v1/payments", row.bearer, "k1", order)
		if got.Code != row.want || (got.Code == 401) != (got.Header().Get("WWW-Authenticate") == "Bearer") {
			t.Errorf("%s: %d %v", name, got.Code, got.Header())
		}
	}
}

func TestReturnAddresses(t *testing.T) {
	l := newLab(t)
	for address, good := range map[string]bool{
		"https://shop.example/done": true, "http://localhost:3000/done": true, "http://127.0.0.1/done": true, "http://[::1]/done": true,
		"http://shop.example/done": false, "https://user@shop.example/": false, "javascript:alert(1)": false, "/done": false, "https://": false,
	} {
		p := l.pay(hex.EncodeToString([]byte(address)), with(`{"amount"`, `{"return_url":"`+address+`","amount"`))
		if (p.Code == http.StatusCreated) != good {
			t.Errorf("%s: %d %s", address, p.Code, p.Body)
		}
	}
	if p := l.do(http.MethodPost, "/v1/payments", l.live, "k1", with(`{"amount"`, `{"return_url":"http://localhost/","simulate":"not_sent","amount"`)); p.faults() != "/return_url invalid, /simulate forbidden" {
		t.Errorf("live: %d %s", p.Code, p.faults())
	}
}

func TestCardNumbersAndWhatOnlyLooksLikeThem(t *testing.T) {
	l := newLab(t)
	for text, card := range map[string]bool{
		"4242424242424242": true, "4242 4242 4242 4242": true, "4242-4242-4242-4242": true, "4242.4242.4242.4242": true, "4242\u00a04242\u00a04242\u00a04242": true,
		"378282246310005": true, "3782 822463 10005": true, "5555555555554444": true, "2223003122003222": true, "6011111111111117": true,
		"3056930009020004": true, "3566002020360505": true, "6200000000000005": true, "4222222222222": true, "paid with card 4242424242424242.": true,
		"visa4242424242424242": true, "tok_4242424242424242": true, "order 1 4242 4242 4242 4242": true,
		"4242424242424241": false, "0000000000000000": false, "1234567890123": false, "9999999999999995": false, "42424242424242424242": false,
		"2026-11-23 02:36:25": false, "order-1042": false, "a4242424242424242b1": false,
	} {
		p := l.do(http.MethodPost, "/v1/payments", l.key, "", `{"reference":"`+text+`"}`)
		if (p.at("code") == "raw_pan_forbidden") != card {
			t.Errorf("%q: %s", text, p.at("code"))
		}
		if card && strings.Contains(p.Body.String(), text) {
			t.Errorf("%q is repeated in %s", text, p.Body)
		}
	}
	if p := l.pay("k1", with("99.99", "4242424242424242")); p.Code == http.StatusBadRequest {
		t.Errorf("digits of an amount mean money: %s", p.Body)
	}
}

// Digits that happen to stand together in an identifier are no card, wherever they begin.
func TestIdentifiersAreNotCardNumbers(t *testing.T) {
	l := newLab(t)
	const digits, length = "4242424242424242", 32
	for at := range length - len(digits) + 1 {
		if at == 0 || at == length-len(digits) {
			continue // a letter on either side
		}
		plain := "c" + strings.Repeat("1a", length)[:at-1] + digits + strings.Repeat("b2", length)[:length-len(digits)-at]
		uuid := strings.Join([]string{plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]}, "-")
		if p := l.do(http.MethodPost, "/v1/payments", l.key, "", `{"reference":"`+uuid+`"}`); p.at("code") == "raw_pan_forbidden" {
			t.Errorf("%s passes for a card", uuid)
		}
	}
}
