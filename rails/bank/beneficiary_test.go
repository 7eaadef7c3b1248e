package bank_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

func TestConfigNamesEveryFault(t *testing.T) {
	c := config("ftp://x")
	c.Name, c.Secret, c.BIC, c.Holder, c.Poll, c.Cutoff, c.Calendar = "", "two words", "DE", "", 0, "16:00", "ecb"
	c.Accounts = []banklink.Account{{Currency: "EUR", Number: "DE00"}, {Currency: "EUR", Number: "DE00"}, {Currency: "XQX"}}
	err := c.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, fault := range []string{"name is", "url must", "secret must", "bic:", "holder:", "poll:", "cutoff:", "has one account", "IBAN", "1 to 34"} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%q does not say %q", err, fault)
		}
	}
	c = config("http://bank.example")
	c.Calendar = "mars"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "calendar:") {
		t.Errorf("%v", err)
	}
	good := config("http://bank.example")
	printed, _ := json.Marshal(good.String())
	if b, err := bank.New(good); err != nil || strings.Contains(b.String()+string(printed), banktest.Secret) {
		t.Errorf("%v: %v", b, err)
	}
}

func TestAccepts(t *testing.T) {
	b, _ := open(t, nil)
	for name, row := range map[string]struct {
		change func(*payment.Beneficiary)
		want   error
	}{
		"as it is":           {func(*payment.Beneficiary) {}, nil},
		"without a bank":     {func(to *payment.Beneficiary) { to.Agent = "" }, nil},
		"no name":            {func(to *payment.Beneficiary) { to.Name = "" }, banklink.ErrName},
		"a name in Greek":    {func(to *payment.Beneficiary) { to.Name = "Ελένη" }, iso20022.ErrCharset},
		"a typing error":     {func(to *payment.Beneficiary) { to.Account = "DE88370400440532013000" }, iso20022.ErrIBANChecksum},
		"no IBAN":            {func(to *payment.Beneficiary) { to.Account = "12345" }, iso20022.ErrIBANCharacters},
		"a bank that is not": {func(to *payment.Beneficiary) { to.Agent = "COBA" }, iso20022.ErrBICForm},
		"a purpose in words": {func(to *payment.Beneficiary) { to.Purpose = "rent" }, banklink.ErrPurpose},
	} {
		p, _ := payout()
		row.change(p.Order.Beneficiary)
		if err := b.Accepts(p); !errors.Is(err, row.want) && !(name == "no IBAN" && err != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Accepts(payment.Payment{Direction: fx.Collect}); err != nil {
		t.Errorf("a collection: %v", err)
	}
	p, _ := payout()
	p.Order.Beneficiary = nil
	if err := b.Accepts(p); err == nil {
		t.Error("nobody to pay was accepted")
	}
	p, _ = payout()
	p.Order.Beneficiary.Country = "FR"
	if err := b.Accepts(p); err == nil {
		t.Error("an account of another country was accepted")
	}
}

func TestEstimate(t *testing.T) {
	b, _ := open(t, nil)
	p, _ := payout()
	for now, want := range map[string][2]string{
		"2026-03-02T12:00:00Z": {"2026-03-02T12:00:00Z", "2026-03-03T17:00:00Z"},
		"2026-03-06T18:00:00Z": {"2026-03-09T06:00:00Z", "2026-03-10T17:00:00Z"},
	} {
		at, _ := time.Parse(time.RFC3339, now)
		earliest, latest := b.Estimate(p, at)
		if got := [2]string{earliest.UTC().Format(time.RFC3339), latest.UTC().Format(time.RFC3339)}; got != want {
			t.Errorf("%s: %v, want %v", now, got, want)
		}
	}
}

func TestProbe(t *testing.T) {
	b, peer := open(t, nil)
	if err := b.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	peer.Say("GET /v1/health", banktest.Text(200, `{"status":"closing"}`))
	if err := b.Probe(t.Context()); err == nil {
		t.Error("a bank that is not well is well")
	}
}
