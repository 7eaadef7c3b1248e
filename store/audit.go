package store

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

var _ audit.Live = (*DB)(nil)

// Counts returns about how many objects the parts of an audit have.
func (db *DB) Counts(ctx context.Context) (map[string]int64, error) {
	counts := map[string]int64{}
	for _, table := range []string{"payments", "seals", "entries", "idempotency_keys", "balances"} {
		var n int64
		if err := db.queryRow(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
			return nil, explain("count "+table, err)
		}
		counts[table] = n
	}
	return counts, nil
}

// Cases returns the payments behind one, by id, with all that the books say of them.
func (db *DB) Cases(ctx context.Context, after payment.ID, limit int) ([]audit.Case, error) {
	return db.cases(ctx, `WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
}

// Changed returns the payments that were changed behind a moment and not after another, by the moment of their last change.
func (db *DB) Changed(ctx context.Context, after audit.Moment, until time.Time, limit int) ([]audit.Case, error) {
	return db.cases(ctx, `WHERE (updated_at, id) > (?, ?) AND updated_at <= ? ORDER BY updated_at, id LIMIT ?`, micros(after.At), after.ID, micros(until), limit)
}

func (db *DB) cases(ctx context.Context, where string, args ...any) ([]audit.Case, error) {
	var cases []audit.Case
	err := db.snapshot(ctx, func(tx *tx) error {
		found, err := tx.payments(ctx, where, args...)
		if err != nil || len(found) == 0 {
			return err
		}
		at := map[payment.ID]*audit.Case{}
		ids := make([]any, len(found))
		cases = make([]audit.Case, len(found))
		for i, p := range found {
			cases[i].Payment, ids[i] = p, p.ID
			at[p.ID] = &cases[i]
		}
		if err := tx.histories(ctx, at, ids); err != nil {
			return err
		}
		return tx.tellings(ctx, at, ids)
	})
	return cases, explain("payments to audit", err)
}

func (tx *tx) histories(ctx context.Context, at map[payment.ID]*audit.Case, ids []any) error {
	these, args := tx.among(ids)
	return tx.each(ctx, func(scan func(...any) error) error {
		var id payment.ID
		var c payment.OutcomeChange
		var when int64
		if err := scan(&id, &c.Ref, &c.Was, &c.Became, &c.Version, &when); err != nil {
			return err
		}
		c.At = fromMicros(when)
		at[id].History = append(at[id].History, c)
		return nil
	}, `SELECT payment, ref, was, became, version, at FROM outcomes WHERE payment `+these+` ORDER BY payment, version, ref`, args...)
}

// tellings finds payments whose events are not numbered 1 to their sequence, or which reached a status that no event tells,
// and when each is due.
func (tx *tx) tellings(ctx context.Context, at map[payment.ID]*audit.Case, ids []any) error {
	these, args := tx.among(ids)
	return tx.each(ctx, func(scan func(...any) error) error {
		var id payment.ID
		var due int64
		var untold bool
		if err := scan(&id, &due, &untold); err != nil {
			return err
		}
		at[id].DueAt, at[id].Untold = fromMicros(due), untold
		return nil
	}, `SELECT p.id, p.due_at, (
			SELECT COUNT(*) <> p.sequence OR COALESCE(MAX(e.sequence), 0) <> p.sequence OR COALESCE(MIN(e.sequence), 1) <> 1
				OR p.status <> 'processing' AND COUNT(CASE WHEN e.type = CASE p.direction WHEN 'send' THEN 'payout.' ELSE 'payment.' END || p.status THEN 1 END) = 0
			FROM events e WHERE e.payment = p.id)
		FROM payments p WHERE p.id `+these, args...)
}

// Links returns the links of the hash chain behind a number, with what they seal.
func (db *DB) Links(ctx context.Context, after int64, limit int) ([]audit.Link, error) {
	var links []audit.Link
	var entries []ledger.Entry
	collect := gather(&entries)
	err := db.each(ctx, func(scan func(...any) error) error {
		var l audit.Link
		var hash, before string
		if err := collect(func(into ...any) error { return scan(append(into, &l.No, &hash, &before)...) }); err != nil {
			return err
		}
		if len(links) == len(entries) { // a further posting of the same entry
			return nil
		}
		if err := decodeHash(hash, &l.Hash); err != nil {
			return err
		}
		if before != "" {
			if err := decodeHash(before, &l.Before); err != nil {
				return err
			}
		}
		links = append(links, l)
		return nil
	}, `SELECT s.entry, p.account, p.asset, p.amount, s.no, s.hash, COALESCE(b.hash, '')
		FROM (SELECT no, entry, hash FROM seals WHERE no > ? ORDER BY no LIMIT ?) s
		JOIN postings p ON p.entry = s.entry LEFT JOIN seals b ON b.no = s.no - 1
		ORDER BY s.no, p.no`, after, limit)
	for i := range links {
		links[i].Entry = entries[i]
	}
	return links, explain("links of the chain", err)
}

// frontier is the moment of the entry that was sealed last: sealing goes in the order of moments.
const frontier = `COALESCE((SELECT e.created_at FROM seals s JOIN entries e ON e.id = s.entry ORDER BY s.no DESC LIMIT 1), 0)`

// Booked returns the entries behind one, by the moment they were made, and what is in those that are not sealed.
func (db *DB) Booked(ctx context.Context, after audit.Moment, limit int) ([]audit.Booked, error) {
	var all []audit.Booked
	err := db.snapshot(ctx, func(tx *tx) error {
		loose := map[string]int{}
		var ids []any
		err := tx.each(ctx, func(scan func(...any) error) error {
			var b audit.Booked
			var at, sealedTo int64
			if err := scan(&b.ID, &at, &b.Sealed, &sealedTo); err != nil {
				return err
			}
			b.At = fromMicros(at)
			if !b.Sealed {
				b.LeftOut = time.Duration(sealedTo-at) * time.Microsecond
				loose[b.ID] = len(all)
				ids = append(ids, b.ID)
			}
			all = append(all, b)
			return nil
		}, `SELECT e.id, e.created_at, s.no IS NOT NULL, `+frontier+` FROM entries e LEFT JOIN seals s ON s.entry = e.id
			WHERE (e.created_at, e.id) > (?, ?) ORDER BY e.created_at, e.id LIMIT ?`, micros(after.At), after.ID, limit)
		if err != nil || len(ids) == 0 {
			return err
		}
		var entries []ledger.Entry
		these, args := tx.among(ids)
		err = tx.each(ctx, gather(&entries), `SELECT entry, account, asset, amount FROM postings WHERE entry `+these+` ORDER BY entry, no`, args...)
		for _, e := range entries {
			all[loose[e.ID]].Entry = e
		}
		return err
	})
	return all, explain("entries to audit", err)
}

// Keys returns the idempotency keys behind one, and which name an object that does not exist.
func (db *DB) Keys(ctx context.Context, after audit.Key, limit int) ([]audit.Key, error) {
	var keys []audit.Key
	err := db.each(ctx, func(scan func(...any) error) error {
		var k audit.Key
		err := scan(&k.Merchant, &k.Path, &k.Key, &k.Astray)
		keys = append(keys, k)
		return err
	}, `SELECT k.merchant, k.path, k.key, (NOT EXISTS (SELECT 1 FROM payments p WHERE p.id = k.payment AND p.merchant = k.merchant)
			OR (k.object <> k.payment AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.id = k.object AND o.payment = k.payment)))
		FROM idempotency_keys k WHERE (k.merchant, k.path, k.key) > (?, ?, ?) ORDER BY k.merchant, k.path, k.key LIMIT ?`,
		after.Merchant, after.Path, after.Key, limit)
	return keys, explain("keys to audit", err)
}

// Floors returns merchants' balances behind one, and which of those available and reserved owe us. What a chain, or a bank,
// took back after it had become available may leave a hole, which later collections fill.
func (db *DB) Floors(ctx context.Context, after audit.BalanceKey, limit int) ([]audit.Floor, error) {
	var floors []audit.Floor
	err := db.each(ctx, func(scan func(...any) error) error {
		var f audit.Floor
		err := scan(&f.Account, &f.Asset, &f.Below)
		floors = append(floors, f)
		return err
	}, `SELECT account, asset, (account LIKE 'merchant:%' AND account NOT LIKE '%:pending' AND dec_cmp(amount, '0') > 0
			AND NOT EXISTS (SELECT 1 FROM receipts r JOIN payments p ON p.id = r.payment
				WHERE r.state = 'orphaned' AND 'merchant:' || p.merchant || ':available' = balances.account))
		FROM balances WHERE (account, asset) > (?, ?) ORDER BY account, asset LIMIT ?`, after.Account, after.Asset, limit)
	return floors, explain("balances to audit", err)
}

// Drifts returns balances that are not the sum of their postings.
func (db *DB) Drifts(ctx context.Context) ([]audit.Standing, error) {
	var drifts []audit.Standing
	err := db.each(ctx, func(scan func(...any) error) error {
		s, err := scanStanding(scan)
		drifts = append(drifts, s)
		return err
	}, `
		SELECT COALESCE(b.account, s.account), COALESCE(b.asset, s.asset), COALESCE(b.amount, '0'), COALESCE(s.amount, '0')
		FROM (SELECT account, asset, dec_sum(amount) AS amount FROM postings GROUP BY account, asset) s
		FULL OUTER JOIN balances b ON b.account = s.account AND b.asset = s.asset
		WHERE b.account IS NULL OR s.account IS NULL OR dec_cmp(b.amount, s.amount) <> 0 LIMIT ?`, audit.FaultsMax)
	return drifts, explain("check balances", err)
}

func scanStanding(scan func(...any) error) (audit.Standing, error) {
	var s audit.Standing
	var balance, postings string
	if err := scan(&s.Account, &s.Asset, &balance, &postings); err != nil {
		return s, err
	}
	var d decoder
	of := d.asset("asset", s.Asset)
	s.Balance, s.Postings = d.amount("balance", balance, of), d.amount("postings", postings, of)
	return s, d.err
}

// Totals returns the sum of all postings in every asset. In a sound ledger each is zero.
func (db *DB) Totals(ctx context.Context) ([]money.Amount, error) {
	var totals []money.Amount
	err := db.each(ctx, func(scan func(...any) error) error {
		var asset, amount string
		if err := scan(&asset, &amount); err != nil {
			return err
		}
		var d decoder
		totals = append(totals, d.amount("sum", amount, d.asset("asset", asset)))
		return d.err
	}, `SELECT asset, dec_sum(amount) FROM postings GROUP BY asset ORDER BY asset`)
	return totals, explain("ledger totals", err)
}

// column returns the first column of a query, as far as faults are told.
func (db *DB) column(ctx context.Context, operation, text string, args ...any) ([]string, error) {
	var found []string
	err := db.each(ctx, func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		found = append(found, s)
		return err
	}, text+` LIMIT ?`, append(args, audit.FaultsMax)...)
	return found, explain(operation, err)
}
