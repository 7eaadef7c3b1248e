package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
)

func TestAcquirerFlag(t *testing.T) {
	got, err := parseAcquirers([]string{
		"name=card.a,listen=127.0.0.1:9999,secret=a=b,callback=http://127.0.0.1:1/x,callback_secret=whsec_YQ==,replay=false",
		"name=card.b,secret=s,fence=false",
	})
	want := []acquirer.Config{
		{
			Config: channel.Config{
				Name: "card.a", Listen: "127.0.0.1:9999", Secret: "a=b", CallbackURL: "http://127.0.0.1:1/x", CallbackSecret: "whsec_YQ==",
			},
			Fence: true,
		},
		{Config: channel.Config{Name: "card.b", Listen: "127.0.0.1:0", Secret: "s"}, Replay: true},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBadAcquirerFlagsAreAllNamed(t *testing.T) {
	_, err := parseAcquirers([]string{
		"listen=x,colour=red,replay=perhaps,fence=perhaps,callback=ftp://x,callback_secret=plain",
		"name=card.a,secret=s",
		"name=card.a,secret=s",
		"",
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, fault := range []string{
		"name is missing", "secret is missing", `unknown key "colour"`, "replay must be", "fence must be",
		"callback must be", "callback_secret must be", "card.a: the name is used twice",
	} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%v does not say %q", err, fault)
		}
	}
}

func TestStandardWorld(t *testing.T) {
	got, err := parseAcquirers(standardAcquirers)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range []struct{ name, listen string }{{acme, "127.0.0.1:9101"}, {globex, "127.0.0.1:9102"}} {
		c := got[i]
		if c.Name != want.name || c.Listen != want.listen || c.CallbackURL != "http://127.0.0.1:8080/callbacks/"+want.name || !c.Replay || !c.Fence {
			t.Errorf("acquirer %d is %+v", i, c)
		}
	}
}

func TestBankFlag(t *testing.T) {
	got, err := parseBanks([]string{
		"name=bank.a,listen=127.0.0.1:9999,secret=s,callback=http://127.0.0.1:1/x,callback_secret=whsec_YQ==,bic=CSWYDEFFXXX," +
			"account=DE75512108001245126199/EUR/1000000.00;NOSTRO/CNY/0,fence=false,cutoff=16:00,settle=1s," +
			"correspondents=CSWYSGSG/12.00/2s;CSWYHKHHXXX/5",
		"name=bank.b,secret=s,bic=CSWYDEFF,account=1/EUR/1",
	})
	want := []bank.Config{
		{
			Config: channel.Config{
				Name: "bank.a", Listen: "127.0.0.1:9999", Secret: "s", CallbackURL: "http://127.0.0.1:1/x", CallbackSecret: "whsec_YQ==",
			},
			BIC: "CSWYDEFFXXX", Cutoff: "16:00", Settle: time.Second,
			Accounts: []bank.Account{
				{ID: "DE75512108001245126199", Currency: "EUR", Opening: sum("1000000.00")}, {ID: "NOSTRO", Currency: "CNY", Opening: sum("0")},
			},
			Correspondents: []bank.Correspondent{
				{BIC: "CSWYSGSG", Charge: sum("12.00"), Delay: 2 * time.Second}, {BIC: "CSWYHKHHXXX", Charge: sum("5"), Delay: time.Second},
			},
		},
		{
			Config: channel.Config{Name: "bank.b", Listen: "127.0.0.1:0", Secret: "s"}, BIC: "CSWYDEFF", Fence: true, Settle: bank.SettleDefault,
			Accounts: []bank.Account{{ID: "1", Currency: "EUR", Opening: sum("1")}},
		},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBadBankFlagsAreAllNamed(t *testing.T) {
	_, err := parseBanks([]string{
		"listen=x,colour=red,fence=perhaps,callback=ftp://x,callback_secret=plain,cutoff=4pm,settle=soon,bic=short",
		"name=a,secret=s,bic=CSWYDEFF,account=1/EUR",
		"name=b,secret=s,bic=CSWYDEFF,account=1/EUR/x",
		"name=c,secret=s,bic=CSWYDEFF,account=1/eur/1;2/EUR/1;2/EUR/1",
		"name=d,secret=s,bic=CSWYDEFF,account=1/EUR/1,correspondents=X/1",
		"name=d,secret=s,bic=CSWYDEFF,account=1/EUR/1,correspondents=CSWYSGSG",
		"name=d,secret=s,bic=CSWYDEFF,account=1/EUR/1,correspondents=CSWYSGSG/1/0s",
		"name=d,secret=s,bic=CSWYDEFF,account=1/EUR/1,correspondents=CSWYSGSG/x",
		"name=d,secret=s,bic=CSWYDEFF,account=1/EUR/1,settle=0s,correspondents=CSWYSGSG/1/1s;CSWYSGSG/1/1s;CSWYSGSG/1/1s;CSWYSGSG/1/1s",
		"name=e,secret=s,bic=CSWYDEFF,account=1/EUR/1",
		"name=e,secret=s,bic=CSWYDEFF,account=1/EUR/1",
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, fault := range []string{
		"name is missing", "secret is missing", `unknown key "colour"`, "fence must be", "callback must be", "callback_secret must be",
		"cut-off", "settle must be a duration", "bic must be", "account is missing", "number/currency/balance", "the balance is",
		`account "1" needs`, "account 2 is there twice", `correspondent "X" is no BIC`, "BIC/charge", "the delay must be", "the charge is",
		"settle must be more", "more than 3 correspondents", "--bank e: the name is used twice",
	} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%v does not say %q", err, fault)
		}
	}
}

func TestStandardBanks(t *testing.T) {
	got, err := parseBanks(standardBanks)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range []struct{ name, listen, currencies string }{
		{"bank.sandbox-eur", "127.0.0.1:9201", "EUR"}, {"xb.sandbox", "127.0.0.1:9202", "CNY USD GBP EUR"},
	} {
		c := got[i]
		var currencies []string
		for _, a := range c.Accounts {
			currencies = append(currencies, a.Currency)
		}
		if c.Name != want.name || c.Listen != want.listen || c.CallbackURL != "http://127.0.0.1:8080/callbacks/"+want.name || !c.Fence ||
			strings.Join(currencies, " ") != want.currencies {
			t.Errorf("bank %d is %+v", i, c)
		}
	}
}

func TestNamingAPeerLeavesTheStandardOnesOut(t *testing.T) {
	for _, row := range []struct {
		named                    string
		acquirers, banks, chains int
	}{{"", 2, 2, 1}, {"acquirer", 2, 0, 0}, {"bank", 0, 2, 0}, {"chain", 0, 0, 1}, {"acquirer bank", 2, 2, 0}} {
		var c config
		named := func(flag string) bool { return slices.Contains(strings.Fields(row.named), flag) }
		if err := c.peers(standardAcquirers, standardBanks, standardChains, named); err != nil {
			t.Fatal(err)
		}
		if len(c.acquirers) != row.acquirers || len(c.banks) != row.banks || len(c.chains) != row.chains {
			t.Errorf("%+v: %d acquirers, %d banks, %d chains", row, len(c.acquirers), len(c.banks), len(c.chains))
		}
	}
}
