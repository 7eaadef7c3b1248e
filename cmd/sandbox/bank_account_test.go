package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
)

// entries are the entries of a statement or a notification, as "sign amount status reference".
func (n node) entries() string {
	var list []string
	for _, e := range n.all("Ntry") {
		list = append(list, fmt.Sprint(e.text("CdtDbtInd"), " ", e.text("Amt"), " ", e.text("Sts", "Cd"), " ", e.text("AcctSvcrRef")))
	}
	return strings.Join(list, ", ")
}

func (k *teller) credit(fields string) string {
	k.t.Helper()
	answer := k.till("credits", `{"account":"`+ours+`","amount":"49.90","currency":"EUR","debtor":{"name":"Bea Berg","iban":"`+theirs+`"}`+fields+`}`)
	reference, _ := answer["acct_svcr_ref"].(string)
	return reference
}

func TestIncomingCredits(t *testing.T) {
	k := startBank(t, nil)
	if got := k.fetch("/notifications/" + ours); got.status != 204 || got.header.Get("Next-After") != "0" {
		t.Errorf("an empty mailbox: %d", got.status)
	}
	one := k.credit(`,"reference":"RF18539007547034","end_to_end_id":"payer-7","uetr":"` + uetr(1) + `"`)
	called := k.callback("credit", func(n node) bool { return n.is("camt.054.001.08") })
	if called.entries() != "CRDT 49.90 BOOK "+one || called.text("CdtrRefInf", "Ref") != "RF18539007547034" || called.text("Refs", "EndToEndId") != "payer-7" ||
		called.text("RltdPties", "Dbtr", "Pty", "Nm") != "Bea Berg" || called.text("DbtrAcct", "Id", "IBAN") != theirs || called.text("Refs", "UETR") != uetr(1) {
		t.Errorf("callback: %s", called.raw)
	}
	two := k.credit(`,"remittance":"rent & more","status":"PDNG"`)
	if got := k.balances()[ours]; got != "1049.90" {
		t.Errorf("a pending credit is booked: %s", got)
	}
	k.till("release", fmt.Sprintf(`{"reference":%q}`, two))
	k.till("repeats", fmt.Sprintf(`{"reference":%q}`, one))
	back, _ := k.till("reversals", fmt.Sprintf(`{"reference":%q}`, one))["acct_svcr_ref"].(string)

	mail := k.fetch("/notifications/" + ours + "?after=0")
	want := "CRDT 49.90 BOOK " + one + ", CRDT 49.90 PDNG " + two + ", CRDT 49.90 BOOK " + two + ", CRDT 49.90 BOOK " + one + ", DBIT 49.90 BOOK " + back
	if mail.status != 200 || mail.entries() != want || mail.header.Get("Next-After") != "5" {
		t.Errorf("mailbox after %s: %s", mail.header.Get("Next-After"), mail.entries())
	}
	reversal := mail.all("Ntry")[4]
	if reversal.text("RvslInd") != "true" || reversal.text("Prtry", "Ref") != one || reversal.text("Refs", "EndToEndId") != "payer-7" {
		t.Errorf("reversal: %+v", reversal)
	}
	if got := mail.all("Ntry")[1]; got.text("Ustrd") != "rent & more" || got.text("BookgDt") != "" || got.text("Refs", "EndToEndId") != "NOTPROVIDED" {
		t.Errorf("pending: %+v", got)
	}
	if got := k.fetch("/notifications/" + ours + "?after=4"); got.entries() != "DBIT 49.90 BOOK "+back {
		t.Errorf("after 4: %s", got.entries())
	}
	for _, name := range []string{one, "RF18539007547034", "payer-7", uetr(1)} {
		if got := k.moved(name); got != "credit 49.90, debit 49.90" {
			t.Errorf("%s moved %s", name, got)
		}
	}
	if got := k.balances()[ours]; got != "1049.90" {
		t.Errorf("balance %s", got)
	}
}

