package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

func TestAPaymentOverHTTP(t *testing.T) {
	l := newLab(t)
	p := l.pay("k1", order)
	if p.Code != http.StatusCreated || p.at("status") != "succeeded" || p.at("settlement", "gross", "value") != "109.43" ||
		p.at("settlement", "fee", "value") != "1.65" || p.at("settlement", "net", "value") != "107.78" {
		t.Fatalf("%d %s", p.Code, p.Body)
	}
	for _, header := range []string{"Request-Id", "Gateway-Version"} {
		if p.Header().Get(header) == "" {
			t.Errorf("no %s", header)
		}
	}
	again := l.pay("k1", order)
	if again.Code != p.Code || again.Body.String() != p.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay: %d %v %s", again.Code, again.Header(), again.Body)
	}
	if quoted := l.pay(`"k1"`, order); quoted.Body.String() != p.Body.String() {
		t.Errorf("the quoted key is another: %s", quoted.Body)
	}
	if other := l.pay("k1", with("99.99", "98.99")); other.Code != http.StatusUnprocessableEntity || other.at("code") != "idempotency_key_reused" {
		t.Errorf("another body: %d %s", other.Code, other.Body)
	}
	if l.channel.sent != 1 {
		t.Errorf("%d charges", l.channel.sent)
	}
	list := l.do(http.MethodGet, "/v1/payments?status=succeeded", l.key, "", "")
	if data, _ := list.body["data"].([]any); len(data) != 1 {
		t.Errorf("list: %s", list.Body)
	}
	why := l.do(http.MethodGet, "/v1/payments/"+p.at("id")+"/why", l.key, "", "")
	if why.at("price", "at_mid", "value") != "109.989" || why.at("price", "residual", "value") != "0.009055" {
		t.Errorf("why: %s", why.Body)
	}
	balances := l.do(http.MethodGet, "/v1/balances", l.key, "", "")
	if !strings.Contains(balances.Body.String(), `"pending":{"value":"107.78","currency":"USD"}`) {
		t.Errorf("balances: %s", balances.Body)
	}
}

func TestParallelRequestsWithOneKey(t *testing.T) {
	l := newLab(t)
	var mu sync.Mutex
	ids := map[string]int{}
	var running sync.WaitGroup
	for range 50 {
		running.Go(func() {
			p := l.pay("k1", order)
			mu.Lock()
			defer mu.Unlock()
			switch p.Code {
			case http.StatusCreated:
				ids[p.at("id")]++
			case http.StatusConflict:
				if p.Header().Get("Retry-After") == "" {
					t.Error("a conflict without Retry-After")
				}
			default:
				t.Errorf("%d %s", p.Code, p.Body)
			}
		})
	}
	running.Wait()
	if len(ids) != 1 || l.channel.sent != 1 {
		t.Errorf("payments %v, %d charges", ids, l.channel.sent)
	}
}

func TestADeclineIsAnAnswerInTwoLanguages(t *testing.T) {
	l := newLab(t)
	p := l.pay("k1", with("tok_visa", "tok_declined"))
	if p.Code != http.StatusCreated || p.at("status") != "failed" || p.at("last_error", "cause") != "balance" || p.at("last_error", "outcome") != "not_charged" {
		t.Fatalf("%d %s", p.Code, p.Body)
	}
	chinese := l.do(http.MethodGet, "/v1/payments/"+p.at("id"), l.key, "", "", "Accept-Language", "fr;q=0.9, zh-CN, en")
	if chinese.at("last_error", "title") != "卡内余额不足" {
		t.Errorf("in Chinese: %s", chinese.at("last_error", "title"))
	}
}

func TestALostAnswerIsUnknown(t *testing.T) {
	l := newLab(t)
	p := l.pay("k1", with("tok_visa", "tok_lost"))
	if p.Code != http.StatusAccepted || p.at("status") != "processing" || p.at("next_check_at") == "" || !strings.Contains(p.Body.String(), `"exceptions":["outcome_unknown"]`) {
		t.Errorf("%d %s", p.Code, p.Body)
	}
	if canceled := l.do(http.MethodPost, "/v1/payments/"+p.at("id")+"/cancel", l.key, "c1", ""); canceled.at("status") != "canceled" {
		t.Errorf("cancel: %d %s", canceled.Code, canceled.Body)
	}
}

