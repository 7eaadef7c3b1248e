package sheet_test

import (
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/sheet"
)

func TestWhatStandsInASheet(t *testing.T) {
	var out strings.Builder
	w := sheet.NewWriter(&out, "reference", "amount")
	w.Row("order-1", "-49.90")
	w.Row(`=HYPERLINK("http://thief.example","pay")`, "12")
	w.Row("", "+1")
	w.Row("'quoted'", "-")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "\"reference\",\"amount\"\r\n" +
		"\"order-1\",-49.90\r\n" +
		"\"'=HYPERLINK(\"\"http://thief.example\"\",\"\"pay\"\")\",12\r\n" +
		"\"\",\"'+1\"\r\n" +
		"\"''quoted'\",\"'-\"\r\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("disk is full")

func TestAFullDiskIsTold(t *testing.T) {
	w := sheet.NewWriter(full{}, "a")
	for range 10_000 {
		w.Row("text")
	}
	if err := w.Flush(); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

// FuzzRow writes any texts. Whoever reads the sheet by the standard finds them, each in its place, and no cell begins as a
// formula does.
func FuzzRow(f *testing.F) {
	f.Add("order-1", "49.90", "-49.90")
	f.Add("=1+1", "+1", "@SUM(A1)")
	f.Add("-1+cmd|' /C calc'!A0", "\t=1", "\r=1")
	f.Add(`"`, `","`, "a\r\nb")
	f.Add("'", "''=1", "\xff")
	f.Add("", "", "")
	f.Add(" =1", "\u00a0=1", "＝1")
	f.Add("-1e5", "- 1", "-٣")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var out strings.Builder
		w := sheet.NewWriter(&out, "a", "b", "c")
		w.Row(a, b, c)
		w.Row("end", "of", "it")
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		reader := csv.NewReader(strings.NewReader(out.String()))
		reader.FieldsPerRecord = 3
		rows, err := reader.ReadAll()
		if err != nil || len(rows) != 3 || !slices.Equal(rows[2], []string{"end", "of", "it"}) {
			t.Fatalf("%q is read as %q (%v)", &out, rows, err)
		}
		for i, text := range []string{a, b, c} {
			cell := rows[1][i]
			oneBreak := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
			if sheet.Text(cell) != oneBreak {
				t.Errorf("%q stands as %q", text, cell)
			}
			if couldRun(cell) {
				t.Errorf("%q stands as %q, which could run", text, cell)
			}
		}
	})
}

// couldRun reports whether a cell is neither a plain number nor begins, after what is not seen, with anything but the sign
// of a formula. It goes through the cell by itself and shares nothing with the writer.
func couldRun(cell string) bool {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' {
			return -1
		}
		return r
	}, cell)
	if digits == "" || digits == "-" && len(cell) > 1 && cell[0] == '-' {
		return false
	}
	for _, r := range cell {
		switch r {
		case ' ', '\t', '\n', '\r', '\v', '\f', 0, 0xa0, 0x3000, 0xfeff:
			continue
		case '=', '+', '-', '@', '＝', '＋', '－', '＠':
			return true
		}
		return false
	}
	return false
}
