package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
)

func TestCards(t *testing.T) {
	p := start(t, nil)
	for i, row := range []struct{ token, status, code, kind string }{
		{"tok_visa", "approved", "", "charge"},
		{"tok_disputed", "approved", "", "charge"},
		{"tok_declined", "declined", "do_not_honor", "decline"},
		{"tok_insufficient_funds", "declined", "insufficient_funds", "decline"},
		{"tok_lost", "declined", "lost_card", "decline"},
		{"tok_stolen", "declined", "stolen_card", "decline"},
		{"tok_expired", "declined", "expired_card", "decline"},
		{"tok_bad_cvc", "declined", "incorrect_cvc", "decline"},
		{"tok_processing_error", "declined", "channel_error", "decline"},
		{"tok_issuer_unavailable", "declined", "issuer_unavailable", "decline"},
		{"tok_limit_exceeded", "declined", "limit_exceeded", "decline"},
		{"tok_suspected_fraud", "declined", "suspected_fraud", "decline"},
		{"tok_invalid", "declined", "invalid_card", "decline"},
		{"tok_authentication_required", "declined", "authentication_required", "decline"},
		{"tok_authentication_failed", "declined", "authentication_failed", "decline"},
		{"tok_currency_not_supported", "declined", "currency_not_supported", "decline"},
		{"tok_merchant_not_enabled", "declined", "merchant_not_enabled", "decline"},
		{"tok_nobody_knows", "declined", "invalid_card", "decline"},
		{"tok_challenge", "challenge", "", ""},
		{"tok_pending", "pending", "", ""},
		{"4242424242424242", "approved", "", "charge"},
		{"4000000000000259", "approved", "", "charge"},
		{"4000000000000002", "declined", "do_not_honor", "decline"},
		{"4000000000009995", "declined", "insufficient_funds", "decline"},
		{"4000000000009987", "declined", "lost_card", "decline"},
		{"4000000000009979", "declined", "stolen_card", "decline"},
		{"4000000000000069", "declined", "expired_card", "decline"},
		{"4000000000000127", "declined", "incorrect_cvc", "decline"},
		{"4000000000000119", "declined", "channel_error", "decline"},
		{"4000002500003155", "challenge", "", ""},
	} {
		reference := fmt.Sprintf("att_%d", i)
		got := p.charge(reference, row.token, `,"capture":true`)
		if got.HTTPStatus != 200 || got.Status != row.status || got.Code != row.code {
			t.Errorf("%s: %+v, want %s %s", row.token, got, row.status, row.code)
		}
		if got.Reference != reference || got.Amount != "49.90" || got.Currency != "EUR" || got.ID == "" {
			t.Errorf("%s does not echo the charge: %+v", row.token, got)
		}
		if row.code != "" && got.Message == "" {
			t.Errorf("%s: a decline without a message", row.token)
		}
		moved := p.movements("reference=" + reference)
		if row.kind == "" && len(moved) != 1 || row.kind != "" && (len(moved) != 2 || moved[1].Kind != row.kind) {
			t.Errorf("%s: movements %+v, want received and %q", row.token, moved, row.kind)
		}
	}
}

func TestAuthorizeCaptureRefund(t *testing.T) {
	p := start(t, nil)
	if got := p.charge("att_1", "tok_visa", ""); got.Status != "authorized" || got.Captured != "0.00" || got.Expires == "" {
		t.Fatalf("authorization: %+v", got)
	}
	steps := []struct {
		path, body     string
		http           int
		code           string
		status         string // of the charge afterwards
		captured, back string
	}{
		{"capture", `{"reference":"cap_1","amount":"20.00"}`, 200, "", "authorized", "20.00", "0.00"},
		{"capture", `{"reference":"cap_1","amount":"20.00"}`, 200, "", "authorized", "20.00", "0.00"},
		{"capture", `{"reference":"cap_1","amount":"21.00"}`, 409, "reference_conflict", "authorized", "20.00", "0.00"},
		{"capture", `{"reference":"cap_2","amount":"29.91"}`, 422, "amount_exceeds", "authorized", "20.00", "0.00"},
		{"cancel", ``, 409, "", "authorized", "20.00", "0.00"},
		{"refunds", `{"reference":"ref_1","amount":"20.01"}`, 422, "amount_exceeds", "authorized", "20.00", "0.00"},
		{"refunds", `{"reference":"ref_1","amount":"5.00"}`, 200, "", "authorized", "20.00", "5.00"},
		{"capture", `{"reference":"cap_3","amount":"9.90","final":true}`, 200, "", "approved", "29.90", "5.00"},
		{"capture", `{"reference":"cap_4","amount":"0.01"}`, 422, "amount_exceeds", "approved", "29.90", "5.00"},
		{"refunds", `{"reference":"ref_1","amount":"5.00"}`, 200, "", "approved", "29.90", "5.00"},
		{"refunds", `{"reference":"ref_2","amount":"24.90"}`, 200, "", "approved", "29.90", "29.90"},
		{"refunds", `{"reference":"ref_3","amount":"0.01"}`, 422, "amount_exceeds", "approved", "29.90", "29.90"},
		{"cancel", ``, 409, "", "approved", "29.90", "29.90"},
	}
	for i, s := range steps {
		got := p.post("/v1/charges/att_1/"+s.path, s.body)
		if got.HTTPStatus != s.http || got.Code != s.code {
			t.Errorf("step %d %s %s: %d %s, want %d %s", i, s.path, s.body, got.HTTPStatus, got.Code, s.http, s.code)
		}
		now := p.inquire("att_1")
		if now.Status != s.status || now.Captured != s.captured || now.Refunded != s.back {
			t.Errorf("step %d %s %s: now %+v", i, s.path, s.body, now)
		}
	}
	now := p.inquire("att_1")
	if len(now.Captures) != 2 || !now.Captures[1].Final || now.Captures[1].Status != "approved" || len(now.Refunds) != 2 {
		t.Errorf("captures and refunds: %+v", now)
	}
	p.expectMovements(2, "kind=capture&reference=att_1")
	p.expectMovements(1, "kind=capture&reference=cap_3")
	p.expectMovements(2, "kind=refund&reference=att_1")
	if void := p.movements("kind=void"); len(void) != 1 || void[0].Amount != "20.00" {
		t.Errorf("the rest of the hold: %+v", void)
	}
}

