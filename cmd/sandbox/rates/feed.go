// Package rates is a live feed of exchange rates that walks on from the last day of a real history.
package rates

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
)

const (
	// Step is how often every rate takes a step.
	Step = time.Second

	base   = "EUR"
	dollar = "USD"

	significantDigits = 12
)

var (
	// ErrRate is returned when a rate is not a plain decimal more than zero.
	ErrRate = errors.New("a rate is a plain decimal more than zero")
	// ErrCurrency is returned when the feed does not carry a currency.
	ErrCurrency = errors.New("the feed does not carry this currency")
)

// Quotes is one answer of the feed: one Base is worth so much of every currency.
type Quotes struct {
	ObservedAt clock.Time        `json:"observed_at"`
	Base       string            `json:"base"`
	Rates      map[string]string `json:"rates"` // plain decimals, at most 12 significant digits unless pinned
}

// Feed is the set of walking rates.
type Feed struct {
	now func() time.Time

	mu     sync.Mutex
	random *rand.Rand
	fiat   map[string]*walk // currency per EUR
	crypto map[string]*walk // USD per coin
	order  []string         // of the walks, so that a seed always gives the same rates
	pinned map[string]string
	frozen time.Time // zero while the feed moves
	down   bool
}

// NewFeed returns a feed that starts from day and steps as seed decides.
func NewFeed(day Day, seed uint64, now func() time.Time) *Feed {
	f := &Feed{
		now: now, random: rand.New(rand.NewPCG(seed, seed)),
		fiat: map[string]*walk{},
		crypto: map[string]*walk{
			"ETH":  {anchor: decimal.NewFromInt(2500), swing: coinSwing, stride: stride},
			"USDC": {anchor: decimal.NewFromInt(1), swing: pegSwing, stride: pegStride},
		},
		pinned: map[string]string{},
	}
	for currency, rate := range day.Rates {
		f.fiat[currency] = &walk{anchor: rate, swing: fiatSwing, stride: stride}
	}
	f.order = slices.Concat(slices.Sorted(maps.Keys(f.fiat)), slices.Sorted(maps.Keys(f.crypto)))
	return f
}

// Run takes a step every second until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	ticker := time.NewTicker(Step)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			f.step()
		case <-ctx.Done():
			return
		}
	}
}

func (f *Feed) step() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.frozen.IsZero() {
		return
	}
	for _, currency := range f.order {
		f.walk(currency).step(f.random)
	}
}

func (f *Feed) walk(currency string) *walk {
	if w, ok := f.fiat[currency]; ok {
		return w
	}
	return f.crypto[currency]
}

// Quotes returns the rates now, and false when the feed is down.
func (f *Feed) Quotes() (Quotes, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return Quotes{}, false
	}
	at := f.frozen
	if at.IsZero() {
		at = f.now()
	}
	q := Quotes{ObservedAt: clock.Time{Time: at}, Base: base, Rates: map[string]string{}}
	for currency, w := range f.fiat {
		q.Rates[currency] = plain(w.value())
	}
	maps.Copy(q.Rates, f.pinned)
	dollars := decimal.RequireFromString(q.Rates[dollar])
	for coin, w := range f.crypto {
		if _, ok := f.pinned[coin]; !ok {
			q.Rates[coin] = plain(dollars.DivRound(w.value(), 2*significantDigits))
		}
	}
	return q, true
}

// Change is a request to alter the feed. Absent fields leave things as they are.
type Change struct {
	Freeze *bool             `json:"freeze"` // rates and observed_at stop
	Down   *bool             `json:"down"`   // the feed answers 503
	Set    map[string]string `json:"set"`    // pins a rate exactly
	Unset  []string          `json:"unset"`  // lets a pinned rate walk again
}

// Apply carries out the whole change, or none of it with an error that names every fault.
func (f *Feed) Apply(c Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(c); err != nil {
		return err
	}
	if c.Down != nil {
		f.down = *c.Down
	}
	if c.Freeze != nil {
		f.freeze(*c.Freeze)
	}
	maps.Copy(f.pinned, c.Set)
	for _, currency := range c.Unset {
		delete(f.pinned, currency)
	}
	return nil
}

func (f *Feed) freeze(frozen bool) {
	switch {
	case !frozen:
		f.frozen = time.Time{}
	case f.frozen.IsZero():
		f.frozen = f.now()
	}
}

func (f *Feed) check(c Change) error {
	var faults []error
	for _, currency := range slices.Sorted(maps.Keys(c.Set)) {
		if f.walk(currency) == nil {
			faults = append(faults, fmt.Errorf("set %s: %w", currency, ErrCurrency))
		}
		if _, err := parseRate(c.Set[currency]); err != nil {
			faults = append(faults, fmt.Errorf("set %s: %w", currency, err))
		}
	}
	for _, currency := range c.Unset {
		if f.walk(currency) == nil {
			faults = append(faults, fmt.Errorf("unset %s: %w", currency, ErrCurrency))
		}
	}
	return errors.Join(faults...)
}

// plain writes a rate with at most 12 significant digits and never with an exponent.
func plain(rate decimal.Decimal) string {
	text := rate.Round(significantDigits - magnitude(rate)).String()
	if strings.Contains(text, ".") {
		return strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// magnitude returns the power of ten just above rate: 1 for 1.17, 3 for 186.75, -3 for 0.00047.
func magnitude(rate decimal.Decimal) int32 {
	return int32(rate.NumDigits()) + rate.Exponent()
}
