package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/config"
)

const signingSecret = "whsec_c2FuZGJveC1hY21lLWV1LWNhbGxiYWNrLXNlY3JldA=="

// acme is a channel without a fault, and room for more fields.
const acme = `{name: card.acme, rail: card, driver: acquirer, url: "http://127.0.0.1:1", secret: s, currencies: [EUR]%s}`

func channels(each ...string) string { return "channels: [" + strings.Join(each, ", ") + "]" }

// with adds fields to acme.
func with(fields string) string { return fmt.Sprintf(acme, fields) }

// but replaces fields of acme.
func but(oldnew ...string) string { return strings.NewReplacer(oldnew...).Replace(with("")) }

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "causeway.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func load(t *testing.T, text string, environ ...string) config.Config {
	t.Helper()
	c, err := config.Load(write(t, text), environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func faultsOf(t *testing.T, err error) []string {
	t.Helper()
	var invalid *config.Error
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v instead of faults", err)
	}
	return invalid.Faults
}

func TestNothingIsNeededToStart(t *testing.T) {
	got, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, config.Default()) {
		t.Errorf("got %v, want the defaults", got)
	}
	if err := config.Default().Validate(); err != nil {
		t.Error(err)
	}
}

func TestElementsOfListsHaveDefaults(t *testing.T) {
	c := load(t, channels(with(""))+`
rates:
  - {name: live, kind: json, url: "http://127.0.0.1:1"}
  - {name: daily, kind: ecb, url: "http://127.0.0.1:1"}
`)
	if ch := c.Channels[0]; ch.Timeout != 5*time.Second || ch.MaxInFlight != 64 || ch.Mode != "test" {
		t.Errorf("channel: %+v", ch)
	}
	if r := c.Rates[0]; r.Interval != 10*time.Second || r.MaxAge != time.Minute || r.Firm {
		t.Errorf("json: %+v", r)
	}
	if r := c.Rates[1]; r.Interval != time.Hour || r.MaxAge != 0 {
		t.Errorf("ecb: %+v", r)
	}
}

func TestChannelsToBanksHaveDefaults(t *testing.T) {
	c := load(t, channels(savings(""), abroad("")))
	if b, x := c.Channels[0], c.Channels[1]; b.Poll != 10*time.Second || b.Slowest != 0 || x.Poll != 10*time.Second || x.Slowest != 48*time.Hour {
		t.Errorf("%+v\n%+v", b, x)
	}
}

// savings and abroad are channels to banks without a fault, and room for more fields.
func savings(fields string) string {
	return `{name: bank.main, rail: bank, driver: iso20022, url: "http://127.0.0.1:6", secret: s, currencies: [EUR], bic: CSWYDEFFXXX,
		holder: Causeway, account: DE75512108001245126199` + fields + "}"
}

func abroad(fields string) string {
	return `{name: xb.main, rail: crossborder, driver: iso20022, url: "http://127.0.0.1:7", secret: s, currencies: [CNY],
		bic: CSWYGB2LXXX, own_bic: CSWYDEFFXXX, holder: Causeway, town: Berlin, home: DE, nostros: [{currency: CNY, account: N-1}]` + fields + "}"
}

func TestAFieldLeftBlankKeepsItsDefault(t *testing.T) {
	if c := load(t, "listen:\nlog:\nchannels:\n"); !reflect.DeepEqual(c, config.Default()) {
		t.Errorf("got %v", c)
	}
}

