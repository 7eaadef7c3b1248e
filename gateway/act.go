package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// resolveMax is the deadline of an inquiry, cancel or void.
const resolveMax = 10 * time.Second

// errCannot is reported when a channel lacks a power that a step needs; the outcome stays unknown.
var errCannot = errors.New("channel cannot do this")

// errUnsent is reported when a reference that was sent before did not leave once more: that tells nothing of the first.
var errUnsent = errors.New("it was not sent again")

// errOverdue is reported when a gateway was held up between writing a send down and sending it.
var errOverdue = errors.New("its time passed before it was sent")

// act calls a channel, and is the only place that does. Whatever goes wrong comes back as the unknown outcome.
func (g *Gateway) act(ctx context.Context, p payment.Payment, step payment.Step) payment.News {
	news := payment.News{Ref: step.Ref, By: evidence(step.Do), AskedAt: g.now()}
	a, isAttempt := p.Attempt(step.Ref)
	o, _ := p.Operation(step.Ref)
	if !isAttempt {
		a, _ = p.Attempt(o.Attempt)
	}
	c, ok := g.channel(a.Channel)
	if !ok {
		g.log.Error("channel is not configured any more", "channel", a.Channel, "payment", p.ID, "ref", step.Ref)
		news.At = g.now()
		return news
	}
	call := g.callOfOperation(c, a, o, step)
	if isAttempt {
		call = g.callOfAttempt(c, p, a, step)
	}
	back := g.away(ctx)
	result, err := call(ctx)
	back()
	switch {
	case step.Do == payment.Replay && result.Outcome == payment.NotSent:
		err = cmp.Or(err, errUnsent)
	case result.Outcome == payment.NotSent:
		err = nil // why is in the result
	}
	if err != nil {
		g.log.Warn("channel", "channel", c.Name, "payment", p.ID, "ref", step.Ref, "step", step.Do.String(), "err", err)
		result = payment.Result{}
	}
	news.Result, news.At = result, g.now()
	news.Unasked = errors.Is(err, breaker.ErrBusy)
	news.Unheard = err != nil && !news.Unasked
	return news
}

func evidence(do payment.Do) payment.Evidence {
	switch do {
	case payment.Send:
		return payment.ByAnswer
	case payment.Replay:
		return payment.ByReplay
	case payment.Fence:
		return payment.ByCancel
	default:
		return payment.ByInquiry
	}
}

type call func(ctx context.Context) (payment.Result, error)

func (g *Gateway) callOfAttempt(c Channel, p payment.Payment, a payment.Attempt, step payment.Step) call {
	switch step.Do {
	case payment.Send, payment.Replay:
		return g.inTime(a.Overdue(), g.submit(c, a, payment.NotAdmitted, func(ctx context.Context) (payment.Result, error) {
			return c.Rail.Send(ctx, p, a)
		}))
	case payment.Check:
		return g.resolve(c, func(ctx context.Context) (payment.Result, error) { return c.Rail.Check(ctx, a) })
	case payment.Fence:
		if canceler, ok := c.Rail.(rails.Canceler); ok {
			return g.resolve(c, func(ctx context.Context) (payment.Result, error) { return canceler.Cancel(ctx, a) })
		}
	}
	return cannot(c, step)
}

func (g *Gateway) callOfOperation(c Channel, a payment.Attempt, o payment.Operation, step payment.Step) call {
	if o.Releases() {
		return g.callOfRelease(c, a, step) // which may always be repeated, however late
	}
	if step.Do == payment.Check {
		if inquirer, ok := c.Rail.(rails.Inquirer); ok {
			return g.resolve(c, func(ctx context.Context) (payment.Result, error) { return inquirer.CheckOperation(ctx, a, o) })
		}
		return cannot(c, step)
	}
	return g.inTime(o.Overdue(), g.callOfMovement(c, a, o, step))
}

