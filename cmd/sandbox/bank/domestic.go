package bank

import (
	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// schedule takes a pain.001 in: at once, or on the business day that it is due. The amount is promised until then.
func (b *book) schedule(p *payment) {
	a := b.accountOf(p.order)
	if !a.covers(p.order.Amount) { // it was accepted slowly, and something else was quicker
		b.reject(p, noFunds)
		return
	}
	a.reserved = a.reserved.Add(p.order.Amount)
	p.reserved = true
	if p.scenario.Course == scenario.Stopped {
		b.become(p, pending, "")
		b.wait(p, b.confirm)
		return
	}
	if wait := b.calendar.until(b.at.Time, p.order.Execution); wait > 0 {
		b.become(p, pending, "")
		b.later(p, wait, b.confirm)
		return
	}
	b.confirm(p)
}

// confirm says that a pain.001 will be carried out, which takes a step of its own.
func (b *book) confirm(p *payment) {
	b.become(p, accepted, "")
	b.later(p, b.config.Settle, b.settle)
}

// settle books a pain.001.
func (b *book) settle(p *payment) {
	s := p.scenario
	if s.Course == scenario.Bounced || s.Course == scenario.Unbooked {
		b.reject(p, s.Code)
		return
	}
	b.unreserve(p)
	p.over, p.debited = true, true
	b.enter(&entry{reference: p.reference, account: b.accountOf(p.order), amount: p.order.Amount, kind: movement.Debit, order: p.order}, s.Callbacks)
	if to := b.account(p.order.CreditorAccount); to != nil && to.Currency == p.order.Currency {
		b.enter(&entry{account: to, credit: true, amount: p.order.Amount, kind: movement.Credit, order: p.order}, s.Callbacks)
	}
	b.become(p, settled, "")
	if s.Course == scenario.Returned {
		b.returnLater(p, p.order.Amount)
	}
}

// returnLater brings money of a payment that arrived back after the time that its scenario says: all of it, or less, for
// the reason that it says, or because the account is closed.
func (b *book) returnLater(p *payment, value amount.Amount) {
	if !p.scenario.Amount.IsZero() && value.Exceeds(p.scenario.Amount) {
		value = p.scenario.Amount
	}
	reason := p.scenario.Code
	if reason == "" {
		reason = accountClosed
	}
	b.after(p.scenario.Delay, func() {
		b.comeBack(p, value, reason)
	})
}
