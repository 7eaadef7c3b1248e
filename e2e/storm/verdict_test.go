package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// sound is what the sides say where everything is as it should be: a card payment of 50.00 that failed over and was refunded in
// part, one that is held, a bank transfer, one on the chain, a payout at a bank and one on the chain.
func sound(t *testing.T) (*evidence, []*intent) {
	t.Helper()
	e := newEvidence()
	for _, m := range []movement{
		{Channel: "card.a", Kind: "charge", Reference: "att_2", Amount: "50.00"},
		{Channel: "card.a", Kind: "refund", Reference: "ref_1", Charge: "att_2", Amount: "4.00"},
		{Channel: "card.b", Kind: "authorization", Reference: "att_3", Amount: "20.00"},
		{Channel: "card.b", Kind: "capture", Reference: "cap_1", Charge: "att_3", Amount: "8.00"},
		{Channel: "bank.a", Kind: "credit", Reference: "entry_1", Also: []string{"RF18"}, Amount: "30.00"},
		{Channel: "bank.a", Kind: "debit", Reference: "6", Amount: "5.00"},
	} {
		e.note(m)
	}
	e.arrived["0xaa"] = &transfers{count: 1, value: big.NewRat(11, 1)}
	e.arrived["0xbb"] = &transfers{count: 1, value: big.NewRat(3, 1)}
	e.payments = []view{
		seen(t, "pay_1", "k1", "card", "succeeded", "50.00", "4.00"), seen(t, "pay_2", "k2", "card", "authorized", "8.00", "0.00"),
		seen(t, "pay_3", "k3", "bank_transfer", "succeeded", "30.00", "0.00"), seen(t, "pay_4", "k4", "crypto", "succeeded", "11", "0"),
	}
	bank, chain := view{ID: "po_1", Reference: "k5", Status: "paid", Amount: wire{"5.00", "EUR"}}, view{ID: "po_2", Reference: "k6", Status: "paid", Amount: wire{"3", "EUR"}}
	chain.Beneficiary.Address = "0xBB"
	e.payouts = []view{bank, chain}
	e.refunds["ref_1"] = view{ID: "ref_1", Reason: "k7", Status: "succeeded", Payment: "pay_1"}
	e.captures["pay_2"] = []view{{ID: "cap_1", Status: "succeeded"}}
	e.books["pay_1"] = decided(t, "att_1 att_2", "channel:card.a:receivable 49.90", "channel:card.a:receivable -4.00", "cost:channel 0.10")
	e.books["pay_2"] = decided(t, "att_3", "channel:card.b:receivable 8.00")
	e.books["pay_3"] = decided(t, "att_4", "nostro:bank.a:EUR 30.00")
	e.books["pay_4"] = decided(t, "att_5", "chain:eip155:1337:deposit 11")
	e.books["po_1"] = decided(t, "att_6", "nostro:bank.a:EUR -5.00")
	e.books["po_2"] = decided(t, "att_7", "chain:eip155:1337:hot -3")
	var intents []*intent
	for i, id := range []string{"pay_1", "pay_2", "pay_3", "pay_4", "po_1", "po_2", "ref_1"} {
		intents = append(intents, &intent{kind: asPayment, key: fmt.Sprint("k", i+1), id: id, status: "succeeded"})
	}
	intents[2].place, intents[3].place = "RF18", "0xAA"
	return e, intents
}

// seen is a payment as the API shows it.
func seen(t *testing.T, id, reference, method, status, received, refunded string) view {
	t.Helper()
	var v view
	text := fmt.Sprintf(`{"id":%q,"reference":%q,"method":{"type":%q},"status":%q,"amount_received":{"value":%q,"currency":"EUR"},"amount_refunded":{"value":%q,"currency":"EUR"}}`,
		id, reference, method, status, received, refunded)
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// decided is a book with attempts and postings.
func decided(t *testing.T, attempts string, postings ...string) book {
	t.Helper()
	var b book
	text := `{"attempts":[{"id":"` + strings.Join(strings.Fields(attempts), `"},{"id":"`) + `"}]}`
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		t.Fatal(err)
	}
	for _, p := range postings {
		account, value, _ := strings.Cut(p, " ")
		b.entries = append(b.entries, posting{account, wire{value, "EUR"}})
	}
	return b
}

func TestSoundEvidenceHasNoFinding(t *testing.T) {
	e, intents := sound(t)
	if v := weigh(e, intents, nil); v.count() != 0 {
		t.Errorf("found %v", v.findings)
	}
}

