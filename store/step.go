package store

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/causeway-pay/causeway/payment"
)

// step is a transition on its way into the database, in a transaction that it may share with those of other payments.
type step struct {
	payment.Transition

	stamp   string
	refused error        // why it is not in the transaction under way
	crowded bool         // it is refused for what others would do before it, and may succeed without them
	wrote   bool         // the transaction has something of it
	err     error        // what became of it
	turn    chan []*step // a batch to be written by whoever waits for this step, or nothing once that is settled
}

// Why a transaction is given up by ourselves.
var (
	errBroken  = errors.New("a step is refused of which something is written already")
	errNothing = errors.New("every step is refused")
)

// refuse keeps a step out of the transaction, and breaks that when something of it is written already.
func (s *step) refuse(why error) error {
	s.refused = cmp.Or(s.refused, why)
	if s.wrote {
		return errBroken
	}
	return nil
}

// names are what no other step of a transaction may change.
func (s *step) names() []string {
	names := []string{"payment " + string(s.After.ID)}
	if k := s.Key; k != nil {
		names = append(names, "key "+keyName(k.Merchant, k.Path, k.Key))
	}
	if s.Accept != "" {
		names = append(names, "quote "+s.Accept)
	}
	if c := s.Callback; c != nil {
		names = append(names, "callback "+callbackName(c.Channel, c.Event))
	}
	return names
}

func keyName(merchant, path, key string) string { return merchant + "\n" + path + "\n" + key }

func callbackName(channel, event string) string { return channel + "\n" + event }

// apply writes steps. Those that are refused before anything of theirs is written are left out; one that is refused later
// breaks the transaction.
func (tx *tx) apply(ctx context.Context, batch []*step) error {
	newest := tx.holdPayments(batch)
	for _, take := range []func(batch []*step){tx.takeKeys, tx.takeCallbacks, tx.takeQuotes, tx.takeReviews, tx.takeClaimRulings} {
		take(batch)
	}
	if err := tx.flush(ctx); err != nil {
		return err
	}
	if err := refuseOld(batch, newest); err != nil {
		return err
	}
	if batch = left(batch); len(batch) == 0 {
		return errNothing
	}
	for _, write := range []func(batch []*step){
		tx.writePayments, tx.writeAttempts, tx.writeOperations, tx.writeReceipts, tx.writeHoards, tx.writeOutcomes, tx.writeStepEvents, tx.writeAnswers,
	} {
		write(batch)
	}
	return tx.post(ctx, postings(batch)...)
}

// having are the steps that have a name of some kind, in the order of those names.
func having(batch []*step, name func(s *step) string) []*step {
	var all []*step
	for _, s := range batch {
		if name(s) != "" {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *step) int { return cmp.Compare(name(a), name(b)) })
	return all
}

// left are the steps that are not refused.
func left(batch []*step) []*step {
	var all []*step
	for _, s := range batch {
		if s.refused == nil {
			all = append(all, s)
		}
	}
	return all
}

// takes reports whether a step takes something else before it writes its payment.
func (s *step) takes() bool {
	return s.Key != nil || s.Accept != "" || s.Callback != nil || s.Review != nil || s.ClaimRuling != nil
}

