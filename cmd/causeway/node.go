package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/causeway-pay/causeway/access/directory"
	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/docs"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/gateway/api"
	"github.com/causeway-pay/causeway/gateway/checkout"
	"github.com/causeway-pay/causeway/gateway/limit"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/reconcile"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/webhook"
)

// node is one gateway, wired.
type node struct {
	config  config.Config
	log     *slog.Logger
	name    string
	db      *store.DB      // what requests use
	behind  *store.DB      // the same over connections of its own: what works behind the requests uses
	fleet   *breaker.Fleet // nil without Redis
	board   *breaker.Board
	chains  []*onchain.Rail
	rates   *fx.Board
	gateway *gateway.Gateway // carries what is asked for
	worker  *gateway.Gateway // carries what nobody waits for
	limiter *limit.Limiter
	watch   *audit.Watch
	breaks  *reconcile.Reconciler
	sender  *webhook.Deliverer
	handler http.Handler
	metrics *metrics
	newID   func(prefix string) string
}

func newNode(ctx context.Context, c config.Config, log *slog.Logger) (*node, error) {
	n := &node{config: c, log: log, name: c.Gateway, newID: payment.NewIDs(time.Now), metrics: newMetrics()}
	if n.name == "" {
		n.name = "gw-" + rand.Text()
	}
	if err := n.wire(ctx); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (n *node) wire(ctx context.Context) (err error) {
	if n.db, err = store.Open(ctx, n.config.Database); err != nil {
		return err
	}
	if n.behind, err = n.db.Apart(behindConns); err != nil {
		return err
	}
	rules, err := n.rules(ctx)
	if err != nil {
		return err
	}
	if err := n.wireRates(ctx); err != nil {
		return err
	}
	channels, err := channels(n.config.Channels)
	if err != nil {
		return err
	}
	onChain, chains, err := chainChannels(n.config.Chains, n.behind, n.log)
	if err != nil {
		return err
	}
	channels, n.chains = append(channels, onChain...), chains
	if err := n.wireBreakers(ctx, channels); err != nil {
		return err
	}
	deps := gateway.Deps{
		Store: n.db, Pricer: fx.NewPricer(rules, n.rates), Channels: channels, Board: n.board, Now: now, NewID: n.newID,
		NewUETR: uuid.NewString, Name: n.name, ApprovalAbove: amounts(n.config.Payouts.ApprovalAbove), ClaimsAfter: n.config.ClaimsAfter, Log: n.log,
		Committed: n.metrics.watch, Away: limit.Away,
	}
	n.gateway = gateway.New(deps)
	deps.Store = n.behind
	n.worker = gateway.New(deps)
	n.limiter = limit.New(limits(n.config.Limits))
	n.metrics.channels(n.board)
	n.metrics.limits(n.limiter)
	n.breaks = reconcile.New(reconcile.Deps{
		Store: n.behind, Channels: statements(channels), Reporter: n.worker, Now: now, NewID: n.newID, Name: n.name,
		After: n.config.ReconcileAfter, Log: n.log,
	})
	n.sender = webhook.NewDeliverer(n.behind, n.config.AllowPrivateWebhooks, now, n.log)
	n.watch = audit.NewWatch(audit.Config{
		Books: n.behind, Chains: audited(chains), Pace: n.config.Audit.Pace, Name: n.name, Mode: payment.Mode(n.config.Mode), Now: now, NewID: n.newID,
		Log: n.log, Checked: n.metrics.audited,
	})
	publicURL := strings.TrimSuffix(n.config.PublicURL, "/")
	known := directory.New(n.db, time.Now)
	contract := api.New(api.Deps{
		Gateway: n.gateway, Breaks: n.breaks, Store: n.db, Access: known, Board: n.board, Limiter: n.limiter, Now: now, NewID: n.newID, Log: n.log, Ready: n.db.Ping,
		Proxies: n.config.Limits.Proxies, PublicURL: publicURL, AllowPrivateWebhooks: n.config.AllowPrivateWebhooks, Help: http.StripPrefix("/help", docs.Help()),
	})
	n.handler = beside(contract, checkout.New(checkout.Deps{
		Gateway: n.gateway, Merchants: known, Board: n.board, Limiter: n.limiter, Now: now, Log: n.log, PublicURL: publicURL,
		Proxies: n.config.Limits.Proxies,
	}))
	return nil
}

// behindConns are the connections of what works behind the requests.
const behindConns = 8

// limits is how requests are let in.
func limits(c config.Limits) limit.Settings {
	s := limit.Defaults()
	s.Slots, s.Places, s.Rate = c.Slots, c.Places, limit.Rate{PerSecond: c.PerSecond, Burst: c.Burst}
	s.Reserved[limit.Callbacks], s.Reserved[limit.Changes] = c.Reserved.Callbacks, c.Reserved.Changes
	s.Reserved[limit.Resolution], s.Reserved[limit.Payments] = c.Reserved.Resolution, c.Reserved.Payments
	s.Reserved[limit.Reads], s.Reserved[limit.Pages] = c.Reserved.Reads, c.Reserved.Pages
	return s
}

// beside serves the payers' pages beside the contract.
func beside(contract, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if checkout.Serves(r.URL.Path) {
			pages.ServeHTTP(w, r)
			return
		}
		contract.ServeHTTP(w, r)
	})
}

