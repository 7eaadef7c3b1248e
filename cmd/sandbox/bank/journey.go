package bank

import (
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// coverWait is how long the money of a cover takes, in sandbox time.
const coverWait = 10 * time.Second

// dispatch debits the account for a pacs.008 and sends it on its way.
func (b *book) dispatch(p *payment) {
	a := b.accountOf(p.order)
	if !a.covers(p.order.Amount) { // it was accepted slowly, and something else was quicker
		b.reject(p, noFunds)
		return
	}
	if s := p.scenario; s.Course == scenario.Unbooked {
		b.become(p, underway, forwarded)
		b.later(p, b.config.Settle, func(p *payment) { b.reject(p, s.Code) })
		return
	}
	p.debited = true
	b.enter(&entry{reference: p.reference, account: a, amount: p.order.Amount, kind: movement.Debit, order: p.order}, p.scenario.Callbacks)
	switch p.scenario.Course {
	case scenario.Stopped:
		b.become(p, underway, pendingCredit)
		b.wait(p, b.forward)
	case scenario.Uncovered:
		b.become(p, underway, pendingCover)
		b.wait(p, b.forward)
		b.later(p, coverWait, func(p *payment) {
			if p.resume != nil {
				p.resume()
			}
		})
	default:
		b.forward(p)
	}
}

// forward passes a payment to the first agent.
func (b *book) forward(p *payment) {
	b.become(p, underway, forwarded)
	b.approach(p, 0)
}

// approach lets the payment reach the agent at i: a correspondent, or after the last one the beneficiary's bank.
func (b *book) approach(p *payment, i int) {
	wait := b.config.Settle
	if i < len(b.config.Correspondents) {
		wait = b.config.Correspondents[i].Delay
	}
	b.later(p, wait, func(p *payment) { b.reach(p, i) })
}

func (b *book) reach(p *payment, i int) {
	route := b.config.Correspondents
	agent := p.order.CreditorBIC
	if i < len(route) {
		agent = route[i].BIC
	}
	s := p.scenario
	if s.Course == scenario.Bounced && i+1 == min(s.Agent, len(route)+1) {
		b.rejectBy(p, s.Code, agent)
		return
	}
	if i == len(route) {
		b.deliver(p, agent)
		return
	}
	if !b.levy(p, route[i]) {
		b.rejectBy(p, tooSmall, agent)
		return
	}
	b.becomeAt(p, underway, forwarded, agent)
	b.approach(p, i+1)
}

// levy takes the charge of a correspondent: from the amount, or with DEBT from the account that sent it. It reports
// whether anything is left to pass on.
func (b *book) levy(p *payment, c Correspondent) bool {
	taken := levy{c.BIC, c.Charge}
	switch {
	case c.Charge.IsZero():
		return true
	case p.order.Bearer == "DEBT":
		b.enter(&entry{
			account: b.accountOf(p.order), amount: c.Charge, kind: movement.Charge, order: p.order, levy: &taken,
		}, p.scenario.Callbacks)
		return true
	case !p.left.Exceeds(c.Charge):
		return false
	}
	p.left = p.left.Sub(c.Charge)
	p.levies = append(p.levies, taken)
	return true
}

// deliver credits the beneficiary.
func (b *book) deliver(p *payment, agent string) {
	p.over = true
	b.becomeAt(p, credited, "", agent)
	if p.scenario.Course == scenario.Returned {
		b.returnLater(p, p.left)
	}
}

// comeBack books money that comes back after a payment was carried out, once, and says so with a pacs.004 between banks.
func (b *book) comeBack(p *payment, value amount.Amount, reason string) {
	if p.returned != nil {
		return
	}
	p.returned = &value
	b.giveBack(p, value, reason)
	if p.betweenBanks() {
		b.tell(p.scenario.Callbacks, b.returnOf(p, reason))
	}
}
