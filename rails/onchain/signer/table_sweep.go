package signer

import (
	"context"
	"database/sql"
	"errors"
	"math/big"
	"time"
)

// sweep is what was signed for a sweep.
type sweep struct {
	chain         uint64
	from          int64
	token, amount string
	nonce         int64 // -1: it was only authorized
	tip, limit    *big.Int
}

// same refuses whatever differs from what the sweep was begun with.
func (s sweep) same(i intent) error {
	if s.chain != i.chain || s.from != i.from || s.token != i.token || s.amount != i.amount.String() {
		return refuse("sweep %s was signed for another deposit or amount", i.payout)
	}
	return nil
}

// noteAuthorized writes down that a token of a deposit is about to be authorized, or returns ErrRefused when the books say
// that the sweep is another.
func (t *table) noteAuthorized(ctx context.Context, i intent, now time.Time) error {
	return t.within(ctx, func(tx *sql.Tx) error {
		was, err := findSweep(ctx, tx, i.payout)
		switch {
		case err == nil:
			return was.same(i)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		return insertSweep(ctx, tx, i, now.UTC().Format(time.DateOnly))
	})
}

// noteSweep writes down what is about to be signed for a sweep, or returns ErrRefused: it has one nonce, the fees that are
// signed for it only rise, and all that are signed in a day cost no more than is allowed.
func (t *table) noteSweep(ctx context.Context, i intent, rules Rules, now time.Time) error {
	day := now.UTC().Format(time.DateOnly)
	return t.within(ctx, func(tx *sql.Tx) error {
		was, err := findSweep(ctx, tx, i.payout)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			if err := insertSweep(ctx, tx, i, day); err != nil {
				return err
			}
			was.nonce = -1
		case err != nil:
			return err
		default:
			if err := was.same(i); err != nil {
				return err
			}
		}
		switch {
		case was.nonce >= 0 && uint64(was.nonce) != i.nonce:
			return refuse("sweep %s was signed for nonce %d, and has no other", i.payout, was.nonce)
		case was.nonce >= 0 && (i.tip.Cmp(was.tip) < 0 || i.limit.Cmp(was.limit) < 0):
			return &LowFees{was.tip.String(), was.limit.String()}
		}
		cost := new(big.Int).Mul(i.limit, new(big.Int).SetUint64(i.gas))
		if err := withinGas(ctx, tx, i, cost, rules, day); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE sweeps SET nonce = ?, tip = ?, fee_cap = ?, cost = ?, day = ? WHERE sweep = ?`,
			int64(i.nonce), i.tip.String(), i.limit.String(), cost.String(), day, i.payout)
		return err
	})
}

// withinGas adds up what the gas of a day's sweeps may cost, each at the highest that was signed for it.
func withinGas(ctx context.Context, tx *sql.Tx, i intent, cost *big.Int, rules Rules, day string) error {
	most, ok := number(rules.Sweeps.GasDaily)
	if !ok {
		return refuse("nothing is swept")
	}
	rows, err := tx.QueryContext(ctx, `SELECT cost FROM sweeps WHERE day = ? AND chain = ? AND sweep <> ?`, day, int64(i.chain), i.payout)
	if err != nil {
		return err
	}
	defer rows.Close()
	total := new(big.Int).Set(cost)
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		more, _ := number(text)
		total.Add(total, more)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if total.Cmp(most) > 0 {
		return refuse("%s wei are more than the sweeps of a day may cost", total)
	}
	return nil
}

func findSweep(ctx context.Context, tx *sql.Tx, name string) (sweep, error) {
	var s sweep
	var tip, limit string
	err := tx.QueryRowContext(ctx, `SELECT chain, deposit, token, amount, nonce, tip, fee_cap FROM sweeps WHERE sweep = ?`, name).
		Scan(&s.chain, &s.from, &s.token, &s.amount, &s.nonce, &tip, &limit)
	if err != nil {
		return s, err
	}
	s.tip, _ = number(tip)
	s.limit, _ = number(limit)
	return s, nil
}

func insertSweep(ctx context.Context, tx *sql.Tx, i intent, day string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO sweeps (sweep, chain, deposit, token, amount, nonce, tip, fee_cap, cost, day) VALUES (?, ?, ?, ?, ?, -1, '0', '0', '0', ?)`,
		i.payout, int64(i.chain), i.from, i.token, i.amount.String(), day)
	return err
}

// within runs do in one transaction.
func (t *table) within(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after the commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}
