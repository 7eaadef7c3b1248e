package checkout_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway/gatewaytest"
	"github.com/causeway-pay/causeway/payment"
)

func TestAChoiceIsMadeOnce(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order())
	wants(t, b.page("en"), `name="choice" value="0"`)
	release := l.Card.Hold()
	var clicking sync.WaitGroup
	answers := make(chan *httptest.ResponseRecorder, 3)
	click := func(form ...string) {
		clicking.Go(func() { answers <- b.post(choice("0", form[0], form[1:]...)) })
	}
	click("card", "token", "tok_visa")
	for l.Card.Sent() == 0 {
		if b.get(b.path+"/status").Code != http.StatusOK {
			t.Fatal("the page is gone")
		}
	}
	wants(t, b.page("en"), "Processing your payment")
	click("card", "token", "tok_visa") // a second click
	click("crypto:USDC@" + gatewaytest.Network)
	for range 2 {
		if w := <-answers; w.Code != http.StatusSeeOther {
			t.Errorf("a click too many answered %d: %s", w.Code, w.Body)
		}
	}
	release()
	clicking.Wait()
	b.choose(choice("0", "card", "token", "tok_visa")) // a reload
	p := b.load()
	if len(p.Attempts) != 1 || l.Card.Sent() != 1 || p.Status() != payment.Succeeded || p.Switches != 1 {
		t.Errorf("%d attempts, %d charges, %d choices, %s", len(p.Attempts), l.Card.Sent(), p.Switches, p.Status())
	}
	wants(t, b.page("en"), "The payment is complete")
}

func TestFailedAndPaidAnotherWay(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order())
	b.choose(choice("0", "card", "token", "tok_declined"))
	wants(t, b.page("en"), "The payment was declined", b.path+"?choose=1")
	if page := b.get(b.path+"?choose=1", "Accept-Language", "en").Body.String(); !strings.Contains(page, `name="choice" value="1"`) {
		t.Errorf("there is nothing to choose from:\n%s", page)
	}
	b.choose(choice("1", "bank_transfer"))
	wants(t, b.page("en"), "Transfer the amount")
	b.choose(choice("2", "crypto:ETH@"+gatewaytest.Network))
	wants(t, b.page("en"), "Send the amount", "ETH")
	b.arrive("0x1", b.load().AmountDue().Value(), 6, 6)
	wants(t, b.page("en"), "The payment is complete")
}

func TestNewRateKeepsEverything(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order(), coin("USDC"))
	before := b.load()
	b.pass(31 * time.Minute)
	wants(t, b.page("en"), "Get a new rate", `value="again"`)
	b.choose(choice("0", "again"))
	b.choose(choice("0", "again")) // twice
	after := b.load()
	if len(after.Attempts) != 2 || after.Method != before.Method || after.Quote.ID == before.Quote.ID || after.Order.Reference != before.Order.Reference {
		t.Errorf("%d attempts, method %+v", len(after.Attempts), after.Method)
	}
	wants(t, b.page("en"), "Send the amount", "data-until=")
}

func TestPriceThatEndedBeforeAnybodyLooked(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order(), coin("USDC"))
	other := l.bill(gatewaytest.Order())
	other.pass(31 * time.Minute) // the clock moves on, and nobody ran the payment b
	if b.load().Status() != payment.RequiresAction {
		t.Fatal("somebody ran it")
	}
	wants(t, b.page("en"), "The price has expired")
	b.choose(choice("0", "again"))
	wants(t, b.page("en"), "Send the amount")
}

func TestNothingIsChosenWhileTheOutcomeIsUnknown(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order(), card("tok_no_answer"))
	b.choose(choice("0", "card", "token", "tok_visa"))
	b.choose(choice("0", "bank_transfer"))
	if p := b.load(); len(p.Attempts) != 1 || l.Card.Sent() != 1 || p.Switch != nil {
		t.Errorf("%d attempts, %d charges, switching: %v", len(p.Attempts), l.Card.Sent(), p.Switch != nil)
	}
	wants(t, b.page("en"), "Please do not pay again")
}

