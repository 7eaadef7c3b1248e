package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestSimulatedTransfers(t *testing.T) {
	k := startBank(t, nil)
	for i, row := range []struct {
		simulate string
		status   int    // of the answer; 0 for none
		answered string // the status of the payment in the answer, or the code of the problem
		becomes  string // after a step
		moved    string
	}{
		{"timeout_then_success", 0, "", "ACSC", "debit 10.00"},
		{"timeout_then_decline", 0, "", "RJCT MS03", "reject 10.00"},
		{"charged_but_500", 500, "internal", "ACSC", "debit 10.00"},
		{"empty_200", 200, "", "ACSC", "debit 10.00"},
		{"wrong_amount_echo", 200, "ACCP", "ACSC", "debit 10.00"},
		{"not_sent", 403, "channel_closed", "", ""},
		{"never_visible", 0, "", "", ""},
		{"late_success:1h", 0, "", "", ""},
		{"dup_callback", 200, "ACCP", "ACSC", "debit 10.00"},
		{"out_of_order_callback", 200, "ACCP", "ACSC", "debit 10.00"},
		{"fails_on:" + testBank, 403, "channel_closed", "", ""},
		{"fails_on:bank.other", 200, "ACCP", "ACSC", "debit 10.00"},
		{"reject_at:1:AC04", 200, "ACCP", "RJCT AC04", "reject 10.00"},
		{"returned:1h", 200, "ACCP", "ACSC", "debit 10.00"},
	} {
		order := initiation{endToEnd: fmt.Sprintf("E%d", i), amount: "10.00", simulate: row.simulate}
		limit := patience
		if row.status == 0 {
			limit = brief
		}
		got := k.sendWithin(limit, order.String())
		if got.status != row.status || got.outcome() != row.answered && !strings.Contains(got.raw, `"code":"`+row.answered+`"`) {
			t.Errorf("%s answered %d %s, want %d %s", row.simulate, got.status, got.raw, row.status, row.answered)
		}
		if lied := got.money("InstdAmt") == "10.01 EUR"; lied != (row.simulate == "wrong_amount_echo") {
			t.Errorf("%s echoes %s", row.simulate, got.money("InstdAmt"))
		}
		k.advance("1m")
		if now := k.fetch("/payments/" + order.endToEnd); now.outcome() != row.becomes || (now.status == 404) != (row.becomes == "") {
			t.Errorf("%s became %s", row.simulate, now.raw)
		}
		if got := k.moved(order.endToEnd); got != row.moved {
			t.Errorf("%s moved %q, want %q", row.simulate, got, row.moved)
		}
		if len(k.movements("kind=received&reference="+order.endToEnd)) < 2 {
			t.Errorf("%s: the message or the inquiry is not in the log", row.simulate)
		}
	}
	k.send(cancelOrder("E7", "")) // the late one
	k.advance("2h")
	if got := k.fetch("/payments/E7"); got.outcome() != "RJCT DS02" {
		t.Errorf("fenced before it came: %s", got.outcome())
	}
	if got := k.moved("E13"); got != "debit 10.00, return 10.00" {
		t.Errorf("returned: %s", got)
	}
	back := k.callback("return", func(n node) bool { return n.text("BkTxCd", "Prtry", "Cd") == "RETURN" })
	if back.text("RtrInf", "Rsn", "Cd") != "AC04" || back.text("Refs", "EndToEndId") != "E13" {
		t.Errorf("returned: %s", back.raw)
	}
	k.balances()
}

func TestLateTransfer(t *testing.T) {
	k := startBank(t, nil)
	for i := range 2 {
		k.sendWithin(brief, passing{uetr: uetr(i), simulate: "late_success:1h"}.String())
	}
	if got := k.send(recallOf(uetr(1), "")); got.resolved() != "CNCL" {
		t.Errorf("fence: %s", got.resolved())
	}
	k.advance("2h")
	if a, b := k.moved(uetr(0)), k.moved(uetr(1)); a != "debit 1000.00" || b != "cancel, reject 1000.00" {
		t.Errorf("moved %q and %q", a, b)
	}
}

