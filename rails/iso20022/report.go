package iso20022

import (
	"fmt"

	"github.com/causeway-pay/causeway/money"
)

// AccountReport tells what happened on accounts: a report during the day (camt.052.001.08), a statement
// (camt.053.001.08) or single debits and credits (camt.054.001.08). The three share one shape, and the same credit may
// stand in all of them.
type AccountReport struct {
	Message   Kind // Camt052, Camt053 or Camt054
	MessageID string
	CreatedAt Moment
	Page      Page
	Accounts  []AccountStatement
}

// Page says which part of a report that was cut this is. The zero Page means that it is whole.
type Page struct {
	Number int // from 1
	Last   bool
}

// AccountStatement is what one message tells of one account.
type AccountStatement struct {
	ID        string
	Page      Page
	Sequence  int // the bank's number of the statement
	CreatedAt Moment
	From, To  Moment // the time that it covers; both or neither
	Account   Account
	Owner     Party
	Servicer  Agent
	Balances  []Balance
	Entries   []Entry
	Note      string
}

// Balance is what was on the account.
type Balance struct {
	Type      Code // OPBD, CLBD, CLAV, ITBD, …
	Amount    money.Amount
	Direction Direction // a debit balance is overdrawn
	Date      Moment
}

// Direction says whether money came or went, as the account's owner sees it.
type Direction string

// The directions (CreditDebitCode).
const (
	Credit Direction = "CRDT"
	Debit  Direction = "DBIT"
)

func direction(d *Direction) part { return oneOf(d, Credit, Debit) }

// Kind returns Camt052, Camt053 or Camt054.
func (m *AccountReport) Kind() Kind { return m.Message }

// reportNames are the elements whose names differ between the three messages.
type reportNames struct{ root, account, page, note string }

func (m *AccountReport) names() reportNames {
	switch m.Message {
	case Camt052:
		return reportNames{"BkToCstmrAcctRpt", "Rpt", "RptPgntn", "AddtlRptInf"}
	case Camt053:
		return reportNames{"BkToCstmrStmt", "Stmt", "StmtPgntn", "AddtlStmtInf"}
	}
	return reportNames{"BkToCstmrDbtCdtNtfctn", "Ntfctn", "NtfctnPgntn", "AddtlNtfctnInf"}
}

func (m *AccountReport) root() string { return m.names().root }

func (m *AccountReport) visit(f *form) {
	names := m.names()
	f.must("GrpHdr", func(f *form) {
		f.must("MsgId", reference(&m.MessageID))
		f.must("CreDtTm", instant(&m.CreatedAt))
		f.may("MsgPgntn", m.Page.visit)
	})
	some(f, names.account, &m.Accounts, func(a *AccountStatement, f *form) { a.visit(f, m.Message, names) })
}

func (p *Page) visit(f *form) {
	if !f.reading && *p == (Page{}) {
		return
	}
	f.must("PgNb", number(&p.Number))
	f.must("LastPgInd", flag(&p.Last))
}

func (a *AccountStatement) visit(f *form, k Kind, names reportNames) {
	f.must("Id", reference(&a.ID))
	f.may(names.page, a.Page.visit)
	f.may("ElctrncSeqNb", number(&a.Sequence))
	f.may("CreDtTm", instant(&a.CreatedAt))
	f.may("FrToDt", func(f *form) {
		f.must("FrDtTm", instant(&a.From))
		f.must("ToDtTm", instant(&a.To))
	})
	f.must("Acct", func(f *form) {
		a.Account.visit(f)
		f.may("Ownr", a.Owner.visit)
		f.may("Svcr", a.Servicer.visit)
	})
	switch {
	case k != Camt054:
		many(f, "Bal", &a.Balances, (*Balance).visit)
	case len(a.Balances) > 0:
		f.fault(fmt.Errorf("balance %w", ErrNoPlace))
	}
	if k == Camt053 && !f.reading && len(a.Balances) == 0 {
		f.fault(missing("Bal"))
	}
	many(f, "Ntry", &a.Entries, (*Entry).visit)
	f.may(names.note, text(noteMax, &a.Note))
}

func (b *Balance) visit(f *form) {
	f.must("Tp", func(f *form) { f.must("CdOrPrtry", coded(&b.Type)) })
	f.must("Amt", amount(&b.Amount))
	f.must("CdtDbtInd", direction(&b.Direction))
	f.must("Dt", dateOrTime(&b.Date))
}