func TestOtherOriginsAreRefused(t *testing.T) {
	l := newLab(t)
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "cross-site", "Origin", "null"},
		{"Origin", "https://evil.example"},
	} {
		b := l.bill(gatewaytest.Order())
		if w := b.post(choice("0", "card", "token", "tok_visa"), from...); w.Code != http.StatusForbidden {
			t.Errorf("%v answered %d", from, w.Code)
		}
		if p := b.load(); len(p.Attempts) > 0 {
			t.Errorf("%v made an attempt", from)
		}
	}
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "same-origin"},
		{"Sec-Fetch-Site", "none"},
		{"Origin", "https://pay.example"},
		{"Origin", "null"}, // a browser that knows no Sec-Fetch-Site, under our policy of referrers
	} {
		b := l.bill(gatewaytest.Order())
		if w := b.post(choice("0", "card", "token", "tok_visa"), from...); w.Code != http.StatusSeeOther {
			t.Errorf("%v answered %d", from, w.Code)
		}
	}
}

func TestCardNumbersAreRefusedAnywhere(t *testing.T) {
	l := newLab(t)
	for _, number := range []string{"4242424242424242", "4242 4242 4242 4242", "tok_4242424242424242"} {
		for _, field := range []string{"token", "method", "choice"} {
			b := l.bill(gatewaytest.Order())
			form := choice("0", "card", "token", "tok_visa")
			form.Set(field, number)
			w := b.post(form)
			if w.Code != http.StatusBadRequest || len(b.load().Attempts) > 0 {
				t.Errorf("%s in %s answered %d", number, field, w.Code)
			}
			wants(t, w.Body.String(), "That looks like a card number", `role="alert"`)
			lacks(t, w.Body.String()+l.log.String(), "4242424242424242", "4242 4242")
		}
	}
}

func TestFormsThatSayNothingOfUse(t *testing.T) {
	l := newLab(t)
	for body, status := range map[string]int{
		"choice=0&method=gold":                            http.StatusUnprocessableEntity,
		"choice=0&method=again":                           http.StatusUnprocessableEntity,
		"choice=0&method=card&token=visa":                 http.StatusUnprocessableEntity,
		"choice=0&method=card":                            http.StatusUnprocessableEntity,
		"choice=0&method=card:EUR&token=tok_visa":         http.StatusUnprocessableEntity,
		"choice=0&method=crypto:BTC@eip155:9":             http.StatusUnprocessableEntity,
		"choice=0&method=crypto:EUR":                      http.StatusUnprocessableEntity,
		"choice=-1&method=card&token=tok_visa":            http.StatusUnprocessableEntity,
		"choice=99&method=card&token=tok_visa":            http.StatusUnprocessableEntity,
		"method=card&token=tok_visa":                      http.StatusUnprocessableEntity,
		"choice=0&method=cross_border":                    http.StatusConflict,
		"choice=0&choice=1&method=card&token=tok_visa":    http.StatusBadRequest,
		"choice=0&method=card&token=tok_visa&amount=0.01": http.StatusBadRequest,
		"choice=0&method=" + strings.Repeat("x", 5000):    http.StatusBadRequest,
		"choice=%zz": http.StatusBadRequest,
	} {
		b := l.bill(gatewaytest.Order())
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, b.path+"/method", strings.NewReader(body))
		w := l.do(r, []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"})
		if w.Code != status || len(b.load().Attempts) > 0 {
			t.Errorf("%.60s answered %d, not %d", body, w.Code, status)
		}
		lacks(t, w.Body.String(), internals...)
	}
}

func TestChoicesComeToAnEnd(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order())
	for i := range payment.SwitchesMax {
		b.choose(choice(strconv.Itoa(i), "card", "token", "tok_declined"))
	}
	page := b.page("en")
	wants(t, page, "The payment was declined", "This payment cannot be changed any more")
	lacks(t, page, "<form", "?choose=1")
	b.choose(choice(strconv.Itoa(payment.SwitchesMax), "card", "token", "tok_visa"))
	if p := b.load(); len(p.Attempts) != payment.SwitchesMax || p.Status() != payment.Failed {
		t.Errorf("%d attempts, %s", len(p.Attempts), p.Status())
	}
}
