package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// storm is one run: a world, what attacks it, and what was seen.
type storm struct {
	options

	dir      string
	plan     plan
	services *services // nil with SQLite
	world    *tour.World
	network  *network
	gateways []*gateway

	notes       *notebook
	tally       *tally
	disturbance disturbance
	following   sync.WaitGroup
	followers   chan struct{}

	mu    sync.Mutex
	fault error // of the storm itself, which ends it
	end   context.CancelFunc
}

func newStorm(o options, dir string) *storm {
	return &storm{
		options: o, dir: dir, plan: newPlan(o.seed, o.size), network: newNetwork(), notes: &notebook{}, tally: newTally(),
		followers: make(chan struct{}, followMax), end: func() {},
	}
}

// fail ends the storm: it could not do what it does.
func (s *storm) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault == nil {
		s.fault = err
	}
	s.end()
}

// failed returns why the storm could not go on.
func (s *storm) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// errNotHeld is returned when something was charged twice, lost, or does not agree.
var errNotHeld = errors.New("the promise did not hold")

func (s *storm) run(ctx context.Context) error {
	fmt.Printf("seed %d, on %s: the seed decides what is done and in which order; when it meets what, the machine decides\n", s.seed, s.database)
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if err := s.rage(ctx); err != nil {
		return err
	}
	began := time.Now()
	left, err := s.settle(ctx)
	if err != nil {
		return err
	}
	s.tally.settled = time.Since(began)
	v, err := s.judge(ctx, left)
	if err != nil {
		return fmt.Errorf("judge: %w", err)
	}
	s.print(os.Stdout, v)
	if v.count() > 0 {
		return fmt.Errorf("%w: %d findings, seed %d", errNotHeld, v.count(), s.seed)
	}
	return nil
}

// rage lets everything loose, until there was enough of it.
func (s *storm) rage(ctx context.Context) error {
	storming, end := context.WithCancel(ctx)
	defer end()
	s.mu.Lock()
	s.end = end
	s.mu.Unlock()
	began := time.Now()
	clients, stop := context.WithCancel(ctx) // of what clients have begun, which outlasts the storm
	defer stop()

	var finite, endless, serving sync.WaitGroup
	loose := func(group *sync.WaitGroup, strike func(context.Context) error) {
		group.Go(func() {
			if err := strike(storming); err != nil {
				s.fail(err)
			}
		})
	}
	serving.Go(func() { s.serveClients(clients, storming) })
	serving.Go(func() { s.progress(storming) })
	loose(&finite, s.strike)
	if s.services != nil {
		loose(&finite, s.strikeDatabase)
		loose(&finite, s.strikeRedis)
	}
	loose(&endless, s.strikeNetwork)
	loose(&endless, s.strikePeers)
	finite.Wait()
	for s.notes.count() < s.size.payments && pause(storming, busyAfter) {
	}
	end()
	endless.Wait()
	s.tally.raged = time.Since(began)
	if err := errors.Join(s.failed(), ctx.Err()); err != nil {
		stop()
		serving.Wait()
		return err
	}
	overdue := time.AfterFunc(s.size.calm, stop) // a client that is never answered is a finding, not a reason to wait for ever
	defer overdue.Stop()
	if err := s.calmPeers(ctx); err != nil {
		return err
	}
	serving.Wait()
	return nil
}

