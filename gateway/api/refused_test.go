package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// Whatever a body holds: it pays, or it is refused with a problem of the client's, and then nothing was charged.
func TestARefusedBodyChargesNothing(t *testing.T) {
	l := newLab(t)
	for _, body := range []string{
		order, with("99.99", "1e999999999"), with(`"99.99"`, "99.99"), with(`"99.99"`, "null"), `{"amount":{"value":"1","value":"2"}}`,
		`{"AMOUNT":{}}`, order + "{}", "\xff", `"\u0000"`, strings.Repeat("[", 17), `{"metadata":{"a.b[0]":"x"}}`, `{"metadata":{"":""}}`,
		with("tok_visa", "4242 4242 4242 4242"), `{"return_url":"http://[::1"}`, `{"amount":{"value":"1","currency":"EUR/x"}}`, "", "[]", "0",
		`{"Amount":{"Value":"1","Currency":"EUR"},"METHOD":{"type":"card","card":{"token":"tok_visa"}}}`,
	} {
		before := l.channel.sent
		p := l.pay(l.newID("idem"), body)
		if p.Code == http.StatusCreated || p.Code == http.StatusAccepted {
			continue
		}
		if p.Code < 400 || p.Code >= 500 && p.at("code") != "fx_unavailable" {
			t.Errorf("%d for %q", p.Code, body)
		}
		if l.channel.sent != before {
			t.Errorf("refused with %d, and charged: %q", p.Code, body)
		}
	}
}
