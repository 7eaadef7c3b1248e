package ledger_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"pgregory.net/rapid"
)

func TestPartsSumToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, _ := drawSale(t)
		parts := drawParts(t, whole)
		var sum ledger.Capture
		for i, part := range parts {
			sum = add(t, sum, part)
			checkPart(t, part)
			checkShare(t, whole, sum, i == len(parts)-1)
		}
		for name, pair := range fields(whole, sum) {
			if pair[0].Cmp(pair[1]) != 0 {
				t.Errorf("%s: the parts sum to %s, the whole is %s", name, pair[1], pair[0])
			}
		}
	})
}

// checkPart proves that a part can be booked and takes nothing back.
func checkPart(t *rapid.T, part ledger.Capture) {
	if err := part.Entry().Check(); err != nil {
		t.Error(err)
	}
	for name, amount := range map[string]money.Amount{
		"at mid": part.AtMid, "credited": part.Credited, "margin": part.Margin,
		"fee": part.Fee, "sender fee": part.SenderFee, "cost": part.Cost,
	} {
		if amount.Sign() < 0 {
			t.Errorf("the part of %s has a negative %s: %s", part.Paid, name, amount)
		}
	}
}

// checkShare proves that, up to here, the merchant has at most its exact share, and the house at least its fees.
func checkShare(t *rapid.T, whole, sum ledger.Capture, last bool) {
	exact := whole.Credited.Add(whole.Rounding).Share(sum.Paid, whole.Paid)
	if sum.Credited.Cmp(exact) > 0 {
		t.Errorf("%s credited of an exact %s", sum.Credited, exact)
	}
	bounded := last || exact.Cmp(whole.Credited) >= 0
	if !bounded && exact.Sub(sum.Credited).Cmp(exact.Asset().One()) >= 0 {
		t.Errorf("%s credited falls a unit or more short of an exact %s", sum.Credited, exact)
	}
	if sum.Fee.Cmp(whole.Fee.Share(sum.Paid, whole.Paid)) < 0 {
		t.Errorf("a fee of %s for %s of %s", sum.Fee, sum.Paid, whole.Paid)
	}
}

func TestRefundsReturnWhatWasBooked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sale, mid := drawSale(t)
		var refunds []ledger.RefundOriginal
		left := sale.Paid
		refund := func(paid money.Amount) {
			atMidNow, _ := mid.Markup(100).Convert(paid).House()
			r := sale.Refund("ref_"+strconv.Itoa(len(refunds))+":confirmed", paid, atMidNow, refunds...)
			if r.Reserved.Sign() < 0 || r.Margin.Sign() < 0 || r.AtMidThen.Sign() < 0 {
				t.Errorf("the refund of %s takes back: %+v", paid, r)
			}
			if err := r.Entry().Check(); err != nil {
				t.Error(err)
			}
			refunds = append(refunds, r)
			left = left.Sub(paid)
		}
		for range rapid.IntRange(0, 6).Draw(t, "steps") {
			if len(refunds) > 0 && rapid.Bool().Draw(t, "fails") {
				i := rapid.IntRange(0, len(refunds)-1).Draw(t, "which")
				left = left.Add(refunds[i].Paid)
				refunds = slices.Delete(refunds, i, i+1)
				continue
			}
			if paid := fraction(t, left); !paid.IsZero() {
				refund(paid)
			}
		}
		if !left.IsZero() {
			refund(left)
		}
		zero := sale.Credited.Asset().Zero()
		reserved, margin, rounding, atMid := zero, zero, zero, zero
		for _, r := range refunds {
			reserved, margin, rounding, atMid = reserved.Add(r.Reserved), margin.Add(r.Margin), rounding.Add(r.Rounding), atMid.Add(r.AtMidThen)
		}
		if !reserved.Equal(sale.Credited) || !margin.Equal(sale.Margin) || !rounding.Equal(sale.Rounding) || !atMid.Equal(sale.AtMid) {
			t.Errorf("refunded in full: %s, margin %s, rounding %s, at mid %s of %+v", reserved, margin, rounding, atMid, sale)
		}
	})
}

// A fixed target can leave a residual of several minor units; an early part must not be credited out of it.
func TestPartsNeverCreditMoreThanTheWhole(t *testing.T) {
	kwd, jpy := money.MustAsset("KWD"), money.MustAsset("JPY")
	whole := ledger.Capture{
		ID: "att_1:captured", Merchant: "m_1", Channel: "card.acme",
		Paid: units(1000, jpy), AtMid: units(2000, kwd), Credited: units(1995, kwd), Rounding: units(5, kwd),
	}
	first := whole.Part("att_1:captured:cap_1", units(999, jpy))
	last := whole.Part("att_1:captured:cap_2", units(1, jpy), first)
	if !first.Credited.Equal(whole.Credited) || !last.Credited.IsZero() {
		t.Errorf("credited %s and %s of %s", first.Credited, last.Credited, whole.Credited)
	}
}

