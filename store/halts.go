package store

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/payment"
)

var _ halt.Halts = (*DB)(nil)

const keepHalt = `INSERT INTO halts (name, reason, at) VALUES (?, ?, ?)
	ON CONFLICT (name) DO UPDATE SET reason = excluded.reason, at = excluded.at WHERE halts.reason <> excluded.reason`

// Halt keeps why something does not go on, and since when it is for that reason; an empty reason lets it go on.
func (db *DB) Halt(ctx context.Context, name, reason string, now time.Time) error {
	if reason == "" {
		_, err := db.exec(ctx, `DELETE FROM halts WHERE name = ?`, name)
		return explain("resume "+name, err)
	}
	_, err := db.exec(ctx, keepHalt, name, reason, micros(now))
	return explain("halt "+name, err)
}

// Halted returns why something does not go on, and nothing when it does.
func (db *DB) Halted(ctx context.Context, name string) (string, error) {
	var reason string
	err := db.each(ctx, func(scan func(...any) error) error { return scan(&reason) }, `SELECT reason FROM halts WHERE name = ?`, name)
	return reason, explain("halt of "+name, err)
}

// Halts lists what is halted, the oldest first, with what is proposed since it began.
func (db *DB) Halts(ctx context.Context) ([]halt.Halt, error) {
	var all []halt.Halt
	err := db.each(ctx, func(scan func(...any) error) error {
		var h halt.Halt
		var at, proposedAt int64
		err := scan(&h.Name, &h.Reason, &at, &h.ProposedBy, &proposedAt, &h.Note)
		h.At, h.ProposedAt = fromMicros(at), fromMicros(proposedAt)
		all = append(all, h)
		return err
	}, `SELECT h.name, h.reason, h.at, COALESCE(l.proposed_by, ''), COALESCE(l.proposed_at, 0), COALESCE(l.note, '')
		FROM halts h LEFT JOIN lifts l ON l.name = h.name AND l.reason = h.reason AND l.halted_at = h.at AND l.confirmed_at = 0
		ORDER BY h.at, h.name`)
	return all, explain("list halts", err)
}

// ProposeLift keeps a proposal to lift a halt until another person confirms it, in place of the one before.
func (db *DB) ProposeLift(ctx context.Context, h halt.Halt) error {
	_, err := db.exec(ctx, `
		INSERT INTO lifts (name, reason, halted_at, proposed_by, proposed_at, note, confirmed_by, confirmed_at) VALUES (?, ?, ?, ?, ?, ?, '', 0)
		ON CONFLICT (name) WHERE confirmed_at = 0 DO UPDATE SET reason = excluded.reason, halted_at = excluded.halted_at,
			proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at, note = excluded.note`,
		h.Name, h.Reason, micros(h.At), h.ProposedBy, micros(h.ProposedAt), h.Note)
	return explain("propose to lift "+h.Name, err)
}

// ConfirmLift ends a halt and keeps by whom. What was found and halted payouts does so no more. It returns
// payment.ErrConflict when the halt is another by now, or the proposal is not the one that stands, by the same person, or
// too old.
func (db *DB) ConfirmLift(ctx context.Context, h halt.Halt) error {
	err := db.transact(ctx, func(tx *tx) error {
		n, err := tx.exec(ctx, `
			UPDATE lifts SET confirmed_by = ?, confirmed_at = ?
			WHERE name = ? AND reason = ? AND halted_at = ? AND proposed_by = ? AND proposed_by <> ? AND proposed_at = ? AND proposed_at > ? AND confirmed_at = 0`,
			h.ConfirmedBy, micros(h.ConfirmedAt), h.Name, h.Reason, micros(h.At), h.ProposedBy, h.ConfirmedBy, micros(h.ProposedAt),
			micros(h.ConfirmedAt.Add(-payment.ProposedFor)))
		if err = taken(n, err, payment.ErrConflict); err != nil {
			return err
		}
		n, err = tx.exec(ctx, `DELETE FROM halts WHERE name = ? AND reason = ? AND at = ?`, h.Name, h.Reason, micros(h.At))
		if err = taken(n, err, payment.ErrConflict); err != nil || h.Name != halt.Payouts {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE findings SET lifted_at = ? WHERE lifted_at = 0`, micros(h.ConfirmedAt))
		return err
	})
	return explain("lift "+h.Name, err)
}
