package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/causeway-pay/causeway/payment"
)

// Commit makes a transition true, whole or not at all, or says why not with an error of package payment.
func (db *DB) Commit(ctx context.Context, t payment.Transition) error {
	ctx, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	s := &step{Transition: t, stamp: rand.Text(), turn: make(chan []*step, 1)}
	batch, err := db.group.join(ctx, s)
	if err != nil {
		return explain("commit "+string(t.After.ID), err)
	}
	if len(batch) > 0 {
		db.settle(ctx, batch)
	}
	return explain("commit "+string(t.After.ID), s.err)
}

// errUnsettled is what became of steps whose writer did not come back, or that were not tried any more.
var errUnsettled = errors.New("it was not written")

// settle writes a batch and says what became of every step in it. Whoever waits for one of them may give up meanwhile, and
// changes nothing by that.
func (db *DB) settle(ctx context.Context, batch []*step) {
	defer db.group.settled(batch)
	for _, s := range batch {
		s.err = errUnsettled
	}
	db.commitBatch(ctx, batch)
}

// commitBatch writes a batch by one transaction, or in parts where that failed of some of its steps, until nobody's failure is
// another's. It reports whether the database answers: where it does not, nobody else is kept waiting for that.
func (db *DB) commitBatch(ctx context.Context, batch []*step) (answers bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerMax)
	defer cancel()
	err := db.tryBatch(ctx, batch)
	if len(batch) > 1 && apart(err) {
		answers = true
		for _, part := range parts(batch) {
			answers = answers && db.commitBatch(ctx, part)
		}
		return answers
	}
	answers = err == nil || apart(err) || errors.Is(err, errNothing)
	var stand map[payment.ID]string
	if !answers {
		stand = db.stamps(ctx, batch)
	}
	for _, s := range batch {
		switch {
		case s.refused != nil:
			s.err = s.refused
		case err == nil, stand[s.After.ID] == s.stamp:
			s.err = nil
		case retryable(err) && !s.New():
			s.err = payment.ErrConflict
		default:
			s.err = err
		}
	}
	return answers
}

// tryBatch tries to write a batch. A step that trips over a fault of ours does not end whoever writes it, and with them all
// that wait.
func (db *DB) tryBatch(ctx context.Context, batch []*step) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, caught, debug.Stack())
		}
	}()
	for _, s := range batch {
		s.refused, s.crowded, s.wrote = nil, false, false
	}
	return db.transact(ctx, func(tx *tx) error { return tx.apply(ctx, batch) })
}

// parts divides a batch that failed. Those who were refused whatever the others do have heard so, and the rest is written without
// them. Where nobody was refused, who failed is found by halves.
func parts(batch []*step) [][]*step {
	var rest []*step
	var alone [][]*step
	for _, s := range batch {
		switch {
		case s.refused == nil:
			rest = append(rest, s)
		case s.crowded:
			alone = append(alone, []*step{s})
		default:
			s.err = s.refused
		}
	}
	switch len(rest) {
	case 0:
		return alone
	case len(batch):
		return [][]*step{batch[:len(batch)/2], batch[len(batch)/2:]}
	}
	return append([][]*step{rest}, alone...)
}

// apart reports whether a batch failed of one of its steps, and the others may succeed without it. Nothing of it is written.
func apart(err error) bool {
	return errors.Is(err, errBroken) || isDomain(err) && !errors.Is(err, payment.ErrUnavailable) || isFault(err) || retryable(err)
}

// stamps finds out what became of a transaction that was not answered: which commit wrote payments as they are.
func (db *DB) stamps(ctx context.Context, batch []*step) map[payment.ID]string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerMax) // the transaction's own may be over
	defer cancel()
	stand := map[payment.ID]string{}
	ids := make([]any, len(batch))
	for i, s := range batch {
		ids[i] = s.After.ID
	}
	among, args := db.among(ids)
	err := db.each(ctx, func(scan func(...any) error) error {
		var id payment.ID
		var stamp string
		err := scan(&id, &stamp)
		stand[id] = stamp
		return err
	}, `SELECT id, stamp FROM payments WHERE id `+among, args...)
	if err != nil {
		return nil
	}
	return stand
}
