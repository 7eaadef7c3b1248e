package keytest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/causeway-pay/causeway/gateway/api/keytest"
)

// made, busy, another and lost are what a client heard.
func made(object, said string) keytest.Answer {
	return keytest.Answer{Outcome: keytest.Made, Object: object, Said: said}
}

var (
	busy    = keytest.Answer{Outcome: keytest.Busy}
	another = keytest.Answer{Outcome: keytest.Another}
	lost    = keytest.Answer{}
)

// heard is a request by its body, with what was heard; during are requests that were made and answered meanwhile.
type heard struct {
	body   string
	answer keytest.Answer
	during []heard
}

func record(h *keytest.History, key string, all []heard) {
	for client, each := range all {
		h.Record(client, keytest.Request{Merchant: "m", Path: "/v1/payments", Key: key, Body: each.body}, func() (keytest.Answer, error) {
			record(h, key, each.during)
			return each.answer, nil
		})
	}
}

// What keys may answer and what not, one row each.
func TestWhatAKeyMayAnswer(t *testing.T) {
	for name, row := range map[string]struct {
		history []heard
		want    error
	}{
		"the same again":                      {[]heard{{"a", made("1", "x"), nil}, {"a", made("1", "x"), nil}}, nil},
		"two objects":                         {[]heard{{"a", made("1", "x"), nil}, {"a", made("2", "x"), nil}}, keytest.ErrTwoAnswers},
		"two answers":                         {[]heard{{"a", made("1", "x"), nil}, {"a", made("1", "y"), nil}}, keytest.ErrTwoAnswers},
		"another body is refused":             {[]heard{{"a", made("1", "x"), nil}, {"b", another, nil}}, nil},
		"another body is taken":               {[]heard{{"a", made("1", "x"), nil}, {"b", made("1", "x"), nil}}, keytest.ErrTwoAnswers},
		"refused of a free key":               {[]heard{{"b", another, nil}, {"a", made("1", "x"), nil}}, keytest.ErrTwoAnswers},
		"the same body is refused":            {[]heard{{"a", made("1", "x"), nil}, {"a", another, nil}}, keytest.ErrTwoAnswers},
		"under way meanwhile":                 {[]heard{{"a", made("1", "x"), []heard{{"a", busy, nil}}}}, nil},
		"under way after the answer":          {[]heard{{"a", made("1", "x"), nil}, {"a", busy, nil}}, keytest.ErrTwoAnswers},
		"under way for another body":          {[]heard{{"a", made("1", "x"), []heard{{"b", busy, nil}}}}, keytest.ErrTwoAnswers},
		"under way by nobody":                 {[]heard{{"a", busy, nil}, {"a", made("1", "x"), nil}}, keytest.ErrTwoAnswers},
		"refused meanwhile":                   {[]heard{{"a", made("1", "x"), []heard{{"b", another, nil}}}}, nil},
		"a lost one took it":                  {[]heard{{"a", lost, nil}, {"b", another, nil}, {"a", made("1", "x"), nil}}, nil},
		"a lost one did nothing":              {[]heard{{"a", lost, nil}, {"b", made("1", "x"), nil}, {"a", another, nil}}, nil},
		"a lost one cannot have done both":    {[]heard{{"a", lost, nil}, {"b", another, nil}, {"b", made("1", "x"), nil}}, keytest.ErrTwoAnswers},
		"a lost one that is carried out late": {[]heard{{"a", lost, nil}, {"a", made("1", "x"), nil}, {"a", made("1", "x"), nil}}, nil},
		"under way since a lost one":          {[]heard{{"a", lost, nil}, {"a", busy, nil}, {"a", made("1", "x"), nil}}, nil},
	} {
		var h keytest.History
		record(&h, "k", row.history)
		if err := h.Check(); !errors.Is(err, row.want) || row.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}

func TestAnObjectHasOneKey(t *testing.T) {
	var h keytest.History
	record(&h, "one", []heard{{"a", made("1", "x"), nil}})
	record(&h, "two", []heard{{"a", made("1", "x"), nil}})
	if err := h.Check(); !errors.Is(err, keytest.ErrTwoAnswers) {
		t.Errorf("one object under two keys: %v", err)
	}
}

func TestWhatCannotBeJudgedIsNoSuccess(t *testing.T) {
	var h keytest.History
	for n := range keytest.RequestsMax + 1 {
		record(&h, "k", []heard{{fmt.Sprint(n % 2), lost, nil}})
	}
	if err := h.Check(); !errors.Is(err, keytest.ErrUndecided) {
		t.Errorf("a history that is too long: %v", err)
	}
}
