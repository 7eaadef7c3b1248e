package iso20022

// StatusReport says what became of messages between banks (pacs.002.001.10).
type StatusReport struct {
	MessageID        string
	CreatedAt        Moment
	InstructingAgent Agent
	InstructedAgent  Agent
	Groups           []GroupStatus
	Transactions     []TransactionStatus
}

// GroupStatus says what became of a whole message.
type GroupStatus struct {
	Original Original // the message, not a transaction
	Status   Status
	Reasons  []Reason
}

// Kind returns Pacs002.
func (m *StatusReport) Kind() Kind { return Pacs002 }

func (m *StatusReport) root() string { return "FIToFIPmtStsRpt" }

func (m *StatusReport) visit(f *form) {
	f.must("GrpHdr", func(f *form) {
		f.must("MsgId", id(&m.MessageID))
		f.must("CreDtTm", instant(&m.CreatedAt))
		f.may("InstgAgt", m.InstructingAgent.visit)
		f.may("InstdAgt", m.InstructedAgent.visit)
	})
	many(f, "OrgnlGrpInfAndSts", &m.Groups, (*GroupStatus).visit)
	many(f, "TxInfAndSts", &m.Transactions, (*TransactionStatus).visit)
}

func (g *GroupStatus) visit(f *form) {
	g.Original.group(f)
	f.may("GrpSts", code(&g.Status))
	many(f, "StsRsnInf", &g.Reasons, (*Reason).visit)
}

func (t *TransactionStatus) visit(f *form) {
	f.may("StsId", reference(&t.ID))
	t.Original.ids(f)
	f.may("TxSts", code(&t.Status))
	many(f, "StsRsnInf", &t.Reasons, (*Reason).visit)
	many(f, "ChrgsInf", &t.Charges, (*Charge).visit)
	f.may("AccptncDtTm", instant(&t.AcceptedAt))
	f.may("FctvIntrBkSttlmDt", dateOrTime(&t.EffectiveDate))
	f.may("AcctSvcrRef", reference(&t.ServicerReference))
	f.may("InstgAgt", t.InstructingAgent.visit)
	f.may("InstdAgt", t.InstructedAgent.visit)
	f.may("OrgnlTxRef", func(f *form) {
		f.may("IntrBkSttlmAmt", amount(&t.Original.Amount))
		f.may("IntrBkSttlmDt", date(&t.Original.Date))
	})
}
