package iso20022

// Resolution answers a cancellation request or a recall (camt.029.001.09).
type Resolution struct {
	Assignment   Assignment
	Case         Case
	Confirmation Confirmation // of the case as a whole
	Details      []CancellationDetails
}

// Confirmation is what was decided on a case, an external code. Banks use more of them than are named here.
type Confirmation string

// The confirmations of a cancellation.
const (
	CancellationDone    Confirmation = "CNCL" // canceled as requested
	CancellationRefused Confirmation = "RJCR"
	CancellationPending Confirmation = "PDCR"
)

// CancellationStatus is what became of the cancellation of one transaction or group.
type CancellationStatus string

// The statuses of a cancellation. A group may also be accepted in part.
const (
	CancelAccepted CancellationStatus = "ACCR"
	CancelRejected CancellationStatus = "RJCR"
	CancelPending  CancellationStatus = "PDCR"
	CancelPartly   CancellationStatus = "PACR" // of a group alone
)

func cancelStatus(s *CancellationStatus) part {
	return oneOf(s, CancelAccepted, CancelRejected, CancelPending)
}

func groupCancelStatus(s *CancellationStatus) part {
	return oneOf(s, CancelAccepted, CancelRejected, CancelPending, CancelPartly)
}

// CancellationDetails are the answers for what one message ordered.
type CancellationDetails struct {
	Group        GroupCancellation
	Payments     []PaymentCancellationStatus // when a customer asked
	Transactions []CancellationResult        // when a bank asked
}

// GroupCancellation is the answer for a whole message.
type GroupCancellation struct {
	Original Original // the message, not a transaction
	Status   CancellationStatus
	Reasons  []Reason
}

// PaymentCancellationStatus is the answer for a payment information block.
type PaymentCancellationStatus struct {
	PaymentID    string
	Status       CancellationStatus
	Reasons      []Reason
	Transactions []CancellationResult
}

// CancellationResult is the answer for one transaction.
type CancellationResult struct {
	ID       string
	Case     Case
	Original Original
	Status   CancellationStatus
	Reasons  []Reason
}

// Kind returns Camt029.
func (m *Resolution) Kind() Kind { return Camt029 }

func (m *Resolution) root() string { return "RsltnOfInvstgtn" }

func (m *Resolution) visit(f *form) {
	f.must("Assgnmt", m.Assignment.visit)
	f.may("RslvdCase", m.Case.visit)
	f.must("Sts", func(f *form) { f.should("Conf", code(&m.Confirmation)) })
	many(f, "CxlDtls", &m.Details, (*CancellationDetails).visit)
}

func (d *CancellationDetails) visit(f *form) {
	f.may("OrgnlGrpInfAndSts", func(f *form) {
		d.Group.Original.group(f)
		f.may("GrpCxlSts", groupCancelStatus(&d.Group.Status))
		many(f, "CxlStsRsnInf", &d.Group.Reasons, (*Reason).visit)
	})
	many(f, "OrgnlPmtInfAndSts", &d.Payments, (*PaymentCancellationStatus).visit)
	many(f, "TxInfAndSts", &d.Transactions, (*CancellationResult).visit)
}

func (p *PaymentCancellationStatus) visit(f *form) {
	f.must("OrgnlPmtInfId", reference(&p.PaymentID))
	f.may("PmtInfCxlSts", groupCancelStatus(&p.Status))
	many(f, "CxlStsRsnInf", &p.Reasons, (*Reason).visit)
	many(f, "TxInfAndSts", &p.Transactions, (*CancellationResult).visitCustomer)
}

func (r *CancellationResult) visitCustomer(f *form) {
	f.may("CxlStsId", reference(&r.ID))
	f.may("RslvdCase", r.Case.visit)
	r.Original.customerIDs(f, "UETR")
	f.may("TxCxlSts", cancelStatus(&r.Status))
	many(f, "CxlStsRsnInf", &r.Reasons, (*Reason).visit)
	f.may("OrgnlInstdAmt", amount(&r.Original.Amount))
	f.may("OrgnlReqdExctnDt", dateOrTime(&r.Original.Date))
}

func (r *CancellationResult) visit(f *form) {
	f.may("CxlStsId", reference(&r.ID))
	f.may("RslvdCase", r.Case.visit)
	r.Original.ids(f)
	f.may("TxCxlSts", cancelStatus(&r.Status))
	many(f, "CxlStsRsnInf", &r.Reasons, (*Reason).visit)
	r.Original.settlement(f)
}
