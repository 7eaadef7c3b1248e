package sim

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// bank takes in what payers transfer with a reference, and pays out at home: a payout is paid when it was debited.
type bank struct{ institution }

// transfer is a payer's transfer to a reference, as the mailbox tells of it: at times expected first and booked later, and
// now and then taken back.
func (b *bank) transfer(payTo string, amount money.Amount) {
	ref := b.newID("mov")
	b.credits[ref] = &credit{amount: amount, payTo: payTo}
	b.places[payTo] = append(b.places[payTo], ref)
	book := func() {
		b.credits[ref].stands = true
		b.tellOf(movement{reference: ref, credit: true, booked: true, amount: amount, payTo: payTo})
		if b.chance(8) {
			b.later(b.within(3*time.Hour), "take back "+ref, func() { b.takeBack(ref) })
		}
	}
	if b.chance(70) {
		book()
		return
	}
	b.tellOf(movement{reference: ref, credit: true, amount: amount, payTo: payTo})
	b.later(b.within(20*time.Minute), "book "+ref, book)
}

// takeBack books the reversal of a credit.
func (b *bank) takeBack(ref string) {
	b.count(CreditTaken)
	c := b.credits[ref]
	c.stands = false
	b.balance = b.balance.Sub(c.amount)
	b.tellOf(movement{reference: ref, taken: true, booked: true, amount: c.amount, payTo: c.payTo})
}

// seen reports whether the mailbox shows anything for a reference that was not taken back. What is expected is seen.
func (b *bank) seen(payTo string) bool {
	for _, ref := range b.places[payTo] {
		if c := b.credits[ref]; c.stands || !b.booked[ref] {
			return true
		}
	}
	return false
}

// live is what becomes of an order: refused before it was debited, or debited and thereby paid, and perhaps returned.
func (b *bank) live(ref string, o *order) {
	if b.refused[ref] {
		return // withdrawn meanwhile
	}
	if b.chance(8) {
		b.count(PayoutRefused)
		b.report(ref, iso20022.Rejected, "AC04", false)
		return
	}
	b.debit(ref)
	b.report(ref, iso20022.AcceptedSettled, "", true)
	if b.chance(10) {
		b.later(b.within(2*time.Hour), "return "+ref, func() {
			b.count(PayoutReturns)
			b.giveBack(ref, o.amount, "AC04")
		})
	}
}

// bankAdapter is the rail of one process to the bank.
type bankAdapter struct {
	*bank

	by *gatewayProcess
}

var _ interface {
	rails.Rail
	rails.Receiver
	rails.Watcher
	rails.Canceler
	rails.Listener
} = bankAdapter{}

// Capabilities returns what the bank promises.
func (a bankAdapter) Capabilities() payment.Capabilities { return a.caps }

// Instruct makes a reference of the attempt's number.
func (a bankAdapter) Instruct(_ payment.Payment, at payment.Attempt) (payment.Instruction, error) {
	payTo := fmt.Sprintf("RF%08d", at.Number)
	return payment.Instruction{PayTo: payTo, Reference: payTo, Amount: at.Amount, Account: "DE89370400440532013000"}, nil
}

var awaitingPayer = payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer}

// Send pays out. Of a payer it asks nobody.
func (a bankAdapter) Send(ctx context.Context, p payment.Payment, at payment.Attempt) (payment.Result, error) {
	if p.Direction == fx.Collect {
		return awaitingPayer, nil
	}
	return unsent(a.exchange(ctx, a.by, "send "+at.ID, sendFaults, func() (payment.Result, error) {
		return a.carry(at, func(o *order) { a.live(at.ID, o) })
	}))
}

// Check asks what became of a payout. What payers sent the watcher tells.
func (a bankAdapter) Check(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	if at.Instruction.PayTo != "" {
		return awaitingPayer, nil
	}
	return a.exchange(ctx, a.by, "check "+at.ID, askFaults, func() (payment.Result, error) { return a.answer(at) })
}

// Cancel ends a collection for which the mailbox shows nothing, and withdraws a payout that was not carried out.
func (a bankAdapter) Cancel(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	return a.exchange(ctx, a.by, "cancel "+at.ID, cancelFaults, func() (payment.Result, error) {
		if at.Instruction.PayTo != "" {
			if a.seen(at.Instruction.PayTo) {
				return awaitingPayer, nil
			}
			return payment.Result{Outcome: payment.Fenced}, nil
		}
		return a.withdraw(at)
	})
}

func (b *bank) withdraw(at payment.Attempt) (payment.Result, error) {
	o, known := b.orders[at.ID]
	switch {
	case !known:
		b.refused[at.ID] = true
		return payment.Result{Outcome: payment.Fenced, Reason: payment.FencedByUs}, nil
	case len(o.reports) == 1: // it was only received
		b.refused[at.ID] = true
		b.report(at.ID, iso20022.Canceled, "DS02", false)
	}
	return b.answer(at)
}

// Watch tells the journal what the mailbox says.
func (a bankAdapter) Watch(ctx context.Context, journal rails.Journal) error {
	return a.watch(ctx, a.by, journal)
}

// Callback reads a message.
func (a bankAdapter) Callback(_ http.Header, body []byte) (rails.Callback, error) {
	return readCallback(body)
}
