package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
)

func TestTransferTravels(t *testing.T) {
	k := startBank(t, nil)
	first := k.send(passing{uetr: uetr(1)}.String())
	if !first.is("pacs.002.001.10") || first.outcome() != "ACSP G000" || first.text("OrgnlUETR") != uetr(1) ||
		first.money("OrgnlTxRef", "IntrBkSttlmAmt") != "1000.00 CNY" || first.text("AppHdr", "To", "FIId", "FinInstnId", "BICFI") != "CAUSDEFFXXX" {
		t.Errorf("accepted: %s", first.raw)
	}
	if got := k.balances()[nostro]; got != "9000.00" {
		t.Errorf("not debited at once: %s", got)
	}
	debit := k.callback("camt.054", func(n node) bool { return n.is("camt.054.001.08") })
	if debit.text("Refs", "UETR") != uetr(1) || debit.text("CdtDbtInd") != "DBIT" || debit.text("Acct", "Id", "Othr", "Id") != nostro ||
		debit.text("Refs", "EndToEndId") != "E00000001" {
		t.Errorf("notification: %s", debit.raw)
	}
	k.advance("1m")
	if got := k.track(uetr(1)); got.Status != "ACSP" || len(got.Charges) != 1 || got.Charges[0].Agent != "CSWYSGSGXXX" || got.Credited != nil {
		t.Errorf("after one step: %+v", got)
	}
	k.advance("2m")
	got := k.track(uetr(1))
	if got.Status != "ACCC" || got.Reason != "" || got.Credited.Amount != "983.00" || got.Instructed.Amount != "1000.00" || got.Credited.Currency != "CNY" {
		t.Errorf("arrived: %+v", got)
	}
	var way []string
	for _, u := range got.Updates {
		way = append(way, strings.TrimSpace(u.Agent+" "+u.Status+" "+u.Reason))
	}
	if want := "CSWYDEFFXXX ACSP G000, CSWYSGSGXXX ACSP G000, CSWYHKHHXXX ACSP G000, ICBKCNBJXXX ACCC"; strings.Join(way, ", ") != want {
		t.Errorf("way: %v", way)
	}
	for _, answer := range []node{
		k.callback("ACCC", func(n node) bool { return n.outcome() == "ACCC" }), k.send(statusOf(uetr(1))), k.send(passing{uetr: uetr(1), message: "M2"}.String()),
	} {
		if answer.outcome() != "ACCC" || len(answer.all("ChrgsInf")) != 2 || answer.money("ChrgsInf", "Amt") != "12.00 CNY" {
			t.Errorf("afterwards: %s", answer.raw)
		}
	}
	if got := k.send(passing{uetr: uetr(1), amount: "1000.01"}.String()); got.outcome() != "RJCT AM05" {
		t.Errorf("another body: %s", got.outcome())
	}
	if got := k.moved(uetr(1)); got != "debit 1000.00, reject 1000.01" {
		t.Errorf("moved %s", got)
	}
	if got := k.moved("E00000001"); got != "debit 1000.00, reject 1000.01" {
		t.Errorf("by its end-to-end id moved %s", got)
	}
	if got := k.balances()[nostro]; got != "9000.00" {
		t.Errorf("balance %s", got)
	}
	if a, b := k.fetch("/tracker/"+uetr(9)), k.send(statusOf(uetr(9))); a.status != 404 || b.status != 404 {
		t.Errorf("never seen: %d and %d", a.status, b.status)
	}
}

func TestSenderPaysTheCharges(t *testing.T) {
	k := startBank(t, nil)
	k.send(passing{uetr: uetr(1), bearer: "DEBT", account: nostro}.String())
	k.advance("1h")
	if got := k.track(uetr(1)); got.Status != "ACCC" || got.Credited.Amount != "1000.00" || len(got.Charges) != 0 {
		t.Errorf("arrived: %+v", got)
	}
	if got := k.moved(uetr(1)); got != "debit 1000.00, charge 12.00, charge 5.00" {
		t.Errorf("moved %s", got)
	}
	if got := k.balances()[nostro]; got != "8983.00" {
		t.Errorf("balance %s", got)
	}
	billed := k.callback("charge", func(n node) bool { return n.text("BkTxCd", "Prtry", "Cd") == "CHARGE" })
	if billed.text("CdtDbtInd") != "DBIT" || billed.money("Chrgs", "TtlChrgsAndTaxAmt") == "" || billed.text("Chrgs", "Rcrd", "Br") != "DEBT" ||
		billed.text("Refs", "UETR") != uetr(1) {
		t.Errorf("charges advice: %s", billed.raw)
	}
}

