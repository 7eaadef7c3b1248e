package fx_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// FuzzLoadRules reads any file. What is refused has a fault for every line that the error names; what is taken is the same
// each time, and prices without a panic.
func FuzzLoadRules(f *testing.F) {
	f.Add(fx.DefaultRulesText())
	f.Add([]byte("version: 1\nrules:" + universal + margin))
	f.Add([]byte("version: 1\nrules:" + universal + manyFees))
	f.Add([]byte("a: &a {b: *a}"))
	f.Add([]byte("rules: [{id: {}, kind: [], calc: 1, match: {amount: {}}, effective: x}]"))
	market := boardWith(f, "EUR/USD 1.1683")
	f.Fuzz(func(t *testing.T, file []byte) {
		set, err := fx.LoadRules(file)
		faults := fx.Lint(file)
		if err != nil {
			named(t, err, faults, len(file)+1) // YAML knows five ways to end a line
			return
		}
		for _, fault := range faults {
			if !fault.Warning {
				t.Errorf("taken in spite of %s", fault)
			}
		}
		if again, err := fx.LoadRules(file); err != nil || again.Version != set.Version || !reflect.DeepEqual(again.Rules, set.Rules) {
			t.Errorf("read twice, it is version %d and %d (%v)", set.Version, again.Version, err)
		}
		pricer := fx.NewPricer(set, market)
		for _, r := range []fx.Request{
			collect(fx.SourceFixed, "99.99", "EUR", eur), collect(fx.SourceFixed, "99.99", "EUR", usd), collect(fx.TargetFixed, "0.01", "EUR", usd),
		} {
			priced(t, pricer, r)
		}
	})
}

// named fails the test unless a refusal tells every fault of a file, each with one of its lines.
func named(t *testing.T, err error, faults []fx.Fault, lines int) {
	t.Helper()
	var refused *fx.RulesError
	if !errors.As(err, &refused) || !errors.Is(err, fx.ErrBadRules) || len(refused.Faults) == 0 {
		t.Fatalf("refused without a fault: %v", err)
	}
	told := err.Error()
	for _, fault := range faults {
		if !fault.Warning && !strings.Contains(told, fault.String()) {
			t.Errorf("%q does not say %q", told, fault)
		}
	}
	for _, fault := range refused.Faults {
		if fault.Line < 0 || fault.Line > lines || fault.Detail == "" || fault.Warning {
			t.Errorf("a fault of at most %d lines: %+v", lines, fault)
		}
	}
}

// priced asks for a price twice: both are the same, add up, and are whole in what has to be paid.
func priced(t *testing.T, pricer *fx.Pricer, r fx.Request) {
	t.Helper()
	q, err := pricer.Price(r, now)
	if err != nil {
		if !errors.Is(err, fx.ErrTooSmall) && !errors.Is(err, fx.ErrLimit) {
			t.Errorf("%+v: %v", r, err)
		}
		return
	}
	if again, err := pricer.Price(r, now); err != nil || again.Hash != q.Hash {
		t.Errorf("priced twice: %+v and %+v (%v)", q, again, err)
	}
	if sum := q.Target.Add(q.Margin).Add(q.Residual); !sum.Equal(q.AtMid) {
		t.Errorf("%s + %s + %s is not %s", q.Target, q.Margin, q.Residual, q.AtMid)
	}
	fixed := q.Source
	if r.Fix == fx.TargetFixed {
		fixed = q.Target
	}
	if !fixed.Equal(r.Amount) || q.Net().Sign() <= 0 || !q.Source.IsWhole() || !q.Target.IsWhole() || q.Rate.Client.Cmp(q.Rate.Mid) > 0 {
		t.Errorf("%s became %+v", r.Amount, q)
	}
	for _, fee := range q.Fees {
		if fee.Amount.Sign() <= 0 || !fee.Amount.IsWhole() || fee.Rule == "" {
			t.Errorf("fee %+v cannot be charged", fee)
		}
	}
	intact(t, q)
}

// intact fails the test unless a quote that was stored and read has its hash still.
func intact(t *testing.T, q fx.Quote) {
	t.Helper()
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var stored fx.Quote
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatalf("%s is not read: %v", text, err)
	}
	if sum, err := stored.Sum(); err != nil || sum != q.Hash {
		t.Errorf("%s has another hash once it was stored (%v)", text, err)
	}
}

// FuzzPrice fills a rule file with any values and prices any amount by it, which gets further than a file of random bytes.
func FuzzPrice(f *testing.F) {
	f.Add("50", "10", "150", "0.35", "10", "99.99", true)
	f.Add("2500", "0", "10000", "0", "0", "0.01", false)
	f.Add("-1", "1.5", "1e3", "0.001", "x", "1", true)
	f.Add("0", "0", "0", "99999999.99", "0", "9999999999999999999999999999.99", false)
	f.Add("9223372036854775807", "0", "0", "0", "0", "1", true)
	market := boardWith(f, "EUR/USD 1.1683")
	f.Fuzz(func(t *testing.T, margin, lock, fee, fixed, delivery, amount string, source bool) {
		file := []byte("version: 3\nrules:" + `
  - {id: settlement, kind: settlement, days: 2}
  - {id: refund, kind: refund_rate, rate: original, days: 90}
  - {id: lock, kind: lock_price, lock: 15m, calc: {bps: ` + strconv.Quote(lock) + `}}
  - {id: margin, kind: fx_margin, calc: {bps: ` + strconv.Quote(margin) + `}}
  - {id: sender, kind: fee, code: transfer, payer: sender, asset: EUR, calc: {bps: 25, fixed: ` + strconv.Quote(fixed) + `}}
  - {id: merchant, kind: fee, code: processing, payer: merchant, calc: {bps: ` + strconv.Quote(fee) + `}}
  - {id: receiver, kind: fee, code: delivery, payer: receiver, calc: {bps: ` + strconv.Quote(delivery) + `}}
`)
		set, err := fx.LoadRules(file)
		if err != nil {
			named(t, err, fx.Lint(file), len(file))
			return
		}
		fix, fixedAsset, other := fx.TargetFixed, usd, eur
		if source {
			fix, fixedAsset, other = fx.SourceFixed, eur, usd
		}
		wanted, err := money.Parse(amount, fixedAsset)
		if err != nil || wanted.Sign() == 0 {
			return
		}
		priced(t, fx.NewPricer(set, market), fx.Request{
			ID: "quo_1", Merchant: "mer_1", Direction: fx.Collect, Mode: fx.Firm, Fix: fix, Amount: wanted, Other: other,
		})
	})
}
