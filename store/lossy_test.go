package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
)

// LoseAnswers has db write, on SQLite, over a link that loses the answer to every commit.
func (db *DB) LoseAnswers() {
	link := sql.OpenDB(lossy{db.write})
	link.SetMaxOpenConns(1)
	db.write = link
}

// LoseReads has db read nothing any more.
func (db *DB) LoseReads() {
	_ = db.read.Close()
}

// lossy makes connections that take over what those of a pool can do.
type lossy struct{ pool *sql.DB }

func (l lossy) Driver() driver.Driver { return l.pool.Driver() }

func (l lossy) Connect(ctx context.Context) (driver.Conn, error) {
	held, err := l.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &lossyConn{held: held}
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

type lossyConn struct {
	sqliteConn

	held *sql.Conn
}

// Close gives the connection back.
func (c *lossyConn) Close() error { return c.held.Close() }

// BeginTx begins a transaction whose commit is not answered.
func (c *lossyConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := c.sqliteConn.BeginTx(ctx, options)
	return lossyTx{tx}, err
}

type lossyTx struct{ driver.Tx }

// Commit commits, and says that it does not know.
func (t lossyTx) Commit() error {
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}
