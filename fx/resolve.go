package fx

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// ErrUnavailable is returned when no rate can be had for a conversion: no feed has the pair, or it is stale, quarantined,
// frozen, disputed between feeds, or too weak for a firm quote.
var ErrUnavailable = errors.New("no rate is available")

// State of a pair.
type State string

// The states of a pair, from the best.
const (
	Quoted      State = "live"        // at least one feed has a fresh rate
	Stale       State = "stale"       // every rate is too old, or there is none
	Quarantined State = "quarantined" // every newer rate moved too far and waits to be released
	Frozen      State = "frozen"      // somebody stopped it
)

// Market is what the board knows of one pair.
type Market struct {
	Base      string     `json:"base"`
	Quote     string     `json:"quote"`
	State     State      `json:"state"`
	Snapshots []Snapshot `json:"snapshots"` // the newest of every feed, held ones included
}

// Mid resolves the price of one base in quote: directly, inversely, or through one pivot; it is not rounded between the
// legs. The path is empty when both are the same asset, or one asset on two networks, which are at par.
//
// A firm price rests only on feeds that are trusted for it, and only while those agree. It returns ErrUnavailable when
// there is none.
func (b *Board) Mid(base, quote money.Asset, mode Mode, now time.Time) (money.Rate, []Leg, error) {
	if base.Code == quote.Code {
		return between("1", base, quote), nil, nil
	}
	b.mu.RLock()
	defer b.mu.RUnlock()

	leg, direct := b.leg(base, quote, mode, now)
	if direct == nil {
		return leg.Rate, []Leg{leg}, nil
	}
	if !errors.Is(direct, errStale) {
		return money.Rate{}, nil, direct // a stopped pair is not gone round
	}
	for _, pivot := range b.policy.Pivots {
		if pivot.Code == base.Code || pivot.Code == quote.Code {
			continue
		}
		first, err := b.leg(base, pivot, mode, now)
		if err != nil {
			continue
		}
		second, err := b.leg(pivot, quote, mode, now)
		if err != nil {
			continue
		}
		return first.Rate.Times(second.Rate), []Leg{first, second}, nil
	}
	return money.Rate{}, nil, direct
}

// errStale marks a pair that simply has no rate, so that a way round may be tried.
var errStale = fmt.Errorf("%w: no fresh rate", ErrUnavailable)

// leg picks the median of what the feeds say about one pair; of two middle ones that which gives the client less.
func (b *Board) leg(base, quote money.Asset, mode Mode, now time.Time) (Leg, error) {
	market := pairOf(base.Code, quote.Code)
	switch b.state(market, now) {
	case Frozen:
		return Leg{}, fmt.Errorf("%s/%s: %w: frozen", base, quote, ErrUnavailable)
	case Quarantined:
		return Leg{}, fmt.Errorf("%s/%s: %w: quarantined", base, quote, ErrUnavailable)
	case Stale:
		return Leg{}, fmt.Errorf("%s/%s: %w", base, quote, errStale)
	}
	legs := b.legs(market, base, quote, true, now)
	if len(legs) == 0 && mode != Firm {
		legs = b.legs(market, base, quote, false, now)
	}
	if len(legs) == 0 {
		return Leg{}, fmt.Errorf("%s/%s: %w for a firm quote", base, quote, errStale)
	}
	if mode == Firm && disagree(legs) {
		return Leg{}, fmt.Errorf("%s/%s: %w: feeds disagree", base, quote, ErrUnavailable)
	}
	return legs[(len(legs)-1)/2], nil
}

// legs returns the fresh rates of the feeds that are, or are not, trusted for firm quotes, lowest first.
func (b *Board) legs(market pair, base, quote money.Asset, firmOn bool, now time.Time) []Leg {
	var legs []Leg
	for feed, s := range b.series[market] {
		trust := b.policy.Feeds[feed]
		if trust.FirmOn == firmOn && s.usable(trust, now) {
			legs = append(legs, s.used.leg(base, quote))
		}
	}
	slices.SortFunc(legs, func(x, y Leg) int {
		if order := x.Rate.Cmp(y.Rate); order != 0 {
			return order
		}
		return strings.Compare(x.Source, y.Source)
	})
	return legs
}

func (s Snapshot) leg(base, quote money.Asset) Leg {
	leg := Leg{Source: s.Feed, Snapshot: s.ID, ObservedAt: s.ObservedAt}
	if s.Base == base.Code {
		leg.Rate = between(s.Rate, base, quote)
	} else {
		leg.Rate = between(s.Rate, quote, base).Inverse()
	}
	return leg
}

// disagree reports whether the highest of the sorted legs is too far above the lowest.
func disagree(legs []Leg) bool {
	one := legs[0].Rate.Base().One()
	low, high := legs[0].Rate.Convert(one), legs[len(legs)-1].Rate.Convert(one)
	return high.Sub(low).Cmp(low.Bps(DisagreementMaxBps)) > 0
}

// Markets returns every pair the board has heard of, in alphabetical order.
func (b *Board) Markets(now time.Time) []Market {
	b.mu.RLock()
	defer b.mu.RUnlock()
	markets := make([]Market, 0, len(b.series))
	for market, feeds := range b.series {
		m := Market{Base: market.low, Quote: market.high, State: b.state(market, now)}
		for _, s := range feeds {
			m.Snapshots = append(m.Snapshots, *s.newest())
		}
		slices.SortFunc(m.Snapshots, func(x, y Snapshot) int { return strings.Compare(x.Feed, y.Feed) })
		markets = append(markets, m)
	}
	slices.SortFunc(markets, func(x, y Market) int {
		return strings.Compare(x.Base+"/"+x.Quote, y.Base+"/"+y.Quote)
	})
	return markets
}

func (b *Board) state(market pair, now time.Time) State {
	if b.frozen[market] {
		return Frozen
	}
	state := Stale
	for feed, s := range b.series[market] {
		trust := b.policy.Feeds[feed]
		if s.usable(trust, now) {
			return Quoted
		}
		if s.held != nil && trust.fresh(*s.held, now) {
			state = Quarantined
		}
	}
	return state
}

// usable reports whether the feed's last rate is fresh, and no newer one puts it in doubt.
func (s series) usable(trust Trust, now time.Time) bool {
	return s.used != nil && s.held == nil && trust.fresh(*s.used, now)
}

func (s series) newest() *Snapshot {
	if s.held != nil {
		return s.held
	}
	return s.used
}
