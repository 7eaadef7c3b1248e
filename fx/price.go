package fx

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// Faults of a request for a price.
var (
	// ErrTooSmall is returned, as a [TooSmallError], when less than one minor unit would be left for the receiver.
	ErrTooSmall = errors.New("amount is too small to be converted")
	// ErrLimit is returned, as a [LimitError], when the fixed amount is outside a limit of treasury.
	ErrLimit = errors.New("amount is outside the limits")
	// ErrBadRequest is returned when the request itself makes no sense: a side, mode or direction that does not exist,
	// or an amount that cannot be paid. It is a fault of the caller.
	ErrBadRequest = errors.New("request for a price makes no sense")
)

// TooSmallError says how much would be enough.
type TooSmallError struct {
	MinSource money.Amount // the least source amount that delivers anything; zero when no amount does
}

// Error names the least amount.
func (e *TooSmallError) Error() string {
	return fmt.Sprintf("%v: the least source is %s", ErrTooSmall, e.MinSource)
}

// Unwrap returns ErrTooSmall.
func (e *TooSmallError) Unwrap() error { return ErrTooSmall }

// LimitError says which limit was broken.
type LimitError struct {
	Rule     string
	Min, Max money.Amount // zero when there is none
}

// Error names the limits.
func (e *LimitError) Error() string {
	return fmt.Sprintf("%v of %s: from %s to %s", ErrLimit, e.Rule, e.Min, e.Max)
}

// Unwrap returns ErrLimit.
func (e *LimitError) Unwrap() error { return ErrLimit }

// Request asks what a payment costs. Rail, Channel and Corridor are empty while they are not known.
type Request struct {
	ID          string // of the quote to be made
	Merchant    string
	Tier        string
	Rail        string
	Channel     string
	Corridor    string
	Direction   Direction
	Beneficiary string // no rule matches it: the price is that of the corridor
	Mode        Mode
	Fix         Side
	Amount      money.Amount // of the fixed side
	Other       money.Asset  // of the other side
}

// Source returns the asset that the payer is debited in.
func (r Request) Source() money.Asset {
	if r.Fix == TargetFixed {
		return r.Other
	}
	return r.Amount.Asset()
}

// Target returns the asset that the merchant or beneficiary is credited in.
func (r Request) Target() money.Asset {
	if r.Fix == TargetFixed {
		return r.Amount.Asset()
	}
	return r.Other
}

func (r Request) pair() string { return r.Source().Code + "/" + r.Target().Code }

// names returns what rules compare as text, in the order of [Match].
func (r Request) names() [7]string {
	return [7]string{r.Merchant, r.Tier, r.Rail, r.Channel, r.Corridor, r.pair(), string(r.Direction)}
}

func (r Request) check() error {
	sides := r.Fix == SourceFixed || r.Fix == TargetFixed
	modes := r.Mode == Indicative || r.Mode == Firm
	directions := r.Direction == Collect || r.Direction == Send
	amounts := r.Amount.Sign() > 0 && r.Amount.IsWhole() && !r.Amount.Asset().IsZero() && !r.Other.IsZero()
	if !sides || !modes || !directions || !amounts {
		return fmt.Errorf("%w: fix %q, mode %q, direction %q, %s to %s", ErrBadRequest, r.Fix, r.Mode, r.Direction, r.Amount, r.Other)
	}
	return nil
}

// Pricer turns the rules in force and the rates of a board into quotes. It is safe for concurrent use.
type Pricer struct {
	rules atomic.Pointer[RuleSet]
	board *Board
}

// NewPricer returns a pricer for rules and board.
func NewPricer(rules *RuleSet, board *Board) *Pricer {
	p := &Pricer{board: board}
	p.rules.Store(rules)
	return p
}

// Rules returns the rule set in force.
func (p *Pricer) Rules() *RuleSet { return p.rules.Load() }

// Activate puts another rule set in force. Quotes that were given keep theirs.
func (p *Pricer) Activate(rules *RuleSet) { p.rules.Store(rules) }

// Mid returns the price of one base in quote at this moment, good enough to deal at, and the rates it was made of. It
// returns ErrUnavailable when there is none.
func (p *Pricer) Mid(base, quote money.Asset, now time.Time) (money.Rate, []Leg, error) {
	return p.board.Mid(base, quote, Firm, now)
}

