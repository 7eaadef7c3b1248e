package store

import (
	"regexp"
	"strconv"
	"strings"
)

// dialect is what the two databases write differently. Every statement of this package is one text: `?` for parameters
// and the words in braces below; rewrite turns it into what the database understands.
type dialect struct {
	words      map[string]string
	appendOnly string // a trigger that refuses changes of the table $table
	raises     string // triggers that raise the edition of keys and merchants with every change of the table $table
	numbered   bool   // parameters are $1, $2, …
}

var sqliteDialect = dialect{
	words: map[string]string{
		"{amount}":      "TEXT", // a NUMERIC column would turn large amounts into floats
		"{json}":        "TEXT",
		"{skip locked}": "", // there is one writer
		"{hold}":        "",
		"{functions}":   "", // they are in Go

		"{edition functions}": "",
		"{plain sum}":         "",
	},
	appendOnly: `
-- +goose StatementBegin
CREATE TRIGGER $table_no_update BEFORE UPDATE ON $table BEGIN SELECT RAISE(ABORT, '$table is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER $table_no_delete BEFORE DELETE ON $table BEGIN SELECT RAISE(ABORT, '$table is append-only'); END;
-- +goose StatementEnd`,
	raises: `
-- +goose StatementBegin
CREATE TRIGGER $table_insert_raises AFTER INSERT ON $table BEGIN UPDATE access_edition SET edition = edition + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER $table_update_raises AFTER UPDATE ON $table BEGIN UPDATE access_edition SET edition = edition + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER $table_delete_raises AFTER DELETE ON $table BEGIN UPDATE access_edition SET edition = edition + 1; END;
-- +goose StatementEnd`,
}

var postgresDialect = dialect{
	words: map[string]string{
		"{amount}":      "NUMERIC",
		"{json}":        "TEXT", // read back byte for byte, which JSONB would not do
		"{skip locked}": "FOR UPDATE SKIP LOCKED",
		"{hold}":        "FOR NO KEY UPDATE",
		"{functions}":   postgresFunctions,

		"{edition functions}": postgresEdition,
		"{plain sum}":         postgresSum,
	},
	appendOnly: `
-- +goose StatementBegin
CREATE TRIGGER $table_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON $table EXECUTE FUNCTION refuse_change();
-- +goose StatementEnd`,
	raises: `
-- +goose StatementBegin
CREATE TRIGGER $table_raises AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON $table EXECUTE FUNCTION raise_edition();
-- +goose StatementEnd`,
	numbered: true,
}

// postgresFunctions are made by the first migration there; SQLite has them from Go.
const postgresFunctions = `
-- +goose StatementBegin
CREATE FUNCTION dec_add(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT $1 + $2';
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION dec_cmp(numeric, numeric) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT sign($1 - $2)::integer';
-- +goose StatementEnd
-- +goose StatementBegin
CREATE AGGREGATE dec_sum(numeric) (SFUNC = dec_add, STYPE = numeric, INITCOND = '0');
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
-- +goose StatementEnd
`

// postgresEdition is what a trigger does there that raises the edition of keys and merchants.
const postgresEdition = `
-- +goose StatementBegin
CREATE FUNCTION raise_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE access_edition SET edition = edition + 1; RETURN NULL; END $$;
-- +goose StatementEnd
`

// postgresSum adds with what is built in: a function in SQL costs a statement for every row that is added.
const postgresSum = `
-- +goose StatementBegin
CREATE OR REPLACE AGGREGATE dec_sum(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0');
-- +goose StatementEnd
`

var (
	appendOnlyTable = regexp.MustCompile(`(?m)^\{append only (\w+)\}$`)
	raisingTable    = regexp.MustCompile(`(?m)^\{raises edition (\w+)\}$`)
)

// migration returns the text of a migration for the database.
func (d dialect) migration(text string) string {
	text = triggers(text, appendOnlyTable, d.appendOnly)
	text = triggers(text, raisingTable, d.raises)
	return d.replace(text)
}

// triggers puts those of a table where a line of the migration names it.
func triggers(text string, wherever *regexp.Regexp, trigger string) string {
	return wherever.ReplaceAllStringFunc(text, func(line string) string {
		return strings.ReplaceAll(trigger, "$table", wherever.FindStringSubmatch(line)[1])
	})
}

// rewrite returns a statement for the database.
func (d dialect) rewrite(text string) string {
	text = d.replace(text)
	if !d.numbered {
		return text
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(text, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

func (d dialect) replace(text string) string {
	for word, meaning := range d.words {
		text = strings.ReplaceAll(text, word, meaning)
	}
	return text
}
