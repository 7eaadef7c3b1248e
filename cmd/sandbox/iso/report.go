package iso

// CustomerReport is pain.002: the status of a pain.001.
type CustomerReport struct {
	Root
	ID       string         `xml:"CstmrPmtStsRpt>GrpHdr>MsgId"`
	Created  string         `xml:"CstmrPmtStsRpt>GrpHdr>CreDtTm"`
	Debtor   *Agent         `xml:"CstmrPmtStsRpt>GrpHdr>DbtrAgt"`
	Original OriginalGroup  `xml:"CstmrPmtStsRpt>OrgnlGrpInfAndSts"`
	Payment  *PaymentReport `xml:"CstmrPmtStsRpt>OrgnlPmtInfAndSts"`
}

// OriginalGroup is the message that a report is about.
type OriginalGroup struct {
	ID      string   `xml:"OrgnlMsgId"`
	Message string   `xml:"OrgnlMsgNmId"`
	Status  string   `xml:"GrpSts,omitempty"`
	Reasons []Reason `xml:"StsRsnInf"`
}

// PaymentReport is the status of one debit of a pain.001.
type PaymentReport struct {
	ID       string         `xml:"OrgnlPmtInfId"`
	Transfer TransferReport `xml:"TxInfAndSts"`
}

// TransferReport is the status of one transaction, in either report.
type TransferReport struct {
	StatusID      string          `xml:"StsId,omitempty"`
	InstructionID string          `xml:"OrgnlInstrId,omitempty"`
	EndToEndID    string          `xml:"OrgnlEndToEndId,omitempty"`
	TransactionID string          `xml:"OrgnlTxId,omitempty"` // pacs.002 only
	UETR          string          `xml:"OrgnlUETR,omitempty"`
	Status        string          `xml:"TxSts"`
	Reasons       []Reason        `xml:"StsRsnInf"`
	Charges       []Charge        `xml:"ChrgsInf"`
	Accepted      string          `xml:"AccptncDtTm,omitempty"`
	ServicerRef   string          `xml:"AcctSvcrRef,omitempty"`
	Instructing   *Agent          `xml:"InstgAgt"` // pacs.002 only: who says so
	Echo          *OriginalAmount `xml:"OrgnlTxRef"`
}

// OriginalAmount echoes what was asked for: Settled of a pacs.008, Instructed of a pain.001.
type OriginalAmount struct {
	Settled    *Money `xml:"IntrBkSttlmAmt"`
	Instructed *Money `xml:"Amt>InstdAmt"`
}

// BankReport is pacs.002: the status of a pacs.008.
type BankReport struct {
	Root
	ID       string          `xml:"FIToFIPmtStsRpt>GrpHdr>MsgId"`
	Created  string          `xml:"FIToFIPmtStsRpt>GrpHdr>CreDtTm"`
	From     *Agent          `xml:"FIToFIPmtStsRpt>GrpHdr>InstgAgt"`
	To       *Agent          `xml:"FIToFIPmtStsRpt>GrpHdr>InstdAgt"`
	Original *OriginalGroup  `xml:"FIToFIPmtStsRpt>OrgnlGrpInfAndSts"`
	Transfer *TransferReport `xml:"FIToFIPmtStsRpt>TxInfAndSts"`
}

// Return is pacs.004: the money of a payment comes back.
type Return struct {
	Root
	ID       string           `xml:"PmtRtr>GrpHdr>MsgId"`
	Created  string           `xml:"PmtRtr>GrpHdr>CreDtTm"`
	Count    string           `xml:"PmtRtr>GrpHdr>NbOfTxs"`
	Method   string           `xml:"PmtRtr>GrpHdr>SttlmInf>SttlmMtd"`
	Account  *Account         `xml:"PmtRtr>GrpHdr>SttlmInf>SttlmAcct"`
	From     *Agent           `xml:"PmtRtr>GrpHdr>InstgAgt"`
	To       *Agent           `xml:"PmtRtr>GrpHdr>InstdAgt"`
	Transfer ReturnedTransfer `xml:"PmtRtr>TxInf"`
}

// ReturnedTransfer is one payment that comes back.
type ReturnedTransfer struct {
	ID              string   `xml:"RtrId"`
	OriginalID      string   `xml:"OrgnlGrpInf>OrgnlMsgId"`
	OriginalMessage string   `xml:"OrgnlGrpInf>OrgnlMsgNmId"`
	InstructionID   string   `xml:"OrgnlInstrId,omitempty"`
	EndToEndID      string   `xml:"OrgnlEndToEndId,omitempty"`
	TransactionID   string   `xml:"OrgnlTxId,omitempty"`
	UETR            string   `xml:"OrgnlUETR"`
	OriginalAmount  Money    `xml:"OrgnlIntrBkSttlmAmt"`
	Amount          Money    `xml:"RtrdIntrBkSttlmAmt"`
	Date            string   `xml:"IntrBkSttlmDt"`
	Instructed      *Money   `xml:"RtrdInstdAmt"`
	Bearer          string   `xml:"ChrgBr,omitempty"`
	Charges         []Charge `xml:"ChrgsInf"`
	Reasons         []Reason `xml:"RtrRsnInf"`
}

// Resolution is camt.029: what came of a cancellation.
type Resolution struct {
	Root
	ID       string          `xml:"RsltnOfInvstgtn>Assgnmt>Id"`
	Assigner Agent           `xml:"RsltnOfInvstgtn>Assgnmt>Assgnr>Agt"`
	Assignee ResolvedParty   `xml:"RsltnOfInvstgtn>Assgnmt>Assgne"`
	Created  string          `xml:"RsltnOfInvstgtn>Assgnmt>CreDtTm"`
	Status   string          `xml:"RsltnOfInvstgtn>Sts>Conf"`
	Details  ResolvedDetails `xml:"RsltnOfInvstgtn>CxlDtls"`
}

// ResolvedParty is who asked: a bank, or a customer.
type ResolvedParty struct {
	Party *Party `xml:"Pty"`
	Agent *Agent `xml:"Agt"`
}

// ResolvedDetails holds the answer for a pacs.008, or for a pain.001.
type ResolvedDetails struct {
	Payment  *ResolvedPayment  `xml:"OrgnlPmtInfAndSts"` // of a pain.001
	Transfer *ResolvedTransfer `xml:"TxInfAndSts"`       // of a pacs.008
}

// ResolvedPayment wraps the answer for a pain.001.
type ResolvedPayment struct {
	ID       string           `xml:"OrgnlPmtInfId"`
	Transfer ResolvedTransfer `xml:"TxInfAndSts"`
}

// ResolvedTransfer is the answer for one transaction. ACCR, RJCR and PDCR stand for CNCL, RJCR and PDCR above.
type ResolvedTransfer struct {
	CancellationID string   `xml:"CxlStsId,omitempty"`
	EndToEndID     string   `xml:"OrgnlEndToEndId,omitempty"`
	UETR           string   `xml:"OrgnlUETR,omitempty"`
	Status         string   `xml:"TxCxlSts"`
	Reasons        []Reason `xml:"CxlStsRsnInf"`
}
