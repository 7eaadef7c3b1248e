package store

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/payment"
)

// scanPage is how many rows an audit holds at a time.
const scanPage = 500

// EachPayment hands every payment to do, oldest first, with the history of its outcomes, both as they were at one moment.
// It holds a bounded number at a time, and sees payments that are made meanwhile.
func (db *DB) EachPayment(ctx context.Context, do func(payment.Payment, []payment.OutcomeChange) error) error {
	after := payment.ID("")
	for {
		var page []payment.Payment
		var histories map[payment.ID][]payment.OutcomeChange
		err := db.snapshot(ctx, func(tx *tx) (err error) {
			if page, err = tx.payments(ctx, `WHERE id > ? ORDER BY id LIMIT ?`, after, scanPage); err == nil && len(page) > 0 {
				histories, err = tx.histories(ctx, page)
			}
			return err
		})
		if err != nil || len(page) == 0 {
			return explain("scan payments", err)
		}
		for _, p := range page {
			if err := do(p, histories[p.ID]); err != nil {
				return err
			}
		}
		after = page[len(page)-1].ID
	}
}

func (tx *tx) histories(ctx context.Context, payments []payment.Payment) (map[payment.ID][]payment.OutcomeChange, error) {
	histories := map[payment.ID][]payment.OutcomeChange{}
	ids := make([]any, len(payments))
	for i, p := range payments {
		ids[i] = p.ID
	}
	err := tx.each(ctx, func(scan func(...any) error) error {
		var id payment.ID
		var c payment.OutcomeChange
		var at int64
		if err := scan(&id, &c.Ref, &c.Was, &c.Became, &c.Version, &at); err != nil {
			return err
		}
		c.At = fromMicros(at)
		histories[id] = append(histories[id], c)
		return nil
	}, `SELECT payment, ref, was, became, version, at FROM outcomes WHERE payment IN `+rows(1, len(ids))+` ORDER BY payment, version, ref`, ids...)
	return histories, err
}

// EachSeal hands every link of the hash chain to do, in order, with the entry that it seals.
func (db *DB) EachSeal(ctx context.Context, do func(no int64, e ledger.Entry, hash [32]byte) error) error {
	for after := int64(0); ; {
		var entries []ledger.Entry
		var numbers []int64
		var hashes [][32]byte
		collect := gather(&entries)
		err := db.each(ctx, func(scan func(...any) error) error {
			var no int64
			var text string
			var hash [32]byte
			if err := collect(func(into ...any) error { return scan(append(into, &no, &text)...) }); err != nil {
				return err
			}
			if len(numbers) < len(entries) {
				numbers = append(numbers, no)
				hashes = append(hashes, hash)
			}
			return decodeHash(text, &hashes[len(hashes)-1])
		}, `SELECT s.entry, p.account, p.asset, p.amount, s.no, s.hash
			FROM (SELECT no, entry, hash FROM seals WHERE no > ? ORDER BY no LIMIT ?) s JOIN postings p ON p.entry = s.entry
			ORDER BY s.no, p.no`, after, scanPage)
		if err != nil || len(entries) == 0 {
			return explain("scan seals", err)
		}
		for i, e := range entries {
			if err := do(numbers[i], e, hashes[i]); err != nil {
				return err
			}
		}
		after = numbers[len(numbers)-1]
	}
}

// Counts returns how many rows the audit's set-wide checks look at, by table.
func (db *DB) Counts(ctx context.Context) (map[string]int64, error) {
	counts := map[string]int64{}
	for _, table := range []string{"payments", "idempotency_keys", "entries", "balances", "events"} {
		var n int64
		if err := db.queryRow(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
			return nil, explain("count "+table, err)
		}
		counts[table] = n
	}
	return counts, nil
}

// faultsMax is how many rows a set-wide check reports.
const faultsMax = 100

