package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// patience is how often a client repeats its request before it leaves the payment to the gateways.
const patience = 5

// client is a merchant's server and what it has been told of one payment.
type client struct {
	*world

	name   string
	amount money.Amount
	settle money.Asset
	manual bool
	id     payment.ID // once it was told
}

// shop makes a payment, and goes on with it as merchants do.
func (w *world) shop(n int) {
	c := &client{world: w, name: fmt.Sprintf("shop %06d", n), manual: w.chance(30)}
	c.amount = money.Must(fmt.Sprintf("%d.%02d", 1+w.IntN(400), w.IntN(100)), "EUR")
	c.settle = money.MustAsset("EUR")
	if w.chance(50) {
		c.settle = money.MustAsset("USD")
	}
	reply, ok := c.ask("pay", func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		return p.Create(ctx, c.request(key))
	})
	if !ok {
		return
	}
	c.id = reply.Payment.ID
	c.acknowledged[c.id] = true
	c.rest(c.within(40 * time.Minute))
	switch {
	case c.manual && c.chance(80):
		c.capture()
	case c.chance(10):
		c.cancel()
	}
	for c.chance(25) {
		c.rest(c.within(time.Hour))
		c.refund()
	}
}

// rest waits, and then for a turn.
func (c *client) rest(d time.Duration) {
	time.Sleep(d)
	c.turn(nil, c.name)
}

func (c *client) merchant() string { return "m_" + c.name[len(c.name)-1:] }

func (c *client) request(key payment.Key) gateway.CreateRequest {
	capture := payment.CaptureAutomatic
	if c.manual {
		capture = payment.CaptureManual
	}
	return gateway.CreateRequest{
		Merchant: c.merchant(), Mode: payment.Test, Methods: []payment.Method{{Type: payment.MethodCard, Token: "tok_visa"}},
		Order: payment.Order{Amount: c.amount, Settlement: c.settle, Capture: capture, SoftFailover: true},
		Key:   key, Answer: answer(key),
	}
}

// answer is what a request is told: enough to notice when it is told something else later.
func answer(key payment.Key) func(payment.Payment, string) payment.Answer {
	return func(p payment.Payment, object string) payment.Answer {
		return payment.Answer{
			Merchant: key.Merchant, Path: key.Path, Key: key.Key, Status: 200, Body: []byte(object + " " + string(p.Status())), At: now(),
		}
	}
}

func (c *client) change(key payment.Key, amount money.Amount) gateway.Change {
	return gateway.Change{Merchant: c.merchant(), Mode: payment.Test, Payment: c.id, Amount: amount, Key: key, Answer: answer(key)}
}

func (c *client) capture() {
	c.ask("capture", func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		return p.Capture(ctx, c.change(key, money.Amount{}))
	})
}

func (c *client) cancel() {
	c.ask("cancel", func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		return p.Cancel(ctx, c.change(key, money.Amount{}))
	})
}

func (c *client) refund() {
	amount := money.Must(fmt.Sprintf("%d.%02d", c.IntN(150), 1+c.IntN(99)), "EUR")
	c.ask("refund "+c.newID("key"), func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error) {
		return p.Refund(ctx, c.change(key, amount))
	})
}

// ask puts a request to whichever gateway answers, with the same key each time. A gateway that is killed answers nobody.
func (c *client) ask(what string, do func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error)) (gateway.Reply, bool) {
	key := payment.Key{Merchant: c.merchant(), Path: "/" + what, Key: c.name, Hash: what + c.amount.String(), At: now()}
	var first *payment.Answer
	for try := range patience {
		p := c.alive()
		if p == nil {
			c.rest(10 * time.Second)
			continue
		}
		if try > 0 {
			c.count(KeyRepeated)
		}
		reply, err := c.wait(p, func(ctx context.Context) (gateway.Reply, error) { return do(ctx, p, key) })
		c.turn(nil, c.name)
		switch {
		case errors.Is(err, errHungUp), errors.Is(err, payment.ErrUnavailable), errors.Is(err, payment.ErrConflict):
			c.rest(c.within(20 * time.Second))
			continue
		case err != nil:
			return reply, false // refused, and nothing has changed
		case first != nil && string(first.Body) != string(reply.Answer.Body):
			c.broken("I3", c.name, fmt.Sprintf("one key was answered %q and %q", first.Body, reply.Answer.Body))
		}
		if first != nil || !c.chance(15) {
			return reply, true
		}
		first = &reply.Answer // the answer is lost on its way to the client, who asks again
		c.count(AnswerUnheard)
	}
	return gateway.Reply{}, false
}

var errHungUp = errors.New("no answer")

// wait is a connection to a gateway: it ends with the answer, with the gateway, or when the client has waited long enough.
func (c *client) wait(p *gatewayProcess, do func(ctx context.Context) (gateway.Reply, error)) (gateway.Reply, error) {
	type said struct {
		gateway.Reply
		error
	}
	answer := make(chan said, 1)
	c.busy.Go(func() {
		reply, err := do(context.Background())
		answer <- said{reply, err}
	})
	timer := time.NewTimer(time.Duration(20+c.IntN(20)) * time.Second)
	defer timer.Stop()
	select {
	case s := <-answer:
		return s.Reply, s.error
	case <-p.gone:
	case <-timer.C:
	}
	return gateway.Reply{}, errHungUp
}
