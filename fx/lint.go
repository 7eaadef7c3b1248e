package fx

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrBadRules is returned, as a [RulesError], when a rule file is not usable.
var ErrBadRules = errors.New("rules refused")

// RulesError lists everything that is wrong with a rule file.
type RulesError struct{ Faults []Fault }

// Error names every fault, one a line.
func (e *RulesError) Error() string {
	lines := make([]string, 0, len(e.Faults)+1)
	lines = append(lines, fmt.Sprintf("%v: %d faults", ErrBadRules, len(e.Faults)))
	for _, f := range e.Faults {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns ErrBadRules.
func (e *RulesError) Unwrap() error { return ErrBadRules }

// Fault is one thing wrong with a rule file.
type Fault struct {
	Line    int
	Detail  string
	Warning bool // the file works, but probably not as meant
}

// String is the form shown to people: "line 12: …".
func (f Fault) String() string { return fmt.Sprintf("line %d: %s", f.Line, f.Detail) }

// LoadRules reads a rule file. It returns a [RulesError] with every fault at once unless there are only warnings.
func LoadRules(file []byte) (*RuleSet, error) {
	r := &reader{}
	rules := r.read(file)
	if len(r.faults) > 0 {
		return nil, &RulesError{Faults: byLine(r.faults)}
	}
	rules.order()
	return rules, nil
}

// Lint returns every fault of a rule file, warnings included, by line.
func Lint(file []byte) []Fault {
	r := &reader{}
	r.read(file)
	return byLine(append(r.faults, r.warnings...))
}

func (r *reader) read(file []byte) *RuleSet {
	rules := r.file(file)
	r.lintSet(rules)
	return rules
}

func byLine(faults []Fault) []Fault {
	slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return faults
}

// lintSet finds the faults that no rule has alone.
func (r *reader) lintSet(set *RuleSet) {
	if set.Version < 1 {
		r.fault(1, "version must be a whole number from 1")
	}
	for _, kind := range []RuleKind{MarginRule, LockRule, RefundRule, SettlementRule} {
		if !slices.ContainsFunc(set.Rules, func(rule Rule) bool { return rule.Kind == kind && rule.everything() }) {
			r.fault(1, "no rule of kind %s matches every payment", kind)
		}
	}
	lines := map[string]int{}
	for _, rule := range set.Rules {
		if first, ok := lines[rule.ID]; ok {
			r.fault(rule.line, "rule %s is already on line %d", rule.ID, first)
			continue
		}
		lines[rule.ID] = rule.line
	}
	r.lintTies()
}

// lintTies compares the sound rules of equal standing: no others can tie.
func (r *reader) lintTies() {
	type standing struct {
		kind                  RuleKind
		code                  string
		specificity, priority int
	}
	peers := map[standing][]Rule{}
	for _, rule := range r.sound {
		at := standing{rule.Kind, rule.Code, rule.specificity(), rule.Priority}
		for _, peer := range peers[at] {
			if rule.ties(peer) {
				r.fault(rule.line, "rule %s and rule %s (line %d) could match the same payment and neither would win: "+
					"name more in one of them, or give it a priority", rule.ID, peer.ID, peer.line)
			}
		}
		peers[at] = append(peers[at], rule)
	}
}

const (
	marginMaxBps = 2_500  // of a margin or a lock, each
	feeMaxBps    = 10_000 // a fee never exceeds the amount by its share
	lockMaxHours = 7 * 24
	daysMax      = 3_650
)

// lint finds the faults of one rule, each of which is a sentence about the rule.
func (r *reader) lint(rule *Rule) {
	say := func(wrong bool, format string, args ...any) {
		if wrong {
			r.fault(rule.line, "rule %s: "+format, append([]any{rule.ID}, args...)...)
		}
	}
	calc := rule.Calc
	amounts := !calc.Fixed.IsZero() || !calc.Min.IsZero() || !calc.Max.IsZero() || len(calc.Tiers) > 0
	charges := amounts || calc.Bps != 0 || calc.Waive

	say(rule.ID == "", "needs an id")
	say(!rule.Effective.To.IsZero() && !rule.Effective.From.Before(rule.Effective.To), "effective ends before it begins")
	say(rule.Kind != FeeRule && (rule.Code != "" || rule.Payer != "" || rule.Stack != ""), "code, payer and stack belong to kind fee")
	say(rule.Kind != LockRule && rule.Lock != 0, "lock belongs to kind lock_price")
	say(rule.Kind != RefundRule && rule.RefundRate != "", "rate belongs to kind refund_rate")
	say(rule.Kind != RefundRule && rule.Kind != SettlementRule && rule.Days != 0, "days belong to the kinds settlement and refund_rate")
	say(rule.Days < 0 || rule.Days > daysMax, "days must be from 0 to %d", daysMax)
	say(calc.Waive && (amounts || calc.Bps != 0), "waive stands alone")
	say(!calc.Min.IsZero() && !calc.Max.IsZero() && calc.Min.Cmp(calc.Max) > 0, "min is above max")

	switch rule.Kind {
	case MarginRule, LockRule:
		say(amounts || !rule.Asset.IsZero(), "kind %s knows only basis points", rule.Kind)
		say(rule.Kind == MarginRule && !charges, "needs a calc: bps, or waive")
		say(calc.Bps < 0 || calc.Bps > marginMaxBps, "bps must be from 0 to %d", marginMaxBps)
		say(rule.Kind == LockRule && (rule.Lock <= 0 || rule.Lock.Hours() > lockMaxHours), "lock must be above 0 and at most %dh", lockMaxHours)
	case FeeRule:
		say(rule.Code == "", "needs a code")
		say(rule.Payer == "", "needs a payer: sender, receiver or merchant")
		r.lintCharge(rule, charges, say)
	case LimitRule:
		say(calc.Min.IsZero() && calc.Max.IsZero(), "needs a calc with min, max or both")
		say(!calc.Fixed.IsZero() || calc.Bps != 0 || len(calc.Tiers) > 0 || calc.Waive, "kind limit knows only min and max")
	case RefundRule:
		say(rule.RefundRate == "", "needs a rate: original or current")
		say(charges || !rule.Asset.IsZero(), "kind %s has no calc and no asset", rule.Kind)
		say(rule.RefundRate == Original && rule.Days == 0, "needs days during which the original rate holds")
	case SettlementRule:
		say(charges || !rule.Asset.IsZero(), "kind %s has no calc and no asset", rule.Kind)
	default:
		say(true, "needs a kind")
	}
}

// lintCharge finds the faults of a rule that takes money.
func (r *reader) lintCharge(rule *Rule, charges bool, say func(wrong bool, format string, args ...any)) {
	calc := rule.Calc
	say(!charges, "needs a calc")
	say(calc.Bps < 0 || calc.Bps > feeMaxBps, "bps must be from 0 to %d", feeMaxBps)
	say(len(calc.Tiers) > 0 && calc.Tiered == "", "tiers need tiered: marginal or slab")
	say(len(calc.Tiers) == 0 && calc.Tiered != "", "tiered needs tiers")
	for i, tier := range calc.Tiers {
		last := i == len(calc.Tiers)-1
		say(tier.Bps < 0 || tier.Bps > feeMaxBps, "tier %d: bps must be from 0 to %d", i+1, feeMaxBps)
		say(!last && tier.To.IsZero(), "tier %d: only the last tier is open", i+1)
		say(last && !tier.To.IsZero(), "tier %d: the last tier is open and has no to", i+1)
		say(i > 0 && !last && tier.To.Cmp(calc.Tiers[i-1].To) <= 0, "tier %d: to must rise", i+1)
		if calc.Tiered == Slab && i > 0 && tier.Bps < calc.Tiers[i-1].Bps {
			r.warnings = append(r.warnings, Fault{
				Line: rule.line, Warning: true,
				Detail: fmt.Sprintf("rule %s: at the border to slab %d paying more costs less", rule.ID, i+1),
			})
		}
	}
}
