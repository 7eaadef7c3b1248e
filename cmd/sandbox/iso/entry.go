package iso

// Statement is camt.053: everything booked on an account on one day.
type Statement struct {
	Root
	ID        string      `xml:"BkToCstmrStmt>GrpHdr>MsgId"`
	Created   string      `xml:"BkToCstmrStmt>GrpHdr>CreDtTm"`
	Statement AccountBook `xml:"BkToCstmrStmt>Stmt"`
}

// AccountBook is the entries of one account, with the balances around them on a statement.
type AccountBook struct {
	ID       string    `xml:"Id"`
	Sequence int       `xml:"ElctrncSeqNb,omitempty"`
	Created  string    `xml:"CreDtTm"`
	Period   *Period   `xml:"FrToDt"`
	Account  Holding   `xml:"Acct"`
	Balances []Balance `xml:"Bal"`
	Entries  []Entry   `xml:"Ntry"`
}

// Period is from one moment to another.
type Period struct {
	From string `xml:"FrDtTm"`
	To   string `xml:"ToDtTm"`
}

// Holding is an account with its currency and its bank.
type Holding struct {
	ID       AccountID `xml:"Id"`
	Currency string    `xml:"Ccy"`
	Bank     Agent     `xml:"Svcr"`
}

// Balance is a balance at one date.
type Balance struct {
	Type   string `xml:"Tp>CdOrPrtry>Cd"`
	Amount Money  `xml:"Amt"`
	Sign   string `xml:"CdtDbtInd"`
	Date   Date   `xml:"Dt"`
}

// Notification is camt.054: entries as they are made.
type Notification struct {
	Root
	ID           string      `xml:"BkToCstmrDbtCdtNtfctn>GrpHdr>MsgId"`
	Created      string      `xml:"BkToCstmrDbtCdtNtfctn>GrpHdr>CreDtTm"`
	Notification AccountBook `xml:"BkToCstmrDbtCdtNtfctn>Ntfctn"`
}

// Entry is one movement on an account.
type Entry struct {
	Reference   string        `xml:"NtryRef,omitempty"`
	Amount      Money         `xml:"Amt"`
	Sign        string        `xml:"CdtDbtInd"`
	Reversal    bool          `xml:"RvslInd,omitempty"`
	Status      string        `xml:"Sts>Cd"`
	Booked      *Date         `xml:"BookgDt"`
	Value       *Date         `xml:"ValDt"`
	ServicerRef string        `xml:"AcctSvcrRef"`
	Code        string        `xml:"BkTxCd>Prtry>Cd"`
	Charges     *EntryCharges `xml:"Chrgs"`
	Details     EntryDetails  `xml:"NtryDtls>TxDtls"`
	Text        string        `xml:"AddtlNtryInf,omitempty"`
}

// EntryCharges are what a bank billed with an entry.
type EntryCharges struct {
	Total  Money         `xml:"TtlChrgsAndTaxAmt"`
	Record []EntryCharge `xml:"Rcrd"`
}

// EntryCharge is one charge of an entry.
type EntryCharge struct {
	Amount   Money  `xml:"Amt"`
	Sign     string `xml:"CdtDbtInd"`
	Included bool   `xml:"ChrgInclInd"`
	Type     string `xml:"Tp>Cd"`
	Bearer   string `xml:"Br"`
	Agent    Agent  `xml:"Agt"`
}

// EntryDetails says which payment an entry belongs to.
type EntryDetails struct {
	References References   `xml:"Refs"`
	Amount     Money        `xml:"Amt"`
	Sign       string       `xml:"CdtDbtInd"`
	Parties    *Parties     `xml:"RltdPties"`
	Remittance *Remittance  `xml:"RmtInf"`
	Return     *EntryReturn `xml:"RtrInf"`
}

// References are all the names of a payment.
type References struct {
	MessageID     string          `xml:"MsgId,omitempty"`
	ServicerRef   string          `xml:"AcctSvcrRef,omitempty"`
	PaymentID     string          `xml:"PmtInfId,omitempty"`
	InstructionID string          `xml:"InstrId,omitempty"`
	EndToEndID    string          `xml:"EndToEndId,omitempty"`
	UETR          string          `xml:"UETR,omitempty"`
	TransactionID string          `xml:"TxId,omitempty"`
	Other         *OtherReference `xml:"Prtry"`
}

// OtherReference is a reference of a kind that the standard has no name for.
type OtherReference struct {
	Type  string `xml:"Tp"`
	Value string `xml:"Ref"`
}

// Parties are who paid and who was paid.
type Parties struct {
	Debtor          *NamedParty `xml:"Dbtr"`
	DebtorAccount   *Account    `xml:"DbtrAcct"`
	Creditor        *NamedParty `xml:"Cdtr"`
	CreditorAccount *Account    `xml:"CdtrAcct"`
}

// EntryReturn is why money came back.
type EntryReturn struct {
	Code string `xml:"Rsn>Cd"`
}
