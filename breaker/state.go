package breaker

import "time"

// Status is the rule in force for the submits of one channel; see the table of
// the package.
type Status string

// The statuses of a channel.
const (
	Closed      Status = "closed"
	HalfOpen    Status = "half_open"
	Open        Status = "open"
	ForcedOpen  Status = "forced_open"
	Draining    Status = "draining"
	Maintenance Status = "maintenance"
)

// Verdict is what one call says about the health of its channel. It is not
// what the call says about the payment.
type Verdict uint8

const (
	// Excluded says nothing about the channel: the caller went away, or the
	// fault was our own.
	Excluded Verdict = iota
	// Healthy is an answer, a decline included.
	Healthy
	// Faulty is a failure that the channel is to blame for: refused, silent
	// after the send, a 5xx, or an answer that cannot be understood.
	Faulty
)

// Attempt is what admission needs to know about a submit.
type Attempt struct {
	// LowValue is true when the amount is small enough to try out a channel
	// that has just been down.
	LowValue bool
	// Safe is true when the channel has a fence or replays by reference, so
	// that an unknown outcome can be settled.
	Safe bool
}

// trial reports whether a may be one of the live payments of half-open.
func (a Attempt) trial() bool { return a.LowValue && a.Safe }

// State is what is known about one channel at one moment.
type State struct {
	Channel string
	Status  Status
	// Since is when the status was entered.
	Since time.Time
	// Until is the earliest time at which the status may change by itself;
	// zero when no such time is known.
	Until time.Time
	// Reason is a sentence for operators; empty while closed.
	Reason string
	// Unwell is why the regular probes find that what payers send by themselves
	// is not seen, a sentence for operators; empty while it is. Submits are
	// admitted all the same.
	Unwell string
	// Turned is when Unwell was last set or cleared; zero when it never was.
	Turned time.Time
	// TrialsLeft is the number of live payments that half-open still admits.
	TrialsLeft int

	// Requests is the number of calls answered in the window, without those
	// excluded. The window is kept when the status changes.
	Requests int
	// FailureRatio is the share of Requests that failed or were slow, 0 to 1.
	FailureRatio float64
	// SlowRatio is the share of Requests that were slow, 0 to 1.
	SlowRatio float64
	// Latency is the mean time that Requests took.
	Latency time.Duration

	// InFlight is the number of submits under way, Resolving that of
	// inquiries, cancels and voids.
	InFlight, Resolving int
	// MaxInFlight is the number of submits that may be under way at once.
	MaxInFlight int
	// Trips counts how often the channel's own breaker opened since the start
	// of the process.
	Trips uint64
}

// Accepts reports whether a submit of a would be admitted, slots aside. Routing
// reads it; only [Board.Allow] admits.
func (s State) Accepts(a Attempt) bool {
	switch s.Status {
	case Closed:
		return true
	case HalfOpen:
		return s.TrialsLeft > 0 && a.trial()
	default:
		return false
	}
}

// ForPayers returns the state as payers find it, who send money by themselves
// and are not to be sent to a channel that does not see it: while it is unwell,
// it counts as open. An operator's flag stands in front.
func (s State) ForPayers() State {
	switch {
	case s.Status == ForcedOpen || s.Status == Draining || s.Status == Maintenance:
	case s.Unwell != "":
		s.Status, s.Since, s.Until, s.Reason, s.TrialsLeft = Open, s.Turned, time.Time{}, s.Unwell, 0
	case s.Status == Closed && s.Turned.After(s.Since):
		s.Since = s.Turned
	}
	return s
}

// Full reports whether every slot for submits is taken. Routing reads it; only [Board.Allow] takes one.
func (s State) Full() bool { return s.InFlight >= s.MaxInFlight }

// Change is a new status of one channel, as payers find it.
type Change struct {
	From Status
	To   State
}
