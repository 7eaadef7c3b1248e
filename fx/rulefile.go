package fx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/causeway-pay/causeway/money"
)

// The limits of a rule file.
const (
	ruleFileMax = 4 << 20 // bytes
	rulesMax    = 20_000
	tiersMax    = 100
)

// reader walks a rule file and remembers every fault, so that treasury mends them in one go. It works on YAML's nodes
// because a decoder stops early, forgets lines, and lets numbers pass through floats.
type reader struct {
	faults   []Fault
	warnings []Fault
	sound    []Rule // those without a fault of their own
}

// fields says how each key of a mapping is read.
type fields map[string]func(*yaml.Node)

func (r *reader) fault(line int, format string, args ...any) {
	r.faults = append(r.faults, Fault{Line: line, Detail: fmt.Sprintf(format, args...)})
}

func (r *reader) file(data []byte) *RuleSet {
	set := &RuleSet{}
	if len(data) > ruleFileMax {
		r.fault(1, "the file is larger than %d bytes", ruleFileMax)
		return set
	}
	var document, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&document); err != nil {
		r.fault(1, "not YAML: %v", err)
		return set
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		r.fault(1, "a rule file is one document")
		return set
	}
	r.mapping(document.Content[0], fields{
		"version": func(n *yaml.Node) { set.Version = r.whole(n) },
		"rules": func(n *yaml.Node) {
			for _, item := range r.list(n, rulesMax) {
				set.Rules = append(set.Rules, r.soundRule(item))
			}
		},
	})
	return set
}

// soundRule reads a rule and, when it could be read as it was meant, judges its sense.
func (r *reader) soundRule(n *yaml.Node) Rule {
	before := len(r.faults)
	rule := r.rule(n)
	if len(r.faults) > before {
		return rule
	}
	r.lint(&rule)
	if len(r.faults) == before {
		r.sound = append(r.sound, rule)
	}
	return rule
}

func (r *reader) rule(n *yaml.Node) Rule {
	rule := Rule{line: n.Line}
	// The asset is read first wherever it stands: the amounts of the calc are in it.
	r.find(n, "asset", func(n *yaml.Node) { rule.Asset = r.asset(n) })
	r.mapping(n, fields{
		"id": func(n *yaml.Node) { rule.ID = r.text(n) },
		"kind": func(n *yaml.Node) {
			if n.Value == "channel_cost" {
				r.fault(n.Line, "kind channel_cost is not in use yet: what a channel costs stands in the configuration")
				return
			}
			rule.Kind = choice(r, n, MarginRule, FeeRule, LockRule, RefundRule, SettlementRule, LimitRule)
		},
		"match":     func(n *yaml.Node) { rule.Match = r.match(n) },
		"priority":  func(n *yaml.Node) { rule.Priority = int(r.whole(n)) },
		"effective": func(n *yaml.Node) { rule.Effective = r.window(n) },
		"code":      func(n *yaml.Node) { rule.Code = r.text(n) },
		"payer":     func(n *yaml.Node) { rule.Payer = choice(r, n, Sender, Receiver, Merchant) },
		"asset":     func(*yaml.Node) {},
		"calc":      func(n *yaml.Node) { rule.Calc = r.calc(n, rule.Asset) },
		"stack":     func(n *yaml.Node) { rule.Stack = choice(r, n, FirstMatch, Add) },
		"lock":      func(n *yaml.Node) { rule.Lock = r.duration(n) },
		"rate":      func(n *yaml.Node) { rule.RefundRate = choice(r, n, Original, Current) },
		"days":      func(n *yaml.Node) { rule.Days = int(r.whole(n)) },
	})
	return rule
}

func (r *reader) match(n *yaml.Node) Match {
	var m Match
	r.mapping(n, fields{
		"merchant":  func(n *yaml.Node) { m.Merchant = r.text(n) },
		"tier":      func(n *yaml.Node) { m.Tier = r.text(n) },
		"rail":      func(n *yaml.Node) { m.Rail = r.text(n) },
		"channel":   func(n *yaml.Node) { m.Channel = r.text(n) },
		"corridor":  func(n *yaml.Node) { m.Corridor = r.text(n) },
		"pair":      func(n *yaml.Node) { m.Pair = r.pair(n) },
		"direction": func(n *yaml.Node) { m.Direction = choice(r, n, Collect, Send) },
		"amount":    func(n *yaml.Node) { m.Amount = r.band(n) },
	})
	return m
}

func (r *reader) band(n *yaml.Node) Band {
	var asset money.Asset
	r.find(n, "asset", func(n *yaml.Node) { asset = r.asset(n) })
	band := Band{From: asset.Zero(), To: asset.Zero()}
	r.mapping(n, fields{
		"asset": func(*yaml.Node) {},
		"from":  func(n *yaml.Node) { band.From = r.amount(n, asset) },
		"to":    func(n *yaml.Node) { band.To = r.amount(n, asset) },
	})
	if asset.IsZero() {
		r.fault(n.Line, "an amount needs its asset")
	} else if band.From.Asset() == asset && band.To.Asset() == asset && !band.To.IsZero() && band.From.Cmp(band.To) >= 0 {
		r.fault(n.Line, "from must be below to")
	}
	return band
}

