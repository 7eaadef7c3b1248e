package acquirer

import (
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// capture takes held money of the charge under reference, or replays what was answered to it.
func (b *book) capture(reference string, p partial, s scenario.Scenario) (Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.latest(reference)
	if !ok {
		return Receipt{}, ErrNotFound
	}
	c := &e.charge
	if earlier, ok := c.findCapture(p.Reference); ok && b.replays {
		if !earlier.Amount.Equal(p.Amount) || earlier.Final != p.Final {
			return Receipt{}, ErrReferenceConflict
		}
		return c.receipt(earlier.Transfer), nil
	}
	if p.Amount.Exceeds(c.capturable()) {
		return Receipt{}, ErrAmountExceeds
	}
	t := b.transfer(e, movement.Capture, "cap_", p, s)
	c.Captures = append(c.Captures, Capture{Transfer: t, Final: p.Final})
	if t.Status == Approved {
		b.take(e, p)
	}
	b.changed(c.snapshot(), s.Callbacks)
	return c.receipt(t), nil
}

// take moves held money to captured, and ends the hold when nothing is left of it.
func (b *book) take(e *entry, p partial) {
	c := &e.charge
	c.Captured = c.Captured.Add(p.Amount)
	left := c.capturable()
	if !left.IsZero() && !p.Final {
		return
	}
	if !left.IsZero() {
		b.record(movement.Void, e, left)
	}
	c.Status = Approved
}

// refund gives captured money back, or replays what was answered to it.
func (b *book) refund(reference string, p partial, s scenario.Scenario) (Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.latest(reference)
	if !ok {
		return Receipt{}, ErrNotFound
	}
	c := &e.charge
	if earlier, ok := c.findRefund(p.Reference); ok && b.replays {
		if !earlier.Amount.Equal(p.Amount) {
			return Receipt{}, ErrReferenceConflict
		}
		return c.receipt(earlier), nil
	}
	if p.Amount.Exceeds(c.refundable()) {
		return Receipt{}, ErrAmountExceeds
	}
	t := b.transfer(e, movement.Refund, "re_", p, s)
	c.Refunds = append(c.Refunds, t)
	if t.Status == Approved {
		c.Refunded = c.Refunded.Add(p.Amount)
	}
	b.changed(c.snapshot(), s.Callbacks)
	return c.receipt(t), nil
}

// transfer records the movement of p, or its decline.
func (b *book) transfer(e *entry, kind movement.Kind, prefix string, p partial, s scenario.Scenario) Transfer {
	t := Transfer{Reference: p.Reference, ID: b.newID(prefix), Amount: p.Amount, Status: Approved}
	if s.Effect == scenario.Decline {
		kind = movement.Decline
		t.Status, t.Code = Declined, "do_not_honor"
	}
	b.log.Record(movement.Movement{
		Channel: b.channel, Kind: kind, Reference: t.Reference, Charge: e.charge.Reference, ID: t.ID,
		Amount: t.Amount, Currency: e.charge.Currency,
	})
	return t
}

// findTransfer returns a capture or a refund of the charge under reference, as pick finds it.
func (b *book) findTransfer(reference string, pick func(Charge) (Transfer, bool)) (Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.latest(reference)
	if !ok {
		return Receipt{}, ErrNotFound
	}
	t, ok := pick(e.charge)
	if !ok {
		return Receipt{}, ErrNotFound
	}
	return e.charge.receipt(t), nil
}

// findCapture returns the latest capture under reference.
func (c Charge) findCapture(reference string) (Capture, bool) {
	for i := len(c.Captures) - 1; i >= 0; i-- {
		if c.Captures[i].Reference == reference {
			return c.Captures[i], true
		}
	}
	return Capture{}, false
}

// findRefund returns the latest refund under reference.
func (c Charge) findRefund(reference string) (Transfer, bool) {
	for i := len(c.Refunds) - 1; i >= 0; i-- {
		if c.Refunds[i].Reference == reference {
			return c.Refunds[i], true
		}
	}
	return Transfer{}, false
}

func (c Charge) receipt(t Transfer) Receipt { return Receipt{Transfer: t, Currency: c.Currency} }
