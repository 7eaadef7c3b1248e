package main

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"time"
)

// The rails, as they are reported.
const (
	onCard   = "card"
	onBank   = "bank"
	onBorder = "cross-border"
	onChain  = "on-chain"
)

const (
	chainNetwork = "eip155:1337"
	homeAccount  = "DE75512108001245126199"
	waitMax      = 20 * time.Second // of a client for a payment, before it goes on with what can be done without
)

// Shares of what clients do, in a hundred.
var stories = []struct {
	share int
	tell  func(*client, context.Context)
}{
	{46, (*client).payByCard},
	{16, (*client).holdOnCard},
	{14, (*client).payByTransfer},
	{8, (*client).payOnChain},
	{7, (*client).payOutAtHome},
	{5, (*client).payOutAbroad},
	{4, (*client).payOutOnChain},
}

// What clients ask of the sandbox for one payment or payout.
var (
	cardHabits = []string{
		"timeout_then_success", "timeout_then_decline", "charged_but_500", "empty_200", "wrong_amount_echo", "not_sent", "never_visible",
		"late_success:1s", "late_success:5s", "dup_callback", "out_of_order_callback", "fails_on:card.acme-eu",
	}
	payoutHabits = []string{
		"timeout_then_success", "charged_but_500", "empty_200", "accepted_slowly:2s", "dup_callback", "out_of_order_callback", "reject:AC04",
	}
	// What is asked for one payout is done to every repetition of it. A bank abroad, which has no fence, could then never be
	// brought to say what became of these; there they happen to single messages only.
	homeHabits = append([]string{"not_sent", "never_visible"}, payoutHabits...)
)

const hostile = 15 // percent of the payments for which the channel is asked to misbehave

func (c *client) story(ctx context.Context) {
	at := c.draw.IntN(100)
	for _, s := range stories {
		if at -= s.share; at < 0 {
			s.tell(c, ctx)
			return
		}
	}
}

// simulate is the member of a body that asks the sandbox to misbehave, or nothing.
func (c *client) simulate(habits []string) string {
	if !chance(c.draw, hostile) {
		return ""
	}
	return fmt.Sprintf(`,"simulate":%q`, pick(c.draw, habits))
}

// euros draws an amount.
func (c *client) euros(least, most int) string {
	return fmt.Sprintf("%d.%02d", least+c.draw.IntN(most-least), c.draw.IntN(100))
}

// pay asks for a payment.
func (c *client) pay(ctx context.Context, rail, value, rest string) (*intent, bool) {
	key := c.key()
	i := c.notes.write(&intent{rail: rail, kind: asPayment, key: key, path: "/v1/payments", body: fmt.Sprintf(
		`{"amount":{"value":%q,"currency":"EUR"},"reference":%q,%s}`, value, key, rest,
	)})
	return i, c.insist(ctx, c.draw, i)
}

func (c *client) payByCard(ctx context.Context) {
	token, settlement := "tok_visa", "EUR"
	if chance(c.draw, 4) {
		token = "tok_insufficient_funds"
	}
	if chance(c.draw, 20) {
		settlement = "USD"
	}
	i, ok := c.pay(ctx, onCard, c.euros(5, 60), fmt.Sprintf(
		`"settlement_currency":%q,"method":{"type":"card","card":{"token":%q}}%s`, settlement, token, c.simulate(cardHabits),
	))
	if ok && chance(c.draw, 15) {
		c.refund(ctx, i)
	}
}

// holdOnCard authorizes, and then captures in parts or all at once, or cancels, or does nothing.
func (c *client) holdOnCard(ctx context.Context) {
	i, ok := c.pay(ctx, onCard, c.euros(20, 90), fmt.Sprintf(
		`"settlement_currency":"EUR","capture":"manual","method":{"type":"card","card":{"token":"tok_visa"}}%s`, c.simulate(cardHabits),
	))
	if !ok {
		return
	}
	path := "/v1/payments/" + i.id
	v, ok := c.see(ctx, c.draw, path, waitMax, func(v view) bool { return resolved(v.Status) })
	if !ok || v.Status != "authorized" {
		return
	}
	ask := func(kind, path, body string) bool {
		i := c.notes.write(&intent{rail: onCard, kind: kind, key: c.key(), path: path, body: body, payment: v.ID})
		return c.insist(ctx, c.draw, i)
	}
	switch c.draw.IntN(10) {
	case 0:
	case 1, 2:
		ask(asCancel, path+"/cancel", "{}")
	case 3, 4, 5:
		ask(asCapture, path+"/capture", "{}")
	case 6:
		ask(asCapture, path+"/capture", `{"amount":{"value":"12.00","currency":"EUR"},"final":true}`)
	default:
		ask(asCapture, path+"/capture", `{"amount":{"value":"8.00","currency":"EUR"}}`)
		if ask(asCapture, path+"/capture", "{}") && chance(c.draw, 40) {
			c.refund(ctx, i)
		}
	}
}

// refund gives a payment back once it succeeded: in part, in two parts, or all of it.
func (c *client) refund(ctx context.Context, of *intent) {
	if v, ok := c.see(ctx, c.draw, "/v1/payments/"+of.id, waitMax, func(v view) bool { return resolved(v.Status) }); !ok || v.Status != "succeeded" {
		return
	}
	for range 1 + c.draw.IntN(2) {
		amount := ""
		if chance(c.draw, 60) {
			amount = fmt.Sprintf(`"amount":{"value":%q,"currency":"EUR"},`, c.euros(1, 4))
		}
		key := c.key()
		c.insist(ctx, c.draw, c.notes.write(&intent{
			rail: of.rail, kind: asRefund, key: key, path: "/v1/refunds", payment: of.id,
			body: fmt.Sprintf(`{"payment":%q,%s"reason":%q}`, of.id, amount, key),
		}))
	}
}

