package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/reconcile"
)

var _ reconcile.Store = (*DB)(nil)

// pageMax is how many references one statement asks for, and how many rows one writes.
const pageMax = 1000

// PostedOn returns the entries on the accounts of a channel in a span, oldest first, and what stands there now. It returns an
// error beyond limit.
func (db *DB) PostedOn(ctx context.Context, channel string, accounts []ledger.Account, s reconcile.Span, limit int) (reconcile.Books, error) {
	var books reconcile.Books
	err := db.snapshot(ctx, func(tx *tx) (err error) {
		books.Posted, err = tx.posted(ctx, channel, accounts, limit,
			`e.created_at < ? AND (e.created_at >= ? OR e.payment = '' AND e.created_at >= ?)`,
			micros(s.Until), micros(s.From), micros(s.Early))
		if err != nil {
			return err
		}
		return tx.each(ctx, func(scan func(...any) error) error {
			b, err := scanBalance(scan)
			books.Balances = append(books.Balances, b)
			return err
		}, `SELECT account, asset, amount FROM balances WHERE account IN `+rows(1, len(accounts)), texts(accounts)...)
	})
	return books, explain("books of "+channel, err)
}

// PostedUnder returns all entries on those accounts of the payments that references belong to.
func (db *DB) PostedUnder(ctx context.Context, channel string, accounts []ledger.Account, references []string) ([]reconcile.Posted, error) {
	var all []reconcile.Posted
	err := db.snapshot(ctx, func(tx *tx) error {
		for page := range slices.Chunk(references, pageMax) {
			in, args := rows(1, len(page)), texts(page)
			named := append([]any{channel}, args...)
			found, err := tx.posted(ctx, channel, accounts, reconcile.PostedMax, `(e.payment IN (
					SELECT payment FROM attempts WHERE id IN `+in+` UNION SELECT payment FROM operations WHERE id IN `+in+`
					UNION SELECT payment FROM receipts WHERE channel = ? AND reference IN `+in+`)
				OR e.id IN (SELECT id || ':unmatched' FROM strays WHERE channel = ? AND reference IN `+in+`
					UNION SELECT id || ':reversed' FROM strays WHERE channel = ? AND reference IN `+in+`))`,
				slices.Concat(args, args, named, named, named)...)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	return all, explain("books of "+channel, err)
}

// posted reads entries with a posting on one of the accounts, oldest first, and what their causes are called at the channel.
func (tx *tx) posted(ctx context.Context, channel string, accounts []ledger.Account, limit int, where string, args ...any) ([]reconcile.Posted, error) {
	var all []reconcile.Posted
	err := tx.each(ctx, func(scan func(...any) error) error {
		var id, account, asset, amount string
		var of payment.ID
		var at int64
		if err := scan(&id, &of, &at, &account, &asset, &amount); err != nil {
			return err
		}
		if n := len(all); n == 0 || all[n-1].ID != id {
			if n == limit {
				return fmt.Errorf("more than %d entries", limit)
			}
			all = append(all, reconcile.Posted{Entry: ledger.Entry{ID: id}, At: fromMicros(at), Payment: of})
		}
		var d decoder
		last := &all[len(all)-1]
		last.Postings = append(last.Postings, ledger.Posting{
			Account: ledger.Account(account), Amount: d.amount("amount", amount, d.asset("asset", asset)),
		})
		return d.err
	}, `SELECT e.id, e.payment, e.created_at, p.account, p.asset, p.amount FROM entries e JOIN postings p ON p.entry = e.id
		WHERE `+where+` AND EXISTS (SELECT 1 FROM postings o WHERE o.entry = e.id AND o.account IN `+rows(1, len(accounts))+`)
		ORDER BY e.created_at, e.id, p.no`, append(args, texts(accounts)...)...)
	if err != nil {
		return nil, err
	}
	return all, tx.nameCauses(ctx, channel, all)
}

// nameCauses fills in the attempts of operations, and the channel's references of receipts.
func (tx *tx) nameCauses(ctx context.Context, channel string, all []reconcile.Posted) error {
	var objects []string
	for _, p := range all {
		objects = append(objects, p.Object())
	}
	attempts, references := map[string]string{}, map[string]string{}
	for page := range slices.Chunk(objects, pageMax) {
		in, args := rows(1, len(page)), texts(page)
		err := tx.each(ctx, func(scan func(...any) error) error {
			var id, attempt, reference string
			if err := scan(&id, &attempt, &reference); err != nil {
				return err
			}
			attempts[id], references[id] = attempt, reference
			return nil
		}, `SELECT id, attempt, '' FROM operations WHERE id IN `+in+`
			UNION ALL SELECT id, attempt, reference FROM receipts WHERE id IN `+in+`
			UNION ALL SELECT id, '', reference FROM strays WHERE channel = ? AND id IN `+in,
			slices.Concat(args, args, []any{channel}, args)...)
		if err != nil {
			return err
		}
	}
	for i, p := range all {
		all[i].Attempt, all[i].Reference = attempts[p.Object()], references[p.Object()]
	}
	return nil
}

// Ours returns those references that are attempts or operations, with their payments.
func (db *DB) Ours(ctx context.Context, references []string) (map[string]payment.ID, error) {
	ours := map[string]payment.ID{}
	err := db.snapshot(ctx, func(tx *tx) error {
		for page := range slices.Chunk(references, pageMax) {
			in, args := rows(1, len(page)), texts(page)
			err := tx.each(ctx, func(scan func(...any) error) error {
				var reference string
				var id payment.ID
				err := scan(&reference, &id)
				ours[reference] = id
				return err
			}, `SELECT id, payment FROM attempts WHERE id IN `+in+` UNION ALL SELECT id, payment FROM operations WHERE id IN `+in,
				slices.Concat(args, args)...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return ours, explain("references of ours", err)
}

// KeepStatement keeps what a statement says, in place of what it said when it was read before.
func (db *DB) KeepStatement(ctx context.Context, channel, day string, kept []reconcile.Row, now time.Time) error {
	err := db.transact(ctx, func(tx *tx) error {
		if _, err := tx.exec(ctx, `INSERT INTO statements (channel, day, entries, read_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (channel, day) DO UPDATE SET entries = excluded.entries, read_at = excluded.read_at`, channel, day, len(kept), micros(now)); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `DELETE FROM statement_rows WHERE channel = ? AND day = ?`, channel, day); err != nil {
			return err
		}
		for page := range slices.Chunk(kept, pageMax) {
			var args []any
			for _, r := range page {
				args = append(args, channel, day, r.No, r.ID, r.Reference, r.Charge, string(r.Kind), r.Amount.Asset().String(), r.Amount.Value(), micros(r.BookedAt))
			}
			if _, err := tx.exec(ctx, `INSERT INTO statement_rows (channel, day, no, id, reference, charge, kind, asset, amount, booked_at)
				VALUES `+rows(len(page), 10), args...); err != nil {
				return err
			}
		}
		return nil
	})
	return explain("keep statement of "+channel+" on "+day, err)
}

// HasStatement reports whether the statement of a day was ever read.
func (db *DB) HasStatement(ctx context.Context, channel, day string) (bool, error) {
	has, err := db.any(ctx, `statements WHERE channel = ? AND day = ?`, channel, day)
	return has, explain("statement of "+channel, err)
}

// RowsUnder returns the rows of all statements of a channel under references, or with them as their own names.
func (db *DB) RowsUnder(ctx context.Context, channel string, references []string) ([]reconcile.Row, error) {
	var all []reconcile.Row
	err := db.snapshot(ctx, func(tx *tx) error {
		for page := range slices.Chunk(references, pageMax) {
			in, args := rows(1, len(page)), texts(page)
			err := tx.each(ctx, func(scan func(...any) error) error {
				var r reconcile.Row
				var asset, amount string
				var at int64
				if err := scan(&r.Day, &r.No, &r.ID, &r.Reference, &r.Charge, &r.Kind, &asset, &amount, &at); err != nil {
					return err
				}
				var d decoder
				r.Amount, r.BookedAt = d.amount("amount", amount, d.asset("asset", asset)), fromMicros(at)
				all = append(all, r)
				return d.err
			}, `SELECT day, no, id, reference, charge, kind, asset, amount, booked_at FROM statement_rows WHERE channel = ? AND reference IN `+in+`
				UNION SELECT day, no, id, reference, charge, kind, asset, amount, booked_at FROM statement_rows WHERE channel = ? AND id <> '' AND id IN `+in+`
				ORDER BY day, no`, slices.Concat([]any{channel}, args, []any{channel}, args)...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all, explain("rows of "+channel, err)
}

// texts are strings as arguments of a statement.
func texts[S ~string](all []S) []any {
	args := make([]any, len(all))
	for i, s := range all {
		args[i] = string(s)
	}
	return args
}
