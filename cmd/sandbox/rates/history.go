package rates

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// recent is an excerpt of the euro foreign exchange reference rates of the European Central Bank.
//
//go:embed history/eurofxref-hist.csv
var recent []byte

// absent is how the European Central Bank writes a rate it does not publish.
const absent = "N/A"

var rateGrammar = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,12})?$`)

// ErrHistory is returned when a history file is not a eurofxref-hist.csv with a rate for USD.
var ErrHistory = errors.New("not a history of ECB reference rates")

// Day is what one euro was worth on one day, by currency.
type Day struct {
	Date  string
	Rates map[string]decimal.Decimal
}

// Recent returns the last day of the history that is built in.
func Recent() (Day, error) { return LastDay(bytes.NewReader(recent)) }

// LastDay reads a eurofxref-hist.csv and returns its newest row, wherever it stands. It returns ErrHistory.
func LastDay(file io.Reader) (Day, error) {
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return Day{}, fmt.Errorf("%w: %w", ErrHistory, err)
	}
	if len(rows) < 2 || rows[0][0] != "Date" {
		return Day{}, fmt.Errorf("%w: no header that starts with Date, or no row", ErrHistory)
	}
	newest := rows[1]
	for _, row := range rows[2:] {
		if row[0] > newest[0] {
			newest = row
		}
	}
	return day(rows[0], newest)
}

func day(header, row []string) (Day, error) {
	var faults []string
	if _, err := time.Parse(time.DateOnly, row[0]); err != nil {
		faults = append(faults, fmt.Sprintf("date %q", row[0]))
	}
	d := Day{Date: row[0], Rates: map[string]decimal.Decimal{}}
	for i, text := range row[1:] {
		currency := strings.TrimSpace(header[i+1])
		if currency == "" || text == absent {
			continue
		}
		rate, err := parseRate(text)
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s %q", currency, text))
			continue
		}
		d.Rates[currency] = rate
	}
	if _, ok := d.Rates[dollar]; !ok {
		faults = append(faults, "no "+dollar)
	}
	if len(faults) > 0 {
		return Day{}, fmt.Errorf("%w: %s", ErrHistory, strings.Join(faults, ", "))
	}
	return d, nil
}

// parseRate reads a plain decimal more than zero.
func parseRate(text string) (decimal.Decimal, error) {
	if !rateGrammar.MatchString(text) {
		return decimal.Decimal{}, ErrRate
	}
	rate, err := decimal.NewFromString(text)
	if err != nil || !rate.IsPositive() {
		return decimal.Decimal{}, ErrRate
	}
	return rate, nil
}
