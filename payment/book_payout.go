package payment

import (
	"strconv"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
)

// bookPayout returns the entries of one step of a payout: what is set aside when it is accepted, and each part of its way
// as it becomes known.
func (p Payment) bookPayout(before Payment) []ledger.Entry {
	var entries []ledger.Entry
	add := func(e ledger.Entry) { entries = append(entries, e) }
	id := string(p.ID)
	if p.reserving() && !before.reserving() {
		add(ledger.PayoutReserved{ID: id + ":reserved", Merchant: p.Merchant, Amount: p.Debit()}.Entry())
	}
	for i, a := range p.Attempts {
		var was Attempt
		if i < len(before.Attempts) {
			was = before.Attempts[i]
		}
		entries = append(entries, p.bookProgress(a, was)...)
	}
	for i, o := range p.Operations {
		if o.Kind != Return {
			continue
		}
		isNew := i >= len(before.Operations)
		switch {
		case isNew && o.Outcome != Done:
			add(p.bookUnpriced(o))
		case isNew:
			add(p.bookReturn(o))
		case o.Outcome == Done && before.Operations[i].Outcome != Done:
			add(p.bookUnpriced(o).Reverse(o.ID + ":converted"))
			add(p.bookReturn(o))
		}
	}
	if last, _ := p.Last(); before.reserving() && !p.reserving() && !last.transited() {
		add(ledger.PayoutReleased{ID: id + ":released", Merchant: p.Merchant, Amount: p.Debit()}.Entry())
	}
	return entries
}

// bookProgress books how far the money of one attempt has come since it was.
func (p Payment) bookProgress(a, was Attempt) []ledger.Entry {
	var entries []ledger.Entry
	add := func(e ledger.Entry) { entries = append(entries, e) }
	bank, now, then := a.Channel, a.Progress, was.Progress
	sent := p.sent(a)
	if astray := minus(now.Astray, then.Astray); astray.Sign() > 0 {
		into := ledger.Nostro(bank, a.Amount.Asset().Code)
		add(ledger.Unmatched{ID: a.ID + ":astray:" + now.Astray.Value(), Channel: a.Channel, Into: into, Amount: astray}.Entry())
	}
	chain := a.Amount.Asset().Network
	if chain != "" {
		return append(entries, p.bookMined(a, was)...)
	}
	if a.transited() && !was.transited() {
		add(sent.Entry())
	}
	if now.Booked && !then.Booked {
		add(ledger.PayoutSettled{ID: a.ID + ":booked", Channel: a.Channel, Bank: bank, Amount: a.Amount}.Entry())
	}
	if billed := minus(now.Billed, then.Billed); billed.Sign() > 0 {
		add(ledger.PayoutCharges{ID: a.ID + ":charges:" + now.Billed.Value(), Bank: bank, Amount: billed}.Entry())
	}
	if a.transited() && a.Outcome.Free() && !was.Outcome.Free() {
		add(ledger.PayoutRejected{ID: a.ID + ":rejected", Payout: sent}.Entry())
	}
	if now.Restored && !then.Restored {
		settled := ledger.PayoutSettled{Channel: a.Channel, Bank: bank, Amount: a.Amount}.Entry()
		add(settled.Reverse(a.ID + ":restored"))
	}
	return entries
}

// bookMined books what a chain did to one attempt since it was.
func (p Payment) bookMined(a, was Attempt) []ledger.Entry {
	gas := ledger.PayoutMined{ID: a.ID + ":gas", Network: a.Amount.Asset().Network, Gas: a.Progress.Gas}
	more := minus(a.Progress.Gas, was.Progress.Gas)
	switch {
	case a.Outcome == Captured && was.Outcome != Captured:
		return []ledger.Entry{p.mined(a)}
	case a.Outcome == Captured && !more.IsZero(): // another transaction than the one that it was told with
		gas.ID, gas.Gas = gas.ID+":"+strconv.FormatInt(p.Version, 10), more
		return []ledger.Entry{gas.Entry()}
	case a.Outcome.Free() && was.Outcome == Captured: // what was mined in vain was
		was.Progress.Gas = money.Amount{}
		return []ledger.Entry{p.mined(was).Reverse(a.ID + ":takenback")}
	case a.Outcome.Free() && !was.Outcome.Free() && a.Progress.Gas.Sign() > 0: // what was mined in vain
		return []ledger.Entry{gas.Entry()}
	}
	return nil
}

