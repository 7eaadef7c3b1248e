package main

import (
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
)

func TestEntriesAsASheet(t *testing.T) {
	var out strings.Builder
	paid := money.Must("49.90", "EUR")
	entries := []ledger.Entry{{ID: "att_1:captured", Postings: []ledger.Posting{
		{Account: "channel:card.acme-eu:receivable", Amount: paid}, {Account: "merchant:m_1:pending", Amount: paid.Neg()},
	}}}
	if err := entriesSheet(&out, entries); err != nil {
		t.Fatal(err)
	}
	want := "\"entry\",\"account\",\"amount\",\"asset\"\r\n" +
		"\"att_1:captured\",\"channel:card.acme-eu:receivable\",49.90,\"EUR\"\r\n" +
		"\"att_1:captured\",\"merchant:m_1:pending\",-49.90,\"EUR\"\r\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}
