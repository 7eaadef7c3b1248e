package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Whatever a body holds: it pays, or it is refused with a whole problem that repeats none of it, and then nothing was
// charged.
func FuzzPaymentBody(f *testing.F) {
	for _, seed := range []string{
		order, with("99.99", "1e999999999"), with(`"99.99"`, "99.99"), with(`"99.99"`, "null"), `{"amount":{"value":"1","value":"2"}}`,
		`{"AMOUNT":{}}`, order + "{}", "\xff", `"\u0000"`, strings.Repeat("[", 17), `{"metadata":{"a.b[0]":"x"}}`, `{"metadata":{"":""}}`,
		with("tok_visa", "4242 4242 4242 4242"), `{"return_url":"http://[::1"}`, `{"amount":{"value":"1","currency":"EUR/x"}}`, "", "[]", "0",
	} {
		f.Add(seed)
	}
	shared := newLab(f)
	f.Fuzz(func(t *testing.T, body string) {
		l := *shared
		l.t = t
		before := l.channel.sent
		p := l.pay(l.newID("idem"), body)
		if p.Code == http.StatusCreated || p.Code == http.StatusAccepted {
			return
		}
		var problem struct {
			Type, Title, Detail, Code, Cause string
			Status                           int
			RequestID                        string `json:"request_id"`
		}
		err := json.Unmarshal(p.Body.Bytes(), &problem)
		if err != nil || problem.Status != p.Code || problem.Type == "" || problem.Title == "" || problem.Detail == "" || problem.Code == "" || problem.RequestID == "" {
			t.Fatalf("%d %v %s", p.Code, err, p.Body)
		}
		if p.Code < 400 || p.Code >= 500 && problem.Code != "fx_unavailable" {
			t.Errorf("%d for %q", p.Code, body)
		}
		if l.channel.sent != before {
			t.Errorf("refused with %d, and charged: %q", p.Code, body)
		}
	})
}
