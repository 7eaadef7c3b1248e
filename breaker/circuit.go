package breaker

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// What a gate is told of a call; nil is a success.
var (
	errFailed   = errors.New("failed or slow")
	errExcluded = errors.New("excluded")
)

// gate is gobreaker's state machine of one channel.
type gate = gobreaker.TwoStepCircuitBreaker[struct{}]

// circuit is everything known about one channel.
type circuit struct {
	channel  string
	settings Settings
	changed  func() // tells the board that the status may be another; never blocks

	mu       sync.Mutex // guards the rest and every call of gate, so that gate's callbacks run under it too
	gate     *gate
	since    time.Time // when gate entered its state
	cause    string    // why gate opened
	trips    uint64
	trialAt  time.Time // when half-open last began a probe or heard of a payment
	probing  bool      // a probe was started and has not returned
	probedAt time.Time // when the last probe was started
	submits  int
	resolves int
	recent   tally
	pulse    pulse
	flag     Flag
	advice   advice
}

func newCircuit(channel string, settings Settings, changed func()) *circuit {
	now := time.Now()
	c := &circuit{
		channel:  channel,
		settings: settings,
		changed:  changed,
		recent:   newTally(settings.Window, settings.Bucket, now),
	}
	c.renew(now)
	return c
}

// renew puts a new, closed gate in place.
func (c *circuit) renew(now time.Time) {
	c.since, c.cause, c.pulse = now, "", pulse{}
	c.gate = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:          c.channel,
		MaxRequests:   uint32(c.trialsMax()),
		Interval:      c.settings.Window,
		BucketPeriod:  c.settings.Bucket,
		Timeout:       c.settings.OpenFor,
		ReadyToTrip:   c.failing,
		OnStateChange: c.turned,
		IsExcluded:    func(err error) bool { return errors.Is(err, errExcluded) },
	})
}

// trialsMax is how many good calls in a row close a half-open gate: the probe
// and the live payments after it.
func (c *circuit) trialsMax() int { return c.settings.HalfOpenMax + 1 }

// failing decides after each failure whether the closed gate opens. It counts
// answers, since gobreaker's Requests holds calls under way as well.
func (c *circuit) failing(counts gobreaker.Counts) bool {
	answered := counts.TotalSuccesses + counts.TotalFailures
	if int(answered) < c.settings.MinRequests {
		return false
	}
	if float64(counts.TotalFailures) < c.settings.FailureRatio*float64(answered) {
		return false
	}
	c.cause = fmt.Sprintf("%d of %d calls failed or were slow", counts.TotalFailures, answered)
	return true
}

// turned runs under the mutexes of gate and of c: it may only note the change.
func (c *circuit) turned(_ string, from, to gobreaker.State) {
	c.since = time.Now()
	if to == gobreaker.StateOpen {
		c.trips++
	}
	if from == gobreaker.StateHalfOpen && to == gobreaker.StateOpen {
		c.cause = "a trial payment failed or was slow"
	}
	c.changed()
}

// admit takes a slot for one submit.
func (c *circuit) admit(a Attempt) (func(Verdict), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	standing := c.standing(now)
	if !standing.Accepts(a) {
		return nil, refusal(standing.Status)
	}
	if c.submits >= c.settings.MaxInFlight {
		return nil, ErrBusy
	}
	report, err := c.gate.Allow()
	if err != nil {
		return nil, ErrOpen
	}
	c.submits++
	s := &submit{circuit: c, gate: c.gate, report: report, begun: now, trial: standing.Status == HalfOpen}
	s.limit = time.AfterFunc(c.settings.CallMax, func() { s.done(Faulty) })
	return s.done, nil
}

// refusal is the error for submits while status is in force.
func refusal(status Status) error {
	switch status {
	case Draining:
		return ErrDraining
	case Maintenance:
		return ErrMaintenance
	default:
		return ErrOpen
	}
}

// submit is one admitted call that may move money.
type submit struct {
	circuit *circuit
	gate    *gate
	report  func(error)
	begun   time.Time
	trial   bool
	limit   *time.Timer
	over    bool
}

// done frees the slot and tells the gate how the call went, once.
func (s *submit) done(v Verdict) {
	c := s.circuit
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.over {
		return
	}
	s.over = true
	s.limit.Stop()
	c.submits--

	now := time.Now()
	took := now.Sub(s.begun)
	slow := took >= c.settings.SlowCall
	if v != Excluded {
		c.recent.add(now, took, v == Faulty, slow)
	}
	if s.gate != c.gate {
		return // an operator started the breaker afresh since
	}
	if s.trial && v != Excluded {
		c.trialAt = now // one that says nothing puts no probe off
	}
	switch {
	case v == Excluded:
		s.report(errExcluded)
	case v == Healthy && !slow:
		s.report(nil)
	default:
		s.report(errFailed)
	}
}

// admitResolve takes a slot for one inquiry, cancel or void.
func (c *circuit) admitResolve() (func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.resolves >= c.settings.ResolveInFlight {
		return nil, ErrBusy
	}
	c.resolves++
	done := sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.resolves--
	})
	limit := time.AfterFunc(c.settings.CallMax, done)
	return func() { limit.Stop(); done() }, nil
}
