package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
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

// Prune drops the answers to idempotency keys that are older than seven days, at most limit of them.
func (db *DB) Prune(ctx context.Context, now time.Time, limit int) (int64, error) {
	n, err := db.exec(ctx, `
		UPDATE idempotency_keys SET status = 0, answer = '', answered_at = 0 WHERE (merchant, path, key) IN (
			SELECT merchant, path, key FROM idempotency_keys WHERE answered_at > 0 AND answered_at < ? LIMIT ?)`,
		micros(now.Add(-answersFor)), limit)
	return n, explain("prune answers", err)
}

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
	var due int64
	if err := db.queryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM payments WHERE `+which+` LIMIT 1) due`, args...).Scan(&due); err != nil || due == 0 {
		return nil, explain("due payments", err) // nothing to claim: no write transaction
	}
	var ids []payment.ID
	err := db.transact(ctx, func(tx *tx) error {
		claimed, err := tx.query(ctx, `
			UPDATE payments SET due_at = ? WHERE id IN (
				SELECT id FROM payments WHERE `+which+` ORDER BY due_at LIMIT ? {skip locked})
			RETURNING id`, append(append([]any{micros(until)}, args...), limit)...)
		if err != nil {
			return err
		}
		defer claimed.Close()
		for claimed.Next() {
			var id payment.ID
			if err := claimed.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return claimed.Err()
	})
	return ids, explain("due payments", err)
}

// Lease gives owner a named task until the given moment, if nobody else has it at now. The epoch increases each time
// that the owner changes.
func (db *DB) Lease(ctx context.Context, name, owner string, now, until time.Time) (epoch int64, ok bool, err error) {
	err = db.transact(ctx, func(tx *tx) error {
		held, err := tx.query(ctx, `
			INSERT INTO leases (name, owner, epoch, ends_at) VALUES (?, ?, 1, ?)
			ON CONFLICT (name) DO UPDATE SET ends_at = excluded.ends_at, owner = excluded.owner,
				epoch = leases.epoch + CASE WHEN leases.owner = excluded.owner THEN 0 ELSE 1 END
			WHERE leases.owner = excluded.owner OR leases.ends_at <= ?
			RETURNING epoch`, name, owner, micros(until), micros(now))
		if err != nil {
			return err
		}
		defer held.Close()
		for held.Next() {
			ok = true
			if err := held.Scan(&epoch); err != nil {
				return err
			}
		}
		return held.Err()
	})
	return epoch, ok && err == nil, explain("lease "+name, err)
}

// SaveQuote stores a quote that may be accepted.
func (db *DB) SaveQuote(ctx context.Context, q fx.Quote) error {
	_, err := db.exec(ctx, `INSERT INTO quotes (id, merchant, status, payment, quote, created_at, expires_at) VALUES `+rows(1, 7),
		q.ID, q.Merchant, q.Status, "", document(q), micros(q.CreatedAt), micros(q.ExpiresAt))
	return explain("save quote "+q.ID, err)
}

// Quote finds a quote of the merchant, also one that was made with its payment. It returns payment.ErrNotFound when there
// is none.
func (db *DB) Quote(ctx context.Context, merchant, id string) (fx.Quote, error) {
	var text, status string
	var q fx.Quote
	err := db.queryRow(ctx, `
		SELECT quote, status FROM quotes WHERE id = ? AND merchant = ?
		UNION ALL SELECT quote, 'accepted' FROM payments WHERE quote_id = ? AND merchant = ? LIMIT 1`, id, merchant, id, merchant).Scan(&text, &status)
	if err == nil {
		err = json.Unmarshal([]byte(text), &q)
		q.Status = fx.Status(status)
	}
	return q, explain("quote "+id, err)
}

// SaveChannelFlag keeps an operator's decision on a channel, unless a newer one is kept already.
func (db *DB) SaveChannelFlag(ctx context.Context, f breaker.Flag) error {
	_, err := db.exec(ctx, `INSERT INTO channel_flags (channel, flag, at) VALUES (?, ?, ?)
		ON CONFLICT (channel) DO UPDATE SET flag = excluded.flag, at = excluded.at WHERE channel_flags.at <= excluded.at`,
		f.Channel, document(f), micros(f.At))
	return explain("save flag of "+f.Channel, err)
}

// ChannelFlags returns the operators' decisions.
func (db *DB) ChannelFlags(ctx context.Context) ([]breaker.Flag, error) {
	var flags []breaker.Flag
	err := db.documents(ctx, func(d *decoder, text string) {
		var f breaker.Flag
		d.document("flag", text, &f)
		flags = append(flags, f)
	}, `SELECT flag FROM channel_flags ORDER BY channel`)
	return flags, explain("channel flags", err)
}

// documents hands every document of a one-column query to take.
func (db *DB) documents(ctx context.Context, take func(d *decoder, text string), query string, args ...any) error {
	return db.each(ctx, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		var d decoder
		take(&d, text)
		return d.err
	}, query, args...)
}

// AppendRates stores observed rates.
func (db *DB) AppendRates(ctx context.Context, snapshots []fx.Snapshot) error {
	if len(snapshots) == 0 {
		return nil
	}
	var args []any
	for _, s := range snapshots {
		args = append(args, s.ID, s.Feed, s.Base, s.Quote, flag(s.Held), s.Releases, document(s), micros(s.ReceivedAt))
	}
	_, err := db.exec(ctx, `INSERT INTO rate_snapshots (id, feed, base, quote, held, releases, snapshot, received_at) VALUES `+
		rows(len(snapshots), 8), args...)
	return explain("append rates", err)
}

// LatestRates returns, oldest first, the newest observation of every pair and feed that may be used, and the newest that is
// held.
func (db *DB) LatestRates(ctx context.Context) ([]fx.Snapshot, error) {
	snapshots, err := db.rates(ctx, `SELECT r.snapshot FROM rate_snapshots r
		JOIN (SELECT feed, base, quote, held, MAX(received_at) AS newest FROM rate_snapshots GROUP BY feed, base, quote, held) n
		ON n.feed = r.feed AND n.base = r.base AND n.quote = r.quote AND n.held = r.held AND n.newest = r.received_at
		ORDER BY r.received_at, r.id`)
	return snapshots, explain("latest rates", err)
}

// HeldRates returns the newest observation of every pair and feed that is held, where none that may be used came after it.
func (db *DB) HeldRates(ctx context.Context) ([]fx.Snapshot, error) {
	latest, err := db.LatestRates(ctx)
	type series struct{ feed, base, quote string }
	newest := map[series]fx.Snapshot{}
	for _, s := range latest {
		newest[series{s.Feed, s.Base, s.Quote}] = s
	}
	return slices.DeleteFunc(latest, func(s fx.Snapshot) bool { return !s.Held || newest[series{s.Feed, s.Base, s.Quote}].ID != s.ID }), err
}

// ReleaseRate ends the quarantine that a held observation is part of: a copy of it that may be used is appended under the
// given id. It returns fx.ErrUnknownSnapshot when there is no such observation, or one that may be used came after it.
func (db *DB) ReleaseRate(ctx context.Context, held, id string, now time.Time) (fx.Snapshot, error) {
	found, err := db.rates(ctx, `SELECT h.snapshot FROM rate_snapshots h WHERE h.id = ? AND h.held = 1 AND NOT EXISTS (
		SELECT 1 FROM rate_snapshots u WHERE u.feed = h.feed AND u.base = h.base AND u.quote = h.quote AND u.held = 0
			AND u.received_at > h.received_at)`, held)
	if err != nil {
		return fx.Snapshot{}, explain("release rate", err)
	}
	if len(found) == 0 {
		return fx.Snapshot{}, fmt.Errorf("%q: %w", held, fx.ErrUnknownSnapshot)
	}
	released := found[0].Release(id, now)
	return released, db.AppendRates(ctx, []fx.Snapshot{released})
}

// ReleasedRates returns, oldest first, what was released since the given moment.
func (db *DB) ReleasedRates(ctx context.Context, since time.Time) ([]fx.Snapshot, error) {
	snapshots, err := db.rates(ctx, `SELECT snapshot FROM rate_snapshots WHERE releases <> '' AND received_at >= ?
		ORDER BY received_at, id`, micros(since))
	return snapshots, explain("released rates", err)
}

func (db *DB) rates(ctx context.Context, query string, args ...any) ([]fx.Snapshot, error) {
	var snapshots []fx.Snapshot
	err := db.documents(ctx, func(d *decoder, text string) {
		var s fx.Snapshot
		d.document("snapshot", text, &s)
		snapshots = append(snapshots, s)
	}, query, args...)
	return snapshots, err
}

// ErrRuleSetChanged is returned when a version of treasury's rules comes with another text than it had.
var ErrRuleSetChanged = errors.New("this version of the rules was in force with another text: give the new one a higher version")

// SaveRuleSet keeps the text of a rule set that is put in force, so that prices can be computed again from it for ever.
// It returns ErrRuleSetChanged when the version is known with another text.
func (db *DB) SaveRuleSet(ctx context.Context, version int64, body string, now time.Time) error {
	if _, err := db.exec(ctx, `INSERT INTO rulesets (version, body, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		version, body, micros(now)); err != nil {
		return explain("save rule set", err)
	}
	kept, err := db.RuleSet(ctx, version)
	if err == nil && kept != body {
		return fmt.Errorf("version %d: %w", version, ErrRuleSetChanged)
	}
	return err
}

// RuleSet returns the text of a version of the rules. It returns payment.ErrNotFound when it was never in force.
func (db *DB) RuleSet(ctx context.Context, version int64) (string, error) {
	var body string
	err := db.queryRow(ctx, `SELECT body FROM rulesets WHERE version = ?`, version).Scan(&body)
	return body, explain("rule set", err)
}
