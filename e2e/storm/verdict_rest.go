package main

import "strings"

// judgeRest looks for what moved and belongs to nobody, and for what moved twice.
func (v *verdict) judgeRest(e *evidence) {
	for reference, c := range e.cards {
		if !c.known && c.charges+c.holds > 0 {
			v.find(nobodys, "%s took %s for the reference %s, which no payment has", c.channel, text(c.taken), reference)
		}
	}
	for reference, t := range e.debits {
		if !t.known && t.count > 0 {
			v.find(nobodys, "a bank was debited %s for the order %s, which no payout has", text(t.value), reference)
		}
	}
	for _, moved := range e.doubles {
		v.find(doubleMove, "%s", moved)
	}
	seen := map[string]string{}
	for _, list := range [][]view{e.payments, e.payouts} {
		for _, o := range list {
			if before, twice := seen[o.Reference]; twice {
				v.find(doubleObject, "%s and %s are both for %s", before, o.ID, o.Reference)
			}
			seen[o.Reference] = o.ID
		}
	}
	for id, r := range e.refunds {
		if before, twice := seen[r.Reason]; twice {
			v.find(doubleObject, "%s and %s are both for %s", before, id, r.Reason)
		}
		seen[r.Reason] = id
		if r.Status == "processing" || r.Status == "needs_review" {
			v.find(unresolved, "%s of %s is %s", id, r.Payment, r.Status)
		}
	}
	for of, captures := range e.captures {
		for _, c := range captures {
			if c.Status == "processing" || c.Status == "needs_review" {
				v.find(unresolved, "%s of %s is %s", c.ID, of, c.Status)
			}
		}
	}
}

// judgeIntents looks for what was acknowledged, and for what was refused and exists.
func (v *verdict) judgeIntents(intents []*intent) {
	there := map[string]bool{}
	for _, list := range [][]view{v.evidence.payments, v.evidence.payouts} {
		for _, o := range list {
			there[o.ID], there[o.Reference] = true, true
		}
	}
	for id, r := range v.evidence.refunds {
		there[id], there[r.Reason] = true, true
	}
	for _, captures := range v.evidence.captures {
		for _, c := range captures {
			there[c.ID] = true
		}
	}
	for _, i := range intents {
		if i.id != "" && !there[i.id] {
			v.find(lost, "%s %s with key %s", i.kind, i.id, i.key)
		}
		if i.refused != "" && there[i.key] {
			v.find(refusedButThere, "%s with key %s was refused with %s, and exists", i.kind, i.key, i.refused)
		}
		if t, ok := v.evidence.arrived[strings.ToLower(i.place)]; ok && i.kind == asPayout && !t.known {
			v.find(nobodys, "%s came to %s, for the payout with key %s, which is not there", text(t.value), i.place, i.key)
		}
	}
}
