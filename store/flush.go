package store

import (
	"cmp"
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// statement is one of several that are sent together, because none of them needs the answer to another.
type statement struct {
	text string
	args []any
	row  func(scan func(...any) error) error // is handed every row of the answer; nil when there are none
	then func(err error) error               // says what the answer, or the failure, means; nil when that is clear
}

// later leaves a statement to flush.
func (t *tx) later(s statement) {
	t.waiting = append(t.waiting, s)
}

// flush sends what was left to it, to PostgreSQL in one round trip, and takes the answers in the same order. It returns the
// first error. What an answer means may be an error while the statement itself has not failed: then the answers behind it are
// taken as well, so that everybody who is refused hears of it at once.
func (t *tx) flush(ctx context.Context) error {
	sent := t.waiting
	t.waiting = nil
	if len(sent) == 0 {
		return nil
	}
	if !t.numbered {
		return takeAnswers(sent, func(s statement) error {
			if s.row == nil {
				_, err := t.exec(ctx, s.text, s.args...)
				return err
			}
			return t.each(ctx, s.row, s.text, s.args...)
		})
	}
	return t.conn.Raw(func(driver any) error {
		var all pgx.Batch
		for _, s := range sent {
			all.Queue(t.rewrite(s.text), s.args...)
		}
		answers := driver.(*stdlib.Conn).Conn().SendBatch(ctx, &all)
		err := takeAnswers(sent, func(s statement) error { return nextAnswer(answers, s.row) })
		return cmp.Or(err, answers.Close())
	})
}

func takeAnswers(sent []statement, answer func(s statement) error) (first error) {
	for _, s := range sent {
		failed := answer(s)
		err := failed
		if s.then != nil {
			err = s.then(failed)
		}
		first = cmp.Or(first, err)
		if failed != nil {
			break // PostgreSQL answers nothing else in this transaction
		}
	}
	return first
}

func nextAnswer(answers pgx.BatchResults, row func(scan func(...any) error) error) error {
	found, err := answers.Query()
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		if err := row(found.Scan); err != nil {
			return err
		}
	}
	return found.Err()
}
