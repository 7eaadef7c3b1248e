package store

import (
	"context"
	"slices"
	"strings"

	"github.com/causeway-pay/causeway/payment"
)

// selection builds the end of a SELECT: conditions, order and limit. The limit is the last of args, so page comes last.
type selection struct {
	conditions []string
	order      string
	args       []any
}

func (s *selection) where(condition string, args ...any) {
	s.conditions = append(s.conditions, condition)
	s.args = append(s.args, args...)
}

// page selects one page by id, newest first, and one row more that tells whether others follow.
func (s *selection) page(id string, p payment.Page) {
	s.order = id + " DESC"
	switch {
	case p.Before != "":
		s.where(id+" > ?", p.Before)
		s.order = id + " ASC"
	case p.After != "":
		s.where(id+" < ?", p.After)
	}
	s.args = append(s.args, limitOf(p)+1)
}

func (s selection) text() string {
	return "WHERE " + strings.Join(s.conditions, " AND ") + " ORDER BY " + s.order + " LIMIT ?"
}

func limitOf(p payment.Page) int { return min(max(p.Limit, 1), payment.PageMax) }

// cut takes the extra row off a page and puts it in order.
func cut[T any](all []T, p payment.Page) (page []T, more bool) {
	more = len(all) > limitOf(p)
	if more {
		all = all[:limitOf(p)]
	}
	if p.Before != "" {
		slices.Reverse(all)
	}
	return all, more
}

// Payments returns a page of a merchant's payments, newest first, and whether more follow.
func (db *DB) Payments(ctx context.Context, f payment.Filter) ([]payment.Payment, bool, error) {
	s := selection{}
	s.where("merchant = ?", f.Merchant)
	s.where("mode = ?", f.Mode)
	s.where("direction = ?", f.Direction)
	if f.Status != "" {
		s.where("status = ?", f.Status)
	}
	if f.Reference != "" {
		s.where("reference = ?", f.Reference)
	}
	if !f.CreatedFrom.IsZero() {
		s.where("created_at >= ?", micros(f.CreatedFrom))
	}
	if !f.CreatedBefore.IsZero() {
		s.where("created_at < ?", micros(f.CreatedBefore))
	}
	s.page("id", f.Page)
	all, err := db.payments(ctx, s.text(), s.args...)
	all, more := cut(all, f.Page)
	return all, more, explain("list payments", err)
}

// Operations returns a page of a merchant's captures or refunds, newest first, each with its payment, and whether more
// follow.
func (db *DB) Operations(ctx context.Context, f payment.OperationFilter) ([]payment.Found, bool, error) {
	s := selection{}
	s.where("merchant = ?", f.Merchant)
	s.where("mode = ?", f.Mode)
	s.where("kind = ?", f.Kind)
	if f.Payment != "" {
		s.where("payment = ?", f.Payment)
	}
	s.page("id", f.Page)
	var all []payment.Found
	err := db.each(ctx, func(scan func(...any) error) error {
		id, o, err := scanOperation(scan)
		all = append(all, payment.Found{Payment: id, Operation: o})
		return err
	}, operationSelect+s.text(), s.args...)
	all, more := cut(all, f.Page)
	return all, more, explain("list "+string(f.Kind)+"s", err)
}

// Events returns a page of a merchant's events, newest first, and whether more follow.
func (db *DB) Events(ctx context.Context, f payment.EventFilter) ([]payment.Event, bool, error) {
	s := selection{}
	s.where("merchant = ?", f.Merchant)
	s.where("mode = ?", f.Mode)
	if f.Type != "" {
		s.where("type = ?", f.Type)
	}
	if f.Payment != "" {
		s.where("payment = ?", f.Payment)
	}
	s.page("id", f.Page)
	var all []payment.Event
	err := db.each(ctx, func(scan func(...any) error) error {
		e, err := scanEvent(scan)
		all = append(all, e)
		return err
	}, `SELECT `+eventColumns+` FROM events `+s.text(), s.args...)
	all, more := cut(all, f.Page)
	return all, more, explain("list events", err)
}

// Event returns one event of the merchant. It returns payment.ErrNotFound when there is none.
func (db *DB) Event(ctx context.Context, merchant string, mode payment.Mode, id string) (payment.Event, error) {
	e, err := scanEvent(db.queryRow(ctx, `SELECT `+eventColumns+` FROM events WHERE id = ? AND merchant = ? AND mode = ?`, id, merchant, mode).Scan)
	return e, explain("event "+id, err)
}
