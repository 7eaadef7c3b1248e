package main

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// The ways in which the promise can fail to hold.
const (
	doubleCharge    = "charged twice"
	doubleMove      = "captured or refunded twice under one reference"
	doublePayout    = "paid out twice"
	doubleObject    = "two objects under one key"
	lost            = "acknowledged, and not there"
	refusedButThere = "refused, and there all the same"
	unheard         = "never answered"
	unresolved      = "without an end"
	uncharged       = "succeeded, and not charged"
	unaccounted     = "charged or held, and neither succeeded nor given back"
	wrongPayout     = "a payout says otherwise than what left for it"
	booksDiffer     = "the ledger says otherwise than the API"
	nobodys         = "moved, and nobody's"
	unreplayed      = "a key answered otherwise than before"
	brokenInvariant = "invariants of causeway audit broken"
)

var failures = []string{
	doubleCharge, doubleMove, doublePayout, doubleObject, lost, refusedButThere, unheard, unresolved, uncharged, unaccounted,
	wrongPayout, booksDiffer, nobodys, unreplayed, brokenInvariant,
}

// verdict is what was found.
type verdict struct {
	evidence *evidence
	audit    tour.AuditReport
	findings map[string][]string // by failure
}

func (v *verdict) find(failure, format string, args ...any) {
	v.findings[failure] = append(v.findings[failure], fmt.Sprintf(format, args...))
}

func (v *verdict) count() int {
	n := 0
	for _, found := range v.findings {
		n += len(found)
	}
	return n
}

// judge gathers what each side says, and what the audit does, and finds what does not hold.
func (s *storm) judge(ctx context.Context, unanswered []*intent) (*verdict, error) {
	e, err := s.gather(ctx)
	if err != nil {
		return nil, err
	}
	v := weigh(e, s.notes.all(), unanswered)
	if err := s.judgeReplays(ctx, v); err != nil {
		return nil, err
	}
	if v.audit, err = s.world.Audit(ctx); err != nil {
		return nil, err
	}
	for _, i := range v.audit.Invariants {
		for _, fault := range i.Faults {
			v.find(brokenInvariant, "%s: %s", i.ID, fault)
		}
	}
	return v, nil
}

// weigh holds the channels, the API, the ledger and what clients were told against each other.
func weigh(e *evidence, intents, unanswered []*intent) *verdict {
	v := &verdict{evidence: e, findings: map[string][]string{}}
	for _, i := range unanswered {
		v.find(unheard, "%s %s with key %s, sent %d times", i.kind, i.rail, i.key, i.sends)
	}
	places := placesOf(intents)
	for _, p := range e.payments {
		switch p.Method.Type {
		case "card":
			v.judgeCard(p)
		case "bank_transfer":
			v.judgePayIn(p, places[p.Reference], orNothing(e.credits[places[p.Reference]]), "nostro:")
		case "crypto":
			v.judgePayIn(p, places[p.Reference], e.arrivalsAt(places[p.Reference]).value, "chain:"+chainNetwork+":deposit")
		}
	}
	for _, p := range e.payouts {
		v.judgePayout(p)
	}
	v.judgeRest(e)
	v.judgeIntents(intents)
	return v
}

// placesOf are where payers were told to send, by the reference of the payment.
func placesOf(intents []*intent) map[string]string {
	places := map[string]string{}
	for _, i := range intents {
		if i.kind == asPayment && i.place != "" {
			places[i.key] = i.place
		}
	}
	return places
}

// judgeCard holds what acquirers did under the references of a payment against the payment.
func (v *verdict) judgeCard(p view) {
	b := v.evidence.books[p.ID]
	net, standing, held := new(big.Rat), 0, false
	for _, a := range b.Attempts {
		c, ok := v.evidence.cards[a.ID]
		if !ok {
			continue
		}
		c.known = true
		if c.charges+c.holds > 1 {
			v.find(doubleCharge, "%s: %s took the reference %s %d times", p.ID, c.channel, a.ID, c.charges+c.holds)
		}
		net.Add(net, c.taken)
		net.Sub(net, c.back)
		open := c.holds > c.voids && c.taken.Sign() == 0
		held = held || open
		if open || c.taken.Cmp(v.reversed(c)) > 0 {
			standing++
		}
	}
	if standing > 1 {
		v.find(doubleCharge, "%s, %s: %d charges stand: %s", p.ID, p.Status, standing, v.describe(b))
	}
	if held && p.Status != "authorized" && p.Status != "needs_review" {
		v.find(unaccounted, "%s is %s, and a hold stands: %s", p.ID, p.Status, v.describe(b))
	}
	if p.Status == "succeeded" && sum(p.AmountReceived.Value).Sign() == 0 {
		v.find(uncharged, "%s succeeded with nothing received", p.ID)
	}
	v.agree(p, net, b.posted(p.AmountReceived.Currency, "channel:", "cost:channel"), v.describe(b))
}

