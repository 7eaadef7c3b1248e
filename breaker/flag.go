package breaker

import (
	"cmp"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// noteMax is the longest note of a flag, in characters.
const noteMax = 500

// Flag is an operator's decision on one channel. The newest decision on a
// channel replaces the one before it, on every gateway that learns of it, in
// whatever order it learns.
type Flag struct {
	Channel string `json:"channel"`
	// Status is ForcedOpen, Draining or Maintenance; or Closed, which lifts
	// the flag and starts the channel's breaker afresh.
	Status Status `json:"status"`
	// From is when the flag begins to stand; zero means at once. Closed acts
	// once, and so has neither From nor Until.
	From time.Time `json:"from,omitzero"`
	// Until is when the flag lapses; zero means never, which maintenance may not.
	Until time.Time `json:"until,omitzero"`
	// By is who decided, Note why.
	By   string `json:"by"`
	Note string `json:"note,omitempty"`
	// At is when it was decided, to the microsecond; Decide sets it.
	At time.Time `json:"at"`
}

// Validate returns an error that names every bad field, or nil.
func (f Flag) Validate() error { return f.faults(time.Time{}).err() }

// faults is what is wrong with f when it is decided at now.
func (f Flag) faults(now time.Time) faults {
	var faults faults
	switch f.Status {
	case Closed:
		faults.unless(f.From.IsZero() && f.Until.IsZero(), "from and until", "must be empty for closed, which acts once")
	case ForcedOpen, Draining:
	case Maintenance:
		faults.unless(!f.Until.IsZero(), "until", "must be given for maintenance")
	default:
		faults.unless(false, "status", "must be closed, forced_open, draining or maintenance")
	}
	faults.unless(f.Until.IsZero() || f.Until.After(f.From) && f.Until.After(now), "until", "must be after from and not past")
	faults.unless(f.By != "", "by", "must name who decides")
	faults.unless(utf8.RuneCountInString(f.Note) <= noteMax, "note", fmt.Sprintf("must have at most %d characters", noteMax))
	return faults
}

// stands reports whether f keeps submits away at now.
func (f Flag) stands(now time.Time) bool {
	if f.Status == "" || f.Status == Closed || now.Before(f.From) {
		return false
	}
	return f.Until.IsZero() || now.Before(f.Until)
}

// supersedes reports whether f is the later decision. Two decisions of the same
// microsecond have a fixed order, so that all gateways settle on the same one.
func (f Flag) supersedes(old Flag) bool {
	return cmp.Or(f.At.Compare(old.At), cmp.Compare(f.Status, old.Status), cmp.Compare(f.By, old.By), cmp.Compare(f.Note, old.Note)) > 0
}

// reason tells operators who decided and why.
func (f Flag) reason() string {
	if f.Note == "" {
		return "set by " + f.By
	}
	return "set by " + f.By + ": " + f.Note
}

// Decide puts an operator's flag in force at once and returns it as it is to be
// kept, with At set. The error is ErrUnknownChannel or names every bad field.
func (b *Board) Decide(f Flag) (Flag, error) {
	c, ok := b.circuits[f.Channel]
	if !ok {
		return Flag{}, ErrUnknownChannel
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	if err := f.faults(now).err(); err != nil {
		return Flag{}, fmt.Errorf("flag of %s: %w", f.Channel, err)
	}
	return c.decide(f, now), nil
}

// Flags returns the newest decision on each channel that has one, for keeping
// across a restart.
func (b *Board) Flags() []Flag {
	var flags []Flag
	for _, name := range b.names {
		if f := b.circuits[name].decision(); f.Status != "" {
			flags = append(flags, f)
		}
	}
	return flags
}

// SetFlags takes over decisions that were kept, or made on another gateway. On
// each channel only the newest one counts, so that it may be called at any time
// with any that are known; those of unknown channels are passed over. The
// error names every bad flag, and the good ones are in force all the same.
func (b *Board) SetFlags(flags []Flag) error {
	var faults []error
	for _, f := range flags {
		c, ok := b.circuits[f.Channel]
		if !ok {
			continue
		}
		if err := f.Validate(); err != nil {
			faults = append(faults, fmt.Errorf("flag of %s: %w", f.Channel, err))
			continue
		}
		c.learn(f)
	}
	return errors.Join(faults...)
}

// decide puts f in force. It is later than whatever was decided before, also
// where that came from a gateway whose clock is ahead.
func (c *circuit) decide(f Flag, now time.Time) Flag {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.At = now
	if !f.At.After(c.flag.At) {
		f.At = c.flag.At.Add(time.Microsecond)
	}
	c.raise(f)
	return f
}

// learn puts f in force unless a later decision is known.
func (c *circuit) learn(f Flag) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.supersedes(c.flag) {
		c.raise(f)
	}
}

// raise replaces the flag; c.mu is held.
func (c *circuit) raise(f Flag) {
	c.flag = f
	if f.Status == Closed {
		now := time.Now()
		c.renew(now)
		c.advice = c.advice.withdrawn(now)
	}
	c.changed()
}

// decision is the newest flag; its status is empty when there was none.
func (c *circuit) decision() Flag {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flag
}
