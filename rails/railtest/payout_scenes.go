package railtest

import (
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

func paidOnce(p *payoutTrial) {
	o := p.order(1)
	p.is(p.send(o, payment.ByAnswer), payment.Pending, payment.Captured)
	p.network.Settle()
	a := p.check(o)
	p.is(a, payment.Captured)
	if !a.Captured.Equal(p.Amount) {
		p.t.Errorf("%s was paid, want %s", a.Captured, p.Amount)
	}
	p.restart()
	p.is(p.check(o), payment.Captured)
	p.paid(1)
}

func twoPayouts(p *payoutTrial) {
	one, two := p.order(1), p.order(2)
	p.send(one, payment.ByAnswer)
	p.send(two, payment.ByAnswer)
	p.network.Settle()
	p.is(p.check(two), payment.Captured)
	p.is(p.check(one), payment.Captured)
	p.paid(2)
}

func sentAgain(p *payoutTrial) {
	if p.rail.Capabilities().Replay <= 0 {
		return
	}
	o := p.order(1)
	p.send(o, payment.ByAnswer)
	for range 3 {
		p.send(o, payment.ByReplay)
		p.restart()
	}
	p.network.Settle()
	p.send(o, payment.ByReplay)
	p.network.Settle()
	p.is(p.check(o), payment.Captured)
	p.paid(1)
}

// troubled sends amid a trouble, finds nothing that frees the attempt, and sends again when all is well.
func troubled(p *payoutTrial, trouble Trouble) {
	if !p.network.Suffer(trouble) {
		return
	}
	o := p.order(1)
	p.is(p.send(o, payment.ByAnswer), payment.Unknown, payment.Pending)
	p.restart()
	p.is(p.check(o), payment.Unknown, payment.Pending)
	p.network.Suffer(Well)
	if p.rail.Capabilities().Replay > 0 {
		p.is(p.send(o, payment.ByReplay), payment.Unknown, payment.Pending, payment.Captured)
	}
	p.network.Settle()
	a := p.check(o)
	if p.rail.Capabilities().Replay > 0 || trouble != Deaf {
		p.is(a, payment.Captured)
		p.paid(1)
	}
}

// lostAndCanceled has the request lost, and canceled; whoever is late with it pays nothing.
func lostAndCanceled(p *payoutTrial) {
	if !p.fences() || !p.network.Suffer(Deaf) {
		return
	}
	o := p.order(1)
	p.send(o, payment.ByAnswer)
	p.network.Suffer(Well)
	for range 3 { // a cancel may have to be settled itself
		if p.cancel(o).Outcome.Free() {
			break
		}
		p.network.Settle()
	}
	a := o.Attempts[0]
	if a.Outcome == payment.Captured { // it was overtaken by its own request
		p.paid(1)
		return
	}
	if !a.Outcome.Free() {
		p.t.Errorf("it is %s, and was canceled", a.Outcome)
	}
	late := *o
	p.send(&late, payment.ByReplay)
	p.network.Settle()
	p.paid(0)
}

func canceledBefore(p *payoutTrial) {
	if !p.fences() {
		return
	}
	o := p.order(1)
	p.is(p.cancel(o), payment.Fenced)
	p.restart()
	late := *o
	p.send(&late, payment.ByReplay)
	p.network.Settle()
	p.paid(0)
}

func canceledAfter(p *payoutTrial) {
	o := p.order(1)
	p.send(o, payment.ByAnswer)
	p.network.Settle()
	if _, ok := p.rail.(rails.Canceler); ok {
		p.is(p.cancel(o), payment.Captured, payment.Pending, payment.Unknown)
	}
	p.is(p.check(o), payment.Captured)
	p.paid(1)
}

func refused(p *payoutTrial) {
	if !p.network.Suffer(Refusing) {
		return
	}
	o := p.order(1)
	p.send(o, payment.ByAnswer)
	p.network.Settle()
	if o.Attempts[0].Outcome != payment.Declined {
		p.is(p.check(o), payment.Declined)
	}
	p.paid(0)
}

// nobodyAnswers proves that silence frees nothing that was sent.
func nobodyAnswers(p *payoutTrial) {
	o := p.order(1)
	p.send(o, payment.ByAnswer)
	p.network.Suffer(Silent)
	p.is(p.check(o), payment.Unknown, payment.Pending)
	if _, ok := p.rail.(rails.Canceler); ok {
		p.is(p.cancel(o), payment.Unknown, payment.Pending)
	}
	p.network.Suffer(Well)
	p.network.Settle()
	p.is(p.check(o), payment.Captured)
	p.paid(1)
}

func (p *payoutTrial) fences() bool {
	_, ok := p.rail.(rails.Canceler)
	return ok && p.rail.Capabilities().Fence
}
