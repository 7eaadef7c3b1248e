package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Channel is one provider on one rail, as configured.
type Channel struct {
	Name       string // "card.acme-eu"
	Method     payment.MethodType
	Mode       payment.Mode
	Rail       rails.Rail
	Currencies []string       // what it moves, as money.Asset.String writes it: "EUR", "USDC@eip155:1"
	Corridors  []string       // payouts: countries from and to that it serves, "DE>CN"; empty: all
	Home       string         // payouts: the country they start from
	Min, Max   []money.Amount // limits per currency; a currency without a limit has none
	Cost       Cost           // of a charge
	RefundCost Cost           // of a refund
	Priority   int            // lower is tried first
	Timeout    time.Duration  // how long it may take to answer a charge
	Poll       time.Duration  // how often what arrives is looked at, where its watcher keeps a cursor
	LowValue   []money.Amount // up to how much may be risked on a channel that was just down, per currency
}

// Cost is what the channel charges us each time.
type Cost struct {
	Bps   int64
	Fixed []money.Amount // per currency
}

// Of returns the expected cost of moving an amount, rounded up to what can be paid.
func (c Cost) Of(amount money.Amount) money.Amount {
	cost := amount.Bps(c.Bps)
	for _, fixed := range c.Fixed {
		if fixed.Asset() == amount.Asset() {
			cost = cost.Add(fixed)
		}
	}
	rounded, _ := cost.Up()
	return rounded
}

func (g *Gateway) channel(name string) (Channel, bool) {
	i := slices.IndexFunc(g.channels, func(c Channel) bool { return c.Name == name })
	if i < 0 {
		return Channel{}, false
	}
	return g.channels[i], true
}

// Channels returns the channels as configured.
func (g *Gateway) Channels() []Channel { return slices.Clone(g.channels) }

// unfit lists why the channel could not carry the payment even in good health.
func (c Channel) unfit(p payment.Payment) []string {
	why := c.foreign(p)
	for _, o := range c.obstacles(p) {
		why = append(why, o.Note)
	}
	return why
}

// foreign lists why the channel is none for payments of this kind, whatever is in them.
func (c Channel) foreign(p payment.Payment) []string {
	var why []string
	if c.Method != p.Method.Type {
		why = append(why, "serves "+string(c.Method))
	}
	if p.Direction == fx.Send && !c.Rail.Capabilities().Payout {
		why = append(why, "does not pay out")
	}
	if p.Direction == fx.Collect && !c.collects() {
		why = append(why, "only pays out")
	}
	if c.Mode != p.Mode {
		why = append(why, "is a "+string(c.Mode)+" channel")
	}
	return why
}

// collects reports whether the channel takes payments in.
func (c Channel) collects() bool {
	caps := c.Rail.Capabilities()
	return !caps.Payout || caps.Push
}

// obstacles lists what in the payment the channel could not carry.
func (c Channel) obstacles(p payment.Payment) []Obstacle {
	var why []Obstacle
	amount := p.Moves()
	if !slices.Contains(c.Currencies, amount.Asset().String()) {
		why = append(why, Obstacle{Code: OtherCurrency, Note: "does not serve " + amount.Asset().String()})
	}
	if corridor := c.corridor(p); len(c.Corridors) > 0 && p.Direction == fx.Send && !slices.Contains(c.Corridors, corridor) {
		why = append(why, Obstacle{Code: OtherCountry, Note: "does not serve the corridor " + corridor})
	}
	if why == nil && c.foreign(p) == nil {
		why = c.refusals(p)
	}
	for _, least := range c.Min {
		if least.Asset() == amount.Asset() && amount.Cmp(least) < 0 {
			why = append(why, Obstacle{AmountTooSmall, least, fmt.Sprintf("takes no less than %s", least)})
		}
	}
	for _, most := range c.Max {
		if most.Asset() == amount.Asset() && amount.Cmp(most) > 0 {
			why = append(why, Obstacle{AmountTooLarge, most, fmt.Sprintf("takes no more than %s", most)})
		}
	}
	if p.Order.Capture == payment.CaptureManual && !can[rails.Capturer](c) {
		why = append(why, Obstacle{Code: NoCaptureLater, Note: "cannot authorize and capture later"})
	}
	return why
}

// refusals lists what the rail refuses of what is written in the order. A price for nobody in particular has no beneficiary
// that it could look at.
func (c Channel) refusals(p payment.Payment) []Obstacle {
	checker, ok := c.Rail.(rails.Checker)
	if to := p.Order.Beneficiary; !ok || to != nil && !to.Known() {
		return nil
	}
	err := checker.Accepts(p)
	if err == nil {
		return nil
	}
	var why []Obstacle
	for note := range strings.SplitSeq(err.Error(), "\n") {
		why = append(why, Obstacle{Code: OrderRefused, Note: note})
	}
	return why
}

// corridor names the countries that a payout would go from and to.
func (c Channel) corridor(p payment.Payment) string {
	if p.Order.Beneficiary == nil {
		return ""
	}
	return c.Home + ">" + p.Order.Beneficiary.Country
}

// purse is the account that payouts of an asset leave from.
func (c Channel) purse(asset money.Asset) ledger.Account {
	if asset.Network != "" {
		return ledger.ChainHot(asset.Network)
	}
	return ledger.Nostro(c.Name, asset.Code)
}

// Accounts returns where the ledger books what moves at the channel: what an acquirer owes us, our accounts at a bank, or the
// wallets on a chain.
func (c Channel) Accounts() []ledger.Account {
	if c.Method == payment.MethodCard {
		return []ledger.Account{ledger.ChannelReceivable(c.Name)}
	}
	var accounts []ledger.Account
	add := func(a ledger.Account) {
		if !slices.Contains(accounts, a) {
			accounts = append(accounts, a)
		}
	}
	for _, currency := range c.Currencies {
		asset, err := money.ParseAsset(currency)
		if err != nil {
			continue // the configuration names assets that are known
		}
		add(c.purse(asset))
		if asset.Network != "" {
			add(ledger.ChainDeposit(asset.Network))
		}
	}
	return accounts
}

func can[Power any](c Channel) bool {
	_, ok := c.Rail.(Power)
	return ok
}

// risk describes a charge to the breaker.
func (c Channel) risk(amount money.Amount) breaker.Attempt {
	caps := c.Rail.Capabilities()
	low := slices.ContainsFunc(c.LowValue, func(limit money.Amount) bool {
		return limit.Asset() == amount.Asset() && amount.Cmp(limit) <= 0
	})
	return breaker.Attempt{LowValue: low, Safe: caps.Fence || caps.Replay > 0}
}
