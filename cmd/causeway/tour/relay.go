package tour

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// relaysMin is how many nodes the gateway is told of at least: one of them hangs in a scene.
const relaysMin = 2

// relay stands between the gateways and a node of the chain, so that they can be kept from it while payers reach it.
type relay struct {
	URL string

	server *http.Server
	node   *httputil.ReverseProxy

	mu   sync.Mutex
	does func(r *http.Request) // instead of passing requests on; nil: they are passed on
	free chan struct{}         // closed when it passes requests on again
}

// relayNodes puts a relay in front of every node, or several in front of the only one.
func (w *World) relayNodes() error {
	for i := range max(len(w.chain.RPC), relaysMin) {
		r, err := openRelay(w.chain.RPC[i%len(w.chain.RPC)])
		if err != nil {
			return err
		}
		w.nodes = append(w.nodes, r)
	}
	return nil
}

// calmChain lets the gateways reach the nodes again.
func (w *World) calmChain() {
	for _, r := range w.nodes {
		r.pass()
	}
}

// openRelay puts a relay in front of a node.
func openRelay(node string) (*relay, error) {
	to, err := url.Parse(node)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{URL: "http://" + listener.Addr().String(), node: httputil.NewSingleHostReverseProxy(to)}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	r.node.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	go func() { _ = r.server.Serve(listener) }() // it ends with Close
	return r, nil
}

func (r *relay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	does := r.does
	r.mu.Unlock()
	if does != nil {
		does(request)
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	r.node.ServeHTTP(w, request)
}

// hang has the relay answer nothing until pass.
func (r *relay) hang() {
	free := make(chan struct{})
	r.set(free, func(request *http.Request) {
		select {
		case <-free:
		case <-request.Context().Done():
		}
	})
}

// cut has the relay end every connection until pass.
func (r *relay) cut() { r.set(nil, func(*http.Request) {}) }

// pass has the relay pass requests on again.
func (r *relay) pass() { r.set(nil, nil) }

func (r *relay) set(free chan struct{}, does func(*http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.free != nil {
		close(r.free)
	}
	r.free, r.does = free, does
}

func (r *relay) close() {
	r.pass()
	_ = r.server.Close()
}
