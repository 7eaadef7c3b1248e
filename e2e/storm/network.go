package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// network is every line of the gateways that can be cut: each gateway has its own to the database, to Redis, to every channel
// and to every endpoint of the chain, and the channels have one for their calls back.
type network struct {
	server *toxiproxy.ApiServer
	links  []*link
}

// link is one line.
type link struct {
	to       string // what kind of peer
	database bool
	proxy    *toxiproxy.Proxy
}

func newNetwork() *network {
	return &network{server: toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())}
}

// open opens a line to a peer and returns the address that stands for the peer's. listen is empty for any.
func (n *network) open(to, name, listen, peer string) (address string, err error) {
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	proxy := toxiproxy.NewProxy(n.server, name, listen, peer)
	if err := proxy.Start(); err != nil {
		return "", fmt.Errorf("line %s: %w", name, err)
	}
	n.links = append(n.links, &link{to: to, database: to == toDatabase, proxy: proxy})
	return proxy.Listen, nil
}

// close ends every line.
func (n *network) close() {
	for _, l := range n.links {
		l.proxy.Stop()
	}
}

// The kinds of peer at the other end of a line.
const (
	toDatabase  = "database"
	toRedis     = "redis"
	toChannel   = "channel"
	toRPC       = "rpc"
	toCallbacks = "callbacks"
)

// The kinds of fault of a line.
const (
	latency = "latency"
	reset   = "reset"
	cut     = "cut after n bytes"
	down    = "down"
)

var lineFaults = []string{latency, reset, cut, down}

const (
	faultMin, faultMax = 200 * time.Millisecond, 3 * time.Second // how long a line is bad
	breakMin, breakMax = 100 * time.Millisecond, 1200 * time.Millisecond
	cutMax             = 6000 // bytes that still pass
	latencyMax         = 1500 // milliseconds
	resetMax           = 300  // milliseconds until the reset
)

// strikeNetwork makes one line after the other bad, until ctx ends.
func (s *storm) strikeNetwork(ctx context.Context) error {
	draw := s.plan.draws("network")
	for pause(ctx, between(draw, breakMin, breakMax)) {
		l, fault, lasts := pick(draw, s.network.links), pick(draw, lineFaults), between(draw, faultMin, faultMax)
		ends := func() {}
		if l.database {
			ends = s.disturbance.strikes()
		}
		heal, err := l.hurt(draw, fault)
		if err != nil {
			return err
		}
		pause(ctx, lasts)
		if err := heal(); err != nil {
			return err
		}
		ends()
		s.tally.lineFault(l.to, fault)
	}
	return nil
}

// hurt makes the line bad until heal is called.
func (l *link) hurt(draw *rand.Rand, fault string) (heal func() error, err error) {
	if fault == down {
		l.proxy.Stop()
		return l.proxy.Start, nil
	}
	stream := pick(draw, []string{"upstream", "downstream"})
	toxic := ""
	switch fault {
	case latency:
		most := 1 + draw.IntN(latencyMax)
		toxic = fmt.Sprintf(`"type":"latency","attributes":{"latency":%d,"jitter":%d}`, most, most/2)
	case reset:
		toxic = fmt.Sprintf(`"type":"reset_peer","attributes":{"timeout":%d}`, draw.IntN(resetMax))
	case cut:
		toxic = fmt.Sprintf(`"type":"limit_data","attributes":{"bytes":%d}`, draw.IntN(cutMax))
	}
	body := strings.NewReader(fmt.Sprintf(`{"name":"fault","stream":%q,"toxicity":1,%s}`, stream, toxic))
	if _, err := l.proxy.Toxics.AddToxicJson(body); err != nil {
		return nil, fmt.Errorf("line %s: %s: %w", l.proxy.Name, fault, err)
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), healMax)
		defer cancel()
		l.proxy.Toxics.ResetToxics(ctx)
		return nil
	}, nil
}

const healMax = 10 * time.Second