func TestRefusedTransfers(t *testing.T) {
	k := startBank(t, nil)
	for i, row := range []struct {
		transfer passing
		want     string
	}{
		{passing{creditor: "DE00500700100987654321"}, "RJCT AC01"},
		{passing{currency: "USD"}, "RJCT AM03"},
		{passing{currency: "USD", account: nostro}, "RJCT AM03"},
		{passing{account: "NOSTRO-XXX"}, "RJCT AC02"},
		{passing{amount: "10000.01"}, "RJCT AM04"},
		{passing{simulate: "reject:RR04"}, "RJCT RR04"},
		{passing{simulate: "timeout_then_decline"}, ""},
	} {
		row.transfer.uetr = uetr(i)
		limit := patience
		if row.want == "" {
			limit = brief
		}
		got := k.sendWithin(limit, row.transfer.String())
		if got.outcome() != row.want {
			t.Errorf("%+v: %s, want %s", row.transfer, got.outcome(), row.want)
		}
		if got := k.track(uetr(i)); got.Status != "RJCT" {
			t.Errorf("%+v: tracked %+v", row.transfer, got)
		}
		if got := k.moved(uetr(i)); !strings.HasPrefix(got, "reject") || strings.Contains(got, ",") {
			t.Errorf("%+v moved %s", row.transfer, got)
		}
	}
	k.send(passing{uetr: uetr(20), amount: "12.00"}.String())
	k.advance("1h")
	if got := k.track(uetr(20)); got.Status != "RJCT" || got.Reason != "AM06" {
		t.Errorf("nothing left after the charges: %+v", got)
	}
	if got := k.balances()[nostro]; got != "10000.00" {
		t.Errorf("balance %s", got)
	}
}

func TestRejectedOnItsWay(t *testing.T) {
	for at, agent := range []string{1: "CSWYSGSGXXX", 2: "CSWYHKHHXXX", 3: "ICBKCNBJXXX"} {
		if agent == "" {
			continue
		}
		k := startBank(t, nil)
		if got := k.send(passing{uetr: uetr(1), simulate: fmt.Sprintf("reject_at:%d:AC04", at)}.String()); got.outcome() != "ACSP G000" {
			t.Errorf("%s: at first %s", agent, got.outcome())
		}
		k.advance("1h")
		said := k.callback("RJCT", func(n node) bool { return n.text("TxSts") == "RJCT" })
		if said.outcome() != "RJCT AC04" || said.text("TxInfAndSts", "InstgAgt", "FinInstnId", "BICFI") != agent || len(said.all("ChrgsInf")) != 0 {
			t.Errorf("%s: %s", agent, said.raw)
		}
		back := k.callback("credit", func(n node) bool { return n.text("CdtDbtInd") == "CRDT" })
		if back.money("Ntry", "Amt") != "1000.00 CNY" || back.text("RtrInf", "Rsn", "Cd") != "AC04" || back.text("Refs", "UETR") != uetr(1) {
			t.Errorf("%s: %s", agent, back.raw)
		}
		if got := k.moved(uetr(1)); got != "debit 1000.00, reject 1000.00, return 1000.00" {
			t.Errorf("%s: moved %s", agent, got)
		}
		if got := k.balances()[nostro]; got != "10000.00" {
			t.Errorf("%s: balance %s", agent, got)
		}
	}
}

func TestRejectedBeforeItIsBooked(t *testing.T) {
	k := startBank(t, nil)
	if got := k.send(passing{uetr: uetr(1), simulate: "reject_unbooked:RR04"}.String()); got.outcome() != "ACSP G000" {
		t.Errorf("at first %s", got.outcome())
	}
	k.advance("1h")
	k.callback("RJCT", func(n node) bool { return n.outcome() == "RJCT RR04" })
	if got := k.moved(uetr(1)); got != "reject 1000.00" {
		t.Errorf("moved %s", got)
	}
	if got := k.balances()[nostro]; got != "10000.00" {
		t.Errorf("balance %s", got)
	}
}

func TestReturnedForAReason(t *testing.T) {
	k := startBank(t, nil)
	k.send(passing{uetr: uetr(1), simulate: "returned:1h:980.00:BE08"}.String())
	k.advance("2h")
	back := k.callback("pacs.004", func(n node) bool { return n.is("pacs.004.001.09") })
	if back.money("TxInf", "RtrdIntrBkSttlmAmt") != "980.00 CNY" || back.text("RtrRsnInf", "Rsn", "Cd") != "BE08" {
		t.Errorf("%s", back.raw)
	}
	credit := k.callback("credit", func(n node) bool { return n.text("CdtDbtInd") == "CRDT" })
	if credit.text("RtrInf", "Rsn", "Cd") != "BE08" {
		t.Errorf("%s", credit.raw)
	}
}

