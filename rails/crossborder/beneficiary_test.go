package crossborder_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/crossborder"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

func TestConfigNamesEveryFault(t *testing.T) {
	c := config("http://bank.example")
	c.OwnBIC, c.Town, c.Home, c.Fastest, c.Slowest, c.Calendar = "FR", "", "XX", time.Hour, time.Minute, "mars"
	c.Capabilities.Fence, c.Secret = true, "two words"
	err := c.Validate()
	for _, fault := range []string{"own_bic:", "town and home:", "fastest and slowest:", "calendar:", "fence:", "secret must"} {
		if err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%v does not say %q", err, fault)
		}
	}
	c = config("http://bank.example")
	c.Cutoff = "16:00"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "cutoff:") || strings.Contains(err.Error(), banktest.Secret) {
		t.Errorf("%v", err)
	}
	x, err := crossborder.New(config("http://bank.example"))
	if err != nil || fmt.Sprint(x, config("")) != "xb.sandbox xb.sandbox" {
		t.Errorf("%v: %v", x, err)
	}
	if got := x.Capabilities(); !got.Payout || got.Push || got.Fence {
		t.Errorf("%+v", got)
	}
}

func TestAccepts(t *testing.T) {
	x, _ := open(t, nil)
	for name, row := range map[string]struct {
		change func(*payment.Payment)
		want   error
	}{
		"as it is":           {func(*payment.Payment) {}, nil},
		"no name":            {func(p *payment.Payment) { p.Order.Beneficiary.Name = "" }, banklink.ErrName},
		"no town":            {func(p *payment.Payment) { p.Order.Beneficiary.Town = "" }, iso20022.ErrAddressTown},
		"no country":         {func(p *payment.Payment) { p.Order.Beneficiary.Country = "" }, iso20022.ErrAddressCountry},
		"a long town":        {func(p *payment.Payment) { p.Order.Beneficiary.Town = strings.Repeat("a", 36) }, iso20022.ErrBadText},
		"no bank":            {func(p *payment.Payment) { p.Order.Beneficiary.Agent = "" }, iso20022.ErrBICForm},
		"no account":         {func(p *payment.Payment) { p.Order.Beneficiary.Account = "" }, crossborder.ErrAccount},
		"no IBAN in France":  {func(p *payment.Payment) { p.Order.Beneficiary.Country = "FR" }, iso20022.ErrIBANCountry},
		"a collection":       {func(p *payment.Payment) { p.Direction = fx.Collect }, crossborder.ErrDirection},
		"a service level":    {func(p *payment.Payment) { p.Order.Bearer = payment.BearerScheme }, iso20022.ErrBearer},
		"a purpose":          {func(p *payment.Payment) { p.Order.Beneficiary.Purpose = "GDDS" }, nil},
		"a purpose in words": {func(p *payment.Payment) { p.Order.Beneficiary.Purpose = "goods" }, banklink.ErrPurpose},
	} {
		p, _ := payout()
		row.change(&p)
		if err := x.Accepts(p); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, _ := payout()
	p.Order.Beneficiary.Country, p.Order.Beneficiary.Account = "FR", "DE89370400440532013000"
	if err := x.Accepts(p); err == nil {
		t.Error("a German account in France was accepted")
	}
}

func TestEstimate(t *testing.T) {
	x, _ := open(t, nil)
	p, _ := payout()
	for now, want := range map[string][2]string{
		"2026-03-02T12:00:00Z": {"2026-03-02T12:10:00Z", "2026-03-04T17:00:00Z"}, // Tuesday 19:00 in Paris is after hours
		"2026-03-06T18:00:00Z": {"2026-03-09T06:10:00Z", "2026-03-10T17:00:00Z"}, // Friday evening
	} {
		at, _ := time.Parse(time.RFC3339, now)
		earliest, latest := x.Estimate(p, at)
		if got := [2]string{earliest.UTC().Format(time.RFC3339), latest.UTC().Format(time.RFC3339)}; got != want {
			t.Errorf("%s: %v, want %v", now, got, want)
		}
	}
}
