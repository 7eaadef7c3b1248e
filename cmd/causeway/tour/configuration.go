package tour

import (
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
)

// ports are where everything listens.
type ports struct {
	gateway, admin, control, rates string
	acquirers                      map[string]string
}

var portsKept = ports{
	gateway: "127.0.0.1:8080", admin: "127.0.0.1:9090", control: "127.0.0.1:9100", rates: "127.0.0.1:9401",
	acquirers: map[string]string{acme: "127.0.0.1:9101", globex: "127.0.0.1:9102"},
}

// freePorts leaves every choice to the kernel, but for the gateway's, which must be known before it starts, for the callbacks.
func freePorts() (ports, error) {
	gateway, err := FreePort()
	const any = "127.0.0.1:0"
	return ports{
		gateway: gateway, admin: any, control: any, rates: any,
		acquirers: map[string]string{acme: any, globex: any},
	}, err
}

// The ports that FreePort takes from are below those that the kernel hands out by itself. One of those could be somebody's
// outgoing connection before the process starts that is to listen there, or while it is down.
const portFirst, portCount, portTries = 20_000, 12_000, 50

// FreePort finds an address on loopback where nobody listens.
func FreePort() (string, error) {
	for range portTries {
		address := fmt.Sprintf("127.0.0.1:%d", portFirst+rand.IntN(portCount))
		if listener, err := net.Listen("tcp", address); err == nil {
			return address, listener.Close()
		}
	}
	return "", fmt.Errorf("no free port in %d tries", portTries)
}

// The sandbox's acquirers, and the secrets they share with the gateway. They protect nothing.
const (
	acme   = "card.acme-eu"
	globex = "card.globex"

	apiSecret      = "sandbox-secret"
	callbackSecret = "whsec_c2FuZGJveC1jYWxsYmFjay1zZWNyZXQtMDE="
)

func sandboxArgs(p ports) []string {
	args := []string{"serve", "--exit-on-stdin-close", "--control", p.control, "--rates", p.rates}
	for _, name := range []string{acme, globex} {
		args = append(args, "--acquirer", fmt.Sprintf("name=%s,listen=%s,secret=%s,callback=http://%s/callbacks/%s,callback_secret=%s",
			name, p.acquirers[name], apiSecret, p.gateway, name, callbackSecret))
	}
	return args
}

// configuration is what an operator would write for this world.
func (w *World) configuration(dir string, p ports, acquirers map[string]string, rates string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "listen: %s\nadmin_listen: %s\npublic_url: http://%s\n", p.gateway, p.admin, p.gateway)
	fmt.Fprintf(&b, "database: sqlite:%s\nallow_private_webhooks: true\n", filepath.Join(dir, "causeway.db"))
	if w.options.Rules != "" {
		fmt.Fprintf(&b, "rules: %s\n", w.options.Rules)
	}
	if w.options.ClaimsAfter > 0 {
		fmt.Fprintf(&b, "claims_after: %s\n", w.options.ClaimsAfter)
	}
	fmt.Fprintf(&b, "rates:\n  - {name: sandbox, kind: json, url: %q, interval: 1s, max_age: 60s, firm: true}\n", rates+"/v1/rates")
	fmt.Fprintln(&b, "channels:")
	for i, name := range []string{acme, globex} {
		fmt.Fprintf(&b, `  - name: %s
    rail: card
    driver: acquirer
    url: %s
    secret: %s
    callback_secret: %s
    mode: test
    currencies: [EUR, USD, GBP]
    cost: {bps: 120, fixed: {value: "0.10", currency: EUR}}
    refund_cost: {fixed: {value: "0.10", currency: EUR}}
    low_value: [{value: "100.00", currency: EUR}]
    priority: %d
    timeout: 3s
    capabilities:
      idempotent_replay: 24h
      inquiry: true
      fence: true
      void: true
      visibility_horizon: 10m
      pre_execution_codes: [invalid_request, unauthorized, rate_limited, channel_closed]
`, name, acquirers[name], apiSecret, callbackSecret, i+1)
	}
	return b.String()
}
