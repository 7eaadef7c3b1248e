package fx_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

var drawnAssets = []money.Asset{eur, usd, money.MustAsset("JPY"), money.MustAsset("KWD"), money.MustAsset("CLF"), usdc, eth}

// drawPair draws two assets that differ.
func drawPair(t *rapid.T) (source, target money.Asset) {
	source = rapid.SampledFrom(drawnAssets).Draw(t, "source")
	target = rapid.SampledFrom(drawnAssets).Filter(func(a money.Asset) bool { return a != source }).Draw(t, "target")
	return source, target
}

// drawMid draws a market: one rate or two chained ones, each as quoted or inverted.
func drawMid(t *rapid.T, source, target money.Asset) money.Rate {
	leg := func(base, quote money.Asset) money.Rate {
		text := rapid.StringMatching(`[1-9][0-9]{0,4}\.[0-9]{1,8}|0\.0{0,6}[1-9][0-9]{0,5}`).Draw(t, "rate")
		if rapid.Bool().Draw(t, "inverse") {
			return money.MustRate(text, quote.String(), base.String()).Inverse()
		}
		return money.MustRate(text, base.String(), quote.String())
	}
	if rapid.Bool().Draw(t, "direct") {
		return leg(source, target)
	}
	return leg(source, gbp).Times(leg(gbp, target))
}

func drawAmount(t *rapid.T, asset money.Asset) money.Amount {
	whole := rapid.StringMatching(`[1-9][0-9]{0,8}`).Draw(t, "amount")
	if asset.Exponent > 0 {
		whole += "." + rapid.StringMatching(fmt.Sprintf(`[0-9]{1,%d}`, asset.Exponent)).Draw(t, "decimals")
	}
	amount, err := money.Parse(whole, asset)
	if err != nil {
		t.Fatal(err)
	}
	return amount
}

func drawConversion(t *rapid.T) fx.Conversion {
	source, target := drawPair(t)
	fix := rapid.SampledFrom([]fx.Side{fx.SourceFixed, fx.TargetFixed}).Draw(t, "fix")
	fixed := source
	if fix == fx.TargetFixed {
		fixed = target
	}
	return fx.Convert(fix, drawAmount(t, fixed), drawMid(t, source, target), rapid.Int64Range(0, 2500).Draw(t, "margin"))
}

// Every split adds up exactly in its asset, fits the house accounts, and its residual is at least zero and below one
// minor unit of the side that floats.
func TestConversionAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConversion(t)
		unit := c.Target.Asset().One()
		if c.Fix == fx.TargetFixed {
			unit = c.Source.Asset().One()
		}
		for name, view := range map[string]struct {
			split        fx.Split
			whole, rest  money.Amount
			unitOfFloats money.Amount
		}{
			"target": {c.InTarget(), c.InTarget().AtMid, c.Target, in(unit, c.Mid)},
			"source": {c.InSource(), c.Source, c.InSource().AtMid, in(unit, c.Mid.Inverse())},
		} {
			split := view.split
			if sum := view.rest.Add(split.Margin).Add(split.Residual); !sum.Equal(view.whole) {
				t.Errorf("%s: %s adds up to %s of %s", name, view.rest, sum, view.whole)
			}
			if split.Residual.Sign() < 0 || split.Residual.Cmp(view.unitOfFloats) >= 0 {
				t.Errorf("%s: residual %s is not in [0, %s)", name, split.Residual, view.unitOfFloats)
			}
			if !split.AtMid.FitsHouse() || !split.Margin.FitsHouse() || !split.Residual.FitsHouse() {
				t.Errorf("%s: %+v does not fit the house accounts", name, split)
			}
			if !c.Source.IsWhole() || !c.Target.IsWhole() {
				t.Errorf("%s or %s cannot be paid", c.Source, c.Target)
			}
		}
	})
}

// in returns one minor unit in the quote asset of rate.
func in(unit money.Amount, rate money.Rate) money.Amount {
	if unit.Asset() == rate.Quote() {
		return unit
	}
	return rate.Convert(unit)
}

// The markup never favours the client: not the rate, and not what it pays or gets.
func TestMarginIsNeverTheClients(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConversion(t)
		if c.Client().Cmp(c.Mid) > 0 || (c.MarginBps > 0 && c.Client().Cmp(c.Mid) == 0) {
			t.Errorf("client rate %s against mid %s at %d bps", c.Client().Value(), c.Mid.Value(), c.MarginBps)
		}
		if c.Mid.Convert(c.Source).Cmp(c.Target) < 0 {
			t.Errorf("%s became %s, worth more at mid %s", c.Source, c.Target, c.Mid.Value())
		}
	})
}