func TestMailboxPages(t *testing.T) {
	k := startBank(t, nil)
	for range 101 {
		k.credit("")
	}
	after, pages := "0", []int{}
	for {
		page := k.fetch("/notifications/" + ours + "?after=" + after)
		after = page.header.Get("Next-After")
		if page.status == 204 {
			break
		}
		pages = append(pages, len(page.all("Ntry")))
	}
	if fmt.Sprint(pages) != "[100 1]" || after != "101" {
		t.Errorf("pages of %v, read to %s", pages, after)
	}
}

func TestStatements(t *testing.T) {
	k := startBank(t, nil)
	now := k.clock()
	noon := time.Date(now.Year(), now.Month(), now.Day()+1, 12, 0, 0, 0, time.UTC) // far from another day
	k.advance(noon.Sub(now).String())
	today := k.today()
	k.credit("")
	k.send(initiation{endToEnd: "E1", amount: "200.00"}.String())
	k.send(passing{uetr: uetr(1), bearer: "DEBT"}.String())
	k.advance("5m")
	first := k.fetch("/statements/" + ours + "/" + today)
	if got := fmt.Sprint(balancesOf(first)); got != "[OPBD CRDT 1000.00 CLBD CRDT 849.90]" || len(first.all("Ntry")) != 2 || first.text("Ntry", "BookgDt", "Dt") != today {
		t.Errorf("today %s: %s", got, first.raw)
	}
	abroad := k.fetch("/statements/" + nostro + "/" + today)
	if got := fmt.Sprint(balancesOf(abroad)); got != "[OPBD CRDT 10000.00 CLBD CRDT 8983.00]" || len(abroad.all("Chrgs")) != 2 || abroad.text("Refs", "UETR") != uetr(1) {
		t.Errorf("abroad %s: %s", got, abroad.raw)
	}
	k.advance("24h")
	k.till("fund", `{"account":"`+ours+`","amount":"0.10","currency":"EUR"}`)
	k.strike("datetime_statement", 1)
	second := k.fetch("/statements/" + ours + "/" + k.today())
	if got := fmt.Sprint(balancesOf(second)); got != "[OPBD CRDT 849.90 CLBD CRDT 850.00]" || second.text("Ntry", "BkTxCd", "Prtry", "Cd") != "FUND" {
		t.Errorf("tomorrow %s: %s", got, second.raw)
	}
	if got := second.text("Ntry", "BookgDt", "DtTm"); !strings.HasPrefix(got, k.today()+"T") {
		t.Errorf("a moment instead of a day: %q", got)
	}
	if again := k.fetch("/statements/" + ours + "/" + today); fmt.Sprint(balancesOf(again)) != fmt.Sprint(balancesOf(first)) {
		t.Errorf("the first day is now %s", again.raw)
	}
	for path, want := range map[string]int{
		"/statements/" + ours + "/2020-01-01": 404, "/statements/" + ours + "/2999-01-01": 404, "/statements/none/" + today: 404,
		"/statements/" + ours + "/yesterday": 400, "/notifications/none": 404, "/notifications/" + ours + "?after=x": 400,
		"/notifications/" + ours + "?after=-1": 400, "/nothing": 404,
	} {
		if got := k.fetch(path); got.status != want {
			t.Errorf("%s answers %d", path, got.status)
		}
	}
}

func balancesOf(n node) []string {
	var list []string
	for _, b := range n.all("Bal") {
		list = append(list, b.text("CdOrPrtry", "Cd"), b.text("CdtDbtInd"), b.text("Amt"))
	}
	return list
}

// today is the date of the sandbox.
func (k *teller) today() string { return k.clock().Format(time.DateOnly) }

func (k *teller) clock() time.Time {
	k.t.Helper()
	var reading struct{ Now time.Time }
	k.control("GET", "/control/clock", "", &reading)
	return reading.Now
}

