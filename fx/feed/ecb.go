package feed

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
)

// ECBDailyURL is where the European Central Bank publishes the reference rates of the day.
const ECBDailyURL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"

// ECB is the European Central Bank's daily file of reference rates, in XML. Its rates are prices of one euro, observed at
// the start of their day in UTC.
type ECB struct {
	URL    string
	Client *http.Client
}

// Fetch asks for the file. It returns ErrBadAnswer when it is not one.
func (s ECB) Fetch(ctx context.Context) ([]fx.Observation, error) {
	body, err := get(ctx, s.Client, s.URL)
	if err != nil {
		return nil, err
	}
	return parseDaily(body)
}

func parseDaily(body []byte) ([]fx.Observation, error) {
	var envelope struct {
		Day struct {
			Time  string `xml:"time,attr"`
			Rates []struct {
				Currency string `xml:"currency,attr"`
				Rate     string `xml:"rate,attr"`
			} `xml:"Cube"`
		} `xml:"Cube>Cube"`
	}
	if err := xml.Unmarshal(body, &envelope); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	date, err := time.Parse(time.DateOnly, envelope.Day.Time)
	if err != nil || len(envelope.Day.Rates) == 0 {
		return nil, fmt.Errorf("%w: no rates of a day", ErrBadAnswer)
	}
	observed := make([]fx.Observation, 0, len(envelope.Day.Rates))
	for _, row := range envelope.Day.Rates {
		observed = append(observed, euro(row.Currency, row.Rate, date))
	}
	return observed, nil
}

//go:embed ecb/eurofxref-hist.csv.gz
var history []byte

// History yields the reference rates of the European Central Bank since 1999, one business day at a time, newest first.
// It is history: it ends in April 2026.
func History() iter.Seq2[[]fx.Observation, error] {
	return func(yield func([]fx.Observation, error) bool) {
		file, err := gzip.NewReader(bytes.NewReader(history))
		if err != nil {
			yield(nil, fmt.Errorf("history of reference rates: %w", err))
			return
		}
		ReadHistory(file)(yield)
	}
}

// ReadHistory yields the days of a file in the form of eurofxref-hist.csv: a row a day, newest first, "N/A" where there was no
// rate. It ends with ErrBadAnswer where the file breaks that form.
func ReadHistory(file io.Reader) iter.Seq2[[]fx.Observation, error] {
	return func(yield func([]fx.Observation, error) bool) {
		rows := csv.NewReader(file)
		rows.ReuseRecord = true
		header, err := rows.Read()
		if err != nil || header[0] != "Date" {
			yield(nil, fmt.Errorf("%w: no header of reference rates", ErrBadAnswer))
			return
		}
		currencies := slices.Clone(header)
		for {
			row, err := rows.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			day, err := readDay(currencies, row, err)
			if !yield(day, err) || err != nil {
				return
			}
		}
	}
}

// readDay reads one row; every column but the first is a currency, and the last is empty because rows end with a comma.
func readDay(currencies, row []string, err error) ([]fx.Observation, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	date, err := time.Parse(time.DateOnly, row[0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	var day []fx.Observation
	for i := 1; i < len(row); i++ {
		if currencies[i] != "" && row[i] != "" && row[i] != "N/A" {
			day = append(day, euro(currencies[i], row[i], date))
		}
	}
	return day, nil
}

func euro(currency, rate string, date time.Time) fx.Observation {
	return fx.Observation{Base: "EUR", Quote: currency, Rate: rate, ObservedAt: date}
}