func TestCaptureRefundAndTheirLimits(t *testing.T) {
	l := newLab(t)
	p := l.pay("k1", with(`"method"`, `"capture":"manual","method"`))
	id := p.at("id")
	if p.at("status") != "authorized" || p.at("capture_before") == "" {
		t.Fatalf("%s", p.Body)
	}
	part := `{"amount":{"value":"60.00","currency":"EUR"}}`
	if c := l.do(http.MethodPost, "/v1/payments/"+id+"/capture", l.key, "c1", part); c.Code != http.StatusCreated || c.at("status") != "succeeded" {
		t.Fatalf("capture: %d %s", c.Code, c.Body)
	}
	if c := l.do(http.MethodPost, "/v1/payments/"+id+"/capture", l.key, "c2", part); c.Code != http.StatusUnprocessableEntity || c.at("code") != "amount_exceeds" {
		t.Errorf("beyond the authorization: %d %s", c.Code, c.Body)
	}
	if r := l.do(http.MethodPost, "/v1/refunds", l.key, "r0", `{"payment":"`+id+`"}`); r.Code != http.StatusConflict || r.at("code") != "balance_insufficient" {
		t.Errorf("a refund that is not covered: %d %s", r.Code, r.Body)
	}
	if r := l.do(http.MethodPost, "/v1/refunds", l.key, "rn", `{"payment":"`+id+`","amount":null}`); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("a refund of null: %d %s", r.Code, r.Body)
	}
	refund := l.do(http.MethodPost, "/v1/refunds", l.key, "r1", `{"payment":"`+id+`","amount":{"value":"10.00","currency":"EUR"}}`)
	if refund.Code != http.StatusCreated || refund.at("status") != "succeeded" {
		t.Fatalf("refund: %d %s", refund.Code, refund.Body)
	}
	if r := l.do(http.MethodGet, "/v1/refunds/"+refund.at("id"), l.key, "", ""); r.at("amount", "value") != "10.00" {
		t.Errorf("the refund: %s", r.Body)
	}
	if r := l.do(http.MethodGet, "/v1/refunds/"+refund.at("id"), l.other, "", ""); r.Code != http.StatusNotFound {
		t.Errorf("another merchant sees the refund: %d", r.Code)
	}
	if c := l.do(http.MethodGet, "/v1/payments/"+id+"/captures", l.key, "", ""); !strings.Contains(c.Body.String(), `"60.00"`) {
		t.Errorf("captures: %s", c.Body)
	}
}