func TestReturned(t *testing.T) {
	for simulate, want := range map[string]string{"returned:48h": "983.00", "returned:48h:980.00": "980.00", "returned:48h:2000.00": "983.00"} {
		k := startBank(t, nil)
		k.send(passing{uetr: uetr(1), simulate: simulate}.String())
		k.advance("47h")
		if got := k.track(uetr(1)); got.Status != "ACCC" || got.Returned != nil {
			t.Errorf("%s: too early %+v", simulate, got)
		}
		k.advance("2h")
		back := k.callback("pacs.004", func(n node) bool { return n.is("pacs.004.001.09") })
		if back.money("TxInf", "RtrdIntrBkSttlmAmt") != want+" CNY" || back.text("TxInf", "OrgnlUETR") != uetr(1) ||
			back.money("TxInf", "OrgnlIntrBkSttlmAmt") != "1000.00 CNY" || back.text("RtrRsnInf", "Rsn", "Cd") != "AC04" ||
			(want == "980.00") != (back.money("TxInf", "ChrgsInf", "Amt") == "3.00 CNY") {
			t.Errorf("%s: %s", simulate, back.raw)
		}
		if got := k.track(uetr(1)); got.Status != "ACCC" || got.Returned.Amount != want {
			t.Errorf("%s: %+v", simulate, got)
		}
		if got := k.moved(uetr(1)); got != "debit 1000.00, return "+want {
			t.Errorf("%s: moved %s", simulate, got)
		}
		k.balances()
	}
}

func TestHeldAndCovered(t *testing.T) {
	k := startBank(t, nil)
	if got := k.send(passing{uetr: uetr(1), simulate: "held"}.String()); got.outcome() != "ACSP G002" {
		t.Errorf("held: %s", got.outcome())
	}
	if got := k.send(passing{uetr: uetr(2), simulate: "cover"}.String()); got.outcome() != "ACSP G004" {
		t.Errorf("uncovered: %s", got.outcome())
	}
	if got := k.send(initiation{endToEnd: "E1", simulate: "held"}.String()); got.outcome() != "PDNG" {
		t.Errorf("held order: %s", got.outcome())
	}
	k.advance("5s")
	if got := k.track(uetr(2)); got.Reason != "G004" {
		t.Errorf("covered too early: %+v", got)
	}
	k.advance("10m")
	if got := k.track(uetr(2)); got.Status != "ACCC" {
		t.Errorf("covered: %+v", got)
	}
	if got := k.track(uetr(1)); got.Status != "ACSP" || got.Reason != "G002" {
		t.Errorf("still held: %+v", got)
	}
	for _, reference := range []string{uetr(1), "E1"} {
		k.till("release", fmt.Sprintf(`{"reference":%q}`, reference))
		if status, _ := k.call("POST", k.ready.Control+"/control/banks/"+testBank+"/release", fmt.Sprintf(`{"reference":%q}`, reference)); status != 404 {
			t.Errorf("released twice: %d", status)
		}
	}
	if got := k.track(uetr(1)); got.Reason != "G000" {
		t.Errorf("released: %+v", got)
	}
	k.advance("5m")
	if got := k.track(uetr(1)); got.Status != "ACCC" {
		t.Errorf("arrived: %+v", got)
	}
	if got := k.fetch("/payments/E1"); got.outcome() != "ACSC" {
		t.Errorf("released order: %s", got.outcome())
	}
}

func TestAcceptedSlowly(t *testing.T) {
	k := startBank(t, nil)
	if got := k.send(passing{uetr: uetr(1), simulate: "accepted_slowly:1h"}.String()); got.outcome() != "ACTC" {
		t.Errorf("transfer: %s", got.outcome())
	}
	if got := k.send(initiation{endToEnd: "E1", simulate: "accepted_slowly:1h"}.String()); got.outcome() != "ACTC" {
		t.Errorf("order: %s", got.outcome())
	}
	k.advance("59m")
	if got := k.balances(); got[ours] != "1000.00" || got[nostro] != "10000.00" {
		t.Errorf("too early: %v", got)
	}
	k.advance("2m")
	if got := k.balances(); got[ours] != "900.00" || got[nostro] != "9000.00" {
		t.Errorf("afterwards: %v", got)
	}
	k.send(initiation{endToEnd: "E2", amount: "800.00", simulate: "accepted_slowly:1h"}.String())
	k.send(initiation{endToEnd: "E3", amount: "800.00"}.String())
	k.advance("2h")
	if got := k.fetch("/payments/E2"); got.outcome() != "RJCT AM04" {
		t.Errorf("overtaken: %s", got.outcome())
	}
}

func TestNoCorrespondent(t *testing.T) {
	k := startBank(t, func(c *bank.Config) { c.Correspondents = nil })
	k.send(passing{uetr: uetr(1)}.String())
	k.advance("1m")
	if got := k.track(uetr(1)); got.Status != "ACCC" || got.Credited.Amount != "1000.00" {
		t.Errorf("arrived: %+v", got)
	}
}
