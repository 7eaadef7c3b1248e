package e2e

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// gate is a proxy in front of every peer of a gateway. It passes everything on until a test names a point on the wire: what
// comes there is kept, so that the gateway can be killed while its message or the answer to it is on the way.
type gate struct {
	*world

	mu sync.Mutex
	at *point
}

// point is a place on the wire.
type point struct {
	side side
	is   func(message) bool

	once    sync.Once
	reached chan message
	open    chan struct{} // closed: what is kept goes on
	kept    sync.WaitGroup
}

// side is where a message is when it comes to a point.
type side int

const (
	sent     side = iota // it has not come to the peer
	answered             // the peer has answered, and the answer has not come to the gateway
	heard                // the answer went to the gateway; nothing is kept
)

// message is one request to a peer, with the answer to it once there is one.
type message struct {
	path, body string
	status     int // 0 before there is an answer
	answer     string
}

// asks tells messages by what is in their path or body.
func asks(words ...string) func(message) bool {
	return func(m message) bool {
		for _, word := range words {
			if !strings.Contains(m.path, word) && !strings.Contains(strings.ToLower(m.body), strings.ToLower(word)) {
				return false
			}
		}
		return true
	}
}

const reachMax = 30 * time.Second // within which a gateway comes to a point

// stop names the point.
func (g *gate) stop(s side, is func(message) bool) {
	g.set(&point{side: s, is: is, reached: make(chan message, 1), open: make(chan struct{})})
}

// free has no point any more. What is kept at the one before stays there until whoever sent it is dead.
func (g *gate) free() { g.set(nil) }

// letGo passes on what is kept, and returns when that is done.
func (g *gate) letGo() {
	at := g.set(nil)
	close(at.open)
	at.kept.Wait()
}

// set changes the point, and returns the one before.
func (g *gate) set(at *point) (before *point) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before, g.at = g.at, at
	return before
}

// pass returns the point, which waits for whoever passes until done is called.
func (g *gate) pass() (at *point, done func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at == nil {
		return nil, func() {}
	}
	g.at.kept.Add(1)
	return g.at, g.at.kept.Done
}

// await waits for the first message that comes to the point.
func (g *gate) await() message {
	g.t.Helper()
	g.mu.Lock()
	reached := g.at.reached
	g.mu.Unlock()
	select {
	case m := <-reached:
		return m
	case <-time.After(reachMax):
		g.t.Fatal("the gateway does not come to the point that was named")
		return message{}
	}
}

// comes tells the point of a message that is there, and keeps it as long as it is to stay.
func (p *point) comes(ctx context.Context, s side, m message) {
	if p == nil || p.side != s || !p.is(m) {
		return
	}
	p.once.Do(func() { p.reached <- m })
	if s == heard {
		return
	}
	select {
	case <-p.open:
	case <-ctx.Done(): // the gateway is dead, or has given up
		panic(http.ErrAbortHandler)
	}
}

// kill kills the gateway while its message, or the answer, is kept.
func (g *gate) kill() {
	g.KillGateway()
	g.free()
}

// killReader passes the answer on, and kills the gateway so much later.
func (g *gate) killReader(later time.Duration) {
	g.letGo()
	time.Sleep(later)
	g.KillGateway()
}

// killMute passes the answer on to a gateway that cannot write it down, and kills it.
func (g *gate) killMute() {
	release := g.lockBooks()
	g.letGo()
	g.KillGateway()
	release()
}

// front opens a proxy before a peer and returns its address.
func (g *gate) front(peer string) string {
	to, err := url.Parse(peer)
	if err != nil {
		g.t.Fatal(err)
	}
	return g.serve("tcp", "127.0.0.1:0", httputil.NewSingleHostReverseProxy(to))
}

// frontSocket opens a proxy before a socket, and returns its path.
func (g *gate) frontSocket(peer string) string {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "socket"})
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", peer)
	}}
	path := peer + ".gate"
	g.serve("unix", path, proxy)
	return path
}

func (g *gate) serve(network, address string, peer http.Handler) string {
	listener, err := new(net.ListenConfig).Listen(g.t.Context(), network, address)
	if err != nil {
		g.t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: g.handler(peer)}}
	server.Start()
	g.t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

func (g *gate) handler(peer http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the gateway was killed while it wrote
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		m := message{path: r.URL.RequestURI(), body: string(body)}
		at, done := g.pass()
		defer done()
		at.comes(r.Context(), sent, m)
		answer := httptest.NewRecorder()
		peer.ServeHTTP(answer, r)
		m.status, m.answer = answer.Code, answer.Body.String()
		at.comes(r.Context(), answered, m)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // whoever does not read it any more was killed
		at.comes(r.Context(), heard, m)
	})
}

// startBehind starts a world whose gateway reaches its peers through a gate. The gateway has one name in all its lives, so
// that the next one need not wait until the leases of the one before have ended.
func startBehind(t *testing.T) (*world, *gate) {
	t.Helper()
	w := start(t)
	g := &gate{world: w}
	w.StopGateway()
	g.enter()
	w.again()
	return w, g
}

var (
	peerLine    = regexp.MustCompile(`(?m)^ +(url|rpc): .*$`)
	peerAddress = regexp.MustCompile(`http://[0-9.:]+`)
	peerSocket  = regexp.MustCompile(`unix:([^"]+)`)
)

// enter rewrites the configuration of the gateway.
func (g *gate) enter() {
	g.t.Helper()
	text, err := os.ReadFile(g.Config)
	if err != nil {
		g.t.Fatal(err)
	}
	text = peerLine.ReplaceAllFunc(text, func(line []byte) []byte {
		return peerAddress.ReplaceAllFunc(line, func(address []byte) []byte { return []byte(g.front(string(address))) })
	})
	text = peerSocket.ReplaceAllFunc(text, func(socket []byte) []byte {
		return []byte("unix:" + g.frontSocket(strings.TrimPrefix(string(socket), "unix:")))
	})
	text = append([]byte("gateway: "+filepath.Base(g.t.Name())+"\n"), text...)
	if err := os.WriteFile(g.Config, text, 0o600); err != nil {
		g.t.Fatal(err)
	}
}
