package limit_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway/limit"
)

// One address gets as many connections as are left for others, and a closed one makes room.
func TestConnectionsAreBounded(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit.Listen(inner, 6)
	defer l.Close()
	accepted := make(chan net.Conn, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "in")
			accepted <- c
		}
	}()
	let := func() bool {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, err = c.Read(make([]byte, 2))
		return err == nil
	}
	for i := range 3 {
		if !let() {
			t.Fatalf("the %dth connection was closed", i)
		}
	}
	if let() {
		t.Error("a fourth of six from one address was let in")
	}
	if open, refused := l.Connections(); open != 3 || refused != 1 {
		t.Errorf("%d open, %d refused", open, refused)
	}
	gone := <-accepted
	_ = gone.Close()
	_ = gone.Close()
	if open, _ := l.Connections(); open != 2 || !let() {
		t.Errorf("%d open after one was closed twice", open)
	}
}

func TestAddresses(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7/32", "192.0.2.7": "192.0.2.7/32", "[2001:db8:1:2:3::4]:5": "2001:db8:1:2::/64",
		"2001:db8:1:2::9": "2001:db8:1:2::/64", "::ffff:192.0.2.7": "192.0.2.7/32", "[fe80::1%eth0]:1": "fe80::/64", "pipe": "invalid Prefix",
	} {
		if got := limit.Address(remote).String(); got != want {
			t.Errorf("%s is behind %s, not %s", remote, got, want)
		}
	}
}
