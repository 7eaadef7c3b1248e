package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

// domain are the errors that say what was wrong with a request; any other is the database's.
var domain = []error{
	payment.ErrConflict, payment.ErrKeyUsed, payment.ErrQuoteUsed, payment.ErrInsufficient, payment.ErrLiveAttempt,
	payment.ErrDuplicateCallback, payment.ErrAnswered, payment.ErrNotFound, payment.ErrAmountExceeds, payment.ErrUnavailable, webhook.ErrChanged,
}

// explain names the operation, and says what callers have to know about the error: that there is no such row, or that
// the database could not answer.
func explain(operation string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", operation, payment.ErrNotFound)
	case isDomain(err), isFault(err):
		return fmt.Errorf("%s: %w", operation, err)
	default:
		return fmt.Errorf("%s: %w: %w", operation, payment.ErrUnavailable, err)
	}
}

func isDomain(err error) bool {
	for _, known := range domain {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// taken says that a guarded statement which changed no row was refused.
func taken(rows int64, err, refused error) error {
	if err == nil && rows == 0 {
		return refused
	}
	return err
}

// Faults of ours; nothing is then written.
var (
	errEntry = errors.New("entry cannot be booked") // an entry of a transition does not add up
	errPanic = errors.New("panic")                  // a transition cannot be written at all
)

// isFault reports whether a transition cannot be written as it is, or the database answered and refused the statement itself: a
// fault of ours, which trying again does not cure.
func isFault(err error) bool {
	if errors.Is(err, errEntry) || errors.Is(err, errPanic) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		class := pg.Code[:2]
		return class == "22" || class == "23" || class == "42" || class == "54" || class == "P0"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		code := lite.Code() & 0xff
		return code == sqlite3.SQLITE_CONSTRAINT || code == sqlite3.SQLITE_ERROR || code == sqlite3.SQLITE_MISMATCH ||
			code == sqlite3.SQLITE_TOOBIG
	}
	return false
}

// violates reports whether err says that the named unique index or constraint forbids a row.
func violates(err error, index, columns string) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505" && pg.ConstraintName == index
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		unique := lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
		return unique && strings.Contains(lite.Error(), "failed: "+columns)
	}
	return false
}

// retryable reports whether PostgreSQL gave up on a transaction because of another; nothing of it was written.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
