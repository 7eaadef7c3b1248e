package gateway

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/rails"
)

const (
	probeEvery = 2 * time.Second // how often a channel that payers send money to is asked how it is
	callMargin = 5 * time.Second // how much longer than the channel's timeout a call may be under way
)

// Breaker returns the settings of the channel's breaker. Where payers send the money by themselves, to take a payment in calls
// nobody: such a channel is asked how it is, by each gateway and whoever watches it, so that no further payer is sent to a bank
// or a chain that shows nothing of what arrives.
func (c Channel) Breaker() breaker.Settings {
	s := breaker.Defaults()
	s.CallMax = max(s.CallMax, c.Timeout+callMargin)
	s.Window = max(s.Window, (s.CallMax + 2*s.Bucket).Truncate(s.Bucket))
	if c.Rail.Capabilities().Push && can[rails.Prober](c) {
		s.ProbeEvery, s.ProbeMax = probeEvery, max(s.ProbeMax, c.Timeout+callMargin) // one of its nodes may hang
	}
	return s
}

// Prober asks channels how they are, for the board of their breakers.
type Prober []Channel

// Probe makes a status call that moves no money. It returns ErrNoChannel for a channel that is not among them.
func (p Prober) Probe(ctx context.Context, channel string) error {
	i := slices.IndexFunc(p, func(c Channel) bool { return c.Name == channel })
	if i < 0 {
		return fmt.Errorf("%s: %w", channel, ErrNoChannel)
	}
	if prober, ok := p[i].Rail.(rails.Prober); ok {
		return prober.Probe(ctx)
	}
	return nil // a channel that cannot be asked is tried with a payment
}
