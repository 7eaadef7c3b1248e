package clock

import "time"

// Layout is how every time of the sandbox is written: RFC 3339 in UTC with milliseconds.
const Layout = "2006-01-02T15:04:05.000Z"

// Time is a moment that is written in Layout.
type Time struct{ time.Time }

// MarshalJSON writes t in Layout.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.UTC().Format(Layout) + `"`), nil
}
