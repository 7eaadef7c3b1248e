package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
)

// PostgreSQL keeps the plan of a statement that it made while a table was small. Nothing that is written by the step, or read by the
// audit that follows it, may go through a table from end to end by then.
func TestStepsGoByIndexesFromTheFirstOnPostgreSQL(t *testing.T) {
	db, err := open(t, storetest.Postgres(t)).Apart(1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for n := 1; n < 20; n += 2 { // more often than a plan is made for its values
		var first, second []payment.Transition
		for _, of := range []int{n, n + 1} {
			both, err := storetest.Sound(of)
			if err != nil {
				t.Fatal(err)
			}
			key := payment.Key{Merchant: "m_1", Path: "/v1/payments", Key: fmt.Sprint(of), Payment: both[0].After.ID, At: storetest.Start}
			both[0].Key = &key
			q := both[0].After.Quote
			q.ID, q.Status, q.ExpiresAt = fmt.Sprint("quo_firm_", of), fx.Open, storetest.Start.Add(time.Hour)
			if err := db.SaveQuote(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			both[0].Accept = q.ID
			both[1].Callback = &payment.Callback{Channel: "card.a", Event: fmt.Sprint(of), At: storetest.Start}
			both[1].Answer = &payment.Answer{Merchant: key.Merchant, Path: key.Path, Key: key.Key, Status: 201, Body: []byte("{}"), At: storetest.Start}
			first, second = append(first, both[0]), append(second, both[1])
		}
		for _, all := range [][]payment.Transition{first, second} {
			wants(t, db, all, db.Together(t.Context(), all...), make([]error, len(all))...)
		}
		if cases, err := db.Cases(t.Context(), "", 2); err != nil || len(cases) != 2 {
			t.Fatalf("%d are audited, %v", len(cases), err)
		}
	}
	goByIndexes(t, db, 10, "unnest")
}

func TestTheOutboxGoesByIndexesFromTheFirstOnPostgreSQL(t *testing.T) {
	db, err := open(t, storetest.Postgres(t)).Apart(1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	addEndpoint(t, db, "we_1", "m_1")
	now := storetest.Start.Add(time.Hour)
	for n := range 10 {
		captured(t, db, n)
		if _, deliveries, err := db.FanOut(t.Context(), now, 100); err != nil || deliveries == 0 {
			t.Fatal(deliveries, err)
		}
		if due, err := db.ClaimDeliveries(t.Context(), now, now.Add(time.Hour), 100); err != nil || len(due) == 0 {
			t.Fatal(len(due), err)
		}
		if sealed, err := db.Seal(t.Context(), storetest.Start, now, 100); err != nil || sealed == 0 {
			t.Fatal(sealed, err)
		}
	}
	goByIndexes(t, db, 7, "outbox", "deliveries", "seals")
}

// goByIndexes fails when a statement that has one of the words reads a table from end to end, or when there are fewer than so many.
func goByIndexes(t *testing.T, db *store.DB, atLeast int, words ...string) {
	t.Helper()
	plans, err := db.Plans(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for statement, plan := range plans {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(statement, word) }) {
			continue
		}
		found++
		if strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s\n%s", statement, plan)
		}
	}
	if found < atLeast {
		t.Errorf("%d statements of %d have a word of %q", found, len(plans), words)
	}
}
