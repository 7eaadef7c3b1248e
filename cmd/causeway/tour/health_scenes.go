package tour

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// nodeLeft waits until every gateway shows the breaker of a node as open, and demands that the chain was available there ever
// since began.
func (w *World) nodeLeft(ctx context.Context, node string, began time.Time) error {
	return w.everywhere(ctx, node+" is not shown as left alone", func(gateway string) (bool, error) {
		channel, err := w.chainAt(ctx, gateway+"/v1/ops/channels", w.Operator)
		if err != nil {
			return false, err
		}
		since, err := time.Parse(time.RFC3339, channel.text("since"))
		if err == nil && (channel.text("available") != "true" || since.After(began)) {
			err = fmt.Errorf("one node is down, and so is the chain: %v", channel)
		}
		return slices.ContainsFunc(channel.list("nodes"), func(n object) bool {
			return n.text("name") == node && n.text("status") != "closed"
		}), err
	})
}

// theChainIsDown has a payer pay on a chain that no gateway can reach: nothing is credited, and others are sent elsewhere,
// until it is back.
func theChainIsDown(ctx context.Context, w *World, row *Row) error {
	p, address, due, err := w.awaitCoins(ctx, row, "chain-down", "50.00", "USDC")
	if err != nil {
		return err
	}
	for _, node := range w.nodes {
		node.cut()
	}
	if _, err := w.payOnChain(ctx, 5, address, due, "USDC"); err != nil {
		return err
	}
	if err := w.chainShown(ctx, "false", "major_outage"); err != nil {
		return err
	}
	if err := w.offered(ctx, "bank_transfer", "card"); err != nil {
		return err
	}
	if p, err = w.get(ctx, "/v1/payments/"+p.text("id"), "en"); err != nil {
		return err
	}
	if got := p.text("status") + " " + p.text("amount_received", "value"); got != "requires_action 0.000000" {
		return fmt.Errorf("while nobody sees the chain the payment is %s", got)
	}
	w.calmChain()
	if _, err := w.until(ctx, p.text("id"), "succeeded"); err != nil {
		return err
	}
	if err := w.chainShown(ctx, "true", "operational"); err != nil {
		return err
	}
	if err := w.offered(ctx, "bank_transfer", "card", "crypto"); err != nil {
		return err
	}
	row.Result = "shown as down: card and bank offered, nothing credited; then succeeded once"
	if err := w.onlyOnChain(ctx, row, address, "55275000 USDC"); err != nil {
		return err
	}
	return w.posted(ctx, p.text("id"), depositB1(""))
}

// chainShown waits until every gateway says of the chain that it can be used or not, to merchants and on the status page.
func (w *World) chainShown(ctx context.Context, available, status string) error {
	return w.everywhere(ctx, "the chain is not shown as "+status, func(gateway string) (bool, error) {
		channel, err := w.chainAt(ctx, gateway+"/v1/channels", w.Key)
		if err != nil || channel.text("available") != available {
			return false, err
		}
		_, page, err := call(ctx, http.MethodGet, gateway+"/status", nil, nil)
		for _, c := range page.list("components") {
			if c.text("method") == "crypto" {
				return c.text("status") == status, err
			}
		}
		return false, err
	})
}

// offered demands that every gateway offers an order these methods and no others.
func (w *World) offered(ctx context.Context, want ...string) error {
	for _, gateway := range w.Doors() {
		quote, err := w.quote(ctx, gateway, object{"amount": euros("50.00"), "settlement_currency": "EUR"})
		if err != nil {
			return err
		}
		var got []string
		for _, route := range quote.list("routes") {
			if method := route.text("method", "type"); route.text("eligible") == "true" && !slices.Contains(got, method) {
				got = append(got, method)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			return fmt.Errorf("a quote offers %v, want %v: %v", got, want, quote)
		}
	}
	return nil
}

// chainAt is the chain as one gateway shows it to whoever holds the key: to a merchant or to an operator.
func (w *World) chainAt(ctx context.Context, channels, key string) (object, error) {
	_, found, err := call(ctx, http.MethodGet, channels, map[string]string{"Authorization": "Bearer " + key}, nil)
	for _, c := range found.list("data") {
		if c.text("name") == chainDev {
			return c, err
		}
	}
	return nil, errors.Join(err, fmt.Errorf("%s is not shown: %v", chainDev, found))
}

// everywhere waits until something holds at every gateway, and fails with the complaint when ctx ends first.
func (w *World) everywhere(ctx context.Context, complaint string, holds func(gateway string) (bool, error)) error {
	for _, gateway := range w.Doors() {
		for {
			well, err := holds(gateway)
			if err != nil {
				return err
			}
			if well {
				break
			}
			if !pause(ctx, 100*time.Millisecond) {
				return errors.New(complaint)
			}
		}
	}
	return nil
}
