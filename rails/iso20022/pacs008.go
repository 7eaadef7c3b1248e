package iso20022

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/causeway-pay/causeway/money"
)

// InterbankTransfer carries credit transfers of customers from bank to bank (pacs.008.001.08).
type InterbankTransfer struct {
	MessageID        string // see [CheckID]
	CreatedAt        Moment
	Settlement       Settlement
	InstructingAgent Agent
	InstructedAgent  Agent
	Transactions     []InterbankTransaction
}

// Settlement says how the banks settle.
type Settlement struct {
	Method  SettlementMethod
	Account Account // at one of the two agents, where they say which
}

// SettlementMethod is where the money moves between the banks.
type SettlementMethod string

// The methods (SettlementMethod1Code).
const (
	AtInstructed  SettlementMethod = "INDA" // on an account at the instructed agent
	AtInstructing SettlementMethod = "INGA" // on an account at the instructing agent
	ByCover       SettlementMethod = "COVE" // by a message of its own
	ByClearing    SettlementMethod = "CLRG" // in a clearing system
)

// InterbankTransaction is one credit transfer between banks.
type InterbankTransaction struct {
	InstructionID    string
	EndToEndID       string
	TransactionID    string
	UETR             string
	ServiceLevel     Code
	CategoryPurpose  Code
	Amount           money.Amount // settled between the banks
	SettlementDate   Moment
	InstructedAmount money.Amount // as the debtor ordered it, before exchange and charges
	ExchangeRate     string       // decimal, at most 11 digits of which 10 decimals; when the currencies differ
	Bearer           Bearer
	Charges          []Charge
	InstructingAgent Agent
	InstructedAgent  Agent
	Intermediary     Agent
	UltimateDebtor   Party
	Debtor           Party
	DebtorAccount    Account
	DebtorAgent      Agent
	CreditorAgent    Agent
	Creditor         Party
	CreditorAccount  Account
	UltimateCreditor Party
	Purpose          Code
	Remittance       Remittance
	Simulate         string // a scenario for a simulated bank; empty when the money is real
}

// Kind returns Pacs008.
func (m *InterbankTransfer) Kind() Kind { return Pacs008 }

func (m *InterbankTransfer) root() string { return "FIToFICstmrCdtTrf" }

func (m *InterbankTransfer) visit(f *form) {
	count := len(m.Transactions)
	f.must("GrpHdr", func(f *form) {
		f.must("MsgId", id(&m.MessageID))
		f.must("CreDtTm", instant(&m.CreatedAt))
		f.must("NbOfTxs", number(&count))
		f.must("SttlmInf", m.Settlement.visit)
		f.may("InstgAgt", m.InstructingAgent.visit)
		f.may("InstdAgt", m.InstructedAgent.visit)
	})
	some(f, "CdtTrfTxInf", &m.Transactions, (*InterbankTransaction).visit)
	f.total(count, len(m.Transactions))
}

func (s *Settlement) visit(f *form) {
	f.must("SttlmMtd", oneOf(&s.Method, AtInstructed, AtInstructing, ByCover, ByClearing))
	f.may("SttlmAcct", s.Account.visit)
}

func (t *InterbankTransaction) visit(f *form) {
	f.must("PmtId", func(f *form) {
		f.may("InstrId", id(&t.InstructionID))
		f.must("EndToEndId", id(&t.EndToEndID))
		f.may("TxId", id(&t.TransactionID))
		f.may("UETR", uetr(&t.UETR))
	})
	f.may("PmtTpInf", func(f *form) {
		f.first("SvcLvl", coded(&t.ServiceLevel))
		f.may("CtgyPurp", coded(&t.CategoryPurpose))
	})
	f.must("IntrBkSttlmAmt", amount(&t.Amount))
	f.may("IntrBkSttlmDt", date(&t.SettlementDate))
	f.may("InstdAmt", amount(&t.InstructedAmount))
	f.may("XchgRate", rate(&t.ExchangeRate))
	f.must("ChrgBr", bearer(&t.Bearer))
	many(f, "ChrgsInf", &t.Charges, (*Charge).visit)
	f.may("InstgAgt", t.InstructingAgent.visit)
	f.may("InstdAgt", t.InstructedAgent.visit)
	f.may("IntrmyAgt1", t.Intermediary.visit)
	f.may("UltmtDbtr", t.UltimateDebtor.visit)
	f.must("Dbtr", t.Debtor.visit)
	f.may("DbtrAcct", t.DebtorAccount.visit)
	f.must("DbtrAgt", t.DebtorAgent.visit)
	f.must("CdtrAgt", t.CreditorAgent.visit)
	f.must("Cdtr", t.Creditor.visit)
	f.may("CdtrAcct", t.CreditorAccount.visit)
	f.may("UltmtCdtr", t.UltimateCreditor.visit)
	f.may("Purp", coded(&t.Purpose))
	f.may("RmtInf", t.Remittance.visit)
	simulate(f, &t.Simulate)
}

// ErrBadRate is returned when an exchange rate is not a plain decimal of at most 11 digits, 10 of them after the point.
var ErrBadRate = errors.New("not an exchange rate of ISO 20022")

var rateGrammar = regexp.MustCompile(`^[0-9]{1,11}(\.[0-9]{1,10})?$`)

// rate is an exchange rate (BaseOneRate), a decimal that stays as it was sent.
func rate(s *string) part {
	return func(f *form) {
		if f.reading {
			*s = f.leaf()
		}
		f.node.text = *s
		if *s != "" && (!rateGrammar.MatchString(*s) || len(*s) > 12) {
			f.fault(fmt.Errorf("%.20q: %w", *s, ErrBadRate))
		}
	}
}
