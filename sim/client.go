package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
)

// patience is how often a client repeats its request before it leaves the payment to the gateways.
const patience = 8

// client is a merchant's server and what it has been told of one payment.
type client struct {
	*world

	name string
	id   payment.ID // once it was told
}

// shops is what merchants do, and how many of a hundred do it.
var shops = []struct {
	of100 int
	do    func(c *client)
}{
	{58, (*client).sellByCard},
	{14, (*client).sellByTransfer},
	{12, (*client).sellByCoin},
	{7, (*client).payOutAtHome},
	{5, (*client).payOutAbroad},
	{4, (*client).payOutCoin},
}

// shop has a merchant do one of these things.
func (w *world) shop(n int) {
	c := &client{world: w, name: fmt.Sprintf("shop %06d", n)}
	draw := c.IntN(100)
	for _, s := range shops {
		if draw < s.of100 {
			s.do(c)
			return
		}
		draw -= s.of100
	}
}

// acknowledge notes what a merchant was told of.
func (c *client) acknowledge(id payment.ID) {
	c.id = id
	c.acknowledged[id] = true
}

// rest waits, and then for a turn.
func (c *client) rest(d time.Duration) {
	time.Sleep(d)
	c.turn(nil, c.name)
}

func (c *client) merchant() string { return "m_" + c.name[len(c.name)-1:] }

// answer is what a request is told: enough to notice when it is told something else later.
func answer(key payment.Key) func(payment.Payment, string) payment.Answer {
	return func(p payment.Payment, object string) payment.Answer {
		return payment.Answer{
			Merchant: key.Merchant, Path: key.Path, Key: key.Key, Status: 200, Body: []byte(object + " " + string(p.Status())), At: now(),
		}
	}
}

// ask puts a request to whichever gateway answers, with the same key each time. A gateway that is killed answers nobody.
func (c *client) ask(what, body string, do func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error)) (gateway.Reply, bool) {
	key := payment.Key{Merchant: c.merchant(), Path: "/" + what, Key: c.name, Hash: what + body, At: now()}
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
		switch {
		case again(err):
			c.rest(c.within(20 * time.Second << try))
			continue
		case err != nil:
			return reply, false // refused, and nothing has changed
		case first != nil && string(first.Body) != string(reply.Answer.Body):
			c.broken("I3", c.name, fmt.Sprintf("one key was answered %q and %q", first.Body, reply.Answer.Body))
		}
		if first != nil || !c.chance(15) {
			c.misuse(key, do)
			return reply, true
		}
		first = &reply.Answer // the answer is lost on its way to the client, who asks again
		c.count(AnswerUnheard)
	}
	return gateway.Reply{}, false
}

// again reports whether a client asks again for what it got no answer to.
func again(err error) bool {
	return slices.ContainsFunc([]error{errHungUp, payment.ErrUnavailable, payment.ErrConflict, gateway.ErrKeyInFlight}, func(e error) bool {
		return errors.Is(err, e)
	})
}

// misuse uses a key again for something else, which is refused.
func (c *client) misuse(key payment.Key, do func(ctx context.Context, p *gatewayProcess, key payment.Key) (gateway.Reply, error)) {
	p := c.alive()
	if p == nil || !c.chance(3) {
		return
	}
	c.count(KeyReused)
	key.Hash += " and more"
	_, err := c.wait(p, func(ctx context.Context) (gateway.Reply, error) { return do(ctx, p, key) })
	if err == nil {
		c.broken("I3", c.name, "a key was used for another request")
	}
}

var errHungUp = errors.New("no answer")

// wait is a connection to a gateway: it ends with the answer, with the gateway, or when the client has waited long enough.
func (c *client) wait(p *gatewayProcess, do func(ctx context.Context) (gateway.Reply, error)) (gateway.Reply, error) {
	type said struct {
		gateway.Reply
		error
	}
	answer := make(chan said, 1)
	timer := time.NewTimer(20*time.Second + c.within(20*time.Second))
	defer timer.Stop()
	ctx := c.newRequest()
	c.busy.Go(func() {
		reply, err := do(ctx)
		answer <- said{reply, err}
	})
	heard := said{error: errHungUp}
	select {
	case heard = <-answer:
	case <-p.gone:
	case <-timer.C:
	}
	c.turn(nil, c.name)
	return heard.Reply, heard.error
}