// rules loads treasury's rules and keeps their text, so that every price can be computed again.
func (n *node) rules(ctx context.Context) (*fx.RuleSet, error) {
	text := fx.DefaultRulesText()
	if n.config.Rules != "" {
		var err error
		if text, err = os.ReadFile(n.config.Rules); err != nil {
			return nil, &config.Error{Faults: []string{"rules: " + err.Error()}}
		}
	}
	rules, err := fx.LoadRules(text)
	if err != nil {
		return nil, &config.Error{Faults: []string{"rules: " + err.Error()}}
	}
	return rules, n.db.SaveRuleSet(ctx, rules.Version, string(text), now())
}

// wireBreakers builds the breakers, and puts in force what operators decided before.
func (n *node) wireBreakers(ctx context.Context, channels []gateway.Channel) error {
	settings := map[string]breaker.Settings{}
	for i, c := range channels {
		s := c.Breaker()
		if i < len(n.config.Channels) { // the chains come behind, and bound what is in flight by themselves
			s.MaxInFlight = n.config.Channels[i].MaxInFlight
		}
		settings[c.Name] = s
	}
	if n.config.Redis != "" {
		fleet, err := breaker.NewFleet(n.config.Redis, n.name, 500*time.Millisecond)
		if err != nil {
			return err
		}
		n.fleet = fleet
	}
	board, err := breaker.NewBoard(breaker.Config{
		Channels: settings, Prober: gateway.Prober{Channels: channels, Seen: n.behind, Now: now}, Fleet: n.fleet, Log: n.log,
	})
	if err != nil {
		return err
	}
	n.board = board
	flags, err := n.db.ChannelFlags(ctx)
	if err != nil {
		return err
	}
	return n.board.SetFlags(flags)
}

func (n *node) close() {
	if n.fleet != nil {
		n.fleet.Close()
	}
	for _, db := range []*store.DB{n.behind, n.db} {
		if db == nil {
			continue
		}
		if err := db.Close(); err != nil {
			n.log.Warn("close database", "err", err)
		}
	}
}

// start begins everything that works behind the requests. The channel is closed when all of it has ended after ctx.
func (n *node) start(ctx context.Context) <-chan struct{} {
	var running sync.WaitGroup
	running.Go(func() { n.board.Run(ctx) })
	running.Go(func() { n.worker.WakeDue(ctx) })
	running.Go(func() { n.worker.Watch(ctx) })
	running.Go(func() { n.sender.Run(ctx) })
	running.Go(func() { n.keep(ctx) })
	running.Go(func() { n.watch.Run(ctx) })
	running.Go(func() { n.breaks.Daily(ctx) })
	for _, rail := range n.chains {
		running.Go(func() { rail.Run(ctx) })
	}
	for _, p := range n.pollers() {
		running.Go(func() { p.Run(ctx) })
	}
	finished := make(chan struct{})
	go func() {
		running.Wait()
		close(finished)
	}()
	return finished
}