func TestInquiries(t *testing.T) {
	p := start(t, nil)
	p.charge("att_1", "tok_visa", "")
	p.post("/v1/charges/att_1/capture", `{"reference":"cap_1","amount":"49.90"}`)
	p.post("/v1/charges/att_1/refunds", `{"reference":"ref_1","amount":"1.00"}`)
	for _, row := range []struct {
		path string
		http int
		want string // the status, or the code of a refusal
	}{
		{"/v1/charges/att_1", 200, "approved"},
		{"/v1/charges/att_2", 404, "not_found"},
		{"/v1/charges/att_1/captures/cap_1", 200, "approved"},
		{"/v1/charges/att_1/captures/ref_1", 404, "not_found"},
		{"/v1/charges/att_2/captures/cap_1", 404, "not_found"},
		{"/v1/charges/att_1/refunds/ref_1", 200, "approved"},
		{"/v1/charges/att_1/refunds/cap_1", 404, "not_found"},
		{"/v1/nothing", 404, "not_found"},
	} {
		got := p.asCharge(p.call(http.MethodGet, p.acquirer(row.path), ""))
		if got.HTTPStatus != row.http || got.Status+got.Code != row.want {
			t.Errorf("%s: %+v, want %d %s", row.path, got, row.http, row.want)
		}
		if row.http == 200 && (got.Amount == "" || got.Currency != "EUR" || got.ID == "") {
			t.Errorf("%s is incomplete: %+v", row.path, got)
		}
	}
}

func TestCancel(t *testing.T) {
	p := start(t, nil)
	for i, row := range []struct {
		token, more string
		http        int
		status      string
		kind        string // the movement of the cancel
	}{
		{"tok_visa", ``, 200, "canceled", "void"},
		{"tok_challenge", ``, 200, "canceled", "cancel"},
		{"tok_pending", ``, 200, "canceled", "cancel"},
		{"tok_visa", `,"capture":true`, 409, "approved", ""},
		{"tok_declined", ``, 409, "declined", ""},
		{"", ``, 200, "canceled", "cancel"}, // never seen
	} {
		reference := fmt.Sprintf("att_%d", i)
		if row.token != "" {
			p.charge(reference, row.token, row.more)
		}
		for range 2 {
			got := p.post("/v1/charges/"+reference+"/cancel", "")
			if got.HTTPStatus != row.http || got.Status != row.status || got.Reference != reference {
				t.Errorf("%s: %+v, want %d %s", reference, got, row.http, row.status)
			}
		}
		if row.kind == "" {
			continue
		}
		p.expectMovements(1, "kind="+row.kind+"&reference="+reference)
		for range 2 {
			if late := p.charge(reference, "tok_visa", row.more); late.HTTPStatus != 409 || late.Code != "reference_canceled" {
				t.Errorf("%s arrived after its cancel: %+v", reference, late)
			}
		}
		if now := p.inquire(reference); now.Status != "canceled" {
			t.Errorf("%s is %+v", reference, now)
		}
	}
	p.advance("1h") // the pending charge that was canceled stays canceled
	p.expectMovements(1, "kind=charge")
}

func TestRepeatedReference(t *testing.T) {
	p := start(t, nil)
	first := p.charge("att_1", "tok_visa", "")
	p.post("/v1/charges/att_1/capture", `{"reference":"cap_1","amount":"49.90"}`)
	again := p.charge("att_1", "tok_visa", "")
	if again.ID != first.ID || again.Status != "authorized" {
		t.Errorf("replay %+v of %+v", again, first)
	}
	if other := p.charge("att_1", "tok_declined", ""); other.HTTPStatus != 409 || other.Code != "reference_conflict" {
		t.Errorf("another body: %+v", other)
	}
	p.expectMovements(1, "kind=authorization")
}

