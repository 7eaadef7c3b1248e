package signer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// table is what was ever signed. It outlives the process, and is not the gateway's.
type table struct{ db *sql.DB }

const schema = `
CREATE TABLE IF NOT EXISTS owner (address TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS payouts (
  payout   TEXT PRIMARY KEY,
  chain    INTEGER NOT NULL,
  nonce    INTEGER NOT NULL,
  target   TEXT NOT NULL, -- empty: only its nonce was used up
  value    TEXT NOT NULL,
  data     BLOB NOT NULL,
  token    TEXT NOT NULL,
  amount   TEXT NOT NULL,
  day      TEXT NOT NULL,
  tip      TEXT NOT NULL, -- the highest that was signed
  fee_cap  TEXT NOT NULL,
  canceled INTEGER NOT NULL -- a transaction that uses up the nonce was signed: it is not paid any more
);
CREATE INDEX IF NOT EXISTS payouts_of_day ON payouts (day, chain, token);
CREATE TABLE IF NOT EXISTS sweeps (
  sweep   TEXT PRIMARY KEY,
  chain   INTEGER NOT NULL,
  deposit INTEGER NOT NULL, -- number of the key
  token   TEXT NOT NULL,    -- empty: the coin
  amount  TEXT NOT NULL,
  nonce   INTEGER NOT NULL, -- -1: only authorized
  tip     TEXT NOT NULL,    -- the highest that was signed
  fee_cap TEXT NOT NULL,
  cost    TEXT NOT NULL,    -- most that its gas costs, in wei
  day     TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sweeps_of_day ON sweeps (day, chain);`

func openTable(ctx context.Context, path, owner string) (*table, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	t := &table{db}
	if err := t.prepare(ctx, owner); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return t, nil
}

// prepare makes the tables, and demands that they are this key's: with another's, a payout could be signed twice.
func (t *table) prepare(ctx context.Context, owner string) error {
	if _, err := t.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	if _, err := t.db.ExecContext(ctx, `INSERT INTO owner SELECT ? WHERE NOT EXISTS (SELECT 1 FROM owner)`, owner); err != nil {
		return err
	}
	var of string
	if err := t.db.QueryRowContext(ctx, `SELECT address FROM owner`).Scan(&of); err != nil {
		return err
	}
	if of != owner {
		return fmt.Errorf("they are those of %s, and the key is that of %s", of, owner)
	}
	return nil
}

func (t *table) close() error { return t.db.Close() }

// signed is what was signed for a payout.
type signed struct {
	chain, nonce  uint64
	target, value string
	data          []byte
	tip, limit    *big.Int
	canceled      bool
}

// note writes down what is about to be signed, or returns ErrRefused when the books forbid it.
func (t *table) note(ctx context.Context, i intent, rules Rules, now time.Time) error {
	return t.within(ctx, func(tx *sql.Tx) error {
		was, err := find(ctx, tx, i.payout)
		if errors.Is(err, sql.ErrNoRows) {
			return begin(ctx, tx, i, rules, now.UTC().Format(time.DateOnly))
		}
		if err != nil {
			return err
		}
		return again(ctx, tx, i, was)
	})
}

func find(ctx context.Context, tx *sql.Tx, payout string) (signed, error) {
	var s signed
	var tip, limit string
	err := tx.QueryRowContext(ctx, `SELECT chain, nonce, target, value, data, tip, fee_cap, canceled FROM payouts WHERE payout = ?`, payout).
		Scan(&s.chain, &s.nonce, &s.target, &s.value, &s.data, &tip, &limit, &s.canceled)
	if err != nil {
		return s, err
	}
	s.tip, _ = number(tip)
	s.limit, _ = number(limit)
	return s, nil
}

// begin notes the first signature of a payout, within what may leave in a day.
func begin(ctx context.Context, tx *sql.Tx, i intent, rules Rules, day string) error {
	target, value := i.target.Hex(), i.value.String()
	if i.cancels {
		target, value = "", "0"
	} else if err := withinDay(ctx, tx, i, rules.dailyOf(i.token), day); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO payouts (payout, chain, nonce, target, value, data, token, amount, day, tip, fee_cap, canceled)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		i.payout, int64(i.chain), int64(i.nonce), target, value, append([]byte{}, i.data...), i.token, i.amount.String(), day,
		i.tip.String(), i.limit.String(), i.cancels)
	return err
}

// withinDay adds up what was signed for on a day. Every payout counts once, whatever became of it.
func withinDay(ctx context.Context, tx *sql.Tx, i intent, most *big.Int, day string) error {
	rows, err := tx.QueryContext(ctx, `SELECT amount FROM payouts WHERE day = ? AND chain = ? AND token = ?`, day, int64(i.chain), i.token)
	if err != nil {
		return err
	}
	defer rows.Close()
	total := new(big.Int).Set(i.amount)
	for rows.Next() {
		var amount string
		if err := rows.Scan(&amount); err != nil {
			return err
		}
		more, _ := number(amount)
		total.Add(total, more)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if total.Cmp(most) > 0 {
		return refuse("%s is more than may leave in a day", total)
	}
	return nil
}

// again allows a further signature for a payout: at its one nonce, and either the very same transfer or nothing at all. The
// same fees give the same bytes; other fees have to be higher, as the nodes demand, so that none is signed for nothing.
func again(ctx context.Context, tx *sql.Tx, i intent, was signed) error {
	same := was.target == i.target.Hex() && was.value == i.value.String() && string(was.data) == string(i.data)
	switch {
	case was.chain != i.chain || was.nonce != i.nonce:
		return refuse("payout %s was signed for nonce %d of chain %d, and has no other", i.payout, was.nonce, was.chain)
	case !i.cancels && was.canceled:
		return refuse("payout %s is canceled", i.payout)
	case !i.cancels && !same:
		return refuse("payout %s was signed for another transfer", i.payout)
	case i.tip.Cmp(was.tip) < 0 || i.limit.Cmp(was.limit) < 0:
		return &LowFees{was.tip.String(), was.limit.String()}
	}
	_, err := tx.ExecContext(ctx, `UPDATE payouts SET tip = ?, fee_cap = ?, canceled = canceled OR ? WHERE payout = ?`,
		i.tip.String(), i.limit.String(), i.cancels, i.payout)
	return err
}
