package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The banks of the world, and the house's account at the one at home.
const (
	bankAtHome = "bank.sandbox-eur"
	bankAbroad = "xb.sandbox"
	bankBeside = "xb.second" // the second of those that pay out to China
	houseIBAN  = "DE75512108001245126199"
)

// awaitTransfer makes a payment of 99.99 euros by bank transfer, and returns it with the reference that the payer is to give.
func (w *world) awaitTransfer(key string) (id, reference string) {
	w.t.Helper()
	p := w.insist(http.MethodPost, "/v1/payments", key,
		`{"amount":{"value":"99.99","currency":"EUR"},"settlement_currency":"EUR","method":{"type":"bank_transfer"}}`)
	if p.text("status") != "requires_action" {
		p = w.until(p.text("id"), "requires_action")
	}
	return p.text("id"), p.text("next_action", "bank_details", "reference")
}

// transfer has a payer transfer so many euros, and returns the bank's own reference of the credit.
func (w *world) transfer(reference, amount string) string {
	w.t.Helper()
	return w.control(http.MethodPost, "/control/banks/"+bankAtHome+"/credits", `{"account":"`+houseIBAN+`","amount":"`+amount+`","currency":"EUR",
		"reference":"`+reference+`","debtor":{"name":"Jana Novak","iban":"DE89370400440532013000"}}`).text("acct_svcr_ref")
}

// repeat has the bank report a credit once more, in another message.
func (w *world) repeat(credit string) {
	w.t.Helper()
	w.control(http.MethodPost, "/control/banks/"+bankAtHome+"/repeats", `{"reference":"`+credit+`"}`)
}

// booked counts the movements of a kind in a bank's own log: those under a reference, or all.
func (w *world) booked(bank, kind, reference string) int {
	w.t.Helper()
	query := url.Values{"kind": {kind}, "reference": {reference}}
	movements, _ := w.control(http.MethodGet, "/control/banks/"+bank+"/movements?"+query.Encode(), "").body["movements"].([]any)
	return len(movements)
}

// reports tells what the bank answers to a question for what is new, when that is about a reference.
func reports(reference string) func(message) bool {
	return func(m message) bool {
		return strings.Contains(m.path, "/notifications/") && strings.Contains(m.answer, reference)
	}
}

// readAll waits until the gateway has read and kept all that the bank has to report.
func (g *gate) readAll() {
	g.t.Helper()
	g.stop(heard, func(m message) bool {
		return strings.Contains(m.path, "/notifications/"+houseIBAN) && m.status == http.StatusNoContent
	})
	g.await()
}

// creditedOnce checks a payment against the bank's log and the ledger.
func (w *world) creditedOnce(when, id, reference string) {
	w.t.Helper()
	p := w.until(id, "succeeded")
	if got := p.text("amount_received", "value"); got != "99.99" || p.text("exceptions", 0) != "" {
		w.t.Errorf("%s: %s EUR are received, %v", when, got, p.body["exceptions"])
	}
	if times := w.booked(bankAtHome, "credit", reference); times != 1 {
		w.t.Errorf("%s: the bank's log has %d credits", when, times)
	}
	if times := w.credits(id, "nostro:"+bankAtHome+":EUR"); times != 1 {
		w.t.Errorf("%s: credited %d times in the ledger", when, times)
	}
}

// TestKilledBetweenABanksReportAndItsBooking kills the gateway after the bank told it of a credit, before, while and after it
// writes that down.
func TestKilledBetweenABanksReportAndItsBooking(t *testing.T) {
	t.Parallel()
	w, g := startBehind(t)
	type row struct {
		when string
		kill func()
	}
	rows := []row{{"the report is on its way", g.kill}, {"the report is read, and cannot be booked", g.killMute}}
	for _, later := range []time.Duration{0, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond} {
		rows = append(rows, row{fmt.Sprintf("the report was read %s ago", later), func() { g.killReader(later) }})
	}
	for i, row := range rows {
		id, reference := w.awaitTransfer(fmt.Sprint("transfer-", i))
		g.stop(answered, reports(reference))
		w.transfer(reference, "99.99")
		g.await()
		row.kill()
		w.again()
		w.creditedOnce("killed when "+row.when, id, reference)
		t.Logf("killed when %s: credited once", row.when)
	}
	w.audit()
}