// Of two refunds the first, which cost nothing, fails: the second has then returned more than its own share.
func TestRefundAfterAFailedOneTakesNothingBack(t *testing.T) {
	jpy := money.MustAsset("JPY")
	sale := ledger.Capture{
		ID: "att_1:captured", Merchant: "m_1", Channel: "card.acme", Paid: eur("10.00"), AtMid: units(10, jpy), Credited: units(10, jpy),
	}
	failed := sale.Refund("ref_1:confirmed", eur("0.99"), units(1, jpy))
	second := sale.Refund("ref_2:confirmed", eur("0.01"), units(1, jpy), failed)
	third := sale.Refund("ref_3:confirmed", eur("0.50"), units(1, jpy), second)
	last := sale.Refund("ref_4:confirmed", eur("9.49"), units(9, jpy), second, third)
	for i, want := range []int{0, 1, 0, 9} {
		if r := []ledger.RefundOriginal{failed, second, third, last}[i]; !r.Reserved.Equal(units(want, jpy)) {
			t.Errorf("the refund of %s returns %s, want %d", r.Paid, r.Reserved, want)
		}
	}
}

func TestPartsBeyondTheWholeAreTheCallersFault(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a second capture of the whole was shared out")
		}
	}()
	saleA().Part("att_1:captured:cap_2", eur("99.99"), saleA())
}

// drawSale draws a whole sale and its mid rate: any size, with residuals of several minor units as a fixed target leaves them.
func drawSale(t *rapid.T) (ledger.Capture, money.Rate) {
	pair := rapid.SampledFrom([][2]string{
		{"EUR", "USD"}, {"JPY", "KWD"}, {"KWD", "JPY"}, {"USDC@" + network, "EUR"}, {"EUR", "ETH@" + network}, {"EUR", "EUR"},
	}).Draw(t, "pair")
	source, target := money.MustAsset(pair[0]), money.MustAsset(pair[1])
	mid := money.Identity(source)
	if source != target {
		price := rapid.StringMatching(`[1-9][0-9]{0,3}\.[0-9]{1,8}`).Draw(t, "mid")
		mid = money.MustRate(price, pair[0], pair[1])
	}
	paid := units(rapid.IntRange(1, 1_000_000_000).Draw(t, "paid"), source)
	atMid, _ := mid.Convert(paid).House()
	margin, _ := atMid.Bps(rapid.Int64Range(0, 500).Draw(t, "margin")).House()
	credited, _ := atMid.Sub(margin).Down()
	if short := units(rapid.IntRange(0, 3).Draw(t, "short"), target); credited.Cmp(short) > 0 {
		credited = credited.Sub(short)
	}
	fee, _ := credited.Bps(rapid.Int64Range(0, 300).Draw(t, "fee")).Up()
	senderFee, _ := paid.Bps(rapid.Int64Range(0, 300).Draw(t, "sender fee")).Up()
	cost, _ := paid.Bps(rapid.Int64Range(0, 300).Draw(t, "cost")).Up()
	return ledger.Capture{
		ID: "att_1:captured", Merchant: "m_1", Channel: "card.acme",
		Paid: paid, AtMid: atMid, Credited: credited, Margin: margin, Rounding: atMid.Sub(margin).Sub(credited),
		Fee: fee, SenderFee: senderFee, Cost: cost,
	}, mid
}

// drawParts captures a whole sale in up to seven parts.
func drawParts(t *rapid.T, whole ledger.Capture) []ledger.Capture {
	var parts []ledger.Capture
	left := whole.Paid
	for range rapid.IntRange(0, 6).Draw(t, "parts") {
		if paid := fraction(t, left); !paid.IsZero() {
			parts = append(parts, whole.Part("att_1:captured:"+strconv.Itoa(len(parts)), paid, parts...))
			left = left.Sub(paid)
		}
	}
	if left.IsZero() {
		return parts
	}
	return append(parts, whole.Part("att_1:captured:last", left, parts...))
}

// fraction draws anything from one unit, where there is one, to all of x.
func fraction(t *rapid.T, x money.Amount) money.Amount {
	if x.IsZero() || rapid.Bool().Draw(t, "one unit") {
		return money.Min(x, x.Asset().One())
	}
	part, _ := x.Bps(rapid.Int64Range(1, 10_000).Draw(t, "share")).Up()
	return part
}

// units returns n of the smallest amount of asset.
func units(n int, asset money.Asset) money.Amount {
	count, err := money.Restore(strconv.Itoa(n), asset)
	if err != nil {
		panic(err)
	}
	one, err := money.Restore("1", asset)
	if err != nil {
		panic(err)
	}
	return count.Share(asset.One(), one)
}

func add(t *rapid.T, sum, part ledger.Capture) ledger.Capture {
	if sum.Paid.Asset().IsZero() {
		return part
	}
	for name, pair := range fields(sum, part) {
		if pair[0].Asset() != pair[1].Asset() {
			t.Fatalf("%s: %s and %s", name, pair[0], pair[1])
		}
	}
	sum.Paid, sum.AtMid, sum.Credited = sum.Paid.Add(part.Paid), sum.AtMid.Add(part.AtMid), sum.Credited.Add(part.Credited)
	sum.Margin, sum.Rounding = sum.Margin.Add(part.Margin), sum.Rounding.Add(part.Rounding)
	sum.Fee, sum.SenderFee, sum.Cost = sum.Fee.Add(part.Fee), sum.SenderFee.Add(part.SenderFee), sum.Cost.Add(part.Cost)
	return sum
}

func fields(a, b ledger.Capture) map[string][2]money.Amount {
	return map[string][2]money.Amount{
		"paid": {a.Paid, b.Paid}, "at mid": {a.AtMid, b.AtMid}, "credited": {a.Credited, b.Credited},
		"margin": {a.Margin, b.Margin}, "rounding": {a.Rounding, b.Rounding},
		"fee": {a.Fee, b.Fee}, "sender fee": {a.SenderFee, b.SenderFee}, "cost": {a.Cost, b.Cost},
	}
}
