package store

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

var eventTable = newTable("events", "id, payment, merchant, mode, type, sequence int, at int, data, due_at int")

func (tx *tx) writeEvents(events []payment.Event) {
	var values []any
	for _, e := range events {
		values = append(values, e.ID, e.Payment, e.Merchant, e.Mode, e.Type, e.Sequence, micros(e.At), string(e.Data), micros(e.At))
	}
	tx.insert(eventTable, values, nil)
}

const eventColumns = `id, payment, merchant, mode, type, sequence, at, data`

func scanEvent(scan func(...any) error, more ...any) (payment.Event, error) {
	var e payment.Event
	var at int64
	var data string
	err := scan(append([]any{&e.ID, &e.Payment, &e.Merchant, &e.Mode, &e.Type, &e.Sequence, &at, &data}, more...)...)
	e.At, e.Data = fromMicros(at), []byte(data)
	return e, err
}

// ClaimEvents returns events that were not fanned out to endpoints yet, oldest first, and keeps them from other
// gateways until the given moment.
func (db *DB) ClaimEvents(ctx context.Context, now, until time.Time, limit int) ([]payment.Event, error) {
	if waits, err := db.any(ctx, `events WHERE due_at > 0 AND due_at <= ?`, micros(now)); err != nil || !waits {
		return nil, explain("claim events", err)
	}
	var events []payment.Event
	err := db.transact(ctx, func(tx *tx) error {
		return tx.each(ctx, func(scan func(...any) error) error {
			e, err := scanEvent(scan)
			events = append(events, e)
			return err
		}, `
			UPDATE events SET due_at = ? WHERE id IN (
				SELECT id FROM events WHERE due_at > 0 AND due_at <= ? ORDER BY due_at LIMIT ? {skip locked})
			RETURNING `+eventColumns, micros(until), micros(now), limit)
	})
	return events, explain("claim events", err)
}

// Audience returns the endpoints of the merchants that events belong to, by event, the oldest endpoint first.
func (db *DB) Audience(ctx context.Context, events []string) (map[string][]webhook.Endpoint, error) {
	audience := map[string][]webhook.Endpoint{}
	err := db.each(ctx, func(scan func(...any) error) error {
		var event string
		var row endpointRow
		if err := scan(append(row.into(), &event)...); err != nil {
			return err
		}
		e, err := row.value()
		audience[event] = append(audience[event], e)
		return err
	}, `SELECT `+prefixed("p", endpointColumns)+`, e.id FROM events e JOIN endpoints p ON p.merchant = e.merchant AND p.mode = e.mode
		WHERE e.id IN `+rows(1, len(events))+` ORDER BY p.id`, texts(events)...)
	return audience, explain("audience of events", err)
}

// FanOut stores the deliveries of events and marks the events as fanned out. Doing it again changes nothing.
func (db *DB) FanOut(ctx context.Context, events []string, deliveries []webhook.Delivery) error {
	err := db.transact(ctx, func(tx *tx) error {
		if len(deliveries) > 0 {
			var args []any
			for _, d := range deliveries {
				args = append(args, d.Event, d.Endpoint, d.State, d.Tries, micros(d.NextAt), document(d.Log))
			}
			if _, err := tx.exec(ctx, `INSERT INTO deliveries (event, endpoint, state, tries, next_at, log) VALUES `+
				rows(len(deliveries), 6)+` ON CONFLICT DO NOTHING`, args...); err != nil {
				return err
			}
		}
		_, err := tx.exec(ctx, `UPDATE events SET due_at = 0 WHERE id IN `+rows(1, len(events)), texts(events)...)
		return err
	})
	return explain("fan out events", err)
}

const dueDeliveries = `deliveries WHERE state = 'pending' AND next_at <= ? AND EXISTS (SELECT 1 FROM endpoints WHERE id = deliveries.endpoint)`

const deliveryColumns = `d.event, d.endpoint, d.state, d.tries, d.next_at, d.log`

// deliveryRow holds the columns of a delivery while they are read.
type deliveryRow struct {
	webhook.Delivery

	log  string
	next int64
}

func (r *deliveryRow) into() []any {
	return []any{&r.Event, &r.Endpoint, &r.State, &r.Tries, &r.next, &r.log}
}

