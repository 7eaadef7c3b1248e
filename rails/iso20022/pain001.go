package iso20022

import "github.com/causeway-pay/causeway/money"

// CreditTransferInitiation asks a bank to pay from one account of its customer (pain.001.001.09), in one payment
// information block.
type CreditTransferInitiation struct {
	MessageID     string // see [CheckID]
	CreatedAt     Moment
	Initiator     Party
	PaymentID     string // of the block, which statuses and statements name
	Batch         bool   // the bank may book all transfers as one entry
	ServiceLevel  Code   // SEPA, URGP, …
	RequestedDate Moment // when the bank is to pay: a date, or a date and time
	Debtor        Party
	DebtorAccount Account
	DebtorAgent   Agent
	Bearer        Bearer
	Transfers     []Transfer
}

// Transfer is one payment of an initiation.
type Transfer struct {
	InstructionID   string // between the customer and its bank
	EndToEndID      string // goes all the way to the creditor
	UETR            string
	Amount          money.Amount
	CategoryPurpose Code
	CreditorAgent   Agent
	Creditor        Party
	CreditorAccount Account
	Purpose         Code
	Remittance      Remittance
	Simulate        string // a scenario for a simulated bank; empty when the money is real
}

// Kind returns Pain001.
func (m *CreditTransferInitiation) Kind() Kind { return Pain001 }

func (m *CreditTransferInitiation) root() string { return "CstmrCdtTrfInitn" }

func (m *CreditTransferInitiation) visit(f *form) {
	count, block := len(m.Transfers), len(m.Transfers)
	total := controlSum(m.amounts())
	blockTotal := total
	f.must("GrpHdr", func(f *form) {
		f.must("MsgId", id(&m.MessageID))
		f.must("CreDtTm", instant(&m.CreatedAt))
		f.must("NbOfTxs", number(&count))
		f.may("CtrlSum", control(&total))
		f.must("InitgPty", m.Initiator.visit)
	})
	f.must("PmtInf", func(f *form) {
		f.must("PmtInfId", id(&m.PaymentID))
		f.must("PmtMtd", constant("TRF"))
		f.may("BtchBookg", flag(&m.Batch))
		f.may("NbOfTxs", number(&block))
		f.may("CtrlSum", control(&blockTotal))
		f.may("PmtTpInf", func(f *form) { f.first("SvcLvl", coded(&m.ServiceLevel)) })
		f.must("ReqdExctnDt", dateOrTime(&m.RequestedDate))
		f.must("Dbtr", m.Debtor.visit)
		f.must("DbtrAcct", m.DebtorAccount.visit)
		f.must("DbtrAgt", m.DebtorAgent.visit)
		f.may("ChrgBr", bearer(&m.Bearer))
		some(f, "CdtTrfTxInf", &m.Transfers, (*Transfer).visit)
		if block > 0 { // a bank may leave it out
			f.total(block, len(m.Transfers))
		}
		f.controls(blockTotal, m.amounts())
	})
	f.total(count, len(m.Transfers))
	f.controls(total, m.amounts())
}

func (m *CreditTransferInitiation) amounts() []money.Amount {
	var amounts []money.Amount
	for _, t := range m.Transfers {
		amounts = append(amounts, t.Amount)
	}
	return amounts
}

func (t *Transfer) visit(f *form) {
	f.must("PmtId", func(f *form) {
		f.may("InstrId", id(&t.InstructionID))
		f.must("EndToEndId", id(&t.EndToEndID))
		f.may("UETR", uetr(&t.UETR))
	})
	f.may("PmtTpInf", func(f *form) { f.may("CtgyPurp", coded(&t.CategoryPurpose)) })
	f.must("Amt", func(f *form) { f.must("InstdAmt", amount(&t.Amount)) })
	f.may("CdtrAgt", t.CreditorAgent.visit)
	f.must("Cdtr", t.Creditor.visit)
	f.must("CdtrAcct", t.CreditorAccount.visit)
	f.may("Purp", coded(&t.Purpose))
	f.may("RmtInf", t.Remittance.visit)
	simulate(f, &t.Simulate)
}
