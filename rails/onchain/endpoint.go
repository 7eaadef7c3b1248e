package onchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/causeway-pay/causeway/breaker"
)

// answerMax is how many bytes of an answer are read: a block of Ethereum with all its transactions has less than a tenth.
const answerMax = 32 << 20

// errTooLong is returned when an answer exceeds answerMax.
var errTooLong = errors.New("answer is too long")

// endpoint is one node.
type endpoint struct {
	name string // "rpc-1": its address may hold a key
	rpc  *rpc.Client
	eth  *ethclient.Client
}

func newEndpoint(name, address string, timeout time.Duration) (*endpoint, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DisableCompression = true // the limit counts the bytes that arrive
	transport.ResponseHeaderTimeout = timeout
	client, err := rpc.DialOptions(context.Background(), address, rpc.WithHTTPClient(&http.Client{
		Transport:     bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}))
	if err != nil {
		return nil, fmt.Errorf("%s: its address cannot be used", name)
	}
	return &endpoint{name, client, ethclient.NewClient(client)}, nil
}

// bounded reads no more of an answer than answerMax.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = &limited{response.Body, answerMax}
	}
	return response, err
}

type limited struct {
	io.ReadCloser

	left int64
}

func (l *limited) Read(into []byte) (int, error) {
	n, err := l.ReadCloser.Read(into)
	if l.left -= int64(n); l.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// discreet keeps the address of a node out of an error.
func (e *endpoint) discreet(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if refused := (rpc.HTTPError{}); errors.As(err, &refused) {
		err = fmt.Errorf("status %d", refused.StatusCode) // its body may repeat the request
	}
	return fmt.Errorf("%s: %w", e.name, err)
}

// answered reports whether the node answered, be it with a refusal.
func answered(err error) bool {
	if err == nil || errors.Is(err, ethereum.NotFound) || errors.Is(err, errToken) {
		return true
	}
	refusal := rpc.Error(nil)
	return errors.As(err, &refusal)
}

// pool is the nodes of one chain, with a breaker for each.
type pool struct {
	endpoints []*endpoint
	board     *breaker.Board
	timeout   time.Duration
}

func newPool(addresses []string, timeout time.Duration) (*pool, error) {
	p := &pool{timeout: timeout}
	settings := map[string]breaker.Settings{}
	for i, address := range addresses {
		e, err := newEndpoint(fmt.Sprintf("rpc-%d", i+1), address, timeout)
		if err != nil {
			return nil, err
		}
		p.endpoints = append(p.endpoints, e)
		settings[e.name] = nodeSettings(timeout)
	}
	board, err := breaker.NewBoard(breaker.Config{Channels: settings, Prober: p})
	p.board = board
	return p, err
}

// nodeSettings are those of a node's breaker. Its window is short, just long enough for three calls that hang one after the
// other: the many answers before them are to be outweighed soon.
func nodeSettings(timeout time.Duration) breaker.Settings {
	s := breaker.Defaults()
	s.MinRequests, s.OpenFor, s.SlowCall = 3, 5*time.Second, timeout
	s.MaxInFlight, s.ResolveInFlight = 256, 64
	s.CallMax, s.Bucket = timeout+time.Second, time.Second
	s.Window = (3*s.CallMax + s.Bucket).Truncate(s.Bucket)
	return s
}

// Probe asks a node how far it is.
func (p *pool) Probe(ctx context.Context, name string) error {
	for _, e := range p.endpoints {
		if e.name == name {
			if _, err := e.eth.BlockNumber(ctx); err != nil {
				return e.discreet(err)
			}
			return nil
		}
	}
	return fmt.Errorf("%s: no such node", name)
}

// with makes one call to one node, under a deadline, and tells its breaker how it went. A node whose breaker is open is
// asked only when last is set: when no other is left.
func (p *pool) with(ctx context.Context, e *endpoint, last bool, call func(context.Context, *endpoint) error) error {
	done, err := p.board.Allow(e.name, breaker.Attempt{LowValue: true, Safe: true})
	if err != nil {
		if !last {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		release, err := p.board.AllowResolve(e.name)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		done = func(breaker.Verdict) { release() }
	}
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	err = call(limited, e)
	switch {
	case answered(err):
		done(breaker.Healthy)
	case ctx.Err() != nil:
		done(breaker.Excluded) // the caller went away
	default:
		done(breaker.Faulty)
	}
	if err != nil {
		return e.discreet(err)
	}
	return nil
}

// first asks the nodes in order until one answers well. Nodes whose breakers are open come last.
func (p *pool) first(ctx context.Context, order []*endpoint, call func(context.Context, *endpoint) error) error {
	var faults []error
	for _, last := range []bool{false, true} {
		for _, e := range order {
			state, _ := p.board.State(e.name)
			if last == (state.Status == breaker.Closed || state.Status == breaker.HalfOpen) {
				continue
			}
			err := p.with(ctx, e, last, call)
			if err == nil {
				return nil
			}
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