// TestVerdictSeesPlantedHarm plants one harm at a time, and wants it found under its name, and nothing else.
func TestVerdictSeesPlantedHarm(t *testing.T) {
	for name, row := range map[string]struct {
		plant func(e *evidence, intents []*intent)
		want  []string
	}{
		"a failover after a charge": {func(e *evidence, _ []*intent) {
			e.note(movement{Channel: "card.b", Kind: "charge", Reference: "att_1", Amount: "50.00"})
		}, []string{doubleCharge, unaccounted}},
		"a hold beside a charge": {func(e *evidence, _ []*intent) {
			e.note(movement{Channel: "card.b", Kind: "authorization", Reference: "att_1", Amount: "50.00"})
		}, []string{doubleCharge, unaccounted}},
		"one reference charged twice": {func(e *evidence, _ []*intent) {
			e.note(movement{Channel: "card.a", Kind: "charge", Reference: "att_2", Amount: "50.00"})
		}, []string{doubleCharge, unaccounted}},
		"a refund made twice": {func(e *evidence, _ []*intent) {
			e.note(movement{Channel: "card.a", Kind: "refund", Reference: "ref_1", Charge: "att_2", Amount: "4.00"})
		}, []string{doubleMove, uncharged}},
		"a charge that no payment has": {func(e *evidence, _ []*intent) {
			e.note(movement{Channel: "card.a", Kind: "charge", Reference: "att_9", Amount: "1.00"})
		}, []string{nobodys}},
		"a debit that no payout has": {func(e *evidence, _ []*intent) {
			e.note(movement{Channel: "bank.a", Kind: "debit", Reference: "9", Amount: "1.00"})
		}, []string{nobodys}},
		"a payout on the chain that nobody has": {func(e *evidence, intents []*intent) {
			e.payouts, intents[5].kind, intents[5].place, intents[5].id = e.payouts[:1], asPayout, "0xBB", ""
		}, []string{nobodys}},
		"a success without a charge": {func(e *evidence, _ []*intent) { delete(e.cards, "att_2") }, []string{uncharged}},
		"a charge without a success": {func(e *evidence, _ []*intent) {
			e.payments[0].Status, e.payments[0].AmountReceived.Value, e.payments[0].AmountRefunded.Value = "failed", "0.00", "0.00"
		}, []string{unaccounted, booksDiffer}},
		"a hold that stands though the payment was canceled": {func(e *evidence, _ []*intent) {
			e.note(movement{Channel: "card.a", Kind: "authorization", Reference: "att_8", Amount: "1.00"})
			e.payments = append(e.payments, view{ID: "pay_8", Status: "canceled", Reference: "k8", Method: e.payments[0].Method})
			e.books["pay_8"] = decided(t, "att_8")
		}, []string{unaccounted}},
		"an entry that was never booked": {func(e *evidence, _ []*intent) { e.books["pay_3"] = decided(t, "att_4") }, []string{booksDiffer}},
		"a transfer that was never credited": {func(e *evidence, _ []*intent) {
			e.note(movement{Channel: "bank.a", Kind: "credit", Reference: "entry_2", Also: []string{"RF18"}, Amount: "1.00"})
		}, []string{unaccounted}},
		"a deposit that the chain does not have": {func(e *evidence, _ []*intent) { delete(e.arrived, "0xaa") }, []string{uncharged}},
		"a payout debited twice": {func(e *evidence, _ []*intent) {
			e.note(movement{Channel: "bank.a", Kind: "debit", Reference: "6", Amount: "5.00"})
		}, []string{doublePayout, booksDiffer}},
		"a payout on the chain made twice": {func(e *evidence, _ []*intent) {
			e.arrived["0xbb"].count++
			e.arrived["0xbb"].value.Add(e.arrived["0xbb"].value, big.NewRat(3, 1))
		}, []string{doublePayout, booksDiffer}},
		"a payout that never left":      {func(e *evidence, _ []*intent) { delete(e.debits, "6") }, []string{wrongPayout, booksDiffer}},
		"a payout that failed and left": {func(e *evidence, _ []*intent) { e.payouts[0].Status = "failed" }, []string{wrongPayout}},
		"a payout of which less left": {func(e *evidence, _ []*intent) {
			e.debits["6"].value = big.NewRat(4, 1)
			e.books["po_1"] = decided(t, "att_6", "nostro:bank.a:EUR -4.00")
		}, []string{wrongPayout}},
		"a payment under way for ever": {func(e *evidence, _ []*intent) { e.payments[0].Status = "processing" }, []string{unresolved}},
		"a capture under way for ever": {func(e *evidence, _ []*intent) { e.captures["pay_2"][0].Status = "processing" }, []string{unresolved}},
		"a payment that is gone": {func(e *evidence, intents []*intent) {
			intents[0].id, intents[0].key = "pay_0", "k0"
		}, []string{lost}},
		"a refusal that was carried out": {func(_ *evidence, intents []*intent) {
			intents[0].id, intents[0].refused = "", "no_route"
		}, []string{refusedButThere}},
		"two payments under one key": {func(e *evidence, _ []*intent) { e.payments[1].Reference = "k1" }, []string{doubleObject}},
	} {
		t.Run(name, func(t *testing.T) {
			e, intents := sound(t)
			row.plant(e, intents)
			v := weigh(e, intents, nil)
			if got := slices.Sorted(maps.Keys(v.findings)); !slices.Equal(got, slices.Sorted(slices.Values(row.want))) {
				t.Errorf("found %v, want %v", v.findings, row.want)
			}
		})
	}
}

// TestPlanFollowsFromTheSeed wants the same plan from the same seed, another from another, and all of what a size asks for.
func TestPlanFollowsFromTheSeed(t *testing.T) {
	s := sizes["postgres"].long
	first, again, other := newPlan(1, s), newPlan(1, s), newPlan(2, s)
	if !slices.Equal(first.turns, again.turns) || slices.Equal(first.turns, other.turns) {
		t.Error("the turns do not follow from the seed")
	}
	kills, watch, due := 0, 0, 0
	for _, turn := range first.turns {
		switch {
		case turn.stopped == 0:
			kills++
		case turn.stopped > dueLease:
			due++
		case turn.stopped > watchLease:
			watch++
		}
	}
	if kills != s.kills || watch != s.stops || due != s.longStops || len(first.redis) != s.redisFaults {
		t.Errorf("%d kills, %d and %d stops, %d faults of Redis", kills, watch, due, len(first.redis))
	}
}
