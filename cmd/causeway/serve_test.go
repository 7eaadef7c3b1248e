package main

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/config"
)

// pipes is a listener whose connections have no network.
type pipes struct {
	dialed chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialed:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// A client that sends or reads slowly is cut off, and gets no further than the reading of its request.
func TestSlowClientsAreCutOff(t *testing.T) {
	for name, row := range map[string]struct {
		sent   string
		within time.Duration
	}{
		"says nothing":        {"", headerWithin},
		"headers without end": {"POST /v1/payments HTTP/1.1\r\nHost: x\r\nX-A: ", headerWithin},
		"a body that stops":   {"POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{", bodyWithin},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				whole := false
				s := server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, err := io.ReadAll(r.Body)
					whole = err == nil
					w.WriteHeader(http.StatusBadRequest)
				}))
				l := &pipes{dialed: make(chan net.Conn), closed: make(chan struct{})}
				served := make(chan error, 1)
				go func() { served <- s.Serve(l) }()
				client, gateway := net.Pipe()
				l.dialed <- gateway
				began := time.Now()
				var dripping sync.WaitGroup
				dripping.Go(func() {
					drip := time.NewTicker(time.Second) // never silent for long
					defer drip.Stop()
					_, _ = io.WriteString(client, row.sent)
					for i := 0; row.sent != "" && i < 100; i++ {
						<-drip.C
						if _, err := io.WriteString(client, "a"); err != nil {
							return
						}
					}
				})
				_, _ = io.Copy(io.Discard, bufio.NewReader(client))
				if took := time.Since(began); took > row.within+time.Second || whole {
					t.Errorf("cut off after %s, read whole: %t", took, whole)
				}
				_ = client.Close()
				dripping.Wait()
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if err := <-served; !errors.Is(err, http.ErrServerClosed) {
					t.Error(err)
				}
			})
		})
	}
}

// What is measured of requests can be read.
func TestTheMetricsTellOfTheLimits(t *testing.T) {
	dir := t.TempDir()
	c := config.Default()
	c.Database, c.Listen, c.AdminListen = "sqlite:"+dir+"/m.db", "127.0.0.1:0", "127.0.0.1:0"
	n, err := newNode(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	answer := httptest.NewRecorder()
	n.adminHandler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`causeway_requests_working{class="payments"} 0`, `causeway_requests_placed{class="callbacks"} 0`,
		`causeway_requests_queued{class="reads"} 0`, `causeway_requests_shed_total{class="payments",reason="wait"} 0`,
	} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("no %s", want)
		}
	}
}
