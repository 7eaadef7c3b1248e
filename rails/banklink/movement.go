package banklink

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

var (
	// errNoReference is returned when a bank gives an entry no identity, so that it could not be counted once.
	errNoReference = errors.New("entry has neither a servicer reference, a transaction id nor a UETR")
	// errOtherAccount is returned when a message tells of another account than was asked for.
	errOtherAccount = errors.New("message is about another account")
	// errBatch is returned when the payments of an entry do not sum to it.
	errBatch = errors.New("payments of the entry do not sum to it")
)

// reversed is the type of the bank's own reference by which an entry names the one that it takes back.
const reversed = "REVERSED"

const textMax = 280 // characters that are kept of what a payer wrote

// Movement is one payment on an account, as a notification tells of it.
type Movement struct {
	Reference string // account and servicer reference, else transaction id or UETR: the same in every message about it
	Reverses  string // Reference of the movement that it takes back, where the bank says which
	Credit    bool
	Taken     bool // a reversal, or a return of an earlier payment
	Booked    bool
	Charge    bool // what banks took, and no payment
	Amount    money.Amount
	EndToEnd  string
	PayTo     string // the one RF reference that it names, normalised
	Text      string // what else the payer wrote
	Code      string // why it came back
	Sender    string
	At        time.Time // of booking; of the message while it is not booked
}

// Attempt returns the attempt that the movement concerns: a debit that we ordered, or what came back of one. A payer may
// use identifiers like ours, so that a plain credit concerns none.
func (m Movement) Attempt() string {
	if m.Credit == m.Taken {
		return AttemptOf(m.EndToEnd)
	}
	return ""
}

// Receipt reports whether the movement is money of payers that came, or was taken back.
func (m Movement) Receipt() bool { return m.Attempt() == "" && m.Credit != m.Taken }

// key is what a movement is looked up by: a reversal that names its credit alone, by that.
func (m Movement) key() string {
	if attempt := m.Attempt(); attempt != "" || m.Charge {
		return attempt
	}
	return firstOf(m.PayTo, m.Reverses)
}

const attemptPrefix = "att_"

var bareULID = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

// AttemptOf returns the attempt whose payment has this end-to-end id, and nothing when it cannot be one of ours.
func AttemptOf(endToEnd string) string {
	if !bareULID.MatchString(endToEnd) {
		return ""
	}
	return attemptPrefix + endToEnd
}

// ReferenceOf is the reference of an attempt in messages: its bare ULID, as an underscore is beyond the Swift X set.
func ReferenceOf(attempt string) string { return strings.TrimPrefix(attempt, attemptPrefix) }

// movements lists what a report tells of one account.
func movements(r *iso20022.AccountReport, a Account, zone *time.Location) ([]Movement, error) {
	var all []Movement
	for _, each := range r.Accounts {
		if each.Account.IBAN != a.Number && each.Account.Other != a.Number {
			return nil, errOtherAccount
		}
		for i, entry := range each.Entries {
			found, err := ofEntry(entry, a, r.CreatedAt.Time(zone), zone)
			if err != nil {
				return nil, fmt.Errorf("entry %d of %s: %w", i+1, r.MessageID, err)
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// ofEntry takes an entry apart. An entry of one payment says itself how much was booked.
func ofEntry(e iso20022.Entry, a Account, told time.Time, zone *time.Location) ([]Movement, error) {
	if e.Status != iso20022.Booked && e.Status != iso20022.Expected {
		return nil, nil // for information, or of a day to come
	}
	var payments []iso20022.EntryTransaction
	for _, d := range e.Details {
		payments = append(payments, d.Transactions...)
	}
	if len(payments) == 0 {
		payments = []iso20022.EntryTransaction{{}}
	}
	if e.Amount.Asset().Code != a.Currency {
		return nil, fmt.Errorf("%w: in %s", errOtherAccount, e.Amount.Asset())
	}
	if len(payments) > 1 {
		return ofBatch(e, payments, a, told, zone)
	}
	reference := firstOf(e.ServicerReference, payments[0].ServicerReference, payments[0].TransactionID, payments[0].UETR)
	if reference == "" {
		return nil, errNoReference
	}
	return []Movement{movement(e, payments[0], e.Amount, reference, a, told, zone)}, nil
}

func ofBatch(e iso20022.Entry, payments []iso20022.EntryTransaction, a Account, told time.Time, zone *time.Location) ([]Movement, error) {
	var all []Movement
	total := e.Amount.Asset().Zero()
	for i, t := range payments {
		reference := firstOf(t.ServicerReference, t.TransactionID, t.UETR)
		if reference == "" && e.ServicerReference != "" {
			reference = e.ServicerReference + "." + strconv.Itoa(i+1)
		}
		switch {
		case reference == "":
			return nil, errNoReference
		case t.Amount.Asset() != e.Amount.Asset(), t.Direction != "" && t.Direction != e.Direction:
			return nil, errBatch
		}
		total = total.Add(t.Amount)
		all = append(all, movement(e, t, t.Amount, reference, a, told, zone))
	}
	if !total.Equal(e.Amount) {
		return nil, errBatch
	}
	return all, nil
}

func movement(e iso20022.Entry, t iso20022.EntryTransaction, amount money.Amount, reference string, a Account, told time.Time, zone *time.Location) Movement {
	code := t.Return.Reason.Code.Value
	m := Movement{
		Reference: a.Number + "/" + reference, Credit: e.Direction == iso20022.Credit, Taken: e.Reversal || code != "",
		Booked: e.Status == iso20022.Booked, Charge: isCharge(e), Amount: amount, EndToEnd: t.EndToEndID, Code: code,
		Sender: firstOf(t.DebtorAccount.IBAN, t.DebtorAccount.Other), At: told,
	}
	for _, own := range t.OwnReferences {
		if own.Type == reversed {
			m.Reverses = a.Number + "/" + own.Value
		}
	}
	m.PayTo, m.Text = payTo(t.Remittance), textOf(e, t)
	if m.Booked {
		m.At = bookedAt(e, t, told, zone)
	}
	return m
}

// isCharge reports whether all of the entry is what banks took: by the bank transaction code of ISO 20022 (sub-family
// CHRG), or because its charges are the whole of it.
func isCharge(e iso20022.Entry) bool {
	return e.Direction == iso20022.Debit && (e.Type.SubFamily == "CHRG" || e.Charges.Total.Sign() > 0 && e.Charges.Total.Equal(e.Amount))
}

// bookedAt is when an entry was booked. A bank that says the day alone may say elsewhere when it took the payment in; else
// the day's first moment counts, so that nobody is late because a bank is brief.
func bookedAt(e iso20022.Entry, t iso20022.EntryTransaction, told time.Time, zone *time.Location) time.Time {
	switch {
	case e.BookedAt.HasTime():
		return e.BookedAt.Time(zone)
	case t.AcceptedAt.HasTime():
		return t.AcceptedAt.Time(zone)
	case e.BookedAt != "":
		return e.BookedAt.Time(zone)
	}
	return told
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// textOf is what a payer wrote. A credit without any has the word that ISO 20022 has for it.
func textOf(e iso20022.Entry, t iso20022.EntryTransaction) string {
	parts := append([]string(nil), t.Remittance.Lines...)
	for _, r := range t.Remittance.References {
		parts = append(parts, r.Value)
	}
	text := strings.TrimSpace(strings.Join(append(parts, e.Note), " "))
	if text == "" {
		return "NOTPROVIDED"
	}
	if runes := []rune(text); len(runes) > textMax {
		return string(runes[:textMax])
	}
	return text
}
