package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
)

// post sends a body that may be no message at all, and returns the status and the code of the problem.
func (k *teller) post(body, bearer string) string {
	k.t.Helper()
	request, err := http.NewRequest(http.MethodPost, k.ready.Banks[testBank]+"/iso20022", strings.NewReader(body))
	if err != nil {
		k.t.Fatal(err)
	}
	request.Header.Set("Authorization", bearer)
	response, err := k.client.Do(request)
	if err != nil {
		k.t.Fatal(err)
	}
	defer response.Body.Close()
	var problem struct{ Code, Message string }
	if err := jsonFrom(response.Body, &problem); err != nil || problem.Message == "" {
		k.t.Errorf("%v, no message in the problem", err)
	}
	return fmt.Sprint(response.StatusCode, " ", problem.Code)
}

// badMessages are messages that are not what they should be, by what is wrong with them.
func badMessages(t *testing.T) map[string]string {
	order, transfer := initiation{endToEnd: "E1"}.String(), passing{uetr: uetr(1)}.String()
	change := func(text, from, to string) string {
		t.Helper()
		if !strings.Contains(text, from) {
			t.Fatalf("%q is not in the message", from)
		}
		return strings.ReplaceAll(text, from, to)
	}
	inner := order[strings.Index(order, "<CdtTrfTxInf>"):strings.Index(order, "</PmtInf>")]
	return map[string]string{
		"empty":                 "",
		"no XML":                "hello",
		"cut off":               order[:len(order)-20],
		"another root":          `<Message/>`,
		"another message":       change(order, "pain.001.001.09", "pain.001.001.03"),
		"no namespace":          `<Document><CstmrCdtTrfInitn/></Document>`,
		"two documents":         order + "<Document/>",
		"text afterwards":       order + "x",
		"no MsgId":              change(order, "<MsgId>ME1</MsgId>", ""),
		"no EndToEndId":         change(order, "<EndToEndId>E1</EndToEndId>", ""),
		"a long EndToEndId":     change(order, "<EndToEndId>E1<", "<EndToEndId>"+strings.Repeat("E", 36)+"<"),
		"no amount":             change(order, "100.00", ""),
		"nothing":               change(order, "100.00", "0.00"),
		"an exponent":           change(order, "100.00", "1e2"),
		"six decimals":          change(order, "100.00", "1.000001"),
		"nineteen digits":       change(order, "100.00", "1000000000000000000"),
		"no currency":           change(order, ` Ccy="EUR"`, ""),
		"a small currency":      change(order, `Ccy="EUR"`, `Ccy="eur"`),
		"no date":               change(order, "<ReqdExctnDt><Dt>2026-01-05</Dt></ReqdExctnDt>", ""),
		"no debtor account":     change(order, "<DbtrAcct>"+number(ours)+"</DbtrAcct>", ""),
		"a cheque":              change(order, "<PmtMtd>TRF", "<PmtMtd>CHK"),
		"two transfers":         change(order, inner, inner+inner),
		"two by its own count":  change(order, "<NbOfTxs>1", "<NbOfTxs>2"),
		"an unknown scenario":   initiation{endToEnd: "E1", simulate: "nothing"}.String(),
		"a scenario for all":    initiation{endToEnd: "E1", simulate: "hang"}.String(),
		"an order in a header":  fmt.Sprintf(header, "H1", "pain.001.001.09", order[strings.Index(order, "<Document"):]),
		"no header":             transfer[strings.Index(transfer, "<Document"):strings.Index(transfer, "</BusinessMessage>")],
		"another header":        change(transfer, "<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>pacs.009.001.08"),
		"no sender":             change(transfer, "CAUSDEFFXXX", ""),
		"a version 1 UETR":      change(transfer, "-4000-", "-1000-"),
		"no charge bearer":      change(transfer, "<ChrgBr>SHAR</ChrgBr>", ""),
		"an unknown bearer":     change(transfer, "<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>BOTH</ChrgBr>"),
		"no creditor agent":     change(transfer, "<BICFI>ICBKCNBJXXX</BICFI>", ""),
		"a recall of nothing":   change(recallOf(uetr(1), ""), "<OrgnlUETR>"+uetr(1)+"</OrgnlUETR>", ""),
		"a cancel of nothing":   change(cancelOrder("E1", ""), "<OrgnlEndToEndId>E1</OrgnlEndToEndId>", ""),
		"an inquiry of nothing": change(statusOf(uetr(1)), "<OrgnlUETR>"+uetr(1)+"</OrgnlUETR>", ""),
		"stray in the envelope": change(transfer, "<Document", "<Other/><Document"),
	}
}