// start brings the world up, and puts the gateways under attack into it.
func (s *storm) start(ctx context.Context) (err error) {
	count := 1
	if s.database == "postgres" {
		count = 2
		if s.services, err = findServices(s.script); err != nil {
			return err
		}
		for name, value := range map[string]string{"CAUSEWAY_DATABASE": s.services.postgres, "CAUSEWAY_REDIS": s.services.redis} {
			if err := os.Setenv(name, value); err != nil {
				return err
			}
		}
	}
	rules := filepath.Join(s.dir, "rules.yaml")
	if err := os.WriteFile(rules, []byte(treasury), 0o600); err != nil {
		return err
	}
	if s.world, err = tour.Start(ctx, tour.Options{Causeway: s.causeway, Sandbox: s.sandbox, Dir: s.dir, Rules: rules}); err != nil {
		return err
	}
	calledBack := strings.TrimPrefix(s.world.Gateway, "http://")
	if code := s.world.StopGateway(); code != 0 {
		return fmt.Errorf("the gateway of the tour ends with %d", code)
	}
	for _, name := range []string{"north", "south"}[:count] {
		g, err := s.enlist(name)
		if err != nil {
			return err
		}
		s.gateways = append(s.gateways, g)
	}
	if _, err := s.network.open(toCallbacks, "callbacks", calledBack, s.gateways[0].address()); err != nil {
		return err
	}
	for _, g := range s.gateways {
		if _, _, err := g.start(ctx); err != nil {
			return err
		}
	}
	return s.fund(ctx)
}

// treasury's rules: what merchants earn is theirs at once, so that refunds and payouts are covered.
const treasury = `
version: 7
rules:
  - {id: rule_margin, kind: fx_margin, calc: {bps: 50}}
  - {id: rule_fee, kind: fee, code: processing, payer: merchant, match: {direction: collect}, calc: {bps: 150}}
  - {id: rule_lock, kind: lock_price, lock: 6h}
  - {id: rule_settlement, kind: settlement, days: 0}
  - {id: rule_refund, kind: refund_rate, rate: original, days: 90}
`

// fund has the merchant earn what the first payouts need.
func (s *storm) fund(ctx context.Context) error {
	body := `{"amount":{"value":"5000.00","currency":"EUR"},"settlement_currency":"EUR","reference":"funds","method":{"type":"card","card":{"token":"tok_visa"}}}`
	for {
		i := s.notes.write(&intent{rail: onCard, kind: asPayment, key: "funds", path: "/v1/payments", body: body})
		if !s.insist(ctx, s.plan.draws("funds"), i) {
			return fmt.Errorf("the merchant cannot earn: %s", i.refused)
		}
		return nil
	}
}

var (
	peerLine    = regexp.MustCompile(`(?m)^ +(url|rpc): .*$`)
	peerAddress = regexp.MustCompile(`http://([0-9.:]+)`)
)

// enlist makes a gateway that has lines of its own to everything.
func (s *storm) enlist(name string) (*gateway, error) {
	text, err := os.ReadFile(s.world.Config)
	if err != nil {
		return nil, err
	}
	var lineErr error
	text = peerLine.ReplaceAllFunc(text, func(line []byte) []byte {
		kind := toChannel
		if strings.Contains(string(line), "rpc:") {
			kind = toRPC
		}
		return peerAddress.ReplaceAllFunc(line, func(address []byte) []byte {
			through, err := s.network.open(kind, name+" "+string(address), "", strings.TrimPrefix(string(address), "http://"))
			lineErr = errors.Join(lineErr, err)
			return []byte("http://" + through)
		})
	})
	if lineErr != nil {
		return nil, lineErr
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	g := &gateway{
		name: name, url: "http://" + port, binary: s.causeway,
		config: filepath.Join(s.dir, name+".yaml"), log: filepath.Join(s.dir, name+".log"),
		env: []string{"CAUSEWAY_GATEWAY=" + name, "CAUSEWAY_LISTEN=" + port, "CAUSEWAY_ADMIN_LISTEN=127.0.0.1:0"},
	}
	if s.services != nil {
		for kind, at := range map[string]*struct{ variable, address string }{
			toDatabase: {"CAUSEWAY_DATABASE", s.services.postgres}, toRedis: {"CAUSEWAY_REDIS", s.services.redis},
		} {
			server, err := url.Parse(at.address)
			if err != nil {
				return nil, err
			}
			if server.Host, err = s.network.open(kind, name+" "+kind, "", server.Host); err != nil {
				return nil, err
			}
			g.env = append(g.env, at.variable+"="+server.String())
		}
	}
	return g, os.WriteFile(g.config, text, 0o600)
}

// Ports of gateways are below those that the kernel hands out by itself, so that nobody has taken one while its gateway was
// dead.
const (
	portFirst, portLast = 20000, 32000
	portTries           = 50
)

func freePort() (string, error) {
	var err error
	for range portTries {
		address := fmt.Sprintf("127.0.0.1:%d", portFirst+int(time.Now().UnixNano()/1000)%(portLast-portFirst))
		var listener net.Listener
		if listener, err = net.Listen("tcp", address); err == nil {
			return address, listener.Close()
		}
	}
	return "", err
}

// stop ends everything that was started, however far it had come.
func (s *storm) stop() {
	for _, g := range s.gateways {
		if g.process != nil {
			_ = g.process.Resume() // it may be stopped, or dead
			g.process.Stop()
		}
	}
	if s.world != nil {
		s.world.Stop()
	}
	s.network.close()
}

// settle lets everything end that has begun, within the calm of the size, and returns what clients had still not been
// answered by then.
func (s *storm) settle(ctx context.Context) (unanswered []*intent, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.size.calm)
	defer cancel()
	for _, g := range s.gateways {
		if err := g.answers(ctx); err != nil {
			return nil, err
		}
	}
	for _, i := range s.notes.all() {
		if i.id == "" && i.refused == "" && !s.insist(ctx, s.plan.draws("settle"), i) && i.refused == "" {
			unanswered = append(unanswered, i)
		}
	}
	for moving := true; moving; {
		if moving, err = s.moving(ctx); err != nil && ctx.Err() == nil {
			return nil, err
		}
		if !pause(ctx, busyAfter) {
			break // what still moves is for the verdict
		}
	}
	cancel()
	s.following.Wait()
	return unanswered, nil
}

