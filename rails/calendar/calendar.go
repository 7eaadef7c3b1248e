// Package calendar says when a bank works: its days, its cut-off and its zone.
package calendar

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones of banks must be known on any machine

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ecb"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/us"
)

var (
	// ErrUnknown is returned when there is no calendar of that name.
	ErrUnknown = errors.New("no such calendar")
	// ErrCutoff is returned when a cut-off is not written as "16:00 Europe/Berlin".
	ErrCutoff = errors.New("must be written as 16:00 Europe/Berlin")
)

const (
	closedMax = 14 * 24 * time.Hour // no bank stays closed for as long
	opening   = 7 * time.Hour       // when a bank carries out what came after the cut-off before
	closing   = 18 * time.Hour      // when a business day's credits have arrived
)

// holidays are the calendars that banks can have. Every one rests at weekends.
var holidays = map[string][]*cal.Holiday{
	"ecb":      ecb.Holidays, // TARGET, the payment system of the euro
	"gb":       gb.Holidays,
	"us":       us.Holidays,
	"weekdays": nil,
}

// Names are the calendars, sorted.
func Names() []string { return slices.Sorted(maps.Keys(holidays)) }

// Calendar is when one bank works. The zero Calendar never rests, in UTC.
type Calendar struct {
	days   *cal.BusinessCalendar // nil: every day
	cutoff time.Duration         // after midnight; zero: none
	zone   *time.Location
}

// New returns the calendar of that name with a cut-off such as "16:00 Europe/Berlin". Without a name the bank works every
// day, and without a cut-off until midnight in UTC. It returns ErrUnknown and ErrCutoff.
func New(name, cutoff string) (Calendar, error) {
	c := Calendar{zone: time.UTC}
	if name != "" {
		known, ok := holidays[name]
		if !ok {
			return Calendar{}, fmt.Errorf("%q: %w: it is one of %s", name, ErrUnknown, strings.Join(Names(), ", "))
		}
		c.days = cal.NewBusinessCalendar()
		c.days.AddHoliday(known...)
	}
	if cutoff == "" {
		return c, nil
	}
	clock, place, _ := strings.Cut(cutoff, " ")
	at, err := time.Parse("15:04", clock)
	if err != nil || len(clock) != len("15:04") || place == "" {
		return Calendar{}, fmt.Errorf("%.40q: %w", cutoff, ErrCutoff)
	}
	zone, err := time.LoadLocation(place)
	if err != nil || place == "Local" {
		return Calendar{}, fmt.Errorf("%.40q: %w", cutoff, ErrCutoff)
	}
	c.zone, c.cutoff = zone, time.Duration(at.Hour())*time.Hour+time.Duration(at.Minute())*time.Minute
	return c, nil
}

// Zone is where the bank's clock hangs.
func (c Calendar) Zone() *time.Location {
	if c.zone == nil {
		return time.UTC
	}
	return c.zone
}

// Works reports whether the bank works on the day of t in its zone.
func (c Calendar) Works(t time.Time) bool {
	return c.days == nil || c.days.IsWorkday(t.In(c.Zone()))
}

// Begins returns when an order that comes at t is carried out: now, or on the morning of the next business day when the
// bank rests or the cut-off has passed. A bank without a calendar never waits for a day.
func (c Calendar) Begins(t time.Time) time.Time {
	if c.Works(t) && (c.cutoff == 0 || !t.After(c.hour(t, c.cutoff))) {
		return t
	}
	return c.hour(c.nextDay(t), opening)
}

// ValueDay returns a moment on the business day on which an order that comes at t is carried out.
func (c Calendar) ValueDay(t time.Time) time.Time { return c.Begins(t).In(c.Zone()) }

// Arrived returns when the credits of the business day after that of t have been booked.
func (c Calendar) Arrived(t time.Time) time.Time { return c.hour(c.nextDay(t), closing) }

// Closed returns the end of the business day of t, or of the next one when the bank rests then.
func (c Calendar) Closed(t time.Time) time.Time {
	if end := c.hour(t, closing); c.Works(t) && !t.After(end) {
		return end
	}
	return c.Arrived(t)
}

// nextDay is noon of the first business day after that of t.
func (c Calendar) nextDay(t time.Time) time.Time {
	day := c.hour(t, 12*time.Hour)
	for range int(closedMax / (24 * time.Hour)) {
		day = day.AddDate(0, 0, 1)
		if c.Works(day) {
			break
		}
	}
	return day
}

// hour is the moment on the day of t at which the bank's clock shows so much after midnight, also on the two days of the
// year that do not have 24 hours.
func (c Calendar) hour(t time.Time, past time.Duration) time.Time {
	local := t.In(c.Zone())
	return time.Date(local.Year(), local.Month(), local.Day(), int(past.Hours()), int(past.Minutes())%60, 0, 0, c.Zone())
}
