package tour

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The sandbox's banks: one at home, and two where the house keeps accounts for payouts abroad.
const (
	bankAtHome = "bank.sandbox-eur"
	bankAbroad = "xb.sandbox"
	bankBeside = "xb.second"

	bankAccount = "DE75512108001245126199" // the house's, at home
)

// banked is a bank and what the house keeps there.
type banked struct {
	name    string
	kept    string     // where it listens when the world is kept
	spec    string     // what the sandbox is told beside addresses and secrets
	way     string     // banks on the way of its payouts, and what each charges
	channel string     // what the gateway is told beside them
	funds   []struct { // the opening balances of the house, which treasury books
		currency, value string
	}
}

// All work round the clock, so that a tour on a Sunday is no longer.
var banks = []banked{
	{
		name: bankAtHome, kept: "127.0.0.1:9201",
		spec: "bic=CSWYDEFFXXX,settle=300ms,account=" + bankAccount + "/EUR/1000000.00",
		channel: `    rail: bank
    currencies: [EUR]
    bic: CSWYDEFFXXX
    account: ` + bankAccount + `
    corridors: [DE>DE, DE>FR]
    capabilities: {idempotent_replay: 24h, inquiry: true, fence: true, pre_execution_codes: [invalid_request, unauthorized, channel_closed]}
`,
		funds: []struct{ currency, value string }{{"EUR", "1000000.00"}},
	},
	{
		name: bankAbroad, kept: "127.0.0.1:9202",
		spec: "bic=CSWYGB2LXXX,settle=300ms,account=" +
			"NOSTRO-CNY/CNY/10000000.00;NOSTRO-USD/USD/1000000.00;NOSTRO-GBP/GBP/1000000.00;NOSTRO-EUR/EUR/1000000.00",
		way: "CSWYSGSGXXX/12.00;CSWYHKHHXXX/5.00",
		channel: `    rail: crossborder
    priority: 1
    currencies: [CNY, USD, GBP, EUR]
    bic: CSWYGB2LXXX
    own_bic: CSWYDEFFXXX
    town: Frankfurt am Main
    nostros:
      - {currency: CNY, account: NOSTRO-CNY}
      - {currency: USD, account: NOSTRO-USD}
      - {currency: GBP, account: NOSTRO-GBP}
      - {currency: EUR, account: NOSTRO-EUR}
    corridors: [DE>CN, DE>US, DE>GB]
    fastest: 1m
    slowest: 48h
    capabilities: {idempotent_replay: 24h, inquiry: true, pre_execution_codes: [invalid_request, unauthorized, channel_closed]}
`,
		funds: []struct{ currency, value string }{
			{"CNY", "10000000.00"}, {"USD", "1000000.00"}, {"GBP", "1000000.00"}, {"EUR", "1000000.00"},
		},
	},
	{
		name: bankBeside, kept: "127.0.0.1:9203",
		spec: "bic=CSWYFRPPXXX,settle=300ms,correspondents=CSWYJPJTXXX/9.00,account=NOSTRO-CNY/CNY/1000000.00",
		channel: `    rail: crossborder
    priority: 2
    currencies: [CNY]
    bic: CSWYFRPPXXX
    own_bic: CSWYDEFFXXX
    town: Frankfurt am Main
    nostros: [{currency: CNY, account: NOSTRO-CNY}]
    corridors: [DE>CN]
    fastest: 1m
    slowest: 48h
    capabilities: {idempotent_replay: 24h, inquiry: true, pre_execution_codes: [invalid_request, unauthorized, channel_closed]}
`,
		funds: []struct{ currency, value string }{{"CNY", "1000000.00"}},
	},
}

// bankArgs starts the banks, on their ports when the world is kept.
func bankArgs(o Options, gateway string) []string {
	var args []string
	for _, b := range banks {
		listen := "127.0.0.1:0"
		if o.Keep {
			listen = b.kept
		}
		spec := b.spec
		if b.way != "" {
			spec += ",correspondents=" + cmp.Or(o.Way, b.way)
		}
		args = append(args, "--bank", fmt.Sprintf("name=%s,listen=%s,secret=%s,callback=http://%s/callbacks/%s,callback_secret=%s,%s",
			b.name, listen, apiSecret, gateway, b.name, callbackSecret, spec))
	}
	return args
}

