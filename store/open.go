// Package store remembers: one implementation over database/sql for SQLite and PostgreSQL, and the only place with SQL.
//
// What a method writes is one transaction, and what it reads of a payment is one moment. Three kinds look more than
// once, and lean on a statement that refuses what has changed since: claims look before they write, Seal and SaveRuleSet
// read beside their one insert, and the pages of an audit see a moment each.
//
// Safety lives in the statements and indexes, not in the code that calls them: a payment's version, the index one_live,
// the uniqueness of keys, the sums of refunds and the floors of balances are checked by the database in the transaction
// that changes them.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // the driver, and the functions of decimal.go
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrDSN is returned when a data source name is neither sqlite:FILE nor postgres://….
var ErrDSN = errors.New("database must be sqlite:FILE or postgres://…")

// Limits of the connection pools.
const (
	postgresConns = 16
	sqliteReaders = 4
	idleFor       = 5 * time.Minute
	answerMax     = 10 * time.Second // for the database to answer on a payment's way; then it counts as gone
	frozenMax     = 3 * time.Second  // between two statements of a transaction, which nothing but the next one is waited for in
)

// DB is an open database.
type DB struct {
	write *sql.DB // SQLite allows one writer; PostgreSQL uses one pool for both
	read  *sql.DB
	dialect

	group *group // steps of payments on their way in
	dsn   string
	lends bool // write belongs to another DB
}

// Open connects to dsn, "sqlite:FILE" or "postgres://…", and brings its schema up to date. It returns ErrDSN when dsn
// is neither, and an error with payment.ErrUnavailable when the database does not answer.
func Open(ctx context.Context, dsn string) (*DB, error) {
	db, err := connect(dsn, postgresConns)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx, (*goose.Provider).Up); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// Apart returns the same database over connections of its own, as many as conns, so that whoever uses it waits for none that
// db's users hold. SQLite has one writer: there only reading is apart. Close it before db.
func (db *DB) Apart(conns int) (*DB, error) {
	apart, err := connect(db.dsn, conns)
	if err != nil || db.read == db.write {
		return apart, err
	}
	err = apart.write.Close()
	apart.write, apart.lends = db.write, true
	return apart, err
}

func connect(dsn string, conns int) (*DB, error) {
	if file, ok := strings.CutPrefix(dsn, "sqlite:"); ok && file != "" {
		return connectSQLite(dsn, file)
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return connectPostgres(dsn, conns)
	}
	return nil, ErrDSN
}

// connectSQLite opens a file: every commit is on disk before it returns (synchronous=FULL), and a transaction takes the
// write lock when it begins, so that it cannot fail half-way for want of it.
func connectSQLite(dsn, file string) (*DB, error) {
	const pragmas = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)"
	write, err := sql.Open("sqlite", "file:"+file+pragmas+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", "file:"+file+pragmas+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open sqlite: %w", err), write.Close())
	}
	read.SetMaxOpenConns(sqliteReaders)
	return &DB{write: write, read: read, dialect: sqliteDialect, group: newGroup(), dsn: dsn}, nil
}

func connectPostgres(dsn string, conns int) (*DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrDSN, "the address cannot be read") // pgx would repeat the password
	}
	// Every query here is for one page or one object. A plan that takes more processors for it, or compiles it, takes them
	// from payments.
	config.RuntimeParams["max_parallel_workers_per_gather"] = "0"
	config.RuntimeParams["jit"] = "off"
	// A gateway that is frozen, or cut off, in the middle of a transaction holds its locks for no longer than this.
	config.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(frozenMax.Milliseconds(), 10)
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(_ context.Context, c *pgx.Conn) error {
		c.TypeMap().RegisterType(&pgtype.Type{Name: "numeric", OID: pgtype.NumericOID, Codec: plainNumbers{}})
		return nil
	}))
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(idleFor)
	return &DB{write: pool, read: pool, dialect: postgresDialect, group: newGroup(), dsn: dsn}, nil
}

// plainNumbers has PostgreSQL write amounts as text, as it does for database/sql: every digit, and none that is not there.
type plainNumbers struct{ pgtype.NumericCodec }

// PreferredFormat is text.
func (plainNumbers) PreferredFormat() int16 { return pgtype.TextFormatCode }

