package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// purse is the wallet that payouts on a chain leave from: one nonce for each payout, and one transaction of each nonce in the
// chain. What it signed is kept before the nodes have it, and given to them again.
type purse struct {
	*network

	intents map[string]*intent // by attempt
	inOrder []*intent          // by nonce
	mined   int64              // nonces used up in the chain
	settled int                // how many of the first are final
}

// intent is a payout as the wallet knows it.
type intent struct {
	attempt   string
	amount    money.Amount
	nonce     int64
	abandoned bool // nothing may be signed for it any more; it never had a nonce
	pay       *transaction
	cancel    *transaction
	counted   bool // it was told as paid
	told      bool // what is final was told
}

func newPurse(n *network) *purse { return &purse{network: n, intents: map[string]*intent{}} }

// gas is what a transaction costs, whatever it does.
var gas = amountOf("0.0001", coin)

// send writes the intent down, signs for it, and gives it to a node: it can be killed after each.
func (p *purse) send(ctx context.Context, by *gatewayProcess, at payment.Attempt) (payment.Result, error) {
	p.step(ctx, by, "reserve "+at.ID)
	if p.isDown(p.name) {
		p.count(ChannelDown)
		return payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached}, nil
	}
	i, known := p.intents[at.ID]
	if !known {
		i = &intent{attempt: at.ID, amount: at.Amount, nonce: int64(len(p.inOrder))}
		p.intents[at.ID] = i
		p.inOrder = append(p.inOrder, i)
	}
	if i.abandoned {
		return payment.Result{Outcome: payment.Fenced}, nil
	}
	p.step(ctx, by, "sign "+at.ID)
	if i.cancel == nil && i.pay == nil {
		i.pay = &transaction{hash: "0xpay" + at.ID, to: "0xbeneficiary", amount: at.Amount, nonce: i.nonce, intent: i, block: -1}
	}
	return p.look(by, i)
}

// check asks what became of an intent, and gives the nodes again what they forgot.
func (p *purse) check(ctx context.Context, by *gatewayProcess, at payment.Attempt) (payment.Result, error) {
	p.step(ctx, by, "intent "+at.ID)
	i, known := p.intents[at.ID]
	switch {
	case !known:
		return payment.Result{NotFound: true}, nil
	case i.abandoned:
		return payment.Result{Outcome: payment.Fenced}, nil
	case i.pay == nil && i.cancel == nil:
		return payment.Result{}, nil // the next send or cancel decides
	}
	return p.look(by, i)
}

// cancel is the fence: what has no nonce is given up, what was signed is overtaken, unless it was told as paid.
func (p *purse) cancel(ctx context.Context, by *gatewayProcess, at payment.Attempt) (payment.Result, error) {
	p.step(ctx, by, "give up "+at.ID)
	i, known := p.intents[at.ID]
	if !known {
		p.intents[at.ID] = &intent{attempt: at.ID, amount: at.Amount, abandoned: true}
		return payment.Result{Outcome: payment.Fenced}, nil
	}
	if !i.abandoned && !i.counted && i.cancel == nil && i.pay.at() < 0 {
		i.cancel = &transaction{hash: "0xcancel" + at.ID, nonce: i.nonce, intent: i, cancel: true, block: -1}
	}
	return p.check(ctx, by, at)
}

// look reads the chain for an intent that was signed.
func (p *purse) look(by *gatewayProcess, i *intent) (payment.Result, error) {
	if err := (node{p.network, by}).ask("receipt " + i.attempt); err != nil {
		return payment.Result{}, err
	}
	paid, canceled := i.pay.at(), i.cancel.at()
	need, final := depths.Need(i.amount)
	deep := p.head().Number - int64(need) + 1
	if final {
		deep = p.final()
	}
	switch {
	case canceled >= 0 && canceled <= p.final():
		i.told = true
		return payment.Result{Outcome: payment.Fenced, Progress: &payment.Progress{Tx: i.cancel.hash, Gas: gas}}, nil
	case paid >= 0 && (paid <= p.final() || paid <= deep && i.cancel == nil):
		i.counted, i.told = true, i.told || paid <= p.final()
		return payment.Result{Outcome: payment.Captured, Amount: i.amount, ProviderID: i.pay.hash, Progress: &payment.Progress{
			Accepted: true, Tx: i.pay.hash, Gas: gas, Delivered: i.amount,
		}}, nil
	case paid < 0 && canceled < 0:
		p.broadcast(i)
	}
	if i.cancel != nil {
		return payment.Result{}, nil // which of the two is mined is open
	}
	return payment.Result{
		Outcome: payment.Pending, Reason: payment.AwaitingConfirmations, ProviderID: i.pay.hash,
		Progress: &payment.Progress{Accepted: true, Tx: i.pay.hash},
	}, nil
}

// broadcast gives the nodes what was signed for a nonce. Of two transactions they keep the one with the higher fee.
func (p *purse) broadcast(i *intent) {
	newest := i.pay
	if i.cancel != nil {
		newest = i.cancel
	}
	p.waiting = slices.DeleteFunc(p.waiting, func(t *transaction) bool { return t.intent == i && t != newest })
	if !slices.Contains(p.waiting, newest) {
		p.waiting = append(p.waiting, newest)
	}
}

// onHead asks for what is under way with each block.
func (p *purse) onHead(ctx context.Context, journal rails.Journal) error {
	for p.settled < len(p.inOrder) && p.inOrder[p.settled].final(p.final()) {
		p.settled++
	}
	var faults []error
	for _, i := range p.inOrder[p.settled:] {
		if err := journal.Moved(ctx, i.attempt); err != nil && !errors.Is(err, payment.ErrNotFound) {
			faults = append(faults, fmt.Errorf("%s: %w", i.attempt, err))
		}
	}
	return errors.Join(faults...)
}

// final reports whether a transaction of the intent is in a block that stays, and was told so.
func (i *intent) final(final int64) bool {
	return i.told && (i.pay.at() >= 0 && i.pay.at() <= final || i.cancel.at() >= 0 && i.cancel.at() <= final)
}
