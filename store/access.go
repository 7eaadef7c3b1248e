package store

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/payment"
)

// AccessEdition returns a number that is another after every change of a merchant or a key, from the moment on at which that
// is committed. It is never 0.
func (db *DB) AccessEdition(ctx context.Context) (int64, error) {
	var edition int64
	err := db.queryRow(ctx, `SELECT edition FROM access_edition`).Scan(&edition)
	return edition, explain("edition of keys and merchants", err)
}

// SaveMerchant stores a merchant, new or changed.
func (db *DB) SaveMerchant(ctx context.Context, m access.Merchant) error {
	_, err := db.exec(ctx, `INSERT INTO merchants (id, name, tier, currency, created_at) VALUES `+rows(1, 5)+`
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, tier = excluded.tier, currency = excluded.currency`,
		m.ID, m.Name, m.Tier, m.Currency, micros(m.CreatedAt))
	return explain("save merchant "+m.ID, err)
}

// Merchant returns a merchant. It returns payment.ErrNotFound when there is none.
func (db *DB) Merchant(ctx context.Context, id string) (access.Merchant, error) {
	var m access.Merchant
	var createdAt int64
	err := db.queryRow(ctx, `SELECT id, name, tier, currency, created_at FROM merchants WHERE id = ?`, id).
		Scan(&m.ID, &m.Name, &m.Tier, &m.Currency, &createdAt)
	m.CreatedAt = fromMicros(createdAt)
	return m, explain("merchant "+id, err)
}

// SaveAPIKey stores a new key.
func (db *DB) SaveAPIKey(ctx context.Context, k access.Key) error {
	_, err := db.exec(ctx, `INSERT INTO api_keys (id, kind, merchant, mode, scopes, hash, created_at, revoked_at) VALUES `+rows(1, 8),
		k.ID, k.Kind, k.Merchant, k.Mode, document(k.Scopes), k.Hash, micros(k.CreatedAt), micros(k.RevokedAt))
	return explain("save API key "+k.ID, err)
}

const keySelect = `SELECT id, kind, merchant, mode, scopes, hash, created_at, revoked_at FROM api_keys `

func scanKey(scan func(...any) error) (access.Key, error) {
	var k access.Key
	var scopes string
	var createdAt, revokedAt int64
	if err := scan(&k.ID, &k.Kind, &k.Merchant, &k.Mode, &scopes, &k.Hash, &createdAt, &revokedAt); err != nil {
		return k, err
	}
	var d decoder
	d.document("scopes", scopes, &k.Scopes)
	k.CreatedAt, k.RevokedAt = fromMicros(createdAt), fromMicros(revokedAt)
	return k, d.err
}

// APIKey returns a key, revoked or not. It returns payment.ErrNotFound when there is none.
func (db *DB) APIKey(ctx context.Context, id string) (access.Key, error) {
	k, err := scanKey(db.queryRow(ctx, keySelect+`WHERE id = ?`, id).Scan)
	return k, explain("API key "+id, err)
}

// APIKeys returns every key, oldest first.
func (db *DB) APIKeys(ctx context.Context) ([]access.Key, error) {
	var keys []access.Key
	err := db.each(ctx, func(scan func(...any) error) error {
		k, err := scanKey(scan)
		keys = append(keys, k)
		return err
	}, keySelect+`ORDER BY id`)
	return keys, explain("API keys", err)
}

// RevokeAPIKey ends a key. It returns payment.ErrNotFound when there is no such key in force.
func (db *DB) RevokeAPIKey(ctx context.Context, id string, now time.Time) error {
	n, err := db.exec(ctx, `UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at = 0`, micros(now), id)
	return explain("revoke API key "+id, taken(n, err, payment.ErrNotFound))
}
