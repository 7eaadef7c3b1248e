package iso20022

// Status is how far a payment came, an entry of the external code sets of payment statuses. Banks use more of them than
// are named here.
type Status string

// The statuses that the rails act on.
const (
	Received          Status = "RCVD" // arrived, not checked
	AcceptedTechnical Status = "ACTC" // well formed
	AcceptedCustomer  Status = "ACCP" // the customer's side was checked
	AcceptedInProcess Status = "ACSP" // accepted and on its way
	AcceptedSettled   Status = "ACSC" // settled at the debtor's side, which is not yet paid
	AcceptedCredited  Status = "ACCC" // on the creditor's account
	AcceptedChange    Status = "ACWC" // accepted with a change
	PartiallyAccepted Status = "PART" // some transactions of a group
	Pending           Status = "PDNG"
	Rejected          Status = "RJCT"
	Canceled          Status = "CANC"
)

// InitiationStatus says what became of an initiation (pain.002.001.10).
type InitiationStatus struct {
	MessageID string
	CreatedAt Moment
	Initiator Party
	Original  Original // the message, not a transaction
	Status    Status   // of the whole, when the bank gives one
	Reasons   []Reason
	Payments  []PaymentStatus
}

// PaymentStatus says what became of one payment information block.
type PaymentStatus struct {
	PaymentID    string
	Status       Status
	Reasons      []Reason
	Transactions []TransactionStatus
}

// TransactionStatus says what became of one transaction. It stands in InitiationStatus and in StatusReport.
type TransactionStatus struct {
	ID                string // that the sender of the status gave it
	Original          Original
	Status            Status
	Reasons           []Reason
	Charges           []Charge
	AcceptedAt        Moment
	EffectiveDate     Moment // of the settlement between banks; not in an initiation's status
	ServicerReference string
	InstructingAgent  Agent // not in an initiation's status
	InstructedAgent   Agent // not in an initiation's status
}

// Kind returns Pain002.
func (m *InitiationStatus) Kind() Kind { return Pain002 }

func (m *InitiationStatus) root() string { return "CstmrPmtStsRpt" }

func (m *InitiationStatus) visit(f *form) {
	f.must("GrpHdr", func(f *form) {
		f.must("MsgId", id(&m.MessageID))
		f.must("CreDtTm", instant(&m.CreatedAt))
		f.may("InitgPty", m.Initiator.visit)
	})
	f.must("OrgnlGrpInfAndSts", func(f *form) {
		m.Original.group(f)
		f.may("GrpSts", code(&m.Status))
		many(f, "StsRsnInf", &m.Reasons, (*Reason).visit)
	})
	many(f, "OrgnlPmtInfAndSts", &m.Payments, (*PaymentStatus).visit)
}

func (p *PaymentStatus) visit(f *form) {
	f.must("OrgnlPmtInfId", reference(&p.PaymentID))
	f.may("PmtInfSts", code(&p.Status))
	many(f, "StsRsnInf", &p.Reasons, (*Reason).visit)
	many(f, "TxInfAndSts", &p.Transactions, (*TransactionStatus).visitInitiated)
}

func (t *TransactionStatus) visitInitiated(f *form) {
	f.nowhere("EffectiveDate", dateOrTime(&t.EffectiveDate))
	f.nowhere("InstructingAgent", t.InstructingAgent.visit)
	f.nowhere("InstructedAgent", t.InstructedAgent.visit)
	f.may("StsId", reference(&t.ID))
	t.Original.customerIDs(f, "OrgnlUETR")
	f.may("TxSts", code(&t.Status))
	many(f, "StsRsnInf", &t.Reasons, (*Reason).visit)
	many(f, "ChrgsInf", &t.Charges, (*Charge).visit)
	f.may("AccptncDtTm", instant(&t.AcceptedAt))
	f.may("AcctSvcrRef", reference(&t.ServicerReference))
	f.may("OrgnlTxRef", func(f *form) {
		f.may("Amt", func(f *form) { f.may("InstdAmt", amount(&t.Original.Amount)) })
		f.may("ReqdExctnDt", dateOrTime(&t.Original.Date))
	})
}
