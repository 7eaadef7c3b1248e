package iso20022

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// ErrBadMoment is returned when a date, or a date and time, is none that exists.
var ErrBadMoment = errors.New("not a date or time")

// Moment is a date, a date and time, or a date and time with its offset from UTC, just as the message has it:
// "2026-03-03", "2026-03-03T10:00:00", "2026-03-03T10:00:00+01:00". Banks send all three, and mean by the first two their
// own day and clock, so that only the receiver who knows the bank's zone can say which instant is meant.
type Moment string

const (
	localLayout = "2006-01-02T15:04:05"
	zonedLayout = "2006-01-02T15:04:05.999-07:00"
)

// At is an instant as a message has it: in the zone of t, to the millisecond, with the offset written out.
func At(t time.Time) Moment { return Moment(t.Truncate(time.Millisecond).Format(zonedLayout)) }

// On is the calendar date of t in the zone of t.
func On(t time.Time) Moment { return Moment(t.Format(time.DateOnly)) }

// Date is the calendar date: "2026-03-03". A day with an offset keeps the date of that offset.
func (m Moment) Date() string { return string(m[:min(len(m), len(time.DateOnly))]) }

// HasTime reports whether m says more than the date.
func (m Moment) HasTime() bool { return len(m) > len(time.DateOnly) }

// HasZone reports whether m is one instant, whatever the zone of the bank.
func (m Moment) HasZone() bool {
	_, err := time.Parse(time.RFC3339, string(m))
	return err == nil
}

// Time is the instant that m means at a bank in zone; a date alone is its midnight there. It is the zero time when m is
// none, which what [Read] returned never is unless it is empty.
func (m Moment) Time(zone *time.Location) time.Time {
	for _, layout := range []string{time.RFC3339, localLayout, time.DateOnly} {
		if t, err := time.ParseInLocation(layout, string(m), zone); err == nil {
			return t
		}
	}
	return time.Time{}
}

var (
	dateGrammar     = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	dateTimeGrammar = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?$`)
	dateOffset      = regexp.MustCompile(`(Z|[+-][0-9]{2}:[0-9]{2})$`)
)

// exists reports whether m matches the grammar and is on the calendar and the clock.
func (m Moment) exists(grammar *regexp.Regexp) bool {
	if !grammar.MatchString(string(m)) || m.Date() < "0001" {
		return false
	}
	for _, layout := range []string{time.RFC3339, localLayout, time.DateOnly} {
		if _, err := time.Parse(layout, string(m)); err == nil {
			return true
		}
	}
	return false
}

// instant is a date and time (ISODateTime), with or without its offset.
func instant(m *Moment) part { return moment(m, dateTimeGrammar) }

// date is a date (ISODate). XML lets a date have an offset too, which says nothing and is dropped.
func date(m *Moment) part {
	return func(f *form) {
		if f.reading && len(f.node.text) > len(time.DateOnly) {
			f.node.text = f.node.text[:len(time.DateOnly)] + dateOffset.ReplaceAllString(f.node.text[len(time.DateOnly):], "")
		}
		moment(m, dateGrammar)(f)
	}
}

func moment(m *Moment, grammar *regexp.Regexp) part {
	return func(f *form) {
		if f.reading {
			*m = Moment(f.leaf())
		}
		f.node.text = string(*m)
		if *m != "" && !m.exists(grammar) {
			f.fault(fmt.Errorf("%.40q: %w", *m, ErrBadMoment))
		}
	}
}

// dateOrTime is the choice between a date (Dt) and a date and time (DtTm).
func dateOrTime(m *Moment) part {
	return func(f *form) {
		if f.reading && len(f.named("Dt")) > 0 && len(f.named("DtTm")) > 0 {
			f.fault(fmt.Errorf("date %w", ErrRepeated))
		}
		if f.reading || !m.HasTime() {
			f.may("Dt", date(m))
		}
		if f.reading || m.HasTime() {
			f.may("DtTm", instant(m))
		}
		if f.reading && *m == "" {
			f.fault(fmt.Errorf("date %w", ErrMissing))
		}
	}
}
