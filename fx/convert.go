package fx

import "github.com/causeway-pay/causeway/money"

// Conversion turns one fixed amount into another asset at a margin. Both amounts can be paid: the side that is not
// fixed is rounded against the client, to one minor unit at most.
type Conversion struct {
	Fix       Side
	Source    money.Amount
	Target    money.Amount
	Mid       money.Rate // price of one source unit in the target asset
	MarginBps int64
}

// Split says where the difference between the two sides of a conversion went, in one asset, at house precision.
type Split struct {
	AtMid    money.Amount // the other side at the mid rate
	Margin   money.Amount // what the markup earns
	Residual money.Amount // what rounding left: from zero to less than one minor unit of the side that is not fixed
}

// Convert prices amount, the fixed side, at the mid rate of source to target and a margin in basis points.
func Convert(fix Side, amount money.Amount, mid money.Rate, marginBps int64) Conversion {
	c := Conversion{Fix: fix, Mid: mid, MarginBps: marginBps}
	if fix == TargetFixed {
		c.Target, c.Source = amount, leastSource(amount, mid, marginBps)
		return c
	}
	c.Source = amount
	c.Target, _ = c.Client().Convert(amount).Down()
	return c
}

// leastSource returns the smallest payable source amount that covers target and its margin. The ceiling of the quotient
// is a first guess, then checked against its neighbours with the very product that is booked.
func leastSource(target money.Amount, mid money.Rate, marginBps int64) money.Amount {
	need := target.Add(target.Bps(marginBps))
	covers := func(source money.Amount) bool { return mid.Convert(source).Cmp(need) >= 0 }
	source, _ := mid.Inverse().Convert(need).Up()
	if !covers(source) {
		return source.Add(source.Asset().One())
	}
	if less := source.Sub(source.Asset().One()); less.Sign() > 0 && covers(less) {
		return less
	}
	return source
}

// Client returns the rate after the margin: mid x (1 - m) when the source is fixed, mid / (1 + m) when the target is.
func (c Conversion) Client() money.Rate {
	if c.Fix == TargetFixed {
		return c.Mid.Markup(c.MarginBps)
	}
	return c.Mid.Markdown(c.MarginBps)
}

// InTarget states the conversion in the target asset, as a collection is booked: AtMid = Target + Margin + Residual,
// where AtMid is the source at mid.
func (c Conversion) InTarget() Split {
	exact := c.Mid.Convert(c.Source)
	share := exact
	if c.Fix == TargetFixed {
		share = c.Target
	}
	atMid, _ := exact.House()
	margin, residual := split(atMid.Sub(c.Target), exact.Sub(c.Target), share.Bps(c.MarginBps), c.unit(c.Mid))
	return Split{AtMid: atMid, Margin: margin, Residual: residual}
}

// InSource states the conversion in the source asset, as a payout or a refund at the current rate is booked:
// Source = AtMid + Margin + Residual, where AtMid is the target at mid.
func (c Conversion) InSource() Split {
	exact := c.Mid.Inverse().Convert(c.Target)
	share := exact
	if c.Fix == SourceFixed {
		share = c.Source
	}
	atMid, _ := exact.House()
	margin, residual := split(c.Source.Sub(atMid), c.Source.Sub(exact), share.Bps(c.MarginBps), c.unit(c.Mid.Inverse()))
	return Split{AtMid: atMid, Margin: margin, Residual: residual}
}

// unit returns one minor unit of the side that is not fixed, in the quote asset of view.
func (c Conversion) unit(view money.Rate) money.Amount {
	floating := c.Target.Asset()
	if c.Fix == TargetFixed {
		floating = c.Source.Asset()
	}
	if floating == view.Quote() {
		return floating.One()
	}
	return view.Convert(floating.One())
}

// split divides gap, which is at house precision, into margin and residual. The margin is rounded half-even and the
// residual takes the dust, unless that dust would carry the residual out of [0, unit): then the margin takes it.
func split(gap, exactGap, exactMargin, unit money.Amount) (margin, residual money.Amount) {
	margin, _ = exactMargin.House()
	residual = gap.Sub(margin)
	if residual.Sign() < 0 || residual.Cmp(unit) >= 0 {
		residual, _ = exactGap.Sub(exactMargin).HouseDown()
		margin = gap.Sub(residual)
	}
	return margin, residual
}