// holdPayments has flush lock the payments that are changed, before anything else and in one order for every gateway, and put
// their versions into what it returns. A step that is alone finds out about its own when it writes, unless it takes something.
func (tx *tx) holdPayments(batch []*step) (newest map[payment.ID]int64) {
	if len(batch) == 1 && !batch[0].takes() {
		return nil
	}
	var ids []any
	for _, s := range batch {
		if !s.New() {
			ids = append(ids, s.After.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	newest = map[payment.ID]int64{}
	among, args := tx.among(ids)
	tx.later(statement{
		text: `SELECT id, version FROM payments WHERE id ` + among + ` ORDER BY id {hold}`,
		args: args,
		row: func(scan func(...any) error) error {
			var id payment.ID
			var version int64
			err := scan(&id, &version)
			newest[id] = version
			return err
		},
	})
	return newest
}

// refuseOld leaves out steps from a version that is not the newest any more, among those that are held.
func refuseOld(batch []*step, newest map[payment.ID]int64) (err error) {
	for _, s := range batch {
		if newest != nil && !s.New() && newest[s.After.ID] != s.Before.Version {
			err = cmp.Or(err, s.refuse(payment.ErrConflict))
		}
	}
	return err
}

var keyTable = newTable("idempotency_keys", "merchant, path, key, hash, object, payment, created_at int, status int, answer, answered_at int")

// takeKeys takes idempotency keys, in one order for every gateway.
func (tx *tx) takeKeys(batch []*step) {
	asking := having(batch, func(s *step) string {
		if s.Key == nil {
			return ""
		}
		return keyName(s.Key.Merchant, s.Key.Path, s.Key.Key)
	})
	var values []any
	for _, s := range asking {
		k := s.Key
		values = append(values, k.Merchant, k.Path, k.Key, k.Hash, k.Object, k.Payment, micros(k.At), 0, "", 0)
	}
	fresh := map[string]bool{}
	tx.insertNew(keyTable, values, `merchant, path, key`, func(scan func(...any) error) error {
		var merchant, path, key string
		err := scan(&merchant, &path, &key)
		fresh[keyName(merchant, path, key)] = true
		return err
	}, func(err error) error {
		for _, s := range asking {
			err = s.took(fresh[keyName(s.Key.Merchant, s.Key.Path, s.Key.Key)], err, payment.ErrKeyUsed)
		}
		return err
	})
}

var callbackTable = newTable("callbacks", "channel, event, at int")

// takeCallbacks notes channels' messages as processed, in one order for every gateway.
func (tx *tx) takeCallbacks(batch []*step) {
	asking := having(batch, func(s *step) string {
		if s.Callback == nil {
			return ""
		}
		return callbackName(s.Callback.Channel, s.Callback.Event)
	})
	var values []any
	for _, s := range asking {
		values = append(values, s.Callback.Channel, s.Callback.Event, micros(s.Callback.At))
	}
	fresh := map[string]bool{}
	tx.insertNew(callbackTable, values, `channel, event`, func(scan func(...any) error) error {
		var channel, event string
		err := scan(&channel, &event)
		fresh[callbackName(channel, event)] = true
		return err
	}, func(err error) error {
		for _, s := range asking {
			err = s.took(fresh[callbackName(s.Callback.Channel, s.Callback.Event)], err, payment.ErrDuplicateCallback)
		}
		return err
	})
}

// quoteTable has what a quote is before it is accepted among what names it: a condition of its own PostgreSQL would take for the
// way to the row.
var quoteTable = newTable("quotes", "this, of, was, at int, status, payment")

func (tx *tx) takeQuotes(batch []*step) {
	asking := having(batch, func(s *step) string { return s.Accept })
	var values []any
	for _, s := range asking {
		values = append(values, s.Accept, s.After.Merchant, "open", micros(s.After.UpdatedAt), "accepted", s.After.ID)
	}
	tx.update(quoteTable, 4, values, `quotes.id = v.this AND quotes.merchant = v.of AND quotes.status = v.was AND quotes.expires_at > v.at`,
		func(open map[string]bool, err error) error {
			for _, s := range asking {
				err = s.took(open[s.Accept], err, payment.ErrQuoteUsed)
			}
			return err
		})
}

// take has flush run a statement that is guarded, for one step, which is refused when it returns no row.
func (tx *tx) take(s *step, refused error, text string, args ...any) {
	taken := false
	tx.later(statement{
		text: text,
		args: args,
		row:  func(func(...any) error) error { taken = true; return nil },
		then: func(err error) error { return s.took(taken, err, refused) },
	})
}

// took says of a step whether a guarded statement wrote what it should have, and refuses it otherwise. One that another statement
// has refused breaks the transaction then. An error that there is already stays; where that is only that another step broke the
// transaction, this one may as well.
func (s *step) took(wrote bool, err, refused error) error {
	switch {
	case err != nil && !errors.Is(err, errBroken):
		return err
	case wrote && s.refused == nil:
		s.wrote = true
		return err
	case wrote:
		return errBroken
	}
	return cmp.Or(err, s.refuse(refused))
}

// takeReviews confirms proposals, unless one is by the same person, too old, or not the one that stands any more.
func (tx *tx) takeReviews(batch []*step) {
	for _, s := range batch { // few are decided by people
		r := s.Review
		if r == nil {
			continue
		}
		tx.take(s, payment.ErrConflict, `
			UPDATE reviews SET confirmed_by = ?, confirmed_at = ?
			WHERE ref = ? AND outcome = ? AND proposed_by = ? AND proposed_by <> ? AND proposed_at = ? AND proposed_at > ? AND confirmed_at = 0
			RETURNING ref`,
			r.ConfirmedBy, micros(r.ConfirmedAt), r.Ref, r.Outcome.String(), r.ProposedBy, r.ConfirmedBy, micros(r.ProposedAt),
			micros(r.ConfirmedAt.Add(-payment.ProposedFor)))
	}
}

func (tx *tx) writeStepEvents(batch []*step) {
	var events []payment.Event
	for _, s := range batch {
		events = append(events, s.Events...)
	}
	tx.writeEvents(events)
}

// answerTable has the time of the answer that is there, which is none, for the same reason as quoteTable.
var answerTable = newTable("idempotency_keys", "of_merchant, of_path, of_key, was int, status int, answer, answered_at int")

func (tx *tx) writeAnswers(batch []*step) {
	var values []any
	for _, s := range batch {
		if a := s.Answer; a != nil {
			values = append(values, a.Merchant, a.Path, a.Key, 0, a.Status, string(a.Body), micros(a.At))
		}
	}
	if len(values) == 0 {
		return
	}
	kept := map[string]bool{}
	from, args := tx.rowsOf(answerTable, values)
	tx.later(statement{
		text: `UPDATE idempotency_keys SET ` + answerTable.sets(4) + ` FROM ` + from + `
			WHERE merchant = v.of_merchant AND path = v.of_path AND key = v.of_key AND idempotency_keys.answered_at = v.was RETURNING merchant, path, key`,
		args: args,
		row: func(scan func(...any) error) error {
			var merchant, path, key string
			err := scan(&merchant, &path, &key)
			kept[keyName(merchant, path, key)] = true
			return err
		},
		then: func(err error) error {
			for _, s := range batch {
				if a := s.Answer; a != nil {
					err = s.took(kept[keyName(a.Merchant, a.Path, a.Key)], err, payment.ErrAnswered)
				}
			}
			return err
		},
	})
}
