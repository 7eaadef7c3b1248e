package bank_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/railtest"
)

// network is a bank with the payers around it.
type network struct {
	*banktest.Office

	pending []func(*iso20022.Entry) // what was paid and is not booked, with the payer's remittance
	paid    []struct {
		to     string
		amount money.Amount
	}
	booked []string // references of credits that stand
	moved  int
}

func newNetwork(t *testing.T) *network {
	return &network{Office: banktest.NewOffice(banktest.Open(t), banktest.Account, money.Must("0", "EUR"))}
}

func (n *network) Open() (rails.Rail, error) {
	c := config(n.URL)
	c.Poll = 10 * time.Millisecond
	return bank.New(c)
}

func (n *network) Give(payment.Attempt) {}

func remitted(payTo string) iso20022.EntryTransaction {
	return iso20022.EntryTransaction{Remittance: iso20022.Remittance{References: []iso20022.Reference{iso20022.CreditorReference(payTo)}}}
}

// Pay has a payer's transfer expected. The bank keeps its reference when it books it.
func (n *network) Pay(payTo string, amount money.Amount) {
	reference := n.Post(iso20022.Credit, amount, remitted(payTo), func(e *iso20022.Entry) { e.Status, e.BookedAt = iso20022.Expected, "" })
	n.pending = append(n.pending, func(e *iso20022.Entry) {
		e.ServicerReference, e.Amount = reference, amount
		e.Details[0].Transactions[0] = remitted(payTo)
	})
	n.paid = append(n.paid, struct {
		to     string
		amount money.Amount
	}{payTo, amount})
}

func (n *network) Book() {
	for _, as := range n.pending {
		n.booked = append(n.booked, n.Post(iso20022.Credit, money.Must("1", "EUR"), iso20022.EntryTransaction{}, as))
	}
	n.pending = nil
}

// Undo reverses every credit, as a bank does that booked in error.
func (n *network) Undo() bool {
	for i, reference := range n.booked[n.moved:] {
		p := n.paid[n.moved+i]
		t := remitted(p.to)
		t.OwnReferences = []iso20022.OwnReference{{Type: "REVERSED", Value: reference}}
		n.Post(iso20022.Debit, p.amount, t, func(e *iso20022.Entry) { e.Reversal = true })
	}
	n.moved = len(n.booked)
	return true
}

func (n *network) Silence(on bool) {
	if on {
		n.Behave(banktest.Gone)
		return
	}
	n.Behave(banktest.Plainly)
}

// Look runs the watcher until it asked for the same twice: there was nothing new.
func (n *network) Look(parent context.Context, rail rails.Rail, journal rails.Journal) error {
	ctx, stop := context.WithTimeout(parent, 30*time.Second)
	defer stop()
	asked := len(n.Requests())
	done := make(chan error, 1)
	go func() {
		done <- rail.(rails.Watcher).Watch(ctx, journal)
		stop()
	}()
	n.Until(ctx, func(requests []string) bool {
		round := requests[asked:]
		return len(round) >= 2 && round[len(round)-1] == round[len(round)-2]
	})
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (n *network) Suffer(trouble railtest.Trouble) bool {
	ways := map[railtest.Trouble]banktest.Way{
		railtest.Well: banktest.Plainly, railtest.Deaf: banktest.Deaf, railtest.Mute: banktest.Mute, railtest.Refusing: banktest.Refusing,
		railtest.WrongAmount: banktest.Misquoting, railtest.Silent: banktest.Gone,
	}
	way, known := ways[trouble]
	n.Behave(way)
	return known
}

func TestPayersPush(t *testing.T) {
	railtest.RunPush(t, railtest.Push{
		Network: func(t *testing.T) railtest.PushNetwork { return newNetwork(t) },
		Method:  payment.Method{Type: payment.MethodBankTransfer}, Amount: money.Must("49.90", "EUR"),
	})
}

func TestPayouts(t *testing.T) {
	railtest.RunPayout(t, railtest.Payout{
		Network: func(t *testing.T) railtest.PayoutNetwork { return newNetwork(t) },
		Method:  payment.Method{Type: payment.MethodBankTransfer}, Beneficiary: beneficiary, Amount: money.Must("49.90", "EUR"),
	})
}
