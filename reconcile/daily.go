package reconcile

import (
	"context"
	"errors"
	"time"
)

const (
	dailyEvery = time.Minute
	leaseFor   = 15 * time.Minute
	// catchUpMax is how many missed days of a channel are caught up with. What lies longer ago is for people.
	catchUpMax = 7
)

// Daily reconciles every channel once its day has ended, until ctx ends: on one gateway at a time, day after day, and those
// that were missed. A channel begins with the day on which it is first seen. Two that overlap find the same.
func (r *Reconciler) Daily(ctx context.Context) {
	ticker := time.NewTicker(dailyEvery)
	defer ticker.Stop()
	for {
		r.Pass(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Pass does the daily work that is due now, unless another gateway does.
func (r *Reconciler) Pass(ctx context.Context) {
	for _, c := range r.Channels {
		now := r.Now()
		_, leader, err := r.Store.Lease(ctx, "reconcile", r.Name, now, now.Add(leaseFor))
		if err != nil {
			r.Log.Warn("reconcile", "err", err)
		}
		if !leader || ctx.Err() != nil {
			return
		}
		r.catchUp(ctx, c)
	}
}

// catchUp reconciles the days of a channel that have ended and were not. A day that cannot be read is tried again, and
// those behind it wait.
func (r *Reconciler) catchUp(ctx context.Context, c Channel) {
	name := "reconcile:" + c.Name
	last, err := r.Store.Cursor(ctx, name)
	if err != nil {
		r.Log.Warn("reconcile", "channel", c.Name, "err", err)
		return
	}
	days := due(last, r.Now().Add(-r.After))
	for _, day := range days {
		err := r.once(ctx, c, day)
		if err == nil {
			err = r.Store.SaveCursor(ctx, name, day.Format(time.DateOnly), r.Now())
		}
		if err != nil {
			r.Log.Warn("not reconciled", "channel", c.Name, "day", day.Format(time.DateOnly), "err", err)
			return
		}
	}
	if last == "" {
		if err := r.Store.SaveCursor(ctx, name, r.Now().AddDate(0, 0, -1).Format(time.DateOnly), r.Now()); err != nil {
			r.Log.Warn("reconcile", "channel", c.Name, "err", err)
		}
	}
}

// once reconciles one day. A channel that has no statement of it, as of a holiday, is done with it.
func (r *Reconciler) once(ctx context.Context, c Channel, day time.Time) error {
	report, err := r.Run(ctx, c.Name, day)
	if errors.Is(err, ErrNoStatement) {
		r.Log.Info("channel has no statement", "channel", c.Name, "day", day.Format(time.DateOnly))
		return nil
	}
	if err == nil {
		r.Log.Info("reconciled", "channel", c.Name, "day", report.Day, "rows", report.Rows, "matched", report.Matched,
			"opened", report.Opened, "healed", report.Healed, "open", len(report.Breaks))
	}
	return err
}

// due returns the days after the last one that have ended by a moment, oldest first and at most catchUpMax. Before the first
// there is none.
func due(last string, by time.Time) []time.Time {
	day, err := time.Parse(time.DateOnly, last)
	if err != nil {
		return nil
	}
	ended := by.UTC().Truncate(24 * time.Hour)
	if first := ended.AddDate(0, 0, -catchUpMax-1); day.Before(first) {
		day = first
	}
	var days []time.Time
	for day = day.AddDate(0, 0, 1); day.Before(ended); day = day.AddDate(0, 0, 1) {
		days = append(days, day)
	}
	return days
}
