package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/fx/feed"
)

// wireRates builds the board of rates from the configured sources and what was observed before.
func (n *node) wireRates(ctx context.Context) error {
	policy := fx.Policy{
		Feeds: map[string]fx.Trust{}, Persist: n.behind.AppendRates, NewID: func() string { return n.newID("rate") },
	}
	kinds := map[string]fx.FeedKind{"json": fx.Live, "ecb": fx.Reference, "fixed": fx.Fixed}
	for _, r := range n.config.Rates {
		policy.Feeds[r.Name] = fx.Trust{Kind: kinds[r.Kind], MaxAge: r.MaxAge, FirmOn: r.Firm || r.Kind == "fixed"}
	}
	n.rates = fx.NewBoard(policy)
	known, err := n.db.LatestRates(ctx)
	if err != nil {
		return err
	}
	n.rates.Restore(known)
	for _, r := range n.config.Rates {
		if r.Kind != "fixed" {
			continue
		}
		if _, err := n.rates.Add(ctx, r.Name, now(), fixedRates(r.Values, now())); err != nil {
			return fmt.Errorf("fixed rates %s: %w", r.Name, err)
		}
	}
	return nil
}

// pollers ask the rate sources.
func (n *node) pollers() []*feed.Poller {
	client := &http.Client{}
	var pollers []*feed.Poller
	for _, r := range n.config.Rates {
		var source feed.Source
		switch r.Kind {
		case "json":
			source = feed.JSON{URL: r.URL, Client: client}
		case "ecb":
			source = feed.ECB{URL: r.URL, Client: client}
		default:
			continue
		}
		pollers = append(pollers, &feed.Poller{
			Feed: r.Name, Source: source, Board: n.rates, Interval: r.Interval, Jitter: r.Interval / 10, Timeout: 5 * time.Second,
			Backoff: 200 * time.Millisecond, Now: now, Log: n.log,
		})
	}
	return pollers
}

// fixedRates turns configured rates, "EUR/USD": "1.10", into observations.
func fixedRates(values map[string]string, at time.Time) []fx.Observation {
	var observed []fx.Observation
	for _, pair := range slices.Sorted(maps.Keys(values)) {
		base, quote, _ := strings.Cut(pair, "/")
		observed = append(observed, fx.Observation{Base: base, Quote: quote, Rate: values[pair], ObservedAt: at})
	}
	return observed
}
