package audit

import (
	"context"
	"time"
)

// How much of a processor a watch takes, and how much at a time: a payment that comes meanwhile waits for that.
const (
	lookEvery = 500 * time.Millisecond // looks begin at least so far apart, unless there is more that is new
	workMax   = 40 * time.Millisecond  // after so long a look begins no further page of what is new
	passMax   = 40 * time.Millisecond  // and after so long, no further page of the pass
	pageMax   = 50                     // objects of a page
	restTimes = 9                      // as long as a look took nobody looks after it: the audit takes a tenth of a processor
	restMax   = 5 * time.Second        // for the lease has to be renewed
	hurryFrom = 30 * time.Second       // so far behind the rests begin to become shorter
	hurryMost = 2 * time.Minute        // and so far behind they are only as long as the looks
)

// changes is the part that is what was changed since.
const changes = "changes"

// Run audits until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := time.Now()
		if err := w.Look(ctx); err != nil && ctx.Err() == nil {
			w.Log.Warn("audit", "err", err)
		}
		timer.Reset(w.rest(time.Since(began)))
	}
}

// rest is how long nobody looks after a look that took so long. Payments wait for the same processors, so the audit leaves
// most of them alone; but a fault has to halt payouts in bounded time, so it leaves less the further it is behind.
func (w *Watch) rest(took time.Duration) time.Duration {
	hurry := float64(w.Now().Sub(w.at.Seen)-hurryFrom) / float64(hurryMost-hurryFrom)
	times := restTimes - (restTimes-1)*min(max(hurry, 0), 1)
	rest := min(time.Duration(times*float64(took)), restMax)
	if w.late {
		return rest
	}
	return max(rest, lookEvery-took)
}

// lookAtNewest looks at what was changed since, and adds up what was sealed: a page of each in turn, until there is no more of any or
// it took long enough.
func (w *Watch) lookAtNewest(ctx context.Context, now time.Time) (sure []Finding, err error) {
	parts, unfolded := w.newest, true
	for began := time.Now(); (len(parts) > 0 || unfolded) && time.Since(began) < workMax; {
		var behind []part
		for _, p := range parts {
			f, err := w.visit(ctx, p, w.at.Heads[p.name])
			if err != nil {
				return sure, err
			}
			sure = append(sure, w.believe(p, w.at.Heads[p.name], f, now)...)
			if f.next != "" {
				w.at.Heads[p.name] = f.next
			}
			if f.objects >= w.limit() {
				behind = append(behind, p)
			}
		}
		parts = behind
		if unfolded {
			if unfolded, err = w.Books.Fold(ctx, w.limit()); err != nil {
				return sure, err
			}
		}
	}
	w.late = len(parts) > 0 || unfolded
	return sure, w.saw(parts, now)
}

// saw notes up to when everything that is new was looked at, but for the parts that it is behind with.
func (w *Watch) saw(behind []part, now time.Time) error {
	switch {
	case len(behind) == 0:
		w.at.Seen = now.Add(-settleFor)
	case behind[0].name == changes:
		var head Moment
		if err := parsePlace(w.at.Heads[changes], &head); err != nil {
			return err
		}
		w.at.Seen = head.At
	}
	return nil
}

// changes are the payments that were changed since, a moment ago.
func (w *Watch) changes(ctx context.Context, after string, limit int) (f found, err error) {
	var from Moment
	if err := parsePlace(after, &from); err != nil {
		return f, err
	}
	cases, err := w.Books.Changed(ctx, from, w.Now().Add(-settleFor), limit)
	if err == nil {
		err = w.auditor.cases(ctx, cases, &f)
	}
	if n := len(cases); n > 0 {
		f.next = formatPlace(Moment{cases[n-1].UpdatedAt, string(cases[n-1].ID)})
	}
	return f, err
}
