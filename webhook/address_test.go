package webhook_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

func TestPublicAddressesAreTaken(t *testing.T) {
	for _, text := range []string{
		"https://shop.example", "https://shop.example/hooks?key=1", "https://shop.example.:8443/", "https://93.184.215.14/",
		"https://[2606:2800:21f:cb07::1]:8443/", "https://2nd.example/", "https://münchen.example/", "HTTPS://SHOP.EXAMPLE/",
	} {
		if faults := webhook.CheckURL(text, false); len(faults) > 0 {
			t.Errorf("%s: %q", text, faults)
		}
	}
}

// privateHosts are hosts that lead into the own machine or network, or nowhere.
var privateHosts = []string{
	"localhost", "LOCALHOST", "localhost.", "shop.localhost", "db", "db.internal", "metadata.google.internal", "printer.local", "nas.home.arpa",
	"0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9", "127.0.0.1.", "168.63.129.16", "169.254.169.254",
	"172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
	"224.0.0.1", "240.0.0.1", "255.255.255.255",
	"127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "10.0x1", "1.2.3.4.5",
	"[::]", "[::1]", "[::127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:0:10.0.0.1]", "[64:ff9b::a00:1]",
	"[64:ff9b:1::1]", "[100::1]", "[2001::1]", "[2001:db8::1]", "[2002:a00:1::]", "[3fff::1]", "[5f00::1]", "[fc00::1]", "[fd00:ec2::254]",
	"[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[ff02::1]",
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	for _, host := range privateHosts {
		if got, want := webhook.CheckURL("https://"+host+"/", false), []string{"must be public"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
		if faults := webhook.CheckURL("http://"+host+":8080/", true); len(faults) > 0 {
			t.Errorf("%s, though private ones are allowed: %q", host, faults)
		}
	}
}

func TestEveryFaultOfAnAddressIsNamed(t *testing.T) {
	tests := []struct {
		text         string
		allowPrivate bool
		want         []string
	}{
		{"", false, []string{"must be an absolute address"}},
		{"shop.example/hooks", false, []string{"must be an absolute address"}},
		{"https://", false, []string{"must be an absolute address"}},
		{"https://:443/", false, []string{"must be an absolute address"}},
		{"https:shop.example", false, []string{"must be an absolute address"}},
		{"https://shop.example:http/", false, []string{"must be an absolute address"}},
		{"https://shop example/", false, []string{"must be an absolute address"}},
		{"http://shop.example/", false, []string{"must be https"}},
		{"https://shop.example:0/", false, []string{"must have a port between 1 and 65535, or none"}},
		{"https://shop.example:65536/", false, []string{"must have a port between 1 and 65535, or none"}},
		{"ftp://user:pw@127.0.0.1:99999/#top", false, []string{
			"must be https", "must not hold a user or password", "must not have a fragment", "must have a port between 1 and 65535, or none",
			"must be public",
		}},
		{"ftp://user@127.0.0.1/", true, []string{"must be https", "must not hold a user or password"}},
	}
	for _, test := range tests {
		if got := webhook.CheckURL(test.text, test.allowPrivate); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}

// What is taken is https without credentials, and when it names an IP address then none that another reading of the
// registries calls private.
func FuzzCheckURL(f *testing.F) {
	for _, host := range privateHosts {
		f.Add("https://" + host + "/")
	}
	f.Add("https://user:pw@shop.example:8443/hooks?x=1#top")
	f.Fuzz(func(t *testing.T, text string) {
		if len(webhook.CheckURL(text, false)) > 0 {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("%q is taken", text)
		}
		if ip := net.ParseIP(u.Hostname()); ip != nil && (ip.IsPrivate() || !ip.IsGlobalUnicast()) {
			t.Fatalf("%q is taken", text)
		}
		if len(webhook.CheckURL(text, true)) > 0 {
			t.Fatalf("%q is refused only when private addresses are allowed", text)
		}
	})
}

// nameServer makes every name resolve to an address that can be changed, and returns how to change it.
func nameServer(t *testing.T, first string) (resolveTo func(string)) {
	t.Helper()
	var answer atomic.Pointer[netip.Addr]
	resolveTo = func(text string) {
		ip := netip.MustParseAddr(text)
		answer.Store(&ip)
	}
	resolveTo(first)
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go serveNames(server, func() netip.Addr { return *answer.Load() })
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		server.Close()
	})
	return resolveTo
}