func TestBadRequestsAreRefusedWholeAndNothingIsEchoed(t *testing.T) {
	l := newLab(t)
	secretValue := "s3cret-v4lue"
	for name, row := range map[string]struct {
		body   string
		status int
		says   []string
	}{
		"amount as a number":   {with(`"99.99"`, `99.99`), 422, []string{"/amount/value"}},
		"amount null":          {with(`"99.99"`, `null`), 422, []string{"/amount/value"}},
		"exponent":             {with("99.99", "1e5"), 422, []string{"/amount/value"}},
		"sign":                 {with("99.99", "-1"), 422, []string{"/amount/value"}},
		"blank":                {with("99.99", " 1"), 422, []string{"/amount/value"}},
		"empty":                {with("99.99", ""), 422, []string{"/amount/value"}},
		"leading zero":         {with("99.99", "01"), 422, []string{"/amount/value"}},
		"too precise":          {with("99.99", "9.999"), 422, []string{"/amount"}},
		"too long":             {with("99.99", strings.Repeat("9", 29)), 422, []string{"/amount/value"}},
		"zero":                 {with("99.99", "0.00"), 422, []string{"/amount/value"}},
		"unknown currency":     {with("EUR", "XXX"), 422, []string{"/amount"}},
		"unknown method":       {with(`"type":"card"`, `"type":"cheque"`), 422, []string{"/method/type"}},
		"unknown field":        {with(`{"amount"`, `{"surprise":"`+secretValue+`","amount"`), 422, []string{"unknown_field"}},
		"case-folded field":    {with(`{"amount"`, `{"Amount":1,"amount"`), 422, []string{"unknown_field"}},
		"repeated field":       {with(`{"amount"`, `{"amount":1,"amount"`), 400, []string{"bad_json"}},
		"two documents":        {order + order, 400, []string{"bad_json"}},
		"invalid UTF-8":        {with("EUR", "E\xff"), 400, []string{"bad_json"}},
		"too deep":             {with(`"card":{`, `"card":`+strings.Repeat("[", 17)+strings.Repeat("]", 17)+`,"x":{`), 400, []string{"bad_json"}},
		"too large":            {with(`{"amount"`, `{"reference":"`+strings.Repeat("x", 65<<10)+`","amount"`), 413, []string{"body_too_large"}},
		"card number":          {with(`{"amount"`, `{"reference":"4242 4242 4242 4242","amount"`), 400, []string{"raw_pan_forbidden"}},
		"card number as token": {with("tok_visa", "4242424242424242"), 400, []string{"raw_pan_forbidden"}},
		"several at once": {
			`{"amount":{"value":"` + secretValue + `","currency":"EUR"},"method":{"type":"x"},"capture":"never","surprise":1}`, 422,
			[]string{"/amount/value", "/method/type", "/capture", "unknown_field"},
		},
		"null where all of it would be meant": {with(`{"amount"`, `{"metadata":null,"amount"`), 422, []string{"/metadata"}},
		"U+0000":                              {with(`{"amount"`, `{"reference":"\u0000","amount"`), 400, []string{"bad_json"}},
		"not JSON":                            {secretValue, 400, []string{"bad_json"}},
	} {
		p := l.pay("k1", row.body)
		if p.Code != row.status || p.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %s", name, p.Code, p.Header().Get("Content-Type"), p.Body)
		}
		for _, says := range row.says {
			if !strings.Contains(p.Body.String(), says) {
				t.Errorf("%s: %s is not named in %s", name, says, p.Body)
			}
		}
		for _, echoed := range []string{secretValue, "4242", "$schema"} {
			if strings.Contains(p.Body.String(), echoed) {
				t.Errorf("%s: %s is repeated in %s", name, echoed, p.Body)
			}
		}
	}
	for _, key := range []string{"", " ", "ü", strings.Repeat("k", 256), `""`} {
		if p := l.pay(key, order); p.Code != http.StatusBadRequest || p.at("code") != "idempotency_key_required" {
			t.Errorf("key %q: %d %s", key, p.Code, p.Body)
		}
	}
	if list := l.do(http.MethodGet, "/v1/payments", l.key, "", ""); !strings.Contains(list.Body.String(), `"data":[]`) || l.channel.sent != 0 {
		t.Errorf("something was written: %s", list.Body)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	l := newLab(t)
	id := l.pay("k1", order).at("id")
	missing := l.do(http.MethodGet, "/v1/payments/pay_none", l.other, "", "")
	for bearer, want := range map[string]int{
		"": 401, "sk_test_x": 401, l.key + "x": 401, l.op: 403, l.other: 404, l.live: 404, l.key: 200,
	} {
		got := l.do(http.MethodGet, "/v1/payments/"+id, bearer, "", "")
		if got.Code != want {
			t.Errorf("%.12s…: %d, want %d", bearer, got.Code, want)
		}
		if want == 404 && (got.at("detail") != missing.at("detail") || got.at("code") != missing.at("code")) {
			t.Errorf("another's payment is told from a missing one: %s", got.Body)
		}
	}
	if got := l.do(http.MethodPost, "/v1/ops/reviews/att_1/resolve", l.key, "", `{"outcome":"captured"}`); got.Code != http.StatusForbidden {
		t.Errorf("a merchant's key resolves a review: %d", got.Code)
	}
	if got := l.do(http.MethodPost, "/v1/ops/reviews/att_1/resolve", l.op, "", `{"outcome":"captured"}`); got.Code != http.StatusNotFound {
		t.Errorf("a review that is not there: %d %s", got.Code, got.Body)
	}
	for _, row := range []struct {
		method, path, body string
		want               int
	}{
		{http.MethodGet, "/v1/ops/breaks", "", 200},
		{http.MethodGet, "/v1/ops/breaks?kind=duplicate&closed=true&limit=5", "", 200},
		{http.MethodPost, "/v1/ops/breaks/brk_1/assign", `{"owner":"ann"}`, 404},
		{http.MethodPost, "/v1/ops/breaks/brk_1/resolve", `{"remedy":"book"}`, 404},
		{http.MethodPost, "/v1/ops/breaks/brk_1/resolve", `{"remedy":"forget"}`, 422},
		{http.MethodPost, "/v1/ops/reconcile", `{"channel":"card.none","date":"2026-11-29"}`, 404},
		{http.MethodPost, "/v1/ops/reconcile", `{"channel":"card.none","date":"yesterday"}`, 422},
	} {
		if got := l.do(row.method, row.path, l.key, "", row.body); got.Code != http.StatusForbidden {
			t.Errorf("a merchant's key at %s: %d", row.path, got.Code)
		}
		if got := l.do(row.method, row.path, l.op, "", row.body); got.Code != row.want {
			t.Errorf("%s %s: %d, want %d: %s", row.path, row.body, got.Code, row.want, got.Body)
		}
	}
	if got := l.do(http.MethodGet, "/v1/ops/channels", l.key, "", ""); got.Code != http.StatusForbidden {
		t.Errorf("a merchant among the operators: %d", got.Code)
	}
}