// transited reports whether the payout left the merchant's reserve for the bank that carries it out. One that was paid
// was accepted, whether the bank said so or not. On a chain the money leaves the reserve when it is mined.
func (a Attempt) transited() bool {
	return a.Amount.Asset().Network == "" && (a.Progress.Accepted || a.Outcome == Captured)
}

// minus subtracts b from a, of which either may have been left out.
func minus(a, b money.Amount) money.Amount {
	if b.Asset().IsZero() {
		return a
	}
	return a.Sub(b)
}

// inSource states the price of a payout in the merchant's asset, as it is booked.
func (p Payment) inSource() fx.Split { return p.Quote.Conversion().InSource() }

func (p Payment) sent(a Attempt) ledger.PayoutSent {
	split := p.inSource()
	return ledger.PayoutSent{
		ID: a.ID + ":accepted", Merchant: p.Merchant, Channel: a.Channel, Reserved: p.Debit(),
		AtMid: split.AtMid, Margin: split.Margin, Rounding: split.Residual, Fee: p.Debit().Sub(p.Quote.Source), Sent: a.Amount,
	}
}

func (p Payment) mined(a Attempt) ledger.Entry {
	split := p.inSource()
	return ledger.PayoutMined{
		ID: a.ID + ":final", Merchant: p.Merchant, Network: a.Amount.Asset().Network, Reserved: p.Debit(),
		AtMid: split.AtMid, Margin: split.Margin, Rounding: split.Residual, Fee: p.Debit().Sub(p.Quote.Source), Sent: a.Amount,
		Gas: a.Progress.Gas,
	}.Entry()
}

// bookUnpriced puts a return in suspense that has no rate yet.
func (p Payment) bookUnpriced(o Operation) ledger.Entry {
	a, _ := p.Attempt(o.Attempt)
	into := ledger.Nostro(a.Channel, o.Amount.Asset().Code)
	return ledger.Unmatched{ID: o.ID + ":arrived", Channel: a.Channel, Into: into, Amount: o.Amount}.Entry()
}

func (p Payment) bookReturn(o Operation) ledger.Entry {
	a, _ := p.Attempt(o.Attempt)
	if o.Ours {
		return ledger.PayoutMadeWhole{ID: o.ID + ":returned", Bank: a.Channel, Payout: p.sent(a), Returned: o.Amount, AtMidNow: o.Booking.AtMidNow}.Entry()
	}
	return ledger.PayoutReturned{
		ID: o.ID + ":returned", Merchant: p.Merchant, Bank: a.Channel, Returned: o.Amount,
		AtMid: o.Booking.AtMidNow, Credited: o.Booking.FromAvailable, Rounding: o.Booking.Rounding,
	}.Entry()
}

// PriceReturn fixes what a payout that came back gives the merchant. mid is today's price of one unit of what was sent in
// the merchant's asset. By the beneficiary's fault the merchant bears the charges and the rate; otherwise it is made whole.
func (p Payment) PriceReturn(o Operation, mid money.Rate) Booking {
	whole := o.Amount
	if o.Ours {
		a, _ := p.Attempt(o.Attempt)
		whole = a.Amount
	}
	atMid, _ := mid.Convert(whole).House()
	credited, _ := atMid.Down()
	if o.Ours {
		credited = p.Debit()
	}
	zero := atMid.Asset().Zero()
	return Booking{
		AtMidNow: atMid, AtMidThen: p.inSource().AtMid, FromPending: zero, FromAvailable: credited, Margin: zero,
		Rounding: atMid.Sub(credited),
	}
}
