package bank

import (
	"testing"
	"time"
)

func TestEaster(t *testing.T) {
	for year, want := range map[int]string{2024: "03-31", 2025: "04-20", 2026: "04-05", 2027: "03-28", 2038: "04-25", 2285: "03-22"} {
		month, day := easter(year)
		if got := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format("01-02"); got != want {
			t.Errorf("%d: %s, want %s", year, got, want)
		}
	}
}

func TestWhenAnOrderIsCarriedOut(t *testing.T) {
	days, err := newCalendar("16:00")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ now, execution, want string }{ // in Frankfurt
		{"2026-11-25 10:00", "2026-11-25", "2026-11-25 10:00"}, // Wednesday, in time
		{"2026-11-25 16:00", "2026-11-25", "2026-11-25 16:00"},
		{"2026-11-25 16:01", "2026-11-25", "2026-11-26 07:00"}, // too late
		{"2026-11-25 03:00", "2020-01-01", "2026-11-25 03:00"}, // for a day that has gone
		{"2026-11-25 10:00", "2026-11-27", "2026-11-27 07:00"}, // for a later day
		{"2026-11-25 10:00", "2026-11-28", "2026-11-30 07:00"}, // which is a Saturday
		{"2026-11-27 17:00", "2026-11-27", "2026-11-30 07:00"}, // Friday evening
		{"2026-11-29 12:00", "2026-11-29", "2026-11-30 07:00"}, // Sunday
		{"2026-12-24 17:00", "2026-12-24", "2026-12-28 07:00"}, // Christmas and a weekend
		{"2026-04-02 17:00", "2026-04-02", "2026-04-07 07:00"}, // Good Friday to Easter Monday
		{"2026-04-30 17:00", "2026-04-30", "2026-05-04 07:00"}, // 1 May and a weekend
		{"2026-12-31 17:00", "2026-12-31", "2027-01-04 07:00"},
		{"2026-03-28 12:00", "2026-03-28", "2026-03-30 07:00"}, // summer time begins
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", row.now, days.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := now.Add(days.until(now.UTC(), row.execution)).Format("2006-01-02 15:04"); got != row.want {
			t.Errorf("at %s for %s: %s, want %s", row.now, row.execution, got, row.want)
		}
	}
}

func TestRoundTheClock(t *testing.T) {
	days, err := newCalendar("")
	if err != nil {
		t.Fatal(err)
	}
	sunday := time.Date(2026, 11, 29, 23, 0, 0, 0, time.UTC)
	if got := days.until(sunday, "2026-11-29"); got != 0 {
		t.Errorf("waits %v", got)
	}
	if got := days.until(sunday, "2026-11-30"); got != time.Hour {
		t.Errorf("for tomorrow it waits %v", got)
	}
	for _, bad := range []string{"16", "25:00", "4pm", "16:00 Europe/Berlin"} {
		if _, err := newCalendar(bad); err == nil {
			t.Errorf("%q is a cut-off", bad)
		}
	}
}

func TestIBAN(t *testing.T) {
	for iban, want := range map[string]bool{
		"DE75512108001245126199": true, "GB82WEST12345698765432": true, "NO9386011117947": true, "FR1420041010050500013M02606": true,
		"DE75512108001245126198": false, "DE57512108001245126199": false, "de75512108001245126199": false, "DE7551210800": false,
		"": false, "NOSTRO-CNY": false, "DE75 5121 0800 1245 1261 99": false,
	} {
		if got := validIBAN(iban); got != want {
			t.Errorf("%q: %v", iban, got)
		}
	}
}