func (r *reader) window(n *yaml.Node) Window {
	var w Window
	r.mapping(n, fields{
		"from": func(n *yaml.Node) { w.From = r.time(n) },
		"to":   func(n *yaml.Node) { w.To = r.time(n) },
	})
	return w
}

func (r *reader) calc(n *yaml.Node, asset money.Asset) Calc {
	var c Calc
	r.mapping(n, fields{
		"fixed":  func(n *yaml.Node) { c.Fixed = r.amount(n, asset) },
		"bps":    func(n *yaml.Node) { c.Bps = r.whole(n) },
		"tiered": func(n *yaml.Node) { c.Tiered = choice(r, n, Marginal, Slab) },
		"tiers": func(n *yaml.Node) {
			for _, item := range r.list(n, tiersMax) {
				c.Tiers = append(c.Tiers, r.tier(item, asset))
			}
		},
		"min":   func(n *yaml.Node) { c.Min = r.amount(n, asset) },
		"max":   func(n *yaml.Node) { c.Max = r.amount(n, asset) },
		"waive": func(n *yaml.Node) { c.Waive = choice(r, n, "true", "false") == "true" },
	})
	return c
}

func (r *reader) tier(n *yaml.Node, asset money.Asset) Tier {
	tier := Tier{To: asset.Zero()}
	r.mapping(n, fields{
		"to":  func(n *yaml.Node) { tier.To = r.amount(n, asset) },
		"bps": func(n *yaml.Node) { tier.Bps = r.whole(n) },
	})
	return tier
}

// mapping reads every key of n once, and refuses those that are unknown or repeated.
func (r *reader) mapping(n *yaml.Node, known fields) {
	if n.Kind != yaml.MappingNode {
		r.fault(n.Line, "expected fields")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case !ok:
			r.fault(key.Line, "unknown field %.40q", key.Value)
		case seen[key.Value]:
			r.fault(key.Line, "field %q is repeated", key.Value)
		default:
			seen[key.Value] = true
			read(value)
		}
	}
}

// find reads one key of n ahead of the others.
func (r *reader) find(n *yaml.Node, key string, read func(*yaml.Node)) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			read(n.Content[i+1])
			return
		}
	}
}

func (r *reader) list(n *yaml.Node, most int) []*yaml.Node {
	if n.Kind != yaml.SequenceNode || len(n.Content) > most {
		r.fault(n.Line, "expected a list of at most %d", most)
		return nil
	}
	return n.Content
}

func (r *reader) text(n *yaml.Node) string {
	const longest = 128
	if n.Kind != yaml.ScalarNode || n.Value == "" || len(n.Value) > longest {
		r.fault(n.Line, "expected a text of 1 to %d bytes", longest)
		return ""
	}
	return n.Value
}

// choice reads one of a few words.
func choice[T ~string](r *reader, n *yaml.Node, words ...T) T {
	if word := T(n.Value); n.Kind == yaml.ScalarNode && slices.Contains(words, word) {
		return word
	}
	r.fault(n.Line, "%.40q is none of %v", n.Value, words)
	return ""
}

func (r *reader) whole(n *yaml.Node) int64 {
	const bits = 32
	v, err := strconv.ParseInt(n.Value, 10, bits)
	if err != nil {
		r.fault(n.Line, "%.40q is no whole number", n.Value)
	}
	return v
}

func (r *reader) duration(n *yaml.Node) time.Duration {
	v, err := time.ParseDuration(n.Value)
	if err != nil {
		r.fault(n.Line, "%.40q is no duration such as 15m", n.Value)
	}
	return v
}

func (r *reader) time(n *yaml.Node) time.Time {
	v, err := time.Parse(time.RFC3339, n.Value)
	if err != nil {
		r.fault(n.Line, "%.40q is no time such as 2026-01-31T00:00:00Z", n.Value)
	}
	return v.UTC()
}

func (r *reader) asset(n *yaml.Node) money.Asset {
	asset, err := money.ParseAsset(n.Value)
	if err != nil {
		r.fault(n.Line, "%v", err)
	}
	return asset
}

func (r *reader) pair(n *yaml.Node) string {
	source, target, ok := strings.Cut(r.text(n), "/")
	if !ok || source == "" || target == "" || strings.Contains(target, "/") {
		r.fault(n.Line, "%.40q is no pair such as EUR/USD", n.Value)
	}
	return n.Value
}

func (r *reader) amount(n *yaml.Node, asset money.Asset) money.Amount {
	if asset.IsZero() {
		r.fault(n.Line, "an amount needs the rule's asset")
		return asset.Zero()
	}
	amount, err := money.Parse(n.Value, asset)
	if err != nil {
		r.fault(n.Line, "%v", err)
		return asset.Zero()
	}
	return amount
}
