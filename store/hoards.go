package store

import (
	"context"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

var hoardTable = newTable("hoards", "attempt, asset, channel, payment, amount dec, from_at int")

// writeHoards keeps what can be swept of payments whose receipts or sweeps change.
func (tx *tx) writeHoards(batch []*step) {
	var values, payments []any
	for _, s := range batch {
		if !swept(s.Transition) {
			continue
		}
		payments = append(payments, s.After.ID)
		for _, h := range s.After.Hoards() { // one for each asset that came to an address
			a, _ := s.After.Attempt(h.Attempt)
			values = append(values, h.Attempt, h.Amount.Asset().String(), a.Channel, s.After.ID, h.Amount.Value(), micros(h.From))
		}
	}
	if len(payments) == 0 {
		return
	}
	among, args := tx.among(payments)
	tx.later(statement{text: `DELETE FROM hoards WHERE payment ` + among, args: args})
	tx.insert(hoardTable, values, nil)
}

// swept reports whether a transition changes what can be swept.
func swept(t payment.Transition) bool {
	added, changed := t.Receipts()
	if len(added)+len(changed) > 0 {
		return true
	}
	begun, ended := t.Operations()
	for _, o := range append(begun, ended...) {
		if o.Kind == payment.Sweep {
			return true
		}
	}
	return false
}

// Hoards returns a page of the places of a channel that can be swept at now, after the one named, and the name of the last;
// no name once there are no more.
func (db *DB) Hoards(ctx context.Context, channel, after string, now time.Time, limit int) ([]payment.Hoard, string, error) {
	attempt, asset, _ := strings.Cut(after, " ")
	var page []payment.Hoard
	err := db.each(ctx, func(scan func(...any) error) error {
		var h payment.Hoard
		var asset, amount string
		var from int64
		if err := scan(&h.Payment, &h.Attempt, &asset, &amount, &from); err != nil {
			return err
		}
		var d decoder
		h.Amount, h.From = d.amount("amount", amount, d.asset("asset", asset)), fromMicros(from)
		page = append(page, h)
		return d.err
	}, `SELECT payment, attempt, asset, amount, from_at FROM hoards
		WHERE channel = ? AND (attempt, asset) > (?, ?) AND from_at <= ? ORDER BY attempt, asset LIMIT ?`,
		channel, attempt, asset, micros(now), limit)
	if err != nil || len(page) < limit {
		return page, "", explain("what can be swept of "+channel, err)
	}
	return page, page[limit-1].Name(), nil
}

// Holding returns the addresses of a channel where something waits to be swept, or was swept since a moment.
func (db *DB) Holding(ctx context.Context, channel string, since time.Time, limit int) ([]string, error) {
	found, err := db.column(ctx, "addresses that hold something", `
		SELECT a.pay_to FROM hoards h JOIN attempts a ON a.id = h.attempt WHERE h.channel = ?
		UNION SELECT i.place FROM chain_intents i
			WHERE i.place <> '' AND i.channel = ? AND (i.state IN ('reserved', 'signed', 'canceling') OR i.at >= ?)
		ORDER BY 1 LIMIT ?`, channel, channel, micros(since), limit)
	return found, err
}