// moving reports whether anything has still to come to an end. Payments that wait for a payer who was seen to pay do too.
func (s *storm) moving(ctx context.Context) (bool, error) {
	for _, path := range []string{"/v1/payments?status=processing", "/v1/payouts?status=processing", "/v1/payouts?status=in_transit"} {
		some, err := s.list(ctx, path, func(view) bool { return false })
		if some || err != nil {
			return some, err
		}
	}
	paid := map[string]bool{}
	for _, i := range s.notes.all() {
		if i.paid != "" {
			paid[i.id] = true
		}
	}
	if some, err := s.list(ctx, "/v1/payments?status=requires_action", func(v view) bool { return !paid[v.ID] }); some || err != nil {
		return some, err
	}
	return s.operating(ctx)
}

// operating reports whether a capture or refund has still to come to an end.
func (s *storm) operating(ctx context.Context) (bool, error) {
	for _, i := range s.notes.all() {
		if i.id == "" || resolved(i.status) || i.kind != asCapture && i.kind != asRefund {
			continue
		}
		path := "/v1/refunds?payment=" + i.payment
		if i.kind == asCapture {
			path = "/v1/payments/" + i.payment + "/captures"
		}
		if _, err := s.list(ctx, path, func(v view) bool {
			if v.ID == i.id {
				i.status = v.Status
			}
			return true
		}); err != nil || !resolved(i.status) {
			return true, err
		}
	}
	return false, nil
}

// list hands every object of a list to take while that returns true, and reports whether it ended before the list did.
func (s *storm) list(ctx context.Context, path string, take func(view) bool) (ended bool, err error) {
	joint := "?"
	if strings.Contains(path, "?") {
		joint = "&"
	}
	after := ""
	for {
		answer, err := ask(ctx, patient, http.MethodGet, s.gateways[0].url+path+joint+"limit=100"+after, s.merchant(""), "")
		if err != nil || answer.status != http.StatusOK {
			return false, fmt.Errorf("list %s: %d %s: %w", path, answer.status, answer.body, err)
		}
		page, more, err := readPage[view](answer.body)
		if err != nil {
			return false, fmt.Errorf("list %s: %w", path, err)
		}
		for _, v := range page {
			if !take(v) {
				return true, nil
			}
		}
		if !more || len(page) == 0 {
			return false, nil
		}
		after = "&starting_after=" + page[len(page)-1].ID
	}
}
