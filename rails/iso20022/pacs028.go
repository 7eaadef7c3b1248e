package iso20022

// StatusRequest asks what became of transactions between banks (pacs.028.001.03). It never moves money.
type StatusRequest struct {
	MessageID        string
	CreatedAt        Moment
	InstructingAgent Agent
	InstructedAgent  Agent
	Transactions     []StatusInquiry
}

// StatusInquiry asks about one transaction.
type StatusInquiry struct {
	ID       string // of the question
	Original Original
}

// Kind returns Pacs028.
func (m *StatusRequest) Kind() Kind { return Pacs028 }

func (m *StatusRequest) root() string { return "FIToFIPmtStsReq" }

func (m *StatusRequest) visit(f *form) {
	f.must("GrpHdr", func(f *form) {
		f.must("MsgId", id(&m.MessageID))
		f.must("CreDtTm", instant(&m.CreatedAt))
		f.may("InstgAgt", m.InstructingAgent.visit)
		f.may("InstdAgt", m.InstructedAgent.visit)
	})
	some(f, "TxInf", &m.Transactions, (*StatusInquiry).visit)
}

func (q *StatusInquiry) visit(f *form) {
	f.may("StsReqId", id(&q.ID))
	q.Original.ids(f)
	f.may("OrgnlTxRef", func(f *form) {
		f.may("IntrBkSttlmAmt", amount(&q.Original.Amount))
		f.may("IntrBkSttlmDt", date(&q.Original.Date))
	})
}
