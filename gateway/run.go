package gateway

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"reflect"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

const (
	// stepsMax bounds how often one run of a payment calls a channel; what is left then is due again.
	stepsMax = 16
	// conflictsMax bounds how often one run gives way to others that changed the payment first, conflictPause how long it
	// waits at most before it tries again.
	conflictsMax  = 50
	conflictPause = 20 * time.Millisecond
	// requestMax is how long a merchant's request may carry its payment before it is left to whoever takes up due work.
	requestMax = 20 * time.Second
)

// errand is what a run does for someone: the change that was asked for, and what must be stored with it.
type errand struct {
	// change is applied again when another was first. The string is the reference that has to be sent.
	change   func(ctx context.Context, p payment.Payment) (payment.Payment, string, error)
	key      *payment.Key
	accept   string
	callback *payment.Callback
	review   *payment.Ruling
	claim    *payment.ClaimRuling
	answer   func(p payment.Payment) payment.Answer
	until    time.Time // no channel is called after this moment
	unsent   bool      // no channel is called at all: whoever takes up due work does that

	answered *payment.Answer
}

// sendsNothing is a change that leaves nothing to be sent at once.
func sendsNothing(of func(p payment.Payment) (payment.Payment, error)) func(context.Context, payment.Payment) (payment.Payment, string, error) {
	return func(_ context.Context, p payment.Payment) (payment.Payment, string, error) {
		after, err := of(p)
		return after, "", err
	}
}

// errandFor is the errand of a request with an idempotency key: the key will name object, which belongs to payment, and
// the answer shows it.
func (g *Gateway) errandFor(key payment.Key, of payment.ID, object string, answer func(payment.Payment, string) payment.Answer) *errand {
	key.Object, key.Payment = object, of
	return &errand{
		key: &key, until: g.now().Add(requestMax),
		answer: func(p payment.Payment) payment.Answer { return answer(p, object) },
	}
}

// committed forgets what the store has taken over.
func (e *errand) committed(answer *payment.Answer) {
	e.change, e.key, e.accept, e.callback, e.review, e.claim = nil, nil, "", nil, nil, nil
	if answer != nil {
		e.answered, e.answer = answer, nil
	}
}

// idle reports whether nothing but the payment itself is to be stored. A channel's message that changes nothing is not worth
// it: told again, it changes nothing again.
func (e *errand) idle(answering bool) bool {
	return e.key == nil && e.accept == "" && e.review == nil && e.claim == nil && (e.answer == nil || !answering)
}

// Run takes a payment as far as it can go now. It may be called at any time, by anyone, any number of times.
func (g *Gateway) Run(ctx context.Context, id payment.ID) error {
	p, err := g.store.Payment(ctx, id)
	if err != nil {
		return fmt.Errorf("run %s: %w", id, err)
	}
	_, err = g.drive(ctx, p, &errand{})
	return err
}

// drive is the loop that every payment goes through: decide, store, act, learn. What was decided is stored before the
// channel is called, and what a channel said is stored together with the next decision.
func (g *Gateway) drive(ctx context.Context, stored payment.Payment, e *errand) (left payment.Payment, err error) {
	ctx = context.WithoutCancel(ctx) // a client that hangs up does not stop its payment half-way
	run := g.runs.begin()
	defer func() { g.runs.end(run, left, g.now()) }()
	var news *payment.News // what a channel said and is not stored yet
	for steps, conflicts := 0, 0; ; {
		p, fresh, err := g.apply(ctx, stored, e, news)
		if err != nil {
			return stored, err
		}
		p, step, err := g.decide(ctx, p, fresh, e.over(g.now()) || steps >= stepsMax || (news != nil && news.Unasked))
		if err != nil {
			return stored, err
		}
		if !reflect.DeepEqual(p, stored) || !e.idle(step.Do == payment.Stop) {
			p, err = g.commit(ctx, stored, p, e, step.Do == payment.Stop)
		}
		if errors.Is(err, payment.ErrAnswered) {
			e.answer = nil // whoever asked again was answered meanwhile
			continue
		}
		if errors.Is(err, payment.ErrConflict) && conflicts < conflictsMax {
			conflicts++
			pause(ctx, g.yields(stored.ID, conflicts))
			if stored, err = g.store.Payment(ctx, stored.ID); err != nil {
				return stored, err
			}
			continue // with the change and the news, on what the other made of the payment
		}
		if err != nil {
			return stored, err
		}
		stored, news = p, nil
		if step.Do == payment.Stop {
			return stored, nil
		}
		g.runs.asks(run, step.Ref)
		said := g.act(ctx, stored, step)
		news = &said
		steps++
	}
}

