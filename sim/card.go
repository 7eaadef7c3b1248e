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

// acquirer is a card channel.
type acquirer struct {
	peer

	most    []money.Amount // that it takes
	charges map[string]*charge
	refused map[string]bool // references that a cancel refuses for ever
}

// charge is what an acquirer knows of a reference.
type charge struct {
	ref      string
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

// cardAdapter is the rail of one process to an acquirer.
type cardAdapter struct {
	*acquirer

	by *gatewayProcess
}

var _ interface {
	rails.Rail
	rails.Canceler
	rails.Capturer
	rails.Refunder
	rails.Inquirer
	rails.Listener
} = cardAdapter{}

// Capabilities returns what the acquirer promises.
func (a cardAdapter) Capabilities() payment.Capabilities { return a.caps }

// Send charges.
func (a cardAdapter) Send(ctx context.Context, p payment.Payment, at payment.Attempt) (payment.Result, error) {
	manual, left := p.Order.Capture == payment.CaptureManual, time.Now()
	return unsent(a.exchange(ctx, a.by, "send "+at.ID, sendFaults, func() (payment.Result, error) {
		if a.chance(3) {
			a.count(WrongEcho) // the answer to somebody else; this request was dropped
			return payment.Result{Outcome: payment.Captured, Amount: at.Amount.Add(at.Amount.Asset().One())}, nil
		}
		a.charge(at, manual, left)
		return a.state(at.ID), nil
	}))
}

// heldDays is how long an acquirer holds what was authorized.
const heldDays = 7

// charge takes the money of a request that left at a moment, unless its reference is known or refused. Where a channel does
// not promise to know a reference again it charges again.
func (a *acquirer) charge(at payment.Attempt, manual bool, left time.Time) {
	c, known := a.charges[at.ID]
	switch {
	case known && time.Now().Before(c.at.Add(a.caps.Replay)):
	case a.refused[at.ID] && !a.breaksFence(at):
	case a.caps.Horizon > 0 && time.Now().After(left.Add(a.caps.Horizon)): // by contract
	case known:
		c.amount, c.captured = c.amount.Add(at.Amount), c.captured.Add(at.Amount)
	default:
		a.open(at, manual).begin(a)
	}
	if _, known = a.charges[at.ID]; known && a.chance(20) {
		a.callback(at.ID)
	}
}

// breaksFence is a channel that charges what it had confirmed never to charge. It does not keep that to itself.
func (a *acquirer) breaksFence(at payment.Attempt) bool {
	if !a.chance(40) {
		return false
	}
	a.count(FenceBroken)
	delete(a.refused, at.ID)
	a.callback(at.ID)
	return true
}

func (a *acquirer) open(at payment.Attempt, manual bool) *charge {
	zero := at.Amount.Asset().Zero()
	c := &charge{
		ref: at.ID, amount: at.Amount, captured: zero, refunded: zero, manual: manual, at: time.Now(), visible: time.Now(),
		moved: map[string]payment.Outcome{},
	}
	if a.caps.Fence && a.chance(10) { // where absence proves nothing it may last
		c.visible = c.visible.Add(a.within(2 * time.Minute))
	}
	a.charges[at.ID] = c
	return c
}

// fates is what becomes of a charge.
var fates = []weighted{{HardDecline, 5}, {SoftDecline, 5}, {Undecided, 5}, {Challenged, 5}}

// begin decides about a charge at once, or later.
func (c *charge) begin(a *acquirer) {
	switch fate := a.faultOf(fates); fate {
	case HardDecline:
		c.state, c.reason = payment.Declined, payment.StolenCard
	case SoftDecline:
		c.state, c.reason = payment.Declined, payment.IssuerUnavailable
	case Undecided, Challenged:
		c.state = payment.Pending
		if fate == Challenged {
			c.state = payment.ActionRequired
		}
		a.later(a.within(20*time.Minute), "decide "+c.ref, func() { c.decideLater(a) })
	default:
		c.take()
	}
}

func (c *charge) decideLater(a *acquirer) {
	if c.state != payment.Pending && c.state != payment.ActionRequired {
		return // canceled meanwhile
	}
	if c.take(); a.chance(25) {
		c.state, c.reason, c.captured = payment.Declined, payment.GenericDecline, c.amount.Asset().Zero()
	}
	a.callback(c.ref)
}

// take takes the money, or holds it.
func (c *charge) take() {
	c.state, c.captured = payment.Captured, c.amount
	if c.manual {
		c.state, c.captured = payment.Authorized, c.amount.Asset().Zero()
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
	if c.state == payment.Authorized && c.lapsed() {
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

// lapsed reports whether the time of an authorization is over.
func (c *charge) lapsed() bool { return time.Now().After(c.at.AddDate(0, 0, heldDays)) }

// Check asks.
func (a cardAdapter) Check(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	return a.exchange(ctx, a.by, "check "+at.ID, askFaults, func() (payment.Result, error) {
		if c, known := a.charges[at.ID]; known && time.Now().Before(c.visible) {
			a.count(InquiryBlind)
			return payment.Result{NotFound: true}, nil
		}
		return a.state(at.ID), nil
	})
}

// Cancel fences what is not known, and releases what is held.
func (a cardAdapter) Cancel(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	if !a.caps.Fence && !a.caps.Void {
		return payment.Result{}, errServer
	}
	return a.exchange(ctx, a.by, "cancel "+at.ID, cancelFaults, func() (payment.Result, error) {
		c, known := a.charges[at.ID]
		switch {
		case !known && a.caps.Fence:
			a.refused[at.ID] = true
		case known && (c.state == payment.Pending || c.state == payment.ActionRequired || (c.state == payment.Authorized && c.captured.IsZero())):
			c.state, c.reason = payment.Voided, ""
			a.refused[at.ID] = true
		}
		return a.state(at.ID), nil
	})
}

// Capture takes what is held.
func (a cardAdapter) Capture(ctx context.Context, at payment.Attempt, o payment.Operation) (payment.Result, error) {
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

// Refund gives back what was captured. An acquirer that knows no fence does not even look how much that was.
func (a cardAdapter) Refund(ctx context.Context, at payment.Attempt, o payment.Operation) (payment.Result, error) {
	return a.move(ctx, at, o, func(c *charge) bool {
		if a.caps.Fence && c.refunded.Add(o.Amount).Cmp(c.captured) > 0 {
			return false
		}
		c.refunded = c.refunded.Add(o.Amount)
		return true
	})
}

// move carries an operation out, once for each reference where the channel promises to know it again.
func (a cardAdapter) move(ctx context.Context, at payment.Attempt, o payment.Operation, do func(*charge) bool) (payment.Result, error) {
	left := time.Now()
	return a.exchange(ctx, a.by, fmt.Sprintf("%s %s", o.Kind, o.ID), moveFaults, func() (payment.Result, error) {
		c, known := a.charges[at.ID]
		if !known {
			return payment.Result{Outcome: payment.Declined, Reason: payment.GenericDecline}, nil
		}
		late := a.caps.Horizon > 0 && time.Now().After(left.Add(a.caps.Horizon))
		if _, done := c.moved[o.ID]; !late && (!done || a.caps.Replay == 0) {
			c.moved[o.ID] = payment.Declined
			if do(c) {
				c.moved[o.ID] = payment.Done
			}
		}
		return c.outcomeOf(o), nil
	})
}

func (c *charge) outcomeOf(o payment.Operation) payment.Result {
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
func (a cardAdapter) CheckOperation(ctx context.Context, at payment.Attempt, o payment.Operation) (payment.Result, error) {
	return a.exchange(ctx, a.by, "check "+o.ID, askFaults, func() (payment.Result, error) {
		c, known := a.charges[at.ID]
		if !known {
			return payment.Result{}, errServer
		}
		return c.outcomeOf(o), nil
	})
}

// Callback reads a message: an event's id and a reference.
func (a cardAdapter) Callback(_ http.Header, body []byte) (rails.Callback, error) {
	return readCallback(body)
}

func readCallback(body []byte) (rails.Callback, error) {
	event, ref, _ := strings.Cut(string(body), " ")
	return rails.Callback{Event: event, Reference: ref}, nil
}
