package sim

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// acquirer is a card channel with books of its own. What it promises it keeps; everything else goes wrong in it as often
// as the seed says.
type acquirer struct {
	*world

	name    string
	caps    payment.Capabilities
	charges map[string]*charge
	refused map[string]bool // references that a cancel refuses for ever
}

// charge is what an acquirer knows of a reference.
type charge struct {
	amount   money.Amount
	state    payment.Outcome // pending, action_required, authorized, captured, declined, voided
	reason   payment.Reason
	captured money.Amount
	manual   bool
	at       time.Time
	visible  time.Time                  // to inquiries
	moved    map[string]payment.Outcome // captures, refunds and reversals by reference
	refunded money.Amount
}

// adapter is the rail of one process to an acquirer.
type adapter struct {
	*acquirer

	of *gatewayProcess
}

var _ interface {
	rails.Rail
	rails.Canceler
	rails.Capturer
	rails.Refunder
	rails.Inquirer
	rails.Listener
} = adapter{}

// Capabilities returns what the acquirer promises, and keeps.
func (a adapter) Capabilities() payment.Capabilities { return a.caps }

// silence waits until the caller gives up.
func silence(ctx context.Context) (payment.Result, error) {
	<-ctx.Done()
	return payment.Result{}, ctx.Err()
}

// Send charges.
func (a adapter) Send(ctx context.Context, p payment.Payment, at payment.Attempt) (payment.Result, error) {
	a.turn(a.of, "send "+at.ID+" by "+a.of.name)
	manual := p.Order.Capture == payment.CaptureManual
	charge := func() payment.Result { return a.charge(at, manual) }
	if a.isDown(a.name) {
		a.count(ChannelDown)
		if a.chance(50) {
			return payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached}, nil
		}
		return payment.Result{}, errServer
	}
	switch fault := a.faultOf(sendFaults); fault {
	case DialFails:
		return payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached}, nil
	case TurnedAway:
		return payment.Result{Outcome: payment.NotSent, Reason: payment.RateLimited}, nil
	case RequestLost:
		return silence(ctx)
	case RequestLate:
		a.later(a.within(time.Hour), "late "+at.ID, func() { charge() })
		return silence(ctx)
	case AnswerLost:
		charge()
		return silence(ctx)
	case Reset:
		charge()
		return payment.Result{}, errReset
	case ServerFails:
		return payment.Result{}, errServer
	case ServerFailsDone:
		charge()
		return payment.Result{}, errServer
	case Garbage:
		charge()
		return payment.Result{}, errGarbage
	case WrongEcho:
		result := charge()
		if result.Outcome.Moved() {
			result.Amount = result.Amount.Add(result.Amount.Asset().One())
		}
		return result, nil
	case Slow:
		result := charge()
		time.Sleep(a.within(7 * time.Second))
		a.turn(a.of, "answer "+at.ID+" to "+a.of.name)
		return result, ctx.Err()
	case HardDecline, SoftDecline, Undecided, Challenged:
		a.prepare(at, manual, fault)
		return a.state(at.ID), nil
	}
	result := charge()
	if a.chance(20) {
		a.callback(at.ID)
	}
	a.turn(a.of, "answer "+at.ID+" to "+a.of.name) // it can be killed with the answer in its hands
	return result, nil
}

var sendFaults = []weighted{
	{DialFails, 4},
	{TurnedAway, 2},
	{RequestLost, 4},
	{RequestLate, 5},
	{AnswerLost, 6},
	{Reset, 4},
	{ServerFails, 3},
	{ServerFailsDone, 4},
	{Garbage, 2},
	{WrongEcho, 2},
	{Slow, 5},
	{HardDecline, 5},
	{SoftDecline, 5},
	{Undecided, 4},
	{Challenged, 4},
}

// heldDays is how long an acquirer holds what was authorized.
const heldDays = 7

// charge takes the money, unless the reference is known or refused.
func (a *acquirer) charge(at payment.Attempt, manual bool) payment.Result {
	if _, known := a.charges[at.ID]; !known && !a.expired(at) && !a.refused[at.ID] {
		c := a.open(at, manual)
		c.decide()
	}
	return a.state(at.ID)
}

