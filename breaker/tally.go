package breaker

import "time"

// tally counts the calls answered in a rolling window. gobreaker forgets its
// own counts whenever its state changes; what operators and routing see must
// outlive that.
type tally struct {
	born    time.Time
	width   time.Duration
	buckets []bucket
}

type bucket struct {
	step                   int64 // how many widths after born this bucket began
	requests, failed, slow int
	took                   time.Duration
}

func newTally(window, width time.Duration, now time.Time) tally {
	return tally{born: now, width: width, buckets: make([]bucket, window/width)}
}

func (t *tally) step(now time.Time) int64 { return int64(now.Sub(t.born) / t.width) }

// add counts one call that was answered at now. A slow call is a failed one.
func (t *tally) add(now time.Time, took time.Duration, failed, slow bool) {
	step := t.step(now)
	b := &t.buckets[step%int64(len(t.buckets))]
	if b.step != step {
		*b = bucket{step: step}
	}
	b.requests++
	b.took += took
	if failed || slow {
		b.failed++
	}
	if slow {
		b.slow++
	}
}

// sum adds up the buckets that are still inside the window at now.
func (t *tally) sum(now time.Time) bucket {
	oldest := t.step(now) - int64(len(t.buckets)) + 1
	var total bucket
	for _, b := range t.buckets {
		if b.step < oldest {
			continue
		}
		total.requests += b.requests
		total.failed += b.failed
		total.slow += b.slow
		total.took += b.took
	}
	return total
}
