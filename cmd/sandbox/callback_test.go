package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
)

func TestCallbackForEveryChange(t *testing.T) {
	p := start(t, nil)
	steps := []struct{ path, body, want string }{
		{"/v1/charges", `{"reference":"att_1","amount":"49.90","currency":"EUR","token":"tok_visa"}`, "authorized 0.00 0.00"},
		{"/v1/charges/att_1/capture", `{"reference":"cap_1","amount":"49.90"}`, "approved 49.90 0.00"},
		{"/v1/charges/att_1/refunds", `{"reference":"ref_1","amount":"1.00"}`, "approved 49.90 1.00"},
	}
	ids := map[string]bool{}
	for _, s := range steps {
		p.post(s.path, s.body)
		event := p.callback()
		c := event.Data
		if got := fmt.Sprintln(c.Status, c.Captured, c.Refunded); strings.TrimSpace(got) != s.want || event.Type != "charge.updated" {
			t.Errorf("%s: %s %s, want %s", s.path, event.Type, got, s.want)
		}
		ids[event.ID] = true
	}
	if len(ids) != len(steps) {
		t.Errorf("%d different ids for %d changes", len(ids), len(steps))
	}
	p.control(http.MethodPost, "/control/acquirers/"+acme+"/callbacks", `{"reference":"att_1"}`, nil)
	if event := p.callback(); event.Data.Refunded != "1.00" || ids[event.ID] {
		t.Errorf("callback by hand: %+v", event)
	}
}

func TestDuplicateCallback(t *testing.T) {
	p := start(t, nil)
	p.charge("att_1", "tok_visa", `,"simulate":"dup_callback"`)
	if first, second := p.callback(), p.callback(); first.ID != second.ID || first.Data.Status != second.Data.Status {
		t.Errorf("not the same event twice: %+v, %+v", first, second)
	}
}

func TestOutOfOrderCallback(t *testing.T) {
	p := start(t, nil)
	p.charge("att_1", "tok_visa", `,"capture":true,"simulate":"out_of_order_callback"`)
	first, second := p.callback(), p.callback()
	if first.Data.Status != "approved" || second.Data.Status != "pending" || second.Data.Captured != "0.00" || first.ID == second.ID {
		t.Errorf("order: %+v, then %+v", first, second)
	}
}

func TestCallbackIsTriedAgain(t *testing.T) {
	tries := make(chan string, 10)
	p := start(t, func(c *acquirer.Config) {
		target := c.CallbackURL
		c.CallbackURL = refusingOnce(t, target, tries)
	})
	p.charge("att_1", "tok_visa", "")
	event := p.callback()
	if first, second := <-tries, <-tries; first != second || second != event.ID {
		t.Errorf("tried %s, then %s, delivered %s", first, second, event.ID)
	}
}

func TestPendingIsSettled(t *testing.T) {
	p := start(t, nil)
	p.charge("att_1", "tok_pending", `,"capture":true`)
	if event := p.callback(); event.Data.Status != "pending" {
		t.Errorf("first %+v", event.Data)
	}
	p.advance("1m")
	if event := p.callback(); event.Data.Status != "approved" {
		t.Errorf("then %+v", event.Data)
	}
	p.expectMovements(1, "kind=charge")
}

func TestAuthorizationExpires(t *testing.T) {
	p := start(t, nil)
	p.charge("att_whole", "tok_visa", "")
	p.charge("att_partly", "tok_visa", "")
	p.post("/v1/charges/att_partly/capture", `{"reference":"cap_1","amount":"9.90"}`)
	p.advance("168h")
	if got := p.inquire("att_whole"); got.Status != "expired" {
		t.Errorf("nothing captured: %+v", got)
	}
	if got := p.inquire("att_partly"); got.Status != "approved" || got.Captured != "9.90" {
		t.Errorf("partly captured: %+v", got)
	}
	if got := p.post("/v1/charges/att_partly/capture", `{"reference":"cap_2","amount":"1.00"}`); got.Code != "amount_exceeds" {
		t.Errorf("a capture after expiry: %+v", got)
	}
	if voids := p.movements("kind=void"); len(voids) != 2 || voids[0].Amount != "49.90" || voids[1].Amount != "40.00" {
		t.Errorf("voids: %+v", voids)
	}
}

func TestChallenge(t *testing.T) {
	p := start(t, nil)
	p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, row := range []struct{ decision, more, becomes, code string }{
		{"approve", `,"capture":true`, "approved", ""},
		{"approve", ``, "authorized", ""},
		{"refuse", ``, "declined", "authentication_failed"},
	} {
		reference := "att_" + row.decision + fmt.Sprint(len(row.more))
		c := p.charge(reference, "tok_challenge", row.more+`,"return_url":"https://shop.example/back?a=1"`)
		if c.Status != "challenge" || c.Challenge == "" {
			t.Fatalf("challenge: %+v", c)
		}
		p.callback()
		if status, page := p.call(http.MethodGet, c.Challenge, ""); status != 200 || !strings.Contains(string(page), `value="approve"`) {
			t.Errorf("the page answers %d %s", status, page)
		}
		response, err := p.client.PostForm(c.Challenge, url.Values{"decision": {row.decision}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 303 || response.Header.Get("Location") != "https://shop.example/back?a=1" {
			t.Errorf("the payer is sent %s to %q", response.Status, response.Header.Get("Location"))
		}
		if event := p.callback(); event.Data.Status != row.becomes || event.Data.Code != row.code {
			t.Errorf("callback %+v, want %s", event.Data, row.becomes)
		}
		if got := p.inquire(reference); got.Status != row.becomes {
			t.Errorf("%s is %+v", reference, got)
		}
		if again, err := p.client.PostForm(c.Challenge, url.Values{"decision": {"approve"}}); err != nil || again.StatusCode != 409 {
			t.Errorf("a second decision: %v %v", again, err)
		} else {
			again.Body.Close()
		}
	}
	p.expectMovements(1, "kind=charge")
	p.expectMovements(1, "kind=authorization")
}

func TestChallengeWithoutReturn(t *testing.T) {
	p := start(t, nil)
	c := p.charge("att_1", "tok_challenge", "")
	if status, _ := p.call(http.MethodPost, c.Challenge, ""); status != 400 {
		t.Errorf("no decision answers %d", status)
	}
	if status, _ := p.call(http.MethodGet, p.acquirer("/challenge/none"), ""); status != 404 {
		t.Errorf("an unknown challenge answers %d", status)
	}
	response, err := p.client.PostForm(c.Challenge, url.Values{"decision": {"approve"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("the decision answers %s", response.Status)
	}
}
