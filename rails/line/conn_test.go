package line

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"
)

// sink is a connection that counts what is written to it.
type sink struct {
	net.Conn
	writes int
}

func (s *sink) Write(b []byte) (int, error) {
	s.writes++
	return len(b), nil
}

func TestLineIsCutOnlyWhileUnwritten(t *testing.T) {
	wire := new(sink)
	l := &conn{Conn: wire}
	if _, err := l.Write([]byte("an earlier request")); err != nil {
		t.Fatal(err)
	}
	journey := journey{obtained: true, line: l, before: l.written()}
	if !journey.neverLeft() {
		t.Error("nothing was written since, but the request may have left")
	}
	if _, err := l.Write([]byte("too late")); !errors.Is(err, net.ErrClosed) || wire.writes != 1 {
		t.Errorf("written after it was cut: %d writes, %v", wire.writes, err)
	}

	l = &conn{Conn: wire}
	journey.line, journey.before = l, l.written()
	if _, err := l.Write([]byte("P")); err != nil {
		t.Fatal(err)
	}
	if journey.neverLeft() {
		t.Error("a byte was written, but the request never left")
	}
}

func TestAJourneyOnAnUnknownLineMayHaveLeft(t *testing.T) {
	if (&journey{obtained: true}).neverLeft() {
		t.Error("nothing is known of the connection, but the request never left")
	}
	if !(&journey{}).neverLeft() {
		t.Error("there was no connection, but the request may have left")
	}
}

func TestAJourneyFindsItsLineUnderTLS(t *testing.T) {
	var journey journey
	trace := httptrace.ContextClientTrace(journey.traced(t.Context()))
	trace.GotConn(httptrace.GotConnInfo{Conn: tls.Client(&conn{Conn: new(sink)}, new(tls.Config))})
	if !journey.neverLeft() {
		t.Error("nothing was written, but the request may have left")
	}
}

func TestNoProxy(t *testing.T) {
	if newTransport().Proxy != nil {
		t.Error("the environment can redirect payments")
	}
}

func TestTLS(t *testing.T) {
	hangUp := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if hangUp {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write([]byte("yes"))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the stranger's handshake fails, as it should
	server.StartTLS()
	defer server.Close()
	l := New(server.URL, "sk_secret", time.Minute)
	order := Request{Method: http.MethodPost, Path: "/orders", Type: "text/plain", Body: []byte("pay")}

	if _, err := l.Do(t.Context(), order); !errors.Is(err, ErrNotSent) {
		t.Errorf("to one whose certificate is not trusted: %v, want not sent", err)
	}
	l.transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	l.transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	for range 2 { // on a new connection, then on the same
		if got, err := l.Do(t.Context(), order); err != nil || string(got.Body) != "yes" {
			t.Errorf("%+v (%v)", got, err)
		}
	}
	hangUp = true
	if _, err := l.Do(t.Context(), order); err == nil || errors.Is(err, ErrNotSent) {
		t.Errorf("the provider hung up: %v, want that it may have been sent", err)
	}
}

// net/http repeats a POST by itself when a warm connection breaks, if it has an idempotency key and a body that can be had
// again. An adapter may want such a key one day; the body is what must not be there.
func TestAWarmConnectionThatBreaksSendsOnce(t *testing.T) {
	posts := make(chan struct{}, 8)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body)
			posts <- struct{}{}
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	l := New(server.URL, "secret", time.Minute)
	if _, err := l.Do(t.Context(), Request{Method: http.MethodGet}); err != nil { // warms the connection
		t.Fatal(err)
	}
	order, err := l.request(t.Context(), Request{Method: http.MethodPost, Body: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	order.Header.Set("Idempotency-Key", "att_1")
	if reply, err := l.transport.RoundTrip(order); err == nil {
		_ = reply.Body.Close()
		t.Errorf("answered with %s", reply.Status)
	}
	if got := len(posts); got != 1 {
		t.Errorf("sent %d times", got)
	}
}
