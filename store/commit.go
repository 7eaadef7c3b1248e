package store

import (
	"context"
	"crypto/rand"

	"github.com/causeway-pay/causeway/payment"
)

// Commit makes a transition true, whole or not at all, or says why not with an error of package payment.
func (db *DB) Commit(ctx context.Context, t payment.Transition) error {
	ctx, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	stamp := rand.Text()
	err := db.transact(ctx, func(tx *tx) error { return tx.apply(ctx, t, stamp) })
	switch {
	case err == nil:
		return nil
	case isDomain(err), isFault(err):
		return explain("commit "+string(t.After.ID), err)
	case retryable(err) && !t.New():
		return explain("commit "+string(t.After.ID), payment.ErrConflict)
	case db.committed(ctx, t, stamp):
		return nil
	}
	return explain("commit "+string(t.After.ID), err)
}

// committed finds out what became of a commit that was not answered.
func (db *DB) committed(ctx context.Context, t payment.Transition, stamp string) bool {
	var found string
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerMax) // the commit's own may be over
	defer cancel()
	err := db.queryRow(ctx, `SELECT stamp FROM payments WHERE id = ?`, t.After.ID).Scan(&found)
	return err == nil && found == stamp
}

// apply writes one transition. No statement assumes that it is alone in its database transaction.
func (tx *tx) apply(ctx context.Context, t payment.Transition, stamp string) error {
	return firstOf(
		func() error { return tx.takeKey(ctx, t) },
		func() error { return tx.takeQuote(ctx, t) },
		func() error { return tx.takeCallback(ctx, t) },
		func() error { return tx.takeReview(ctx, t) },
		func() error { return tx.takeClaimRuling(ctx, t) },
		func() error { return tx.writePayment(ctx, t, stamp) },
		func() error { return tx.writeAttempts(ctx, t) },
		func() error { return tx.writeOperations(ctx, t) },
		func() error { return tx.writeReceipts(ctx, t) },
		func() error { return tx.writeHoards(ctx, t) },
		func() error { return tx.writeOutcomes(ctx, t) },
		func() error { return tx.post(ctx, t) },
		func() error { return tx.writeEvents(ctx, t.Events) },
		func() error { return tx.writeAnswer(ctx, t) },
	)
}

// firstOf runs the steps in order and returns the first error.
func firstOf(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) takeKey(ctx context.Context, t payment.Transition) error {
	k := t.Key
	if k == nil {
		return nil
	}
	n, err := tx.exec(ctx, `
		INSERT INTO idempotency_keys (merchant, path, key, hash, object, payment, created_at, status, answer, answered_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, '', 0) ON CONFLICT DO NOTHING`,
		k.Merchant, k.Path, k.Key, k.Hash, k.Object, k.Payment, micros(k.At))
	return taken(n, err, payment.ErrKeyUsed)
}

func (tx *tx) takeQuote(ctx context.Context, t payment.Transition) error {
	if t.Accept == "" {
		return nil
	}
	n, err := tx.exec(ctx, `
		UPDATE quotes SET status = 'accepted', payment = ?
		WHERE id = ? AND merchant = ? AND status = 'open' AND expires_at > ?`,
		t.After.ID, t.Accept, t.After.Merchant, micros(t.After.UpdatedAt))
	return taken(n, err, payment.ErrQuoteUsed)
}

func (tx *tx) takeCallback(ctx context.Context, t payment.Transition) error {
	c := t.Callback
	if c == nil {
		return nil
	}
	n, err := tx.exec(ctx, `INSERT INTO callbacks (channel, event, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		c.Channel, c.Event, micros(c.At))
	return taken(n, err, payment.ErrDuplicateCallback)
}

// takeReview confirms a proposal, unless it is by the same person, too old, or not the one that stands any more.
func (tx *tx) takeReview(ctx context.Context, t payment.Transition) error {
	r := t.Review
	if r == nil {
		return nil
	}
	n, err := tx.exec(ctx, `
		UPDATE reviews SET confirmed_by = ?, confirmed_at = ?
		WHERE ref = ? AND outcome = ? AND proposed_by = ? AND proposed_by <> ? AND proposed_at = ? AND proposed_at > ? AND confirmed_at = 0`,
		r.ConfirmedBy, micros(r.ConfirmedAt), r.Ref, r.Outcome.String(), r.ProposedBy, r.ConfirmedBy, micros(r.ProposedAt),
		micros(r.ConfirmedAt.Add(-payment.ProposedFor)))
	return taken(n, err, payment.ErrConflict)
}

func (tx *tx) writeAnswer(ctx context.Context, t payment.Transition) error {
	a := t.Answer
	if a == nil {
		return nil
	}
	n, err := tx.exec(ctx, keepAnswer, a.Status, string(a.Body), micros(a.At), a.Merchant, a.Path, a.Key)
	return taken(n, err, payment.ErrAnswered)
}
