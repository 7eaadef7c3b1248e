package card_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/card"
)

func TestConfigNamesEveryFault(t *testing.T) {
	err := card.Config{
		URL: "ftp://acquirer.example", Secret: "two words", CallbackSecret: "whsec_c2hvcnQ=", Timeout: time.Hour,
		Capabilities:      payment.Capabilities{Replay: -1, Horizon: -1},
		PreExecutionCodes: []string{"", "duplicate_reference"},
	}.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, fault := range []string{
		"name is missing", "url must", "secret must", "callback_secret must", "timeout must", "idempotent_replay must",
		"visibility_horizon must", `"" is no code`, `"duplicate_reference" says`,
	} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%q does not say %q", err, fault)
		}
	}
	if strings.Contains(err.Error(), "two words") || strings.Contains(err.Error(), "c2hvcnQ") {
		t.Errorf("%q repeats a secret", err)
	}
}

func TestConfig(t *testing.T) {
	for text, row := range map[string]struct {
		change func(*card.Config)
		ok     bool
	}{
		"as it is":               {func(*card.Config) {}, true},
		"no callbacks":           {func(c *card.Config) { c.CallbackSecret = "" }, true},
		"a path":                 {func(c *card.Config) { c.URL = "https://acquirer.example/v2/" }, true},
		"an address in IPv6":     {func(c *card.Config) { c.URL = "http://[::1]:9101" }, true},
		"no host":                {func(c *card.Config) { c.URL = "http://:9101" }, false},
		"a secret in the URL":    {func(c *card.Config) { c.URL = "https://user:word@acquirer.example" }, false},
		"a query":                {func(c *card.Config) { c.URL = "https://acquirer.example?key=1" }, false},
		"a fragment":             {func(c *card.Config) { c.URL = "https://acquirer.example#top" }, false},
		"not a URL":              {func(c *card.Config) { c.URL = "https://acquirer .example" }, false},
		"no secret":              {func(c *card.Config) { c.Secret = "" }, false},
		"a secret with a line":   {func(c *card.Config) { c.Secret = "key\nInjected: yes" }, false},
		"callbacks unprefixed":   {func(c *card.Config) { c.CallbackSecret = strings.TrimPrefix(callbackSecret, "whsec_") }, false},
		"callbacks without key":  {func(c *card.Config) { c.CallbackSecret = "whsec_" }, false},
		"no timeout":             {func(c *card.Config) { c.Timeout = 0 }, false},
		"the longest timeout":    {func(c *card.Config) { c.Timeout = card.TimeoutMax }, true},
		"beyond the longest":     {func(c *card.Config) { c.Timeout = card.TimeoutMax + 1 }, false},
		"ISO 8583's duplicate":   {func(c *card.Config) { c.PreExecutionCodes = []string{"94"} }, false},
		"a code of other people": {func(c *card.Config) { c.PreExecutionCodes = []string{"E-11.2:maintenance"} }, true},
	} {
		c := config("http://acquirer.example")
		row.change(&c)
		if _, err := card.New(c); (err == nil) != row.ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c := config("http://acquirer.example")
	a, err := card.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{fmt.Sprint(a), fmt.Sprintf("%+v", a), fmt.Sprint(c), fmt.Sprintf("%+v", c)} {
		if printed != "card.acme" {
			t.Errorf("printed as %q", printed)
		}
	}
}
