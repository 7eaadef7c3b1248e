package gateway

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// outrunMax is how long a channel's message waits for the run that it is probably about. A channel that answers a request only
// after its message was taken in waits as long for nothing.
const outrunMax = 250 * time.Millisecond

// runs are the payments that this gateway is carrying on. It is a courtesy and guards nothing: the store does that.
type runs struct {
	mu    sync.Mutex
	under map[payment.ID][]chan struct{}
}

// begin notes a run, until end is called.
func (r *runs) begin(id payment.ID) (end func()) {
	over := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.under == nil {
		r.under = map[payment.ID][]chan struct{}{}
	}
	r.under[id] = append(r.under[id], over)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		close(over)
		rest := slices.DeleteFunc(r.under[id], func(other chan struct{}) bool { return other == over })
		if r.under[id] = rest; len(rest) == 0 {
			delete(r.under, id)
		}
	}
}

// outrun waits until the runs of a payment that are under way now are over, at most outrunMax: what a channel's message brings
// is mostly the outcome that one of them is about to store.
func (r *runs) outrun(ctx context.Context, id payment.ID) {
	r.mu.Lock()
	under := slices.Clone(r.under[id])
	r.mu.Unlock()
	if len(under) == 0 {
		return
	}
	enough := time.NewTimer(outrunMax)
	defer enough.Stop()
	for _, over := range under {
		select {
		case <-over:
		case <-enough.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
