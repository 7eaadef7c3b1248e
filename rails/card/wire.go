package card

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/causeway-pay/causeway/rails"
)

const (
	answerMax      = 1 << 20  // bytes of an answer
	statementMax   = 32 << 20 // bytes of a statement
	headersMax     = 64 << 10 // bytes of the headers of an answer
	connectionsMax = 128      // to one provider at once; the next caller waits, within its deadline
	idleFor        = 30 * time.Second
	connectWithin  = 5 * time.Second // for TCP, and again for TLS
)

var (
	// errNotSent is returned when a request failed and no byte of it was or ever will be written.
	errNotSent = errors.New("not sent")
	// errTooLong is returned when an answer exceeds its limit.
	errTooLong = errors.New("answer is too long")
	// errUnexpected is returned when an answer has a status that the call has no use for.
	errUnexpected = errors.New("unexpected answer")
)

// reply is an answer that was read whole.
type reply struct {
	status int
	body   []byte
}

// decode reads the body when the status is one of those expected. Members that are not known are ignored, as a provider
// may add some; a member that stands twice, text that is not UTF-8 and anything after the document are refused.
func (r reply) decode(into any, expected ...int) error {
	if slices.Contains(expected, r.status) {
		return json.Unmarshal(r.body, into)
	}
	code := r.code()
	if code != "" && r.refused() {
		return fmt.Errorf("%w: %w: status %d, code %s", errUnexpected, rails.ErrRefused, r.status, code)
	}
	if code != "" {
		return fmt.Errorf("%w: status %d, code %s", errUnexpected, r.status, code)
	}
	return fmt.Errorf("%w: status %d", errUnexpected, r.status)
}

// refused reports whether the status says that the request is at fault. A provider that is out of time or out of places
// says that of itself.
func (r reply) refused() bool {
	return r.status >= 400 && r.status <= 499 && r.status != http.StatusRequestTimeout && r.status != http.StatusTooManyRequests
}

// code returns the code of a refusal, or nothing when the body has none that is readable.
func (r reply) code() string {
	var problem struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(r.body, &problem); err != nil || !isCode(problem.Code) {
		return ""
	}
	return problem.Code
}

// notFound reports whether the provider itself says that it has no such reference. A bare 404 may come from anybody on
// the way and says nothing.
func (r reply) notFound() bool { return r.status == http.StatusNotFound && r.code() == "not_found" }

func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: connectWithin, KeepAlive: idleFor}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // one request at a time on a connection, so that what was written can be told
	return &http.Transport{
		Proxy: nil, // none from the environment: card traffic goes where the configuration says
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &line{Conn: conn}, nil
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

// call exchanges one request for one answer. Redirects are answers like any other.
func (a *Acquirer) call(ctx context.Context, method, path string, body any) (reply, error) {
	return a.callUpTo(ctx, answerMax, method, path, body)
}

func (a *Acquirer) callUpTo(ctx context.Context, limit int64, method, path string, body any) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, a.config.Timeout)
	defer cancel()
	var journey journey
	request, err := a.request(journey.traced(ctx), method, path, body)
	if err != nil {
		return reply{}, err
	}
	response, err := a.transport.RoundTrip(request)
	if err != nil {
		if journey.neverLeft() {
			return reply{}, fmt.Errorf("%w: %w", errNotSent, err)
		}
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }() // what matters was read or failed already
	answer, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return reply{}, err
	}
	if int64(len(answer)) > limit {
		return reply{}, errTooLong
	}
	return reply{response.StatusCode, answer}, nil
}

func (a *Acquirer) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode: %w", err)
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(a.config.URL, "/")+path, content)
	if err != nil {
		return nil, err
	}
	// With GetBody net/http would send a request again on its own when a warm connection breaks. Only the engine repeats.
	request.GetBody = nil
	request.Header.Set("Authorization", "Bearer "+a.config.Secret)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "causeway")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}
