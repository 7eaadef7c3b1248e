package store

import (
	"context"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/payment"
)

var (
	receiptTable = newTable("receipts", `id, payment, no int, attempt, channel, reference, asset, amount dec, state, credits int, have int, need int, block,
		height int, tx, sender, at int, late int, credited_at int`)
	receiptChange = newTable("receipts", "this, of, state, credits int, credited_at int, have int, need int, late int")
)

func (tx *tx) writeReceipts(batch []*step) {
	var inserts, changes []any
	of := map[string]*step{}
	for _, s := range batch {
		added, changed := s.Receipts()
		for _, r := range changed {
			of[r.ID] = s
			changes = append(changes, r.ID, s.After.ID, r.State, r.Credits, micros(r.CreditedAt), r.Have, r.Need, flag(r.Late))
		}
		for i, r := range added {
			a, _ := s.After.Attempt(r.Attempt)
			inserts = append(inserts, r.ID, s.After.ID, len(s.Before.Receipts)+i+1, r.Attempt, a.Channel, r.Reference, r.Amount.Asset().String(),
				r.Amount.Value(), r.State, r.Credits, r.Have, r.Need, r.Block, r.Height, r.Tx, r.Sender, micros(r.At), flag(r.Late), micros(r.CreditedAt))
		}
	}
	tx.updateOrRefuse(receiptChange, changes, `receipts.id = v.this AND receipts.payment = v.of`, of)
	tx.insert(receiptTable, inserts, nil)
}

const receiptSelect = `
	SELECT payment, id, attempt, reference, asset, amount, state, credits, have, need, block, height, tx, sender, at, late, credited_at FROM receipts `

func scanReceipt(scan func(...any) error) (payment.ID, payment.Receipt, error) {
	var (
		id            payment.ID
		r             payment.Receipt
		asset, amount string
		at, late      int64
		creditedAt    int64
	)
	err := scan(&id, &r.ID, &r.Attempt, &r.Reference, &asset, &amount, &r.State, &r.Credits, &r.Have, &r.Need, &r.Block, &r.Height,
		&r.Tx, &r.Sender, &at, &late, &creditedAt)
	if err != nil {
		return id, r, err
	}
	var d decoder
	r.Amount = d.amount("amount", amount, d.asset("asset", asset))
	r.At, r.Late, r.CreditedAt = fromMicros(at), late != 0, fromMicros(creditedAt)
	return id, r, d.err
}

// AttemptAt finds the attempt that money sent to a place at a channel is for. It returns payment.ErrNotFound when the
// place was never given out.
func (db *DB) AttemptAt(ctx context.Context, channel, payTo string) (id payment.ID, attempt string, err error) {
	err = db.queryRow(ctx, `SELECT payment, id FROM attempts WHERE channel = ? AND pay_to = ? AND pay_to <> ''`, channel, payTo).Scan(&id, &attempt)
	return id, attempt, explain("attempt at "+payTo, err)
}

// ReceiptOf finds the attempt that a transfer was taken in for, by the channel's reference: where it was told for several,
// the one that it is credited to. It returns payment.ErrNotFound when there is none.
func (db *DB) ReceiptOf(ctx context.Context, channel, reference string) (id payment.ID, attempt string, err error) {
	err = db.queryRow(ctx, `
		SELECT payment, attempt FROM receipts WHERE channel = ? AND reference = ?
		ORDER BY CASE state WHEN 'credited' THEN 0 ELSE 1 END, id LIMIT 1`, channel, reference).Scan(&id, &attempt)
	return id, attempt, explain("receipt of "+reference, err)
}

// Number takes the next serial number of a name, from 1.
func (db *DB) Number(ctx context.Context, name string) (int64, error) {
	var number int64
	err := db.transact(ctx, func(tx *tx) error {
		taken, err := tx.query(ctx, `INSERT INTO serials (name, last) VALUES (?, 1)
			ON CONFLICT (name) DO UPDATE SET last = serials.last + 1 RETURNING last`, name)
		if err != nil {
			return err
		}
		defer taken.Close()
		for taken.Next() {
			if err := taken.Scan(&number); err != nil {
				return err
			}
		}
		return taken.Err()
	})
	return number, explain("number of "+name, err)
}

// KeepStray stores a transfer that names no payment, and its entry, which may be left out. Told again, it changes nothing.
func (db *DB) KeepStray(ctx context.Context, channel, payTo string, r payment.Receipt, e ledger.Entry, now time.Time) error {
	err := db.transact(ctx, func(tx *tx) error {
		n, err := tx.exec(ctx, `INSERT INTO strays (id, channel, reference, pay_to, asset, amount, sender, at, state, credits) VALUES `+rows(1, 10)+` ON CONFLICT DO NOTHING`,
			r.ID, channel, r.Reference, payTo, r.Amount.Asset().String(), r.Amount.Value(), r.Sender, micros(r.At), r.State, r.Credits)
		if err != nil || n == 0 || e.ID == "" {
			return err
		}
		return tx.post(ctx, posting{at: now, entries: []ledger.Entry{e}})
	})
	return explain("keep stray "+r.Reference, err)
}