// bankChannels is the part of the gateway's configuration about the banks, by where they listen.
func bankChannels(listening map[string]string) string {
	var text strings.Builder
	for _, b := range banks {
		fmt.Fprintf(&text, `  - name: %s
    driver: iso20022
    url: %s
    secret: %s
    callback_secret: %s
    mode: test
    holder: Causeway Pay GmbH
    home: DE
    poll: 1s
    timeout: 3s
%s`, b.name, listening[b.name], apiSecret, callbackSecret, b.channel)
	}
	return text.String()
}

// bankOn makes a merchant whose earnings are available at once and who may pay out, and books what the house keeps at the banks.
func (w *World) bankOn(ctx context.Context) error {
	if _, err := w.cli(ctx, "merchants", "create", "instant", "--name", "Instant GmbH", "--currency", "EUR", "--tier", "instant"); err != nil {
		return err
	}
	out, err := w.cli(ctx, "keys", "create", "--merchant", "instant", "--scopes", "read,write,payout", "--output", "json")
	if err != nil {
		return err
	}
	var made struct{ Secret string }
	if err := json.Unmarshal(out, &made); err != nil || made.Secret == "" {
		return fmt.Errorf("keys create printed %q", out)
	}
	w.Payer = made.Secret
	for _, b := range banks {
		for _, f := range b.funds {
			account := "nostro:" + b.name + ":" + f.currency
			if _, err := w.cli(ctx, "ledger", "fund", "opening_"+b.name+"_"+f.currency, account, f.value, f.currency); err != nil {
				return err
			}
		}
	}
	return nil
}

// paysOut is the world as the merchant who pays out sees it.
func (w *World) paysOut() *World {
	as := *w
	as.Key = w.Payer
	return &as
}

// bankFault makes a bank misbehave until calm.
func (w *World) bankFault(ctx context.Context, bank, scenario string) error {
	_, err := w.control(ctx, http.MethodPost, "/control/banks/"+bank+"/faults", object{"scenario": scenario, "count": 0})
	return err
}

// calmBanks makes the banks behave again.
func (w *World) calmBanks(ctx context.Context) error {
	for _, b := range banks {
		if _, err := w.control(ctx, http.MethodDelete, "/control/banks/"+b.name+"/faults", nil); err != nil {
			return err
		}
	}
	return nil
}

// transfer has a payer transfer money to the house's account, and returns the bank's reference of the credit.
func (w *World) transfer(ctx context.Context, reference, value string) (string, error) {
	credit, err := w.control(ctx, http.MethodPost, "/control/banks/"+bankAtHome+"/credits", object{
		"account": bankAccount, "amount": value, "currency": "EUR", "reference": reference,
		"debtor": object{"name": "Jana Novak", "iban": "DE89370400440532013000"},
	})
	return credit.text("acct_svcr_ref"), err
}

// repeat has the bank report a credit once more, in another message.
func (w *World) repeat(ctx context.Context, credit string) error {
	_, err := w.control(ctx, http.MethodPost, "/control/banks/"+bankAtHome+"/repeats", object{"reference": credit})
	return err
}

// booked returns the lines of a kind in a bank's own log, or of every kind when it is empty: those under a reference, or all.
func (w *World) booked(ctx context.Context, bank, kind, reference string) (movements []object, err error) {
	o, err := w.control(ctx, http.MethodGet, "/control/banks/"+bank+"/movements?kind="+kind+"&reference="+url.QueryEscape(reference), nil)
	return o.list("movements"), err
}

// beneficiary makes one and returns its id.
func (w *World) beneficiary(ctx context.Context, key string, body object) (string, error) {
	made, err := w.post(ctx, "/v1/beneficiaries", "tour-"+key, body)
	return made.text("id"), err
}

// see reads an object until what is wanted holds of it, and fails when ctx ends first.
func (w *World) see(ctx context.Context, path, what string, wanted func(object) bool) (object, error) {
	for {
		o, err := w.get(ctx, path, "en")
		if err != nil || wanted(o) {
			return o, err
		}
		if !pause(ctx, 50*time.Millisecond) {
			return o, fmt.Errorf("%s is %s, and not yet %s: %s", path, o.text("status"), what, o.text("last_error", "detail"))
		}
	}
}

// is wants a status.
func is(status string) func(object) bool {
	return func(o object) bool { return o.text("status") == status }
}
