package payment

import (
	"slices"
	"strconv"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
)

// Book returns the ledger entries of the step from before to after. Unknown posts nothing: an entry is written when an
// outcome is known, except for a refund, whose price is set aside when it is accepted.
func Book(before, after Payment) []ledger.Entry {
	var entries []ledger.Entry
	add := func(e ledger.Entry) { entries = append(entries, e) }
	if after.Direction == fx.Send {
		return after.bookPayout(before)
	}
	if captured := after.bookCaptured(before); captured.ID != "" {
		add(captured.Entry())
	}
	entries = append(entries, after.bookReceipts(before)...)
	released := after.Settled.Asset().Zero()
	for i, o := range after.Operations {
		isNew := i >= len(before.Operations)
		changed := isNew || before.Operations[i].Outcome != o.Outcome
		if changed && !isNew && before.Operations[i].Late() {
			for _, e := range after.bookSettledLate(before.Operations[i], o) {
				add(e)
			}
			continue
		}
		switch o.Kind {
		case Capture:
			if changed && o.Late() {
				add(after.bookLate(o))
			}
		case Refund:
			if changed && o.Late() {
				add(after.bookLate(o))
			}
			if isNew && o.Booking.Reserved().Sign() > 0 { // less than a minor unit costs the merchant nothing
				add(ledger.RefundRequest{
					ID: o.ID + ":requested", Merchant: after.Merchant,
					FromPending: o.Booking.FromPending, FromAvailable: o.Booking.FromAvailable,
				}.Entry())
			}
			if changed && o.Outcome == Done {
				add(after.bookRefund(o))
			}
			if changed && o.Outcome.Free() {
				release := before.release(o)
				released = released.Add(release.settledWith)
				if o.Booking.Reserved().Sign() > 0 {
					add(release.Entry())
				}
			}
		case Sweep:
			was := Operation{}
			if !isNew {
				was = before.Operations[i]
			}
			entries = append(entries, o.bookSweep(was)...)
		case ClaimReturn:
			was := Operation{}
			if !isNew {
				was = before.Operations[i]
			}
			entries = append(entries, o.bookClaimReturn(after.ID, was)...)
		case Reversal:
			if o.Held {
				continue // an authorization was never a posting
			}
			a, _ := after.Attempt(o.Attempt)
			if isNew {
				add(ledger.OrphanFound{ID: o.ID + ":found", Channel: a.Channel, Amount: o.Amount}.Entry())
			}
			if changed && o.Outcome == Done {
				add(ledger.OrphanReversed{ID: o.ID + ":reversed", Channel: a.Channel, Amount: o.Amount, Cost: a.Cost}.Entry())
			}
		}
	}
	if after.Settlements > before.Settlements {
		add(ledger.Settlement{
			ID: string(after.ID) + ":settled:" + strconv.Itoa(after.Settlements), Merchant: after.Merchant,
			Amount: after.Settled.Sub(after.settledBefore(before)).Sub(released),
		}.Entry())
	}
	return entries
}

// bookLate books what the channel did after it had been given up: a capture brought money that belongs to nobody yet, a
// refund took some.
func (p Payment) bookLate(o Operation) ledger.Entry {
	a, _ := p.Attempt(o.Attempt)
	if o.Kind == Capture {
		return ledger.OrphanFound{ID: o.ID + ":found", Channel: a.Channel, Amount: o.Amount}.Entry()
	}
	return ledger.StrayRefund{ID: o.ID + ":found", Channel: a.Channel, Amount: o.Amount}.Entry()
}

// bookSettledLate takes the money out of suspense again, once people decided where it belongs. A capture that stands is
// part of the sale.
func (p Payment) bookSettledLate(late, o Operation) []ledger.Entry {
	entries := []ledger.Entry{p.bookLate(late).Reverse(o.ID + ":settled")}
	if o.Outcome != Done || o.Kind != Refund {
		return entries
	}
	if b := o.Booking; b.Reserved().Sign() > 0 {
		entries = append(entries, ledger.RefundRequest{
			ID: o.ID + ":requested:2", Merchant: p.Merchant, FromPending: b.FromPending, FromAvailable: b.FromAvailable,
		}.Entry())
	}
	return append(entries, p.bookRefund(o))
}

func (p Payment) settledBefore(before Payment) money.Amount {
	if before.ID == "" {
		return p.Settled.Asset().Zero()
	}
	return before.Settled
}

