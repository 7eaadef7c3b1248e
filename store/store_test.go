package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, onSQLite) }

func TestPostgreSQL(t *testing.T) { storetest.Run(t, onPostgreSQL) }

func TestChainsOnSQLite(t *testing.T) { storetest.RunChain(t, onSQLite) }

func TestChainsOnPostgreSQL(t *testing.T) { storetest.RunChain(t, onPostgreSQL) }

// onSQLite opens an empty file. A commit dies there on a statement near its end: what the others wrote has to be taken back.
func onSQLite(t *testing.T) (*store.DB, storetest.Dying) {
	d := emptyFile(t)
	return open(t, d.dsn), dying(t, d.behind(t),
		`CREATE TRIGGER dies BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'died'); END`, `DROP TRIGGER dies`)
}

func TestWatchOnSQLite(t *testing.T) { storetest.RunWatch(t, onSQLite, store.Damage) }

func TestWatchOnPostgreSQL(t *testing.T) { storetest.RunWatch(t, onPostgreSQL, store.Damage) }

func TestEditionsOnSQLite(t *testing.T) { storetest.RunEditions(t, onSQLite, store.Damage) }

func TestEditionsOnPostgreSQL(t *testing.T) { storetest.RunEditions(t, onPostgreSQL, store.Damage) }

// onPostgreSQL makes an empty schema. A commit dies there when its connection is ended by the server, near its end.
func onPostgreSQL(t *testing.T) (*store.DB, storetest.Dying) {
	d := emptySchema(t)
	return open(t, d.dsn), dying(t, d.behind(t), `
		CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
		CREATE TRIGGER dies BEFORE INSERT ON events EXECUTE FUNCTION die()`, `DROP TRIGGER dies ON events; DROP FUNCTION die()`)
}

// dying lies in wait, behind the store's back, for a commit that has written all but its events.
func dying(t *testing.T, behind *sql.DB, ambush, leave string) storetest.Dying {
	return func(commit func(context.Context) error) error {
		if _, err := behind.ExecContext(t.Context(), ambush); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if _, err := behind.ExecContext(t.Context(), leave); err != nil {
				t.Error(err)
			}
		}()
		return commit(t.Context())
	}
}

func open(t testing.TB, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // some tests close it themselves
	return db
}

// database says how one is opened: by the store under dsn, and behind its back by driver under raw.
type database struct{ dsn, driver, raw string }

// behind opens the database behind the store's back.
func (d database) behind(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(d.driver, d.raw)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// databases are the kinds, each with how an empty one is made.
var databases = map[string]func(t testing.TB) database{"SQLite": emptyFile, "PostgreSQL": emptySchema}

func emptyFile(t testing.TB) database {
	file := filepath.Join(t.TempDir(), "causeway.db")
	return database{"sqlite:" + file, "sqlite", "file:" + file}
}

func emptySchema(t testing.TB) database {
	address := storetest.Postgres(t)
	return database{address, "pgx", address}
}

// onBoth runs a test on a database of each kind.
func onBoth(t *testing.T, run func(t *testing.T, db *store.DB)) {
	for name, empty := range databases {
		t.Run(name, func(t *testing.T) { run(t, open(t, empty(t).dsn)) })
	}
}

func TestWhatWasBookedCannotBeChanged(t *testing.T) {
	for name, empty := range databases {
		t.Run(name, func(t *testing.T) {
			d := empty(t)
			if err := open(t, d.dsn).SaveRuleSet(t.Context(), 1, "text", storetest.Start); err != nil {
				t.Fatal(err)
			}
			behind := d.behind(t)
			for _, statement := range []string{"UPDATE rulesets SET body = 'other'", "DELETE FROM rulesets"} {
				if _, err := behind.Exec(statement); err == nil || !strings.Contains(err.Error(), "append-only") {
					t.Errorf("%s: %v", statement, err)
				}
			}
			if name == "SQLite" { // its triggers are per row, and need one; those of PostgreSQL are per statement
				return
			}
			for _, table := range []string{"entries", "postings", "seals", "outcomes", "rate_snapshots", "events"} {
				if _, err := behind.Exec("DELETE FROM " + table); err == nil {
					t.Errorf("rows of %s were deleted", table)
				}
			}
		})
	}
}

func TestOpeningTogetherMigratesOnce(t *testing.T) {
	for name, empty := range databases {
		t.Run(name, func(t *testing.T) {
			dsn := empty(t).dsn
			var opening sync.WaitGroup
			for range 4 {
				opening.Go(func() {
					db, err := store.Open(t.Context(), dsn)
					if err != nil {
						t.Error(err)
						return
					}
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			opening.Wait()
		})
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
	for name, empty := range databases {
		t.Run(name, func(t *testing.T) {
			db := open(t, empty(t).dsn)
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

// A gateway that is stopped in the middle of a transaction has locks, and others go on as soon as the database gives it up.
func TestAFrozenWriterHoldsNobodyUpOnPostgreSQL(t *testing.T) {
	db := open(t, storetest.Postgres(t))
	now := storetest.Start
	if _, ok, err := db.Lease(t.Context(), "watch", "one", now, now.Add(time.Second)); err != nil || !ok {
		t.Fatal(ok, err)
	}
	held, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { ended <- db.Freeze(t.Context(), "watch", func() { close(held) }, release) }()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	if epoch, ok, err := db.Lease(ctx, "watch", "other", now.Add(time.Minute), now.Add(time.Hour)); err != nil || !ok || epoch != 2 {
		t.Errorf("the other has epoch %d, %t, %v", epoch, ok, err)
	}
	close(release)
	if err := <-ended; err == nil {
		t.Error("the one that was frozen committed")
	}
}
