package card_test

import (
	"strings"
	"testing"
	"time"
)

var day = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

const goodRow = `{"reference":"att_1","kind":"charge","amount":"49.90","currency":"EUR","booked_at":"2026-03-02T09:00:00Z"}`

func TestStatementIsReadWholeOrNotAtAll(t *testing.T) {
	statement := func(rows string) string { return `{"date":"2026-03-02","rows":[` + rows + `]}` }
	for body, fault := range map[string]string{
		statement(``):                                                      "",
		statement(goodRow):                                                 "",
		`{"date":"2026-03-02"}`:                                            "not the statement",
		`{"date":"2026-03-03","rows":[]}`:                                  "not the statement",
		statement(with(`"charge"`, `"fee"`)):                               "kind",
		statement(with(`"charge"`, `""`)):                                  "kind",
		statement(goodRow + `,` + with(`"charge"`, `"capture"`)):           "row 2: reference or charge is missing",
		statement(with(`"att_1"`, `""`)):                                   "reference or charge is missing",
		statement(with(`"49.90"`, `"0.00"`)):                               "not above zero",
		statement(with(`"49.90"`, `""`)):                                   "decimal",
		statement(with(`"49.90"`, `"49.901"`)):                             "more decimals",
		statement(with(`"49.90"`, `49.90`)):                                "json",
		statement(with(`"EUR"`, `"XXQ"`)):                                  "unknown asset",
		statement(with(`"2026-03-02T09:00:00Z"`, `"yesterday"`)):           "json",
		statement(with(`,"booked_at":"2026-03-02T09:00:00Z"`, ``)):         "booked_at",
		statement(with(`"reference":"att_1"`, `"reference":"att_1\nx"`)):   "reference or charge is missing",
		statement(with(`"kind":"charge"`, `"kind":"charge","kind":"fee"`)): "json",
	} {
		read, err := answering(t, nil, 200, body).Statement(t.Context(), day)
		switch {
		case fault == "" && err != nil:
			t.Errorf("%s: %v", body, err)
		case fault != "" && (err == nil || !strings.Contains(err.Error(), fault) || read.Movements != nil):
			t.Errorf("%s: %d rows (%v), want a fault of %s", body, len(read.Movements), err, fault)
		}
	}
}

func TestStatementNamesItsFaults(t *testing.T) {
	bad := with(`"49.90"`, `"-1"`)
	a := answering(t, nil, 200, `{"date":"2026-03-02","rows":[`+strings.Repeat(goodRow+`,`+bad+`,`, 50)+bad+`]}`)
	_, err := a.Statement(t.Context(), day)
	if err == nil || !strings.Contains(err.Error(), "row 2:") || !strings.Contains(err.Error(), "row 40:") || strings.Contains(err.Error(), "row 42:") {
		t.Errorf("faults are %v", err)
	}
}

// with is the good row with one thing changed.
func with(what, by string) string { return strings.Replace(goodRow, what, by, 1) }
