package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/causeway-pay/causeway/ledger"
)

func TestAnOperatorReadsTheEntriesOfAPayment(t *testing.T) {
	l := newLab(t)
	id := l.pay("k1", order).at("id")
	path := "/v1/ops/payments/" + id + "/entries"
	got := l.do(http.MethodGet, path, l.op, "", "")
	var list struct {
		Object  string
		HasMore bool `json:"has_more"`
		Data    []ledger.Entry
	}
	if err := json.Unmarshal(got.Body.Bytes(), &list); err != nil || got.Code != http.StatusOK || list.Object != "list" || list.HasMore {
		t.Fatalf("%d %s: %v", got.Code, got.Body, err)
	}
	const captured = "EUR | Dr channel:card.a:receivable 99.99 | Cr fx:position 99.99\n" +
		"USD | Dr fx:position 109.989 | Cr merchant:m_1:pending 109.43; revenue:margin 0.549945; fx:rounding 0.009055\n" +
		"USD | Dr merchant:m_1:pending 1.65 | Cr revenue:fees 1.65"
	if len(list.Data) != 1 || list.Data[0].String() != captured || list.Data[0].Check() != nil {
		t.Errorf("entries %v, want one of\n%s", list.Data, captured)
	}
	for name, row := range map[string]struct {
		path, key string
		status    int
	}{
		"a merchant":                  {path, l.key, http.StatusForbidden},
		"nobody":                      {path, "", http.StatusUnauthorized},
		"a payment that is not there": {"/v1/ops/payments/pay_none/entries", l.op, http.StatusNotFound},
	} {
		if refused := l.do(http.MethodGet, row.path, row.key, "", ""); refused.Code != row.status {
			t.Errorf("%s: %d %s", name, refused.Code, refused.Body)
		}
	}
	lost := l.pay("k2", with("tok_visa", "tok_lost")).at("id")
	if nothing := l.do(http.MethodGet, "/v1/ops/payments/"+lost+"/entries", l.op, "", ""); nothing.Code != http.StatusOK || nothing.Body.String() != "{\"object\":\"list\",\"has_more\":false,\"data\":[]}" {
		t.Errorf("unknown posts nothing, and is %d %q", nothing.Code, nothing.Body)
	}
}
