package rates

import (
	"errors"
	"strings"
	"testing"
)

func TestLastDay(t *testing.T) {
	day, err := LastDay(strings.NewReader("Date,USD,JPY,EEK,\n2026-04-10,1.1,180,N/A,\n2026-04-13,1.2,190,N/A,\n"))
	if err != nil || day.Date != "2026-04-13" || len(day.Rates) != 2 || day.Rates["USD"].String() != "1.2" {
		t.Errorf("%+v, %v", day, err)
	}
}

func TestBadHistory(t *testing.T) {
	for _, row := range []struct{ file, names string }{
		{"", "header"},
		{"Date,USD,\n", "row"},
		{"Day,USD,\n2026-04-13,1.2,\n", "header"},
		{"Date,USD,\n2026-04-13,1.2\n", "fields"},
		{"Date,USD,JPY,\nsoon,0,-1,\n", `date "soon", USD "0", JPY "-1", no USD`},
		{"Date,USD,JPY,\n2026-04-13,N/A,190,\n", "no USD"},
		{"Date,USD,\n2026-04-13,1e3,\n", `USD "1e3"`},
	} {
		if _, err := LastDay(strings.NewReader(row.file)); !errors.Is(err, ErrHistory) || !strings.Contains(err.Error(), row.names) {
			t.Errorf("%q: %v, want %q named", row.file, err, row.names)
		}
	}
}
