package store

import (
	"context"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

var (
	eventTable  = newTable("events", "id, payment, merchant, mode, type, sequence int, at int, data")
	outboxTable = newTable("outbox", "due_at int, event")
)

// writeEvents has flush store events, and put each into the outbox.
func (tx *tx) writeEvents(events []payment.Event) {
	var values, waiting []any
	for _, e := range events {
		values = append(values, e.ID, e.Payment, e.Merchant, e.Mode, e.Type, e.Sequence, micros(e.At), string(e.Data))
		waiting = append(waiting, micros(e.At), e.ID)
	}
	tx.insert(eventTable, values, nil)
	tx.insert(outboxTable, waiting, nil)
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

// unreadFor is how long an event waits in the outbox for an endpoint that could not be read.
const unreadFor = time.Minute

// FanOut takes events out of the outbox, those that have waited longest and at most limit of them, and stores a delivery for
// every endpoint that wants one. It returns how many it took and how many deliveries are new. Events that another gateway is
// taking are passed over. When an endpoint cannot be read, its events go to the others and wait for it: they are taken again
// later, and hold up nobody meanwhile. The error says which, beside what was done.
func (db *DB) FanOut(ctx context.Context, now time.Time, limit int) (events, deliveries int, err error) {
	if waits, err := db.any(ctx, `(SELECT 1 FROM outbox WHERE due_at <= ? ORDER BY due_at LIMIT 1) first`, micros(now)); err != nil || !waits {
		return 0, 0, explain("fan out events", err)
	}
	var unread error
	err = db.transact(ctx, func(tx *tx) error {
		taken, err := tx.takeOut(ctx, now, limit)
		if err != nil || len(taken) == 0 {
			return err
		}
		var made, later []any
		made, later, unread, err = tx.address(ctx, taken, now)
		if err != nil {
			return err
		}
		events = len(taken)
		tx.insert(outboxTable, later, nil)
		tx.insertNew(deliveryTable, made, `event`, func(func(...any) error) error {
			deliveries++
			return nil
		}, nil)
		return nil
	})
	if err != nil {
		return 0, 0, explain("fan out events", err)
	}
	return events, deliveries, explain("fan out events", unread)
}

// takeOut removes from the outbox the events that are due, and returns their ids.
func (tx *tx) takeOut(ctx context.Context, now time.Time, limit int) (events []any, err error) {
	var waiting []any
	err = tx.each(ctx, func(scan func(...any) error) error {
		var due int64
		var event string
		err := scan(&due, &event)
		waiting, events = append(waiting, due, event), append(events, event)
		return err
	}, `SELECT due_at, event FROM outbox WHERE due_at <= ? ORDER BY due_at, event LIMIT ? {skip locked}`, micros(now), limit)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	from, args := tx.rowsOf(outboxTable, waiting)
	_, err = tx.exec(ctx, `DELETE FROM outbox WHERE (due_at, event) IN (SELECT due_at, event FROM `+from+`)`, args...)
	return events, err
}

// address returns rows of deliveries of events to the endpoints that want them, in the order of the events, and rows of the
// outbox for those events that have an endpoint which could not be read.
func (tx *tx) address(ctx context.Context, events []any, now time.Time) (deliveries, later []any, unread, err error) {
	waits := map[string]bool{}
	among, args := tx.among(events)
	err = tx.each(ctx, func(scan func(...any) error) error {
		var event, kind string
		var row endpointRow
		if err := scan(append([]any{&event, &kind}, row.into()...)...); err != nil {
			return err
		}
		switch e, err := row.value(); {
		case err != nil:
			unread = fmt.Errorf("endpoint %s: %w", row.ID, err)
			if !waits[event] {
				waits[event], later = true, append(later, micros(now.Add(unreadFor)), event)
			}
		case e.Wants(kind):
			deliveries = append(deliveries, event, e.ID, webhook.Pending, 0, micros(now), document([]webhook.Try(nil)))
		}
		return nil
	}, `SELECT e.id, e.type, `+prefixed("p", endpointColumns)+` FROM events e JOIN endpoints p ON p.merchant = e.merchant AND p.mode = e.mode
		WHERE e.id `+among+` ORDER BY e.at, e.id, p.id`, args...)
	return deliveries, later, unread, err
}

var (
	deliveryTable = newTable("deliveries", "event, endpoint, state, tries int, next_at int, log")
	deliveryNames = newTable("", "this, of")
)

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

// ClaimDeliveries returns deliveries that are due, with their events and endpoints, the oldest event first, and keeps them from other gateways
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
	from, args := db.rowsOf(deliveryNames, keys)
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
		FROM `+from+` JOIN deliveries d ON d.event = v.this AND d.endpoint = v.of JOIN events e ON e.id = d.event
		JOIN endpoints p ON p.id = d.endpoint ORDER BY e.at, e.id, p.id`, args...)
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
		n, err := tx.exec(ctx, `INSERT INTO outbox (due_at, event) SELECT ?, id FROM events WHERE id = ? AND merchant = ? AND mode = ?
			ON CONFLICT (due_at, event) DO UPDATE SET due_at = excluded.due_at`, micros(now), event, merchant, mode)
		if err = taken(n, err, payment.ErrNotFound); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE deliveries SET state = 'pending', tries = 0, next_at = ? WHERE event = ?`, micros(now), event)
		return err
	})
	return explain("resend "+event, err)
}
