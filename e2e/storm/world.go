package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

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
	i := s.notes.write(&intent{rail: onCard, kind: asPayment, key: "funds", path: "/v1/payments", body: body})
	if !s.insist(ctx, s.plan.draws("funds"), i) {
		return fmt.Errorf("the merchant cannot earn: %s", i.refused)
	}
	return nil
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
	port, err := tour.FreePort()
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
