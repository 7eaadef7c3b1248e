package store_test

import (
	"path/filepath"
	"testing"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
)

// TestStraysThatWereTakenBackAreOrphanedByTheMigration has two strays of a release that kept no state: one was credited and
// taken back, which only its entries told, and one stands.
func TestStraysThatWereTakenBackAreOrphanedByTheMigration(t *testing.T) {
	const before = 3
	file := filepath.Join(t.TempDir(), "causeway.db")
	address := storetest.Postgres(t)
	for name, database := range map[string]struct{ dsn, driver, raw string }{
		"SQLite":     {"sqlite:" + file, "sqlite", "file:" + file},
		"PostgreSQL": {address, "pgx", address},
	} {
		if err := store.MigrateTo(t.Context(), database.dsn, before); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		old := raw(t, database.driver, database.raw)
		for _, statement := range []string{
			`INSERT INTO strays (id, channel, reference, pay_to, asset, amount, sender, at) VALUES
				('str_1', 'chain.dev', 'gone', 'nobody', 'EUR', '5.00', 'payer', 1), ('str_2', 'chain.dev', 'here', 'nobody', 'EUR', '7.00', 'payer', 2)`,
			`INSERT INTO entries (id, payment, created_at) VALUES ('str_1', '', 1), ('str_2', '', 2), ('str_1:reversed', '', 3)`,
		} {
			if _, err := old.Exec(statement); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if _, err := old.Exec(`SELECT state FROM strays`); err == nil {
			t.Fatalf("%s: the old database has the new column", name)
		}
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		db := open(t, database.dsn)
		for reference, want := range map[string]payment.ReceiptState{"gone": payment.ReceiptOrphaned, "here": payment.ReceiptCredited} {
			r, err := db.Stray(t.Context(), "chain.dev", reference)
			if err != nil || r.State != want || r.Credits != 1 {
				t.Errorf("%s: %s is %s, credited %d times (%v), want %s once", name, reference, r.State, r.Credits, err, want)
			}
		}
	}
}
