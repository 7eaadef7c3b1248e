package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// sale is what a merchant sells and how it is paid.
type sale struct {
	method payment.Method
	amount money.Amount
	settle money.Asset
	manual bool
	quote  string
}

// sale draws what is sold.
func (c *client) sale(m payment.Method) sale {
	s := sale{method: m, settle: money.MustAsset("EUR")}
	s.amount = money.Must(fmt.Sprintf("%d.%02d", 1+c.IntN(400), c.IntN(100)), "EUR")
	if c.chance(50) {
		s.settle = money.MustAsset("USD")
	}
	return s
}

// request is the sale as a gateway is asked for it.
func (c *client) request(s sale, key payment.Key) gateway.CreateRequest {
	capture := payment.CaptureAutomatic
	if s.manual {
		capture = payment.CaptureManual
	}
	return gateway.CreateRequest{
		Merchant: c.merchant(), Mode: payment.Test, Methods: []payment.Method{s.method},
		Order: payment.Order{Amount: s.amount, Settlement: s.settle, Capture: capture, SoftFailover: true},
		Quote: s.quote, Key: key, Answer: answer(key),
	}
}

// sell makes a payment, and reports whether the merchant was told of it.
func (c *client) sell(s sale) (payment.Payment, bool) {
	reply, ok := c.ask("pay", s.amount.String()+s.quote, func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		return p.Create(ctx, c.request(s, key))
	})
	if ok {
		c.acknowledge(reply.Payment.ID)
	}
	return reply.Payment, ok
}

// sellByCard sells, and goes on with the payment as merchants do: it captures, in parts at times, cancels, and refunds.
func (c *client) sellByCard() {
	s := c.sale(payment.Method{Type: payment.MethodCard, Token: "tok_visa"})
	s.manual = c.chance(30)
	if c.chance(15) {
		s.quote = c.quoted(s)
	}
	if _, ok := c.sell(s); !ok {
		return
	}
	if s.quote != "" && c.chance(50) {
		c.sellAgain(s)
	}
	c.rest(c.within(40 * time.Minute))
	switch {
	case s.manual && c.chance(85):
		c.capture(s.amount)
	case c.chance(15):
		c.cancel()
	}
	for c.chance(25) {
		c.rest(c.within(time.Hour))
		if c.chance(30) { // somebody else of the merchant's does so at the same time
			other := *c
			other.name = "beside " + c.name // or nothing would tell them apart when both wait
			c.later(c.within(5*time.Second), "refund "+other.name, other.refund)
		}
		c.refund()
	}
}

// quoted has the sale priced first, and perhaps takes too long to accept it.
func (c *client) quoted(s sale) string {
	p := c.alive()
	if p == nil {
		return ""
	}
	var quote fx.Quote
	_, err := c.wait(p, func(ctx context.Context) (gateway.Reply, error) {
		q, err := p.Quote(ctx, gateway.QuoteRequest{
			Merchant: c.merchant(), Mode: payment.Test, Kind: fx.Firm, Direction: fx.Collect, Fix: fx.SourceFixed, Amount: s.amount,
			Other: s.settle, Method: s.method,
		})
		quote = q
		return gateway.Reply{}, err
	})
	if err != nil {
		return ""
	}
	if c.chance(20) {
		c.count(QuoteExpired)
		c.rest(quote.ExpiresAt.Sub(now()) + c.within(time.Minute))
	}
	return quote.ID
}

// sellAgain accepts a quote for a second time, which is refused.
func (c *client) sellAgain(s sale) {
	c.count(QuoteReused)
	reply, ok := c.ask("again", s.amount.String()+s.quote, func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		return p.Create(ctx, c.request(s, key))
	})
	if ok {
		c.broken("I9", string(reply.Payment.ID), "was made with a quote that was used")
	}
}

func (c *client) change(key payment.Key, amount money.Amount) gateway.Change {
	return gateway.Change{Merchant: c.merchant(), Mode: payment.Test, Payment: c.id, Amount: amount, Key: key, Answer: answer(key)}
}

// capture takes all, or a part for good, or two parts.
func (c *client) capture(of money.Amount) {
	part, _ := of.Bps(int64(1000 + c.IntN(8000))).Down()
	switch n := c.IntN(10); {
	case n < 6 || part.Sign() <= 0:
		c.captures("capture", money.Amount{}, false)
	case n < 8:
		c.captures("capture", part, true)
	default:
		c.captures("capture", part, false)
		c.rest(c.within(time.Hour))
		c.captures("capture rest", money.Amount{}, false)
	}
}

func (c *client) captures(what string, amount money.Amount, final bool) {
	c.ask(what, fmt.Sprint(amount.Sign() > 0, final), func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		change := c.change(key, amount)
		change.Final = final
		return p.Capture(ctx, change)
	})
}

func (c *client) cancel() {
	c.ask("cancel", "", func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		return p.Cancel(ctx, c.change(key, money.Amount{}))
	})
}

func (c *client) refund() {
	amount := money.Must(fmt.Sprintf("%d.%02d", c.IntN(150), 1+c.IntN(99)), "EUR")
	if c.chance(30) {
		amount = money.Amount{}
	}
	c.ask("refund "+c.newID("key"), "", func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		return p.Refund(ctx, c.change(key, amount))
	})
}

// nowhere is a reference that nobody was given.
const nowhere = "RF99999999"

// sellByTransfer sells for a transfer of the payer's.
func (c *client) sellByTransfer() {
	c.sellByPush(payment.Method{Type: payment.MethodBankTransfer}, c.home.transfer, nowhere)
}

// sellByCoin sells for a token of a chain, or for its coin.
func (c *client) sellByCoin() {
	asset := token
	if c.chance(30) {
		asset = coin
	}
	c.sellByPush(payment.Method{Type: payment.MethodCrypto, Currency: asset.Code, Network: asset.Network}, c.net.transfer, "")
}

// sellByPush sells for what a payer sends by themselves, in all the ways in which payers do.
func (c *client) sellByPush(m payment.Method, transfer func(to string, amount money.Amount), nobody string) {
	p, ok := c.sell(c.sale(m))
	if !ok {
		return
	}
	last, begun := p.Last()
	if !begun {
		return
	}
	to, due := last.Instruction.PayTo, last.Amount
	c.rest(c.within(10 * time.Minute))
	part, _ := due.Bps(int64(1000 + c.IntN(8000))).Down()
	switch n := c.IntN(100); {
	case n < 45:
		transfer(to, due)
	case n < 55:
		c.count(PaidShort)
		transfer(to, part)
		c.rest(c.within(30 * time.Minute))
		transfer(to, due.Sub(part))
	case n < 58:
		c.count(PaidShort)
		transfer(to, part)
	case n < 66:
		c.count(PaidOver)
		transfer(to, due.Add(part))
	case n < 72:
		c.count(PaidTwice)
		transfer(to, due)
		c.rest(c.within(2 * time.Hour))
		transfer(to, due)
	case n < 82:
		c.count(PaidLate)
		c.rest(p.ExpiresAt.Sub(now()) + c.within(3*time.Hour))
		transfer(to, due)
	case n < 88:
		c.count(PaidNothing)
	case n < 92 && nobody != "":
		c.count(PaidNowhere)
		transfer(nobody, due)
	case n < 92:
		c.count(PaidStrange)
		transfer(to, amountOf("0.01", coin))
	default:
		c.cancel()
		c.rest(c.within(time.Hour))
		transfer(to, due)
	}
}
