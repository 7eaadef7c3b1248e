package fx

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ecb"
)

// FeedKind says how the rates of a feed grow old.
type FeedKind string

// The kinds of feed.
const (
	Live      FeedKind = "live"      // observed continuously; stale after a maximum age
	Reference FeedKind = "reference" // fixed once a TARGET business day; stale when the next one is overdue
	Manual    FeedKind = "manual"    // set by treasury, with an end
	Fixed     FeedKind = "fixed"     // set by configuration, until that changes
)

// Trust is how far a feed is believed.
type Trust struct {
	Kind   FeedKind
	MaxAge time.Duration // of a live rate, from when it was observed
	// FirmOn says whether a firm quote may rest on this feed. Reference rates are for display: they are up to five days
	// old, and nobody deals at them.
	FirmOn bool
}

// guarded reports whether the feed's rates are compared with the ones before. People who set a rate mean it.
func (t Trust) guarded() bool { return t.Kind == Live || t.Kind == Reference }

// fresh reports whether s may be used now.
func (t Trust) fresh(s Snapshot, now time.Time) bool {
	switch t.Kind {
	case Live:
		return now.Sub(s.ObservedAt) <= t.MaxAge
	case Reference:
		return now.Before(referenceDue(s.ObservedAt))
	case Manual:
		return now.Before(s.ExpiresAt)
	case Fixed:
		return true
	}
	return false
}

// referenceHour is when, in UTC, the day's reference rates are overdue: the European Central Bank publishes them at about
// 16:00 CET.
const referenceHour = 17 * time.Hour

// targetDays is the calendar of TARGET, the payment system of the euro.
var targetDays = func() *cal.BusinessCalendar {
	c := cal.NewBusinessCalendar()
	c.AddHoliday(ecb.Holidays...)
	return c
}()

// referenceDue returns when the reference rates of day are replaced by those of the next TARGET business day.
func referenceDue(day time.Time) time.Time {
	y, m, d := day.UTC().Date()
	next := targetDays.WorkdaysFrom(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), 1)
	return next.Add(referenceHour)
}
