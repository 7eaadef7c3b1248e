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
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/card"
	"github.com/causeway-pay/causeway/rails/crossborder"
	"github.com/causeway-pay/causeway/rails/line"
)

// channels builds the rails that the configuration names.
func channels(configured []config.Channel) ([]gateway.Channel, error) {
	var channels []gateway.Channel
	var faults []error
	for _, c := range configured {
		rail, err := railOf(c)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		channels = append(channels, gateway.Channel{
			Name: c.Name, Method: payment.MethodOn(c.Rail), Mode: payment.Mode(c.Mode), Rail: rail, Currencies: c.Currencies,
			Corridors: c.Corridors, Home: c.Home,
			Min: amounts(c.Min), Max: amounts(c.Max), LowValue: amounts(c.LowValue), Priority: c.Priority, Timeout: c.Timeout,
			Cost: gateway.Cost{Bps: c.Cost.Bps, Fixed: amounts([]money.Wire{c.Cost.Fixed})},
		})
	}
	return channels, errors.Join(faults...)
}

// railOf builds the rail of a channel with its driver.
func railOf(c config.Channel) (rails.Rail, error) {
	provider := line.Config{
		Name: c.Name, URL: strings.TrimSuffix(c.URL, "/"), Secret: c.Secret.Reveal(), CallbackSecret: c.CallbackSecret.Reveal(),
		PreExecutionCodes: c.Capabilities.PreExecutionCodes, Timeout: c.Timeout,
		Capabilities: payment.Capabilities{
			Replay: c.Capabilities.IdempotentReplay, Inquiry: c.Capabilities.Inquiry, Fence: c.Capabilities.Fence,
			Void: c.Capabilities.Void, Horizon: c.Capabilities.VisibilityHorizon,
		},
	}
	office := banklink.Config{Config: provider, BIC: c.BIC, Holder: c.Holder, Poll: c.Poll}
	switch c.Rail + "/" + c.Driver {
	case "card/acquirer":
		return card.New(card.Config(provider))
	case "bank/iso20022":
		office.Accounts = []banklink.Account{{Currency: c.Currencies[0], Number: c.Account}}
		return bank.New(bank.Config{Config: office, Calendar: c.Calendar, Cutoff: c.Cutoff})
	case "crossborder/iso20022":
		for _, n := range c.Nostros {
			office.Accounts = append(office.Accounts, banklink.Account{Currency: n.Currency, Number: n.Account})
		}
		return crossborder.New(crossborder.Config{
			Config: office, OwnBIC: c.OwnBIC, Town: c.Town, Home: c.Home, Calendar: c.Calendar, Cutoff: c.Cutoff,
			Fastest: c.Fastest, Slowest: c.Slowest,
		})
	}
	return nil, fmt.Errorf("%s: no rail %s with the driver %s", c.Name, c.Rail, c.Driver)
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
