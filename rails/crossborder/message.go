package crossborder

import (
	"errors"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// service is the set of rules that the header announces.
const service = "swift.cbprplus.02"

// errNowhere is returned when there is nobody to pay, or no nostro in the currency.
var errNowhere = errors.New("payout has no beneficiary, or a currency without a nostro")

func (c *Correspondent) us() iso20022.Agent { return iso20022.Agent{BIC: c.config.OwnBIC} }

func (c *Correspondent) them() iso20022.Agent { return iso20022.Agent{BIC: c.config.BIC} }

// header says from whom to whom a message about the payout goes.
func (c *Correspondent) header(at payment.Attempt, now time.Time) *iso20022.Header {
	return &iso20022.Header{
		From: c.us(), To: c.them(), BusinessID: banklink.ReferenceOf(at.ID), Service: service, CreatedAt: iso20022.At(now.UTC()),
	}
}

// transfer orders a payout. Everything in it follows from the attempt, so that a replay is the same message to the last
// byte: a bank rejects the same UETR with another content.
func (c *Correspondent) transfer(p payment.Payment, at payment.Attempt) (*iso20022.InterbankTransfer, error) {
	to := p.Order.Beneficiary
	nostro, ok := c.link.Account(at.Amount.Asset().Code)
	if !ok || to == nil {
		return nil, errNowhere
	}
	reference := banklink.ReferenceOf(at.ID)
	t := iso20022.InterbankTransaction{
		InstructionID: reference, EndToEndID: reference, TransactionID: reference, UETR: at.UETR,
		Amount: at.Amount, SettlementDate: iso20022.On(c.calendar.ValueDay(at.CreatedAt)), InstructedAmount: at.Amount, Bearer: bearer(p),
		Debtor: iso20022.Party{Name: c.config.Holder, Address: c.config.address()}, DebtorAgent: c.us(),
		CreditorAgent: iso20022.Agent{BIC: to.Agent}, CreditorAccount: accountOf(*to),
		Creditor: iso20022.Party{Name: to.Name, Address: addressOf(*to)},
		Purpose:  iso20022.Code{Value: to.Purpose}, Remittance: banklink.Remittance(p, reference),
	}
	if t.Bearer != iso20022.BearerDebtor { // what was taken so far has to be said: nothing
		t.Charges = []iso20022.Charge{{Amount: at.Amount.Asset().Zero(), Agent: c.us()}}
	}
	if p.Mode == payment.Test {
		t.Simulate = p.Order.Simulate
	}
	m := &iso20022.InterbankTransfer{
		MessageID: reference, CreatedAt: iso20022.At(at.CreatedAt.UTC()),
		Settlement:       iso20022.Settlement{Method: iso20022.AtInstructed, Account: nostro.ISO()},
		InstructingAgent: c.us(), InstructedAgent: c.them(), Transactions: []iso20022.InterbankTransaction{t},
	}
	return m, iso20022.CheckCBPR(m)
}

// bearer says who pays the charges on the way: each side its own, unless the merchant said otherwise.
func bearer(p payment.Payment) iso20022.Bearer {
	if p.Order.Bearer == "" {
		return iso20022.BearerShared
	}
	return iso20022.Bearer(p.Order.Bearer)
}

// inquiry asks what became of a payout. It never moves money.
func (c *Correspondent) inquiry(at payment.Attempt) *iso20022.StatusRequest {
	reference := banklink.ReferenceOf(at.ID)
	return &iso20022.StatusRequest{
		MessageID: reference, CreatedAt: iso20022.At(c.link.Now().UTC()), InstructingAgent: c.us(), InstructedAgent: c.them(),
		Transactions: []iso20022.StatusInquiry{{ID: reference, Original: iso20022.Original{
			MessageID: reference, Message: iso20022.Pacs008, InstructionID: reference, EndToEndID: reference, TransactionID: reference,
			UETR: at.UETR,
		}}},
	}
}