// callOfMovement sends an operation.
func (g *Gateway) callOfMovement(c Channel, a payment.Attempt, o payment.Operation, step payment.Step) call {
	if capturer, ok := c.Rail.(rails.Capturer); ok && o.Kind == payment.Capture {
		return g.submit(c, a, payment.ChannelUnavailable, func(ctx context.Context) (payment.Result, error) { return capturer.Capture(ctx, a, o) })
	}
	if refunder, ok := c.Rail.(rails.Refunder); ok && (o.Kind == payment.Refund || o.Kind == payment.Reversal) {
		refund := func(ctx context.Context) (payment.Result, error) { return refunder.Refund(ctx, a, o) }
		if o.Kind == payment.Reversal { // money that is not ours goes back also while no new money is taken
			return g.resolve(c, refund)
		}
		return g.submit(c, a, payment.ChannelUnavailable, refund)
	}
	if sweeper, ok := c.Rail.(rails.Sweeper); ok && o.Kind == payment.Sweep { // no payer or merchant waits for it
		return g.resolve(c, func(ctx context.Context) (payment.Result, error) { return sweeper.Sweep(ctx, a, o) })
	}
	if returner, ok := c.Rail.(rails.ClaimReturner); ok && o.Kind == payment.ClaimReturn { // which two people began
		return g.resolve(c, func(ctx context.Context) (payment.Result, error) { return returner.ReturnClaim(ctx, a, o) })
	}
	return cannot(c, step)
}

// callOfRelease lets go of an authorization with a cancel of the attempt, and asks the attempt what became of that.
func (g *Gateway) callOfRelease(c Channel, a payment.Attempt, step payment.Step) call {
	ask := c.Rail.Check
	if step.Do != payment.Check {
		canceler, ok := c.Rail.(rails.Canceler)
		if !ok {
			return cannot(c, step)
		}
		ask = canceler.Cancel
	}
	return g.resolve(c, func(ctx context.Context) (payment.Result, error) {
		result, err := ask(ctx, a)
		return released(result), err
	})
}

// released reads what became of an attempt as what became of its release.
func released(r payment.Result) payment.Result {
	switch r.Outcome {
	case payment.Fenced, payment.Voided, payment.Lapsed:
		return payment.Result{Outcome: payment.Done, ProviderID: r.ProviderID, Amount: r.Amount}
	case payment.Captured:
		return payment.Result{Outcome: payment.Declined, Reason: payment.AmountExceeds, ProviderCode: r.ProviderCode}
	default:
		return payment.Result{}
	}
}

func cannot(c Channel, step payment.Step) call {
	return func(context.Context) (payment.Result, error) {
		return payment.Result{}, fmt.Errorf("%s on %s: %w", step.Do, c.Name, errCannot)
	}
}

// inTime sends only what is not overdue: from then on the reference belongs to the resolver, which may have given it up
// already.
func (g *Gateway) inTime(overdue time.Time, send call) call {
	return func(ctx context.Context) (payment.Result, error) {
		if !g.now().Before(overdue) {
			return payment.Result{}, errOverdue
		}
		return send(ctx)
	}
}

// submit makes a call that may move money. The breaker is asked now, after the commit and just before the wire: what it
// refuses was not sent, for the reason given, and its error comes beside that.
func (g *Gateway) submit(c Channel, a payment.Attempt, refused payment.Reason, send call) call {
	return func(ctx context.Context) (payment.Result, error) {
		done, err := g.board.Allow(c.Name, c.risk(a.Amount))
		if err != nil {
			return payment.Result{Outcome: payment.NotSent, Reason: refused, ProviderCode: err.Error()}, err
		}
		ctx, cancel := context.WithTimeout(ctx, c.Timeout)
		defer cancel()
		result, err := send(ctx)
		done(verdict(result, err))
		return result, err
	}
}

// resolve makes a call that moves no money, or releases it. It passes an open breaker and has slots of its own.
func (g *Gateway) resolve(c Channel, ask call) call {
	return func(ctx context.Context) (payment.Result, error) {
		done, err := g.board.AllowResolve(c.Name)
		if err != nil {
			return payment.Result{}, err
		}
		defer done()
		ctx, cancel := context.WithTimeout(ctx, resolveMax)
		defer cancel()
		return ask(ctx)
	}
}

// verdict is what an answer says about the health of the channel: a decline is a healthy answer; a fault of ours, and a
// request that the channel understood and refused, say nothing, and nor does it when a payer is told where to send the money:
// nobody was asked.
func verdict(r payment.Result, err error) breaker.Verdict {
	if errors.Is(err, rails.ErrRefused) || err == nil && r.Reason == payment.AwaitingPayer {
		return breaker.Excluded
	}
	if err != nil || r.Outcome == payment.Unknown {
		return breaker.Faulty
	}
	if r.Outcome != payment.NotSent && r.Outcome != payment.Declined {
		return breaker.Healthy
	}
	switch r.Reason.Meaning().Blame {
	case payment.BlameChannel, payment.BlameNetwork:
		return breaker.Faulty
	case payment.BlameUs, payment.BlameMerchant:
		return breaker.Excluded
	default:
		return breaker.Healthy
	}
}
