package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/causeway-pay/causeway/payment"
)

// BatchMax is how many steps are in one transaction.
const BatchMax = batchMax

// MigrateTo makes the database that a release with only the migrations up to version would have left.
func MigrateTo(ctx context.Context, dsn string, version int64) error {
	db, err := connect(dsn, postgresConns)
	if err != nil {
		return err
	}
	err = db.migrate(ctx, func(p *goose.Provider, ctx context.Context) ([]*goose.MigrationResult, error) {
		return p.UpTo(ctx, version)
	})
	return errors.Join(err, db.Close())
}

// Occupy takes every connection that db's readers may have, until release is called.
func (db *DB) Occupy(ctx context.Context) (release func(), err error) {
	var held []*sql.Conn
	release = func() {
		for _, c := range held {
			_ = c.Close()
		}
	}
	for range db.read.Stats().MaxOpenConnections {
		c, err := db.read.Conn(ctx)
		if err != nil {
			release()
			return nil, err
		}
		held = append(held, c)
	}
	return release, nil
}

// Damage changes rows as only a fault of ours could.
func Damage(db *DB, statement string) error {
	_, err := db.exec(context.Background(), statement)
	return err
}

// Fill commits the transitions of payments from one number to another, all in one transaction.
func Fill(db *DB, from, to int, of func(n int) ([]payment.Transition, error)) error {
	ctx := context.Background()
	return db.transact(ctx, func(tx *tx) error {
		for n := from; n < to; n++ {
			all, err := of(n)
			if err != nil {
				return err
			}
			for _, t := range all {
				if err := tx.apply(ctx, []*step{{Transition: t, stamp: "stamp"}}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Together commits transitions as one batch, and returns what became of each.
func (db *DB) Together(ctx context.Context, all ...payment.Transition) []error {
	batch := make([]*step, len(all))
	for i, t := range all {
		batch[i] = &step{Transition: t, stamp: rand.Text(), turn: make(chan []*step, 1)}
	}
	db.settle(ctx, batch)
	errs := make([]error, len(batch))
	for i, s := range batch {
		errs[i] = explain("commit "+string(s.After.ID), s.err)
	}
	return errs
}

// Plans returns what PostgreSQL keeps as the plans of the statements that db has prepared, by statement. db has one connection.
func (db *DB) Plans(ctx context.Context) (map[string]string, error) {
	type prepared struct {
		name, text string
		parameters int
	}
	var all []prepared
	err := db.each(ctx, func(scan func(...any) error) error {
		var p prepared
		err := scan(&p.name, &p.text, &p.parameters)
		all = append(all, p)
		return err
	}, `SELECT name, statement, coalesce(array_length(parameter_types, 1), 0) FROM pg_prepared_statements WHERE statement ~ '^\s*(INSERT|UPDATE|DELETE|SELECT)'`)
	if err == nil {
		_, err = db.exec(ctx, `SET plan_cache_mode = force_generic_plan`)
	}
	if err != nil {
		return nil, err
	}
	plans := map[string]string{}
	for _, p := range all {
		values := ""
		if p.parameters > 0 {
			values = "(" + strings.TrimSuffix(strings.Repeat("NULL,", p.parameters), ",") + ")"
		}
		if err := db.each(ctx, func(scan func(...any) error) error {
			var line string
			err := scan(&line)
			plans[p.text] += line + "\n"
			return err
		}, `EXPLAIN EXECUTE "`+p.name+`"`+values); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

// Freeze changes a lease and does not go on before release is closed: a process that is stopped in the middle.
func (db *DB) Freeze(ctx context.Context, lease string, held func(), release <-chan struct{}) error {
	return db.transact(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `UPDATE leases SET epoch = epoch + 1 WHERE name = ?`, lease)
		held()
		<-release
		return err
	})
}
