package calendar_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/rails/calendar"
)

func open(t *testing.T, name, cutoff string) calendar.Calendar {
	t.Helper()
	c, err := calendar.New(name, cutoff)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTARGET holds the calendar against every day since 2002 on which the European Central Bank fixed rates.
func TestTARGET(t *testing.T) {
	text, err := os.ReadFile("testdata/ecb-days.txt")
	if err != nil {
		t.Fatal(err)
	}
	days := strings.Fields(string(text))
	fixed := map[string]bool{}
	for _, day := range days {
		fixed[day] = true
	}
	c := open(t, "ecb", "16:00 Europe/Berlin")
	first, _ := time.ParseInLocation(time.DateOnly, days[0], c.Zone())
	checked := 0
	for day := first.Add(12 * time.Hour); day.Format(time.DateOnly) <= days[len(days)-1]; day = day.AddDate(0, 0, 1) {
		if got := c.Works(day); got != fixed[day.Format(time.DateOnly)] {
			t.Errorf("%s: works %t", day.Format(time.DateOnly), got)
		}
		checked++
	}
	if checked < 8000 || len(days) < 6000 {
		t.Errorf("only %d days, of which %d were fixed", checked, len(days))
	}
}

func TestCutoff(t *testing.T) {
	berlin := open(t, "ecb", "16:00 Europe/Berlin")
	for _, row := range []struct{ now, begins, arrived string }{
		{"2026-03-02T15:00:00Z", "2026-03-02T15:00:00Z", "2026-03-03T17:00:00Z"}, // 16:00 sharp
		{"2026-03-02T15:00:01Z", "2026-03-03T06:00:00Z", "2026-03-03T17:00:00Z"},
		{"2026-03-06T20:00:00Z", "2026-03-09T06:00:00Z", "2026-03-09T17:00:00Z"}, // Friday evening
		{"2026-03-27T16:00:00Z", "2026-03-30T05:00:00Z", "2026-03-30T16:00:00Z"}, // summer time begins on the Sunday
		{"2026-04-02T15:00:00Z", "2026-04-07T05:00:00Z", "2026-04-07T16:00:00Z"}, // before Good Friday, after 16:00
		{"2026-12-24T16:00:00Z", "2026-12-28T06:00:00Z", "2026-12-28T17:00:00Z"},
		{"2026-03-01T23:30:00Z", "2026-03-01T23:30:00Z", "2026-03-03T17:00:00Z"}, // Monday there, Sunday in UTC
	} {
		now, _ := time.Parse(time.RFC3339, row.now)
		if got := berlin.Begins(now).UTC().Format(time.RFC3339); got != row.begins {
			t.Errorf("%s begins %s, want %s", row.now, got, row.begins)
		}
		if got := berlin.Arrived(now).UTC().Format(time.RFC3339); got != row.arrived {
			t.Errorf("%s has arrived %s, want %s", row.now, got, row.arrived)
		}
	}
}

func TestWithoutACalendarNothingWaits(t *testing.T) {
	sunday := time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)
	for _, c := range []calendar.Calendar{{}, open(t, "", "")} {
		if got := c.Begins(sunday); !got.Equal(sunday) {
			t.Errorf("begins %s", got)
		}
		if got := c.Closed(sunday); !got.Equal(time.Date(2026, 3, 2, 18, 0, 0, 0, time.UTC)) {
			t.Errorf("closed %s", got)
		}
	}
}

func TestWhatIsNoCalendar(t *testing.T) {
	for _, row := range []struct {
		name, cutoff string
		want         error
	}{
		{"mars", "", calendar.ErrUnknown},
		{"ecb", "16:00", calendar.ErrCutoff},
		{"ecb", "4pm Europe/Berlin", calendar.ErrCutoff},
		{"ecb", "16:00 Mars/Olympus", calendar.ErrCutoff},
		{"ecb", "16:00 Local", calendar.ErrCutoff},
		{"ecb", "25:00 Europe/Berlin", calendar.ErrCutoff},
		{"ecb", "6:00 Europe/Berlin", calendar.ErrCutoff},
	} {
		if _, err := calendar.New(row.name, row.cutoff); !errors.Is(err, row.want) {
			t.Errorf("%q %q: %v", row.name, row.cutoff, err)
		}
	}
	for _, name := range calendar.Names() {
		open(t, name, "")
	}
}
