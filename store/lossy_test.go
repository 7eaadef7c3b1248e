package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"sync/atomic"
)

// LoseAnswers has db write, on SQLite, over a link that loses the answer to every commit.
func (db *DB) LoseAnswers() { db.over(&link{pool: db.write, loses: true}) }

// Transactions counts those that db begins to write from now on, on SQLite.
func (db *DB) Transactions() (begun func() int64) {
	l := &link{pool: db.write}
	db.over(l)
	return l.begun.Load
}

func (db *DB) over(l *link) {
	db.write = sql.OpenDB(l)
	db.write.SetMaxOpenConns(1)
}

// LoseReads has db read nothing any more.
func (db *DB) LoseReads() {
	_ = db.read.Close()
}

// link is on the way to the connections of a pool.
type link struct {
	pool  *sql.DB
	begun atomic.Int64
	loses bool // the answers to commits
}

// Driver is that of the pool.
func (l *link) Driver() driver.Driver { return l.pool.Driver() }

// Connect takes a connection out of the pool.
func (l *link) Connect(ctx context.Context) (driver.Conn, error) {
	held, err := l.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &linked{link: l, held: held}
	err = held.Raw(func(raw any) error {
		c.sqliteConn = raw.(sqliteConn)
		return nil
	})
	return c, err
}

// sqliteConn is what database/sql uses of a connection of that driver.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
}

type linked struct {
	sqliteConn

	link *link
	held *sql.Conn
}

// Close gives the connection back.
func (c *linked) Close() error { return c.held.Close() }

// BeginTx begins a transaction, and counts it.
func (c *linked) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	c.link.begun.Add(1)
	tx, err := c.sqliteConn.BeginTx(ctx, options)
	if err != nil || !c.link.loses {
		return tx, err
	}
	return unheard{tx}, nil
}

type unheard struct{ driver.Tx }

// Commit commits, and does not know it.
func (t unheard) Commit() error {
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}