func TestSameReferenceAtOnce(t *testing.T) {
	p := start(t, nil)
	const senders = 50
	ids := make([]string, senders)
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() { ids[i] = p.charge("att_1", "tok_visa", `,"capture":true`).ID })
	}
	all.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("different charges: %v", ids)
		}
	}
	p.expectMovements(1, "kind=charge")
	p.expectMovements(senders, "kind=received")
}

func TestChannelWithoutReplay(t *testing.T) {
	p := start(t, func(c *acquirer.Config) { c.Replay = false })
	first := p.charge("att_1", "tok_visa", `,"capture":true`)
	second := p.charge("att_1", "tok_visa", `,"capture":true`)
	if first.ID == second.ID {
		t.Error("the repeated reference was not charged again")
	}
	p.expectMovements(2, "kind=charge&reference=att_1")
}

func TestChannelWithoutFence(t *testing.T) {
	p := start(t, func(c *acquirer.Config) { c.Fence = false })
	if got := p.post("/v1/charges/att_1/cancel", ""); got.HTTPStatus != 405 || got.Code != "not_supported" {
		t.Errorf("cancel: %+v", got)
	}
	if got := p.charge("att_1", "tok_visa", ""); got.Status != "authorized" {
		t.Errorf("after the refused cancel: %+v", got)
	}
}

func TestBadMessages(t *testing.T) {
	p := start(t, nil)
	all := p.post("/v1/charges", `{"reference":"a b","currency":"eur","return_url":"ftp://x"}`)
	for _, field := range []string{"reference", "amount", "currency", "token", "return_url"} {
		if !strings.Contains(all.Message, field) {
			t.Errorf("%q does not name %s", all.Message, field)
		}
	}
	for _, body := range []string{
		``, `{`, `[]`, `{"reference":"att_1","amount":49.90,"currency":"EUR","token":"tok_visa"}`,
		`{"reference":"att_1","amount":"0.00","currency":"EUR","token":"tok_visa"}`,
		`{"reference":"att_1","amount":"-1","currency":"EUR","token":"tok_visa"}`,
		`{"reference":"att_1","amount":"1","currency":"EUR","token":"tok_visa","simulate":"no_such_thing"}`,
		`{"reference":"att_1","amount":"1","currency":"EUR","token":"tok_visa","simulate":"hang"}`,
	} {
		if got := p.post("/v1/charges", body); got.HTTPStatus != 400 || got.Code != "invalid_request" {
			t.Errorf("%s: %+v", body, got)
		}
	}
	if got := p.post("/v1/charges", `{"reference":"`+strings.Repeat("a", 64<<10)+`"}`); got.HTTPStatus != 413 {
		t.Errorf("a body too large: %+v", got)
	}
	if got := p.asCharge(p.call(http.MethodGet, p.acquirer("/v1/statements/yesterday"), "")); got.HTTPStatus != 400 {
		t.Errorf("a bad date: %+v", got)
	}
	request, err := http.NewRequest(http.MethodGet, p.acquirer("/v1/charges/att_1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := p.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a secret: %s", response.Status)
	}
	p.expectMovements(0, "kind=charge")
}

func TestStatement(t *testing.T) {
	p := start(t, nil)
	p.charge("att_1", "tok_visa", `,"capture":true`)
	p.charge("att_2", "tok_declined", `,"capture":true`)
	p.charge("att_3", "tok_visa", ``)
	p.advance("24h")
	p.post("/v1/charges/att_3/capture", `{"reference":"cap_1","amount":"10.00"}`)
	p.post("/v1/charges/att_1/refunds", `{"reference":"ref_1","amount":"4.00"}`)

	var now struct {
		Now time.Time `json:"now"`
	}
	p.control(http.MethodGet, "/control/clock", "", &now)
	type row struct{ Reference, Charge, Kind, Amount, Currency string }
	read := func(day time.Time) []row {
		var statement struct{ Rows []row }
		_, body := p.call(http.MethodGet, p.acquirer("/v1/statements/"+day.Format(time.DateOnly)), "")
		decode(t, body, &statement)
		return statement.Rows
	}
	want := fmt.Sprint([]row{{"att_1", "", "charge", "49.90", "EUR"}})
	if got := fmt.Sprint(read(now.Now.Add(-24 * time.Hour))); got != want {
		t.Errorf("first day %s, want %s", got, want)
	}
	want = fmt.Sprint([]row{{"cap_1", "att_3", "capture", "10.00", "EUR"}, {"ref_1", "att_1", "refund", "4.00", "EUR"}})
	if got := fmt.Sprint(read(now.Now)); got != want {
		t.Errorf("second day %s, want %s", got, want)
	}
}

func TestHealth(t *testing.T) {
	p := start(t, nil)
	if got := p.asCharge(p.call(http.MethodGet, p.acquirer("/v1/health"), "")); got.Status != "ok" {
		t.Errorf("health: %+v", got)
	}
	p.impose("error_500", 1)
	for range 2 { // a probe follows the fault but does not use it up
		if status, _ := p.call(http.MethodGet, p.acquirer("/v1/health"), ""); status != 500 {
			t.Errorf("health answers %d during a fault", status)
		}
	}
	p.expectMovements(0, "")
}
