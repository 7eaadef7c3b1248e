package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"
)

// Postgres returns the address of a schema of its own on the PostgreSQL of make test. It fails the test without one.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("CAUSEWAY_TEST_POSTGRES")
	if server == "" {
		t.Fatal("CAUSEWAY_TEST_POSTGRES is not set: run make test, which starts PostgreSQL")
	}
	admin := behind(t, server)
	schema := "t_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	query.Set("search_path", schema)
	query.Set("application_name", schema)
	address.RawQuery = query.Encode()
	return address.String()
}

// Cutter returns what cuts one connection to an address of [Postgres], whatever goes on there, and reports whether there
// was one.
func Cutter(t testing.TB, address string) (cut func() bool) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	schema := u.Query().Get("application_name")
	admin := behind(t, os.Getenv("CAUSEWAY_TEST_POSTGRES"))
	return func() bool {
		var done bool
		err := admin.QueryRow(`
			SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE application_name = $1 ORDER BY state = 'idle', random() LIMIT 1`, schema).Scan(&done)
		return err == nil && done
	}
}

// behind opens a PostgreSQL behind the store's back.
func behind(t testing.TB, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
