// Package line is HTTP to a provider of money movements: one request, one answer, and certainty about what never left.
//
// Nothing is repeated and no redirect is followed: only the engine repeats. What comes back is bounded in bytes and time.
package line

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// AnswerMax is how many bytes an answer has at most, unless the request allows more.
const AnswerMax = 1 << 20

const (
	headersMax     = 64 << 10 // bytes of the headers of an answer
	connectionsMax = 128      // to one provider at once; the next caller waits, within its deadline
	idleFor        = 30 * time.Second
	connectWithin  = 5 * time.Second // for TCP, and again for TLS
)

var (
	// ErrNotSent is returned when a request failed and no byte of it was or ever will be written.
	ErrNotSent = errors.New("not sent")
	// ErrTooLong is returned when an answer exceeds its limit.
	ErrTooLong = errors.New("answer is too long")
	// ErrUnexpected is returned when an answer has a status that the call has no use for.
	ErrUnexpected = errors.New("unexpected answer")
)

// Line leads to one provider. It is safe for concurrent use.
type Line struct {
	base      string
	secret    string
	timeout   time.Duration
	transport *http.Transport
}

// New returns a line to the provider at base that carries secret as its bearer token. An exchange ends after timeout; the
// caller's deadline may end it sooner.
func New(base, secret string, timeout time.Duration) *Line {
	return &Line{base: strings.TrimSuffix(base, "/"), secret: secret, timeout: timeout, transport: newTransport()}
}

// String hides the secret from whoever prints a Line.
func (l *Line) String() string { return "line" }

// Request is one question or order.
type Request struct {
	Method string
	Path   string // behind the base address, escaped, with its query
	Type   string // media type of the body; empty without one
	Accept string // media type of the answer that is wanted
	Body   []byte
	Max    int64 // bytes of the answer; zero: AnswerMax
}

func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: connectWithin, KeepAlive: idleFor}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // one request at a time on a connection, so that what was written can be told
	return &http.Transport{
		Proxy: nil, // none from the environment: payments go where the configuration says
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			wire, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &conn{Conn: wire}, nil
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectWithin,
		Protocols:              protocols,
		DisableCompression:     true, // the limits count the bytes that arrive
		MaxConnsPerHost:        connectionsMax,
		MaxIdleConnsPerHost:    connectionsMax,
		IdleConnTimeout:        idleFor,
		MaxResponseHeaderBytes: headersMax,
	}
}

// Do exchanges one request for one answer. Redirects are answers like any other. It returns ErrNotSent when the provider
// certainly saw nothing of the request, and ErrTooLong.
func (l *Line) Do(ctx context.Context, r Request) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	var journey journey
	request, err := l.request(journey.traced(ctx), r)
	if err != nil {
		return Reply{}, err
	}
	response, err := l.transport.RoundTrip(request)
	if err != nil {
		if journey.neverLeft() {
			return Reply{}, fmt.Errorf("%w: %w", ErrNotSent, err)
		}
		return Reply{}, err
	}
	defer func() { _ = response.Body.Close() }() // what matters was read or failed already
	limit := r.Max
	if limit == 0 {
		limit = AnswerMax
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return Reply{}, err
	}
	if int64(len(answer)) > limit {
		return Reply{}, ErrTooLong
	}
	return Reply{Status: response.StatusCode, Header: response.Header, Body: answer}, nil
}

func (l *Line) request(ctx context.Context, r Request) (*http.Request, error) {
	var content io.Reader = http.NoBody
	if r.Body != nil {
		content = bytes.NewReader(r.Body)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, l.base+r.Path, content)
	if err != nil {
		return nil, err
	}
	// With GetBody net/http would send a request again on its own when a warm connection breaks. Only the engine repeats.
	request.GetBody = nil
	request.Header.Set("Authorization", "Bearer "+l.secret)
	request.Header.Set("Accept", r.Accept)
	request.Header.Set("User-Agent", "causeway")
	if r.Body != nil {
		request.Header.Set("Content-Type", r.Type)
	}
	return request, nil
}

// Discreet keeps the secret out of an error: what a provider answers is quoted by the libraries that cannot read it, and
// an answer may repeat the request.
func (l *Line) Discreet(err error) error {
	if strings.Contains(err.Error(), l.secret) {
		return errors.New("answer cannot be read, and repeats the secret")
	}
	return err
}
