package main

import (
	"fmt"
	"net/http"
	"testing"
)

func TestMovementsPageAndWait(t *testing.T) {
	p := start(t, nil)
	p.charge("att_1", "tok_visa", `,"capture":true`)
	all := p.movements("")
	for i, m := range all {
		if m.Seq != int64(i+1) || m.Channel != acme {
			t.Errorf("line %d is %+v", i, m)
		}
	}
	p.expectMovements(1, "after=1")
	p.expectMovements(0, "after=2")
	p.expectMovements(0, "after=2&wait=10ms")
	p.expectMovements(0, "kind=refund")
	if first := p.movements("kind=received")[0]; first.Path != "/v1/charges" || first.Amount != "49.90" || first.Reference != "att_1" {
		t.Errorf("received: %+v", first)
	}

	waited := make(chan []line, 1)
	go func() { waited <- p.movements("kind=charge&after=2&wait=10s") }()
	p.charge("att_2", "tok_visa", `,"capture":true`)
	if got := <-waited; len(got) != 1 || got[0].Reference != "att_2" {
		t.Errorf("waited for %+v", got)
	}

	var everywhere struct{ Movements []line }
	p.call(http.MethodPost, p.ready.Acquirers[globex]+"/v1/charges", `{"reference":"att_3","amount":"1","currency":"USD","token":"tok_visa","capture":true}`)
	p.control(http.MethodGet, "/control/movements?kind=charge", "", &everywhere)
	if len(everywhere.Movements) != 3 || everywhere.Movements[2].Channel != globex {
		t.Errorf("over all acquirers: %+v", everywhere)
	}
	p.expectMovements(2, "kind=charge")
}

func TestSummary(t *testing.T) {
	p := start(t, nil)
	p.charge("att_1", "tok_visa", `,"capture":true`)
	p.charge("att_2", "tok_visa", ``)
	p.charge("att_3", "tok_declined", ``)
	p.post("/v1/charges/att_2/capture", `{"reference":"cap_1","amount":"0.10"}`)
	p.post("/v1/charges/att_1/refunds", `{"reference":"ref_1","amount":"9.90"}`)
	p.post("/v1/charges", `{"reference":"att_4","amount":"500","currency":"JPY","token":"tok_visa","capture":true}`)
	var got struct {
		Acquirers map[string]struct {
			Charges            int
			Captured, Refunded map[string]string
		}
	}
	p.control(http.MethodGet, "/control/summary", "", &got)
	want := `{3 map[EUR:50.00 JPY:500] map[EUR:9.90]}`
	if sum := fmt.Sprint(got.Acquirers[acme]); sum != want {
		t.Errorf("%s, want %s", sum, want)
	}
	if sum := fmt.Sprint(got.Acquirers[globex]); sum != `{0 map[] map[]}` {
		t.Errorf("the idle acquirer: %s", sum)
	}
}

func TestBadControlRequests(t *testing.T) {
	p := start(t, nil)
	for _, row := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/control/acquirers/card.nobody/faults", `{"scenario":"hang"}`, 404},
		{"DELETE", "/control/acquirers/card.nobody/faults", ``, 404},
		{"POST", "/control/acquirers/" + acme + "/faults", `{"scenario":"no_such_thing"}`, 400},
		{"POST", "/control/acquirers/" + acme + "/faults", `{"scenario":"refuse","count":2}`, 400},
		{"POST", "/control/acquirers/" + acme + "/faults", `{"scenario":"hang","count":-1}`, 400},
		{"POST", "/control/acquirers/" + acme + "/faults", `{"scenario":"inquiry:late_success:1s"}`, 400},
		{"POST", "/control/acquirers/" + acme + "/faults", `{"scenari":"hang"}`, 400},
		{"POST", "/control/acquirers/" + acme + "/release", `{"reference":"att_1"}`, 404},
		{"POST", "/control/acquirers/" + acme + "/callbacks", `{"reference":"att_1"}`, 404},
		{"GET", "/control/movements?after=x", ``, 400},
		{"GET", "/control/movements?wait=x", ``, 400},
		{"POST", "/control/clock", `{"advance":"-1h"}`, 400},
		{"POST", "/control/clock", `{"advance":"soon"}`, 400},
		{"POST", "/control/rates", `{"set":{"USD":"0"}}`, 400},
		{"POST", "/control/rates", `{"set":{"XXX":"1"}}`, 400},
		{"POST", "/control/nothing", ``, 404},
	} {
		if got, body := p.call(row.method, p.ready.Control+row.path, row.body); got != row.want {
			t.Errorf("%s %s %s: %d %s, want %d", row.method, row.path, row.body, got, body, row.want)
		}
	}
}

func TestFaultList(t *testing.T) {
	p := start(t, nil)
	p.impose("capture:empty_200", 2)
	p.impose("slow:1ms", 0)
	var list struct {
		Faults []struct {
			Scenario, Operation string
			Count               int
		}
	}
	p.control(http.MethodGet, "/control/acquirers/"+acme+"/faults", "", &list)
	if got := fmt.Sprint(list.Faults); got != "[{capture:empty_200 capture 2} {slow:1ms any 0}]" {
		t.Errorf("faults %s", got)
	}
	p.recover()
	p.control(http.MethodGet, "/control/acquirers/"+acme+"/faults", "", &list)
	if len(list.Faults) != 0 {
		t.Errorf("after clearing %+v", list)
	}
}

func TestRatesFeed(t *testing.T) {
	p := start(t, nil)
	read := func() (int, map[string]string, string) {
		var quotes struct {
			ObservedAt string `json:"observed_at"`
			Base       string
			Rates      map[string]string
		}
		status, body := p.call(http.MethodGet, p.ready.Rates+"/v1/rates", "")
		decode(t, body, &quotes)
		return status, quotes.Rates, quotes.ObservedAt
	}
	p.control(http.MethodPost, "/control/rates", `{"set":{"USD":"1.1000"},"freeze":true}`, nil)
	_, first, at := read()
	if first["USD"] != "1.1000" || first["ETH"] == "" || first["USDC"] == "" || first["JPY"] == "" {
		t.Errorf("rates %v", first)
	}
	if _, again, then := read(); fmt.Sprint(again) != fmt.Sprint(first) || then != at {
		t.Errorf("frozen, but %v at %s after %v at %s", again, then, first, at)
	}
	p.control(http.MethodPost, "/control/rates", `{"unset":["USD"],"freeze":false,"down":true}`, nil)
	if status, _, _ := read(); status != 503 {
		t.Errorf("down answers %d", status)
	}
	p.control(http.MethodPost, "/control/rates", `{"down":false}`, nil)
	if _, after, _ := read(); after["USD"] == "1.1000" {
		t.Error("the rate is still pinned")
	}
}

func TestAChargeThatNobodyAskedFor(t *testing.T) {
	p := start(t, nil)
	p.post("/v1/charges/att_9/cancel", "")
	p.control(http.MethodPost, "/control/acquirers/"+acme+"/charges", `{"reference":"att_9","amount":"7.00","currency":"EUR"}`, nil)
	p.expectMovements(1, "kind=charge&reference=att_9")
	if c := p.asCharge(p.call(http.MethodGet, p.acquirer("/v1/charges/att_9"), "")); c.Status != "approved" || c.Amount != "7.00" {
		t.Errorf("asked for it: %+v", c)
	}
}