func TestBankCallbacksTwiceAndBackwards(t *testing.T) {
	k := startBank(t, nil)
	k.send(initiation{endToEnd: "E1", simulate: "dup_callback"}.String())
	accepted := func(n node) bool { return n.outcome() == "ACCP" }
	first, second := k.callback("first", accepted), k.callback("second", accepted)
	if first.header.Get("webhook-id") != second.header.Get("webhook-id") || first.raw != second.raw {
		t.Errorf("%s and %s", first.raw, second.raw)
	}
	k.send(passing{uetr: uetr(1), simulate: "out_of_order_callback"}.String())
	k.advance("1h")
	for _, row := range []struct{ newest, older string }{{"ACSP G000", "ACTC"}, {"ACCC", "ACSP G000"}} {
		newest := k.callback(row.newest, func(n node) bool { return n.outcome() == row.newest })
		older := k.callback(row.older, func(n node) bool { return n.outcome() == row.older })
		if newest.text("OrgnlUETR") != uetr(1) || older.text("OrgnlUETR") != uetr(1) || older.text("CreDtTm") > newest.text("CreDtTm") {
			t.Errorf("%s\nthen\n%s", newest.raw, older.raw)
		}
	}
	k.control(http.MethodPost, "/control/banks/"+testBank+"/callbacks", fmt.Sprintf(`{"reference":%q}`, uetr(1)), nil)
	k.callback("asked for", func(n node) bool { return n.outcome() == "ACCC" })
	if status, _ := k.call("POST", k.ready.Control+"/control/banks/"+testBank+"/callbacks", `{"reference":"none"}`); status != 404 {
		t.Errorf("never seen: %d", status)
	}
}

func (k *teller) strike(fault string, count int) {
	k.t.Helper()
	k.till("faults", fmt.Sprintf(`{"scenario":%q,"count":%d}`, fault, count))
}

func (k *teller) heal() {
	k.t.Helper()
	k.control(http.MethodDelete, "/control/banks/"+testBank+"/faults", "", nil)
}

func TestFaultsOfABank(t *testing.T) {
	k := startBank(t, nil)
	k.strike("held", 1)
	k.strike("cancel:timeout_then_success", 1)
	k.strike("inquiry:error_500", 1)
	k.strike("statement:error_500", 1)
	k.strike("recall_accepted", 1)
	if got := k.send(passing{uetr: uetr(1)}.String()); got.outcome() != "ACSP G002" {
		t.Errorf("held: %s", got.outcome())
	}
	if got := k.send(passing{uetr: uetr(2)}.String()); got.outcome() != "ACSP G000" {
		t.Errorf("only one is held: %s", got.outcome())
	}
	if got := k.sendWithin(brief, cancelOrder("E1", "")); got.status != 0 {
		t.Errorf("cancel answers %d", got.status)
	}
	if got := k.fetch("/tracker/" + uetr(1)); got.status != 500 {
		t.Errorf("inquiry answers %d", got.status)
	}
	if got := k.fetch("/notifications/" + ours); got.status != 500 {
		t.Errorf("mailbox answers %d", got.status)
	}
	k.advance("1h")
	if got := k.send(recallOf(uetr(2), "")); got.resolved() != "CNCL" {
		t.Errorf("recall: %s", got.resolved())
	}
	if got := k.fetch("/payments/E1"); got.outcome() != "RJCT DS02" {
		t.Errorf("canceled without an answer: %s", got.outcome())
	}
	k.strike("inquiry:wrong_amount_echo", 1)
	if got := k.track(uetr(2)); got.Instructed.Amount != "1000.01" {
		t.Errorf("misquoted: %+v", got.Instructed)
	}
	for _, fault := range []string{"capture:hang", "cancel:reject:AC04", "reject", "reject_at:0:AC04", "reject_at:4:AC04", "returned:0s", "nothing"} {
		if status, body := k.call("POST", k.ready.Control+"/control/banks/"+testBank+"/faults", fmt.Sprintf(`{"scenario":%q}`, fault)); status != 400 {
			t.Errorf("%s: %d %s", fault, status, body)
		}
	}
}

