package fx_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

func TestDefaultRules(t *testing.T) {
	set := fx.DefaultRules()
	card := collect(fx.SourceFixed, "99.99", "EUR", usd)
	card.Rail = "card"
	chain := card
	chain.Rail = "onchain"

	if terms := set.RefundTerms(card, now); terms != (fx.RefundTerms{Rate: fx.Original, Days: 90, Rule: "rule_refund"}) {
		t.Errorf("card: %+v", terms)
	}
	if terms := set.RefundTerms(chain, now); terms.Rate != fx.Current {
		t.Errorf("on-chain: %+v", terms)
	}
	if days, rule := set.SettlementDays(card, now); days != 2 || rule != "rule_settlement" {
		t.Errorf("settlement after %d days by %s", days, rule)
	}
	if period, bps, _ := set.Lock(card, now); period != 15*time.Minute || bps != 0 {
		t.Errorf("locked for %s at %d bps", period, bps)
	}
}

func TestRefundTermsEnd(t *testing.T) {
	terms := fx.RefundTerms{Rate: fx.Original, Days: 90}
	for after, want := range map[time.Duration]fx.RefundRate{
		0:                                 fx.Original,
		90*24*time.Hour - time.Nanosecond: fx.Original,
		90 * 24 * time.Hour:               fx.Current,
	} {
		if got := terms.At(now, now.Add(after)); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
}

// The rule that names more wins; among equals the higher priority; out of its time no rule does.
func TestPrecedence(t *testing.T) {
	set := rules(t, `
  - {id: general, kind: fx_margin, calc: {bps: 50}}
  - {id: pair, kind: fx_margin, match: {pair: EUR/USD}, calc: {bps: 40}}
  - {id: card, kind: fx_margin, match: {rail: card}, priority: 1, calc: {bps: 45}}
  - {id: merchant, kind: fx_margin, match: {merchant: mer_1, rail: card}, calc: {bps: 30}}
  - {id: large, kind: fx_margin, match: {merchant: mer_1, rail: card, amount: {asset: EUR, from: "1000.00"}}, calc: {bps: 20}}
  - {id: later, kind: fx_margin, match: {merchant: mer_1, rail: card, direction: collect, pair: EUR/USD}, effective: {from: "2027-01-01T00:00:00Z"}, calc: {waive: true}}
`)
	for _, c := range []struct {
		merchant, rail, amount string
		other                  money.Asset
		at                     time.Time
		want                   string
	}{
		{"mer_2", "bank", "1.00", gbp, now, "general 50"},
		{"mer_2", "bank", "1.00", usd, now, "pair 40"},
		{"mer_2", "card", "1.00", usd, now, "card 45"},
		{"mer_1", "card", "999.99", usd, now, "merchant 30"},
		{"mer_1", "card", "1000.00", usd, now, "large 20"},
		{"mer_1", "card", "1000.00", usd, now.AddDate(1, 0, 0), "later 0"},
	} {
		r := collect(fx.SourceFixed, c.amount, "EUR", c.other)
		r.Merchant, r.Rail = c.merchant, c.rail
		bps, rule := set.Margin(r, c.at)
		if got := fmt.Sprintf("%s %d", rule, bps); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

func TestFeesStack(t *testing.T) {
	set := rules(t, margin+`
  - {id: general, kind: fee, code: processing, payer: merchant, calc: {bps: 150}}
  - {id: vip, kind: fee, code: processing, payer: merchant, match: {merchant: mer_vip}, calc: {waive: true}}
  - {id: least, kind: fee, code: transfer, payer: sender, asset: EUR, match: {rail: bank}, calc: {bps: 10, min: "0.50", max: "2.00"}}
  - {id: surcharge, kind: fee, code: processing, payer: merchant, stack: add, match: {corridor: DE>CN}, calc: {bps: 100}}`)
	pricer := fx.NewPricer(set, fx.NewBoard(policy()))
	for _, c := range []struct{ merchant, rail, corridor, amount, want string }{
		{"mer_1", "card", "", "100.00", "general 1.50 EUR"},
		{"mer_1", "card", "DE>CN", "100.00", "surcharge 1.00 EUR, general 1.50 EUR"},
		{"mer_vip", "card", "DE>CN", "100.00", "surcharge 1.00 EUR"},
		{"mer_vip", "bank", "", "100.00", "least 0.50 EUR"},
		{"mer_vip", "bank", "", "700.10", "least 0.71 EUR"},
		{"mer_vip", "bank", "", "9000.00", "least 2.00 EUR"},
	} {
		r := collect(fx.SourceFixed, c.amount, "EUR", eur)
		r.Merchant, r.Rail, r.Corridor = c.merchant, c.rail, c.corridor
		q, err := pricer.Price(r, now)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, fee := range q.Fees {
			got = append(got, fee.Rule+" "+fee.Amount.String())
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%+v: got %s", c, text)
		}
	}
}

func TestTiers(t *testing.T) {
	tiers := []fx.Tier{{To: money.Must("100.00", "EUR"), Bps: 200}, {To: money.Must("1000.00", "EUR"), Bps: 100}, {Bps: 50}}
	for _, c := range []struct {
		tiered       fx.Tiering
		amount, want string
	}{
		{fx.Marginal, "100.00", "2.00 EUR"},
		{fx.Marginal, "100.01", "2.01 EUR"}, // rounded up
		{fx.Marginal, "2000.00", "16.00 EUR"},
		{fx.Slab, "99.99", "2.00 EUR"},
		{fx.Slab, "100.00", "1.00 EUR"},
		{fx.Slab, "2000.00", "10.00 EUR"},
	} {
		same(t, string(c.tiered)+" on "+c.amount, fx.Calc{Tiered: c.tiered, Tiers: tiers}.Charge(money.Must(c.amount, "EUR")), c.want)
	}
}

func TestAmbiguousRules(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		tie   bool
	}{
		"one names the rail, one the pair": {`
  - {id: a, kind: fx_margin, match: {rail: card}, calc: {bps: 1}}
  - {id: b, kind: fx_margin, match: {pair: EUR/USD}, calc: {bps: 2}}`, true},
		"a priority decides": {`
  - {id: a, kind: fx_margin, match: {rail: card}, priority: 1, calc: {bps: 1}}
  - {id: b, kind: fx_margin, match: {pair: EUR/USD}, calc: {bps: 2}}`, false},
		"different rails": {`
  - {id: a, kind: fx_margin, match: {rail: card}, calc: {bps: 1}}
  - {id: b, kind: fx_margin, match: {rail: bank}, calc: {bps: 2}}`, false},
		"amounts overlap": {`
  - {id: a, kind: fx_margin, match: {amount: {asset: EUR, to: "100.01"}}, calc: {bps: 1}}
  - {id: b, kind: fx_margin, match: {amount: {asset: EUR, from: "100.00"}}, calc: {bps: 2}}`, true},
		"amounts meet": {`
  - {id: a, kind: fx_margin, match: {amount: {asset: EUR, to: "100.00"}}, calc: {bps: 1}}
  - {id: b, kind: fx_margin, match: {amount: {asset: EUR, from: "100.00"}}, calc: {bps: 2}}`, false},
		"amounts of different assets": {`
  - {id: a, kind: fx_margin, match: {amount: {asset: EUR, from: "0.00"}}, calc: {bps: 1}}
  - {id: b, kind: fx_margin, match: {amount: {asset: USD, from: "0.00"}}, calc: {bps: 2}}`, false},
		"times overlap": {`
  - {id: a, kind: fx_margin, match: {rail: card}, effective: {to: "2026-06-02T00:00:00Z"}, calc: {bps: 1}}
  - {id: b, kind: fx_margin, match: {rail: card}, effective: {from: "2026-06-01T00:00:00Z"}, calc: {bps: 2}}`, true},
		"one follows the other": {`
  - {id: a, kind: fx_margin, match: {rail: card}, effective: {to: "2026-06-01T00:00:00Z"}, calc: {bps: 1}}
  - {id: b, kind: fx_margin, match: {rail: card}, effective: {from: "2026-06-01T00:00:00Z"}, calc: {bps: 2}}`, false},
		"fees of one code": {`
  - {id: a, kind: fee, code: x, payer: merchant, calc: {bps: 1}}
  - {id: b, kind: fee, code: x, payer: sender, calc: {bps: 2}}`, true},
		"slabs, which warn": {`
  - {id: a, kind: fee, code: x, payer: merchant, asset: EUR, calc: {tiered: slab, tiers: [{to: "9.00", bps: 2}, {bps: 1}]}}
  - {id: b, kind: fee, code: x, payer: merchant, asset: EUR, calc: {tiered: slab, tiers: [{to: "9.00", bps: 2}, {bps: 1}]}}`, true},
		"fees of two codes": {`
  - {id: a, kind: fee, code: x, payer: merchant, calc: {bps: 1}}
  - {id: b, kind: fee, code: y, payer: merchant, calc: {bps: 2}}`, false},
		"fees that add": {`
  - {id: a, kind: fee, code: x, payer: merchant, calc: {bps: 1}}
  - {id: b, kind: fee, code: x, payer: merchant, stack: add, calc: {bps: 2}}`, false},
		"fees in two assets": {`
  - {id: a, kind: fee, code: x, payer: merchant, asset: EUR, calc: {fixed: "1.00"}}
  - {id: b, kind: fee, code: x, payer: merchant, asset: USD, calc: {fixed: "1.00"}}`, false},
	} {
		_, err := fx.LoadRules([]byte("version: 1\nrules:" + universal + margin + c.rules))
		if tied := errors.Is(err, fx.ErrBadRules) && strings.Contains(err.Error(), "rule b and rule a (line"); tied != c.tie {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every fault is named at once, with its line.
func TestLintNamesEveryFault(t *testing.T) {
	file := `version: 0
owner: treasury
rules:
  - {id: margin, kind: fx_margin, calc: {bps: 2501}}
  - {id: margin, kind: fx_margin, calc: {bps: 50}, calc: {bps: 60}}
  - {id: fee, kind: fee, match: {colour: red}, calc: {bps: 1.5}}
  - {id: fixed, kind: fee, code: x, payer: merchant, calc: {fixed: "1.00"}}
  - {id: cents, kind: fee, code: y, payer: everyone, asset: EUR, calc: {fixed: "1.001"}}
  - {id: asset, kind: fee, code: z, payer: merchant, asset: XYZ}
  - {id: bare, kind: fee}
  - {id: tiers, kind: fee, code: t, payer: merchant, asset: EUR, calc: {tiers: [{to: "5.00", bps: 1}, {to: "4.00", bps: 2}, {bps: 3}]}}
  - {id: lock, kind: lock_price, lock: soon}
  - {id: refund, kind: refund_rate, rate: original}
  - {id: late, kind: settlement, days: 9999}
  - {id: window, kind: settlement, days: 1, match: {rail: card}, effective: {from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z"}}
  - {id: pair, kind: fx_margin, match: {pair: EURUSD}, calc: {bps: 1}}
  - {id: band, kind: limit, asset: EUR, match: {amount: {from: "1.00"}}, calc: {min: "2.00"}}
  - {id: limits, kind: limit, asset: EUR, calc: {min: "2.00", max: "1.00"}}
  - {id: words, kind: settlement, days: 1, code: x, match: {rail: bank}}
  - {id: cost, kind: channel_cost, asset: EUR, match: {channel: card.acme-eu}, calc: {bps: 120, fixed: "0.10"}}
  - 17
`
	var got []string
	for _, fault := range fx.Lint([]byte(file)) {
		got = append(got, fault.String())
	}
	want := []string{
		`line 1: version must be a whole number from 1`,
		`line 2: unknown field "owner"`,
		`line 4: rule margin: bps must be from 0 to 2500`,
		`line 5: field "calc" is repeated`,
		`line 5: rule margin is already on line 4`,
		`line 6: unknown field "colour"`,
		`line 6: "1.5" is no whole number`,
		`line 7: an amount needs the rule's asset`,
		`line 8: "everyone" is none of [sender receiver merchant]`,
		`line 8: "1.001" EUR: amount has more decimals than its asset (2)`,
		`line 9: "XYZ": unknown asset`,
		`line 10: rule bare: needs a code`,
		`line 10: rule bare: needs a payer: sender, receiver or merchant`,
		`line 10: rule bare: needs a calc`,
		`line 11: rule tiers: tiers need tiered: marginal or slab`,
		`line 11: rule tiers: tier 2: to must rise`,
		`line 12: "soon" is no duration such as 15m`,
		`line 13: rule refund: needs days during which the original rate holds`,
		`line 14: rule late: days must be from 0 to 3650`,
		`line 15: rule window: effective ends before it begins`,
		`line 16: "EURUSD" is no pair such as EUR/USD`,
		`line 17: an amount needs the rule's asset`,
		`line 17: an amount needs its asset`,
		`line 18: rule limits: min is above max`,
		`line 19: rule words: code, payer and stack belong to kind fee`,
		`line 20: kind channel_cost is not in use yet: what a channel costs stands in the configuration`,
		`line 21: expected fields`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestIncompleteRules(t *testing.T) {
	for _, file := range []string{"", "\n", "# nothing\n", "version: 1\n", "version: 1\nrules: []\n", "- 1\n", "\x00", "version: 1\n---\nversion: 2\n", "a: &a [*a]\n"} {
		if _, err := fx.LoadRules([]byte(file)); !errors.Is(err, fx.ErrBadRules) {
			t.Errorf("%q: got %v, want ErrBadRules", file, err)
		}
	}
	_, err := fx.LoadRules([]byte("version: 1\nrules: [{id: m, kind: fx_margin, match: {rail: card}, calc: {bps: 50}}]"))
	for _, kind := range []string{"fx_margin", "lock_price", "refund_rate", "settlement"} {
		if !strings.Contains(err.Error(), "no rule of kind "+kind+" matches every payment") {
			t.Errorf("%s is not missed: %v", kind, err)
		}
	}
}

func TestSlabWarns(t *testing.T) {
	file := []byte("version: 1\nrules:" + universal + margin + `
  - {id: slab, kind: fee, code: x, payer: merchant, asset: EUR, calc: {tiered: slab, tiers: [{to: "100.00", bps: 200}, {bps: 100}]}}`)
	faults := fx.Lint(file)
	if len(faults) != 1 || !faults[0].Warning || !strings.Contains(faults[0].Detail, "paying more costs less") {
		t.Errorf("faults %+v", faults)
	}
	if _, err := fx.LoadRules(file); err != nil {
		t.Errorf("a warning refused the file: %v", err)
	}
}

// Rules for other merchants and pairs do not slow a price down.
func BenchmarkManyRules(b *testing.B) {
	for _, count := range []int{10, 1_000, 10_000} {
		var more strings.Builder
		more.WriteString(margin)
		for i := range count {
			fmt.Fprintf(&more, "  - {id: m%d, kind: fx_margin, match: {merchant: mer_%d}, calc: {bps: 40}}\n", i, i)
		}
		set := rules(b, more.String())
		pricer := fx.NewPricer(set, boardWith(b, "EUR/USD 1.1"))
		r := collect(fx.SourceFixed, "99.99", "EUR", usd)
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			for b.Loop() {
				if _, err := pricer.Price(r, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
