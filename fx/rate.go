package fx

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// Faults of an observed rate.
var (
	// ErrBadRate is returned when an observation cannot be a price: zero, negative, not a number, absurdly far from
	// one, of the future, of one asset against itself, or set by hand without an end.
	ErrBadRate = errors.New("rate refused")
	// ErrUnknownFeed is returned when an observation comes from a feed that the policy does not name.
	ErrUnknownFeed = errors.New("unknown feed")
	// ErrUnknownSnapshot is returned when a snapshot is released that is not the one held back for its pair.
	ErrUnknownSnapshot = errors.New("no such quarantined snapshot")
)

// Observation is one rate as a feed reports it. Assets are named by code alone: a coin has one price on every network.
type Observation struct {
	Base, Quote string
	Rate        string    // price of one base in the quote asset, a plain decimal
	ObservedAt  time.Time // when the feed says the rate was true
	ExpiresAt   time.Time // when a rate set by hand ends; zero for every other
}

// Snapshot is an observation as it was received and kept. Snapshots are only ever appended.
type Snapshot struct {
	ID         string    `json:"id"`
	Feed       string    `json:"feed"`
	Base       string    `json:"base"`
	Quote      string    `json:"quote"`
	Rate       string    `json:"rate"`
	ObservedAt time.Time `json:"observed_at"`
	ReceivedAt time.Time `json:"received_at"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	Held       bool      `json:"held"` // quarantined: it moved too far to be used before somebody releases it

	Releases string `json:"releases,omitempty"` // id of the held snapshot of which this is the released copy
}

// Release returns the copy of a held snapshot that may be used.
func (s Snapshot) Release(id string, now time.Time) Snapshot {
	s.ID, s.Releases, s.ReceivedAt, s.Held = id, s.ID, instant(now), false
	return s
}

// The limits of the board.
const (
	// DeviationDefaultBps is how far a pair without a limit of its own may move between two observations. EUR/USD
	// moved more than 2.7 % on one day in a thousand since 2016; EUR/CHF once moved 14.4 %.
	DeviationDefaultBps = 500
	// DisagreementMaxBps is how far two feeds may differ while firm quotes are given.
	DisagreementMaxBps = 100
	// DeviationGapMax is the longest pause after which two observations are still compared: the longest TARGET weekend
	// is five days.
	DeviationGapMax = 6 * 24 * time.Hour
	clockSkewMax    = 5 * time.Minute
	absurd          = "1000000000000000" // no price is above this, or below one over it
)

// strays reports whether o is further from the last used rate than limitBps allows.
func (o Observation) strays(last *Snapshot, limitBps int64) bool {
	if last == nil || o.ObservedAt.Sub(last.ObservedAt) > DeviationGapMax {
		return false
	}
	was, is := bare(last.Rate), bare(o.Rate)
	if last.Base != o.Base {
		was = was.Inverse()
	}
	before, after := number(was), number(is)
	moved := money.Max(before, after).Sub(money.Min(before, after))
	return moved.Cmp(before.Bps(limitBps)) > 0
}

// check names everything that is wrong with o.
func (o Observation) check(trust Trust, now time.Time) error {
	var faults []string
	if o.Base == "" || o.Quote == "" || o.Base == o.Quote {
		faults = append(faults, "needs two different assets")
	}
	if rate, err := money.ParseRate(o.Rate, money.Asset{}, money.Asset{}); err != nil {
		faults = append(faults, err.Error())
	} else if money.Max(number(rate), number(rate.Inverse())).Cmp(number(bare(absurd))) > 0 {
		faults = append(faults, "is absurd")
	}
	if o.ObservedAt.IsZero() || o.ObservedAt.After(now.Add(clockSkewMax)) {
		faults = append(faults, "was observed never, or in the future")
	}
	if trust.Kind == Manual && !o.ExpiresAt.After(now) {
		faults = append(faults, "is set by hand and needs an end in the future")
	}
	if faults != nil {
		return fmt.Errorf("%.12s/%.12s: %w: %s", o.Base, o.Quote, ErrBadRate, strings.Join(faults, "; "))
	}
	return nil
}

// bare reads a rate that was checked when it was observed, between no assets in particular.
func bare(text string) money.Rate { return between(text, money.Asset{}, money.Asset{}) }

// between reads a rate that was checked when it was observed, as the price of base in quote.
func between(text string, base, quote money.Asset) money.Rate {
	rate, err := money.ParseRate(text, base, quote)
	if err != nil {
		panic(fmt.Sprintf("fx: a rate passed the guards: %v", err))
	}
	return rate
}

// number returns a bare rate as a quantity of nothing, so that it can be compared and subtracted.
func number(bare money.Rate) money.Amount { return bare.Convert(money.Asset{}.One()) }

// instant is a time as it is stored: UTC, to the millisecond.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
