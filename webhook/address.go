package webhook

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"syscall"
)

// ErrPrivate is returned when an address that is not public is about to be connected to.
var ErrPrivate = errors.New("address is not public")

// CheckURL names everything that is wrong with an endpoint's address. Only public https addresses are taken, unless
// private ones are allowed for development. What a name resolves to is checked again when it is connected to.
func CheckURL(text string, allowPrivate bool) []string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return []string{"must be an absolute address"}
	}
	var faults []string
	if u.Scheme != "https" && (u.Scheme != "http" || !allowPrivate) {
		faults = append(faults, "must be https")
	}
	if u.User != nil {
		faults = append(faults, "must not hold a user or password")
	}
	if u.Fragment != "" {
		faults = append(faults, "must not have a fragment")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !allowPrivate && !isPublic(ip) {
		faults = append(faults, "must be public")
	}
	if u.Hostname() == "localhost" && !allowPrivate {
		faults = append(faults, "must be public")
	}
	return faults
}

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

// reserved are the blocks of the IANA special-purpose registries that netip has no word for.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // carrier-grade NAT
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarking
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, and broadcast
	netip.MustParsePrefix("64:ff9b::/96"),    // NAT64: an IPv4 address inside
	netip.MustParsePrefix("64:ff9b:1::/48"),  // local NAT64
	netip.MustParsePrefix("100::/64"),        // discard
	netip.MustParsePrefix("2001::/23"),       // protocol assignments, Teredo
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4: an IPv4 address inside
}

func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	for _, block := range reserved {
		if block.Contains(ip) {
			return false
		}
	}
	return true
}
