package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// refused makes a request that is to be refused, and returns the code of the problem.
func (w *world) refused(path, key, body string) string {
	w.t.Helper()
	a, err := w.call(w.t.Context(), http.MethodPost, w.Gateway+path, w.Key, key, body)
	if err != nil || a.status < http.StatusBadRequest {
		w.t.Fatalf("POST %s: %d %v: %v", path, a.status, a.body, err)
	}
	return a.text("code")
}

// TestAutoTakesTheCheapestThatWorks offers three ways to pay 99.99 euros: USDC costs 0.5 %, a bank transfer 0.8 % on top, and a
// card 1.5 %.
func TestAutoTakesTheCheapestThatWorks(t *testing.T) {
	t.Parallel()
	w := startWith(t, railRules, tour.Options{})
	made := 0
	takes := func(when, method, status string) {
		t.Helper()
		made++
		p := w.pay(fmt.Sprint("auto-", made), `{"amount":{"value":"99.99","currency":"EUR"},"settlement_currency":"EUR","method":{"type":"auto",
			"card":{"token":"tok_visa"},"bank_transfer":{},"crypto":{"currency":"USDC","network":"`+network+`"}}}`)
		if p.text("status") != status {
			p = w.until(p.text("id"), status)
		}
		if p.text("method", "type") != method {
			t.Errorf("when %s, it is paid by %s, want %s: %v", when, p.text("method", "type"), method, p.body)
		}
	}
	takes("all work", "crypto", "requires_action")
	w.flag(chain, "open")
	takes("the chain is down", "bank_transfer", "requires_action")
	w.flag(bankAtHome, "open")
	takes("the bank is down as well", "card", "succeeded")
	w.flag(acme, "open")
	w.flag(globex, "open")
	takes("all are down", "crypto", "processing") // it waits: which comes back first nobody knows
	w.flag(bankAtHome, "close")
	takes("the bank is back", "bank_transfer", "requires_action")
	if n := w.moved("charge", 0); n != 1 {
		t.Errorf("%d charges for one payment by card", n)
	}
	w.audit()
}

// TestAFailedCardPaymentIsPaidByBank has a payer whose card is refused choose a bank transfer for the same payment.
func TestAFailedCardPaymentIsPaidByBank(t *testing.T) {
	t.Parallel()
	w := startWith(t, railRules, tour.Options{})
	p := w.pay("k1", `{"amount":{"value":"99.99","currency":"EUR"},"settlement_currency":"EUR","method":{"type":"card","card":{"token":"tok_insufficient_funds"}}}`)
	if p.text("status") != "failed" || p.text("last_error", "cause") != "balance" {
		t.Fatalf("by card: %v", p.body)
	}
	id := p.text("id")
	const byBank = `{"method":{"type":"bank_transfer"}}`
	p = w.insist(http.MethodPost, "/v1/payments/"+id+"/switch", "switch", byBank)
	reference, due := p.text("next_action", "bank_details", "reference"), p.text("next_action", "bank_details", "amount", "value")
	if p.status != http.StatusOK || p.text("id") != id || p.text("status") != "requires_action" || p.text("method", "type") != "bank_transfer" {
		t.Fatalf("switched: %d %v", p.status, p.body)
	}
	if due != "100.79" { // with the 0.8 % that only a bank transfer costs the payer
		t.Errorf("%s is due by bank", due)
	}
	if again := w.insist(http.MethodPost, "/v1/payments/"+id+"/switch", "switch", byBank); !again.replayed || again.text("next_action", "bank_details", "reference") != reference {
		t.Errorf("switched again with the same key: %v", again.body)
	}
	w.transfer(reference, due)
	p = w.until(id, "succeeded")
	if p.text("amount_received", "value") != due || w.moved("charge", 0) != 0 || w.booked(bankAtHome, "credit", reference) != 1 {
		t.Errorf("%s received, %d charges, %d credits", p.text("amount_received", "value"), w.moved("charge", 0), w.booked(bankAtHome, "credit", reference))
	}
	if times := w.credits(id, "nostro:"+bankAtHome+":EUR"); times != 1 {
		t.Errorf("credited %d times in the ledger", times)
	}
	w.audit()
}

