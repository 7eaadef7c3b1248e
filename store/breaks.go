package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/reconcile"
)

const breakSelect = `
	SELECT b.id, b.channel, b.kind, b.movement, b.reference, b.no, b.payment, b.asset, b.theirs, b.our_asset, b.ours, b.at, b.opened_at, b.seen_at,
		b.closed_at, b.closed, b.owner, b.note, COALESCE(r.remedy, ''), COALESCE(r.proposed_by, ''), COALESCE(r.proposed_at, 0),
		COALESCE(r.confirmed_by, ''), COALESCE(r.confirmed_at, 0)
	FROM breaks b LEFT JOIN break_rulings r ON r.break = b.id AND r.proposed_at = (
		SELECT MAX(n.proposed_at) FROM break_rulings n WHERE n.break = b.id) `

func scanBreak(scan func(...any) error) (reconcile.Break, error) {
	var (
		b                                             reconcile.Break
		r                                             reconcile.Ruling
		asset, theirs, ourAsset, ours                 string
		at, opened, seen, closed, proposed, confirmed int64
	)
	err := scan(&b.ID, &b.Channel, &b.Kind, &b.Movement, &b.Reference, &b.No, &b.Payment, &asset, &theirs, &ourAsset, &ours, &at, &opened, &seen,
		&closed, &b.Closed, &b.Owner, &b.Note, &r.Remedy, &r.ProposedBy, &proposed, &r.ConfirmedBy, &confirmed)
	if err != nil {
		return b, err
	}
	var d decoder
	b.Theirs, b.Ours = d.amount("theirs", theirs, d.asset("asset", asset)), d.amount("ours", ours, d.asset("our_asset", ourAsset))
	b.At, b.OpenedAt, b.SeenAt, b.ClosedAt = fromMicros(at), fromMicros(opened), fromMicros(seen), fromMicros(closed)
	if r.Remedy != "" {
		r.Break, r.ProposedAt, r.ConfirmedAt = b.ID, fromMicros(proposed), fromMicros(confirmed)
		b.Ruling = &r
	}
	return b, d.err
}

func (db *DB) breaks(ctx context.Context, limit int, where string, args ...any) ([]reconcile.Break, error) {
	var all []reconcile.Break
	err := db.each(ctx, func(scan func(...any) error) error {
		b, err := scanBreak(scan)
		all = append(all, b)
		return err
	}, breakSelect+where+` LIMIT ?`, append(args, limit)...)
	return all, err
}

// OpenBreaks returns the open breaks of a channel, the oldest first. It returns an error beyond limit.
func (db *DB) OpenBreaks(ctx context.Context, channel string, limit int) ([]reconcile.Break, error) {
	all, err := db.breaks(ctx, limit+1, `WHERE b.closed_at = 0 AND b.channel = ? ORDER BY b.opened_at, b.id`, channel)
	if len(all) > limit {
		return nil, fmt.Errorf("channel %s has more than %d open breaks", channel, limit)
	}
	return all, explain("open breaks of "+channel, err)
}

// Breaks returns a page of breaks, newest first, and whether more follow.
func (db *DB) Breaks(ctx context.Context, f reconcile.Filter) ([]reconcile.Break, bool, error) {
	s := selection{}
	if f.Channel != "" {
		s.where("b.channel = ?", f.Channel)
	}
	if f.Kind != "" {
		s.where("b.kind = ?", string(f.Kind))
	}
	s.where("(b.closed_at = 0 OR ? = 1)", flag(f.Closed))
	s.page("b.id", f.Page)
	var all []reconcile.Break
	text := s.text()
	err := db.each(ctx, func(scan func(...any) error) error {
		b, err := scanBreak(scan)
		all = append(all, b)
		return err
	}, breakSelect+text, s.args...)
	all, more := cut(all, f.Page)
	return all, more, explain("list breaks", err)
}

// OpenBreakCounts counts open breaks by kind and age, for metrics.
func (db *DB) OpenBreakCounts(ctx context.Context, now time.Time) (map[reconcile.Kind]map[string]int, error) {
	counts := map[reconcile.Kind]map[string]int{}
	err := db.each(ctx, func(scan func(...any) error) error {
		var kind reconcile.Kind
		var n int
		var age string
		if err := scan(&kind, &age, &n); err != nil {
			return err
		}
		if counts[kind] == nil {
			counts[kind] = map[string]int{}
		}
		counts[kind][age] = n
		return nil
	}, `SELECT kind, age, COUNT(*) FROM (
			SELECT kind, CASE WHEN opened_at > ? THEN 'day' WHEN opened_at > ? THEN 'week' ELSE 'older' END AS age FROM breaks WHERE closed_at = 0
		) aged GROUP BY kind, age`, micros(now.Add(-reconcile.Day)), micros(now.Add(-reconcile.Week)))
	return counts, explain("count breaks", err)
}

