package store

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/causeway-pay/causeway/payment"
)

// table is columns of a table that a statement writes, in the order in which their values are given.
type table struct {
	name    string
	columns []column
}

type column struct {
	name string
	kind string // text, int or dec
}

// newTable reads columns as "id, version int, amount dec". A column without a kind is text.
func newTable(name, columns string) table {
	t := table{name: name}
	for each := range strings.SplitSeq(columns, ",") {
		words := append(strings.Fields(each), "text")
		t.columns = append(t.columns, column{name: words[0], kind: words[1]})
	}
	return t
}

func (t table) names() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// sets lists the columns as an UPDATE sets them to those of v, without the first, which say what row it is.
func (t table) sets(first int) string {
	sets := make([]string, 0, len(t.columns))
	for _, c := range t.columns[first:] {
		sets = append(sets, c.name+" = v."+c.name)
	}
	return strings.Join(sets, ", ")
}

// rowsOf is values, row after row, as something to select from that is called v. PostgreSQL takes each column as one array,
// so that the statement is the same for any number of rows and is planned once; SQLite has no arrays. The plan has to be good for
// as long as it is kept, while the tables grow. Behind a limit that is not known PostgreSQL expects one row, and goes by the index;
// otherwise it expects ten, for which it reads a table that is still empty from end to end, and does so ever after.
func (d dialect) rowsOf(t table, values []any) (from string, args []any) {
	n := len(values) / len(t.columns)
	if !d.numbered {
		picked := make([]string, len(t.columns))
		for i, c := range t.columns {
			picked[i] = fmt.Sprintf("column%d AS %s", i+1, c.name)
		}
		return "(SELECT " + strings.Join(picked, ", ") + " FROM (VALUES " + rows(n, len(t.columns)) + ")) AS v", values
	}
	picked, arrays := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		picked[i], arrays[i] = c.name, "?::text[]"
		if c.kind == "dec" {
			picked[i] = c.name + "::numeric AS " + c.name
		}
		if c.kind == "int" {
			arrays[i] = "?::bigint[]"
			args = append(args, every(values, i, len(t.columns), integer))
			continue
		}
		args = append(args, every(values, i, len(t.columns), text))
	}
	return "(SELECT " + strings.Join(picked, ", ") + " FROM unnest(" + strings.Join(arrays, ", ") + ") AS u(" + t.names() + ") LIMIT ?) AS v",
		append(args, n)
}

var idTable = newTable("", "this")

// among is the condition that something is one of some ids.
func (d dialect) among(ids []any) (condition string, args []any) {
	from, args := d.rowsOf(idTable, ids)
	return "IN (SELECT this FROM " + from + ")", args
}

// every is one column of rows.
func every[T any](values []any, column, columns int, as func(any) T) []T {
	all := make([]T, 0, len(values)/columns)
	for i := column; i < len(values); i += columns {
		all = append(all, as(values[i]))
	}
	return all
}

// text is a value of a string type. Any other is a fault of the program: reflection would make text of it all the same.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	if of := reflect.ValueOf(v); of.Kind() == reflect.String {
		return of.String()
	}
	panic(fmt.Sprintf("store: %T is no text", v))
}

func integer(v any) int64 {
	if n, ok := v.(int64); ok {
		return n
	}
	return reflect.ValueOf(v).Int()
}

// insert has flush insert rows. What their failure means says then, which may be nil.
func (tx *tx) insert(t table, values []any, then func(err error) error) {
	if len(values) == 0 {
		return
	}
	from, args := tx.rowsOf(t, values)
	tx.later(statement{text: `INSERT INTO ` + t.name + ` (` + t.names() + `) SELECT ` + t.names() + ` FROM ` + from, args: args, then: then})
}

// insertNew has flush insert those rows that are not there yet, and hand columns of theirs to row.
func (tx *tx) insertNew(t table, values []any, returning string, row func(scan func(...any) error) error, then func(err error) error) {
	if len(values) == 0 {
		return
	}
	from, args := tx.rowsOf(t, values)
	text := `INSERT INTO ` + t.name + ` (` + t.names() + `) SELECT ` + t.names() + ` FROM ` + from + ` WHERE true ON CONFLICT DO NOTHING RETURNING ` + returning
	tx.later(statement{text, args, row, then})
}

// updateOrRefuse has flush change rows that were there, and refuses the steps of those that are not as they were.
func (tx *tx) updateOrRefuse(t table, values []any, where string, of map[string]*step) {
	tx.update(t, 2, values, where, func(changed map[string]bool, err error) error {
		for id, s := range of {
			err = s.took(changed[id], err, payment.ErrConflict)
		}
		return err
	})
}

// update has flush change the rows whose first columns are as given, under a further condition, and hand the ids of those that
// it changed to then. The columns that name a row are called this and of, so that they are not taken for the table's own.
func (tx *tx) update(t table, first int, values []any, where string, then func(changed map[string]bool, err error) error) {
	if len(values) == 0 {
		return
	}
	from, args := tx.rowsOf(t, values)
	changed := map[string]bool{}
	tx.later(statement{
		text: `UPDATE ` + t.name + ` SET ` + t.sets(first) + ` FROM ` + from + ` WHERE ` + where + ` RETURNING id`,
		args: args,
		row: func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			changed[id] = true
			return err
		},
		then: func(err error) error { return then(changed, err) },
	})
}
