package ledger

import (
	"fmt"

	"github.com/causeway-pay/causeway/money"
)

// Part returns the capture of paid, a part of the whole sale c, after the parts that were captured before. Each field is
// the share of all parts together, rounded, less what was booked before, and the last part takes the rest: the parts
// always sum to the whole exactly. Credited is shared from its unrounded total and rounds down, fees and the channel's
// cost round up, Rounding is what makes the part balance and so can be negative. It panics when the parts exceed the whole.
func (c Capture) Part(id string, paid money.Amount, before ...Capture) Capture {
	var booked Capture
	for _, b := range before {
		booked = booked.plus(b)
	}
	s := share{upTo: plus(booked.Paid, paid), whole: c.Paid}
	if s.upTo.Cmp(s.whole) > 0 {
		panic(fmt.Sprintf("ledger: %s is more than the whole of %s", s.upTo, s.whole))
	}
	part := Capture{
		ID: id, Merchant: c.Merchant, Channel: c.Channel,
		Paid:      paid,
		AtMid:     s.of(c.AtMid, c.AtMid, money.Amount.House, booked.AtMid),
		Credited:  s.of(c.Credited, plus(c.Credited, c.Rounding), money.Amount.Down, booked.Credited),
		Margin:    s.of(c.Margin, c.Margin, money.Amount.House, booked.Margin),
		Fee:       s.of(c.Fee, c.Fee, money.Amount.Up, booked.Fee),
		SenderFee: s.of(c.SenderFee, c.SenderFee, money.Amount.Up, booked.SenderFee),
		Cost:      s.of(c.Cost, c.Cost, money.Amount.Up, booked.Cost),
	}
	part.Rounding = minus(minus(part.AtMid, part.Credited), part.Margin)
	return part
}

// Less returns what c holds beyond earlier, which is a part of it.
func (c Capture) Less(id string, earlier Capture) Capture {
	return Capture{
		ID: id, Merchant: c.Merchant, Channel: c.Channel,
		Paid:      minus(c.Paid, earlier.Paid),
		AtMid:     minus(c.AtMid, earlier.AtMid),
		Credited:  minus(c.Credited, earlier.Credited),
		Margin:    minus(c.Margin, earlier.Margin),
		Rounding:  minus(c.Rounding, earlier.Rounding),
		Fee:       minus(c.Fee, earlier.Fee),
		SenderFee: minus(c.SenderFee, earlier.SenderFee),
		Cost:      minus(c.Cost, earlier.Cost),
	}
}

// Refund returns the refund at the original rate of paid, a part or all of what c collected, after the earlier refunds of
// c that did not fail. It shares what was booked, as Part does; the payment's fee is kept. atMidNow is paid at today's
// mid rate, in the merchant's asset, at house precision. A dispute that was lost counts as a refund. It panics when the
// refunds exceed the capture.
func (c Capture) Refund(id string, paid, atMidNow money.Amount, before ...RefundOriginal) RefundOriginal {
	shares := make([]Capture, len(before))
	for i, r := range before {
		shares[i] = Capture{Paid: r.Paid, AtMid: r.AtMidThen, Credited: r.Reserved, Margin: r.Margin, Rounding: r.Rounding}
	}
	part := c.Part(id, paid, shares...)
	return RefundOriginal{
		ID: id, Merchant: c.Merchant, Channel: c.Channel,
		Paid:      part.Paid,
		Reserved:  part.Credited,
		Margin:    part.Margin,
		Rounding:  part.Rounding,
		AtMidThen: part.AtMid,
		AtMidNow:  atMidNow,
	}
}

func (c Capture) plus(o Capture) Capture {
	return Capture{
		Paid:      plus(c.Paid, o.Paid),
		AtMid:     plus(c.AtMid, o.AtMid),
		Credited:  plus(c.Credited, o.Credited),
		Margin:    plus(c.Margin, o.Margin),
		Rounding:  plus(c.Rounding, o.Rounding),
		Fee:       plus(c.Fee, o.Fee),
		SenderFee: plus(c.SenderFee, o.SenderFee),
		Cost:      plus(c.Cost, o.Cost),
	}
}

// share is how much of a whole all parts take together, the new one included.
type share struct{ upTo, whole money.Amount }

// of returns what the new part takes of total, whose value before rounding is exact. It is never negative: the residual
// of a target-fixed price can exceed a minor unit, so the share of exact is bounded by total, and a part that failed
// after later ones were booked can leave more booked than the share.
func (s share) of(total, exact money.Amount, round func(money.Amount) (rounded, dust money.Amount), booked money.Amount) money.Amount {
	due := total
	if s.upTo.Cmp(s.whole) < 0 {
		rounded, _ := round(exact.Share(s.upTo, s.whole))
		due = money.Min(rounded, total)
	}
	return money.Max(minus(due, booked), total.Asset().Zero())
}
