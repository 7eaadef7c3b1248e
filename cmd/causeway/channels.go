package main

import (
	"errors"
	"fmt"
	"log/slog"
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
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/store"
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
			Min: amounts(c.Min), Max: amounts(c.Max), LowValue: amounts(c.LowValue), Priority: c.Priority, Timeout: c.Timeout, Poll: c.Poll,
			Cost: cost(c.Cost), RefundCost: cost(c.RefundCost),
		})
	}
	return channels, errors.Join(faults...)
}

func cost(c config.Cost) gateway.Cost {
	return gateway.Cost{Bps: c.Bps, Fixed: amounts([]money.Wire{c.Fixed})}
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

// chainChannels builds the rails on the configured chains. Run them, so that nodes which failed come back.
func chainChannels(configured []config.Chain, db *store.DB, log *slog.Logger) ([]gateway.Channel, []*onchain.Rail, error) {
	var channels []gateway.Channel
	var running []*onchain.Rail
	var faults []error
	for _, c := range configured {
		described := chainConfig(c)
		described.Store, described.Now, described.Log = db, now, log
		rail, err := onchain.New(described)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		assets, err := onchain.Assets(described)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		channel := gateway.Channel{
			Name: c.Name, Method: payment.MethodCrypto, Mode: payment.Mode(c.Mode), Rail: rail, Priority: c.Priority, Timeout: 4 * c.Timeout,
		}
		for _, asset := range assets {
			channel.Currencies = append(channel.Currencies, asset.String())
		}
		channels, running = append(channels, channel), append(running, rail)
	}
	return channels, running, errors.Join(faults...)
}

func chainConfig(c config.Chain) onchain.Config {
	described := onchain.Config{
		Name: c.Name, Network: c.Network, RPC: c.RPC, Coin: c.Coin, XPub: c.XPub, From: c.From, Signer: c.Signer,
		Timeout: c.Timeout, Poll: c.Poll, BlockTime: c.BlockTime, HeadAge: c.HeadAge, Lag: c.Lag, BumpAfter: c.BumpAfter, FeeMax: c.FeeMax, SweepMin: c.SweepMin,
	}
	for _, t := range c.Tokens {
		described.Tokens = append(described.Tokens, onchain.Token{Code: t.Code, Contract: t.Contract, Decimals: t.Decimals})
	}
	for _, d := range c.Depths {
		described.Depths = append(described.Depths, onchain.Depth{Currency: d.Currency, Medium: d.Medium, Large: d.Large})
	}
	return described
}

// registerAssets makes the coins and tokens of the configured chains known. It comes before anything that names one is
// read.
func registerAssets(configured []config.Chain) error {
	var faults []error
	for _, c := range configured {
		assets, err := onchain.Assets(chainConfig(c))
		faults = append(faults, err)
		for _, asset := range assets {
			faults = append(faults, money.Register(asset))
		}
	}
	return errors.Join(faults...)
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
