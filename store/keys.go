package store

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// answersFor is how long the answer to an idempotency key is kept; the key itself is kept for ever.
const answersFor = 7 * 24 * time.Hour

// Key finds what a merchant's idempotency key was used for. It returns payment.ErrNotFound when it is free.
func (db *DB) Key(ctx context.Context, merchant, path, key string) (payment.Key, error) {
	k := payment.Key{Merchant: merchant, Path: path, Key: key}
	var createdAt, answeredAt int64
	var status int
	var body string
	err := db.queryRow(ctx, `
		SELECT hash, object, payment, created_at, status, answer, answered_at FROM idempotency_keys
		WHERE merchant = ? AND path = ? AND key = ?`, merchant, path, key).
		Scan(&k.Hash, &k.Object, &k.Payment, &createdAt, &status, &body, &answeredAt)
	k.At = fromMicros(createdAt)
	if status > 0 {
		k.Answer = &payment.Answer{Merchant: merchant, Path: path, Key: key, Status: status, Body: []byte(body), At: fromMicros(answeredAt)}
	}
	return k, explain("idempotency key", err)
}

// keepAnswer stores the answer of a key that has none.
const keepAnswer = `
	UPDATE idempotency_keys SET status = ?, answer = ?, answered_at = ?
	WHERE merchant = ? AND path = ? AND key = ? AND answered_at = 0`

// KeepAnswer stores what a repeated request is answered, unless its key has an answer by now, and returns the one that is
// stored.
func (db *DB) KeepAnswer(ctx context.Context, a payment.Answer) (payment.Answer, error) {
	n, err := db.exec(ctx, keepAnswer, a.Status, string(a.Body), micros(a.At), a.Merchant, a.Path, a.Key)
	if err != nil || n > 0 {
		return a, explain("keep answer", err)
	}
	k, err := db.Key(ctx, a.Merchant, a.Path, a.Key)
	if err == nil && k.Answer != nil {
		a = *k.Answer
	}
	return a, err
}

// Prune drops the answers to idempotency keys that are older than seven days, at most limit of them.
func (db *DB) Prune(ctx context.Context, now time.Time, limit int) (int64, error) {
	n, err := db.exec(ctx, `
		UPDATE idempotency_keys SET status = 0, answer = '', answered_at = 0 WHERE (merchant, path, key) IN (
			SELECT merchant, path, key FROM idempotency_keys WHERE answered_at > 0 AND answered_at < ? LIMIT ?)`,
		micros(now.Add(-answersFor)), limit)
	return n, explain("prune answers", err)
}