// MoveStray takes a kept transfer from one state to the next, and books the entry of that. It returns payment.ErrConflict
// when it is not in that state any more.
func (db *DB) MoveStray(ctx context.Context, from, to payment.Receipt, e ledger.Entry, now time.Time) error {
	err := db.transact(ctx, func(tx *tx) error {
		n, err := tx.exec(ctx, `UPDATE strays SET state = ?, credits = ? WHERE id = ? AND state = ? AND credits = ?`,
			to.State, to.Credits, from.ID, from.State, from.Credits)
		if err = taken(n, err, payment.ErrConflict); err != nil {
			return err
		}
		return tx.post(ctx, posting{at: now, entries: []ledger.Entry{e}})
	})
	return explain("move stray "+from.Reference, err)
}

// Stray finds a transfer that was kept as naming no payment. It returns payment.ErrNotFound when there is none.
func (db *DB) Stray(ctx context.Context, channel, reference string) (payment.Receipt, error) {
	var r payment.Receipt
	var asset, amount string
	var at int64
	err := db.queryRow(ctx, `SELECT id, reference, asset, amount, sender, at, state, credits FROM strays WHERE channel = ? AND reference = ?`, channel, reference).
		Scan(&r.ID, &r.Reference, &asset, &amount, &r.Sender, &at, &r.State, &r.Credits)
	if err != nil {
		return r, explain("stray "+reference, err)
	}
	var d decoder
	r.Amount, r.At = d.amount("amount", amount, d.asset("asset", asset)), fromMicros(at)
	return r, d.err
}

// Post books an entry that belongs to no payment. Booked again, it changes nothing.
func (db *DB) Post(ctx context.Context, e ledger.Entry, now time.Time) error {
	err := db.transact(ctx, func(tx *tx) error {
		return tx.post(ctx, posting{at: now, entries: []ledger.Entry{e}})
	})
	return explain("post "+e.ID, err)
}

// Cursor returns how far a watcher has looked, and nothing when it never did.
func (db *DB) Cursor(ctx context.Context, name string) (string, error) {
	var place string
	err := db.each(ctx, func(scan func(...any) error) error { return scan(&place) }, `SELECT place FROM cursors WHERE name = ?`, name)
	return place, explain("cursor "+name, err)
}

// SaveCursor keeps how far a watcher has looked.
func (db *DB) SaveCursor(ctx context.Context, name, place string, now time.Time) error {
	_, err := db.exec(ctx, `INSERT INTO cursors (name, place, at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET place = excluded.place, at = excluded.at`, name, place, micros(now))
	return explain("save cursor "+name, err)
}

// CursorAt returns when a watcher last said how far it has looked, and the zero time when it never did.
func (db *DB) CursorAt(ctx context.Context, name string) (time.Time, error) {
	var at int64
	err := db.each(ctx, func(scan func(...any) error) error { return scan(&at) }, `SELECT at FROM cursors WHERE name = ?`, name)
	return fromMicros(at), explain("cursor "+name, err)
}

// SaveBeneficiary stores a new beneficiary.
func (db *DB) SaveBeneficiary(ctx context.Context, b payment.Beneficiary) error {
	_, err := db.exec(ctx, `INSERT INTO beneficiaries (id, merchant, mode, beneficiary, created_at) VALUES `+rows(1, 5),
		b.ID, b.Merchant, b.Mode, document(b), micros(b.At))
	return explain("save beneficiary", err)
}

// Beneficiary finds a beneficiary of the merchant. It returns payment.ErrNotFound when there is none.
func (db *DB) Beneficiary(ctx context.Context, merchant string, mode payment.Mode, id string) (payment.Beneficiary, error) {
	var text string
	var b payment.Beneficiary
	err := db.queryRow(ctx, `SELECT beneficiary FROM beneficiaries WHERE id = ? AND merchant = ? AND mode = ?`, id, merchant, mode).Scan(&text)
	if err == nil {
		var d decoder
		d.document("beneficiary", text, &b)
		err = d.err
	}
	return b, explain(fmt.Sprintf("beneficiary %s", id), err)
}

// Beneficiaries returns a page of a merchant's beneficiaries, newest first, and whether more follow.
func (db *DB) Beneficiaries(ctx context.Context, merchant string, mode payment.Mode, page payment.Page) ([]payment.Beneficiary, bool, error) {
	s := selection{}
	s.where("merchant = ?", merchant)
	s.where("mode = ?", mode)
	s.page("id", page)
	var all []payment.Beneficiary
	text := s.text()
	err := db.documents(ctx, func(d *decoder, text string) {
		var b payment.Beneficiary
		d.document("beneficiary", text, &b)
		all = append(all, b)
	}, `SELECT beneficiary FROM beneficiaries `+text, s.args...)
	all, more := cut(all, page)
	return all, more, explain("list beneficiaries", err)
}