// sale is the whole payment as the ledger sees it, carried by the attempt a.
func (p Payment) sale(a Attempt) ledger.Capture {
	return ledger.Capture{
		ID: a.ID + ":captured", Merchant: p.Merchant, Channel: a.Channel,
		Paid: p.Quote.Source, AtMid: p.Quote.AtMid, Credited: p.Quote.Target, Margin: p.Quote.Margin, Rounding: p.Quote.Residual,
		Fee: p.Quote.Fee(), SenderFee: p.Debit().Sub(p.Quote.Source), Cost: a.Cost,
	}
}

// bookCaptured returns the part of the sale that was captured between before and p, with an empty ID when there is none.
func (p Payment) bookCaptured(before Payment) ledger.Capture {
	for i, a := range p.Attempts {
		had := a.Amount.Asset().Zero()
		if i < len(before.Attempts) {
			had = before.Attempts[i].Captured
		}
		if a.Capabilities.Push || a.Captured.Cmp(had) <= 0 {
			continue // what payers send by themselves is booked by its receipts
		}
		earlier := p.sale(a).Part("", had.Asset().Zero())
		if i < len(before.Attempts) {
			earlier = before.collected(before.Attempts[i])
		}
		part := p.collected(a).Less(p.sale(a).ID+p.captureSuffix(before), earlier)
		part.SenderFee = a.Captured.Sub(had).Sub(part.Paid)
		return part
	}
	return ledger.Capture{}
}

// captureSuffix names the capture that was done between before and p; an automatic capture has no name of its own.
func (p Payment) captureSuffix(before Payment) string {
	for i, o := range p.Operations {
		wasDone := i < len(before.Operations) && before.Operations[i].Outcome == Done
		if o.Kind == Capture && o.Outcome == Done && !wasDone {
			return ":" + o.ID
		}
	}
	return ""
}

// principal returns the part of an amount taken from the payer that is not the sender's fee.
func (p Payment) principal(taken money.Amount) money.Amount {
	if taken.Equal(p.Debit()) {
		return p.Quote.Source
	}
	rounded, _ := p.Quote.Source.Share(taken, p.Debit()).Down()
	return rounded
}

// collected returns everything captured on the attempt a as one sale. Fees and costs are shared over all of it; what was
// captured within the lock is converted at the price that was accepted, and each late capture at its own rate.
func (p Payment) collected(a Attempt) ledger.Capture {
	sale := p.sale(a)
	all := sale.Part("", p.principal(a.Captured))
	locked := all.Paid
	var late []fx.Conversion
	for _, o := range p.Operations {
		if o.Attempt == a.ID && o.Outcome == Done && o.repriced() {
			locked = locked.Sub(o.Booking.Paid)
			late = append(late, fx.Convert(fx.SourceFixed, o.Booking.Paid, o.Booking.Mid, p.Quote.Rate.MarginBps))
		}
	}
	if late == nil {
		return all
	}
	part := sale.Part("", locked)
	all.AtMid, all.Credited, all.Margin, all.Rounding = part.AtMid, part.Credited, part.Margin, part.Rounding
	for _, c := range late {
		split := c.InTarget()
		all.AtMid, all.Credited = all.AtMid.Add(split.AtMid), all.Credited.Add(c.Target)
		all.Margin, all.Rounding = all.Margin.Add(split.Margin), all.Rounding.Add(split.Residual)
	}
	return all
}

// repriced reports whether the operation is a capture that was asked for after the price's lock had ended.
func (o Operation) repriced() bool { return o.Kind == Capture && !o.Booking.Mid.IsZero() }

// settlement returns what the merchant is credited before and as fees: what the quote says, or, once something was captured
// at another rate, what was credited so far.
func (p Payment) settlement() (gross, fee money.Amount) {
	if sale, ok := p.captured(); ok && slices.ContainsFunc(p.Operations, func(o Operation) bool { return o.repriced() && o.Outcome == Done }) {
		return sale.Credited, sale.Fee
	}
	return p.Quote.Target, p.Quote.Fee()
}

// captured returns everything captured so far as one sale, and reports whether there is any. A payout sells nothing.
func (p Payment) captured() (ledger.Capture, bool) {
	i := p.capturedIndex()
	if i < 0 || p.Direction == fx.Send {
		return ledger.Capture{}, false
	}
	return p.collected(p.Attempts[i]), true
}