func (r *deliveryRow) value() (webhook.Delivery, error) {
	var d decoder
	found := r.Delivery
	d.document("log", r.log, &found.Log)
	found.NextAt = fromMicros(r.next)
	return found, d.err
}

// Deliveries returns what was sent to an endpoint, newest event first.
func (db *DB) Deliveries(ctx context.Context, endpoint string, page payment.Page) ([]webhook.Delivery, bool, error) {
	s := selection{}
	s.where("d.endpoint = ?", endpoint)
	s.page("d.event", page)
	var all []webhook.Delivery
	err := db.each(ctx, func(scan func(...any) error) error {
		var row deliveryRow
		if err := scan(row.into()...); err != nil {
			return err
		}
		found, err := row.value()
		all = append(all, found)
		return err
	}, `SELECT `+deliveryColumns+` FROM deliveries d `+s.text(), s.args...)
	all, more := cut(all, page)
	return all, more, explain("deliveries of "+endpoint, err)
}

// ClaimDeliveries returns deliveries that are due, with their events and endpoints, and keeps them from other gateways
// until the given moment. Those to an endpoint that was deleted are not due.
func (db *DB) ClaimDeliveries(ctx context.Context, now, until time.Time, limit int) ([]webhook.Due, error) {
	if waits, err := db.any(ctx, dueDeliveries, micros(now)); err != nil || !waits {
		return nil, explain("claim deliveries", err)
	}
	var keys []any
	err := db.transact(ctx, func(tx *tx) error {
		return tx.each(ctx, func(scan func(...any) error) error {
			var event, endpoint string
			err := scan(&event, &endpoint)
			keys = append(keys, event, endpoint)
			return err
		}, `
			UPDATE deliveries SET next_at = ? WHERE (event, endpoint) IN (
				SELECT event, endpoint FROM `+dueDeliveries+` ORDER BY next_at LIMIT ? {skip locked})
			RETURNING event, endpoint`, micros(until), micros(now), limit)
	})
	if err != nil || len(keys) == 0 {
		return nil, explain("claim deliveries", err)
	}
	var due []webhook.Due
	err = db.each(ctx, func(scan func(...any) error) error {
		var delivery deliveryRow
		var endpoint endpointRow
		event, err := scanEvent(scan, append(delivery.into(), endpoint.into()...)...)
		if err != nil {
			return err
		}
		found := webhook.Due{Event: event}
		found.Delivery, err = delivery.value()
		if err != nil {
			return err
		}
		found.Endpoint, err = endpoint.value()
		due = append(due, found)
		return err
	}, `SELECT `+prefixed("e", eventColumns)+`, `+deliveryColumns+`, `+prefixed("p", endpointColumns)+`
		FROM deliveries d JOIN events e ON e.id = d.event JOIN endpoints p ON p.id = d.endpoint
		WHERE (d.event, d.endpoint) IN (VALUES `+rows(len(keys)/2, 2)+`)`, keys...)
	return due, explain("claim deliveries", err)
}

// RecordTry stores a delivery after a try.
func (db *DB) RecordTry(ctx context.Context, d webhook.Delivery) error {
	_, err := db.exec(ctx, `UPDATE deliveries SET state = ?, tries = ?, next_at = ?, log = ? WHERE event = ? AND endpoint = ?`,
		d.State, d.Tries, micros(d.NextAt), document(d.Log), d.Event, d.Endpoint)
	return explain("record try of "+d.Event, err)
}

// Resend makes an event of the merchant due again, for every endpoint that it was meant for.
func (db *DB) Resend(ctx context.Context, merchant string, mode payment.Mode, event string, now time.Time) error {
	err := db.transact(ctx, func(tx *tx) error {
		n, err := tx.exec(ctx, `UPDATE events SET due_at = ? WHERE id = ? AND merchant = ? AND mode = ?`, micros(now), event, merchant, mode)
		if err = taken(n, err, payment.ErrNotFound); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE deliveries SET state = 'pending', tries = 0, next_at = ? WHERE event = ?`, micros(now), event)
		return err
	})
	return explain("resend "+event, err)
}
