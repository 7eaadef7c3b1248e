package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/config"
)

// faulty pairs what is wrong with the one fault that names it, or its beginning.
var faulty = []struct{ text, want string }{
	{"listen: here", "listen: must be host:port"},
	{"listen: 127.0.0.1:70000", "listen: must be host:port"},
	{"listen: 5", "listen: must be text; put it in quotes"},
	{"admin_listen: there", "admin_listen: must be host:port"},
	{"admin_listen: 127.0.0.1:8080", "admin_listen: must not be that of listen"},
	{"public_url: ftp://x", "public_url: must be an http or https address"},
	{"public_url: http://x?y", "public_url: must be an http or https address"},
	{"database: oracle:x", "database: must be sqlite:FILE or postgres://…"},
	{"database: 'sqlite:'", "database: must be"},
	{"redis: http://x", "redis: must be redis://host:port"},
	{"gateway: a b", "gateway: must be up to 63"},
	{"mode: maybe", "mode: must be test or live"},
	{"allow_private_webhooks: 'yes'", "allow_private_webhooks: must be true or false"},
	{"shutdown: 10h", "shutdown: must be between 0s and 5m"},
	{"claims_after: 721h", "claims_after: must be between 0s and 30 days"},
	{"shutdown: 25", "shutdown: must be a duration such as 5s"},
	{"audit: {pace: 0}", "audit.pace: must be between 1 and 100000"},
	{"log: loud", "log: must be a group of fields"},
	{"log: {level: loud}", "log.level: must be debug or info or warn or error"},
	{"log: {format: xml}", "log.format: must be text or json"},
	{"limits: {slots: -1}", "limits.slots: must be between 0 and 1024"},
	{"limits: {places: 63}", "limits.places: must be between 64 and 16384"},
	{"limits: {reserved: {callbacks: 0}}", "limits.reserved.callbacks: must be between 1 and 1024"},
	{"limits: {per_second: 0}", "limits.per_second: must be between"},
	{"limits: {burst: -1}", "limits.burst: must be between"},
	{"limits: {connections: 0}", "limits.connections: must be between"},
	{"limits: {trusted_proxies: [proxy.example]}", "limits.trusted_proxies[0]: must be an address or a network"},
	{"surprise: 1", "surprise: no such field"},
	{"Listen: x:1", "Listen: no such field"},
	{"' ': 1", `"": no such field`},
	{"log: {' ': red}", `log."": no such field`},
	{"log: {colour: red}", "log.colour: no such field"},
	{"rates: none", "rates: must be a list"},
	{"rates: [{name: x, kind: y}]", "rates[0].kind: must be json or ecb or fixed"},
	{"rates: [{name: X, kind: json, url: http://x}]", "rates[0].name: must be lower-case letters"},
	{"rates: [{name: x, kind: json, url: nowhere}]", "rates[0].url: must be an http or https address"},
	{"rates: [{name: x, kind: json, url: http://x, interval: 1ms}]", "rates[0].interval: must be between 100ms and 24h"},
	{"rates: [{name: x, kind: json, url: http://x, max_age: -1s}]", "rates[0].max_age: must be more than zero"},
	{"rates: [{name: x, kind: ecb, url: http://x, max_age: 1s}]", "rates[0].max_age: only a json source has one"},
	{"rates: [{name: x, kind: ecb, url: http://x, values: {EUR/USD: '1'}}]", "rates[0].values: only a fixed source has values"},
	{"rates: [{name: x, kind: fixed}]", "rates[0].values: must name at least one pair"},
	{"rates: [{name: x, kind: fixed, url: http://x, values: {EUR/USD: '1'}}]", "rates[0].url: a fixed source has none"},
	{"rates: [{name: x, kind: fixed, interval: 1s, values: {EUR/USD: '1'}}]", "rates[0].interval: a fixed source has none"},
	{"rates: [{name: x, kind: fixed, values: {EUR/XXY: '1'}}]", "rates[0].values.EUR/XXY: must be a pair such as EUR/USD"},
	{"rates: [{name: x, kind: fixed, values: {EUR/USD: '0'}}]", "rates[0].values.EUR/USD: must be a positive decimal number"},
	{"rates: [{name: x, kind: fixed, values: {EUR/USD: 1.10}}]", "rates[0].values.EUR/USD: must be text; put it in quotes"},
	{"rates: [" + strings.Repeat("{name: x, kind: ecb, url: http://x},", 2) + "]", `rates[1].name: "x" is used twice`},
	{channels(but("card.acme", "acme")), "channels[0].name: must be the rail, a dot and a name"},
	{channels(but("card.acme", "bank.acme")), "channels[0].name: must be the rail, a dot and a name"},
	{channels(but("driver: acquirer", "driver: pigeon")), "channels[0].driver: must be acquirer"},
	{channels(but("http://127.0.0.1:1", "http://u:p@x")), "channels[0].url: must be an http or https address"},
	{channels(but("secret: s", "secret: ''")), "channels[0].secret: is missing"},
	{channels(but("secret: s", "secret: env:NOT_THERE")), "channels[0].secret: the environment has no such variable"},
	{channels(but("secret: s", "secret: file:/nowhere/at/all")), "channels[0].secret: no such file"},
	{channels(with(", callback_secret: short")), "channels[0].callback_secret: must be whsec_"},
	{channels(with(", mode: strange")), "channels[0].mode: must be test or live"},
	{"mode: live\n" + channels(but("secret: s", "secret: env:ACME", "[EUR]", "[EUR], mode: test")), "channels[0].mode: must be live, as the database is"},
	{"mode: live\n" + channels(with("")), "channels[0].secret: must be env:NAME or file:PATH in live mode"},
	{channels(but("[EUR]", "[]")), "channels[0].currencies: must name at least one"},
	{channels(but("[EUR]", "[EUR, EURO]")), "channels[0].currencies[1]: no such currency"},
	{channels(but("[EUR]", "[EUR, EUR]")), "channels[0].currencies[1]: EUR is named twice"},
	{channels(but("[EUR]", "[EUR, 5]")), "channels[0].currencies[1]: must be text"},
	{channels(with(`, min: [{value: "1.234", currency: EUR}]`)), "channels[0].min[0]: "},
	{channels(with(`, min: [{value: "-1", currency: EUR}]`)), "channels[0].min[0]: "},
	{channels(with(", priority: high")), "channels[0].priority: must be a whole number"},
	{channels(with(`, max: [{value: "1", currency: USD}]`)), "channels[0].max[0]: the channel does not take USD"},
	{channels(with(`, low_value: [{value: "1", currency: EUR}, {value: "2", currency: EUR}]`)), "channels[0].low_value[1]: EUR is named twice"},
	{channels(with(`, min: [{value: "2", currency: EUR}], max: [{value: "1", currency: EUR}]`)), "channels[0].min[0]: is above max"},
	{channels(with(", cost: {bps: -1}")), "channels[0].cost.bps: must be between 0 and 10000"},
	{channels(with(", refund_cost: {bps: 10001}")), "channels[0].refund_cost.bps: must be between 0 and 10000"},
	{channels(with(", refund_cost: {fixed: {value: x, currency: EUR}}")), "channels[0].refund_cost.fixed: "},
	{channels(with(", cost: {bps: 12.5}")), "channels[0].cost.bps: must be a whole number"},
	{channels(with(", cost: {fixed: {value: x, currency: EUR}}")), "channels[0].cost.fixed: "},
	{channels(with(", timeout: 1h")), "channels[0].timeout: must be between 100ms and 60s"},
	{channels(with(", max_in_flight: -1")), "channels[0].max_in_flight: must be between 1 and 4096"},
	{channels(with(", capabilities: {idempotent_replay: 24}")), "channels[0].capabilities.idempotent_replay: must be a duration"},
	{channels(with(", capabilities: {visibility_horizon: -1s}")), "channels[0].capabilities.visibility_horizon: must not be negative"},
	{channels(with(", capabilities: {pre_execution_codes: ['']}")), "channels[0].capabilities.pre_execution_codes[0]: must not be empty"},
	{channels(with(", capabilities: {fences: true}")), "channels[0].capabilities.fences: no such field"},
	{channels(with(", bic: CSWYDEFFXXX")), "channels[0].bic: only a bank or crossborder channel has one"},
	{channels(with(", account: DE75512108001245126199")), "channels[0].account: only a bank channel has one"},
	{channels(with(", corridors: [DE>CN]")), "channels[0].corridors: only a bank or crossborder channel has one"},
	{channels(with(", poll: 1s")), "channels[0].poll: only a bank or crossborder channel has one"},
	{channels(savings(", town: Berlin")), "channels[0].town: only a crossborder channel has one"},
	{channels(savings(", slowest: 1h")), "channels[0].slowest: only a crossborder channel has one"},
	{channels(savings(", cutoff: '16:00'")), "channels[0].cutoff: must be a time and a zone"},
	{channels(savings(", cutoff: '16:00 Mars/Olympus'")), "channels[0].cutoff: must be a time and a zone"},
	{channels(savings(", calendar: moon")), "channels[0].calendar: must be ecb, gb, us or weekdays"},
	{channels(savings(", poll: 2h")), "channels[0].poll: must be between 10ms and 1h"},
	{channels(savings(", home: germany")), "channels[0].home: must be a country such as DE"},
	{channels(savings(", home: DE, corridors: [FR>CN]")), "channels[0].corridors[0]: must start at home, which is DE"},
	{channels(savings(", home: DE, corridors: [DECN]")), "channels[0].corridors[0]: must be countries from and to"},
	{channels(savings(", corridors: [DE>CN]")), "channels[0].home: is missing beside corridors"},
	{channels(strings.Replace(savings(""), "[EUR]", "[EUR, USD]", 1)), "channels[0].currencies: must be the one of the account"},
	{channels(strings.Replace(savings(""), "DE7551", "DE 75 51", 1)), "channels[0].account: must be an IBAN without blanks"},
	{channels(strings.Replace(savings(""), "driver: iso20022", "driver: acquirer", 1)), "channels[0].driver: must be iso20022"},
	{channels(strings.Replace(savings(""), "bic: CSWYDEFFXXX", "bic: CSWY", 1)), "channels[0].bic: must be a BIC"},
	{channels(strings.Replace(savings(""), "holder: Causeway", "holder: ''", 1)), "channels[0].holder: must have 1 to 70"},
	{channels(strings.Replace(abroad(""), "own_bic: CSWYDEFFXXX", "own_bic: CSWY", 1)), "channels[0].own_bic: must be a BIC"},
	{channels(strings.Replace(abroad(""), "town: Berlin", "town: ''", 1)), "channels[0].town: must have 1 to 35"},
	{channels(strings.Replace(abroad(""), "home: DE", "home: ''", 1)), "channels[0].home: must be a country such as DE"},
	{channels(strings.Replace(abroad(""), "N-1}", "N-1}, {currency: USD, account: N-2}", 1)), "channels[0].nostros[1].currency: the channel does not take USD"},
	{channels(strings.Replace(abroad(""), "xb.main", "crossborder.main", 1)), "channels[0].name: must be the rail, a dot and a name"},
	{channels(strings.Replace(abroad(""), "[CNY]", "[CNY, USD]", 1)), "channels[0].currencies[1]: has no nostro"},
	{channels(strings.Replace(abroad(""), "N-1}", "N-1}, {currency: CNY, account: N-2}", 1)), "channels[0].nostros[1].currency: CNY is named twice"},
	{channels(strings.Replace(abroad(""), "account: N-1", "account: ''", 1)), "channels[0].nostros[0].account: must have 1 to 34"},
	{channels(abroad(", fastest: 72h")), "channels[0].fastest: must be between 0s and slowest"},
	{channels(abroad(", slowest: 1000h")), "channels[0].slowest: must be between 0s and 720h"},
	{channels(abroad(", capabilities: {fence: true}")), "channels[0].capabilities.fence: a recall is a request"},
	{channels(with(""), with("")), `channels[1].name: "card.acme" is used twice`},
}

