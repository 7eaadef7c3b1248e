package gateway

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

const (
	// outrunMax is how long a channel's message waits for the run that it is probably about. A channel that answers a request
	// only after its message was taken in waits as long for nothing.
	outrunMax = 250 * time.Millisecond
	// leftFor is how long it is remembered what a run left: about as long as a channel's message comes behind its answer. It is
	// short, because others go on with the payment.
	leftFor = 2 * time.Second
)

// runs are the payments that this gateway is carrying on, by what it asks channels about, and what it made of those that it
// carried on a moment ago. It is a courtesy and guards nothing: the store does that.
type runs struct {
	mu    sync.Mutex
	about map[string]*run // by reference, the newest of each
	over  []*run          // that are still remembered, in the order in which they ended
}

// run is one payment on its way through drive.
type run struct {
	refs  []string // that a channel was asked about
	done  chan struct{}
	left  payment.Payment // as it was stored when the run was done
	since time.Time       // when that was
}

// begin notes a run.
func (r *runs) begin() *run { return &run{done: make(chan struct{})} }

// asks notes that a run is about to ask a channel about ref.
func (r *runs) asks(about *run, ref string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.about == nil {
		r.about = map[string]*run{}
	}
	if r.about[ref] != about {
		r.about[ref] = about
		about.refs = append(about.refs, ref)
	}
}

// end notes what a run left, and forgets those that ended long ago.
func (r *runs) end(about *run, left payment.Payment, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	about.left, about.since = left, now
	close(about.done)
	if len(about.refs) > 0 {
		r.over = append(r.over, about)
	}
	old := 0
	for old < len(r.over) && !r.over[old].remembered(now) {
		for _, ref := range r.over[old].refs {
			if r.about[ref] == r.over[old] {
				delete(r.about, ref)
			}
		}
		old++
	}
	r.over = slices.Delete(r.over, 0, old)
}

// remembered reports whether a run ended a moment ago. One that ended in the future did so before a clock was set back.
func (r *run) remembered(now time.Time) bool {
	age := now.Sub(r.since)
	return age >= 0 && age < leftFor
}

// outrun returns what the run that asks about ref left of its payment: what a channel's message brings is mostly the outcome
// that it is about to store, or just did. It waits for its end, at most outrunMax. There may be none, or it may take longer.
func (r *runs) outrun(ctx context.Context, ref string, now func() time.Time) (left payment.Payment, ok bool) {
	r.mu.Lock()
	about := r.about[ref]
	r.mu.Unlock()
	if about == nil {
		return payment.Payment{}, false
	}
	enough := time.NewTimer(outrunMax)
	defer enough.Stop()
	select {
	case <-about.done:
		return about.left, about.remembered(now())
	case <-enough.C:
	case <-ctx.Done():
	}
	return payment.Payment{}, false
}