func TestAccountInTheRed(t *testing.T) {
	k := startBank(t, func(c *bank.Config) { c.Accounts[1].Opening = sum("20.00") })
	k.send(passing{uetr: uetr(1), amount: "20.00", bearer: "DEBT"}.String())
	k.advance("1h")
	if got := k.balances()[nostro]; got != "-17.00" {
		t.Errorf("balance %s", got)
	}
	statement := k.fetch("/statements/" + nostro + "/" + k.today())
	if got := balancesOf(statement); got[len(got)-2] != "DBIT" || got[len(got)-1] != "17.00" {
		t.Errorf("statement: %v", got)
	}
}

func TestRefusedHandiwork(t *testing.T) {
	k := startBank(t, nil)
	booked := k.credit("")
	k.till("reversals", fmt.Sprintf(`{"reference":%q}`, booked))
	waiting := k.credit(`,"status":"PDNG"`)
	for _, row := range []struct {
		path, body string
		want       int
	}{
		{"credits", `{"account":"none","amount":"1.00","currency":"EUR"}`, 404},
		{"credits", `{"account":"` + ours + `","amount":"1.00","currency":"USD"}`, 400},
		{"credits", `{"account":"` + ours + `","amount":"0.00","currency":"EUR"}`, 400},
		{"credits", `{"account":"` + ours + `","amount":"1.001","currency":"EUR"}`, 400},
		{"credits", `{"account":"` + ours + `","amount":"1.00","currency":"EUR","status":"MAYBE"}`, 400},
		{"credits", `{"account":"` + ours + `","amount":"1.00","currency":"EUR","uetr":"x"}`, 400},
		{"credits", `{"account":"` + ours + `","amount":"1.00","currency":"EUR","reference":"` + strings.Repeat("R", 36) + `"}`, 400},
		{"credits", `{"account":"` + ours + `","amount":"1.00","currency":"EUR","remittance":"` + strings.Repeat("R", 141) + `"}`, 400},
		{"credits", `{"acount":"` + ours + `"}`, 400},
		{"fund", `{"account":"none","amount":"1.00","currency":"EUR"}`, 404},
		{"fund", `{"account":"` + ours + `","amount":"0","currency":"EUR"}`, 400},
		{"repeats", `{"reference":"none"}`, 404},
		{"reversals", `{"reference":"none"}`, 404},
		{"reversals", fmt.Sprintf(`{"reference":%q}`, booked), 409},
		{"reversals", fmt.Sprintf(`{"reference":%q}`, waiting), 409},
	} {
		if status, body := k.call("POST", k.ready.Control+"/control/banks/"+testBank+"/"+row.path, row.body); status != row.want {
			t.Errorf("%s %s: %d %s, want %d", row.path, row.body, status, body, row.want)
		}
	}
	if status, _ := k.call("GET", k.ready.Control+"/control/banks/none/accounts", ""); status != 404 {
		t.Errorf("an unknown bank: %d", status)
	}
}

func TestSummaryOfABank(t *testing.T) {
	k := startBank(t, nil)
	k.credit("")
	k.send(initiation{endToEnd: "E1"}.String())
	k.send(initiation{endToEnd: "E2", simulate: "reject:AC04"}.String())
	k.send(passing{uetr: uetr(1), bearer: "DEBT", simulate: "returned:1m"}.String())
	k.send(recallOf(uetr(2), ""))
	k.advance("1h")
	type count struct {
		Count  int
		Amount map[string]string
	}
	var got struct {
		Banks map[string]struct {
			Credits, Debits, Charges, Returns count
			Rejected, Canceled                int
		}
	}
	k.control("GET", "/control/summary", "", &got)
	want := "{{1 map[EUR:49.90]} {2 map[CNY:1000.00 EUR:100.00]} {2 map[CNY:17.00]} {1 map[CNY:1000.00]} 1 1}"
	if sum := fmt.Sprint(got.Banks[testBank]); sum != want {
		t.Errorf("%s, want %s", sum, want)
	}
}