// everything sets each field to something else than its default.
const everything = `
listen: 127.0.0.1:1
public_url: https://pay.example
admin_listen: 127.0.0.1:2
database: postgres://db.example/causeway
redis: redis://127.0.0.1:3
gateway: gw-1
mode: test
rules: rules.yaml
allow_private_webhooks: true
shutdown: 7s
claims_after: 2h
log: {level: debug, format: json}
limits: {slots: 20, places: 99, per_second: 5, burst: 6, connections: 70, trusted_proxies: [10.0.0.0/8],
  reserved: {callbacks: 3, changes: 3, resolution: 2, payments: 3, reads: 2, pages: 2}}
rates:
  - {name: live, kind: json, url: "http://127.0.0.1:4", interval: 3s, max_age: 9s, firm: true}
  - {name: agreed, kind: fixed, values: {EUR/USD: "1.10"}}
payouts: {approval_above: [{value: "10.00", currency: EUR}]}
chains:
  - {name: chain.main, network: "eip155:1", rpc: ["http://127.0.0.1:8"], coin: ETH, tokens: [{code: USDC, contract: "0x982e69ecDB3805b4E2Aa8686ad06dC788eFAF46C", decimals: 6}],
    xpub: xpub6, signer: "unix:s.sock", depths: [{currency: USDC, medium: "1", large: "2"}], from: 7, priority: 2, timeout: 4s, poll: 2s, block_time: 3s, head_age: 1m, lag: 4, bump_after: 6, fee_max: "9", sweep_min: {USDC: "5"}}
channels:
  - name: card.acme
    rail: card
    driver: acquirer
    url: http://127.0.0.1:5
    secret: s
    callback_secret: ` + signingSecret + `
    mode: test
    currencies: [EUR, USD]
    min: [{value: "1.00", currency: EUR}]
    max: [{value: "9.00", currency: EUR}]
    low_value: [{value: "2.00", currency: EUR}]
    cost: {bps: 120, fixed: {value: "0.10", currency: EUR}}
    refund_cost: {bps: 5, fixed: {value: "0.05", currency: EUR}}
    priority: 3
    timeout: 4s
    max_in_flight: 8
    capabilities: {idempotent_replay: 24h, inquiry: true, fence: true, void: true, visibility_horizon: 10m, pre_execution_codes: [unauthorized]}
  - {name: bank.main, rail: bank, driver: iso20022, url: "http://127.0.0.1:6", secret: s, currencies: [EUR], bic: CSWYDEFFXXX,
     holder: Causeway, account: DE75512108001245126199, home: DE, corridors: ["DE>DE"], calendar: ecb, cutoff: "16:00 Europe/Berlin", poll: 5s}
  - {name: xb.main, rail: crossborder, driver: iso20022, url: "http://127.0.0.1:7", secret: s, currencies: [CNY], bic: CSWYGB2LXXX,
     own_bic: CSWYDEFFXXX, holder: Causeway, town: Berlin, home: DE, nostros: [{currency: CNY, account: N-1}], fastest: 10m, slowest: 24h}
`

func TestEveryFieldIsRead(t *testing.T) {
	for path, isSet := range leaves(reflect.ValueOf(load(t, everything)), "") {
		if !isSet {
			t.Errorf("%s was not read", path)
		}
	}
}

// leaves maps the path of each field below v to whether any element of the lists on the way has it.
func leaves(v reflect.Value, path string) map[string]bool {
	found := map[string]bool{}
	switch {
	case v.Kind() == reflect.Struct:
		for field, value := range v.Fields() {
			for at, isSet := range leaves(value, path+"."+field.Name) {
				found[at] = found[at] || isSet
			}
		}
	case v.Kind() == reflect.Slice && v.Len() > 0 && v.Index(0).Kind() == reflect.Struct:
		found[path] = true
		for i := range v.Len() {
			for at, isSet := range leaves(v.Index(i), path+"[]") {
				found[at] = found[at] || isSet
			}
		}
	case !strings.HasSuffix(path, ".Network"): // coins and tokens are no limits of a card
		found[path] = !v.IsZero()
	}
	return found
}

func TestEveryFieldHasAVariableThatWins(t *testing.T) {
	values := map[string]string{
		"LISTEN": "127.0.0.1:11", "PUBLIC_URL": "https://other.example", "ADMIN_LISTEN": "127.0.0.1:12",
		"DATABASE": "sqlite:other.db", "REDIS": "", "GATEWAY": "2", "MODE": "live", "RULES": "other: rules#.yaml",
		"ALLOW_PRIVATE_WEBHOOKS": "false", "SHUTDOWN": "8s", "CLAIMS_AFTER": "3h", "RECONCILE_AFTER": "4h", "LOG_LEVEL": "warn", "LOG_FORMAT": "text", "AUDIT_PACE": "900",
		"LIMITS_SLOTS": "21", "LIMITS_PLACES": "98", "LIMITS_PER_SECOND": "7", "LIMITS_BURST": "8", "LIMITS_CONNECTIONS": "71",
		"LIMITS_TRUSTED_PROXIES": "['::1']", "LIMITS_RESERVED_CALLBACKS": "4", "LIMITS_RESERVED_CHANGES": "1",
		"LIMITS_RESERVED_RESOLUTION": "1", "LIMITS_RESERVED_PAYMENTS": "1", "LIMITS_RESERVED_READS": "1", "LIMITS_RESERVED_PAGES": "1",
		"PAYOUTS_APPROVAL_ABOVE": `[{"value":"11.00","currency":"EUR"}]`,
		"RATES":                  `[{"name":"other","kind":"fixed","values":{"EUR/USD":"1.20"}}]`,
		"CHAINS":                 `[{name: chain.other, network: "eip155:2", rpc: ["http://127.0.0.1:9"], xpub: xpub6}]`,
		"CHANNELS":               channels(but("card.acme", "card.other", "secret: s", "secret: env:OTHER"))[len("channels: "):],
	}
	environ := []string{"OTHER=s"}
	for _, name := range config.Variables() {
		value, ok := values[strings.TrimPrefix(name, config.EnvPrefix)]
		if !ok {
			t.Errorf("%s is not tested", name)
		}
		environ = append(environ, name+"="+value)
	}
	before, after := reflect.ValueOf(load(t, everything)), reflect.ValueOf(load(t, everything, environ...))
	for i := range before.NumField() {
		if reflect.DeepEqual(before.Field(i).Interface(), after.Field(i).Interface()) {
			t.Errorf("%s kept the value of the file", before.Type().Field(i).Name)
		}
	}
	got := after.Interface().(config.Config)
	if got.Redis != "" || got.Gateway != "2" || got.Rules != "other: rules#.yaml" {
		t.Errorf("text was not taken as it stands: %q, %q, %q", got.Redis, got.Gateway, got.Rules)
	}
}

