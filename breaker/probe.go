package breaker

import (
	"context"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Prober asks a channel how it is.
type Prober interface {
	// Probe makes one status call that cannot move money. An error means that
	// the channel is not well. It must return when ctx ends: until it does,
	// the channel is not probed again and stays closed to payments.
	Probe(ctx context.Context, channel string) error
}

// beginProbe takes the place of a half-open gate that is due for a probe: its
// first, and any that no payment took for as long as a cool-down. It returns
// nil when none is due; while a flag stands none is, because the channel is to
// be left alone.
func (c *circuit) beginProbe() (end func(Verdict)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.probing || c.flag.stands(now) || c.gate.State() != gobreaker.StateHalfOpen {
		return nil
	}
	if underTrial(c.gate.Counts()) > 0 && now.Sub(c.trialAt) < c.settings.OpenFor {
		return nil
	}
	report, err := c.gate.Allow()
	if err != nil {
		return nil // payments hold every place
	}
	c.probing, c.trialAt = true, now
	gate := c.gate
	return func(v Verdict) { c.endProbe(gate, report, v) }
}

// endProbe tells the gate how its probe went.
func (c *circuit) endProbe(gate *gate, report func(error), v Verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gate != c.gate {
		return // an operator started the breaker afresh since
	}
	switch v {
	case Excluded:
		report(errExcluded)
	case Healthy:
		report(nil)
	default:
		report(errFailed)
		c.cause = "the probe failed"
	}
	c.changed()
}

func (c *circuit) probeReturned() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.probing = false
}

// probe runs the probe of c and judges it at its deadline, whether or not the
// call has returned by then.
func (b *Board) probe(ctx context.Context, c *circuit, end func(Verdict)) {
	limited, cancel := context.WithTimeout(ctx, c.settings.ProbeMax)
	defer cancel()
	answer := make(chan error, 1)
	go func() {
		defer c.probeReturned()
		answer <- b.prober.Probe(limited, c.channel)
	}()

	var err error
	select {
	case err = <-answer:
	case <-limited.Done():
		err = limited.Err()
	}
	switch {
	case err == nil:
		end(Healthy)
	case ctx.Err() != nil:
		end(Excluded) // we are stopping; the channel is not to blame
	default:
		b.log.Warn("probe failed", "channel", c.channel, "error", err)
		end(Faulty)
	}
}
