package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// brief is how long a test waits for a channel that stays silent on purpose.
const brief = 200 * time.Millisecond

func TestSimulatedCharges(t *testing.T) {
	p := start(t, nil)
	for i, row := range []struct {
		simulate string
		http     int    // of the answer; 0 for none
		answered string // status or code in the answer
		becomes  string // status or code of the inquiry
		charges  int
	}{
		{"timeout_then_success", 0, "", "approved", 1},
		{"timeout_then_decline", 0, "", "declineddo_not_honor", 0},
		{"charged_but_500", 500, "internal", "approved", 1},
		{"empty_200", 200, "", "approved", 1},
		{"wrong_amount_echo", 200, "approved", "approved", 1},
		{"not_sent", 403, "channel_closed", "not_found", 0},
		{"never_visible", 0, "", "not_found", 0},
		{"late_success:1h", 0, "", "not_found", 0},
		{"dup_callback", 200, "approved", "approved", 1},
		{"out_of_order_callback", 200, "approved", "approved", 1},
		{"fails_on:" + acme, 403, "channel_closed", "not_found", 0},
		{"fails_on:" + globex, 200, "approved", "approved", 1},
	} {
		reference := fmt.Sprintf("att_%d", i)
		limit := patience
		if row.http == 0 {
			limit = brief
		}
		body := fmt.Sprintf(`{"reference":%q,"amount":"49.90","currency":"EUR","token":"tok_visa","capture":true,"simulate":%q}`, reference, row.simulate)
		got := p.asCharge(p.within(limit, http.MethodPost, p.acquirer("/v1/charges"), body))
		if got.HTTPStatus != row.http || got.Status+got.Code != row.answered {
			t.Errorf("%s answered %+v, want %d %s", row.simulate, got, row.http, row.answered)
		}
		if lied := got.Amount != "" && got.Amount != "49.90"; lied != (row.simulate == "wrong_amount_echo") {
			t.Errorf("%s echoes %s", row.simulate, got.Amount)
		}
		if now := p.inquire(reference); now.Status+now.Code != row.becomes {
			t.Errorf("%s became %+v, want %s", row.simulate, now, row.becomes)
		}
		p.expectMovements(row.charges, "kind=charge&reference="+reference)
		if len(p.movements("kind=received&reference="+reference)) < 2 {
			t.Errorf("%s: the message or the inquiry is not in the log", row.simulate)
		}
	}
}

func TestLateSuccess(t *testing.T) {
	p := start(t, nil)
	for _, reference := range []string{"att_late", "att_fenced"} {
		body := fmt.Sprintf(`{"reference":%q,"amount":"1.00","currency":"EUR","token":"tok_visa","capture":true,"simulate":"late_success:1h"}`, reference)
		if status, _ := p.within(brief, http.MethodPost, p.acquirer("/v1/charges"), body); status != 0 {
			t.Fatalf("%s answered %d", reference, status)
		}
	}
	if got := p.post("/v1/charges/att_fenced/cancel", ""); got.Status != "canceled" {
		t.Fatalf("fence: %+v", got)
	}
	p.advance("59m")
	p.expectMovements(0, "kind=charge")
	p.advance("1m")
	p.expectMovements(1, "kind=charge&reference=att_late")
	p.expectMovements(0, "kind=charge&reference=att_fenced")
	if got := p.inquire("att_late"); got.Status != "approved" {
		t.Errorf("the late charge is %+v", got)
	}
	if event := p.callback(); event.Data.Reference != "att_fenced" && event.Data.Reference != "att_late" {
		t.Errorf("callback for %+v", event.Data)
	}
}

func TestAFenceThatDoesNotHold(t *testing.T) {
	p := start(t, nil)
	const reference = "att_broken"
	body := fmt.Sprintf(`{"reference":%q,"amount":"1.00","currency":"EUR","token":"tok_visa","capture":true,"simulate":"fence_broken:1h"}`, reference)
	if status, _ := p.call(http.MethodPost, p.acquirer("/v1/charges"), body); status != http.StatusInternalServerError {
		t.Fatalf("answered %d", status)
	}
	if got := p.post("/v1/charges/"+reference+"/cancel", ""); got.Status != "canceled" {
		t.Fatalf("fence: %+v", got)
	}
	p.expectMovements(0, "kind=charge")
	p.advance("1h")
	p.expectMovements(1, "kind=charge&reference="+reference)
	if got := p.inquire(reference); got.Status != "approved" {
		t.Errorf("the charge is %+v", got)
	}
	if event := p.callback(); event.Data.Reference != reference {
		t.Errorf("callback for %+v", event.Data)
	}
	if again := p.charge("att_other", "tok_visa", `,"capture":true`); again.Status != "approved" {
		t.Errorf("another reference: %+v", again)
	}
}

func TestHoldAndRelease(t *testing.T) {
	p := start(t, nil)
	answer := make(chan charge, 1)
	go func() {
		answer <- p.post("/v1/charges", `{"reference":"att_1","amount":"1.00","currency":"EUR","token":"tok_visa","capture":true,"simulate":"hold"}`)
	}()
	// The movement is in the log while the answer is still held back.
	p.expectMovements(1, "kind=charge&reference=att_1&wait=10s")
	select {
	case got := <-answer:
		t.Fatalf("answered before the release: %+v", got)
	default:
	}
	var released struct{ Released int }
	p.control(http.MethodPost, "/control/acquirers/"+acme+"/release", `{"reference":"att_1"}`, &released)
	if got := <-answer; got.Status != "approved" || released.Released != 1 {
		t.Errorf("after the release %+v, %d released", got, released.Released)
	}
	if status, _ := p.call(http.MethodPost, p.ready.Control+"/control/acquirers/"+acme+"/release", `{"reference":"att_1"}`); status != 404 {
		t.Errorf("a second release answers %d", status)
	}
}

