package iso

// Initiation is pain.001: a customer asks its bank to pay.
type Initiation struct {
	ID       string               `xml:"CstmrCdtTrfInitn>GrpHdr>MsgId"`
	Created  string               `xml:"CstmrCdtTrfInitn>GrpHdr>CreDtTm"`
	Count    string               `xml:"CstmrCdtTrfInitn>GrpHdr>NbOfTxs"`
	Payments []PaymentInstruction `xml:"CstmrCdtTrfInitn>PmtInf"`
}

// PaymentInstruction is one debit of a pain.001.
type PaymentInstruction struct {
	ID            string              `xml:"PmtInfId"`
	Method        string              `xml:"PmtMtd"`
	Execution     Date                `xml:"ReqdExctnDt"`
	Debtor        Party               `xml:"Dbtr"`
	DebtorAccount *Account            `xml:"DbtrAcct"`
	Bearer        string              `xml:"ChrgBr"`
	Transfers     []InitiatedTransfer `xml:"CdtTrfTxInf"`
}

// InitiatedTransfer is one credit transfer of a pain.001.
type InitiatedTransfer struct {
	InstructionID   string     `xml:"PmtId>InstrId"`
	EndToEndID      string     `xml:"PmtId>EndToEndId"`
	UETR            string     `xml:"PmtId>UETR"`
	Amount          Money      `xml:"Amt>InstdAmt"`
	Bearer          string     `xml:"ChrgBr"`
	CreditorAgent   Agent      `xml:"CdtrAgt"`
	Creditor        Party      `xml:"Cdtr"`
	CreditorAccount *Account   `xml:"CdtrAcct"`
	Remittance      Remittance `xml:"RmtInf"`
	Simulate        string     `xml:"SplmtryData>Envlp>Simulate"`
}

// CreditTransfer is pacs.008: an agent passes a payment on.
type CreditTransfer struct {
	ID        string         `xml:"FIToFICstmrCdtTrf>GrpHdr>MsgId"`
	Created   string         `xml:"FIToFICstmrCdtTrf>GrpHdr>CreDtTm"`
	Count     string         `xml:"FIToFICstmrCdtTrf>GrpHdr>NbOfTxs"`
	Method    string         `xml:"FIToFICstmrCdtTrf>GrpHdr>SttlmInf>SttlmMtd"`
	Account   *Account       `xml:"FIToFICstmrCdtTrf>GrpHdr>SttlmInf>SttlmAcct"`
	Transfers []BankTransfer `xml:"FIToFICstmrCdtTrf>CdtTrfTxInf"`
}

// BankTransfer is one transaction of a pacs.008.
type BankTransfer struct {
	InstructionID      string     `xml:"PmtId>InstrId"`
	EndToEndID         string     `xml:"PmtId>EndToEndId"`
	TransactionID      string     `xml:"PmtId>TxId"`
	UETR               string     `xml:"PmtId>UETR"`
	Amount             Money      `xml:"IntrBkSttlmAmt"`
	Bearer             string     `xml:"ChrgBr"`
	Debtor             Party      `xml:"Dbtr"`
	DebtorAccount      *Account   `xml:"DbtrAcct"`
	DebtorAgentAccount *Account   `xml:"DbtrAgtAcct"`
	CreditorAgent      Agent      `xml:"CdtrAgt"`
	Creditor           Party      `xml:"Cdtr"`
	CreditorAccount    *Account   `xml:"CdtrAcct"`
	Remittance         Remittance `xml:"RmtInf"`
	Simulate           string     `xml:"SplmtryData>Envlp>Simulate"`
}

// StatusRequest is pacs.028: what became of a payment?
type StatusRequest struct {
	ID       string   `xml:"FIToFIPmtStsReq>GrpHdr>MsgId"`
	UETRs    []string `xml:"FIToFIPmtStsReq>TxInf>OrgnlUETR"`
	Simulate string   `xml:"FIToFIPmtStsReq>TxInf>SplmtryData>Envlp>Simulate"`
}

// Cancellation is camt.055 of a pain.001, or camt.056 of a pacs.008. Only one of the two lists is filled.
type Cancellation struct {
	Customer CancellationCase `xml:"CstmrPmtCxlReq"`
	Bank     CancellationCase `xml:"FIToFIPmtCxlReq"`
}

// CancellationCase is what both cancellations share.
type CancellationCase struct {
	ID        string             `xml:"Assgnmt>Id"`
	Transfers []CanceledTransfer `xml:"Undrlyg>TxInf"`                           // camt.056
	Payment   string             `xml:"Undrlyg>OrgnlPmtInfAndCxl>OrgnlPmtInfId"` // camt.055
	Orders    []CanceledTransfer `xml:"Undrlyg>OrgnlPmtInfAndCxl>TxInf"`         // camt.055
}

// CanceledTransfer names a payment that shall be canceled.
type CanceledTransfer struct {
	CancellationID string `xml:"CxlId"`
	EndToEndID     string `xml:"OrgnlEndToEndId"`
	UETR           string `xml:"OrgnlUETR"`
	Reason         string `xml:"CxlRsnInf>Rsn>Cd"`
	Simulate       string `xml:"SplmtryData>Envlp>Simulate"`
}
