package store

import (
	"context"
	"fmt"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/payment"
)

// Findings returns what the audit found and is not mended, the oldest first.
func (db *DB) Findings(ctx context.Context) ([]audit.Finding, error) {
	var all []audit.Finding
	err := db.each(ctx, func(scan func(...any) error) error {
		var f audit.Finding
		var found, lifted int64
		err := scan(&f.Invariant, &f.Text, &f.Part, &f.After, &found, &lifted)
		f.FoundAt, f.LiftedAt = fromMicros(found), fromMicros(lifted)
		all = append(all, f)
		return err
	}, `SELECT invariant, fault, part, after, found_at, lifted_at FROM findings ORDER BY found_at, invariant, fault`)
	return all, explain("list findings", err)
}

// Find keeps findings until most of them halt payouts, halts payouts for those that are new, and puts the event of it into the
// outbox. It returns the new ones. What people let go counts no more: whatever is found besides halts payouts again.
func (db *DB) Find(ctx context.Context, found []audit.Finding, event payment.Event, most int) ([]audit.Finding, error) {
	var fresh []audit.Finding
	err := db.transact(ctx, func(tx *tx) error {
		var kept int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM findings WHERE lifted_at = 0`).Scan(&kept); err != nil {
			return err
		}
		found = found[:min(len(found), max(most-kept, 0))]
		if len(found) == 0 {
			return nil
		}
		known := map[audit.Fault]audit.Finding{}
		var args []any
		for _, f := range found {
			known[f.Fault] = f
			args = append(args, f.Invariant, f.Text, f.Part, f.After, micros(f.FoundAt))
		}
		err := tx.each(ctx, func(scan func(...any) error) error {
			var f audit.Fault
			err := scan(&f.Invariant, &f.Text)
			fresh = append(fresh, known[f])
			return err
		}, `INSERT INTO findings (invariant, fault, part, after, found_at) VALUES `+rows(len(found), 5)+` ON CONFLICT DO NOTHING RETURNING invariant, fault`, args...)
		if err != nil || len(fresh) == 0 {
			return err
		}
		return tx.brake(ctx, event)
	})
	return fresh, explain("keep findings", err)
}

// brake halts payouts for all that was found and nobody has lifted, and tells the operators. It is another halt even when it
// sounds the same: what somebody proposed before does not lift it.
func (tx *tx) brake(ctx context.Context, event payment.Event) error {
	var invariant, fault string
	var n int
	err := tx.QueryRowContext(ctx, `SELECT invariant, fault, (SELECT COUNT(*) FROM findings WHERE lifted_at = 0) FROM findings
		WHERE lifted_at = 0 ORDER BY found_at, invariant, fault LIMIT 1`).Scan(&invariant, &fault, &n)
	if err != nil {
		return err
	}
	reason := invariant + ": " + fault
	if n > 1 {
		reason += fmt.Sprintf(" (and %d more)", n-1)
	}
	if _, err := tx.exec(ctx, `INSERT INTO halts (name, reason, at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET reason = excluded.reason, at = excluded.at`, halt.Payouts, reason, micros(event.At)); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(sequence), 0) + 1 FROM events WHERE payment = ''`).Scan(&event.Sequence); err != nil {
		return err
	}
	tx.writeEvents([]payment.Event{event})
	return nil
}

// Mend drops findings that are not there any more. What they halted stays halted.
func (db *DB) Mend(ctx context.Context, gone []audit.Finding) error {
	var args []any
	for _, f := range gone {
		args = append(args, f.Invariant, f.Text)
	}
	_, err := db.exec(ctx, `DELETE FROM findings WHERE (invariant, fault) IN (VALUES `+rows(len(gone), 2)+`)`, args...)
	return explain("drop findings", err)
}
