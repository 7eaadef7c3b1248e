package checkout_test

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway/checkout"
	"github.com/causeway-pay/causeway/gateway/gatewaytest"
	"github.com/causeway-pay/causeway/gateway/limit"
	"github.com/causeway-pay/causeway/payment"
)

// lab is the pages over a gateway with rails in memory.
type lab struct {
	*gatewaytest.Lab

	t     *testing.T
	pages http.Handler
	log   *logged

	limiter *limit.Limiter
}

func newLab(t *testing.T) *lab {
	t.Helper()
	start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	inner, err := gatewaytest.New(t.Context(), t.TempDir(), func() time.Time { return start })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := inner.Close(); err != nil {
			t.Error(err)
		}
	})
	l := &lab{Lab: inner, t: t, log: &logged{}, limiter: limit.New(limit.Defaults())}
	l.pages = checkout.New(checkout.Deps{
		Gateway: inner.Gateway, Merchants: inner.Store, Board: inner.Board, Limiter: l.limiter, Now: inner.Now, PublicURL: "https://pay.example",
		Log: slog.New(slog.NewTextHandler(l.log, nil)),
	})
	return l
}

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// bill is one payment and the address of its page.
type bill struct {
	*lab

	id   payment.ID
	path string
}

func (l *lab) bill(order payment.Order, methods ...payment.Method) bill {
	l.t.Helper()
	secret := rand.Text()
	id, err := l.Pay(l.t.Context(), secret, order, methods...)
	if err != nil {
		l.t.Fatal(err)
	}
	return bill{l, id, "/c/" + secret}
}

func card(token string) payment.Method {
	return payment.Method{Type: payment.MethodCard, Token: token}
}

func coin(code string) payment.Method {
	return payment.Method{Type: payment.MethodCrypto, Currency: code, Network: gatewaytest.Network}
}

var bank = payment.Method{Type: payment.MethodBankTransfer}

func (l *lab) get(path string, headers ...string) *httptest.ResponseRecorder {
	l.t.Helper()
	return l.do(httptest.NewRequestWithContext(l.t.Context(), http.MethodGet, path, nil), headers)
}

func (l *lab) do(r *http.Request, headers []string) *httptest.ResponseRecorder {
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	l.pages.ServeHTTP(w, r)
	return w
}

// page reads the payer's page in a language.
func (b bill) page(lang string) string {
	b.t.Helper()
	w := b.get(b.path, "Accept-Language", lang)
	if w.Code != http.StatusOK {
		b.t.Fatalf("the page answered %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// post sends a form of the page, as a browser does.
func (b bill) post(form url.Values, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, b.path+"/method", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(headers) == 0 {
		headers = []string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}
	}
	return b.do(r, headers)
}

// choose sends a choice and expects to be sent back to the page.
func (b bill) choose(form url.Values) {
	b.t.Helper()
	if w := b.post(form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != b.path {
		b.t.Fatalf("the choice answered %d, to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
}

func choice(number, method string, more ...string) url.Values {
	form := url.Values{"choice": {number}, "method": {method}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func (b bill) load() payment.Payment {
	b.t.Helper()
	p, err := b.Load(b.t.Context(), b.id)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b bill) arrive(tx, amount string, have, need int) {
	b.t.Helper()
	if err := b.Send(b.t.Context(), b.id, tx, amount, have, need); err != nil {
		b.t.Fatal(err)
	}
}

// arriveAfter has a transfer arrive at the place of the newest attempt of before the change.
func (b bill) arriveAfter(change func(), tx, amount string) {
	b.t.Helper()
	last, _ := b.load().Last()
	change()
	if err := b.SendTo(b.t.Context(), last, tx, amount, 1, 1); err != nil {
		b.t.Fatal(err)
	}
}

func (b bill) pass(d time.Duration) {
	b.t.Helper()
	if err := b.Pass(b.t.Context(), b.id, d); err != nil {
		b.t.Fatal(err)
	}
}

// wants fails the test unless the page says all of these.
func wants(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q:\n%s", text, page)
		}
	}
}

// lacks fails the test when the page says one of these.
func lacks(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			t.Errorf("the page says %q:\n%s", text, page)
		}
	}
}