// A fixed target is delivered for the smallest debit: one minor unit less would not cover it.
func TestFixedTargetCostsTheLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source, target := drawPair(t)
		amount, mid := drawAmount(t, target), drawMid(t, source, target)
		bps := rapid.Int64Range(0, 2500).Draw(t, "margin")
		c := fx.Convert(fx.TargetFixed, amount, mid, bps)

		need := amount.Add(amount.Bps(bps))
		if !c.Target.Equal(amount) || mid.Convert(c.Source).Cmp(need) < 0 {
			t.Errorf("%s does not cover %s", c.Source, need)
		}
		for less := range 3 {
			cheaper := c.Source
			for range less + 1 {
				cheaper = cheaper.Sub(source.One())
			}
			if cheaper.Sign() > 0 && mid.Convert(cheaper).Cmp(need) >= 0 {
				t.Errorf("%s would have covered %s, %s is taken", cheaper, need, c.Source)
			}
		}
	})
}

const manyFees = `
  - {id: margin, kind: fx_margin, calc: {bps: 50}}
  - {id: sender, kind: fee, code: transfer, payer: sender, calc: {bps: 25}}
  - {id: sender_fixed, kind: fee, code: transfer, payer: sender, asset: EUR, stack: add, calc: {fixed: "0.35"}}
  - {id: merchant, kind: fee, code: processing, payer: merchant, calc: {bps: 150}}
  - {id: receiver, kind: fee, code: delivery, payer: receiver, calc: {bps: 10}}
`

// A quote adds up in every asset, whichever side is fixed.
func TestQuoteAddsUp(t *testing.T) {
	pricer := fx.NewPricer(rules(t, manyFees), boardWith(t, "EUR/USD 1.1683", "EUR/GBP 0.8706", "EUR/JPY 186.75", "ETH/EUR 2146.31", "EUR/USDC 1.1685"))
	assets := []money.Asset{eur, usd, gbp, money.MustAsset("JPY"), eth, usdc}
	rapid.Check(t, func(t *rapid.T) {
		asset := rapid.SampledFrom(assets).Draw(t, "asset")
		r := fx.Request{
			Direction: fx.Collect, Mode: fx.Firm, Other: rapid.SampledFrom(assets).Draw(t, "other"),
			Fix:    rapid.SampledFrom([]fx.Side{fx.SourceFixed, fx.TargetFixed}).Draw(t, "fix"),
			Amount: drawAmount(t, asset),
		}
		q, err := pricer.Price(r, now)
		if errors.Is(err, fx.ErrTooSmall) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if sum := q.Target.Add(q.Margin).Add(q.Residual); !sum.Equal(q.AtMid) {
			t.Errorf("%s + %s + %s is not %s", q.Target, q.Margin, q.Residual, q.AtMid)
		}
		debit, credit := q.Source, q.Target
		for _, fee := range q.Fees {
			if !fee.Amount.IsWhole() || fee.Amount.Sign() <= 0 {
				t.Errorf("fee %s cannot be charged", fee.Amount)
			}
			if fee.Payer == fx.Sender {
				debit = debit.Add(fee.Amount)
			} else {
				credit = credit.Sub(fee.Amount)
			}
		}
		if !debit.Equal(q.Debit()) || !credit.Equal(q.Net()) || q.Net().Sign() <= 0 {
			t.Errorf("debit %s, net %s of %+v", q.Debit(), q.Net(), q)
		}
	})
}

// With marginal tiers a larger amount never costs less.
func TestMarginalFeesRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		calc := fx.Calc{Tiered: fx.Marginal}
		to := eur.Zero()
		for range rapid.IntRange(0, 4).Draw(t, "tiers") {
			to = to.Add(drawAmount(t, eur))
			calc.Tiers = append(calc.Tiers, fx.Tier{To: to, Bps: rapid.Int64Range(0, 10_000).Draw(t, "bps")})
		}
		calc.Tiers = append(calc.Tiers, fx.Tier{Bps: rapid.Int64Range(0, 10_000).Draw(t, "bps")})
		low := drawAmount(t, eur)
		high := low.Add(drawAmount(t, eur))
		if calc.Charge(low).Cmp(calc.Charge(high)) > 0 {
			t.Errorf("%s costs %s, %s costs %s", low, calc.Charge(low), high, calc.Charge(high))
		}
	})
}
