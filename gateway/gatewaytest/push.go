package gatewaytest

import (
	"context"
	"fmt"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Push is a bank or a chain in memory: payers send money to the places that it gives out, when a test says so.
type Push struct {
	place func(p payment.Payment, a payment.Attempt) payment.Instruction
	news  chan arrival
}

// arrival is a transfer to a place, and where to say whether it was taken in.
type arrival struct {
	payTo string
	payment.Receipt

	taken chan error
}

func newPush(place func(payment.Payment, payment.Attempt) payment.Instruction) *Push {
	return &Push{place: place, news: make(chan arrival)}
}

// bankPlace is an account, and a reference of the attempt's own. IBAN, BIC and check digits are of the usual form.
func bankPlace(_ payment.Payment, a payment.Attempt) payment.Instruction {
	reference := fmt.Sprintf("RF18%012d", a.Number)
	return payment.Instruction{
		PayTo: reference, Amount: a.Amount, Holder: "Causeway Payments GmbH", Account: "DE89370400440532013000", Agent: "COBADEFFXXX",
		Reference: reference,
	}
}

// chainPlace is an address of the attempt's own.
func chainPlace(_ payment.Payment, a payment.Attempt) payment.Instruction {
	in := payment.Instruction{
		PayTo: fmt.Sprintf("0x5aAeb6053F3E94C9b9A09f33669435E7Ef%06X", a.Number), Amount: a.Amount, Network: a.Amount.Asset().Network, Confirm: 6,
	}
	if a.Amount.Asset().Code == "USDC" {
		in.Contract = "0x982e69ecDB3805b4E2Aa8686ad06dC788eFAF46C"
	}
	return in
}

// Instruct gives the attempt a place of its own.
func (r *Push) Instruct(p payment.Payment, a payment.Attempt) (payment.Instruction, error) {
	return r.place(p, a), nil
}

// Send asks nobody: the payer has to act.
func (r *Push) Send(context.Context, payment.Payment, payment.Attempt) (payment.Result, error) {
	return payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer}, nil
}

// Check tells what Send told.
func (r *Push) Check(context.Context, payment.Attempt) (payment.Result, error) {
	return payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer}, nil
}

// Cancel confirms that nothing was seen.
func (r *Push) Cancel(context.Context, payment.Attempt) (payment.Result, error) {
	return payment.Result{Outcome: payment.Fenced}, nil
}

// Capabilities say that payers send the money by themselves.
func (r *Push) Capabilities() payment.Capabilities {
	return payment.Capabilities{Push: true, Inquiry: true}
}

// Watch tells the journal what the test has arrive.
func (r *Push) Watch(ctx context.Context, journal rails.Journal) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case a := <-r.news:
			a.taken <- journal.Arrived(ctx, a.payTo, a.Receipt)
		}
	}
}

// tell has a transfer arrive, and returns when it was taken in.
func (r *Push) tell(ctx context.Context, payTo string, receipt payment.Receipt) error {
	a := arrival{payTo, receipt, make(chan error, 1)}
	select {
	case r.news <- a:
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-a.taken
}
