package fx

import (
	"cmp"
	_ "embed"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/money"
)

//go:embed rules/default.yaml
var defaultRules []byte

// RuleSet is one version of treasury's rules. It never changes once loaded.
type RuleSet struct {
	Version int64
	Rules   []Rule
	index   map[bucket][]*Rule
}

// bucket narrows the rules that can match a payment, so that finding them does not grow with the number of merchants or pairs.
type bucket struct {
	kind     RuleKind
	merchant string
	pair     string
}

// DefaultRulesText returns the file of the rules that are used when none is configured.
func DefaultRulesText() []byte { return slices.Clone(defaultRules) }

// DefaultRules returns the rules that are used when no file is configured.
func DefaultRules() *RuleSet {
	rules, err := LoadRules(defaultRules)
	if err != nil {
		panic(err)
	}
	return rules
}

// order ranks the rules and files them by bucket.
func (s *RuleSet) order() {
	slices.SortStableFunc(s.Rules, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(b.specificity(), a.specificity()), cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.ID, b.ID))
	})
	s.index = map[bucket][]*Rule{}
	for i := range s.Rules {
		rule := &s.Rules[i]
		rule.rank = i
		key := bucket{rule.Kind, rule.Match.Merchant, rule.Match.Pair}
		s.index[key] = append(s.index[key], rule)
	}
}

// matching returns the rules of a kind that match, the best first.
func (s *RuleSet) matching(kind RuleKind, r Request, now time.Time) []*Rule {
	var found []*Rule
	for _, merchant := range distinct(r.Merchant) {
		for _, pair := range distinct(r.pair()) {
			for _, rule := range s.index[bucket{kind, merchant, pair}] {
				if rule.matches(r, now) {
					found = append(found, rule)
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b *Rule) int { return cmp.Compare(a.rank, b.rank) })
	return found
}

// distinct returns the buckets to look in: that of name, and that of rules for every name.
func distinct(name string) []string {
	if name == "" {
		return []string{""}
	}
	return []string{name, ""}
}

// best returns the rule that decides. Loading has made sure that margin, lock, refund and settlement always have one.
func (s *RuleSet) best(kind RuleKind, r Request, now time.Time) *Rule {
	return s.matching(kind, r, now)[0]
}

// Lock returns how long a quote holds and what that adds to the margin, in basis points, with the id of the rule.
func (s *RuleSet) Lock(r Request, now time.Time) (period time.Duration, bps int64, rule string) {
	lock := s.best(LockRule, r, now)
	return lock.Lock, lock.Calc.Bps, lock.ID
}

// Margin returns the markup on the mid rate in basis points, without that of the lock, with the id of the rule.
func (s *RuleSet) Margin(r Request, now time.Time) (bps int64, rule string) {
	margin := s.best(MarginRule, r, now)
	return margin.Calc.Bps, margin.ID
}

// RefundTerms say at which rate a payment is refunded. They are stamped on the payment when it is made.
type RefundTerms struct {
	Rate RefundRate
	Days int // the original rate holds so many days from the payment; then the current one does
	Rule string
}

// RefundTerms returns the terms on which a payment priced as r is refunded.
func (s *RuleSet) RefundTerms(r Request, now time.Time) RefundTerms {
	refund := s.best(RefundRule, r, now)
	return RefundTerms{Rate: refund.RefundRate, Days: refund.Days, Rule: refund.ID}
}

// At returns the rate that applies to a refund requested now of a payment made at paidAt.
func (t RefundTerms) At(paidAt, now time.Time) RefundRate {
	if t.Rate == Original && now.Before(paidAt.AddDate(0, 0, t.Days)) {
		return Original
	}
	return Current
}

// SettlementDays returns after how many days the credit of a payment becomes available, with the id of the rule.
func (s *RuleSet) SettlementDays(r Request, now time.Time) (days int, rule string) {
	settlement := s.best(SettlementRule, r, now)
	return settlement.Days, settlement.ID
}

// fees returns the charges on a conversion: of each code the best rule, and every rule that adds.
func (s *RuleSet) fees(r Request, source, target money.Amount, now time.Time) []Fee {
	var fees []Fee
	decided := map[string]bool{}
	for _, rule := range s.matching(FeeRule, r, now) {
		if rule.Stack != Add {
			if decided[rule.Code] {
				continue
			}
			decided[rule.Code] = true
		}
		charged := target
		if rule.Payer == Sender {
			charged = source
		}
		if amount := rule.Calc.Charge(charged); !amount.IsZero() {
			fees = append(fees, Fee{Code: rule.Code, Rule: rule.ID, Payer: rule.Payer, Amount: amount})
		}
	}
	return fees
}
