package fx

import (
	"time"

	"github.com/causeway-pay/causeway/money"
)

// RuleKind says what a rule decides.
type RuleKind string

// The kinds of rule.
const (
	MarginRule     RuleKind = "fx_margin"   // markup on the mid rate
	FeeRule        RuleKind = "fee"         // charge to sender, receiver or merchant
	LockRule       RuleKind = "lock_price"  // how long a quote holds, and what that adds to the margin
	RefundRule     RuleKind = "refund_rate" // at which rate a refund is converted
	SettlementRule RuleKind = "settlement"  // when pending money becomes available
	LimitRule      RuleKind = "limit"       // least and most that may be priced
)

// Stack says what becomes of the other rules of the same kind and code once one matches.
type Stack string

// The stacks.
const (
	FirstMatch Stack = "first_match" // the best match counts, the others do not
	Add        Stack = "add"         // charged besides the best match
)

// RefundRate says at which rate a refund is converted back.
type RefundRate string

// The refund rates.
const (
	Original RefundRate = "original" // the merchant returns what it was credited; treasury bears the move of the rate
	Current  RefundRate = "current"  // the merchant pays today's price
)

// Rule is one decision of treasury about the payments it matches. When several match, the one that names more about the
// payment wins, then the one of higher priority; a rule set in which two could tie is refused.
type Rule struct {
	ID        string
	Kind      RuleKind
	Match     Match
	Priority  int
	Effective Window

	Code  string      // of a fee, as shown to the merchant; rules of different codes never compete
	Payer FeePayer    // of a fee
	Asset money.Asset // that the amounts in Calc are in; the rule then matches only what is charged in it
	Calc  Calc        // of a margin (basis points only), fee, lock (basis points only) or limit (Min and Max)
	Stack Stack       // of a fee

	Lock       time.Duration // of a lock
	RefundRate RefundRate    // of a refund
	Days       int           // until settlement, or during which an original refund rate holds

	line int // in the file
	rank int // place in the order of precedence, the best first
}

// Window is a span of time that includes From and excludes To. A zero end is open.
type Window struct{ From, To time.Time }

func (w Window) contains(t time.Time) bool {
	return !t.Before(w.From) && (w.To.IsZero() || t.Before(w.To))
}

func (w Window) overlaps(o Window) bool {
	return (w.To.IsZero() || o.From.Before(w.To)) && (o.To.IsZero() || w.From.Before(o.To))
}

// Match names the payments that a rule is for. An empty field matches every payment.
type Match struct {
	Merchant  string
	Tier      string
	Rail      string
	Channel   string
	Corridor  string // "DE>CN"
	Pair      string // codes from source to target: "EUR/USD"
	Direction Direction
	Amount    Band // of the fixed side
}

// Band is a span of amounts of one asset that includes From and excludes To. The zero Band is every amount; a zero To is open.
type Band struct{ From, To money.Amount }

// IsZero reports whether every amount of every asset is in the band.
func (b Band) IsZero() bool { return b.From.Asset().IsZero() }

func (b Band) contains(a money.Amount) bool {
	if b.IsZero() {
		return true
	}
	return a.Asset() == b.From.Asset() && a.Cmp(b.From) >= 0 && (b.To.IsZero() || a.Cmp(b.To) < 0)
}

func (b Band) overlaps(o Band) bool {
	if b.IsZero() || o.IsZero() {
		return true
	}
	if b.From.Asset() != o.From.Asset() {
		return false
	}
	return (b.To.IsZero() || o.From.Cmp(b.To) < 0) && (o.To.IsZero() || b.From.Cmp(o.To) < 0)
}

// names returns the fields that are compared as text, in a fixed order.
func (m Match) names() [7]string {
	return [7]string{m.Merchant, m.Tier, m.Rail, m.Channel, m.Corridor, m.Pair, string(m.Direction)}
}

// specificity is how much a rule names about a payment.
func (r Rule) specificity() int {
	count := 0
	for _, name := range r.Match.names() {
		if name != "" {
			count++
		}
	}
	if !r.Match.Amount.IsZero() {
		count++
	}
	if !r.Asset.IsZero() {
		count++
	}
	return count
}

// matches reports whether the rule is for what r asks at that time.
func (r Rule) matches(request Request, now time.Time) bool {
	asked := request.names()
	for i, name := range r.Match.names() {
		if name != "" && name != asked[i] {
			return false
		}
	}
	return r.Match.Amount.contains(request.Amount) && r.Effective.contains(now) &&
		(r.Asset.IsZero() || r.Asset == r.charged(request))
}

// charged returns the asset that the rule's amounts must be in to apply.
func (r Rule) charged(request Request) money.Asset {
	switch {
	case r.Kind == LimitRule:
		return request.Amount.Asset()
	case r.Payer == Sender:
		return request.Source()
	}
	return request.Target()
}

// everything reports whether the rule matches every payment at all times.
func (r Rule) everything() bool { return r.specificity() == 0 && r.Effective == Window{} }

// ties reports whether one payment could match both rules, and neither would win.
func (r Rule) ties(o Rule) bool {
	if r.Kind != o.Kind || r.Code != o.Code || r.Stack == Add || o.Stack == Add ||
		r.Priority != o.Priority || r.specificity() != o.specificity() {
		return false
	}
	names := o.Match.names()
	for i, name := range r.Match.names() {
		if name != "" && names[i] != "" && name != names[i] {
			return false
		}
	}
	assets := r.Asset == o.Asset || r.Asset.IsZero() || o.Asset.IsZero() || r.Payer != o.Payer
	return assets && r.Match.Amount.overlaps(o.Match.Amount) && r.Effective.overlaps(o.Effective)
}
