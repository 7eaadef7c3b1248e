package iso20022

import "github.com/causeway-pay/causeway/money"

// Return sends money of earlier transfers back (pacs.004.001.09), often less than came because agents took charges.
type Return struct {
	MessageID        string
	CreatedAt        Moment
	Settlement       Settlement
	InstructingAgent Agent
	InstructedAgent  Agent
	Transactions     []ReturnedTransaction
}

// ReturnedTransaction is the return of one transfer.
type ReturnedTransaction struct {
	ID               string
	Original         Original
	Amount           money.Amount // what is returned, settled between the banks
	SettlementDate   Moment
	InstructedAmount money.Amount // what is returned before exchange and charges
	ExchangeRate     string       // decimal, at most 11 digits of which 10 decimals
	Bearer           Bearer
	Charges          []Charge
	InstructingAgent Agent
	InstructedAgent  Agent
	Reasons          []Reason
}

// Kind returns Pacs004.
func (m *Return) Kind() Kind { return Pacs004 }

func (m *Return) root() string { return "PmtRtr" }

func (m *Return) visit(f *form) {
	count := len(m.Transactions)
	f.must("GrpHdr", func(f *form) {
		f.must("MsgId", id(&m.MessageID))
		f.must("CreDtTm", instant(&m.CreatedAt))
		f.must("NbOfTxs", number(&count))
		f.must("SttlmInf", m.Settlement.visit)
		f.may("InstgAgt", m.InstructingAgent.visit)
		f.may("InstdAgt", m.InstructedAgent.visit)
	})
	some(f, "TxInf", &m.Transactions, (*ReturnedTransaction).visit)
	f.total(count, len(m.Transactions))
}

func (t *ReturnedTransaction) visit(f *form) {
	f.may("RtrId", id(&t.ID))
	t.Original.ids(f)
	t.Original.settlement(f)
	f.must("RtrdIntrBkSttlmAmt", amount(&t.Amount))
	f.may("IntrBkSttlmDt", date(&t.SettlementDate))
	f.may("RtrdInstdAmt", amount(&t.InstructedAmount))
	f.may("XchgRate", rate(&t.ExchangeRate))
	f.may("ChrgBr", bearer(&t.Bearer))
	many(f, "ChrgsInf", &t.Charges, (*Charge).visit)
	f.may("InstgAgt", t.InstructingAgent.visit)
	f.may("InstdAgt", t.InstructedAgent.visit)
	many(f, "RtrRsnInf", &t.Reasons, (*Reason).visit)
}
