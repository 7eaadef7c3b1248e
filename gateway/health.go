package gateway

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

const (
	probeEvery = 2 * time.Second  // how often a channel that payers send money to is asked how it is
	callMargin = 5 * time.Second  // how much longer than the channel's timeout a call may be under way
	lookMargin = 35 * time.Second // how much longer than between two looks what arrives may go without one: another gateway takes over in less
)

// Breaker returns the settings of the channel's breaker. Where payers send the money by themselves, to take a payment in calls
// nobody: such a channel is asked how it is, by each gateway and whoever watches it, so that no further payer is sent to a bank
// or a chain that shows nothing of what arrives. That keeps payers away and nothing else: payouts, refunds and captures make
// calls, and by these its breaker judges.
func (c Channel) Breaker() breaker.Settings {
	s := breaker.Defaults()
	s.CallMax = max(s.CallMax, c.Timeout+callMargin)
	s.Window = max(s.Window, (s.CallMax + 2*s.Bucket).Truncate(s.Bucket))
	if c.Rail.Capabilities().Push && can[rails.Prober](c) {
		s.ProbeEvery, s.ProbeMax = probeEvery, max(s.ProbeMax, c.Timeout+callMargin) // one of its nodes may hang
	}
	return s
}

// Seen says when the watcher of a channel last looked at what arrives there, on whatever gateway it runs.
type Seen interface {
	// CursorAt returns when the cursor of that name was last saved, and the zero time when it never was.
	CursorAt(ctx context.Context, name string) (time.Time, error)
}

// Prober asks channels how they are, for the board of their breakers.
type Prober struct {
	Channels []Channel
	Seen     Seen
	Now      func() time.Time
}

// Probe makes a status call that moves no money. Where payers send the money by themselves, it asks whether that is seen, too: be it
// the bank, our store, or the gateway that should watch, the error is then breaker.ErrUnseen. It returns ErrNoChannel for a channel
// that is not among them.
func (p Prober) Probe(ctx context.Context, channel string) error {
	i := slices.IndexFunc(p.Channels, func(c Channel) bool { return c.Name == channel })
	if i < 0 {
		return fmt.Errorf("%s: %w", channel, ErrNoChannel)
	}
	c := p.Channels[i]
	prober, ok := c.Rail.(rails.Prober)
	if !ok {
		return nil // a channel that cannot be asked is tried with a payment
	}
	if err := prober.Probe(ctx); err != nil || !c.Rail.Capabilities().Push {
		return err
	}
	return p.looked(ctx, c)
}

// looked returns an error when what arrives at a channel was not looked at for too long. Where it never was, and where the rail tells
// it in another way, there is no cursor to judge by.
func (p Prober) looked(ctx context.Context, c Channel) error {
	at, err := p.Seen.CursorAt(ctx, c.Name)
	if err != nil {
		return fmt.Errorf("%w: %w", breaker.ErrUnseen, err)
	}
	if !at.IsZero() && p.Now().Sub(at) > c.Poll+lookMargin {
		return fmt.Errorf("%w: it was last looked at %s", breaker.ErrUnseen, payment.Stamp(at))
	}
	return nil
}
