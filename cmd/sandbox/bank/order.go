package bank

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
)

const (
	digitsMax   = 18 // of an amount, as the schemas say
	decimalsMax = 5

	// notProvided stands where the standard wants a reference and nobody has one.
	notProvided = "NOTPROVIDED"
)

var (
	idGrammar       = regexp.MustCompile(`^\S(.{0,33}\S)?$`) // Max35Text
	currencyGrammar = regexp.MustCompile(`^[A-Z]{3}$`)
	uetrGrammar     = regexp.MustCompile(`^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$`)
	bicGrammar      = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
)

// order is one transfer that the bank is asked for, by a pain.001 or a pacs.008.
type order struct {
	names
	content
	Message string // the name of the message that brought it
}

// names are the references of an order. They do not make it another order when they differ.
type names struct {
	MessageID     string
	PaymentID     string // of a pain.001
	InstructionID string
	TransactionID string // of a pacs.008
	EndToEndID    string
	UETR          string
	From, To      string // BICs of the header of a pacs.008
}

// content is what an order says. A reference that is repeated with another content is refused.
type content struct {
	Amount          amount.Amount
	Currency        string
	Bearer          string // who pays the charges: DEBT, CRED, SHAR or SLEV
	Execution       string // a date, or empty
	Debtor          string
	DebtorAccount   string // of a pacs.008: of the payer at its own bank
	Account         string // the account here that is debited; empty: the one in the currency
	Creditor        string
	CreditorAccount string
	CreditorIBAN    bool
	CreditorBIC     string
	Reference       string // a structured creditor reference
	Text            string
}

func (c content) same(other content) bool {
	equal := c.Amount.Equal(other.Amount)
	c.Amount, other.Amount = amount.Amount{}, amount.Amount{}
	return equal && c == other
}

// key is the name under which the order is unique.
func (o order) key() string {
	if o.Message == iso.Pacs008 {
		return o.UETR
	}
	return o.EndToEndID
}

// also lists the other names of the order that a search may use.
func (o order) also() []string {
	var others []string
	for _, name := range []string{o.EndToEndID, o.UETR, o.Reference} {
		if name != "" && name != o.key() && name != notProvided {
			others = append(others, name)
		}
	}
	return others
}

// initiated reads a pain.001 with one transfer, and the scenario it asks for.
func initiated(m iso.Message, d *iso.Initiation) (order, string, error) {
	if m.Header != nil {
		return order{}, "", invalid("a pain.001 comes as a bare Document")
	}
	if len(d.Payments) != 1 || len(d.Payments[0].Transfers) != 1 || d.Count != "1" {
		return order{}, "", invalid("a pain.001 holds one PmtInf with one CdtTrfTxInf, and NbOfTxs 1")
	}
	p, t := d.Payments[0], d.Payments[0].Transfers[0]
	value, err := amount.Parse(t.Amount.Value)
	o := order{
		names: names{
			MessageID: d.ID, PaymentID: p.ID, InstructionID: t.InstructionID, EndToEndID: t.EndToEndID, UETR: t.UETR,
		},
		content: content{
			Amount: value, Currency: t.Amount.Currency, Bearer: t.Bearer, Execution: day(p.Execution),
			Debtor: p.Debtor.Name, DebtorAccount: p.DebtorAccount.Number(), Account: p.DebtorAccount.Number(),
			Creditor: t.Creditor.Name, CreditorAccount: t.CreditorAccount.Number(), CreditorBIC: t.CreditorAgent.BIC,
			CreditorIBAN: t.CreditorAccount != nil && t.CreditorAccount.ID.IBAN != "",
			Reference:    t.Remittance.Structured(), Text: strings.Join(t.Remittance.Text, " "),
		},
		Message: iso.Pain001,
	}
	faults := o.faults(err)
	if p.Method != "TRF" {
		faults = append(faults, "PmtMtd must be TRF")
	}
	if !idGrammar.MatchString(p.ID) {
		faults = append(faults, "PmtInfId must be 1 to 35 characters")
	}
	if _, err := time.Parse(time.DateOnly, o.Execution); err != nil {
		faults = append(faults, "ReqdExctnDt is missing or no date")
	}
	if o.Account == "" {
		faults = append(faults, "DbtrAcct is missing")
	}
	return o, t.Simulate, invalid(faults...)
}