// TestATransferReportedTwiceIsCreditedOnce has the bank report one credit again and again: before it is booked, after, and to
// a gateway that is killed on reading that.
func TestATransferReportedTwiceIsCreditedOnce(t *testing.T) {
	t.Parallel()
	w, g := startBehind(t)
	id, reference := w.awaitTransfer("transfer")
	w.KillGateway()
	credit := w.transfer(reference, "99.99")
	w.repeat(credit)
	w.again()
	g.readAll()
	w.creditedOnce("reported twice before the gateway looked", id, reference)

	g.stop(heard, reports(reference))
	w.repeat(credit)
	g.await()
	g.readAll()
	w.creditedOnce("reported once more after it was booked", id, reference)

	g.stop(answered, reports(reference))
	w.repeat(credit)
	g.await()
	g.killReader(0)
	w.again()
	g.readAll()
	w.creditedOnce("killed on reading it once more", id, reference)
	w.audit()
}

var uetrOf = regexp.MustCompile(`<UETR>([0-9a-f-]{36})</UETR>`)

// TestKilledBetweenAPacs008AndItsAnswer kills the gateway on both sides of the moment at which the bank accepts a payout abroad.
func TestKilledBetweenAPacs008AndItsAnswer(t *testing.T) {
	t.Parallel()
	w, g := startBehind(t)
	w.Key = w.Payer
	w.until(w.pay("funds", `{"amount":{"value":"900.00","currency":"EUR"},"settlement_currency":"EUR","method":{"type":"card","card":{"token":"tok_visa"}}}`).text("id"), "succeeded")
	to := w.insist(http.MethodPost, "/v1/beneficiaries", "li-wei", `{"name":"Li Wei","country":"CN","account":"6222021234567890123","bic":"ICBKCNBJXXX",
		"town":"Beijing","street":"Fuxingmen 55","purpose":"GDDS"}`).text("id")
	body := `{"amount":{"value":"800.00","currency":"CNY"},"fix":"target","source":{"currency":"EUR"},"beneficiary":"` + to +
		`","charge_bearer":"SHAR","reference":"invoice 18"}`
	rows := []struct {
		when string
		side side
		at   int // debits of the bank by then
		kill func()
	}{
		{"the order is on its way", sent, 0, g.kill},
		{"the bank has accepted", answered, 1, g.kill},
		{"the answer is read, and cannot be stored", answered, 1, g.killMute},
		{"the answer is read", answered, 1, func() { g.killReader(0) }},
	}
	for i, row := range rows {
		key := fmt.Sprint("abroad-", i)
		g.stop(row.side, asks("/iso20022", "FIToFICstmrCdtTrf"))
		w.lose("/v1/payouts", key, body)
		sentAs := uetrOf.FindStringSubmatch(g.await().body)
		if len(sentAs) != 2 {
			t.Fatal("the order has no UETR")
		}
		if debits := w.booked(bankAbroad, "debit", sentAs[1]); debits != row.at {
			t.Errorf("when %s the bank's log has %d debits", row.when, debits)
		}
		row.kill()
		w.again()
		p := w.see("/v1/payouts/"+w.insist(http.MethodPost, "/v1/payouts", key, body).text("id"), "paid")
		if p.text("uetr") != sentAs[1] {
			t.Errorf("killed when %s: the payout's UETR is %s, and was %s", row.when, p.text("uetr"), sentAs[1])
		}
		if debits, all := w.booked(bankAbroad, "debit", sentAs[1]), w.booked(bankAbroad, "debit", ""); debits != 1 || all != i+1 {
			t.Errorf("killed when %s: the bank's log has %d debits under %s, and %d of %d payouts", row.when, debits, sentAs[1], all, i+1)
		}
		t.Logf("killed when %s: paid once, as %s", row.when, sentAs[1])
	}
	w.audit()
}
