package iso20022

// Recall asks the next bank to give back what was sent (camt.056.001.08). It is a request and no fence: only the answer
// and the booked return say what came of it.
type Recall struct {
	Assignment   Assignment
	Case         Case
	Transactions []Cancellation
}

// Kind returns Camt056.
func (m *Recall) Kind() Kind { return Camt056 }

func (m *Recall) root() string { return "FIToFIPmtCxlReq" }

func (m *Recall) visit(f *form) {
	f.must("Assgnmt", m.Assignment.visit)
	f.may("Case", m.Case.visit)
	f.must("Undrlyg", func(f *form) {
		some(f, "TxInf", &m.Transactions, (*Cancellation).visit)
	})
}

func (c *Cancellation) visit(f *form) {
	f.may("CxlId", id(&c.ID))
	f.may("Case", c.Case.visit)
	c.Original.ids(f)
	c.Original.settlement(f)
	many(f, "CxlRsnInf", &c.Reasons, (*Reason).visit)
}