// Credited returns what the merchant has been credited so far, fees taken off, before refunds.
func (p Payment) Credited() money.Amount {
	sale, ok := p.captured()
	if !ok {
		return p.Quote.Target.Asset().Zero()
	}
	return sale.Credited.Sub(sale.Fee)
}

// PendingCredit returns how much of the credit is neither available yet nor set aside for a refund.
func (p Payment) PendingCredit() money.Amount {
	left := p.Credited().Sub(p.Settled)
	for _, o := range p.Operations {
		if o.Kind == Refund && !o.Outcome.Free() && !o.Late() {
			left = left.Sub(o.Booking.FromPending)
		}
	}
	return left
}

// refunds returns the refunds that did not fail, as the ledger books them at the original rate.
func (p Payment) refunds() []ledger.RefundOriginal {
	var refunds []ledger.RefundOriginal
	for _, o := range p.Operations {
		if o.Kind == Refund && !o.Outcome.Free() && !o.Late() {
			refunds = append(refunds, p.refundOriginal(o))
		}
	}
	return refunds
}

func (p Payment) refundOriginal(o Operation) ledger.RefundOriginal {
	a, _ := p.Attempt(o.Attempt)
	b := o.Booking
	return ledger.RefundOriginal{
		ID: o.ID + ":refunded", Merchant: p.Merchant, Channel: a.Channel, Paid: o.Amount,
		Reserved: b.Reserved(), Margin: b.Margin, Rounding: b.Rounding, AtMidNow: b.AtMidNow, AtMidThen: b.AtMidThen,
		ChannelFee: b.ChannelFee,
	}
}

func (p Payment) bookRefund(o Operation) ledger.Entry {
	if o.Booking.Rate == fx.Original {
		return p.refundOriginal(o).Entry()
	}
	a, _ := p.Attempt(o.Attempt)
	b := o.Booking
	return ledger.RefundCurrent{
		ID: o.ID + ":refunded", Merchant: p.Merchant, Channel: a.Channel, Paid: o.Amount,
		Reserved: b.Reserved(), AtMid: b.AtMidNow, Margin: b.Margin, Rounding: b.Rounding, ChannelFee: b.ChannelFee,
	}.Entry()
}

// release gives back what was set aside for the refund o. What came from pending returns there, or to available when
// the payment was settled meanwhile.
func (p Payment) release(o Operation) refundRelease {
	r := refundRelease{
		RefundRelease: ledger.RefundRelease{
			ID: o.ID + ":released", Merchant: p.Merchant, ToPending: o.Booking.FromPending, ToAvailable: o.Booking.FromAvailable,
		},
		settledWith: p.Settled.Asset().Zero(),
	}
	if p.SettleAt.IsZero() {
		r.settledWith = r.ToPending
		r.ToAvailable = r.ToAvailable.Add(r.ToPending)
		r.ToPending = r.settledWith.Asset().Zero()
	}
	return r
}

type refundRelease struct {
	ledger.RefundRelease

	settledWith money.Amount // how much of it thereby became available
}

// PriceRefund fixes what the refund of amount costs the merchant. mid is today's price of one unit of the payer's asset
// in the settlement asset; at the original rate the merchant returns what it was credited, at the current rate it pays
// today's price with the payment's margin. The amount must be refundable.
func (p Payment) PriceRefund(amount money.Amount, mid money.Rate, at time.Time) Booking {
	sale, _ := p.captured()
	atMidNow, _ := mid.Convert(amount).House()
	booking := Booking{Rate: p.Order.Terms.Refund.At(p.CreatedAt, at), AtMidNow: atMidNow}
	var reserved money.Amount
	if booking.Rate == fx.Original {
		refund := sale.Refund("", amount, atMidNow, p.refunds()...)
		reserved = refund.Reserved
		booking.Margin, booking.Rounding, booking.AtMidThen = refund.Margin, refund.Rounding, refund.AtMidThen
	} else {
		booking.Margin, _ = atMidNow.Bps(p.Quote.Rate.MarginBps).House()
		reserved, _ = atMidNow.Add(booking.Margin).Up()
		booking.Rounding = reserved.Sub(atMidNow).Sub(booking.Margin)
		booking.AtMidThen = atMidNow
	}
	booking.FromPending = money.Min(reserved, money.Max(p.PendingCredit(), reserved.Asset().Zero()))
	booking.FromAvailable = reserved.Sub(booking.FromPending)
	return booking
}
