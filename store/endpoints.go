package store

import (
	"context"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

const endpointColumns = `id, merchant, mode, url, events, secrets, disabled, created_at, updated_at`

// prefixed puts a table's alias before each of its columns.
func prefixed(alias, columns string) string {
	return alias + "." + strings.ReplaceAll(columns, ", ", ", "+alias+".")
}

// endpointRow holds the columns of an endpoint while they are read.
type endpointRow struct {
	webhook.Endpoint

	events, secrets      string
	createdAt, updatedAt int64
}

func (r *endpointRow) into() []any {
	return []any{&r.ID, &r.Merchant, &r.Mode, &r.URL, &r.events, &r.secrets, &r.Disabled, &r.createdAt, &r.updatedAt}
}

func (r *endpointRow) value() (webhook.Endpoint, error) {
	var d decoder
	e := r.Endpoint
	d.document("events", r.events, &e.Events)
	d.document("secrets", r.secrets, &e.Secrets)
	e.CreatedAt, e.UpdatedAt = fromMicros(r.createdAt), fromMicros(r.updatedAt)
	return e, d.err
}

func (db *DB) endpoints(ctx context.Context, where string, args ...any) ([]webhook.Endpoint, error) {
	var all []webhook.Endpoint
	err := db.each(ctx, func(scan func(...any) error) error {
		var row endpointRow
		if err := scan(row.into()...); err != nil {
			return err
		}
		e, err := row.value()
		all = append(all, e)
		return err
	}, `SELECT `+endpointColumns+` FROM endpoints `+where, args...)
	return all, err
}

// Endpoints returns the endpoints of a merchant, oldest first.
func (db *DB) Endpoints(ctx context.Context, merchant string, mode payment.Mode) ([]webhook.Endpoint, error) {
	all, err := db.endpoints(ctx, `WHERE merchant = ? AND mode = ? ORDER BY id`, merchant, mode)
	return all, explain("endpoints of "+merchant, err)
}

// Endpoint returns one endpoint of the merchant. It returns payment.ErrNotFound when there is none.
func (db *DB) Endpoint(ctx context.Context, merchant string, mode payment.Mode, id string) (webhook.Endpoint, error) {
	all, err := db.endpoints(ctx, `WHERE id = ? AND merchant = ? AND mode = ?`, id, merchant, mode)
	if err == nil && len(all) == 0 {
		err = payment.ErrNotFound
	}
	if err != nil {
		return webhook.Endpoint{}, explain("endpoint "+id, err)
	}
	return all[0], nil
}

// AddEndpoint stores a new endpoint.
func (db *DB) AddEndpoint(ctx context.Context, e webhook.Endpoint) error {
	_, err := db.exec(ctx, `INSERT INTO endpoints (`+endpointColumns+`) VALUES `+rows(1, 9),
		e.ID, e.Merchant, e.Mode, e.URL, document(e.Events), document(e.Secrets), e.Disabled, micros(e.CreatedAt), micros(e.UpdatedAt))
	return explain("add endpoint "+e.ID, err)
}

// ChangeEndpoint stores e in place of the version that was read, which had another UpdatedAt. It returns
// webhook.ErrChanged when another was first, and then nothing has changed.
func (db *DB) ChangeEndpoint(ctx context.Context, e webhook.Endpoint, read time.Time) error {
	n, err := db.exec(ctx, `UPDATE endpoints SET url = ?, events = ?, secrets = ?, disabled = ?, updated_at = ? WHERE id = ? AND updated_at = ?`,
		e.URL, document(e.Events), document(e.Secrets), e.Disabled, micros(e.UpdatedAt), e.ID, micros(read))
	return explain("change endpoint "+e.ID, taken(n, err, webhook.ErrChanged))
}

// DisableEndpoint stops sending to an endpoint, and says why, unless it was moved to another URL or disabled already.
func (db *DB) DisableEndpoint(ctx context.Context, id, url, why string, now time.Time) error {
	_, err := db.exec(ctx, `
		UPDATE endpoints SET disabled = ?, updated_at = CASE WHEN updated_at < ? THEN ? ELSE updated_at + 1 END
		WHERE id = ? AND url = ? AND disabled = ''`, why, micros(now), micros(now), id, url)
	return explain("disable endpoint "+id, err)
}

// DeleteEndpoint removes an endpoint of the merchant and gives up what was on its way there. It returns
// payment.ErrNotFound when there is none.
func (db *DB) DeleteEndpoint(ctx context.Context, merchant string, mode payment.Mode, id string) error {
	err := db.transact(ctx, func(tx *tx) error {
		n, err := tx.exec(ctx, `DELETE FROM endpoints WHERE id = ? AND merchant = ? AND mode = ?`, id, merchant, mode)
		if err = taken(n, err, payment.ErrNotFound); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE deliveries SET state = 'failed', next_at = 0 WHERE endpoint = ? AND state = 'pending'`, id)
		return err
	})
	return explain("delete endpoint "+id, err)
}