func TestBankOutOfService(t *testing.T) {
	k := startBank(t, nil)
	health := func() int { return k.fetch("/v1/health").status }
	if got, err := k.client.Get(k.ready.Banks[testBank] + "/v1/health"); err != nil || got.StatusCode != 200 {
		t.Errorf("health needs no secret: %v %v", got, err)
	} else {
		got.Body.Close()
	}
	k.strike("hang", 0)
	if got := k.sendWithin(brief, initiation{endToEnd: "E1"}.String()); got.status != 0 {
		t.Errorf("answers %d while hanging", got.status)
	}
	k.heal()
	k.strike("error_500", 1)
	if a, b, c := health(), k.send(initiation{endToEnd: "E1"}.String()).status, health(); a != 500 || b != 500 || c != 200 {
		t.Errorf("answers %d, %d, %d", a, b, c)
	}
	k.strike("slow:50ms", 1)
	if got := k.send(initiation{endToEnd: "E2"}.String()); got.outcome() != "ACCP" {
		t.Errorf("slow: %s", got.raw)
	}
	k.strike("refuse", 0)
	if got := k.send(initiation{endToEnd: "E3"}.String()); got.status != 0 {
		t.Errorf("answers %d through a closed listener", got.status)
	}
	k.heal()
	if got := health(); got != 200 {
		t.Errorf("after recovery %d", got)
	}
	if got := k.moved("E1") + k.moved("E3"); got != "" {
		t.Errorf("moved %s", got)
	}
	k.strike("hold", 1)
	answer := make(chan node, 1)
	go func() { answer <- k.send(initiation{endToEnd: "E4"}.String()) }()
	if got := k.movements("kind=received&wait=10s&reference=E4"); len(got) != 1 {
		t.Errorf("received %+v", got)
	}
	k.till("release", `{"reference":"E4"}`)
	if got := <-answer; got.outcome() != "ACCP" {
		t.Errorf("released: %s", got.raw)
	}
}

func TestTransfersSideBySide(t *testing.T) {
	k := startBank(t, nil)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			reference := fmt.Sprintf("E%d", i%10) // four times the same
			k.send(initiation{endToEnd: reference, amount: "50.00"}.String())
			k.send(passing{uetr: uetr(i % 10), amount: "100.00", bearer: "DEBT"}.String())
			if i%4 == 0 {
				k.send(recallOf(uetr(i%10), ""))
				k.send(cancelOrder(reference, ""))
			}
			k.fetch("/notifications/" + nostro)
			k.fetch("/tracker/" + uetr(i%10))
		})
	}
	all.Go(func() {
		for range 10 {
			k.advance("30s")
		}
	})
	all.Wait()
	k.advance("1h")
	balances := k.balances()
	for i := range 10 {
		if got := k.moved(fmt.Sprintf("E%d", i)); got != "debit 50.00" && !strings.HasPrefix(got, "cancel") {
			t.Errorf("E%d moved %s", i, got)
		}
	}
	for account, start := range map[string]string{ours: "1000.00", nostro: "10000.00"} {
		total := sum(start)
		for _, m := range k.movements("") {
			switch {
			case m.Account != account:
			case m.Kind == "credit" || m.Kind == "return":
				total = total.Add(sum(m.Amount))
			case m.Kind == "debit" || m.Kind == "charge":
				total = total.Sub(sum(m.Amount))
			}
		}
		if total.String() != balances[account] {
			t.Errorf("%s: the log makes %s, the balance is %s", account, total, balances[account])
		}
	}
}
