package main

import (
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
)

func TestOrderIsBookedOnce(t *testing.T) {
	k := startBank(t, nil)
	order := initiation{endToEnd: "E1", amount: "250.00"}
	first := k.send(order.String())
	if !first.is("pain.002.001.10") || first.outcome() != "ACCP" || first.money("InstdAmt") != "250.00 EUR" ||
		first.text("OrgnlEndToEndId") != "E1" || first.text("OrgnlMsgId") != "ME1" || first.text("GrpSts") != "ACCP" {
		t.Errorf("accepted: %s", first.raw)
	}
	if got := k.balances()[ours]; got != "1000.00" {
		t.Errorf("debited before it was booked: %s", got)
	}
	k.advance("1m")
	booked := k.callback("camt.054", func(n node) bool { return n.is("camt.054.001.08") })
	if booked.money("Ntry", "Amt") != "250.00 EUR" || booked.text("Ntry", "CdtDbtInd") != "DBIT" || booked.text("Ntry", "Sts", "Cd") != "BOOK" ||
		booked.text("Refs", "EndToEndId") != "E1" || booked.text("Acct", "Id", "IBAN") != ours || booked.text("CdtrRefInf", "Ref") != "RF18539007547034" {
		t.Errorf("notification: %s", booked.raw)
	}
	again := order
	again.message = "OTHER" // another message, the same order
	for _, answer := range []node{
		k.callback("ACSC", func(n node) bool { return n.outcome() == "ACSC" }),
		k.send(again.String()), k.fetch("/payments/E1"),
	} {
		if answer.outcome() != "ACSC" || answer.text("AcctSvcrRef") != booked.text("Ntry", "AcctSvcrRef") {
			t.Errorf("afterwards: %s", answer.raw)
		}
	}
	order.amount = "251.00"
	if got := k.send(order.String()); got.outcome() != "RJCT AM05" {
		t.Errorf("another body: %s", got.raw)
	}
	if got := k.fetch("/payments/E1"); got.outcome() != "ACSC" || got.money("InstdAmt") != "250.00 EUR" {
		t.Errorf("the first order is now %s", got.raw)
	}
	if got := k.moved("E1"); got != "debit 250.00, reject 251.00" {
		t.Errorf("moved %s", got)
	}
	if got := k.balances()[ours]; got != "750.00" {
		t.Errorf("balance %s", got)
	}
	if got := k.fetch("/payments/E2"); got.status != 404 || !strings.Contains(got.raw, "not_found") {
		t.Errorf("never seen: %d %s", got.status, got.raw)
	}
}

func TestRefusedOrders(t *testing.T) {
	k := startBank(t, nil)
	for _, row := range []struct {
		order initiation
		want  string
	}{
		{initiation{endToEnd: "R1", creditor: "DE00500700100987654321"}, "RJCT AC01"},
		{initiation{endToEnd: "R2", currency: "USD"}, "RJCT AM03"},
		{initiation{endToEnd: "R3", amount: "1000.01"}, "RJCT AM04"},
		{initiation{endToEnd: "R4", amount: "1.001"}, "RJCT AM12"},
		{initiation{endToEnd: "R5", account: "DE98700202700000012345"}, "RJCT AC02"},
		{initiation{endToEnd: "R6", simulate: "reject:AC04"}, "RJCT AC04"},
		{initiation{endToEnd: "R7", simulate: "reject:RR04"}, "RJCT RR04"},
		{initiation{endToEnd: "R8", account: "NOSTRO-JPY", currency: "JPY", amount: "1.5"}, "RJCT AM12"},
	} {
		got := k.send(row.order.String())
		if got.outcome() != row.want {
			t.Errorf("%+v: %s, want %s", row.order, got.outcome(), row.want)
		}
		if again := k.send(row.order.String()); again.outcome() != row.want {
			t.Errorf("%+v again: %s", row.order, again.outcome())
		}
		if got := k.moved(row.order.endToEnd); !strings.HasPrefix(got, "reject") || strings.Contains(got, ",") {
			t.Errorf("%+v moved %s", row.order, got)
		}
	}
	k.send(initiation{endToEnd: "P1", amount: "600.00"}.String())
	if got := k.send(initiation{endToEnd: "P2", amount: "600.00"}.String()); got.outcome() != "RJCT AM04" {
		t.Errorf("promised twice: %s", got.outcome())
	}
	k.advance("1m")
	if got := k.balances()[ours]; got != "400.00" {
		t.Errorf("balance %s", got)
	}
}

func TestOrderBetweenOwnAccounts(t *testing.T) {
	k := startBank(t, func(c *bank.Config) {
		c.Accounts = append(c.Accounts, bank.Account{ID: theirs, Currency: "EUR", Opening: sum("0.00")})
	})
	k.send(initiation{endToEnd: "E1"}.String())
	k.advance("1m")
	if got := k.balances(); got[ours] != "900.00" || got[theirs] != "100.00" {
		t.Errorf("balances %v", got)
	}
	if got := k.moved("E1"); got != "debit 100.00, credit 100.00" {
		t.Errorf("moved %s", got)
	}
}

func TestCancelOrder(t *testing.T) {
	k := startBank(t, nil)
	k.send(initiation{endToEnd: "E1"}.String())
	for range 2 {
		if got := k.send(cancelOrder("E1", "")); !got.is("camt.029.001.09") || got.resolved() != "CNCL" || got.text("TxCxlSts") != "ACCR" {
			t.Errorf("in time: %s", got.raw)
		}
	}
	k.send(initiation{endToEnd: "E2"}.String())
	k.advance("1m")
	if got := k.fetch("/payments/E1"); got.outcome() != "RJCT DS02" {
		t.Errorf("canceled: %s", got.outcome())
	}
	if got := k.send(cancelOrder("E2", "")); got.resolved() != "RJCR PTNA" {
		t.Errorf("too late: %s", got.resolved())
	}
	if got := k.send(cancelOrder("E3", "")); got.resolved() != "CNCL" {
		t.Errorf("never seen: %s", got.resolved())
	}
	if got := k.fetch("/payments/E3"); got.outcome() != "RJCT DS02" {
		t.Errorf("fenced: %s", got.raw)
	}
	for range 2 {
		if got := k.send(initiation{endToEnd: "E3"}.String()); got.outcome() != "RJCT DS02" || got.money("InstdAmt") != "100.00 EUR" {
			t.Errorf("after the fence: %s", got.raw)
		}
	}
	k.send(initiation{endToEnd: "E4", simulate: "reject:AC04"}.String())
	if got := k.send(cancelOrder("E4", "")); got.resolved() != "RJCR NARR" {
		t.Errorf("rejected before: %s", got.resolved())
	}
	k.advance("1h")
	if got := k.balances()[ours]; got != "900.00" {
		t.Errorf("balance %s", got)
	}
	if got := k.moved("E3"); got != "cancel, reject 100.00" {
		t.Errorf("the fence moved %s", got)
	}
}

func TestCancelWithoutFence(t *testing.T) {
	k := startBank(t, func(c *bank.Config) { c.Fence = false })
	if got := k.send(cancelOrder("E1", "")); got.resolved() != "RJCR NOOR" {
		t.Errorf("never seen: %s", got.resolved())
	}
	if got := k.send(recallOf(uetr(1), "")); got.resolved() != "RJCR NOOR" {
		t.Errorf("never seen: %s", got.resolved())
	}
	if got := k.send(initiation{endToEnd: "E1"}.String()); got.outcome() != "ACCP" {
		t.Errorf("afterwards: %s", got.outcome())
	}
}
