// Package sheet writes lists as CSV (RFC 4180) for spreadsheets, which take for a formula whatever begins like one. A
// merchant's reference or a payer's name must never run in treasury's hands, so such a text is written with an
// apostrophe before it, and [Text] takes that away again.
package sheet

import (
	"bufio"
	"io"
	"regexp"
	"strings"
)

// Writer writes rows. Its errors are kept and returned by Flush.
type Writer struct{ out *bufio.Writer }

// NewWriter returns a writer of rows under the names of their columns.
func NewWriter(out io.Writer, columns ...string) *Writer {
	w := &Writer{bufio.NewWriter(out)}
	w.Row(columns...)
	return w
}

// Row writes one row. Numbers stand bare and every text in quotes, so that a row is never mistaken for an empty line.
func (w *Writer) Row(cells ...string) {
	for i, text := range cells {
		if i > 0 {
			_ = w.out.WriteByte(',')
		}
		_, _ = w.out.WriteString(quoted(Cell(text)))
	}
	_, _ = w.out.WriteString("\r\n")
}

// Flush writes what is left, and returns the first error of all that was written.
func (w *Writer) Flush() error { return w.out.Flush() }

// number is what spreadsheets read as one and nothing else: the form of an amount, with its sign.
var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// Cell is how a text stands in a cell: with an apostrophe before it when it could be taken for a formula, or begins with
// one of its own. Line breaks of any kind become line feeds, as readers of CSV make of them.
func Cell(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if number.MatchString(text) {
		return text
	}
	begin := strings.TrimLeft(text, " \t\n\v\f\x00\u00a0\u3000\ufeff")
	if text != begin && begin == "" || strings.HasPrefix(text, "'") || strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "\n") {
		return "'" + text
	}
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} { // the wide ones are read as the others in East Asian settings
		if strings.HasPrefix(begin, sign) {
			return "'" + text
		}
	}
	return text
}

// Text is the text that stands in a cell.
func Text(cell string) string { return strings.TrimPrefix(cell, "'") }

func quoted(cell string) string {
	if number.MatchString(cell) {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}
