package breaker

import (
	"context"
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"
)

// ErrUnseen is wrapped by the error of a probe when the channel answers, and
// what payers send there is not seen. It makes the channel unwell, and is no
// bad trial: what calls the channel may go on.
var ErrUnseen = errors.New("what arrives is not seen")

// Prober asks a channel how it is.
type Prober interface {
	// Probe makes one status call that cannot move money. An error means that
	// the channel is not well. It must return when ctx ends: until it does,
	// the channel is not probed again and stays closed to payments.
	Probe(ctx context.Context, channel string) error
}

// beginProbe starts a probe that is due: a trial of a half-open gate, or one of
// the regular ones. It returns nil when none is; while a flag stands none is,
// because the channel is to be left alone.
func (c *circuit) beginProbe() (end func(error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.probing || c.flag.stands(now) {
		return nil
	}
	trial := c.beginTrial(now)
	every := c.settings.ProbeEvery
	if trial == nil && (every == 0 || now.Sub(c.probedAt) < every) {
		return nil
	}
	c.probing, c.probedAt = true, now
	gate := c.gate
	return func(err error) { c.endProbe(gate, trial, err) }
}

// beginTrial takes the place of a half-open gate that is due for a probe: its
// first, and any that no payment took for as long as a cool-down. It returns
// nil when none is due.
func (c *circuit) beginTrial(now time.Time) (report func(error)) {
	if c.gate.State() != gobreaker.StateHalfOpen {
		return nil
	}
	if underTrial(c.gate.Counts()) > 0 && now.Sub(c.trialAt) < c.settings.OpenFor {
		return nil
	}
	report, err := c.gate.Allow()
	if err != nil {
		return nil // payments hold every place
	}
	c.trialAt = now
	return report
}

// endProbe tells the gate, when the probe was its trial, and the pulse how a
// probe went; errExcluded says nothing about the channel.
func (c *circuit) endProbe(gate *gate, trial func(error), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gate != c.gate {
		return // an operator started the breaker afresh since
	}
	excluded := errors.Is(err, errExcluded)
	if trial != nil {
		verdict := err
		if errors.Is(err, ErrUnseen) {
			verdict = nil
		}
		trial(verdict)
		if verdict != nil && !excluded {
			c.cause = said("the probe failed", verdict)
		}
		c.changed()
	}
	if c.settings.ProbeEvery > 0 && !excluded && c.pulse.take(err, time.Now()) {
		c.changed()
	}
}

func (c *circuit) probeReturned() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.probing = false
}

// probe runs the probe of c and judges it at its deadline, whether or not the
// call has returned by then.
func (b *Board) probe(ctx context.Context, c *circuit, end func(error)) {
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
	if err != nil && ctx.Err() != nil {
		err = errExcluded // we are stopping; the channel is not to blame
	}
	end(err)
}
