package bank

import (
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
)

// mailMax is how many notifications one camt.054 holds.
const mailMax = 100

// The kinds of entry, as BkTxCd names them.
var entryCodes = map[movement.Kind]string{
	movement.Fund: "FUND", movement.Credit: "CREDIT", movement.Debit: "DEBIT", movement.Charge: "CHARGE", movement.Return: "RETURN",
}

// mail returns the notices of an account after the first so many, and how many are read then. Without any it returns
// no document.
func (b *book) mail(id string, after int, moments bool) ([]byte, int, error) {
	defer b.begin()()
	a := b.account(id)
	if a == nil {
		return nil, 0, ErrNotFound
	}
	if after >= len(a.notices) {
		return nil, after, nil
	}
	upTo := min(len(a.notices), after+mailMax)
	return b.notification(a, a.notices[after:upTo], moments), upTo, nil
}

// notification writes a camt.054. One notice keeps its own message id when it is sent again by itself.
func (b *book) notification(a *account, notices []notice, moments bool) []byte {
	now := moment(b.at)
	id := b.newReference()
	if len(notices) == 1 {
		id = notices[0].id
	}
	document := iso.Notification{
		Root: iso.Open(iso.Camt054), ID: id, Created: now,
		Notification: iso.AccountBook{ID: id, Created: now, Account: b.holding(a)},
	}
	for _, n := range notices {
		document.Notification.Entries = append(document.Notification.Entries, describe(n.entry, moments))
	}
	return iso.Write(nil, document)
}

// statement writes the camt.053 of one account and one day, in UTC: every entry booked on it and the balances around.
func (b *book) statement(id, date string, moments bool) ([]byte, error) {
	from, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil, invalid("the date must be written as 2006-01-02")
	}
	defer b.begin()()
	a := b.account(id)
	if a == nil || date < a.opened.Format(time.DateOnly) || date > b.at.Format(time.DateOnly) {
		return nil, ErrNotFound
	}
	opening, closing := a.Opening, a.Opening
	var entries []iso.Entry
	for _, e := range a.booked {
		switch on := e.at.Format(time.DateOnly); {
		case on < date:
			opening, closing = e.applied(opening), e.applied(closing)
		case on == date:
			closing = e.applied(closing)
			entries = append(entries, describe(*e, moments))
		}
	}
	number, day := b.newReference(), dated(clock.Time{Time: from}, moments)
	return iso.Write(nil, iso.Statement{
		Root: iso.Open(iso.Camt053), ID: number, Created: moment(b.at),
		Statement: iso.AccountBook{
			ID: number, Sequence: from.YearDay(), Created: moment(b.at), Account: b.holding(a),
			Period:   &iso.Period{From: moment(clock.Time{Time: from}), To: moment(clock.Time{Time: from.AddDate(0, 0, 1)})},
			Balances: []iso.Balance{balance("OPBD", opening, a.Currency, day), balance("CLBD", closing, a.Currency, day)},
			Entries:  entries,
		},
	}), nil
}

// applied returns a balance after the entry.
func (e *entry) applied(to amount.Amount) amount.Amount {
	if e.credit {
		return to.Add(e.amount)
	}
	return to.Sub(e.amount)
}

func (b *book) holding(a *account) iso.Holding {
	return iso.Holding{ID: accountNumber(a.ID).ID, Currency: a.Currency, Bank: iso.Agent{BIC: b.config.BIC}}
}

func balance(kind string, value amount.Amount, currency string, on iso.Date) iso.Balance {
	return iso.Balance{Type: kind, Amount: money(value.Abs(), currency), Sign: sign(!value.IsNegative()), Date: on}
}

// dated writes the day of a moment, or the moment itself.
func dated(at clock.Time, moments bool) iso.Date {
	if moments {
		return iso.Date{DateTime: moment(at)}
	}
	return iso.Date{Date: at.Format(time.DateOnly)}
}

func sign(credit bool) string {
	if credit {
		return "CRDT"
	}
	return "DBIT"
}

// describe writes one entry.
func describe(e entry, moments bool) iso.Entry {
	o, value := e.order, money(e.amount, e.account.Currency)
	out := iso.Entry{
		Amount: value, Sign: sign(e.credit), Reversal: e.reverses != "", Status: "BOOK", ServicerRef: e.reference,
		Code: entryCodes[e.kind],
		Details: iso.EntryDetails{
			Amount: value, Sign: sign(e.credit), Remittance: iso.NewRemittance(o.Reference, o.Text),
			References: iso.References{
				MessageID: o.MessageID, ServicerRef: e.reference, PaymentID: o.PaymentID, InstructionID: o.InstructionID,
				EndToEndID: o.EndToEndID, UETR: o.UETR, TransactionID: o.TransactionID,
			},
		},
	}
	if o.Debtor+o.DebtorAccount+o.Creditor+o.CreditorAccount != "" {
		out.Details.Parties = &iso.Parties{
			Debtor: iso.NewParty(o.Debtor), DebtorAccount: accountNumber(o.DebtorAccount),
			Creditor: iso.NewParty(o.Creditor), CreditorAccount: accountNumber(o.CreditorAccount),
		}
	}
	if e.pending {
		out.Status = "PDNG"
	} else {
		on := dated(e.at, moments)
		out.Booked, out.Value = &on, &on
	}
	if e.levy != nil {
		out.Charges = &iso.EntryCharges{Total: value, Record: []iso.EntryCharge{{
			Amount: value, Sign: "DBIT", Included: true, Type: "DEBT", Bearer: "DEBT", Agent: iso.Agent{BIC: e.levy.agent},
		}}}
	}
	if e.reason != "" {
		out.Details.Return = &iso.EntryReturn{Code: e.reason}
	}
	if e.reverses != "" {
		out.Details.References.Other = &iso.OtherReference{Type: "REVERSED", Value: e.reverses}
	}
	return out
}