func TestOperatorsControlChannels(t *testing.T) {
	l := newLab(t)
	if got := l.do(http.MethodPost, "/v1/ops/channels/card.a/drain", l.op, "", `{"note":"new certificate"}`); got.Code != http.StatusOK || got.at("status") != "draining" {
		t.Fatalf("drain: %d %s", got.Code, got.Body)
	}
	if got := l.do(http.MethodGet, "/v1/channels", l.key, "", ""); !strings.Contains(got.Body.String(), `"available":false`) {
		t.Errorf("channels: %s", got.Body)
	}
	p := l.pay("k1", with(`{"amount"`, `{"fail_fast":true,"amount"`))
	if p.at("status") != "failed" || p.at("last_error", "code") != "channel_unavailable" || l.channel.sent != 0 {
		t.Errorf("paid through a draining channel: %s", p.Body)
	}
	if got := l.do(http.MethodPost, "/v1/ops/channels/card.a/maintenance", l.op, "", `{}`); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("maintenance without an end: %d %s", got.Code, got.Body)
	}
	if got := l.do(http.MethodPost, "/v1/ops/channels/card.none/open", l.op, "", ""); got.Code != http.StatusNotFound {
		t.Errorf("an unknown channel: %d", got.Code)
	}
	if got := l.do(http.MethodPost, "/v1/ops/channels/card.a/close", l.op, "", ""); got.at("status") != "closed" {
		t.Errorf("close: %s", got.Body)
	}
}

// manyNodes is a channel that is reached through several nodes, as a chain is.
type manyNodes struct{ *provider }

func (manyNodes) Nodes() []breaker.State {
	since := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	return []breaker.State{
		{Channel: "rpc-1", Status: breaker.Open, Since: since, Reason: "4 of 4 calls failed or were slow", Requests: 4, FailureRatio: 1, Latency: 2 * time.Second},
		{Channel: "rpc-2", Status: breaker.Closed, Since: since},
	}
}

