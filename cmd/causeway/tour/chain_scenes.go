package tour

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// chainScenes are the scenes with payments and payouts on a chain.
func chainScenes() []Scene {
	return []Scene{
		{"An order in EUR, paid in USDC", inToken},
		{"The chain takes the payment back", reorganised},
		{"Paid in ETH, in two transfers, one node down", inTwoTransfers},
		{"A payout on the chain", payOnce},
		{"Paid while the chain is down", theChainIsDown},
	}
}

// awaitCoins makes a payment of so many euros by coin or token, and returns it with the payer's address and what is due.
func (w *World) awaitCoins(ctx context.Context, row *Row, key, euro, currency string) (p object, address, due string, err error) {
	p, err = w.pay(ctx, row, key, object{
		"amount": euros(euro), "settlement_currency": "EUR",
		"method": object{"type": "crypto", "crypto": object{"currency": currency, "network": chainNetwork}},
	})
	if err != nil {
		return p, "", "", err
	}
	action, _ := p["next_action"].(map[string]any)
	address, due = object(action).text("crypto_address", "address"), object(action).text("crypto_address", "amount", "value")
	if p.text("status") != "requires_action" || address == "" {
		return p, "", "", fmt.Errorf("the payment is %s and the payer is told %v", p.text("status"), action)
	}
	row.Route = chainDev
	return p, address, due, nil
}

// onlyOnChain checks what the chain itself says came to an address.
func (w *World) onlyOnChain(ctx context.Context, row *Row, address string, want ...string) error {
	got, err := w.arrived(ctx, address)
	row.Charge = fmt.Sprint(len(got))
	if err == nil && !slices.Equal(got, want) {
		err = fmt.Errorf("on the chain %v came to %s, want %v", got, address, want)
	}
	return err
}

// depositB1 is the worked example B1, as the ledger holds it; of is -1 for its reversal (F2).
func depositB1(of string) []string {
	minus := map[string]string{"": "-", "-": ""}[of]
	return []string{
		"USDC chain:eip155:1337:deposit " + of + "55.275000", "USDC fx:position " + minus + "55.275000",
		"EUR fx:position " + of + "50.25", "EUR merchant:demo:pending " + minus + "50.00", "EUR revenue:margin " + minus + "0.25",
		"EUR merchant:demo:pending " + of + "0.50", "EUR revenue:fees " + minus + "0.50",
	}
}

func inToken(ctx context.Context, w *World, row *Row) error {
	if err := w.pricedIn(ctx, "USDC", "55.275000"); err != nil {
		return err
	}
	p, address, due, err := w.awaitCoins(ctx, row, "usdc", "50.00", "USDC")
	if err != nil {
		return err
	}
	if due != "55.275000" {
		return fmt.Errorf("%s USDC are due, want 55.275", due)
	}
	if _, err := w.payOnChain(ctx, 0, address, due, "USDC"); err != nil {
		return err
	}
	if _, err := w.until(ctx, p.text("id"), "succeeded"); err != nil {
		return err
	}
	row.Result = "55.275 USDC, confirmed, then succeeded"
	if err := w.onlyOnChain(ctx, row, address, "55275000 USDC"); err != nil {
		return err
	}
	return w.posted(ctx, p.text("id"), depositB1(""))
}

func reorganised(ctx context.Context, w *World, row *Row) error {
	p, address, due, err := w.awaitCoins(ctx, row, "reorg", "50.00", "USDC")
	if err != nil {
		return err
	}
	id := p.text("id")
	transfer, err := w.payOnChain(ctx, 1, address, due, "USDC")
	if err != nil {
		return err
	}
	if _, err := w.until(ctx, id, "succeeded"); err != nil {
		return err
	}
	if err := w.reorganize(ctx, transfer); err != nil {
		return err
	}
	reversed := func(o object) bool { return o.text("status") == "processing" && o.text("exceptions", 0) == "reorged" }
	if p, err = w.see(ctx, "/v1/payments/"+id, "reversed", reversed); err != nil {
		return err
	}
	if p.text("amount_received", "value") != "0.000000" {
		return fmt.Errorf("reversed, and %s are received", p.text("amount_received", "value"))
	}
	again, err := w.payAgain(ctx, transfer)
	if err != nil {
		return err
	}
	if _, err := w.until(ctx, id, "succeeded"); err != nil {
		return err
	}
	if again.Hash == "" || again.Hash == transfer.Hash {
		return fmt.Errorf("it is in the same block again: %s", again.Hash)
	}
	row.Result = fmt.Sprintf("succeeded, reversed, credited again: block %s, then %s", transfer.Block, again.Block)
	if err := w.onlyOnChain(ctx, row, address, "55275000 USDC"); err != nil {
		return err
	}
	return w.posted(ctx, id, slices.Concat(depositB1(""), depositB1("-"), depositB1("")))
}

