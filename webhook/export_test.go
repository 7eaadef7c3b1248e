package webhook

import (
	"context"
	"net"
	"net/http"
)

// DialWith replaces the network by one in memory, so that a test can hold time still while nothing moves on it.
func (d *Deliverer) DialWith(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	d.client.Transport.(*http.Transport).DialContext = dial
}
