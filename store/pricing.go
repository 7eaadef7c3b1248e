package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
)

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