// inTwoTransfers has the node hang that the gateway asks first: it goes on with the other, and knows which one it left.
func inTwoTransfers(ctx context.Context, w *World, row *Row) error {
	p, address, due, err := w.awaitCoins(ctx, row, "eth", "20.00", "ETH")
	if err != nil {
		return err
	}
	began := time.Now()
	w.nodes[0].hang()
	const first = "0.002"
	if _, err := w.payOnChain(ctx, 2, address, first, ""); err != nil {
		return err
	}
	id := p.text("id")
	underpaid := func(o object) bool { return o.text("exceptions", 0) == "underpaid" }
	if p, err = w.see(ctx, "/v1/payments/"+id, "underpaid", underpaid); err != nil {
		return err
	}
	rest := strings.TrimRight(p.text("next_action", "crypto_address", "amount", "value"), "0")
	if _, err := w.payOnChain(ctx, 3, address, rest, ""); err != nil {
		return err
	}
	if _, err = w.until(ctx, id, "succeeded"); err != nil {
		return err
	}
	if err := w.nodeLeft(ctx, "rpc-1", began); err != nil {
		return err
	}
	row.Result = fmt.Sprintf("underpaid with %s of %s ETH, then succeeded; rpc-1 hung, and was left alone", first, plain(rational(due)))
	if all := plain(new(big.Rat).Add(rational(first), rational(rest))); all != plain(rational(due)) {
		return fmt.Errorf("%s and %s ETH are %s, and %s were due", first, rest, all, due)
	}
	if err := w.onlyOnChain(ctx, row, address, wei(first), wei(rest)); err != nil {
		return err
	}
	return w.netted(ctx, id, []string{
		"ETH chain:eip155:1337:deposit 0.00804", "ETH fx:position -0.00804",
		"EUR fx:position 20.1", "EUR merchant:demo:pending -19.8", "EUR revenue:fees -0.2", "EUR revenue:margin -0.1",
	})
}

// payOnce has a merchant who earned in USDC pay some of it out.
func payOnce(ctx context.Context, w *World, row *Row) error {
	as := w.paysOut()
	p, address, due, err := as.awaitCoins(ctx, row, "earn-usdc", "50.00", "USDC")
	if err != nil {
		return err
	}
	if _, err := w.payOnChain(ctx, 4, address, due, "USDC"); err != nil {
		return err
	}
	if _, err := as.until(ctx, p.text("id"), "succeeded"); err != nil {
		return err
	}
	to := fmt.Sprintf("0x%040x", 0xca05e0000000000+time.Now().UnixNano())
	beneficiary, err := as.beneficiary(ctx, "wallet", object{"name": "Ada's wallet", "address": to, "network": chainNetwork})
	if err != nil {
		return err
	}
	made, err := as.post(ctx, "/v1/payouts", "tour-chain-payout", object{
		"amount": object{"value": "20", "currency": "USDC", "network": chainNetwork}, "source": object{"currency": "EUR"}, "beneficiary": beneficiary,
	})
	if err != nil {
		return err
	}
	paid, err := as.see(ctx, "/v1/payouts/"+made.text("id"), "paid", is("paid"))
	if err != nil {
		return err
	}
	row.Amount = "20 USDC"
	row.Rate = paid.text("quote", "rate", "client")
	row.Fee = ""
	row.Result = "paid by " + paid.text("tx")[:10] + "…"
	if err := w.onlyOnChain(ctx, row, to, "20000000 USDC"); err != nil {
		return err
	}
	gas, err := w.gasOf(ctx, paid.text("tx"))
	if err != nil {
		return err
	}
	return w.posted(ctx, made.text("id"), []string{
		"EUR merchant:instant:available 18.28", "EUR merchant:instant:reserved -18.28", "EUR merchant:instant:reserved 18.28",
		"EUR fx:position -18.18181818", "EUR revenue:margin -0.09090909", "EUR fx:rounding -0.00727273",
		"USDC fx:position 20.000000", "USDC chain:eip155:1337:hot -20.000000",
		"ETH cost:network " + gas, "ETH chain:eip155:1337:hot -" + gas,
	})
}

// pricedIn waits until the gateway has heard of the rate of a coin at which 50 euros cost that much.
func (w *World) pricedIn(ctx context.Context, currency, want string) error {
	for {
		quote, err := w.quote(ctx, w.Gateway, object{
			"amount": euros("50.00"), "method": "crypto", "crypto": object{"currency": currency, "network": chainNetwork},
		})
		if err != nil || quote.text("debit", "value") == want {
			return err
		}
		if !pause(ctx, 50*time.Millisecond) {
			return fmt.Errorf("50.00 EUR cost %s %s, want %s: %s", quote.text("debit", "value"), currency, want, quote.text("detail"))
		}
	}
}
