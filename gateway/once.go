package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/causeway-pay/causeway/payment"
)

// Why a repeated key is refused.
var (
	ErrKeyReused   = errors.New("idempotency key was used for another request")             // returned when the body differs from the first one's
	ErrKeyInFlight = errors.New("the first request with this idempotency key is under way") // returned until the first request has an outcome
)

// once does what a request asks, unless its key was used before: then it answers what was answered then. A request that
// is refused does not use its key up.
//
// The key is looked up only when the request could not be carried out, since the store refuses a used key anyway: the
// common case costs nothing.
func (g *Gateway) once(ctx context.Context, key payment.Key, answer func(payment.Payment, string) payment.Answer, do func() (Reply, error)) (Reply, error) {
	reply, err := do()
	if err == nil {
		return reply, nil
	}
	known, lookupErr := g.store.Key(ctx, key.Merchant, key.Path, key.Key)
	switch {
	case errors.Is(lookupErr, payment.ErrNotFound):
		return Reply{}, err
	case lookupErr != nil:
		return Reply{}, fmt.Errorf("idempotency key: %w", lookupErr)
	case known.Hash != key.Hash:
		return Reply{}, ErrKeyReused
	}
	reply, againErr := g.again(ctx, known, answer)
	if errors.Is(againErr, ErrKeyInFlight) && errors.Is(err, payment.ErrUnavailable) {
		return Reply{}, err // it may be this very request that is under way, and that cannot go on for now
	}
	return reply, againErr
}

// again answers a repeated request: with the stored answer, or, where that was lost or has been dropped since, with the
// object as it is now. That is stored in turn, so that the request is never answered in two ways.
func (g *Gateway) again(ctx context.Context, known payment.Key, answer func(payment.Payment, string) payment.Answer) (Reply, error) {
	p, err := g.store.Payment(ctx, known.Payment)
	if err != nil {
		return Reply{}, fmt.Errorf("idempotency key: %w", err)
	}
	if known.Answer != nil {
		return Reply{Payment: p, Answer: *known.Answer, Replayed: true}, nil
	}
	if g.inFlight(p, known.Object) {
		return Reply{}, ErrKeyInFlight
	}
	kept, err := g.store.KeepAnswer(ctx, answer(p, known.Object))
	if err != nil {
		return Reply{}, fmt.Errorf("idempotency key: %w", err)
	}
	return Reply{Payment: p, Answer: kept, Replayed: true}, nil
}

// inFlight reports whether the channel may yet answer about the object, so that its request is not over.
func (g *Gateway) inFlight(p payment.Payment, object string) bool {
	now := g.now()
	if o, ok := p.Operation(object); ok {
		return o.Outcome == payment.Unknown && o.Reason == "" && now.Before(o.Deadline)
	}
	last, ok := p.Last()
	return ok && last.Outcome == payment.Unknown && last.Reason == "" && now.Before(last.Deadline)
}
