package iso

import "encoding/xml"

// Header is the business application header, head.001.
type Header struct {
	XMLName   xml.Name `xml:"AppHdr"`
	Namespace string   `xml:"xmlns,attr"`
	From      string   `xml:"Fr>FIId>FinInstnId>BICFI"`
	To        string   `xml:"To>FIId>FinInstnId>BICFI"`
	ID        string   `xml:"BizMsgIdr"`
	Message   string   `xml:"MsgDefIdr"`
	Created   string   `xml:"CreDt"`
}

// Money is an amount and its currency.
type Money struct {
	Currency string `xml:"Ccy,attr"`
	Value    string `xml:",chardata"`
}

// Agent is a financial institution.
type Agent struct {
	BIC string `xml:"FinInstnId>BICFI,omitempty"`
}

// NewAgent returns the agent with a BIC, or nil without one.
func NewAgent(bic string) *Agent {
	if bic == "" {
		return nil
	}
	return &Agent{BIC: bic}
}

// Party is a person or a company.
type Party struct {
	Name string `xml:"Nm,omitempty"`
}

// NamedParty is a party where the standard also allows an agent.
type NamedParty struct {
	Name string `xml:"Pty>Nm"`
}

// NewParty returns the party of that name, or nil without one.
func NewParty(name string) *NamedParty {
	if name == "" {
		return nil
	}
	return &NamedParty{Name: name}
}

// Account is an account by its number.
type Account struct {
	ID AccountID `xml:"Id"`
}

// AccountID is an IBAN, or another number.
type AccountID struct {
	IBAN  string       `xml:"IBAN,omitempty"`
	Other *OtherNumber `xml:"Othr"`
}

// OtherNumber is the number of an account that has no IBAN.
type OtherNumber struct {
	Value string `xml:"Id"`
}

// Number returns the number of the account, whatever kind of number it is.
func (a *Account) Number() string {
	switch {
	case a == nil:
		return ""
	case a.ID.Other != nil:
		return a.ID.Other.Value
	}
	return a.ID.IBAN
}

// Remittance is what a payer says about a payment.
type Remittance struct {
	Text      []string `xml:"Ustrd,omitempty"`
	Reference *RF      `xml:"Strd>CdtrRefInf,omitempty"`
}

// RF is a structured creditor reference.
type RF struct {
	Type  string `xml:"Tp>CdOrPrtry>Cd,omitempty"`
	Value string `xml:"Ref,omitempty"`
}

// NewRemittance returns what is said by a reference, a text or both, or nil when nothing is.
func NewRemittance(reference, text string) *Remittance {
	if reference == "" && text == "" {
		return nil
	}
	r := &Remittance{}
	if text != "" {
		r.Text = []string{text}
	}
	if reference != "" {
		r.Reference = &RF{Type: "SCOR", Value: reference}
	}
	return r
}

// Charge is what an agent took for its part.
type Charge struct {
	Amount Money `xml:"Amt"`
	Agent  Agent `xml:"Agt"`
}

// Date is a date, or a moment.
type Date struct {
	Date     string `xml:"Dt,omitempty"`
	DateTime string `xml:"DtTm,omitempty"`
}

// Reason is why a status is what it is, or why a payment came back.
type Reason struct {
	Code string   `xml:"Rsn>Cd"`
	Text []string `xml:"AddtlInf,omitempty"`
}

// NewReasons returns the one reason of that code, or none without a code.
func NewReasons(code, text string) []Reason {
	if code == "" {
		return nil
	}
	r := Reason{Code: code}
	if text != "" {
		r.Text = []string{text}
	}
	return []Reason{r}
}

// Structured returns the structured reference, or nothing.
func (r Remittance) Structured() string {
	if r.Reference == nil {
		return ""
	}
	return r.Reference.Value
}