// Price makes an open quote. It returns ErrUnavailable when there is no rate for it, ErrTooSmall (a [TooSmallError])
// when nothing would be left for the receiver, ErrLimit (a [LimitError]) when a limit forbids it, and ErrBadRequest.
func (p *Pricer) Price(r Request, now time.Time) (Quote, error) {
	if err := r.check(); err != nil {
		return Quote{}, err
	}
	rules := p.rules.Load()
	if err := rules.limit(r, now); err != nil {
		return Quote{}, err
	}
	mid, path, err := p.board.Mid(r.Source(), r.Target(), r.Mode, now)
	if err != nil {
		return Quote{}, err
	}
	at := moment{rules: rules, mid: mid, now: now}
	quote := at.quote(r)
	if quote.Target.Sign() <= 0 || quote.Net().Sign() <= 0 {
		return Quote{}, &TooSmallError{MinSource: at.minSource(r)}
	}
	quote.Rate.Path = path
	quote.Hash, err = quote.Sum()
	return quote, err
}

func (s *RuleSet) limit(r Request, now time.Time) error {
	found := s.matching(LimitRule, r, now)
	if len(found) == 0 {
		return nil
	}
	least, most := found[0].Calc.Min, found[0].Calc.Max
	if (!least.IsZero() && r.Amount.Cmp(least) < 0) || (!most.IsZero() && r.Amount.Cmp(most) > 0) {
		return &LimitError{Rule: found[0].ID, Min: least, Max: most}
	}
	return nil
}

// moment is what prices depend on besides the request.
type moment struct {
	rules *RuleSet
	mid   money.Rate
	now   time.Time
}

// quote computes the numbers, whether or not anything is left for the receiver.
func (m moment) quote(r Request) Quote {
	lock, _, _ := m.rules.Lock(r, m.now)
	conversion := Convert(r.Fix, r.Amount, m.mid, m.marginBps(r))
	split := conversion.InTarget()
	return Quote{
		ID: r.ID, Merchant: r.Merchant, Direction: r.Direction, Beneficiary: r.Beneficiary, Mode: r.Mode, Fix: r.Fix,
		Tier: r.Tier, Rail: r.Rail, Channel: r.Channel, Corridor: r.Corridor,
		Source: conversion.Source, Target: conversion.Target,
		Rate:  Rate{Mid: m.mid, Client: conversion.Client(), MarginBps: conversion.MarginBps},
		Fees:  m.rules.fees(r, conversion.Source, conversion.Target, m.now),
		AtMid: split.AtMid, Margin: split.Margin, Residual: split.Residual,
		RuleSet: m.rules.Version, Status: Open,
		CreatedAt: instant(m.now), ExpiresAt: instant(m.now.Add(lock)),
	}
}

// marginBps returns the whole markup. One asset, on whatever networks, is converted at par.
func (m moment) marginBps(r Request) int64 {
	if r.Source().Code == r.Target().Code {
		return 0
	}
	margin, _ := m.rules.Margin(r, m.now)
	_, lock, _ := m.rules.Lock(r, m.now)
	return margin + lock
}

// minSource finds the least source amount of which anything reaches the receiver: doubling until it does, then halving
// the gap. It returns zero when no sensible amount is enough.
func (m moment) minSource(r Request) money.Amount {
	const doublings = 128 // 2^128 minor units is more than any asset has
	one := r.Source().One()
	enough := func(source money.Amount) bool {
		r.Fix, r.Amount, r.Other = SourceFixed, source, m.mid.Quote()
		return m.quote(r).Net().Sign() > 0
	}
	low, high := one.Asset().Zero(), one
	for range doublings {
		if enough(high) {
			break
		}
		low, high = high, high.Add(high)
	}
	if !enough(high) {
		return one.Asset().Zero()
	}
	for high.Sub(low).Cmp(one) > 0 {
		if middle, _ := low.Add(high).Bps(5_000).Down(); enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// Recompute returns the numbers that the rules give for the same request at the quote's own rate and moment. They equal
// those of q when rules is the version that q names.
func (q Quote) Recompute(rules *RuleSet) Quote {
	r := Request{
		ID: q.ID, Merchant: q.Merchant, Tier: q.Tier, Rail: q.Rail, Channel: q.Channel, Corridor: q.Corridor,
		Direction: q.Direction, Beneficiary: q.Beneficiary, Mode: q.Mode, Fix: q.Fix, Amount: q.Source, Other: q.Target.Asset(),
	}
	if q.Fix == TargetFixed {
		r.Amount, r.Other = q.Target, q.Source.Asset()
	}
	return moment{rules: rules, mid: q.Rate.Mid, now: q.CreatedAt}.quote(r)
}