// column returns the first column of a query.
func (db *DB) column(ctx context.Context, operation, text string, args ...any) ([]string, error) {
	var found []string
	err := db.each(ctx, func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		found = append(found, s)
		return err
	}, text+` LIMIT ?`, append(args, faultsMax)...)
	return found, explain(operation, err)
}

// KeysAstray returns idempotency keys that name an object which does not exist.
func (db *DB) KeysAstray(ctx context.Context) ([]string, error) {
	return db.column(ctx, "check keys", `
		SELECT k.key FROM idempotency_keys k
		WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.id = k.payment AND p.merchant = k.merchant)
			OR (k.object <> k.payment AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.id = k.object AND o.payment = k.payment))`)
}

// EntriesUnbalanced returns entries whose postings do not sum to zero in an asset.
func (db *DB) EntriesUnbalanced(ctx context.Context) ([]string, error) {
	return db.column(ctx, "check entries", `
		SELECT entry || ' in ' || asset FROM postings GROUP BY entry, asset HAVING dec_cmp(dec_sum(amount), '0') <> 0`)
}

// BalancesAdrift returns balances that are not the sum of their postings.
func (db *DB) BalancesAdrift(ctx context.Context) ([]string, error) {
	return db.column(ctx, "check balances", `
		SELECT COALESCE(b.account, s.account) || ' in ' || COALESCE(b.asset, s.asset)
		FROM (SELECT account, asset, dec_sum(amount) AS amount FROM postings GROUP BY account, asset) s
		FULL OUTER JOIN balances b ON b.account = s.account AND b.asset = s.asset
		WHERE b.account IS NULL OR s.account IS NULL OR dec_cmp(b.amount, s.amount) <> 0`)
}

// BalancesBelowZero returns merchants' available and reserved balances that owe us. What a chain took back after it had
// become available may leave a hole, which later collections fill.
func (db *DB) BalancesBelowZero(ctx context.Context) ([]string, error) {
	return db.column(ctx, "check floors", `
		SELECT account || ' in ' || asset FROM balances
		WHERE account LIKE 'merchant:%' AND account NOT LIKE '%:pending' AND dec_cmp(amount, '0') > 0
			AND NOT EXISTS (SELECT 1 FROM receipts r JOIN payments p ON p.id = r.payment
				WHERE r.state = 'orphaned' AND 'merchant:' || p.merchant || ':available' = balances.account)`)
}

// EventsAstray returns payments whose events are not numbered 1 to their sequence, or which reached a status that no
// event tells.
func (db *DB) EventsAstray(ctx context.Context) ([]string, error) {
	return db.column(ctx, "check events", `
		SELECT p.id FROM payments p
		LEFT JOIN (SELECT payment, COUNT(*) AS n, MIN(sequence) AS least, MAX(sequence) AS most FROM events GROUP BY payment) e
			ON e.payment = p.id
		WHERE COALESCE(e.n, 0) <> p.sequence OR COALESCE(e.most, 0) <> p.sequence OR COALESCE(e.least, 1) <> 1
			OR (p.status <> 'processing' AND NOT EXISTS (
				SELECT 1 FROM events t WHERE t.payment = p.id AND t.type = CASE p.direction WHEN 'send' THEN 'payout.' ELSE 'payment.' END || p.status))`)
}

// Unsealed returns entries that were committed more than lag before the newest seal and are not in the chain.
func (db *DB) Unsealed(ctx context.Context, lag time.Duration) ([]string, error) {
	return db.column(ctx, "check seals", `
		SELECT e.id FROM entries e
		WHERE e.created_at < (SELECT COALESCE(MAX(sealed_at), 0) FROM seals) - ?
			AND NOT EXISTS (SELECT 1 FROM seals s WHERE s.entry = e.id)`, lag.Microseconds())
}

// Overdue returns payments that should have been looked at before the given moment and were not.
func (db *DB) Overdue(ctx context.Context, before time.Time) ([]string, error) {
	return db.column(ctx, "check due payments", `SELECT id FROM payments WHERE due_at > 0 AND due_at < ?`, micros(before))
}