// TestNoSwitchWhileMoneyMayHaveMoved: the acquirer takes the money, its answer is lost, and it cannot be asked either.
func TestNoSwitchWhileMoneyMayHaveMoved(t *testing.T) {
	t.Parallel()
	w := startWith(t, railRules, tour.Options{})
	const byBank = `{"method":{"type":"bank_transfer"}}`
	w.fault(acme, "inquiry:error_500")
	p := w.pay("k1", order("charged_but_500"))
	id := p.text("id")
	if p.text("status") != "processing" || p.text("exceptions", 0) != "outcome_unknown" || w.moved("charge", 0) != 1 {
		t.Fatalf("the answer is lost: %v", p.body)
	}
	if code := w.refused("/v1/payments/"+id+"/switch", "switch-1", byBank); code != "not_switchable" {
		t.Errorf("while the outcome is unknown: %s", code)
	}
	if got := w.insist(http.MethodGet, "/v1/payments/"+id, "", ""); got.text("method", "type") != "card" || got.text("next_action", "type") != "" {
		t.Errorf("after the refusal: %v", got.body)
	}
	w.calm(acme)
	w.until(id, "succeeded")
	if code := w.refused("/v1/payments/"+id+"/switch", "switch-2", byBank); code != "not_switchable" {
		t.Errorf("once it is paid: %s", code)
	}
	if n := w.moved("charge", 0); n != 1 {
		t.Errorf("%d charges in the acquirers' logs", n)
	}
	w.audit()
}

// TestADraftIsPaidOnceItIsConfirmed makes a payout that waits: nothing is set aside and nothing leaves until it is confirmed.
func TestADraftIsPaidOnceItIsConfirmed(t *testing.T) {
	t.Parallel()
	w := startWith(t, railRules, tour.Options{})
	w.Key = w.Payer
	w.earns("300.00")
	to := w.insist(http.MethodPost, "/v1/beneficiaries", "erika", `{"name":"Erika Mustermann","country":"DE","account":"DE89370400440532013000"}`).text("id")
	available := func() string { return fmt.Sprint(w.insist(http.MethodGet, "/v1/balances", "", "").body["data"]) }
	before := available()
	p := w.insist(http.MethodPost, "/v1/payouts", "draft", `{"draft":true,"amount":{"value":"50.00","currency":"EUR"},"source":{"currency":"EUR"},"beneficiary":"`+to+`"}`)
	path := "/v1/payouts/" + p.text("id")
	if p.status != http.StatusCreated || p.text("status") != "draft" || available() != before {
		t.Fatalf("a draft: %d %v; balances %s, were %s", p.status, p.body, available(), before)
	}
	if n := w.booked(bankAtHome, "debit", ""); n != 0 {
		t.Errorf("a draft left: %d debits", n)
	}

	confirmed := w.insist(http.MethodPost, path+"/confirm", "confirm", "")
	if confirmed.status >= http.StatusBadRequest || confirmed.text("status") == "draft" || available() == before {
		t.Fatalf("confirmed: %d %v", confirmed.status, confirmed.body)
	}
	if again := w.insist(http.MethodPost, path+"/confirm", "confirm", ""); !again.replayed || again.status != confirmed.status {
		t.Errorf("confirmed again with the same key: %d %v", again.status, again.body)
	}
	w.see(path, "paid")
	if code := w.refused(path+"/confirm", "confirm-2", ""); code != "not_waiting" {
		t.Errorf("confirmed once it is paid: %s", code)
	}
	if n := w.booked(bankAtHome, "debit", ""); n != 1 {
		t.Errorf("%d debits in the bank's log", n)
	}
	w.audit()
}
