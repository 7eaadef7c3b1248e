package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// peer is a provider with books of its own, at the other end of a wire. What it promises it keeps, unless the fault says
// otherwise; everything else goes wrong in it and on the way as often as the seed says.
type peer struct {
	*world

	name string
	caps payment.Capabilities
}

// arrival is what a peer does with a request that reached it.
type arrival func() (payment.Result, error)

// exchange is a request of a process and its answer, with all that goes wrong between them. A request that is late is
// carried out when it arrives, and its answer is heard by nobody.
func (p *peer) exchange(ctx context.Context, by *gatewayProcess, what string, faults []weighted, carry arrival) (payment.Result, error) {
	p.step(ctx, by, what)
	if p.isDown(p.name) {
		p.count(ChannelDown)
		if p.chance(50) {
			return payment.Result{}, errDial
		}
		return payment.Result{}, errServer
	}
	unheard := func(err error) (payment.Result, error) {
		_, _ = carry()
		return payment.Result{}, err
	}
	switch p.faultOf(faults) {
	case DialFails:
		return payment.Result{}, errDial
	case TurnedAway:
		return payment.Result{}, errTurnedAway
	case RequestLost:
		return p.silence(ctx, by, what)
	case RequestLate:
		p.later(p.lateness(), "late "+what, func() { _, _ = carry() })
		return p.silence(ctx, by, what)
	case AnswerLost:
		_, _ = carry()
		return p.silence(ctx, by, what)
	case Reset:
		return unheard(errReset)
	case ServerFails, InquiryFails, CancelLost, MailboxFails, NodeFails:
		return payment.Result{}, errServer
	case ServerFailsDone, CancelAnswer:
		return unheard(errServer)
	case Garbage:
		return unheard(errGarbage)
	case Slow:
		result, err := carry()
		time.Sleep(p.within(7 * time.Second))
		p.step(ctx, by, "answer of "+what)
		if ctx.Err() != nil {
			return payment.Result{}, ctx.Err()
		}
		return result, err
	}
	result, err := carry()
	p.step(ctx, by, "answer of "+what) // it can be killed with the answer in its hands
	return result, err
}

// lateness is how late a request arrives: seconds as often as up to an hour.
func (p *peer) lateness() time.Duration {
	if p.chance(50) {
		return p.within(90 * time.Second)
	}
	return p.within(time.Hour)
}

// silence lasts until the caller gives up.
func (p *peer) silence(ctx context.Context, by *gatewayProcess, what string) (payment.Result, error) {
	<-ctx.Done()
	p.step(ctx, by, "end of "+what)
	return payment.Result{}, ctx.Err()
}

// unsent tells of a send what provably never reached the peer. Of anything else nobody can tell.
func unsent(r payment.Result, err error) (payment.Result, error) {
	switch {
	case errors.Is(err, errDial):
		return payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached}, nil
	case errors.Is(err, errTurnedAway):
		return payment.Result{Outcome: payment.NotSent, Reason: payment.RateLimited}, nil
	}
	return r, err
}

// What goes wrong with what moves money, and with questions.
var (
	sendFaults = []weighted{
		{DialFails, 4},
		{TurnedAway, 2},
		{RequestLost, 4},
		{RequestLate, 6},
		{AnswerLost, 6},
		{Reset, 4},
		{ServerFails, 3},
		{ServerFailsDone, 4},
		{Garbage, 2},
		{Slow, 5},
	}
	moveFaults   = []weighted{{RequestLost, 5}, {RequestLate, 3}, {AnswerLost, 6}, {Reset, 5}, {ServerFails, 4}, {Slow, 3}}
	askFaults    = []weighted{{InquiryFails, 8}}
	cancelFaults = []weighted{{CancelLost, 8}, {CancelAnswer, 9}}
)

// callback tells the gateways that there is news of a reference: some other time, once or twice, to whichever is there.
func (p *peer) callback(ref string) {
	event := p.newID("evt")
	times, soon := 1, 30*time.Second
	if p.chance(20) {
		p.count(CallbackTwice)
		times = 2
	}
	if p.chance(15) {
		p.count(CallbackLate)
		soon = time.Hour
	}
	for n := range times {
		m := message{p.name, []byte(event + " " + ref), n}
		p.later(p.within(soon), fmt.Sprintf("callback %d %s", m.copy, m.body), func() { p.tell(m) })
	}
}
