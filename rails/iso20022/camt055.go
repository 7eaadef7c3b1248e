package iso20022

// CancellationRequest asks the customer's own bank not to carry out what an initiation ordered (camt.055.001.08).
type CancellationRequest struct {
	Assignment Assignment
	Case       Case
	Payments   []PaymentCancellation
}

// PaymentCancellation names a payment information block, and the transfers of it to cancel.
type PaymentCancellation struct {
	ID           string
	PaymentID    string   // of the block
	Original     Original // the message, not a transaction
	Whole        bool     // all of the block
	Reasons      []Reason
	Transactions []Cancellation
}

// Cancellation names one transaction to cancel. It stands in CancellationRequest and in Recall.
type Cancellation struct {
	ID       string
	Case     Case
	Original Original
	Reasons  []Reason
}

// Kind returns Camt055.
func (m *CancellationRequest) Kind() Kind { return Camt055 }

func (m *CancellationRequest) root() string { return "CstmrPmtCxlReq" }

func (m *CancellationRequest) visit(f *form) {
	f.must("Assgnmt", m.Assignment.visit)
	f.may("Case", m.Case.visit)
	f.must("Undrlyg", func(f *form) {
		some(f, "OrgnlPmtInfAndCxl", &m.Payments, (*PaymentCancellation).visit)
	})
}

func (p *PaymentCancellation) visit(f *form) {
	f.may("PmtCxlId", id(&p.ID))
	f.must("OrgnlPmtInfId", reference(&p.PaymentID))
	f.may("OrgnlGrpInf", p.Original.group)
	f.may("PmtInfCxl", mark(&p.Whole))
	many(f, "CxlRsnInf", &p.Reasons, (*Reason).visit)
	many(f, "TxInf", &p.Transactions, (*Cancellation).visitCustomer)
}

func (c *Cancellation) visitCustomer(f *form) {
	f.may("CxlId", id(&c.ID))
	f.may("Case", c.Case.visit)
	c.Original.customerIDs(f, "OrgnlUETR")
	f.may("OrgnlInstdAmt", amount(&c.Original.Amount))
	f.may("OrgnlReqdExctnDt", dateOrTime(&c.Original.Date))
	many(f, "CxlRsnInf", &c.Reasons, (*Reason).visit)
}