func TestOperatorsSeeTheNodesOfAChain(t *testing.T) {
	rail := manyNodes{&provider{gate: make(chan struct{})}}
	l := newLabOf(t, fx.DefaultRules(), gateway.Channel{
		Name: "chain.a", Method: payment.MethodCrypto, Mode: payment.Test, Rail: rail, Currencies: []string{"EUR"}, Timeout: time.Second,
	})
	body := l.do(http.MethodGet, "/v1/ops/channels", l.op, "", "").Body.String()
	for _, want := range []string{
		`"nodes":[{"name":"rpc-1","status":"open","reason":"4 of 4 calls failed or were slow","since":"2026-11-02T09:00:00.000Z","requests":4,"failure_ratio":1,"latency_ms":2000}`,
		`{"name":"rpc-2","status":"closed"`,
	} {
		if strings.Count(body, want) != 1 {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	if got := l.do(http.MethodGet, "/v1/channels", l.key, "", ""); strings.Contains(got.Body.String(), "rpc-1") {
		t.Errorf("merchants see them: %s", got.Body)
	}
}

func TestWebhookEndpoints(t *testing.T) {
	l := newLab(t)
	const path = "/v1/webhook_endpoints"
	for _, private := range []string{"https://127.0.0.1/x", "http://shop.example/x", "https://10.0.0.1/", "https://localhost/", "nowhere"} {
		if got := l.do(http.MethodPost, path, l.key, "", `{"url":"`+private+`"}`); got.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", private, got.Code)
		}
	}
	made := l.do(http.MethodPost, path, l.key, "", `{"url":"https://shop.example/hooks","events":["payment.succeeded"]}`)
	if made.Code != http.StatusCreated || !strings.HasPrefix(made.at("secret"), "whsec_") {
		t.Fatalf("%d %s", made.Code, made.Body)
	}
	at := path + "/" + made.at("id")
	if got := l.do(http.MethodGet, at, l.key, "", ""); got.at("secret") != "" || got.at("url") == "" {
		t.Errorf("shown again: %s", got.Body)
	}
	if got := l.do(http.MethodPost, at+"/rotate_secret", l.key, "", ""); got.at("secret") == "" || got.at("secret") == made.at("secret") {
		t.Errorf("rotated: %s", got.Body)
	}
	if got := l.do(http.MethodPatch, at, l.key, "", `{"enabled":false}`); got.at("disabled") == "" {
		t.Errorf("disabled: %s", got.Body)
	}
	if got := l.do(http.MethodDelete, at, l.other, "", ""); got.Code != http.StatusNotFound {
		t.Errorf("another merchant deletes: %d", got.Code)
	}
	if got := l.do(http.MethodDelete, at, l.key, "", ""); got.Code != http.StatusNoContent {
		t.Errorf("delete: %d %s", got.Code, got.Body)
	}
}

// A change that is made between the read and the write of another is not undone by it.
func TestChangesOfAnEndpointKeepEachOther(t *testing.T) {
	l := newLab(t)
	const path = "/v1/webhook_endpoints"
	id := l.do(http.MethodPost, path, l.key, "", `{"url":"https://shop.example/hooks"}`).at("id")
	stored := func() webhook.Endpoint {
		e, err := l.db.DB.Endpoint(t.Context(), "m_1", payment.Test, id)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	once := func(do func()) {
		l.db.meddle = func() {
			l.db.meddle = nil
			do()
		}
	}
	var rotated reply
	once(func() { rotated = l.do(http.MethodPost, path+"/"+id+"/rotate_secret", l.key, "", "") })
	if got := l.do(http.MethodPatch, path+"/"+id, l.key, "", `{"events":["payment.failed"]}`); got.Code != http.StatusOK {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if e := stored(); len(e.Events) != 1 || e.Secrets[0].Value != rotated.at("secret") {
		t.Errorf("the rotation was undone: %+v", e)
	}
	once(func() {
		if err := l.db.DisableEndpoint(t.Context(), id, "https://shop.example/hooks", "410 Gone", time.Now()); err != nil {
			t.Error(err)
		}
	})
	rotated = l.do(http.MethodPost, path+"/"+id+"/rotate_secret", l.key, "", "")
	if e := stored(); e.Disabled != "410 Gone" || e.Secrets[0].Value != rotated.at("secret") {
		t.Errorf("rotated beside: %+v", e)
	}
	l.db.meddle = func() {
		e := stored()
		read := e.UpdatedAt
		e.UpdatedAt = read.Add(time.Microsecond)
		if err := l.db.ChangeEndpoint(t.Context(), e, read); err != nil {
			t.Error(err)
		}
	}
	if got := l.do(http.MethodPatch, path+"/"+id, l.key, "", `{"enabled":true}`); got.Code != http.StatusConflict {
		t.Errorf("always too late: %d %s", got.Code, got.Body)
	}
}

func TestWithoutADatabase(t *testing.T) {
	l := newLab(t)
	l.pay("k0", order) // the key is in memory now
	if err := l.db.Close(); err != nil {
		t.Fatal(err)
	}
	p := l.pay("k1", order)
	if p.Code != http.StatusServiceUnavailable || p.Header().Get("Retry-After") == "" || l.channel.sent != 1 {
		t.Errorf("%d %v, %d charges: %s", p.Code, p.Header(), l.channel.sent, p.Body)
	}
	if ready := l.do(http.MethodGet, "/readyz", "", "", ""); ready.Code != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", ready.Code)
	}
}

func TestTheContractIsServed(t *testing.T) {
	l := newLab(t)
	contract := l.do(http.MethodGet, "/openapi.json", "", "", "")
	if !strings.HasPrefix(contract.at("openapi"), "3.1") {
		t.Fatalf("openapi %q", contract.at("openapi"))
	}
	paths, _ := contract.body["paths"].(map[string]any)
	for _, path := range []string{
		"/v1/payments", "/v1/payments/{id}", "/v1/payments/{id}/why", "/v1/payments/{id}/capture", "/v1/payments/{id}/cancel", "/v1/refunds",
		"/v1/quotes", "/v1/balances", "/v1/events", "/v1/webhook_endpoints", "/v1/channels", "/v1/ops/channels/{name}/open",
	} {
		if paths[path] == nil {
			t.Errorf("%s is not in the contract", path)
		}
	}
	if got := l.do(http.MethodGet, "/openapi.yaml", "", "", ""); got.Code != http.StatusOK {
		t.Errorf("yaml: %d", got.Code)
	}
	if got := l.do(http.MethodGet, "/nowhere", "", "", ""); got.Code != http.StatusNotFound || got.at("code") != "not_found" {
		t.Errorf("an unknown path: %d %s", got.Code, got.Body)
	}
}