// serveNames answers questions for IPv4 addresses, and says that there are none of other kinds (RFC 1035, section 4).
func serveNames(server net.PacketConn, answer func() netip.Addr) {
	packet := make([]byte, 512)
	for {
		n, from, err := server.ReadFrom(packet)
		if err != nil {
			return
		}
		const header = 12
		name := bytes.IndexByte(packet[header:n], 0) + 1
		question := packet[header : header+name+4] // then its type and class
		records := byte(0)
		var record []byte
		if question[name+1] == 1 {
			records = 1
			ip := answer().As4()
			record = append([]byte{0xc0, header, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4}, ip[:]...) // no time to live
		}
		reply := []byte{packet[0], packet[1], 0x81, 0x80, 0, 1, 0, records, 0, 0, 0, 0}
		_, _ = server.WriteTo(slices.Concat(reply, question, record), from)
	}
}

// deliverTo sends one event to an address over the machine's own network and returns what came of it.
func deliverTo(t *testing.T, address string, allowPrivate bool) webhook.Try {
	t.Helper()
	store := newMemory(webhook.Endpoint{
		ID: "we_shop", Merchant: "m_1", Mode: payment.Test, URL: address, Secrets: []webhook.Secret{{Value: newSecret(t)}},
	})
	store.recorded = make(chan webhook.Delivery, 1)
	store.commit(event(1, "payment.succeeded", time.Now()))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		webhook.NewDeliverer(store, allowPrivate, time.Now, slog.New(slog.DiscardHandler)).Run(ctx)
	}()
	d := <-store.recorded
	cancel()
	<-ended
	return d.Log[0]
}

// listen starts a receiver on the loopback interface and counts the connections that reach it.
func listen(t *testing.T) (port string, reached *atomic.Int32) {
	t.Helper()
	reached = new(atomic.Int32)
	server := httptest.NewUnstartedServer(status(http.StatusNoContent))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			reached.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, reached
}

func TestNameThatTurnsPrivateIsNotConnectedTo(t *testing.T) {
	port, reached := listen(t)
	address := "http://rebind.example:" + port + "/"
	resolveTo := nameServer(t, "93.184.215.14")
	seen, err := net.DefaultResolver.LookupNetIP(t.Context(), "ip4", "rebind.example")
	if err != nil || seen[0].String() != "93.184.215.14" {
		t.Fatalf("resolved to %v, %v", seen, err)
	}
	resolveTo("127.0.0.1")

	if try := deliverTo(t, address, false); try.Status != 0 || try.Error != webhook.ErrPrivate.Error() || reached.Load() != 0 {
		t.Errorf("reached %d times, recorded %+v", reached.Load(), try)
	}
	if try := deliverTo(t, address, true); try.Status != http.StatusNoContent || reached.Load() != 1 {
		t.Errorf("though private ones are allowed: reached %d times, recorded %+v", reached.Load(), try)
	}
}

func TestPrivateAddressIsNotConnectedTo(t *testing.T) {
	resolveTo := nameServer(t, "127.0.0.1")
	for _, ip := range []string{
		"0.0.0.0", "10.1.2.3", "100.100.100.200", "127.0.0.1", "168.63.129.16", "169.254.169.254", "172.16.0.1", "192.0.2.1", "192.168.0.1",
		"198.18.0.1", "224.0.0.1", "255.255.255.255",
	} {
		resolveTo(ip)
		for _, address := range []string{"https://" + ip + "/", "https://shop.example/"} {
			if try := deliverTo(t, address, false); try.Error != webhook.ErrPrivate.Error() {
				t.Errorf("%s at %s: recorded %+v", address, ip, try)
			}
		}
	}
}

func TestFailedConnectionsAreToldInOurWords(t *testing.T) {
	secure := httptest.NewTLSServer(status(http.StatusNoContent))
	defer secure.Close()
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	closed := httptest.NewServer(nil)
	closed.Close()
	plain := httptest.NewServer(status(http.StatusNoContent))
	defer plain.Close()
	tests := map[string]string{
		secure.URL:                        "the certificate is not valid",
		closed.URL:                        "the connection was refused",
		"https" + plain.URL[len("http"):]: "the connection failed",
	}
	for address, want := range tests {
		if try := deliverTo(t, address+"/?key=hidden", true); try.Error != want || try.Status != 0 {
			t.Errorf("%s: recorded %+v, want %q", address, try, want)
		}
	}
}