func TestVariablesOfOthersAreLeftToThem(t *testing.T) {
	load(t, "", "CAUSEWAY_TEST_POSTGRES=postgres://x", "HOME=/root", "nothing")
}

func TestTheExampleShowsTheDefaults(t *testing.T) {
	c, err := config.Load("../causeway.example.yaml", []string{
		"ACME_SECRET=a", "ACME_CALLBACK_SECRET=" + signingSecret,
		"BANK_SECRET=b", "BANK_CALLBACK_SECRET=" + signingSecret, "XB_SECRET=x", "XB_CALLBACK_SECRET=" + signingSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rates) != 3 || len(c.Channels) != 3 {
		t.Errorf("%d rates and %d channels", len(c.Rates), len(c.Channels))
	}
	empty := []string{".Redis", ".Gateway", ".Rules", ".AllowPrivateWebhooks", ".Limits.Proxies"}
	for path, isSet := range leaves(reflect.ValueOf(c), "") {
		if !isSet && !slices.Contains(empty, path) {
			t.Errorf("%s is not shown", path)
		}
	}
	c.Rates, c.Channels, c.Chains = nil, nil, nil
	if !reflect.DeepEqual(c, config.Default()) {
		t.Errorf("got %v, want the defaults", c)
	}
}

func TestSecretsAreResolved(t *testing.T) {
	file := write(t, "from-a-file\n")
	c := load(t, "mode: live\n"+channels(
		but("secret: s", "secret: env:ACME"),
		but("secret: s", "secret: file:"+file, "card.acme", "card.globex"),
	), "ACME=from=the=environment")
	for i, want := range []string{"from=the=environment", "from-a-file"} {
		if got := c.Channels[i].Secret.Reveal(); got != want {
			t.Errorf("channel %d has the secret %q, want %q", i, got, want)
		}
	}
}

func TestCredentialsAreNeverPrinted(t *testing.T) {
	c := load(t, `
database: postgres://u:hunter2@db.example/causeway?password=hunter2
redis: redis://:hunter2@127.0.0.1:1
rates: [{name: live, kind: json, url: "http://127.0.0.1:4?key=hunter2"}]
`+channels(but("secret: s", "secret: hunter2")))
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "configuration", c, "secret", c.Channels[0].Secret)
	asJSON, err := json.Marshal(c.Channels)
	if err != nil {
		t.Fatal(err)
	}
	printed := log.String() + string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		printed += fmt.Sprintf(verb+verb+verb, c, c.Channels[0], c.Channels[0].Secret)
	}
	if strings.Contains(printed, "hunter2") || strings.Contains(printed, "68756e74657232") {
		t.Errorf("a credential was printed: %s", printed)
	}
	if !strings.Contains(c.String(), "postgres://db.example/causeway") {
		t.Errorf("the address of the database is not shown: %s", c)
	}
}

func TestWhatIsSweptNamesACurrencyOfTheChain(t *testing.T) {
	for name, fields := range map[string]string{
		"another currency": `xpub: xpub6, signer: "unix:s.sock", sweep_min: {DAI: "5"}`,
		"no amount":        `xpub: xpub6, signer: "unix:s.sock", sweep_min: {ETH: "-5"}`,
		"no signer":        `xpub: xpub6, sweep_min: {ETH: "5"}`,
	} {
		file := filepath.Join(t.TempDir(), "causeway.yaml")
		text := "chains:\n  - {name: chain.main, network: \"eip155:1\", rpc: [\"http://127.0.0.1:8\"], " + fields + "}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(file, []string{}); err == nil || !strings.Contains(err.Error(), "chains[0].sweep_min") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
