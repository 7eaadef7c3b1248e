// Package banktest is a scripted bank, and a journal in memory, for the tests of the rails that pay through banks.
package banktest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/rails/iso20022"
)

// What the bank and its customer agreed on.
const (
	Secret         = "sk_bank_secret"
	CallbackSecret = "whsec_dGhlLWJhbmstc2lnbnMtaXRzLWNhbGxiYWNrcy13aXRoLXRoaXM="
	BIC            = "CSWYDEFFXXX"
	Account        = "DE75512108001245126199"
)

// Noon is when every test happens.
var Noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// Bank is a bank of which a test says what it answers. It is safe for concurrent use.
type Bank struct {
	URL string

	mu       sync.Mutex
	heard    *sync.Cond
	office   func(asked string, body []byte) (Answer, bool) // nil: the answers alone
	mail     map[string][]iso20022.Entry
	page     int
	answers  map[string]Answer
	requests []string
	said     []Exchange
}

// Exchange is a request and its answer, as texts.
type Exchange struct{ Request, Answer string }

// Exchanges returns what was asked and answered so far.
func (b *Bank) Exchanges() []Exchange {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Exchange(nil), b.said...)
}

// Answer is what the bank says to a request. With Conn set it does that to the connection instead.
type Answer struct {
	Status int
	Body   []byte
	Conn   func(w http.ResponseWriter)
	Header http.Header
}

// XML answers with a message.
func XML(h *iso20022.Header, m iso20022.Message) Answer {
	body, err := iso20022.Write(h, m)
	if err != nil {
		panic(err)
	}
	return Answer{Status: http.StatusOK, Body: body}
}

// Text answers with a text.
func Text(status int, text string) Answer { return Answer{Status: status, Body: []byte(text)} }

// NotFound is the answer to a question about what the bank does not know.
var NotFound = Text(http.StatusNotFound, `{"code":"not_found","message":"no such thing"}`)

// Faults are the ways in which an answer gets lost or spoiled, of which none says what became of the request.
var Faults = map[string]Answer{
	"hang-up":              {Conn: hangUp("")},
	"half a status line":   {Conn: hangUp("HTTP/1.1 20")},
	"half a body":          {Conn: hangUp("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<?xml")},
	"the request itself":   {Conn: hangUp("Authorization:_Bearer_" + Secret + "\r\n\r\n")},
	"200 without a body":   Text(http.StatusOK, ""),
	"200 with an object":   Text(http.StatusOK, "{}"),
	"200 with a page":      Text(http.StatusOK, "<!doctype html><title>Oops</title>"),
	"204":                  {Status: http.StatusNoContent},
	"302":                  {Status: http.StatusFound, Header: http.Header{"Location": {"/"}}},
	"404 with a page":      Text(http.StatusNotFound, "<!doctype html>"),
	"409 with other codes": Text(http.StatusConflict, `{"code":"duplicate"}`),
	"429":                  Text(http.StatusTooManyRequests, ""),
	"500":                  Text(http.StatusInternalServerError, ""),
	"503 and a code":       Text(http.StatusServiceUnavailable, `{"code":"channel_closed"}`),
	"a body without end":   Text(http.StatusOK, strings.Repeat(" ", 2<<20)),
}

func hangUp(text string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		wire, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(wire, text)
		_ = wire.Close()
	}
}

// Open starts a bank with empty books.
func Open(t testing.TB) *Bank {
	t.Helper()
	b := &Bank{mail: map[string][]iso20022.Entry{}, answers: map[string]Answer{}, page: 100}
	b.heard = sync.NewCond(&b.mu)
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.URL = server.URL
	return b
}

// Say sets the answer to all further requests that begin with a method and path: "POST /iso20022". The longest that fits
// counts.
func (b *Bank) Say(request string, a Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[request] = a
}

// Hear goes back to the usual answer.
func (b *Bank) Hear(request string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.answers, request)
}

// Pages sets how many notifications are told at a time.
func (b *Bank) Pages(size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.page = size
}

// Notify puts entries into the mailbox of an account.
func (b *Bank) Notify(account string, entries ...iso20022.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mail[account] = append(b.mail[account], entries...)
}

// Requests returns what was asked so far: method, path and body.
func (b *Bank) Requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.requests...)
}

// Until waits until the requests so far are what is waited for, or ctx ends.
func (b *Bank) Until(ctx context.Context, enough func(requests []string) bool) {
	stop := context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.heard.Broadcast()
	})
	defer stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	for !enough(b.requests) && ctx.Err() == nil {
		b.heard.Wait()
	}
}

func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	a := b.answer(r, body)
	if a.Conn != nil {
		a.Conn(w)
		return
	}
	for key, values := range a.Header {
		w.Header()[key] = values
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

func (b *Bank) answer(r *http.Request, body []byte) Answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.decide(r, body)
	head := r.Method + " " + r.URL.RequestURI() + "\nAuthorization: " + r.Header.Get("Authorization") + "\nAccept: " + r.Header.Get("Accept")
	if kind := r.Header.Get("Content-Type"); kind != "" {
		head += "\nContent-Type: " + kind
	}
	told := strconv.Itoa(a.Status)
	if next := a.Header.Get("Next-After"); next != "" {
		told += "\nNext-After: " + next
	}
	b.said = append(b.said, Exchange{head + "\n\n" + string(body), told + "\n\n" + string(a.Body)})
	return a
}

func (b *Bank) decide(r *http.Request, body []byte) Answer {
	asked := r.Method + " " + r.URL.RequestURI()
	b.requests = append(b.requests, asked+"\n"+string(body))
	b.heard.Broadcast()
	if r.Header.Get("Authorization") != "Bearer "+Secret {
		return Text(http.StatusUnauthorized, `{"code":"unauthorized"}`)
	}
	best := ""
	for prefix := range b.answers {
		if strings.HasPrefix(asked, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	if best != "" {
		return b.answers[best]
	}
	if b.office != nil {
		if a, ok := b.office(asked, body); ok {
			return a
		}
	}
	if account, isMail := strings.CutPrefix(r.URL.Path, "/notifications/"); isMail {
		after, _ := strconv.Atoi(r.FormValue("after"))
		return b.notifications(account, after)
	}
	if r.URL.Path == "/v1/health" {
		return Text(http.StatusOK, `{"status":"ok"}`)
	}
	return NotFound
}

func (b *Bank) notifications(account string, after int) Answer {
	mail := b.mail[account]
	upTo := min(len(mail), after+b.page)
	if after >= len(mail) {
		return Answer{Status: http.StatusNoContent, Header: http.Header{"Next-After": {strconv.Itoa(after)}}}
	}
	a := XML(nil, Notification(account, mail[after:upTo]...))
	a.Header = http.Header{"Next-After": {strconv.Itoa(upTo)}}
	return a
}

// Notification is a camt.054 of an account.
func Notification(account string, entries ...iso20022.Entry) *iso20022.AccountReport {
	a := iso20022.Account{IBAN: account}
	if iso20022.CheckIBAN(account) != nil {
		a = iso20022.Account{Other: account}
	}
	return &iso20022.AccountReport{
		Message: iso20022.Camt054, MessageID: "MSG1", CreatedAt: iso20022.At(Noon),
		Accounts: []iso20022.AccountStatement{{ID: "N1", Account: a, Entries: entries}},
	}
}

// Signed is the header of a message as the bank sends it.
func Signed(t testing.TB, id string, at time.Time, body []byte) http.Header {
	t.Helper()
	signer, err := standardwebhooks.NewWebhook(CallbackSecret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(id, at, body)
	if err != nil {
		t.Fatal(err)
	}
	return http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature},
	}
}
