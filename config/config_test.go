package config_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "causeway.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func faults(err error) string {
	var invalid *config.Error
	if !errors.As(err, &invalid) {
		return fmt.Sprint(err)
	}
	return strings.Join(invalid.Faults, "\n")
}

func TestNothingIsNeededToStart(t *testing.T) {
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || c.Database != "sqlite:causeway.db" || c.Mode != "test" {
		t.Errorf("%+v", c)
	}
}

const channel = `{name: card.acme, rail: card, driver: acquirer, url: "http://127.0.0.1:1", secret: s, currencies: [EUR]%s}`

func TestEachFaultIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"listen: here":                "listen:",
		"admin_listen: there":         "admin_listen:",
		"public_url: ftp://x":         "public_url:",
		"database: oracle:x":          "database:",
		"redis: http://x":             "redis:",
		"mode: maybe":                 "mode:",
		"shutdown: 10h":               "shutdown:",
		"shutdown: soon":              "shutdown",
		"log: {level: loud}":          "log.level:",
		"log: {format: xml}":          "log.format:",
		"surprise: 1":                 "surprise: no such field",
		"listen: 5":                   "listen",
		"rates: [{name: x, kind: y}]": "rates[0].kind:",
		"rates: [{name: x, kind: json, url: nowhere}]":                                                           "rates[0].url:",
		"rates: [{name: x, kind: fixed, values: {EUR/XXX: \"1\"}}]":                                              "rates[0].values.EUR/XXX:",
		"rates: [{name: x, kind: fixed, values: {EUR/USD: \"0\"}}]":                                              "rates[0].values.EUR/USD:",
		"channels: [{name: acme, rail: card}]":                                                                   "channels[0].name:",
		"channels: [" + fmt.Sprintf(channel, ", timeout: 1h") + "]":                                              "channels[0].timeout:",
		"channels: [" + fmt.Sprintf(channel, ", max_in_flight: 0x1000000") + "]":                                 "channels[0].max_in_flight:",
		"channels: [" + fmt.Sprintf(channel, ", cost: {bps: -1}") + "]":                                          "channels[0].cost.bps:",
		"channels: [" + fmt.Sprintf(channel, ", min: [{value: \"1.234\", currency: EUR}]") + "]":                 "channels[0].min[0]:",
		"channels: [" + fmt.Sprintf(channel, ", callback_secret: short") + "]":                                   "channels[0].callback_secret:",
		"channels: [" + fmt.Sprintf(channel, ", mode: live") + "]":                                               "channels[0].secret: must be env:NAME or file:PATH",
		"channels: [" + fmt.Sprintf(channel, "") + ", " + fmt.Sprintf(channel, "") + "]":                         "channels[1].name: \"card.acme\" is used twice",
		"channels: [" + strings.Replace(fmt.Sprintf(channel, ""), "secret: s", "secret: env:NOT_THERE", 1) + "]": "channels[0].secret:",
		"listen: [": "causeway.yaml:",
	} {
		_, err := config.Load(write(t, text), nil)
		if !strings.Contains(faults(err), want) {
			t.Errorf("%s\n  got  %v\n  want %s", text, faults(err), want)
		}
	}
}

func TestAllFaultsAreNamedAtOnce(t *testing.T) {
	_, err := config.Load(write(t, `
listen: here
database: oracle:x
mode: maybe
surprise: 1
log: {level: loud, format: xml}
channels:
  - {name: acme, rail: boat, driver: none, url: ftp://x}
`), nil)
	for _, want := range []string{
		"listen:", "database:", "mode:", "surprise:", "log.level:", "log.format:", "channels[0].name:", "channels[0].rail:",
		"channels[0].driver:", "channels[0].url:", "channels[0].secret:", "channels[0].currencies:",
	} {
		if !strings.Contains(faults(err), want) {
			t.Errorf("%s is not named in\n%s", want, faults(err))
		}
	}
}

func TestEveryFieldHasAnEnvironmentVariableThatWins(t *testing.T) {
	values := map[string]string{
		"LISTEN": "127.0.0.1:1", "PUBLIC_URL": "https://pay.example", "ADMIN_LISTEN": "127.0.0.1:2", "DATABASE": "postgres://x/y",
		"REDIS": "redis://127.0.0.1:3", "GATEWAY": "gw-1", "MODE": "test", "RULES": "rules.yaml", "ALLOW_PRIVATE_WEBHOOKS": "true",
		"SHUTDOWN": "7s", "LOG_LEVEL": "debug", "LOG_FORMAT": "json",
		"RATES":    `[{name: fixed, kind: fixed, values: {EUR/USD: "1.10"}}]`,
		"CHANNELS": "[" + fmt.Sprintf(channel, "") + "]",
	}
	var environ []string
	for _, name := range config.Variables() {
		value, ok := values[strings.TrimPrefix(name, config.EnvPrefix)]
		if !ok {
			t.Errorf("%s is not tested", name)
		}
		environ = append(environ, name+"="+value)
	}
	c, err := config.Load(write(t, "listen: 127.0.0.1:99\nlog: {level: error}"), environ)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:1" || c.PublicURL != "https://pay.example" || c.AdminListen != "127.0.0.1:2" || c.Database != "postgres://x/y" ||
		c.Redis != "redis://127.0.0.1:3" || c.Gateway != "gw-1" || c.Rules != "rules.yaml" || !c.AllowPrivateWebhooks ||
		c.Shutdown.Seconds() != 7 || c.Log != (config.Log{Level: "debug", Format: "json"}) || len(c.Rates) != 1 || len(c.Channels) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestSecretsAreResolvedAndNeverPrinted(t *testing.T) {
	file := write(t, "from-a-file\n")
	text := "channels: [" + strings.Replace(fmt.Sprintf(channel, ""), "secret: s", "secret: env:ACME", 1) + ", " +
		strings.NewReplacer("secret: s", "secret: file:"+file, "card.acme", "card.globex").Replace(fmt.Sprintf(channel, "")) + "]"
	c, err := config.Load(write(t, text), []string{"ACME=from-the-environment"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Channels[0].Secret.Reveal() != "from-the-environment" || c.Channels[1].Secret.Reveal() != "from-a-file" {
		t.Errorf("%q, %q", c.Channels[0].Secret.Reveal(), c.Channels[1].Secret.Reveal())
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("configuration", "secret", c.Channels[0].Secret)
	for _, printed := range []string{fmt.Sprintf("%v %+v %s", c, c, c.Channels[0].Secret), log.String()} {
		if strings.Contains(printed, "from-") {
			t.Errorf("a secret was printed: %s", printed)
		}
	}
}

func TestTheComposedFleetIsConfigured(t *testing.T) {
	secret := "whsec_c2FuZGJveC1hY21lLWV1LWNhbGxiYWNrLXNlY3JldA=="
	c, err := config.Load("../deploy/causeway.yaml", []string{
		"ACME_SECRET=a", "ACME_CALLBACK_SECRET=" + secret, "GLOBEX_SECRET=b", "GLOBEX_CALLBACK_SECRET=" + secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Channels) != 2 || len(c.Rates) != 1 || !c.Channels[1].Capabilities.Fence {
		t.Errorf("%+v", c)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("listen: 127.0.0.1:1")
	f.Add("channels: [" + fmt.Sprintf(channel, "") + "]")
	f.Add("rates: [{name: x, kind: fixed, values: {EUR/USD: \"1\"}}]")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := config.Load(write(t, text), nil)
		var invalid *config.Error
		if err != nil && !errors.As(err, &invalid) {
			t.Errorf("%T", err)
		}
	})
}