// expired is the contract of a channel that has a horizon: it refuses what it does not know by then.
func (a *acquirer) expired(at payment.Attempt) bool {
	return a.caps.Horizon > 0 && time.Now().After(at.CreatedAt.Add(a.caps.Horizon))
}

func (a *acquirer) open(at payment.Attempt, manual bool) *charge {
	zero := at.Amount.Asset().Zero()
	c := &charge{
		amount: at.Amount, captured: zero, refunded: zero, manual: manual, at: time.Now(), visible: time.Now(),
		moved: map[string]payment.Outcome{},
	}
	if a.caps.Fence && a.chance(10) { // where absence proves nothing it may last
		c.visible = c.visible.Add(a.within(2 * time.Minute))
	}
	a.charges[at.ID] = c
	return c
}

// decide takes the money, or holds it.
func (c *charge) decide() {
	c.state = payment.Captured
	c.captured = c.amount
	if c.manual {
		c.state, c.captured = payment.Authorized, c.amount.Asset().Zero()
	}
}

// prepare notes a reference with what the fault makes of it.
func (a *acquirer) prepare(at payment.Attempt, manual bool, fault Fault) {
	if _, known := a.charges[at.ID]; known || a.expired(at) || a.refused[at.ID] {
		return
	}
	c := a.open(at, manual)
	switch fault {
	case HardDecline:
		c.state, c.reason = payment.Declined, payment.StolenCard
	case SoftDecline:
		c.state, c.reason = payment.Declined, payment.IssuerUnavailable
	case Undecided, Challenged:
		c.state = payment.Pending
		if fault == Challenged {
			c.state = payment.ActionRequired
		}
		a.later(a.within(20*time.Minute), "decide "+at.ID, func() {
			if c.state != payment.Pending && c.state != payment.ActionRequired {
				return // canceled meanwhile
			}
			if c.decide(); a.chance(25) {
				c.state, c.reason, c.captured = payment.Declined, payment.GenericDecline, c.amount.Asset().Zero()
			}
			a.callback(at.ID)
		})
	}
}

// state is what the acquirer says of a reference.
func (a *acquirer) state(ref string) payment.Result {
	if a.refused[ref] {
		return payment.Result{Outcome: payment.Fenced}
	}
	c, known := a.charges[ref]
	if !known {
		return payment.Result{NotFound: true}
	}
	if c.state == payment.Authorized && time.Now().After(c.at.AddDate(0, 0, heldDays)) {
		c.state, c.reason = payment.Lapsed, ""
	}
	r := payment.Result{Outcome: c.state, Reason: c.reason, ProviderID: "ch_" + ref}
	switch c.state {
	case payment.Authorized:
		r.Amount, r.ExpiresAt = c.amount, c.at.AddDate(0, 0, heldDays)
	case payment.Captured:
		r.Amount = c.amount
	case payment.ActionRequired:
		r.ChallengeURL = "https://issuer.example/" + ref
	}
	return r
}

// Check asks.
func (a adapter) Check(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	a.turn(a.of, "check "+at.ID+" by "+a.of.name)
	if a.isDown(a.name) || a.chance(8) {
		a.count(InquiryFails)
		return payment.Result{}, errServer
	}
	if c, known := a.charges[at.ID]; known && time.Now().Before(c.visible) {
		a.count(InquiryBlind)
		return payment.Result{NotFound: true}, nil
	}
	result := a.state(at.ID)
	a.turn(a.of, "told "+at.ID+" to "+a.of.name)
	return result, nil
}

// Cancel fences what is not known, and releases what is held.
func (a adapter) Cancel(_ context.Context, at payment.Attempt) (payment.Result, error) {
	a.turn(a.of, "cancel "+at.ID+" by "+a.of.name)
	switch {
	case a.isDown(a.name) || a.chance(8):
		a.count(CancelLost)
		return payment.Result{}, errServer
	case !a.caps.Fence && !a.caps.Void:
		return payment.Result{}, errServer
	}
	c, known := a.charges[at.ID]
	switch {
	case !known && a.caps.Fence:
		a.refused[at.ID] = true
	case known && (c.state == payment.Pending || c.state == payment.ActionRequired || (c.state == payment.Authorized && c.captured.IsZero())):
		c.state, c.reason = payment.Voided, ""
		a.refused[at.ID] = true
	}
	if a.chance(10) {
		a.count(CancelAnswer)
		return payment.Result{}, errReset
	}
	return a.state(at.ID), nil
}