func TestEachFaultIsNamed(t *testing.T) {
	for _, c := range faulty {
		_, err := config.Load(write(t, c.text), []string{"ACME=s"})
		var invalid *config.Error
		if !errors.As(err, &invalid) || !slices.ContainsFunc(invalid.Faults, func(fault string) bool { return strings.HasPrefix(fault, c.want) }) {
			t.Errorf("%s\n  got  %v\n  want %s", c.text, err, c.want)
			continue
		}
		if len(invalid.Faults) != 1 {
			t.Errorf("%s\n  got %d faults instead of one: %v", c.text, len(invalid.Faults), err)
		}
	}
}

func TestAllFaultsAreNamedAtOnce(t *testing.T) {
	_, err := config.Load(write(t, `
listen: here
database: oracle:x
mode: maybe
shutdown: 25
surprise: 1
log: {level: loud, format: 5}
rates: [{name: X, kind: json, url: nowhere}]
channels:
  - {name: acme, rail: boat, driver: none, url: ftp://x, currencies: [EURO], timeout: soon, colour: red, max: [{value: 1.5, currency: EUR}]}
`), []string{"CAUSEWAY_ALLOW_PRIVATE_WEBHOOKS=["})
	var paths []string
	for _, fault := range faultsOf(t, err) {
		path, _, _ := strings.Cut(fault, ": ")
		paths = append(paths, path)
	}
	want := []string{
		"allow_private_webhooks", "channels[0].colour", "channels[0].currencies[0]", "channels[0].driver",
		"channels[0].max[0]", "channels[0].max[0].value", "channels[0].mode",
		"channels[0].name", "channels[0].rail", "channels[0].secret", "channels[0].timeout", "channels[0].url", "database",
		"listen", "log.format", "log.level", "mode", "rates[0].name", "rates[0].url", "shutdown", "surprise",
	}
	if !slices.Equal(paths, want) {
		t.Errorf("got  %v\nwant %v", paths, want)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"listen: [":                           "line 1",
		"- a list":                            "cannot unmarshal",
		"listen: x:1\nlisten: y:1":            `mapping key "listen" already defined`,
		"log: {level: info, level: warn}":     `mapping key "level" already defined`,
		"listen: x:1\n---\nadmin_listen: y:1": "must be a single YAML document",
		"# " + strings.Repeat("x", 1<<20):     "the file is longer than 1048576 bytes",
	} {
		file := write(t, text)
		_, err := config.Load(file, nil)
		if got := faultsOf(t, err); len(got) != 1 || !strings.HasPrefix(got[0], file+": ") || !strings.Contains(got[0], want) {
			t.Errorf("%.40s\n  got  %v\n  want %s", text, got, want)
		}
	}
	_, err := config.Load("/nowhere/at/all", nil)
	if got := faultsOf(t, err); !slices.Equal(got, []string{"/nowhere/at/all: no such file or directory"}) {
		t.Errorf("got %v", got)
	}
}

