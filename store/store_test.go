package store_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.DB {
		return open(t, "sqlite:"+filepath.Join(t.TempDir(), "causeway.db"))
	})
}

func TestPostgreSQL(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.DB { return open(t, storetest.Postgres(t)) })
}

func TestChainsOnSQLite(t *testing.T) {
	storetest.RunChain(t, func(t *testing.T) *store.DB {
		return open(t, "sqlite:"+filepath.Join(t.TempDir(), "causeway.db"))
	})
}

func TestChainsOnPostgreSQL(t *testing.T) {
	storetest.RunChain(t, func(t *testing.T) *store.DB { return open(t, storetest.Postgres(t)) })
}

func TestWatchOnSQLite(t *testing.T) {
	storetest.RunWatch(t, func(t *testing.T) *store.DB {
		return open(t, "sqlite:"+filepath.Join(t.TempDir(), "causeway.db"))
	}, store.Damage)
}

func TestWatchOnPostgreSQL(t *testing.T) {
	storetest.RunWatch(t, func(t *testing.T) *store.DB { return open(t, postgres(t)) }, store.Damage)
}

func open(t *testing.T, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // some tests close it themselves
	return db
}

// raw opens the database behind the store's back.
func raw(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestWhatWasBookedCannotBeChanged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "causeway.db")
	address := storetest.Postgres(t)
	for name, db := range map[string]struct {
		store *store.DB
		raw   *sql.DB
	}{
		"SQLite":     {open(t, "sqlite:"+file), raw(t, "sqlite", "file:"+file)},
		"PostgreSQL": {open(t, address), raw(t, "pgx", address)},
	} {
		if err := db.store.SaveRuleSet(t.Context(), 1, "text", storetest.Start); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{"UPDATE rulesets SET body = 'other'", "DELETE FROM rulesets"} {
			if _, err := db.raw.Exec(statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %s: %v", name, statement, err)
			}
		}
		for _, table := range []string{"entries", "postings", "seals", "outcomes", "rate_snapshots"} {
			if name == "PostgreSQL" { // its triggers are per statement, and need no row
				if _, err := db.raw.Exec("DELETE FROM " + table); err == nil {
					t.Errorf("%s: rows of %s were deleted", name, table)
				}
			}
		}
	}
}

func TestOpeningTogetherMigratesOnce(t *testing.T) {
	for name, dsn := range map[string]string{"SQLite": "sqlite:" + filepath.Join(t.TempDir(), "causeway.db"), "PostgreSQL": storetest.Postgres(t)} {
		var opening sync.WaitGroup
		for range 4 {
			opening.Go(func() {
				db, err := store.Open(t.Context(), dsn)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				if err := db.Close(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		opening.Wait()
	}
}

func TestAnUnknownAddressIsRefusedWithoutItsPassword(t *testing.T) {
	for _, dsn := range []string{"", "sqlite:", "mysql://x", "postgres://user:hunter2@host:notaport/db"} {
		_, err := store.Open(t.Context(), dsn)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", dsn, err)
		}
	}
}

// However many connections requests hold, what is apart has its own; and closing it leaves theirs open.
func TestWhatIsApartWaitsForNobody(t *testing.T) {
	for name, dsn := range map[string]string{"SQLite": "sqlite:" + filepath.Join(t.TempDir(), "causeway.db"), "PostgreSQL": postgres(t)} {
		t.Run(name, func(t *testing.T) {
			db := open(t, dsn)
			apart, err := db.Apart(2)
			if err != nil {
				t.Fatal(err)
			}
			release, err := db.Occupy(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if err := apart.Ping(ctx); err != nil {
				t.Errorf("while requests hold every connection: %v", err)
			}
			release()
			if err := apart.SaveRuleSet(ctx, 1, "text", storetest.Start); err != nil {
				t.Error(err)
			}
			if err := apart.Close(); err != nil {
				t.Error(err)
			}
			if err := db.SaveRuleSet(ctx, 2, "other", storetest.Start); err != nil {
				t.Errorf("after the other was closed: %v", err)
			}
		})
	}
}
