package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// intent is one thing that a client wants done, under one key for ever.
type intent struct {
	rail, kind string
	key, path  string
	body       string

	id       string    // of the object that an answer named
	payment  string    // that a capture or refund belongs to
	status   string    // as first answered
	sends    int       // how often it was asked for
	refused  string    // the code of a refusal; the key is not used up then
	orphaned time.Time // when a gateway was killed that had been asked; zero: none was
	place    string    // where the payer, or the wallet, sends: a creditor reference or an address
	paid     string    // what the storm had the payer send there
}

// What an intent asks for.
const (
	asPayment = "payment"
	asPayout  = "payout"
	asCapture = "capture"
	asRefund  = "refund"
	asCancel  = "cancel"
)

// notebook is what all clients asked for and were told. It is how the storm knows of what was lost.
type notebook struct {
	mu      sync.Mutex
	intents []*intent
	begun   int // payments and payouts
}

func (n *notebook) write(i *intent) *intent {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.intents = append(n.intents, i)
	if i.kind == asPayment || i.kind == asPayout {
		n.begun++
	}
	return i
}

func (n *notebook) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.begun
}

// all returns every intent. Those of clients that still run are not to be read.
func (n *notebook) all() []*intent {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.intents
}

const (
	clientsMax = 480                    // at once; most of them wait for something that was cut
	shunFor    = time.Second            // a gateway that did not answer, where there is another
	againAfter = 50 * time.Millisecond  // a key is sent again
	busyAfter  = 250 * time.Millisecond // where the answer was that the first request is under way
	followMax  = 512                    // payments followed at once after a kill
)

// client asks for one thing after the other.
type client struct {
	*storm

	no, count int
	draw      *rand.Rand
}

// serveClients begins payments at the pace of the size until storming ends, and returns when all clients are done. What they
// have begun they end within ctx.
func (s *storm) serveClients(ctx, storming context.Context) {
	begin := make(chan struct{})
	var working sync.WaitGroup
	for no := range clientsMax {
		working.Go(func() {
			c := &client{storm: s, no: no, draw: s.plan.draws(fmt.Sprint("client ", no))}
			for range begin {
				c.story(ctx)
			}
		})
	}
	ticker := time.NewTicker(time.Second / time.Duration(s.size.perSecond))
	defer ticker.Stop()
	for storming.Err() == nil {
		select {
		case <-storming.Done():
		case <-ticker.C:
			select {
			case begin <- struct{}{}:
			case <-storming.Done():
			}
		}
	}
	close(begin)
	working.Wait()
}

// key makes a key that was never used.
func (c *client) key() string {
	c.count++
	return fmt.Sprintf("storm-%d-%d", c.no, c.count)
}

// insist asks for an intent until it is answered, at whichever gateway answers, and reports whether there is an object now.
func (s *storm) insist(ctx context.Context, draw *rand.Rand, i *intent) bool {
	header := s.merchant(i.key)
	for ctx.Err() == nil {
		g := s.choose(draw)
		sent := time.Now()
		i.sends++
		answer, err := call(ctx, http.MethodPost, g.url+i.path, header, i.body)
		switch {
		case err != nil:
			g.shunned.Store(time.Now().Add(shunFor).UnixNano())
			if killed := time.Unix(0, g.killedAt.Load()); killed.After(sent) && i.orphaned.IsZero() {
				i.orphaned = killed
			}
			pause(ctx, againAfter)
		case answer.status == http.StatusConflict && answer.code() == codeInFlight:
			pause(ctx, busyAfter)
		case answer.status >= 500 || answer.status == http.StatusTooManyRequests:
			pause(ctx, busyAfter)
		case answer.status >= 300:
			i.refused = answer.code()
			s.tally.refused(i.kind, i.refused)
			return false
		default:
			v := answer.view()
			i.id, i.status = v.ID, v.Status
			s.tally.sent(i.sends)
			s.follow(ctx, i)
			return true
		}
	}
	return false
}

// codeInFlight is the code of the answer to a key whose first request is under way.
const codeInFlight = "request_in_flight"

// choose picks a gateway, and one that was heard of lately where there is any.
func (s *storm) choose(draw *rand.Rand) *gateway {
	first := draw.IntN(len(s.gateways))
	now := time.Now().UnixNano()
	for i := range s.gateways {
		if g := s.gateways[(first+i)%len(s.gateways)]; g.shunned.Load() <= now {
			return g
		}
	}
	return s.gateways[first]
}

// merchant is the header of requests of the merchant who pays in and out.
func (s *storm) merchant(key string) map[string]string {
	header := map[string]string{"Authorization": "Bearer " + s.world.Payer}
	if key != "" {
		header["Idempotency-Key"] = key
	}
	return header
}

// see reads an object until what is wanted holds of it, and reports whether it ever did.
func (s *storm) see(ctx context.Context, draw *rand.Rand, path string, most time.Duration, wanted func(view) bool) (view, bool) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		if answer, err := call(ctx, http.MethodGet, s.choose(draw).url+path, s.merchant(""), ""); err == nil && answer.status == http.StatusOK {
			if v := answer.view(); wanted(v) {
				return v, true
			}
		}
		if !pause(ctx, busyAfter) {
			return view{}, false
		}
	}
}

// follow measures how long what was under way when a gateway was killed stays unresolved. Captures cannot be read one by one,
// and are left out.
func (s *storm) follow(ctx context.Context, i *intent) {
	path, readable := map[string]string{asPayment: "/v1/payments/", asPayout: "/v1/payouts/", asRefund: "/v1/refunds/"}[i.kind]
	if i.orphaned.IsZero() || !readable {
		return
	}
	if resolved(i.status) {
		s.tally.resolved(time.Since(i.orphaned))
		return
	}
	select {
	case s.followers <- struct{}{}:
	default:
		return // enough are followed; the verdict is over all of them anyway
	}
	since, path, draw := i.orphaned, path+i.id, s.plan.draws("follow "+i.key)
	s.following.Go(func() {
		defer func() { <-s.followers }()
		if _, is := s.see(ctx, draw, path, s.size.calm, func(v view) bool { return resolved(v.Status) }); is {
			s.tally.resolved(time.Since(since))
		}
	})
}

// resolved reports whether the fate of an object is known, or what it waits for.
func resolved(status string) bool { return status != "processing" && status != "" }
