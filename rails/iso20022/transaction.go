package iso20022

import "github.com/causeway-pay/causeway/money"

// EntryTransaction is one payment of an entry.
type EntryTransaction struct {
	MessageID         string
	ServicerReference string
	PaymentID         string
	InstructionID     string
	EndToEndID        string // "NOTPROVIDED" when the payer gave none
	UETR              string
	TransactionID     string
	ClearingReference string
	OwnReferences     []OwnReference
	Amount            money.Amount // in the currency of the account, often left out when the entry has one payment
	Direction         Direction
	InstructedAmount  money.Amount // as the debtor ordered it
	Charges           Charges
	Debtor            Party
	DebtorAccount     Account
	UltimateDebtor    Party
	Creditor          Party
	CreditorAccount   Account
	UltimateCreditor  Party
	DebtorAgent       Agent
	CreditorAgent     Agent
	Purpose           Code
	Remittance        Remittance
	AcceptedAt        Moment
	SettlementDate    Moment // between banks
	Return            ReturnInformation
	Note              string
}

// OwnReference is a reference by a word of the bank's own, such as that of an entry which this one takes back.
type OwnReference struct{ Type, Value string }

// ReturnInformation says why an earlier payment came back.
type ReturnInformation struct {
	OriginalType EntryType
	Reason       Reason
}

func (t *EntryTransaction) visit(f *form) {
	f.may("Refs", t.references)
	f.may("Amt", amount(&t.Amount))
	f.may("CdtDbtInd", direction(&t.Direction))
	f.may("AmtDtls", func(f *form) {
		f.may("InstdAmt", func(f *form) { f.must("Amt", amount(&t.InstructedAmount)) })
	})
	f.may("Chrgs", t.Charges.visit)
	f.may("RltdPties", t.parties)
	f.may("RltdAgts", func(f *form) {
		f.may("DbtrAgt", t.DebtorAgent.visit)
		f.may("CdtrAgt", t.CreditorAgent.visit)
	})
	f.may("Purp", coded(&t.Purpose))
	f.may("RmtInf", t.Remittance.visit)
	f.may("RltdDts", func(f *form) {
		f.may("AccptncDtTm", instant(&t.AcceptedAt))
		f.may("IntrBkSttlmDt", date(&t.SettlementDate))
	})
	f.may("RtrInf", t.Return.visit)
	f.may("AddtlTxInf", text(noteMax, &t.Note))
}

func (t *EntryTransaction) references(f *form) {
	f.may("MsgId", reference(&t.MessageID))
	f.may("AcctSvcrRef", reference(&t.ServicerReference))
	f.may("PmtInfId", reference(&t.PaymentID))
	f.may("InstrId", reference(&t.InstructionID))
	f.may("EndToEndId", reference(&t.EndToEndID))
	f.may("UETR", uetr(&t.UETR))
	f.may("TxId", reference(&t.TransactionID))
	f.may("ClrSysRef", reference(&t.ClearingReference))
	many(f, "Prtry", &t.OwnReferences, (*OwnReference).visit)
}

func (r *OwnReference) visit(f *form) {
	f.must("Tp", reference(&r.Type))
	f.must("Ref", reference(&r.Value))
}

func (t *EntryTransaction) parties(f *form) {
	f.may("Dbtr", func(f *form) { f.may("Pty", t.Debtor.visit) })
	f.may("DbtrAcct", t.DebtorAccount.visit)
	f.may("UltmtDbtr", func(f *form) { f.may("Pty", t.UltimateDebtor.visit) })
	f.may("Cdtr", func(f *form) { f.may("Pty", t.Creditor.visit) })
	f.may("CdtrAcct", t.CreditorAccount.visit)
	f.may("UltmtCdtr", func(f *form) { f.may("Pty", t.UltimateCreditor.visit) })
}

func (r *ReturnInformation) visit(f *form) {
	f.may("OrgnlBkTxCd", r.OriginalType.visit)
	r.Reason.visit(f)
}
