package store_test

import (
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
)

// migrated opens what a release with only the migrations up to one would have left, once it had run some statements.
func migrated(t *testing.T, d database, before int64, statements ...string) *store.DB {
	t.Helper()
	if err := store.MigrateTo(t.Context(), d.dsn, before); err != nil {
		t.Fatal(err)
	}
	old := d.behind(t)
	for _, statement := range statements {
		if _, err := old.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, d.dsn)
}

// TestStraysThatWereTakenBackAreOrphanedByTheMigration has two strays of a release that kept no state: one was credited and
// taken back, which only its entries told, and one stands.
func TestStraysThatWereTakenBackAreOrphanedByTheMigration(t *testing.T) {
	for name, empty := range databases {
		t.Run(name, func(t *testing.T) {
			db := migrated(t, empty(t), 3,
				`INSERT INTO strays (id, channel, reference, pay_to, asset, amount, sender, at) VALUES
					('str_1', 'chain.dev', 'gone', 'nobody', 'EUR', '5.00', 'payer', 1), ('str_2', 'chain.dev', 'here', 'nobody', 'EUR', '7.00', 'payer', 2)`,
				`INSERT INTO entries (id, payment, created_at) VALUES ('str_1', '', 1), ('str_2', '', 2), ('str_1:reversed', '', 3)`)
			for reference, want := range map[string]payment.ReceiptState{"gone": payment.ReceiptOrphaned, "here": payment.ReceiptCredited} {
				r, err := db.Stray(t.Context(), "chain.dev", reference)
				if err != nil || r.State != want || r.Credits != 1 {
					t.Errorf("%s is %s, credited %d times (%v), want %s once", reference, r.State, r.Credits, err, want)
				}
			}
		})
	}
}

// TestWhatWaitsIsInTheOutboxAfterTheMigration has two events of a release that marked events themselves: one was fanned out, and
// one waits.
func TestWhatWaitsIsInTheOutboxAfterTheMigration(t *testing.T) {
	for name, empty := range databases {
		t.Run(name, func(t *testing.T) {
			db := migrated(t, empty(t), 11, `INSERT INTO events (id, payment, merchant, mode, type, sequence, at, data, due_at) VALUES
				('evt_1', 'pay_1', 'm_1', 'test', 'payment.processing', 1, 1000, '{"n":1}', 0),
				('evt_2', 'pay_1', 'm_1', 'test', 'payment.succeeded', 2, 2000, '{"n":2}', 2000)`)
			addEndpoint(t, db, "we_1", "m_1")
			now := storetest.Start
			if events, deliveries, err := db.FanOut(t.Context(), now, 10); err != nil || events != 1 || deliveries != 1 {
				t.Errorf("%d events made %d deliveries, %v", events, deliveries, err)
			}
			due, err := db.ClaimDeliveries(t.Context(), now, now.Add(time.Minute), 10)
			if err != nil || len(due) != 1 || due[0].Event.ID != "evt_2" || string(due[0].Event.Data) != `{"n":2}` {
				t.Errorf("%+v, %v", due, err)
			}
			if e, err := db.Event(t.Context(), "m_1", payment.Test, "evt_1"); err != nil || e.Type != "payment.processing" || e.Sequence != 1 || string(e.Data) != `{"n":1}` {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
}
