package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

const (
	tryMax      = 15 * time.Second // for one request, from resolving the name to the end of the answer
	connectMax  = 5 * time.Second  // for the connection, and again for TLS
	answerMax   = 64 << 10         // bytes of an answer that are read, so that the connection can be used again
	idleMax     = 1024             // connections kept for the next request
	idleTimeMax = 90 * time.Second // that they are kept
)

// newClient returns a client that follows no redirect, uses no proxy, and connects to public addresses only, unless
// private ones are allowed. Endpoints of different merchants may share a host, so connections are not limited by host.
func newClient(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: connectMax}
	if !allowPrivate {
		dialer.Control = control
	}
	return &http.Client{
		Timeout: tryMax,
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    connectMax,
			DisableCompression:     true,
			MaxResponseHeaderBytes: answerMax,
			MaxIdleConns:           idleMax,
			MaxIdleConnsPerHost:    widthMax,
			IdleConnTimeout:        idleTimeMax,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// try sends a delivery once.
func (d *Deliverer) try(ctx context.Context, one Due) Try {
	t := Try{No: one.Delivery.Tries + 1, At: d.now()}
	status, err := d.post(ctx, one, t.At)
	t.Took, t.Status = d.now().Sub(t.At), status
	if err != nil {
		t.Error = inOurWords(err)
	}
	return t
}

func (d *Deliverer) post(ctx context.Context, one Due, now time.Time) (status int, err error) {
	body, err := Body(one.Event)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, one.Endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Causeway-Webhooks/1.0")
	if err := sign(r.Header, one.Event.ID, now, body, one.Endpoint.Secrets); err != nil {
		return 0, err
	}
	answer, err := d.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, answerMax) // only the status matters
	return answer.StatusCode, nil
}

// inOurWords says why there was no answer, for the merchant to read. Errors of the libraries repeat addresses.
func inOurWords(err error) string {
	var (
		timeout     interface{ Timeout() bool }
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, ErrPrivate):
		return ErrPrivate.Error()
	case errors.Is(err, ErrUnsigned):
		return ErrUnsigned.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("no answer within %s", tryMax)
	case errors.As(err, &name):
		return "the name could not be resolved"
	case errors.As(err, &certificate):
		return "the certificate is not valid"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	default:
		return "the connection failed"
	}
}
