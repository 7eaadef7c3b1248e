package card

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
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
	l := &line{Conn: wire}
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

	l = &line{Conn: wire}
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
	trace.GotConn(httptrace.GotConnInfo{Conn: tls.Client(&line{Conn: new(sink)}, new(tls.Config))})
	if !journey.neverLeft() {
		t.Error("nothing was written, but the request may have left")
	}
}

func TestNoProxy(t *testing.T) {
	if newTransport().Proxy != nil {
		t.Error("the environment can redirect card traffic")
	}
}

func TestTLS(t *testing.T) {
	hangUp := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if hangUp {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write([]byte(`{"reference":"att_1","amount":"49.90","currency":"EUR","status":"approved"}`))
	}))
	server.StartTLS()
	defer server.Close()
	a, err := New(Config{Name: "card.acme", URL: server.URL, Secret: "sk_secret", Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	at := payment.Attempt{ID: "att_1", Amount: money.Must("49.90", "EUR")}

	stranger, err := a.Send(t.Context(), payment.Payment{}, at)
	if err != nil || stranger.Outcome != payment.NotSent {
		t.Errorf("to one whose certificate is not trusted: %+v (%v), want not sent", stranger, err)
	}
	a.transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	a.transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	for range 2 { // on a new connection, then on the same
		if got, err := a.Send(t.Context(), payment.Payment{}, at); err != nil || got.Outcome != payment.Captured {
			t.Errorf("%+v (%v), want captured", got, err)
		}
	}
	hangUp = true
	if got, err := a.Send(t.Context(), payment.Payment{}, at); err == nil {
		t.Errorf("the provider hung up: %+v, want unknown", got)
	}
}
