package webhook

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrPrivate is returned when an address that is not public is about to be connected to.
var ErrPrivate = errors.New("address is not public")

// CheckURL names everything that is wrong with an endpoint's address. Only public https addresses are taken, unless
// private ones are allowed for development. It asks no name server: what a name resolves to may change at any time, so
// it is judged when it is connected to.
func CheckURL(text string, allowPrivate bool) []string {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return []string{"must be an absolute address"}
	}
	var faults []string
	refuse := func(wrong bool, fault string) {
		if wrong {
			faults = append(faults, fault)
		}
	}
	refuse(u.Scheme != "https" && (u.Scheme != "http" || !allowPrivate), "must be https")
	refuse(u.User != nil, "must not hold a user or password")
	refuse(u.Fragment != "", "must not have a fragment")
	refuse(!isPort(u.Port()), "must have a port between 1 and 65535, or none")
	refuse(!allowPrivate && !isPublicHost(u.Hostname()), "must be public")
	return faults
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

// isPublicHost tells whether a host can be public, as far as that can be told without resolving it.
func isPublicHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return isPublic(ip)
	}
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	// Names end in a letter. "127.1" and "0x7f.0x1" are not names but old ways to write addresses.
	isNumber := last == "" || last[0] >= '0' && last[0] <= '9'
	return len(labels) > 1 && !isNumber && !slices.Contains(privateNames, last) && !strings.HasSuffix(host, ".home.arpa")
}

// privateNames are the top-level domains that stand for the own machine or network.
var privateNames = []string{"localhost", "local", "internal"}

// control runs after a name was resolved and before its address is connected to, so that nothing can change in between.
func control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !isPublic(ip) {
		return ErrPrivate
	}
	return nil
}

// allocated is the part of IPv6 that is given out as public addresses. Outside of it lie loopback, link-local, unique
// local and site-local addresses, and those with an IPv4 address inside: mapped, compatible and NAT64.
var allocated = netip.MustParsePrefix("2000::/3")

// reserved are the blocks of the IANA special-purpose registries that netip has no word for.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),        // this network
	netip.MustParsePrefix("100.64.0.0/10"),    // carrier-grade NAT
	netip.MustParsePrefix("168.63.129.16/32"), // a cloud's own service, reachable only from within it
	netip.MustParsePrefix("192.0.0.0/24"),     // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),     // documentation
	netip.MustParsePrefix("192.88.99.0/24"),   // 6to4 relays
	netip.MustParsePrefix("198.18.0.0/15"),    // benchmarking
	netip.MustParsePrefix("198.51.100.0/24"),  // documentation
	netip.MustParsePrefix("203.0.113.0/24"),   // documentation
	netip.MustParsePrefix("240.0.0.0/4"),      // reserved, and broadcast
	netip.MustParsePrefix("2001::/23"),        // protocol assignments; Teredo has an IPv4 address inside
	netip.MustParsePrefix("2001:db8::/32"),    // documentation
	netip.MustParsePrefix("2002::/16"),        // 6to4: an IPv4 address inside
	netip.MustParsePrefix("3fff::/20"),        // documentation
}

func isPublic(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Is6() && !allocated.Contains(ip) {
		return false
	}
	return !slices.ContainsFunc(reserved, func(block netip.Prefix) bool { return block.Contains(ip) })
}