// reversed is what an acquirer gave back of a charge that was not for a refund of the merchant.
func (v *verdict) reversed(c *charged) *big.Rat {
	total := new(big.Rat)
	for reference, value := range c.returned {
		if _, is := v.evidence.refunds[reference]; !is {
			total.Add(total, value)
		}
	}
	return total
}

// agree wants the channels, the API and the ledger to say the same.
func (v *verdict) agree(p view, channels, ledger *big.Rat, how string) {
	api := sum(p.AmountReceived.Value, negative(p.AmountRefunded.Value))
	switch c := channels.Cmp(api); {
	case c > 0:
		v.find(unaccounted, "%s is %s: %s at the channels, %s by the API: %s", p.ID, p.Status, text(channels), text(api), how)
	case c < 0:
		v.find(uncharged, "%s is %s: %s at the channels, %s by the API: %s", p.ID, p.Status, text(channels), text(api), how)
	}
	if ledger.Cmp(api) != 0 {
		v.find(booksDiffer, "%s is %s: %s in the ledger, %s by the API: %s", p.ID, p.Status, text(ledger), text(api), how)
	}
	if p.Status == "processing" || p.Status == "needs_review" || p.Status == "requires_action" && channels.Sign() > 0 {
		v.find(unresolved, "%s is %s: %s", p.ID, p.Status, how)
	}
}

func (v *verdict) judgePayIn(p view, place string, sent *big.Rat, account string) {
	v.agree(p, sent, v.evidence.books[p.ID].posted(p.AmountReceived.Currency, account), "sent to "+place)
}

// judgePayout holds what banks debited, or what left for the beneficiary on the chain, against the payout.
func (v *verdict) judgePayout(p view) {
	b, count, value, account := v.evidence.books[p.ID], 0, new(big.Rat), "nostro:"
	if p.Beneficiary.Address != "" {
		t := v.evidence.arrivalsAt(p.Beneficiary.Address)
		count, value, account = t.count, t.value, "chain:"+chainNetwork+":hot"
	}
	for _, a := range b.Attempts {
		_, bare, _ := strings.Cut(a.ID, "_")
		for _, name := range []string{a.UETR, bare} {
			if t, ok := v.evidence.debits[name]; ok && !t.known {
				t.known = true
				count += t.count
				value.Add(value, t.value)
			}
		}
	}
	how := v.describe(b)
	ledger := b.posted(p.Amount.Currency, account)
	ledger.Neg(ledger)
	if !slices.Contains([]string{"paid", "failed", "canceled", "returned"}, p.Status) {
		v.find(unresolved, "%s is %s, and left %d times: %s", p.ID, p.Status, count, how)
	}
	switch {
	case count > 1:
		v.find(doublePayout, "%s is %s: it left %d times: %s", p.ID, p.Status, count, how)
	case p.Status == "paid" && count == 0:
		v.find(wrongPayout, "%s is paid, and nothing left: %s", p.ID, how)
	case p.Status == "failed" && count > 0, p.Status == "canceled" && count > 0:
		v.find(wrongPayout, "%s is %s, and it left: %s", p.ID, p.Status, how)
	case p.Status == "paid" && value.Cmp(sum(p.Amount.Value)) != 0:
		v.find(wrongPayout, "%s is of %s, and %s left: %s", p.ID, p.Amount.Value, text(value), how)
	}
	if ledger.Cmp(value) != 0 {
		v.find(booksDiffer, "%s is %s: %s in the ledger, %s left: %s", p.ID, p.Status, text(ledger), text(value), how)
	}
}

// arrivalsAt returns what came to an address, and notes that it is known.
func (e *evidence) arrivalsAt(address string) *transfers {
	t, ok := e.arrived[strings.ToLower(address)]
	if !ok {
		return &transfers{value: new(big.Rat)}
	}
	t.known = true
	return t
}

// describe lists the attempts with what the channel did under each.
func (v *verdict) describe(b book) string {
	var all []string
	for _, a := range b.Attempts {
		line := fmt.Sprintf("%s %s %s", a.ID, a.Channel, a.Outcome)
		if c, ok := v.evidence.cards[a.ID]; ok {
			line += fmt.Sprintf(" (there: %d charges, %d holds, %d voids, %s taken, %s back)", c.charges, c.holds, c.voids, text(c.taken), text(c.back))
		}
		all = append(all, line)
	}
	for _, o := range b.Operations {
		all = append(all, fmt.Sprintf("%s %s %s", o.ID, o.Kind, o.Outcome))
	}
	return strings.Join(all, "; ")
}

func orNothing(n *big.Rat) *big.Rat {
	if n == nil {
		return new(big.Rat)
	}
	return n
}

func negative(value string) string {
	if value == "" {
		return ""
	}
	return "-" + value
}

const decimals = 6

func text(n *big.Rat) string { return n.FloatString(decimals) }