func TestMessagesThatABankRefuses(t *testing.T) {
	k := startBank(t, nil)
	bad := badMessages(t)
	for name, body := range bad {
		if got := k.post(body, "Bearer "+secret); got != "400 invalid_request" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := len(k.movements("kind=received")); got != len(bad) {
		t.Errorf("%d messages in the log, want %d", got, len(bad))
	}
	for _, bearer := range []string{"", "Bearer ", "Bearer other", secret} {
		if got := k.post(initiation{endToEnd: "E1"}.String(), bearer); got != "401 unauthorized" {
			t.Errorf("%q: %s", bearer, got)
		}
	}
	if got := k.post(strings.Repeat(" ", 300<<10), "Bearer "+secret); got != "413 invalid_request" {
		t.Errorf("too large: %s", got)
	}
	if got := k.moved("E1") + k.moved(uetr(1)); got != "" {
		t.Errorf("moved %s", got)
	}
}

func TestCutoff(t *testing.T) {
	k := startBank(t, func(c *bank.Config) { c.Cutoff = "16:00" })
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	// The next Friday on which the day after is no holiday of another kind, at a quarter past four in Frankfurt.
	now := k.clock().In(zone)
	friday := time.Date(now.Year(), now.Month(), now.Day()+1, 16, 15, 0, 0, zone)
	for friday.Weekday() != time.Friday || friday.Month() != time.June && friday.Month() != time.November {
		friday = friday.AddDate(0, 0, 1)
	}
	k.advance(friday.Sub(now).String())
	if got := k.send(initiation{endToEnd: "E1"}.String()); got.outcome() != "PDNG" {
		t.Errorf("after the cut-off: %s", got.outcome())
	}
	if got := k.send(initiation{endToEnd: "E2"}.String()); got.outcome() != "PDNG" {
		t.Errorf("after the cut-off: %s", got.outcome())
	}
	if got := k.send(cancelOrder("E2", "")); got.resolved() != "CNCL" {
		t.Errorf("canceled over the weekend: %s", got.resolved())
	}
	k.advance("62h") // Monday, a quarter past six
	if got := k.fetch("/payments/E1"); got.outcome() != "PDNG" {
		t.Errorf("on Monday at six: %s", got.outcome())
	}
	k.advance("1h")
	if got := k.fetch("/payments/E1"); got.outcome() != "ACSC" {
		t.Errorf("on Monday at seven: %s", got.outcome())
	}
	monday := friday.AddDate(0, 0, 3).Format(time.DateOnly)
	if got := k.fetch("/statements/" + ours + "/" + monday); got.text("Ntry", "BookgDt", "Dt") != monday || len(got.all("Ntry")) != 1 {
		t.Errorf("statement: %s", got.raw)
	}
	if got := k.send(initiation{endToEnd: "E3", date: friday.AddDate(0, 0, 5).Format(time.DateOnly)}.String()); got.outcome() != "PDNG" {
		t.Errorf("for Wednesday: %s", got.outcome())
	}
	if got := k.send(initiation{endToEnd: "E4"}.String()); got.outcome() != "ACCP" {
		t.Errorf("in time: %s", got.outcome())
	}
	k.advance("48h")
	if a, b := k.fetch("/payments/E3").outcome(), k.fetch("/payments/E4").outcome(); a != "ACSC" || b != "ACSC" {
		t.Errorf("on Wednesday: %s and %s", a, b)
	}
	if got := k.moved("E2"); got != "cancel 100.00" {
		t.Errorf("the canceled one moved %s", got)
	}
}