// apply adds to the stored payment what was asked for and what a channel said.
func (g *Gateway) apply(ctx context.Context, stored payment.Payment, e *errand, news *payment.News) (p payment.Payment, fresh string, err error) {
	p = stored
	if e.change != nil {
		if p, fresh, err = e.change(ctx, p); err != nil {
			return stored, "", err
		}
	}
	if news != nil {
		if p, fresh, err = g.learn(p, *news); err != nil {
			return stored, "", err
		}
	}
	return p, fresh, nil
}

// learn takes news in. Where they tell of an orphan, its reversal is new and has to be sent; where they tell of a payout
// that came back, what the merchant gets for it is fixed at today's rate.
func (g *Gateway) learn(p payment.Payment, news payment.News) (after payment.Payment, fresh string, err error) {
	after, err = p.Learn(news)
	g.alert(p, after, news.Ref)
	n := len(after.Operations)
	if err != nil || n == len(p.Operations) {
		return after, "", err
	}
	o := &after.Operations[n-1]
	if o.Kind != payment.Return {
		return after, o.ID, nil
	}
	return g.convert(after, o.ID, g.now()), "", nil
}

// alert calls people when a channel contradicts itself. The mark on the attempt stays; this is said once.
func (g *Gateway) alert(before, after payment.Payment, ref string) {
	was, _ := before.Attempt(ref)
	a, _ := after.Attempt(ref)
	if what := a.Progress.Conflict; what != was.Progress.Conflict {
		g.log.Error("channel contradicts itself", "channel", a.Channel, "payment", after.ID, "ref", ref, "conflict", what)
	}
}

// decide carries out every step that needs no channel, and returns the first that does, or Stop. Once the run is over
// no further step is taken; what was begun already is still sent.
func (g *Gateway) decide(ctx context.Context, p payment.Payment, fresh string, over bool) (payment.Payment, payment.Step, error) {
	if fresh != "" {
		return p, payment.Step{Do: payment.Send, Ref: fresh}, nil
	}
	for range stepsMax {
		now := g.now()
		step := p.Next(now)
		if step.Do == payment.Stop || over {
			return p, payment.Step{}, nil
		}
		switch step.Do {
		case payment.Close:
			p = p.Close(step.Reason)
		case payment.Settle:
			p = p.Settle()
		case payment.Convert:
			p = g.convert(p, step.Ref, now)
		case payment.Escalate:
			p = g.escalate(p, step.Ref, now)
		case payment.Release:
			o := payment.Operation{ID: g.newID("void"), CreatedAt: now, Deadline: now.Add(resolveMax + answerMargin)}
			return p.Release(o), payment.Step{Do: payment.Send, Ref: o.ID}, nil
		case payment.Send:
			begun, ref, err := g.begin(ctx, p)
			if err != nil || ref != "" {
				return begun, payment.Step{Do: payment.Send, Ref: ref}, err
			}
			p = begun
		case payment.Replay:
			return p.Resend(step.Ref, now), step, nil
		default:
			return p, step, nil
		}
	}
	return p, payment.Step{}, nil
}

// yields is how long a run waits for the others that changed its payment first. It depends on who waits for what, so that
// those who collided once do not again.
func (g *Gateway) yields(id payment.ID, conflicts int) time.Duration {
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, g.name, id, conflicts) // never fails
	return conflictPause * time.Duration(h.Sum32()%1000) / 1000
}

// over reports whether the errand may call no more channels.
func (e *errand) over(now time.Time) bool { return e.unsent || !e.until.IsZero() && now.After(e.until) }

// escalate hands a reference to people.
func (g *Gateway) escalate(p payment.Payment, ref string, now time.Time) payment.Payment {
	after, err := p.Learn(payment.News{
		Ref: ref, By: payment.ByInquiry, At: now,
		Result: payment.Result{Outcome: payment.Review, Reason: payment.LadderExhausted},
	})
	if err != nil {
		g.log.Error("escalate", "payment", p.ID, "ref", ref, "err", err)
		return p
	}
	return after
}
