package railtest

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// hangMax bounds a silence that an adapter does not end when its context does.
const hangMax = 10 * time.Second

// line stands between the adapter and the provider, and follows a fault.
type line struct {
	server *httptest.Server
	peer   http.Handler

	mu        sync.Mutex
	fault     fault
	silenced  func()          // called when the line has fallen silent
	swallowed bool            // an answer without end was read to its end
	writes    []string        // what arrived, except questions
	lost      []*http.Request // what arrived and was kept from the provider
}

func newLine(peer http.Handler) *line {
	l := &line{peer: peer, fault: none}
	l.server = httptest.NewUnstartedServer(l)
	l.server.Config.ErrorLog = log.New(io.Discard, "", 0) // broken exchanges are the purpose
	l.server.Start()
	return l
}

func (l *line) close() { l.server.Close() }

// suffer makes every further exchange go wrong in the same way; silenced is called when the line falls silent.
func (l *line) suffer(f fault, silenced func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault, l.silenced = f, silenced
}

func (l *line) heal() { l.suffer(none, nil) }

func (l *line) fallSilent() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.silenced != nil {
		l.silenced()
	}
}

func (l *line) swallow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.swallowed = true
}

// insatiable reports whether the adapter reads without a limit.
func (l *line) insatiable() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.swallowed
}

// arrivals returns what arrived so far, except questions.
func (l *line) arrivals() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.writes)
}

// deliver hands the provider what was kept from it, as a network does when it was only slow.
func (l *line) deliver() {
	l.mu.Lock()
	lost := l.lost
	l.lost = nil
	l.mu.Unlock()
	for _, r := range lost {
		l.peer.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// ServeHTTP takes a request in whole, before anything goes wrong.
func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	e := exchange{w: w, r: r, line: l}
	f := l.arrived(r, body)
	if !f.loses {
		recorder := httptest.NewRecorder()
		l.peer.ServeHTTP(recorder, r)
		e.status, e.header, e.body = recorder.Code, recorder.Header(), recorder.Body.Bytes()
	}
	f.answer(e)
}

func (l *line) arrived(r *http.Request, body []byte) fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Method != http.MethodGet {
		l.writes = append(l.writes, fmt.Sprintf("%s %s %s", r.Method, r.URL, body))
	}
	if l.fault.loses {
		kept := r.Clone(r.Context())
		kept.Body = io.NopCloser(bytes.NewReader(body))
		l.lost = append(l.lost, kept)
	}
	return l.fault
}

// exchange is one request with the honest answer to it, if the provider ever saw it.
type exchange struct {
	w    http.ResponseWriter
	r    *http.Request
	line *line

	status int
	header http.Header
	body   []byte
}

// say answers in proper HTTP.
func (e exchange) say(status int, body []byte) {
	for key, values := range e.header {
		e.w.Header()[key] = values
	}
	e.w.WriteHeader(status)
	_, _ = e.w.Write(body) // an adapter that hung up is no fault of the line
}

// raw writes text straight onto the connection and returns it, to be closed by the caller.
func (e exchange) raw(text string) net.Conn {
	conn, _, err := http.NewResponseController(e.w).Hijack()
	if err != nil {
		panic(err) // the line serves HTTP/1.1, where every connection can be taken over
	}
	_, _ = io.WriteString(conn, text)
	return conn
}

// hang says no more until the adapter hangs up.
func (e exchange) hang(conn net.Conn) {
	defer conn.Close()
	e.line.fallSilent()
	_ = conn.SetReadDeadline(time.Now().Add(hangMax))
	_, _ = io.Copy(io.Discard, conn)
}

// reset ends the connection with a TCP reset.
func (e exchange) reset() {
	conn := e.raw("")
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
