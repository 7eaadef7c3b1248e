package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// merchants is how many there are. Each has beneficiaries at home, abroad and on the chain, and money to pay out, some more
// than others: for the poor a payout is refused at times.
const merchants = 10

// beneficiaries are whom a merchant pays, by what stands before its own name.
var beneficiaries = map[string]payment.Beneficiary{
	"ben_home_":   {Name: "Anna", Country: "DE", Account: "DE89370400440532013000"},
	"ben_abroad_": {Name: "Bob", Country: "US", Account: "123456789", Agent: "CHASUS33"},
	"ben_chain_":  {Name: "Carol", Network: networkName, Address: "0xbeneficiary"},
}

// endow makes the merchants, and fills the accounts that payouts leave from.
func (w *world) endow() error {
	ctx := context.Background()
	fund := func(id string, account ledger.Account, amount money.Amount) error {
		e := ledger.Funding{ID: id, Account: account, Amount: amount}.Entry()
		w.model.post(e)
		return w.db.Post(ctx, e, now())
	}
	for n := range merchants {
		merchant := fmt.Sprintf("m_%d", n)
		for prefix, b := range beneficiaries {
			b.ID, b.Merchant, b.Mode, b.At = prefix+merchant, merchant, payment.Test, now()
			if err := w.db.SaveBeneficiary(ctx, b); err != nil {
				return err
			}
		}
		has := money.Must("1000000.00", "EUR")
		if n < 3 {
			has = money.Must("700.00", "EUR")
		}
		e := ledger.Entry{ID: "founding:" + merchant, Postings: []ledger.Posting{
			{Account: ledger.Capital, Amount: has}, {Account: ledger.MerchantAvailable(merchant), Amount: has.Neg()},
		}}
		w.model.post(e)
		if err := w.db.Post(ctx, e, now()); err != nil {
			return err
		}
	}
	for _, asset := range []money.Asset{w.home.asset, w.abroad.asset, token, coin} {
		if err := fund("funding:"+asset.Code, w.purseOf(asset), w.funded(asset)); err != nil {
			return err
		}
	}
	return nil
}

// purseOf is the account that payouts of an asset leave from, and funded what was put there.
func (w *world) purseOf(asset money.Asset) ledger.Account {
	switch asset {
	case w.home.asset:
		return ledger.Nostro(w.home.name, asset.Code)
	case w.abroad.asset:
		return ledger.Nostro(w.abroad.name, asset.Code)
	}
	return ledger.ChainHot(networkName)
}

func (w *world) funded(asset money.Asset) money.Amount { return money.Must("50000000", asset.String()) }

func (c *client) payOutAtHome() { c.payOut("ben_home_", money.MustAsset("EUR")) }
func (c *client) payOutAbroad() { c.payOut("ben_abroad_", money.MustAsset("USD")) }
func (c *client) payOutCoin()   { c.payOut("ben_chain_", token) }

// payOut pays a beneficiary in an asset, out of what the merchant has in euros.
func (c *client) payOut(to string, asset money.Asset) {
	amount := money.Must(fmt.Sprintf("%d.%02d", 20+c.IntN(400), c.IntN(100)), "EUR")
	draft := c.chance(10)
	reply, ok := c.ask("payout", amount.String(), func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		return p.CreatePayout(ctx, gateway.PayoutRequest{
			Merchant: c.merchant(), Mode: payment.Test, Order: payment.Order{Amount: amount, Settlement: asset}, Fix: fx.SourceFixed,
			Beneficiary: to + c.merchant(), Draft: draft, Key: key, Answer: answer(key),
		})
	})
	if !ok {
		return
	}
	c.acknowledge(reply.Payment.ID)
	c.rest(c.within(5 * time.Minute))
	switch {
	case draft && c.chance(70):
		c.ask("confirm", "", func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
			return p.ConfirmPayout(ctx, c.change(key, money.Amount{}))
		})
	case draft || c.chance(10):
		c.ask("withdraw", "", func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
			return p.CancelPayout(ctx, c.change(key, money.Amount{}))
		})
	}
}
