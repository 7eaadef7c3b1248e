package store

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Due claims payments that someone should look at, the longest due first, and keeps them from other gateways until the
// given moment. A claim that is not followed by a commit lapses then by itself. Payments whose live attempt is on one of
// the channels are passed over; the channel without a name stands for no live attempt.
func (db *DB) Due(ctx context.Context, now, until time.Time, limit int, except ...string) ([]payment.ID, error) {
	which, args := `due_at > 0 AND due_at <= ?`, []any{micros(now)}
	if len(except) > 0 {
		which += ` AND COALESCE((SELECT channel FROM attempts WHERE attempts.payment = payments.id AND attempts.outcome NOT IN ` +
			`('declined', 'not_sent', 'fenced', 'voided', 'canceled', 'lapsed', 'short')), '') NOT IN ` + rows(1, len(except))
		for _, channel := range except {
			args = append(args, channel)
		}
	}
	if waits, err := db.any(ctx, `payments WHERE `+which, args...); err != nil || !waits {
		return nil, explain("due payments", err)
	}
	var ids []payment.ID
	err := db.transact(ctx, func(tx *tx) error {
		return tx.each(ctx, func(scan func(...any) error) error {
			var id payment.ID
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, `
			UPDATE payments SET due_at = ? WHERE id IN (
				SELECT id FROM payments WHERE `+which+` ORDER BY due_at LIMIT ? {skip locked})
			RETURNING id`, append(append([]any{micros(until)}, args...), limit)...)
	})
	return ids, explain("due payments", err)
}

// Lease gives owner a named task until the given moment, if nobody else has it at now. The epoch increases each time
// that the owner changes.
func (db *DB) Lease(ctx context.Context, name, owner string, now, until time.Time) (epoch int64, ok bool, err error) {
	err = db.transact(ctx, func(tx *tx) error {
		return tx.each(ctx, func(scan func(...any) error) error {
			ok = true
			return scan(&epoch)
		}, `
			INSERT INTO leases (name, owner, epoch, ends_at) VALUES (?, ?, 1, ?)
			ON CONFLICT (name) DO UPDATE SET ends_at = excluded.ends_at, owner = excluded.owner,
				epoch = leases.epoch + CASE WHEN leases.owner = excluded.owner THEN 0 ELSE 1 END
			WHERE leases.owner = excluded.owner OR leases.ends_at <= ?
			RETURNING epoch`, name, owner, micros(until), micros(now))
	})
	return epoch, ok && err == nil, explain("lease "+name, err)
}