func TestNoFaultShowsASecret(t *testing.T) {
	for _, text := range []string{
		"hunter2",
		"channels: [{secret: *hunter2}]",
		"channels: [{secret: !!int hunter2}]",
		"channels: [{secret hunter2}]",
		"channels: [{secret: [hunter2]}]",
		"channels: [{secret: {hunter: hunter2}}]",
		"channels: [{secret: 'file:hunter2'}]",
		"channels: [{secret: 'env:hunter2'}]",
		"channels: [{mode: live, secret: hunter2}]",
		"channels: [{callback_secret: hunter2}]",
		"channels: [{secret: hunter2, secret: hunter2}]",
		"database: oracle://u:hunter2@x",
		"redis: http://u:hunter2@x",
		"public_url: http://u:hunter2@x",
	} {
		_, err := config.Load(write(t, text), nil)
		if got := fmt.Sprint(faultsOf(t, err)); strings.Contains(got, "hunter2") {
			t.Errorf("%s\n  shows it: %s", text, got)
		}
	}
	_, err := config.Load("", []string{"CAUSEWAY_CHANNELS=[{secret: *hunter2}]"})
	if got := fmt.Sprint(faultsOf(t, err)); strings.Contains(got, "hunter2") {
		t.Errorf("the environment shows it: %s", got)
	}
}

// FuzzLoad: whatever the file holds, or the variable that has a list, it is either refused with faults that each name a field,
// or gives what Validate accepts.
func FuzzLoad(f *testing.F) {
	f.Add(everything, false)
	_, channels, _ := strings.Cut(everything, "channels:")
	f.Add(channels, true)
	for _, c := range faulty {
		f.Add(c.text, false)
		if channels, ok := strings.CutPrefix(c.text, "channels: "); ok {
			f.Add(channels, true)
		}
	}
	file := filepath.Join(f.TempDir(), "causeway.yaml")
	f.Fuzz(func(t *testing.T, text string, variable bool) {
		path, environ := file, []string(nil)
		if variable {
			path, environ = "", []string{"CAUSEWAY_CHANNELS=" + text}
		} else if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, environ)
		if err == nil {
			if err := c.Validate(); err != nil {
				t.Errorf("loaded, but %v", err)
			}
			return
		}
		for _, fault := range faultsOf(t, err) {
			if path, what, _ := strings.Cut(fault, ": "); path == "" || what == "" {
				t.Errorf("%q does not say what is wrong with which field", fault)
			}
		}
	})
}
