package line

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"sync"
)

// conn is a connection that knows whether it was written to, and can be kept from ever being.
type conn struct {
	net.Conn

	mu     sync.Mutex
	writes int
	cut    bool
}

// Write counts before it writes: from here on the provider may have it.
func (c *conn) Write(b []byte) (int, error) {
	if !c.open() {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b)
}

func (c *conn) open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return false
	}
	c.writes++
	return true
}

func (c *conn) written() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}

// cutAt refuses all further writes if there was none after the first n, and reports whether that is so.
func (c *conn) cutAt(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writes != n {
		return false
	}
	c.cut = true
	return true
}

// journey follows one request onto its line. net/http reports a connection before it writes to it.
type journey struct {
	obtained bool
	line     *conn
	before   int // writes on the line when the request came to it: of earlier requests and the TLS handshake
}

func (j *journey) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		wire := info.Conn
		if secured, ok := wire.(*tls.Conn); ok {
			wire = secured.NetConn()
		}
		j.obtained = true
		if j.line, _ = wire.(*conn); j.line != nil {
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
