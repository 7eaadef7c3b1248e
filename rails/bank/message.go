package bank

import (
	"fmt"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// initiation orders a payout. Everything in it follows from the attempt, so that a replay is the same message to the last
// byte: a bank rejects the same reference with another content.
func (b *Bank) initiation(p payment.Payment, at payment.Attempt) (*iso20022.CreditTransferInitiation, error) {
	to := p.Order.Beneficiary
	account, ok := b.link.Account(at.Amount.Asset().Code)
	if !ok || to == nil {
		return nil, errNowhere
	}
	reference := banklink.ReferenceOf(at.ID)
	transfer := iso20022.Transfer{
		InstructionID: reference, EndToEndID: reference, Amount: at.Amount,
		CreditorAgent: iso20022.Agent{BIC: to.Agent}, Creditor: iso20022.Party{Name: to.Name},
		CreditorAccount: iso20022.Account{IBAN: iso20022.CompactIBAN(to.Account)}, Purpose: iso20022.Code{Value: to.Purpose},
		Remittance: banklink.Remittance(p, reference),
	}
	if p.Mode == payment.Test {
		transfer.Simulate = p.Order.Simulate
	}
	bearer := iso20022.Bearer(p.Order.Bearer)
	if bearer == "" {
		bearer = iso20022.BearerService
	}
	m := &iso20022.CreditTransferInitiation{
		MessageID: reference, CreatedAt: iso20022.At(at.CreatedAt.UTC()), Initiator: iso20022.Party{Name: b.config.Holder},
		PaymentID: reference, RequestedDate: iso20022.On(b.calendar.ValueDay(at.CreatedAt)),
		Debtor: iso20022.Party{Name: b.config.Holder}, DebtorAccount: iso20022.Account{IBAN: account.Number},
		DebtorAgent: iso20022.Agent{BIC: b.config.BIC}, Bearer: bearer, Transfers: []iso20022.Transfer{transfer},
	}
	if account.Currency == "EUR" { // the scheme shares the charges as it says, whatever was wished
		m.ServiceLevel, m.Bearer = iso20022.Code{Value: "SEPA"}, iso20022.BearerService
	}
	return m, nil
}

// cancellation asks the bank not to carry a payout out, now or later.
func (b *Bank) cancellation(at payment.Attempt) *iso20022.CancellationRequest {
	reference := banklink.ReferenceOf(at.ID)
	us := iso20022.Actor{Party: iso20022.Party{Name: b.config.Holder}}
	return &iso20022.CancellationRequest{
		Assignment: iso20022.Assignment{
			ID: reference, From: us, To: iso20022.Actor{Agent: iso20022.Agent{BIC: b.config.BIC}}, CreatedAt: iso20022.At(b.link.Now().UTC()),
		},
		Payments: []iso20022.PaymentCancellation{{
			PaymentID: reference, Original: iso20022.Original{MessageID: reference, Message: iso20022.Pain001},
			Transactions: []iso20022.Cancellation{{
				Original: iso20022.Original{InstructionID: reference, EndToEndID: reference, Amount: at.Amount},
				Reasons:  []iso20022.Reason{{Code: iso20022.Code{Value: "CUST"}}},
			}},
		}},
	}
}

// confirms reports whether a resolution confirms the cancellation of this payout, and of nothing else.
func confirms(r *iso20022.Resolution, at payment.Attempt) (bool, error) {
	reference := banklink.ReferenceOf(at.ID)
	if len(r.Details) != 1 || len(r.Details[0].Payments) != 1 || len(r.Details[0].Payments[0].Transactions) != 1 {
		return false, fmt.Errorf("%w: not about one payment", banklink.ErrEcho)
	}
	block := r.Details[0].Payments[0]
	answer := block.Transactions[0]
	if block.PaymentID != reference || answer.Original.EndToEndID != reference {
		return false, fmt.Errorf("%w: another reference", banklink.ErrEcho)
	}
	return r.Confirmation == iso20022.CancellationDone && answer.Status != iso20022.CancelRejected && answer.Status != iso20022.CancelPending, nil
}
