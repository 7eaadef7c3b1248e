package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
	newest := map[series]fx.Snapshot{}
	for _, s := range snapshots {
		args = append(args, s.ID, s.Feed, s.Base, s.Quote, flag(s.Held), s.Releases, document(s), micros(s.ReceivedAt))
		if known, ok := newest[seriesOf(s)]; !ok || !s.ReceivedAt.Before(known.ReceivedAt) {
			newest[seriesOf(s)] = s
		}
	}
	err := db.transact(ctx, func(tx *tx) error {
		if _, err := tx.exec(ctx, `INSERT INTO rate_snapshots (id, feed, base, quote, held, releases, snapshot, received_at) VALUES `+
			rows(len(snapshots), 8), args...); err != nil {
			return err
		}
		return tx.keepNewest(ctx, newest)
	})
	return explain("append rates", err)
}

// series is what one observation follows another of.
type series struct {
	feed, base, quote string
	held              bool
}

func seriesOf(s fx.Snapshot) series { return series{s.Feed, s.Base, s.Quote, s.Held} }

// keepNewest keeps the newest of every series apart, in one order for every gateway.
func (tx *tx) keepNewest(ctx context.Context, newest map[series]fx.Snapshot) error {
	order := slices.SortedFunc(maps.Keys(newest), func(a, b series) int {
		return cmp.Or(cmp.Compare(a.feed, b.feed), cmp.Compare(a.base, b.base), cmp.Compare(a.quote, b.quote), cmp.Compare(flag(a.held), flag(b.held)))
	})
	var args []any
	for _, of := range order {
		s := newest[of]
		args = append(args, s.Feed, s.Base, s.Quote, flag(s.Held), s.ID, document(s), micros(s.ReceivedAt))
	}
	_, err := tx.exec(ctx, `INSERT INTO newest_rates (feed, base, quote, held, id, snapshot, received_at) VALUES `+rows(len(order), 7)+`
		ON CONFLICT (feed, base, quote, held) DO UPDATE SET id = excluded.id, snapshot = excluded.snapshot, received_at = excluded.received_at
		WHERE newest_rates.received_at <= excluded.received_at`, args...)
	return err
}

// LatestRates returns, oldest first, the newest observation of every pair and feed that may be used, and the newest that is
// held.
func (db *DB) LatestRates(ctx context.Context) ([]fx.Snapshot, error) {
	snapshots, err := db.rates(ctx, `SELECT snapshot FROM newest_rates ORDER BY received_at, id`)
	return snapshots, explain("latest rates", err)
}

// HeldRates returns the newest observation of every pair and feed that is held, where none that may be used came after it.
func (db *DB) HeldRates(ctx context.Context) ([]fx.Snapshot, error) {
	latest, err := db.LatestRates(ctx)
	newest := map[series]fx.Snapshot{} // held or not
	pair := func(s fx.Snapshot) series { return series{feed: s.Feed, base: s.Base, quote: s.Quote} }
	for _, s := range latest {
		newest[pair(s)] = s
	}
	return slices.DeleteFunc(latest, func(s fx.Snapshot) bool { return !s.Held || newest[pair(s)].ID != s.ID }), err
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
