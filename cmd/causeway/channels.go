package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/card"
)

// channels builds the rails that the configuration names.
func channels(configured []config.Channel) ([]gateway.Channel, error) {
	var channels []gateway.Channel
	var faults []error
	for _, c := range configured {
		acquirer, err := card.New(card.Config{
			Name: c.Name, URL: strings.TrimSuffix(c.URL, "/"), Secret: c.Secret.Reveal(), CallbackSecret: c.CallbackSecret.Reveal(),
			PreExecutionCodes: c.Capabilities.PreExecutionCodes, Timeout: c.Timeout,
			Capabilities: payment.Capabilities{
				Replay: c.Capabilities.IdempotentReplay, Inquiry: c.Capabilities.Inquiry, Fence: c.Capabilities.Fence,
				Void: c.Capabilities.Void, Horizon: c.Capabilities.VisibilityHorizon,
			},
		})
		if err != nil {
			faults = append(faults, err)
			continue
		}
		channels = append(channels, gateway.Channel{
			Name: c.Name, Method: payment.MethodOn(c.Rail), Mode: payment.Mode(c.Mode), Rail: acquirer, Currencies: c.Currencies,
			Min: amounts(c.Min), Max: amounts(c.Max), LowValue: amounts(c.LowValue), Priority: c.Priority, Timeout: c.Timeout,
			Cost: gateway.Cost{Bps: c.Cost.Bps, Fixed: amounts([]money.Wire{c.Cost.Fixed})},
		})
	}
	return channels, errors.Join(faults...)
}

// amounts reads amounts that were validated; the empty one is left out.
func amounts(wires []money.Wire) []money.Amount {
	var read []money.Amount
	for _, w := range wires {
		if a, err := w.Amount(); err == nil {
			read = append(read, a)
		}
	}
	return read
}

// probers asks the channels of a gateway how they are.
type probers []gateway.Channel

// Probe makes a status call that moves no money.
func (p probers) Probe(ctx context.Context, channel string) error {
	i := slices.IndexFunc(p, func(c gateway.Channel) bool { return c.Name == channel })
	if i < 0 {
		return fmt.Errorf("%s: %w", channel, gateway.ErrNoChannel)
	}
	if prober, ok := p[i].Rail.(rails.Prober); ok {
		return prober.Probe(ctx)
	}
	return nil // a channel that cannot be asked is tried with a payment
}
