package limit

import (
	"net"
	"net/netip"
	"sync"
)

// Listener accepts at most a number of connections at once. Whoever comes beyond that is disconnected at once, and so is
// an address that holds as many as are left for everybody else: clients that keep connections open and say nothing shut
// out no other.
type Listener struct {
	net.Listener

	most int

	mu     sync.Mutex
	open   int
	from   map[netip.Prefix]int
	closed uint64
}

// Listen returns l with at most so many connections at once.
func Listen(l net.Listener, most int) *Listener {
	return &Listener{Listener: l, most: most, from: map[netip.Prefix]int{}}
}

// Connections returns how many are open, and how many were closed at once.
func (l *Listener) Connections() (open int, refused uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open, l.closed
}

// Accept waits for the next connection that is let in.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if from := Address(c.RemoteAddr().String()); l.admit(from) {
			return &conn{Conn: c, release: sync.OnceFunc(func() { l.release(from) })}, nil
		}
		_ = c.Close() // nothing was said on it
	}
}

func (l *Listener) admit(from netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if free := l.most - l.open; free <= 0 || l.from[from] >= free {
		l.closed++
		return false
	}
	l.open++
	l.from[from]++
	return true
}

func (l *Listener) release(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.from[from]--; l.from[from] == 0 {
		delete(l.from, from)
	}
}

type conn struct {
	net.Conn

	release func()
}

// Close closes the connection and makes room for another.
func (c *conn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// ipv6Network is how much of an IPv6 address one subscriber has.
const ipv6Network = 64

// Address is who stands behind host:port or a bare address: an IPv4 address or an IPv6 network. Whatever is no address
// stands behind the zero one.
func Address(remote string) netip.Prefix {
	ip, err := netip.ParseAddr(remote)
	if at, portErr := netip.ParseAddrPort(remote); portErr == nil {
		ip, err = at.Addr(), nil
	}
	if err != nil {
		return netip.Prefix{}
	}
	ip = ip.Unmap().WithZone("")
	bits := ip.BitLen()
	if ip.Is6() {
		bits = ipv6Network
	}
	network, _ := ip.Prefix(bits) // the number of bits fits
	return network
}
