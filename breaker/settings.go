package breaker

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A window of one bucket would not roll but be forgotten all at once; the
// greatest number bounds the memory of a window.
const (
	bucketsMin = 2
	bucketsMax = 240
)

// trialsLimit is the most live payments that a recovery may ask for.
const trialsLimit = 100

// Settings say when one channel's breaker opens, how it recovers, and how many
// calls the channel may carry at once.
type Settings struct {
	// Window is how far back calls are judged. It is a multiple of Bucket.
	Window time.Duration
	// Bucket is the step in which the window rolls on.
	Bucket time.Duration
	// MinRequests is the number of calls answered in the window below which
	// the breaker does not open.
	MinRequests int
	// FailureRatio is the share of calls, above 0 and at most 1, that failed
	// or were slow at which the breaker opens.
	FailureRatio float64
	// SlowCall is how long a call may take before it counts as a failure.
	SlowCall time.Duration
	// OpenFor is the cool-down between opening and the next probe.
	OpenFor time.Duration
	// HalfOpenMax is the number of live payments that may follow a good probe
	// before the breaker closes, on each gateway.
	HalfOpenMax int
	// MaxInFlight is the number of submits that may be under way at once.
	MaxInFlight int
	// ResolveInFlight is the number of inquiries, cancels and voids that may
	// be under way at once.
	ResolveInFlight int
	// CallMax bounds a call that is never reported done: it then counts as
	// faulty and its slot is free again. It must not be shorter than the
	// caller's own hard deadline.
	CallMax time.Duration
	// ProbeMax is the deadline of a probe.
	ProbeMax time.Duration
	// ProbeEvery is how often a channel is probed whatever its breaker says,
	// because its calls alone do not show how it is; zero means never.
	ProbeEvery time.Duration
}

// Defaults suit a card channel that answers within a second or two.
func Defaults() Settings {
	return Settings{
		Window:          time.Minute,
		Bucket:          5 * time.Second,
		MinRequests:     10,
		FailureRatio:    0.5,
		SlowCall:        4 * time.Second,
		OpenFor:         10 * time.Second,
		HalfOpenMax:     2,
		MaxInFlight:     64,
		ResolveInFlight: 16,
		CallMax:         20 * time.Second,
		ProbeMax:        2 * time.Second,
	}
}

// Validate returns an error that names every bad field, or nil.
func (s Settings) Validate() error {
	var faults faults
	faults.unless(s.MinRequests >= 1, "min_requests", "must be at least 1")
	faults.unless(s.FailureRatio > 0 && s.FailureRatio <= 1, "failure_ratio", "must be above 0 and at most 1")
	faults.unless(s.SlowCall > 0, "slow_call", "must be above 0")
	faults.unless(s.OpenFor > 0, "open_for", "must be above 0")
	faults.unless(s.HalfOpenMax >= 1 && s.HalfOpenMax <= trialsLimit, "half_open_max", fmt.Sprintf("must be 1 to %d", trialsLimit))
	faults.unless(s.MaxInFlight >= 1, "max_in_flight", "must be at least 1")
	faults.unless(s.ResolveInFlight >= 1, "resolve_in_flight", "must be at least 1")
	faults.unless(s.CallMax > 0, "call_max", "must be above 0")
	faults.unless(s.ProbeMax > 0, "probe_max", "must be above 0")
	faults.unless(s.ProbeEvery >= 0, "probe_every", "must not be negative")
	// A failure is counted where its call began: had that left the window, a
	// channel that only ever hangs would never be seen to fail.
	faults.unless(s.CallMax <= s.Window-s.Bucket, "call_max", "must be at most window less one bucket")
	faults.unless(s.Bucket > 0, "bucket", "must be above 0")
	if s.Bucket > 0 {
		buckets := s.Window / s.Bucket
		faults.unless(s.Window%s.Bucket == 0, "window", "must be a multiple of bucket")
		faults.unless(buckets >= bucketsMin && buckets <= bucketsMax, "window",
			fmt.Sprintf("must hold %d to %d buckets", bucketsMin, bucketsMax))
	}
	return faults.err()
}

// faults collects what is wrong, so that one error can name it all.
type faults []string

func (f *faults) unless(ok bool, field, want string) {
	if !ok {
		*f = append(*f, field+" "+want)
	}
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return errors.New(strings.Join(f, "; "))
}
