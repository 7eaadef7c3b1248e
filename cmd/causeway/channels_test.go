package main

import (
	"testing"

	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// TestTheExampleOpens builds every channel of the example configuration.
func TestTheExampleOpens(t *testing.T) {
	const signing = "whsec_c2FuZGJveC1hY21lLWV1LWNhbGxiYWNrLXNlY3JldA=="
	c, err := config.Load("../../causeway.example.yaml", []string{
		"ACME_SECRET=a", "ACME_CALLBACK_SECRET=" + signing, "BANK_SECRET=b", "BANK_CALLBACK_SECRET=" + signing,
		"XB_SECRET=x", "XB_CALLBACK_SECRET=" + signing,
	})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := channels(c.Channels)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]payment.MethodType{
		"card.acme-eu": payment.MethodCard, "bank.sandbox-eur": payment.MethodBankTransfer, "xb.sandbox": payment.MethodCrossBorder,
	}
	for _, each := range opened {
		if each.Method != want[each.Name] {
			t.Errorf("%s serves %s", each.Name, each.Method)
		}
		_, watches := each.Rail.(rails.Watcher)
		if can := each.Rail.Capabilities(); each.Method != payment.MethodCard && (!can.Payout || !watches || each.Home != "DE" || len(each.Corridors) == 0) {
			t.Errorf("%s: %+v, watches %t, from %s to %v", each.Name, can, watches, each.Home, each.Corridors)
		}
		delete(want, each.Name)
	}
	if len(want) > 0 {
		t.Errorf("not opened: %v", want)
	}
	c.Channels[1].Account = "DE75512108001245126190"
	if _, err := channels(c.Channels); err == nil {
		t.Error("an IBAN with a typing error was taken")
	}
}
