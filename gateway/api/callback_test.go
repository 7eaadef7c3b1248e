package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestCallbacks(t *testing.T) {
	l := newLab(t)
	unknown := l.pay("k1", with("tok_visa", "tok_lost"))
	why := l.do(http.MethodGet, "/v1/payments/"+unknown.at("id")+"/why", l.key, "", "")
	attempts, _ := why.body["attempts"].([]any)
	first, _ := attempts[0].(map[string]any)
	reference, _ := first["id"].(string)

	const path = "/callbacks/card.a"
	genuine := []string{"Signature", "genuine"}
	for name, row := range map[string]struct {
		path, body string
		header     []string
		want       int
	}{
		"not signed":                    {path, reference, nil, http.StatusUnauthorized},
		"of a channel that is not ours": {"/callbacks/card.none", reference, genuine, http.StatusNotFound},
		"of an attempt that is not":     {path, "att_none", genuine, http.StatusNotFound},
		"not confirmed":                 {path, reference, genuine, http.StatusServiceUnavailable},
		"too large":                     {path, strings.Repeat("x", 64<<10+1), genuine, http.StatusRequestEntityTooLarge},
		"a card number is not our case": {path, "4242424242424242", nil, http.StatusUnauthorized},
	} {
		got := l.do(http.MethodPost, row.path, "", "", row.body, row.header...)
		if got.Code != row.want || strings.Contains(got.Body.String(), "acquirer") {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	l.channel.found.Store(true)
	for _, time := range []string{"first", "second"} {
		if got := l.do(http.MethodPost, path, "", "", reference, genuine...); got.Code != http.StatusOK || got.Body.Len() > 0 {
			t.Errorf("the %s time: %d %s", time, got.Code, got.Body)
		}
	}
	settled := l.do(http.MethodGet, "/v1/payments/"+unknown.at("id"), l.key, "", "")
	if settled.at("status") != "succeeded" || l.channel.sent != 1 {
		t.Errorf("%s after %d charges", settled.at("status"), l.channel.sent)
	}
}

func TestCancelWhileItsFateIsUnknown(t *testing.T) {
	l := newLab(t)
	id := l.pay("k1", with("tok_visa", "tok_lost")).at("id")
	l.channel.deaf.Store(true)
	canceled := l.do(http.MethodPost, "/v1/payments/"+id+"/cancel", l.key, "c1", "")
	if canceled.Code != http.StatusAccepted || canceled.body["cancel_requested"] != true || canceled.at("status") != "processing" {
		t.Errorf("%d %s", canceled.Code, canceled.Body)
	}
	if again := l.do(http.MethodPost, "/v1/payments/"+id+"/cancel", l.key, "", ""); again.at("code") != "idempotency_key_required" {
		t.Errorf("without a key: %s", again.Body)
	}
}

func TestAFaultOfOursTellsNothing(t *testing.T) {
	l := newLab(t)
	p := l.pay("k1", with("tok_visa", "tok_panic"))
	if p.Code != http.StatusInternalServerError || p.at("code") != "internal" || strings.Contains(p.Body.String(), "innards") {
		t.Errorf("%d %s", p.Code, p.Body)
	}
	if log := l.log.String(); !strings.Contains(log, "innards") || !strings.Contains(log, p.at("request_id")) {
		t.Errorf("operators cannot find it: %s", log)
	}
}

func TestTheLogHoldsNoSecretAndNoBody(t *testing.T) {
	l := newLab(t)
	p := l.pay("k1", with(`{"amount"`, `{"reference":"canary","customer":{"email":"canary@shop.example"},"amount"`))
	l.do(http.MethodGet, "/v1/payments?reference=canary", l.key, "", "")
	l.pay("k2", with("tok_visa", "4242424242424242"))
	log := l.log.String()
	for _, secret := range []string{"canary", "4242", l.key, "tok_visa", "49.90"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	if !strings.Contains(log, p.Header().Get("Request-Id")) || !strings.Contains(log, "status=201") {
		t.Errorf("a request is not in the log: %s", log)
	}
}

func TestPagesHoldEverythingOnce(t *testing.T) {
	l := newLab(t)
	made := map[string]bool{}
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		made[l.pay(key, order).at("id")] = true
	}
	var seen []string
	for after := ""; ; {
		page := l.do(http.MethodGet, "/v1/payments?limit=2&starting_after="+after, l.key, "", "")
		data, _ := page.body["data"].([]any)
		for _, item := range data {
			object, _ := item.(map[string]any)
			after, _ = object["id"].(string)
			seen = append(seen, after)
			delete(made, after)
		}
		if page.body["has_more"] != true {
			break
		}
	}
	if len(seen) != 5 || len(made) != 0 {
		t.Errorf("saw %v, missed %v", seen, made)
	}
	back := l.do(http.MethodGet, "/v1/payments?limit=2&ending_before="+seen[4], l.key, "", "")
	if !strings.Contains(back.Body.String(), seen[2]) || !strings.Contains(back.Body.String(), seen[3]) || back.body["has_more"] != true {
		t.Errorf("before the last: %s", back.Body)
	}
	// A place on somebody else's list shows nothing of it.
	theirs := l.do(http.MethodGet, "/v1/payments?starting_after="+seen[0], l.other, "", "")
	if theirs.Code != http.StatusOK || strings.Contains(theirs.Body.String(), "pay_") {
		t.Errorf("another merchant's page: %d %s", theirs.Code, theirs.Body)
	}
}
