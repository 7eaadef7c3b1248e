package store

import (
	"context"
	"strings"

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

// SaveEndpoint stores an endpoint, new or changed.
func (db *DB) SaveEndpoint(ctx context.Context, e webhook.Endpoint) error {
	_, err := db.exec(ctx, `INSERT INTO endpoints (`+endpointColumns+`) VALUES `+rows(1, 9)+`
		ON CONFLICT (id) DO UPDATE SET url = excluded.url, events = excluded.events, secrets = excluded.secrets,
			disabled = excluded.disabled, updated_at = excluded.updated_at`,
		e.ID, e.Merchant, e.Mode, e.URL, document(e.Events), document(e.Secrets), e.Disabled, micros(e.CreatedAt), micros(e.UpdatedAt))
	return explain("save endpoint "+e.ID, err)
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
