package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
	"github.com/causeway-pay/causeway/webhook"
)

// happened commits payments of one event each, of the merchant m_1.
func happened(t *testing.T, db *store.DB, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if err := db.Commit(t.Context(), made(t, n)); err != nil {
			t.Fatal(err)
		}
	}
}

func damage(t *testing.T, db *store.DB, statement string) {
	t.Helper()
	if err := store.Damage(db, statement); err != nil {
		t.Fatal(err)
	}
}

func addEndpoint(t *testing.T, db *store.DB, id, merchant string) {
	t.Helper()
	if err := db.AddEndpoint(t.Context(), webhook.Endpoint{
		ID: id, Merchant: merchant, Mode: payment.Test, URL: "https://shop.example/" + id, CreatedAt: storetest.Start, UpdatedAt: storetest.Start,
	}); err != nil {
		t.Fatal(err)
	}
}

// An endpoint whose row is damaged keeps no event from the others, nor the events of others; and what happened meanwhile is told
// there once it is mended.
func TestAnEndpointThatCannotBeReadHoldsUpNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		addEndpoint(t, db, "we_1", "m_1")
		addEndpoint(t, db, "we_2", "m_1")
		damage(t, db, `UPDATE endpoints SET events = 'damaged' WHERE id = 'we_1'`)
		happened(t, db, 1, 2, 3)
		now := storetest.Start.Add(time.Hour)
		fanOut := func(limit, events, deliveries int, complaint string) {
			t.Helper()
			took, made, err := db.FanOut(t.Context(), now, limit)
			if took != events || made != deliveries || (err != nil) != (complaint != "") || err != nil && !strings.Contains(err.Error(), complaint) {
				t.Errorf("%d events made %d deliveries, %v, want %d and %d", took, made, err, events, deliveries)
			}
		}
		fanOut(2, 2, 2, "we_1")
		fanOut(2, 1, 1, "we_1") // those that wait for the endpoint are not in the way
		fanOut(2, 0, 0, "")
		now = now.Add(2 * time.Minute)
		fanOut(10, 3, 0, "we_1")
		damage(t, db, `UPDATE endpoints SET events = 'null' WHERE id = 'we_1'`)
		now = now.Add(2 * time.Minute)
		fanOut(10, 3, 3, "")
		fanOut(10, 0, 0, "")
	})
}

// A fan-out that fails has taken nothing out of the outbox.
func TestWhatCannotBeFannedOutStaysInTheOutbox(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		addEndpoint(t, db, "we_1", "m_1")
		happened(t, db, 1, 2)
		damage(t, db, `ALTER TABLE deliveries RENAME TO away`)
		now := storetest.Start.Add(time.Hour)
		if events, deliveries, err := db.FanOut(t.Context(), now, 10); err == nil || events != 0 || deliveries != 0 {
			t.Errorf("%d events made %d deliveries, %v", events, deliveries, err)
		}
		damage(t, db, `ALTER TABLE away RENAME TO deliveries`)
		if events, deliveries, err := db.FanOut(t.Context(), now, 10); err != nil || events != 2 || deliveries != 2 {
			t.Errorf("%d events made %d deliveries, %v", events, deliveries, err)
		}
	})
}