// ResolvedBreaks returns what people decided of breaks of these references.
func (db *DB) ResolvedBreaks(ctx context.Context, channel string, references []string) ([]reconcile.Break, error) {
	var all []reconcile.Break
	for page := range slices.Chunk(references, pageMax) {
		found, err := db.breaks(ctx, reconcile.BreaksMax, `WHERE b.closed = 'resolved' AND b.channel = ? AND b.reference IN `+rows(1, len(page))+`
			ORDER BY b.opened_at, b.id`, append([]any{channel}, texts(page)...)...)
		if err != nil {
			return nil, explain("resolved breaks of "+channel, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// Dismissed returns by how much the statements of a channel exceed the books for good, by asset.
func (db *DB) Dismissed(ctx context.Context, channel string) ([]money.Amount, error) {
	var all []money.Amount
	err := db.each(ctx, func(scan func(...any) error) error {
		var asset, theirs, ours string
		if err := scan(&asset, &theirs, &ours); err != nil {
			return err
		}
		var d decoder
		of := d.asset("asset", asset)
		all = append(all, d.amount("theirs", theirs, of).Sub(d.amount("ours", ours, of)))
		return d.err
	}, `SELECT b.asset, dec_sum(b.theirs), dec_sum(b.ours) FROM breaks b JOIN break_rulings r ON r.break = b.id AND r.confirmed_at > 0
		WHERE b.channel = ? AND b.closed = 'resolved' AND r.remedy = 'dismiss' AND b.asset = b.our_asset GROUP BY b.asset ORDER BY b.asset`, channel)
	return all, explain("dismissed breaks of "+channel, err)
}

// RecordBreaks keeps what a run found, and what is healed. A break that is open already is the same one, with its own id. What was
// proposed for other amounts is proposed no more, and what people decided since the run began stays decided.
func (db *DB) RecordBreaks(ctx context.Context, found, healed []reconcile.Break) error {
	err := db.transact(ctx, func(tx *tx) error {
		for page := range slices.Chunk(found, pageMax) {
			if err := tx.outdate(ctx, page); err != nil {
				return err
			}
			page, err := tx.undecided(ctx, page)
			if err != nil {
				return err
			}
			if err := tx.keepBreaks(ctx, page); err != nil {
				return err
			}
		}
		for page := range slices.Chunk(healed, pageMax) {
			args := []any{micros(page[0].ClosedAt), string(page[0].Closed)}
			for _, b := range page {
				args = append(args, b.ID)
			}
			if _, err := tx.exec(ctx, `UPDATE breaks SET closed_at = ?, closed = ? WHERE closed_at = 0 AND id IN `+rows(1, len(page)), args...); err != nil {
				return err
			}
		}
		return nil
	})
	return explain("record breaks", err)
}

// outdate drops what is proposed for breaks whose amounts are others by now: nobody proposed it for those.
func (tx *tx) outdate(ctx context.Context, page []reconcile.Break) error {
	now := map[string]reconcile.Break{}
	args := []any{page[0].Channel}
	for _, b := range page {
		now[b.Key()] = b
		args = append(args, b.Key())
	}
	var changed []any
	err := tx.each(ctx, func(scan func(...any) error) error {
		b, err := scanBreak(scan)
		if err == nil && b.Ruling != nil && !b.Same(now[b.Key()]) {
			changed = append(changed, b.ID)
		}
		return err
	}, breakSelect+`WHERE b.closed_at = 0 AND b.channel = ? AND b.what IN `+rows(1, len(page)), args...)
	if err != nil || len(changed) == 0 {
		return err
	}
	_, err = tx.exec(ctx, `DELETE FROM break_rulings WHERE confirmed_at = 0 AND break IN `+rows(1, len(changed)), changed...)
	return err
}

// undecided returns those that nobody decided after the run that found them had begun.
func (tx *tx) undecided(ctx context.Context, page []reconcile.Break) ([]reconcile.Break, error) {
	decided := map[string]bool{}
	args := []any{page[0].Channel, micros(page[0].SeenAt)}
	for _, b := range page {
		args = append(args, b.Reference)
	}
	err := tx.each(ctx, func(scan func(...any) error) error {
		var key string
		err := scan(&key)
		decided[key] = true
		return err
	}, `SELECT what FROM breaks WHERE closed = 'resolved' AND channel = ? AND closed_at > ? AND reference IN `+rows(1, len(page)), args...)
	return slices.DeleteFunc(slices.Clone(page), func(b reconcile.Break) bool { return decided[b.Key()] }), err
}

func (tx *tx) keepBreaks(ctx context.Context, page []reconcile.Break) error {
	if len(page) == 0 {
		return nil
	}
	var args []any
	for _, b := range page {
		args = append(args, b.ID, b.Channel, b.Key(), string(b.Kind), string(b.Movement), b.Reference, b.No, string(b.Payment),
			b.Theirs.Asset().String(), b.Theirs.Value(), b.Ours.Asset().String(), b.Ours.Value(), micros(b.At), micros(b.OpenedAt), micros(b.SeenAt))
	}
	_, err := tx.exec(ctx, `INSERT INTO breaks (id, channel, what, kind, movement, reference, no, payment, asset, theirs, our_asset, ours, at,
		opened_at, seen_at, closed_at, closed, owner, note) VALUES `+breakRows(len(page))+`
		ON CONFLICT (channel, what) WHERE closed_at = 0 DO UPDATE SET seen_at = excluded.seen_at, payment = excluded.payment,
			asset = excluded.asset, theirs = excluded.theirs, our_asset = excluded.our_asset, ours = excluded.ours`, args...)
	return err
}

// breakRows are the rows of new breaks, which nobody has touched.
func breakRows(n int) string {
	one := "(" + strings.Repeat("?,", 15) + "0,'','','')"
	return strings.TrimSuffix(strings.Repeat(one+",", n), ",")
}

// Break returns reconcile.ErrNoBreak when there is none of that id.
func (db *DB) Break(ctx context.Context, id string) (reconcile.Break, error) {
	found, err := db.breaks(ctx, 1, `WHERE b.id = ?`, id)
	if err == nil && len(found) == 0 {
		return reconcile.Break{}, reconcile.ErrNoBreak
	}
	if err != nil {
		return reconcile.Break{}, explain("break "+id, err)
	}
	return found[0], nil
}

// AssignBreak says who looks after an open break. It returns reconcile.ErrBreakClosed.
func (db *DB) AssignBreak(ctx context.Context, id, owner, note string) error {
	n, err := db.exec(ctx, `UPDATE breaks SET owner = ?, note = ? WHERE id = ? AND closed_at = 0`, owner, note, id)
	if err == nil && n == 0 {
		if _, err := db.Break(ctx, id); err != nil {
			return err
		}
		return reconcile.ErrBreakClosed
	}
	return explain("assign "+id, err)
}

// ProposeRemedy keeps what is to be done about a break until another person confirms it, in place of what was proposed before.
func (db *DB) ProposeRemedy(ctx context.Context, r reconcile.Ruling) error {
	_, err := db.exec(ctx, `
		INSERT INTO break_rulings (break, remedy, proposed_by, proposed_at, confirmed_by, confirmed_at) VALUES (?, ?, ?, ?, '', 0)
		ON CONFLICT (break) WHERE confirmed_at = 0 DO UPDATE
			SET remedy = excluded.remedy, proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at`,
		r.Break, string(r.Remedy), r.ProposedBy, micros(r.ProposedAt))
	return explain("propose a remedy for "+r.Break, err)
}

// ConfirmRemedy closes a break with the entries of a ruling. It returns payment.ErrConflict when the break is closed, or the
// proposal is another by now, is by the same person, or is too old.
func (db *DB) ConfirmRemedy(ctx context.Context, r reconcile.Ruling, entries []ledger.Entry) error {
	err := db.transact(ctx, func(tx *tx) error {
		n, err := tx.exec(ctx, `
			UPDATE break_rulings SET confirmed_by = ?, confirmed_at = ?
			WHERE break = ? AND remedy = ? AND proposed_by = ? AND proposed_by <> ? AND proposed_at = ? AND proposed_at > ? AND confirmed_at = 0`,
			r.ConfirmedBy, micros(r.ConfirmedAt), r.Break, string(r.Remedy), r.ProposedBy, r.ConfirmedBy, micros(r.ProposedAt),
			micros(r.ConfirmedAt.Add(-payment.ProposedFor)))
		if err = taken(n, err, payment.ErrConflict); err != nil {
			return err
		}
		n, err = tx.exec(ctx, `UPDATE breaks SET closed_at = ?, closed = 'resolved' WHERE id = ? AND closed_at = 0`, micros(r.ConfirmedAt), r.Break)
		if err = taken(n, err, payment.ErrConflict); err != nil {
			return err
		}
		return tx.post(ctx, posting{at: r.ConfirmedAt, entries: entries})
	})
	return explain("resolve "+r.Break, err)
}
