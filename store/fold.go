package store

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/audit"
)

// Balances are held against their postings bit by bit. A fold is the sum of what was sealed up to a number, account by
// account: it grows by a page of the hash chain at a time, read in one moment and written in a short transaction. What is not
// in it yet is added when it is compared.

const (
	// looseFor is how long before the newest seal an entry may have been made that is not sealed yet. One that comes later
	// is sealed a second after; whoever looks twice sees that.
	looseFor = time.Minute
	// aheadMax is by how many links the chain may be ahead of a fold that is compared.
	aheadMax = 5000
	// dropMax is how many sums of a fold that is over are dropped at once.
	dropMax = 500
)

// BeginFold begins to add up all sealed postings anew, unless that is under way.
func (db *DB) BeginFold(ctx context.Context) error {
	_, err := db.exec(ctx, `INSERT INTO audit_folds (no, sealed, whole)
		SELECT COALESCE(MAX(no), 0) + 1, 0, 0 FROM audit_folds WHERE no > 0 HAVING COALESCE(MIN(whole), 1) = 1 ON CONFLICT DO NOTHING`)
	return explain("begin a fold", err)
}

var sumTable = newTable("audit_sums", "fold int, account, asset, amount dec")

// Fold adds the postings of the next links, at most limit, to every fold, and reports whether there are more that the one
// which is compared with has to catch up with. The newest takes the place of the one before once it has caught up.
func (db *DB) Fold(ctx context.Context, limit int) (behind bool, err error) {
	type fold struct{ no, sealed, whole int64 }
	var folds []fold
	err = db.each(ctx, func(scan func(...any) error) error {
		var f fold
		err := scan(&f.no, &f.sealed, &f.whole)
		folds = append(folds, f)
		return err
	}, `SELECT no, sealed, whole FROM audit_folds ORDER BY no`)
	if err != nil {
		return false, explain("folds", err)
	}
	for _, f := range folds { // two at most
		more, err := db.fold(ctx, f.no, f.sealed, limit)
		if err != nil {
			return false, explain("fold", err)
		}
		behind = behind || more && f.whole != 0
	}
	_, err = db.exec(ctx, `DELETE FROM audit_sums WHERE (fold, account, asset) IN (
		SELECT fold, account, asset FROM audit_sums WHERE fold < COALESCE((SELECT MAX(no) FROM audit_folds WHERE whole = 1), 0) LIMIT ?)`, dropMax)
	return behind, explain("drop a fold", err)
}

// fold adds a page to one fold, unless another gateway was faster, and reports whether the chain goes on behind it.
func (db *DB) fold(ctx context.Context, no, sealed int64, limit int) (more bool, err error) {
	var values []any
	var head int64
	upTo := sealed + int64(limit)
	err = db.snapshot(ctx, func(tx *tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(no), 0) FROM seals`).Scan(&head); err != nil {
			return err
		}
		upTo = min(upTo, head)
		return tx.each(ctx, func(scan func(...any) error) error {
			var account, asset, amount string
			err := scan(&account, &asset, &amount)
			values = append(values, no, account, asset, amount)
			return err
		}, `SELECT p.account, p.asset, dec_sum(p.amount) FROM seals s JOIN postings p ON p.entry = s.entry
			WHERE s.no > ? AND s.no <= ? GROUP BY p.account, p.asset`, sealed, upTo)
	})
	if err != nil {
		return false, err
	}
	return upTo < head, db.transact(ctx, func(tx *tx) error {
		n, err := tx.exec(ctx, `UPDATE audit_folds SET sealed = ?, whole = CASE WHEN ? THEN 1 ELSE whole END WHERE no = ? AND sealed = ?`,
			upTo, upTo == head, no, sealed)
		if err != nil || n == 0 {
			return err
		}
		if len(values) > 0 {
			from, args := tx.rowsOf(sumTable, values)
			if _, err := tx.exec(ctx, `INSERT INTO audit_sums (`+sumTable.names()+`) SELECT `+sumTable.names()+` FROM `+from+` WHERE true
				ON CONFLICT (fold, account, asset) DO UPDATE SET amount = dec_add(audit_sums.amount, excluded.amount)`, args...); err != nil {
				return err
			}
		}
		_, err = tx.exec(ctx, `DELETE FROM audit_folds WHERE no < (SELECT MAX(no) FROM audit_folds WHERE whole = 1)`)
		return err
	})
}

// Standings returns what stands on the accounts behind one, and what their postings sum to by the newest whole fold and what
// is not in it yet. It returns nothing while no fold has caught up.
func (db *DB) Standings(ctx context.Context, after audit.BalanceKey, limit int) ([]audit.Standing, error) {
	var all []audit.Standing
	err := db.snapshot(ctx, func(tx *tx) error {
		var fold, sealed, ahead int64
		err := tx.each(ctx, func(scan func(...any) error) error { return scan(&fold, &sealed, &ahead) },
			`SELECT no, sealed, (SELECT COALESCE(MAX(no), 0) FROM seals) - sealed FROM audit_folds WHERE whole = 1 ORDER BY no DESC LIMIT 1`)
		if err != nil || fold == 0 || ahead > aheadMax {
			return err
		}
		return tx.each(ctx, func(scan func(...any) error) error {
			s, err := scanStanding(scan)
			all = append(all, s)
			return err
		}, `
			WITH loose AS (
				SELECT p.account, p.asset, dec_sum(p.amount) AS amount FROM postings p JOIN (
					SELECT entry FROM seals WHERE no > ?
					UNION ALL
					SELECT e.id FROM entries e WHERE e.created_at >= `+frontier+` - ? AND NOT EXISTS (SELECT 1 FROM seals s WHERE s.entry = e.id)
				) l ON l.entry = p.entry GROUP BY p.account, p.asset),
			known AS (
				SELECT account, asset FROM (SELECT account, asset FROM balances WHERE (account, asset) > (?, ?) ORDER BY account, asset LIMIT ?) b
				UNION SELECT account, asset FROM (SELECT account, asset FROM audit_sums WHERE fold = ? AND (account, asset) > (?, ?) ORDER BY account, asset LIMIT ?) s)
			SELECT k.account, k.asset, COALESCE(b.amount, '0'), dec_add(COALESCE(s.amount, '0'), COALESCE(l.amount, '0')) FROM known k
			LEFT JOIN balances b ON b.account = k.account AND b.asset = k.asset
			LEFT JOIN audit_sums s ON s.fold = ? AND s.account = k.account AND s.asset = k.asset
			LEFT JOIN loose l ON l.account = k.account AND l.asset = k.asset
			ORDER BY k.account, k.asset LIMIT ?`,
			sealed, looseFor.Microseconds(), after.Account, after.Asset, limit, fold, after.Account, after.Asset, limit, fold, limit)
	})
	return all, explain("standings to audit", err)
}