// instructed waits until the payer is told where to send.
func (c *client) instructed(ctx context.Context, i *intent, place func(view) string) (view, bool) {
	v, ok := c.see(ctx, c.draw, "/v1/payments/"+i.id, waitMax, func(v view) bool {
		return place(v) != "" || resolved(v.Status) && v.Status != "requires_action"
	})
	if !ok || place(v) == "" {
		return v, false
	}
	i.place = place(v)
	return v, true
}

// payByTransfer has the payer transfer what is due, in one part or two.
func (c *client) payByTransfer(ctx context.Context) {
	value := c.euros(10, 80)
	i, ok := c.pay(ctx, onBank, value, `"settlement_currency":"EUR","method":{"type":"bank_transfer"}`)
	if !ok {
		return
	}
	if _, ok = c.instructed(ctx, i, func(v view) string { return v.NextAction.Bank.Reference }); !ok {
		return
	}
	parts := []string{value}
	if chance(c.draw, 20) {
		first := c.euros(1, 9)
		parts = []string{first, sum(value, "-"+first).FloatString(2)}
	}
	for _, part := range parts {
		c.send(ctx, i, part, "/control/banks/"+banks[0]+"/credits", fmt.Sprintf(
			`{"account":%q,"amount":%q,"currency":"EUR","reference":%q,"debtor":{"name":"Jana Novak","iban":"DE89370400440532013000"}}`,
			homeAccount, part, i.place,
		))
	}
}

// payOnChain has the payer send what is due in tokens.
func (c *client) payOnChain(ctx context.Context) {
	i, ok := c.pay(ctx, onChain, c.euros(5, 40), fmt.Sprintf(
		`"settlement_currency":"EUR","method":{"type":"crypto","crypto":{"currency":"USDC","network":%q}}`, chainNetwork,
	))
	if !ok {
		return
	}
	v, ok := c.instructed(ctx, i, func(v view) string { return v.NextAction.Crypto.Address })
	if !ok {
		return
	}
	due := v.NextAction.Crypto.Amount.Value
	c.send(ctx, i, due, "/control/chains/"+chainDev+"/faucet", fmt.Sprintf(`{"address":%q,"amount":%q,"token":"USDC"}`, i.place, due))
}

// send has the sandbox's payer send something, once.
func (c *client) send(ctx context.Context, i *intent, value, path, body string) {
	said, err := ask(ctx, patient, http.MethodPost, c.world.Control+path, nil, body)
	if err != nil || said.status != http.StatusOK {
		c.fail(fmt.Errorf("the payer cannot send %s: %d %s: %w", value, said.status, said.body, err))
		return
	}
	i.paid = sum(i.paid, value).FloatString(6)
}

// payOut asks for a payout to a beneficiary that is made for it.
func (c *client) payOut(ctx context.Context, rail, to, amount, place, rest string) {
	b := &intent{rail: rail, kind: "beneficiary", key: c.key(), path: "/v1/beneficiaries", body: to}
	if !c.insist(ctx, c.draw, b) {
		return
	}
	key := c.key()
	c.insist(ctx, c.draw, c.notes.write(&intent{rail: rail, kind: asPayout, key: key, path: "/v1/payouts", place: place, body: fmt.Sprintf(
		`{"amount":%s,"source":{"currency":"EUR"},"beneficiary":%q,"reference":%q%s%s}`, amount, b.id, key, rest, c.simulateOut(rail),
	)}))
}

func (c *client) simulateOut(rail string) string {
	switch rail {
	case onBank:
		return c.simulate(homeHabits)
	case onBorder:
		return c.simulate(payoutHabits)
	default:
		return ""
	}
}

func (c *client) payOutAtHome(ctx context.Context) {
	c.payOut(ctx, onBank, `{"name":"Erika Mustermann","country":"DE","account":"DE89370400440532013000"}`,
		fmt.Sprintf(`{"value":%q,"currency":"EUR"}`, c.euros(1, 9)), "", "")
}

func (c *client) payOutAbroad(ctx context.Context) {
	c.payOut(ctx, onBorder, `{"name":"Li Wei","country":"CN","account":"6222021234567890123","bic":"ICBKCNBJXXX","town":"Beijing","street":"Fuxingmen 55","purpose":"GDDS"}`,
		fmt.Sprintf(`{"value":%q,"currency":"CNY"}`, c.euros(40, 90)), "", `,"fix":"target","charge_bearer":"SHAR"`)
}

// payOutOnChain pays to an address that nobody else is paid to, so that its transfers can be counted.
func (c *client) payOutOnChain(ctx context.Context) {
	address := freshAddress(c.draw)
	c.payOut(ctx, onChain, fmt.Sprintf(`{"name":"Ada","address":%q,"network":%q}`, address, chainNetwork),
		fmt.Sprintf(`{"value":"%d","currency":"USDC","network":%q}`, 1+c.draw.IntN(4), chainNetwork), address, `,"fix":"target"`)
}

func freshAddress(draw *rand.Rand) string {
	return fmt.Sprintf("0x%016x%016x%08x", draw.Uint64(), draw.Uint64(), draw.Uint32())
}

// sum adds decimal numbers exactly; an empty one is nothing.
func sum(values ...string) *big.Rat {
	total := new(big.Rat)
	for _, value := range values {
		if n, ok := new(big.Rat).SetString(value); ok {
			total.Add(total, n)
		}
	}
	return total
}
