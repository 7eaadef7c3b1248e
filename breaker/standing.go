package breaker

import (
	"fmt"
	"time"

	"github.com/sony/gobreaker/v2"
)

// state is all that is known at now.
func (c *circuit) state() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	s := c.standing(now)
	s.InFlight, s.Resolving, s.Trips = c.submits, c.resolves, c.trips
	s.MaxInFlight = c.settings.MaxInFlight
	s.Turned = c.pulse.since
	if c.pulse.ill {
		s.Unwell = c.pulse.cause
	}

	sum := c.recent.sum(now)
	if sum.requests == 0 {
		return s
	}
	s.Requests = sum.requests
	s.FailureRatio = float64(sum.failed) / float64(sum.requests)
	s.SlowRatio = float64(sum.slow) / float64(sum.requests)
	s.Latency = sum.took / time.Duration(sum.requests)
	return s
}

// standing is the rule in force at now, without the numbers: the operator's
// flag, then the channel's own breaker, then the fleet's advice.
func (c *circuit) standing(now time.Time) State {
	s := State{Channel: c.channel}
	own := c.gate.State()
	switch {
	case c.flag.stands(now):
		s.Status = c.flag.Status
		s.Since, s.Until = latest(now, c.flag.At, c.flag.From), c.flag.Until
		s.Reason = c.flag.reason()
	case own == gobreaker.StateOpen:
		s.Status = Open
		s.Since, s.Until = c.since, c.since.Add(c.settings.OpenFor)
		s.Reason = c.cause
	case own == gobreaker.StateHalfOpen:
		s.Status = HalfOpen
		s.Since = c.since
		s.TrialsLeft = c.trialsLeft()
		s.Reason = "on trial: " + c.cause
	case c.advice.stands(now):
		s.Status = Open
		s.Since, s.Until = c.advice.since, c.advice.until
		s.Reason = fmt.Sprintf("%d of %d gateways see trouble", c.advice.troubled, c.advice.living)
	default:
		s.Status = Closed
		s.Since = latest(now, c.since, c.flag.Until, c.advice.until)
	}
	return s
}

// trialsLeft is how many live payments a half-open gate still admits: none
// until its first call, which is always the probe, was good.
func (c *circuit) trialsLeft() int {
	counts := c.gate.Counts()
	if counts.TotalSuccesses == 0 {
		return 0
	}
	return c.trialsMax() - underTrial(counts)
}

// underTrial is how many of a half-open gate's places are taken. An excluded
// call has given its place back.
func underTrial(counts gobreaker.Counts) int {
	return int(counts.Requests) - int(counts.TotalExclusions)
}

// latest is the latest of times that is not after now.
func latest(now time.Time, times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) && !t.After(now) {
			last = t
		}
	}
	return last
}