// passedOn reads a pacs.008 with one transfer, and the scenario it asks for.
func passedOn(m iso.Message, d *iso.CreditTransfer) (order, string, error) {
	if len(d.Transfers) != 1 || d.Count != "1" {
		return order{}, "", invalid("a pacs.008 holds one CdtTrfTxInf, and NbOfTxs 1")
	}
	t := d.Transfers[0]
	value, err := amount.Parse(t.Amount.Value)
	o := order{
		names: names{
			MessageID: d.ID, InstructionID: t.InstructionID, TransactionID: t.TransactionID,
			EndToEndID: t.EndToEndID, UETR: t.UETR,
		},
		content: content{
			Amount: value, Currency: t.Amount.Currency, Bearer: t.Bearer,
			Debtor: t.Debtor.Name, DebtorAccount: t.DebtorAccount.Number(), Account: d.Account.Number(),
			Creditor: t.Creditor.Name, CreditorAccount: t.CreditorAccount.Number(), CreditorBIC: t.CreditorAgent.BIC,
			CreditorIBAN: t.CreditorAccount != nil && t.CreditorAccount.ID.IBAN != "",
			Reference:    t.Remittance.Structured(), Text: strings.Join(t.Remittance.Text, " "),
		},
		Message: iso.Pacs008,
	}
	if o.Account == "" {
		o.Account = t.DebtorAgentAccount.Number()
	}
	faults := append(o.faults(err), headerFaults(m)...)
	if m.Header != nil {
		o.From, o.To = m.Header.From, m.Header.To
	}
	if !uetrGrammar.MatchString(o.UETR) {
		faults = append(faults, "UETR must be a version 4 UUID in small letters")
	}
	if !bicGrammar.MatchString(o.CreditorBIC) {
		faults = append(faults, "CdtrAgt needs a BICFI")
	}
	return o, t.Simulate, invalid(faults...)
}

// faults lists what is wrong with any order.
func (o order) faults(amountErr error) []string {
	var faults []string
	for _, id := range []struct{ name, value string }{{"MsgId", o.MessageID}, {"EndToEndId", o.EndToEndID}} {
		if !idGrammar.MatchString(id.value) {
			faults = append(faults, id.name+" must be 1 to 35 characters")
		}
	}
	if amountErr != nil || o.Amount.IsZero() || o.Amount.Digits() > digitsMax || o.Amount.Decimals() > decimalsMax {
		faults = append(faults, "the amount must be more than zero, of at most 18 digits and 5 decimals")
	}
	if !currencyGrammar.MatchString(o.Currency) {
		faults = append(faults, "Ccy must be three capital letters")
	}
	switch o.Bearer {
	case "DEBT", "CRED", "SHAR", "SLEV":
	default:
		if o.Bearer != "" || o.Message == iso.Pacs008 {
			faults = append(faults, "ChrgBr must be DEBT, CRED, SHAR or SLEV")
		}
	}
	return faults
}

// headerFaults lists what is wrong with the envelope of a message between banks.
func headerFaults(m iso.Message) []string {
	switch {
	case m.Header == nil:
		return []string{"it comes in a BusinessMessage with an AppHdr"}
	case !bicGrammar.MatchString(m.Header.From) || !bicGrammar.MatchString(m.Header.To):
		return []string{"Fr and To of the AppHdr need a BICFI"}
	case m.Header.Message != m.Name:
		return []string{fmt.Sprintf("MsgDefIdr is %q, but the Document is a %s", m.Header.Message, m.Name)}
	}
	return nil
}

func day(d iso.Date) string {
	if len(d.DateTime) >= len(time.DateOnly) {
		return d.DateTime[:len(time.DateOnly)]
	}
	return d.Date
}

func invalid(faults ...string) error {
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrInvalid, errors.New(strings.Join(faults, "; ")))
}
