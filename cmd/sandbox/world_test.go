package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
)

const (
	acme           = "card.acme-eu"
	globex         = "card.globex"
	secret         = "test-secret"
	callbackSecret = "whsec_c2FuZGJveC1nbG9iZXgtY2FsbGJhY2stc2VjcmV0"

	// patience bounds what is expected to happen; a test that needs it whole has failed.
	patience = 10 * time.Second
)

// peer is a running world as a gateway sees it.
type peer struct {
	t      *testing.T
	ready  ready
	inbox  chan received // callbacks that carry a good signature
	client *http.Client
}

type received struct {
	ID   string
	Type string `json:"type"`
	Data charge `json:"data"`
}

// charge is the charge of the protocol as a stranger would write it down.
type charge struct {
	Reference  string     `json:"reference"`
	ID         string     `json:"id"`
	Amount     string     `json:"amount"`
	Currency   string     `json:"currency"`
	Status     string     `json:"status"`
	Captured   string     `json:"captured"`
	Refunded   string     `json:"refunded"`
	Code       string     `json:"code"`
	Message    string     `json:"message"`
	Challenge  string     `json:"challenge_url"`
	Expires    string     `json:"authorization_expires_at"`
	Captures   []transfer `json:"captures"`
	Refunds    []transfer `json:"refunds"`
	HTTPStatus int        `json:"-"`
}

type transfer struct {
	Reference string `json:"reference"`
	ID        string `json:"id"`
	Amount    string `json:"amount"`
	Currency  string `json:"currency"`
	Status    string `json:"status"`
	Code      string `json:"code"`
	Final     bool   `json:"final"`
}

type line struct {
	Seq       int64  `json:"seq"`
	Channel   string `json:"channel"`
	Kind      string `json:"kind"`
	Reference string `json:"reference"`
	Charge    string `json:"charge"`
	Amount    string `json:"amount"`
	Currency  string `json:"currency"`
	Path      string `json:"path"`
	Account   string `json:"account"`
}

// start runs a world with two acquirers; change may alter the first one.
func start(t *testing.T, change func(*acquirer.Config)) *peer {
	t.Helper()
	p := &peer{t: t, inbox: make(chan received, 100), client: &http.Client{Timeout: patience}}
	gateway := httptest.NewServer(http.HandlerFunc(p.takeCallback))
	t.Cleanup(gateway.Close)
	configs := []acquirer.Config{
		{
			Config: channel.Config{Name: acme, Listen: "127.0.0.1:0", Secret: secret, CallbackURL: gateway.URL, CallbackSecret: callbackSecret},
			Replay: true, Fence: true,
		},
		{Config: channel.Config{Name: globex, Listen: "127.0.0.1:0", Secret: secret}, Replay: true, Fence: true},
	}
	if change != nil {
		change(&configs[0])
	}
	p.run(config{acquirers: configs})
	return p
}

// run serves a world on free ports until the test ends.
func (p *peer) run(c config) {
	t := p.t
	t.Helper()
	c.control, c.rates, c.ratesSeed = "127.0.0.1:0", "127.0.0.1:0", 1
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, c, in, t.Output())
		in.Close()
	}()
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the world ended with %v", err)
		}
	})
	first, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal("no ready line:", err)
	}
	decode(t, first, &p.ready)
}

func (p *peer) takeCallback(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	verifier, err := standardwebhooks.NewWebhook(callbackSecret)
	if err == nil {
		err = verifier.Verify(body, r.Header)
	}
	if err != nil {
		p.t.Errorf("callback refused: %v", err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	event := received{ID: r.Header.Get("webhook-id")}
	decode(p.t, body, &event)
	p.inbox <- event
}

// callback returns the next verified callback.
func (p *peer) callback() received {
	p.t.Helper()
	select {
	case event := <-p.inbox:
		return event
	case <-time.After(patience):
		p.t.Fatal("no callback came")
		return received{}
	}
}

// call sends one request and returns its status and body; status 0 means that no answer came.
func (p *peer) call(method, address, body string) (int, []byte) {
	p.t.Helper()
	return p.within(patience, method, address, body)
}

// within is call with a shorter patience, for channels that stay silent.
func (p *peer) within(limit time.Duration, method, address, body string) (int, []byte) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader([]byte(body)))
	if err != nil {
		p.t.Error(err)
		return 0, nil
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	response, err := p.client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil
	}
	return response.StatusCode, answer
}

func (p *peer) acquirer(path string) string { return p.ready.Acquirers[acme] + path }

// charge posts a charge of 49.90 EUR with more fields, such as `,"capture":true`.
func (p *peer) charge(reference, token, more string) charge {
	p.t.Helper()
	return p.post("/v1/charges", fmt.Sprintf(`{"reference":%q,"amount":"49.90","currency":"EUR","token":%q%s}`, reference, token, more))
}

func (p *peer) post(path, body string) charge {
	p.t.Helper()
	return p.asCharge(p.call(http.MethodPost, p.acquirer(path), body))
}

func (p *peer) inquire(reference string) charge {
	p.t.Helper()
	return p.asCharge(p.call(http.MethodGet, p.acquirer("/v1/charges/"+reference), ""))
}

func (p *peer) asCharge(status int, body []byte) charge {
	p.t.Helper()
	c := charge{HTTPStatus: status}
	if len(body) > 0 {
		decode(p.t, body, &c)
	}
	return c
}

// control sends a request to the control API that must succeed.
func (p *peer) control(method, path, body string, into any) {
	p.t.Helper()
	status, answer := p.call(method, p.ready.Control+path, body)
	if status != http.StatusOK {
		p.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	if into != nil {
		decode(p.t, answer, into)
	}
}

func (p *peer) impose(fault string, count int) {
	p.t.Helper()
	p.control(http.MethodPost, "/control/acquirers/"+acme+"/faults", fmt.Sprintf(`{"scenario":%q,"count":%d}`, fault, count), nil)
}

func (p *peer) recover() {
	p.t.Helper()
	p.control(http.MethodDelete, "/control/acquirers/"+acme+"/faults", "", nil)
}

func (p *peer) advance(by string) {
	p.t.Helper()
	p.control(http.MethodPost, "/control/clock", fmt.Sprintf(`{"advance":%q}`, by), nil)
}

// movements returns what the log of the first acquirer holds; query selects, as in kind=charge.
func (p *peer) movements(query string) []line {
	p.t.Helper()
	if _, err := url.ParseQuery(query); err != nil {
		p.t.Fatal(err)
	}
	var list struct {
		Movements []line `json:"movements"`
	}
	p.control(http.MethodGet, "/control/acquirers/"+acme+"/movements?"+query, "", &list)
	return list.Movements
}

func (p *peer) expectMovements(count int, query string) {
	p.t.Helper()
	if got := p.movements(query); len(got) != count {
		p.t.Errorf("%s: %d movements, want %d: %+v", query, len(got), count, got)
	}
}

func decode(t *testing.T, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Errorf("%v in %s", err, raw)
	}
}

// refusingOnce stands before target: it answers 503 to the first callback and reports the id of each.
func refusingOnce(t *testing.T, target string, tries chan<- string) string {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	onward := httputil.NewSingleHostReverseProxy(to)
	var refused atomic.Bool
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tries <- r.Header.Get("webhook-id")
		if refused.CompareAndSwap(false, true) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		onward.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL
}