// Capture takes what is held.
func (a adapter) Capture(ctx context.Context, at payment.Attempt, o payment.Operation) (payment.Result, error) {
	return a.move(ctx, at, o, func(c *charge) bool {
		if c.state != payment.Authorized || c.captured.Add(o.Amount).Cmp(c.amount) > 0 {
			return false
		}
		if c.captured = c.captured.Add(o.Amount); o.Final || c.captured.Equal(c.amount) {
			c.state = payment.Captured
		}
		return true
	})
}

// Refund gives back what was captured.
func (a adapter) Refund(ctx context.Context, at payment.Attempt, o payment.Operation) (payment.Result, error) {
	return a.move(ctx, at, o, func(c *charge) bool {
		if c.refunded.Add(o.Amount).Cmp(c.captured) > 0 {
			return false
		}
		c.refunded = c.refunded.Add(o.Amount)
		return true
	})
}

// move carries an operation out once for each reference.
func (a adapter) move(ctx context.Context, at payment.Attempt, o payment.Operation, do func(*charge) bool) (payment.Result, error) {
	a.turn(a.of, fmt.Sprintf("%s %s by %s", o.Kind, o.ID, a.of.name))
	c, known := a.charges[at.ID]
	if !known {
		return payment.Result{Outcome: payment.Declined, Reason: payment.GenericDecline}, nil
	}
	carry := func() payment.Result {
		if _, done := c.moved[o.ID]; !done {
			c.moved[o.ID] = payment.Declined
			if do(c) {
				c.moved[o.ID] = payment.Done
			}
		}
		return a.moved(c, o)
	}
	switch a.faultOf(moveFaults) {
	case RequestLost:
		return silence(ctx)
	case AnswerLost:
		carry()
		return silence(ctx)
	case Reset:
		carry()
		return payment.Result{}, errReset
	case ServerFails:
		return payment.Result{}, errServer
	}
	result := carry()
	a.turn(a.of, "answer "+o.ID+" to "+a.of.name)
	return result, nil
}

var moveFaults = []weighted{{RequestLost, 5}, {AnswerLost, 6}, {Reset, 5}, {ServerFails, 4}}

func (a *acquirer) moved(c *charge, o payment.Operation) payment.Result {
	outcome, known := c.moved[o.ID]
	switch {
	case !known:
		return payment.Result{NotFound: true}
	case outcome == payment.Done:
		return payment.Result{Outcome: payment.Done, Amount: o.Amount, ProviderID: "mv_" + o.ID}
	}
	return payment.Result{Outcome: payment.Declined, Reason: payment.AmountExceeds}
}

// CheckOperation asks what became of a capture, refund or reversal.
func (a adapter) CheckOperation(_ context.Context, at payment.Attempt, o payment.Operation) (payment.Result, error) {
	a.turn(a.of, "check "+o.ID+" by "+a.of.name)
	c, known := a.charges[at.ID]
	if !known || a.chance(8) {
		a.count(InquiryFails)
		return payment.Result{}, errServer
	}
	return a.moved(c, o), nil
}

// Callback reads a message: an event's id and a reference.
func (a adapter) Callback(_ http.Header, body []byte) (rails.Callback, error) {
	event, ref, _ := strings.Cut(string(body), " ")
	return rails.Callback{Event: event, Reference: ref}, nil
}

// callback tells the gateways that there is news of a reference: some other time, once or twice, to whichever is there.
func (a *acquirer) callback(ref string) {
	body := []byte(a.newID("evt") + " " + ref)
	times := 1
	if a.chance(20) {
		a.count(CallbackTwice)
		times = 2
	}
	for n := range times {
		a.later(a.within(30*time.Second), fmt.Sprintf("callback %d %s", n, ref), func() { a.tell(a.name, body) })
	}
}