func TestHoldCanBeReleasedOnReceipt(t *testing.T) {
	p := start(t, nil)
	for i := range 20 {
		reference := fmt.Sprintf("att_%d", i)
		answer := make(chan charge, 1)
		go func() { answer <- p.charge(reference, "tok_visa", `,"simulate":"hold"`) }()
		p.expectMovements(1, "kind=received&wait=10s&reference="+reference)
		p.control(http.MethodPost, "/control/acquirers/"+acme+"/release", fmt.Sprintf(`{"reference":%q}`, reference), nil)
		if got := <-answer; got.Status != "authorized" {
			t.Fatalf("%s: %+v", reference, got)
		}
	}
}

func TestChannelFaultsCountDown(t *testing.T) {
	p := start(t, nil)
	p.impose("charged_but_500", 2)
	for i, want := range []int{500, 500, 200} {
		if got := p.charge(fmt.Sprintf("att_%d", i), "tok_visa", `,"capture":true`); got.HTTPStatus != want {
			t.Errorf("charge %d answers %d, want %d", i, got.HTTPStatus, want)
		}
	}
	p.expectMovements(3, "kind=charge")

	p.impose("not_sent", 0)
	for i := range 3 {
		if got := p.charge(fmt.Sprintf("att_closed_%d", i), "tok_visa", ""); got.Code != "channel_closed" {
			t.Errorf("until cleared: %+v", got)
		}
	}
	p.recover()
	if got := p.charge("att_open", "tok_visa", ""); got.Status != "authorized" {
		t.Errorf("after clearing: %+v", got)
	}
}

func TestFaultsOfOneOperation(t *testing.T) {
	p := start(t, nil)
	p.charge("att_1", "tok_visa", "")
	p.impose("capture:timeout_then_success", 1)
	p.impose("refund:charged_but_500", 1)
	p.impose("refund:timeout_then_decline", 1)
	p.impose("cancel:timeout_then_success", 1)
	p.impose("inquiry:error_500", 1)

	if status, _ := p.call(http.MethodGet, p.acquirer("/v1/charges/att_1"), ""); status != 500 {
		t.Errorf("inquiry answers %d", status)
	}
	send := func(limit time.Duration, path, body string) int {
		status, _ := p.within(limit, http.MethodPost, p.acquirer("/v1/charges/"+path), body)
		return status
	}
	if got := send(brief, "att_1/capture", `{"reference":"cap_1","amount":"49.90"}`); got != 0 {
		t.Errorf("capture answers %d", got)
	}
	if got := send(patience, "att_1/refunds", `{"reference":"ref_1","amount":"9.00"}`); got != 500 {
		t.Errorf("first refund answers %d", got)
	}
	if got := send(brief, "att_1/refunds", `{"reference":"ref_2","amount":"1.00"}`); got != 0 {
		t.Errorf("second refund answers %d", got)
	}
	if got := send(brief, "att_new/cancel", ``); got != 0 {
		t.Errorf("cancel answers %d", got)
	}
	now := p.inquire("att_1")
	if now.Captured != "49.90" || now.Refunded != "9.00" || len(now.Refunds) != 2 || now.Refunds[1].Status != "declined" {
		t.Errorf("the charge is %+v", now)
	}
	if got := p.inquire("att_new"); got.Status != "canceled" {
		t.Errorf("the unanswered cancel left %+v", got)
	}
	p.expectMovements(1, "kind=decline&reference=ref_2")
}

func TestHangAndSlow(t *testing.T) {
	p := start(t, nil)
	p.impose("hang", 0)
	for _, path := range []string{"/v1/health", "/v1/charges/att_1"} {
		if status, _ := p.within(brief, http.MethodGet, p.acquirer(path), ""); status != 0 {
			t.Errorf("%s answers %d while hanging", path, status)
		}
	}
	body := `{"reference":"att_1","amount":"1.00","currency":"EUR","token":"tok_visa","capture":true}`
	if status, _ := p.within(brief, http.MethodPost, p.acquirer("/v1/charges"), body); status != 0 {
		t.Errorf("a charge is answered %d while hanging", status)
	}
	p.recover()
	p.expectMovements(0, "kind=charge")

	p.impose("slow:50ms", 1)
	if got := p.charge("att_2", "tok_visa", ""); got.Status != "authorized" {
		t.Errorf("slow: %+v", got)
	}
}

func TestRefuseAndReturn(t *testing.T) {
	p := start(t, nil)
	address := p.acquirer("/v1/health")
	if status, _ := p.call(http.MethodGet, address, ""); status != 200 {
		t.Fatalf("health answers %d", status)
	}
	p.impose("refuse", 0)
	p.impose("refuse", 0)
	if _, err := p.client.Get(address); err == nil {
		t.Error("the listener still answers")
	}
	p.recover()
	if status, _ := p.call(http.MethodGet, address, ""); status != 200 {
		t.Errorf("after recovery health answers %d", status)
	}
	if got := p.charge("att_1", "tok_visa", ""); got.Status != "authorized" {
		t.Errorf("after recovery: %+v", got)
	}
}

func TestRefuseCutsWhatIsUnderWay(t *testing.T) {
	p := start(t, nil)
	answer := make(chan charge, 1)
	go func() { answer <- p.charge("att_1", "tok_visa", `,"capture":true,"simulate":"hold"`) }()
	p.expectMovements(1, "kind=charge&wait=10s")
	p.impose("refuse", 0)
	if got := <-answer; got.HTTPStatus != 0 {
		t.Errorf("answered %+v through a closed listener", got)
	}
}
