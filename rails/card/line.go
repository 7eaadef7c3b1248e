package card

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"sync"
)

// line is a connection that knows whether it was written to, and can be kept from ever being.
type line struct {
	net.Conn

	mu     sync.Mutex
	writes int
	cut    bool
}

// Write counts before it writes: from here on the provider may have it.
func (l *line) Write(b []byte) (int, error) {
	if !l.open() {
		return 0, net.ErrClosed
	}
	return l.Conn.Write(b)
}

func (l *line) open() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return false
	}
	l.writes++
	return true
}

func (l *line) written() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writes
}

// cutAt refuses all further writes if there was none after the first n, and reports whether that is so.
func (l *line) cutAt(n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes != n {
		return false
	}
	l.cut = true
	return true
}

// journey follows one request onto its line. net/http reports a connection before it writes to it.
type journey struct {
	obtained bool
	line     *line
	before   int // writes on the line when the request came to it: of earlier requests and the TLS handshake
}

func (j *journey) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		conn := info.Conn
		if secured, ok := conn.(*tls.Conn); ok {
			conn = secured.NetConn()
		}
		j.obtained = true
		if j.line, _ = conn.(*line); j.line != nil {
			j.before = j.line.written()
		}
	}})
}

// neverLeft reports whether it is certain that no byte of the failed request was or will be written: it never had a
// connection, or the connection was not written to and is cut before it could be.
func (j *journey) neverLeft() bool {
	if !j.obtained {
		return true
	}
	return j.line != nil && j.line.cutAt(j.before)
}
