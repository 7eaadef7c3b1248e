package bank

import (
	"fmt"
	"time"
	_ "time/tzdata" // Frankfurt must be known on any machine
)

const (
	openingHour = 7  // when a waiting order is carried out, in Frankfurt
	searchMax   = 14 // days: no run of closed days is as long
)

// calendar says when the bank carries out orders: round the clock, or until a cut-off on TARGET days.
type calendar struct {
	open   bool // round the clock
	zone   *time.Location
	cutoff time.Duration // after midnight
}

func newCalendar(cutoff string) (calendar, error) {
	if cutoff == "" {
		return calendar{open: true}, nil
	}
	at, err := time.Parse("15:04", cutoff)
	if err != nil {
		return calendar{}, fmt.Errorf("cut-off %q is not written as 16:00", cutoff)
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return calendar{}, err
	}
	return calendar{zone: zone, cutoff: time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute}, nil
}

// until returns how long an order that comes now has to wait: for the date it asks for, and when the bank is closed by
// then for the morning of the next business day.
func (c calendar) until(now time.Time, execution string) time.Duration {
	if c.open {
		date, err := time.Parse(time.DateOnly, execution)
		if err != nil || !date.After(now) {
			return 0
		}
		return date.Sub(now)
	}
	local := now.In(c.zone)
	date, err := time.ParseInLocation(time.DateOnly, execution, c.zone)
	due := err == nil && date.After(local)
	if !due {
		date = time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, c.zone)
		if businessDay(date) && !local.After(date.Add(c.cutoff)) {
			return 0
		}
		date = date.AddDate(0, 0, 1)
	}
	for range searchMax {
		if businessDay(date) {
			break
		}
		date = date.AddDate(0, 0, 1)
	}
	morning := time.Date(date.Year(), date.Month(), date.Day(), openingHour, 0, 0, 0, c.zone)
	return morning.Sub(now)
}

// businessDay reports whether TARGET is open: not on weekends, New Year, Good Friday, Easter Monday, 1 May, and the two
// days of Christmas.
func businessDay(day time.Time) bool {
	switch day.Weekday() {
	case time.Saturday, time.Sunday:
		return false
	}
	switch day.Format("01-02") {
	case "01-01", "05-01", "12-25", "12-26":
		return false
	}
	month, date := easter(day.Year())
	sunday := time.Date(day.Year(), month, date, 0, 0, 0, 0, day.Location())
	for _, offset := range []int{-2, 1} {
		if closed := sunday.AddDate(0, 0, offset); closed.YearDay() == day.YearDay() {
			return false
		}
	}
	return true
}

// easter returns Easter Sunday by the anonymous Gregorian algorithm.
func easter(year int) (time.Month, int) {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Month(n / 31), n%31 + 1
}