// Close closes the database.
func (db *DB) Close() error {
	if db.read == db.write || db.lends {
		return db.read.Close()
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// Ping asks whether the database answers. The error is payment.ErrUnavailable.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return explain("ping", db.queryRow(ctx, `SELECT 1`).Scan(&one))
}

// migrate runs the migrations, as far as up takes them.
func (db *DB) migrate(ctx context.Context, up func(*goose.Provider, context.Context) ([]*goose.MigrationResult, error)) error {
	texts, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	kind, options := goose.DialectSQLite3, []goose.ProviderOption(nil)
	if db.numbered {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("migrations: %w", err)
		}
		kind, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(kind, db.write, translated{texts, db.dialect}, options...)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	for try := 1; ; try++ {
		_, err = up(provider, ctx)
		if err == nil || try == migrateTries {
			return explain("migrate", err)
		}
		// SQLite has no lock for this: another process that opens the file at the same time may have been first, and
		// then nothing is left to do.
		select {
		case <-ctx.Done():
			return explain("migrate", err)
		case <-time.After(migratePause):
		}
	}
}

const (
	migrateTries = 5
	migratePause = 200 * time.Millisecond
)

// translated is the migrations as the database understands them.
type translated struct {
	texts fs.FS
	dialect
}

// Open opens a migration, or their directory.
func (t translated) Open(name string) (fs.File, error) {
	file, err := t.texts.Open(name)
	if err != nil || path.Ext(name) != ".sql" {
		return file, err
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return script{file, strings.NewReader(t.migration(string(text)))}, nil
}

// script is a migration whose text was translated.
type script struct {
	fs.File

	text io.Reader
}

// Read reads the text.
func (s script) Read(p []byte) (int, error) { return s.text.Read(p) }

func (db *DB) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return db.read.QueryContext(ctx, db.rewrite(text), args...)
}

func (db *DB) queryRow(ctx context.Context, text string, args ...any) *sql.Row {
	return db.read.QueryRowContext(ctx, db.rewrite(text), args...)
}

// any reports whether a table has a row. Claims ask first, so that an idle gateway opens no write transaction.
func (db *DB) any(ctx context.Context, rows string, args ...any) (bool, error) {
	var found bool
	err := db.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+rows+`)`, args...).Scan(&found)
	return found, err
}

// exec runs one statement in a transaction of its own and returns how many rows it changed.
func (db *DB) exec(ctx context.Context, text string, args ...any) (int64, error) {
	result, err := db.write.ExecContext(ctx, db.rewrite(text), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// transact runs do in one transaction.
func (db *DB) transact(ctx context.Context, do func(tx *tx) error) error {
	return db.within(ctx, db.write, nil, do)
}

// snapshot runs do on the database as it is at one moment, whatever is committed meanwhile. SQLite needs no level for
// that: in WAL a transaction that only reads sees what was there at its first read.
func (db *DB) snapshot(ctx context.Context, do func(tx *tx) error) error {
	return db.within(ctx, db.read, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, do)
}

func (db *DB) within(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(tx *tx) error) error {
	conn, raw, err := begin(ctx, pool, options)
	if err != nil {
		return err
	}
	defer conn.Close()   // gives it back to the pool
	defer raw.Rollback() // does nothing after the commit
	t := &tx{Tx: raw, dialect: db.dialect, conn: conn}
	if err := do(t); err != nil {
		return err
	}
	if err := t.flush(ctx); err != nil {
		return err
	}
	return raw.Commit()
}

// begin begins a transaction on a connection that is alive. Of those that a database has closed, as all are when it was started
// again, each is tried at most once.
func begin(ctx context.Context, pool *sql.DB, options *sql.TxOptions) (*sql.Conn, *sql.Tx, error) {
	for try := 0; ; try++ {
		conn, err := pool.Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		raw, err := conn.BeginTx(ctx, options)
		if err == nil {
			return conn, raw, nil
		}
		_ = conn.Close()
		if !errors.Is(err, driver.ErrBadConn) || try >= pool.Stats().MaxOpenConnections {
			return nil, nil, err
		}
	}
}

// tx is a transaction that rewrites its statements.
type tx struct {
	*sql.Tx
	dialect

	conn    *sql.Conn
	waiting []statement // for flush
}

func (t *tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	result, err := t.ExecContext(ctx, t.rewrite(text), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t *tx) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return t.QueryContext(ctx, t.rewrite(text), args...)
}

// each runs a query and hands every row to do.
func (t *tx) each(ctx context.Context, do func(scan func(...any) error) error, text string, args ...any) error {
	found, err := t.query(ctx, text, args...)
	return eachRow(found, err, do)
}

// each runs a query in a transaction of its own and hands every row to do.
func (db *DB) each(ctx context.Context, do func(scan func(...any) error) error, text string, args ...any) error {
	found, err := db.query(ctx, text, args...)
	return eachRow(found, err, do)
}

func eachRow(found *sql.Rows, err error, do func(scan func(...any) error) error) error {
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		if err := do(found.Scan); err != nil {
			return err
		}
	}
	return found.Err()
}

// documents hands every document of a one-column query to take.
func (db *DB) documents(ctx context.Context, take func(d *decoder, text string), query string, args ...any) error {
	return db.each(ctx, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		var d decoder
		take(&d, text)
		return d.err
	}, query, args...)
}
