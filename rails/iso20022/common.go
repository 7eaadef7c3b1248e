package iso20022

import (
	"fmt"

	"github.com/causeway-pay/causeway/money"
)

// Code is an entry of an external code set of ISO 20022, or a word that the parties agreed on themselves.
type Code struct {
	Value       string
	Proprietary bool // it stands in Prtry and not in Cd
}

// coded is the choice between Cd and Prtry.
func coded(c *Code) part {
	return func(f *form) {
		if f.reading {
			*c = Code{Proprietary: len(f.named("Prtry")) > 0}
			if c.Proprietary && len(f.named("Cd")) > 0 {
				f.fault(fmt.Errorf("code %w", ErrRepeated))
			}
		}
		if c.Proprietary {
			f.may("Prtry", reference(&c.Value))
			return
		}
		f.may("Cd", code(&c.Value))
	}
}

// Reason is why a status was given, a payment returned or a cancellation asked for or refused. Trackers put G000 to G004
// in Cd or in Prtry; the value is the same.
type Reason struct {
	Originator Party
	Code       Code
	Notes      []string // of at most 105 characters
}

func (r *Reason) visit(f *form) {
	f.may("Orgtr", r.Originator.visit)
	f.may("Rsn", coded(&r.Code))
	texts(f, "AddtlInf", 105, &r.Notes)
}

// Charge is what an agent took from the amount on the way.
type Charge struct {
	Amount money.Amount
	Agent  Agent
}

func (c *Charge) visit(f *form) {
	f.must("Amt", amount(&c.Amount))
	f.must("Agt", c.Agent.visit)
}

// Bearer says who pays the charges.
type Bearer string

// The bearers (ChargeBearerType1Code).
const (
	BearerDebtor   Bearer = "DEBT" // the debtor pays all
	BearerCreditor Bearer = "CRED" // the creditor pays all
	BearerShared   Bearer = "SHAR" // each pays at its own side
	BearerService  Bearer = "SLEV" // as the service level says
)

func bearer(b *Bearer) part {
	return oneOf(b, BearerDebtor, BearerCreditor, BearerShared, BearerService)
}

// Reference is a structured reference to what is paid.
type Reference struct {
	Type  Code   // SCOR for the creditor's own reference; banks use words of their own for national ones
	Value string // at most 35 characters; an RF reference when it begins with RF
}

// CreditorReference is a reference that the creditor gave, such as one of [NewRF].
func CreditorReference(value string) Reference {
	return Reference{Type: Code{Value: "SCOR"}, Value: value}
}

// Remittance says what is paid.
type Remittance struct {
	Lines      []string // free text, lines of at most 140 characters
	References []Reference
}

func (r *Remittance) visit(f *form) {
	texts(f, "Ustrd", remittanceMax, &r.Lines)
	if !f.reading {
		many(f, "Strd", &r.References, (*Reference).visit)
		return
	}
	var found []Reference
	many(f, "Strd", &found, (*Reference).visit)
	for _, reference := range found {
		if reference.Value != "" {
			r.References = append(r.References, reference)
		}
	}
}

func (r *Reference) visit(f *form) {
	f.may("CdtrRefInf", func(f *form) {
		f.may("Tp", func(f *form) {
			f.should("CdOrPrtry", coded(&r.Type))
		})
		f.should("Ref", reference(&r.Value))
	})
}

// Original names a message and a transaction that was sent before, as well as its sender knows them.
type Original struct {
	MessageID     string
	Message       Kind
	CreatedAt     Moment
	InstructionID string
	EndToEndID    string
	TransactionID string
	UETR          string
	Amount        money.Amount // instructed by a customer, or settled between banks
	Date          Moment       // requested by a customer, or settled between banks
}

// group is the message that the transaction came in.
func (o *Original) group(f *form) {
	f.must("OrgnlMsgId", reference(&o.MessageID))
	f.must("OrgnlMsgNmId", reference((*string)(&o.Message)))
	f.may("OrgnlCreDtTm", instant(&o.CreatedAt))
}

// ids are the transaction's own references, between banks.
func (o *Original) ids(f *form) {
	f.may("OrgnlGrpInf", o.group)
	f.may("OrgnlInstrId", reference(&o.InstructionID))
	f.may("OrgnlEndToEndId", reference(&o.EndToEndID))
	f.may("OrgnlTxId", reference(&o.TransactionID))
	f.may("OrgnlUETR", uetr(&o.UETR))
}

// customerIDs are the references that a customer's transaction has.
func (o *Original) customerIDs(f *form, uetrName string) {
	f.nowhere("MessageID", reference(&o.MessageID))
	f.nowhere("TransactionID", reference(&o.TransactionID))
	f.may("OrgnlInstrId", reference(&o.InstructionID))
	f.may("OrgnlEndToEndId", reference(&o.EndToEndID))
	f.may(uetrName, uetr(&o.UETR))
}

// settlement is what was settled between banks.
func (o *Original) settlement(f *form) {
	f.may("OrgnlIntrBkSttlmAmt", amount(&o.Amount))
	f.may("OrgnlIntrBkSttlmDt", date(&o.Date))
}

// sandbox is the namespace of what is meant for a simulated bank.
const sandbox = "urn:causeway:sandbox"

// simulate carries the name of a scenario to a simulated bank. The caller leaves it empty when money is real.
func simulate(f *form, scenario *string) {
	if !f.reading {
		f.may("SplmtryData", func(f *form) {
			f.may("Envlp", func(f *form) {
				f.may("Simulate", func(f *form) {
					f.node.space = sandbox
					text(nameMax, scenario)(f)
				})
			})
		})
		return
	}
	for _, data := range f.named("SplmtryData") {
		for _, envelope := range data.kids {
			for _, kid := range envelope.kids {
				if kid.space == sandbox && kid.name == "Simulate" {
					*scenario = kid.text
				}
			}
		}
	}
}
