package bank

import (
	"errors"
	"maps"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

var (
	// ErrNotBooked is returned when an entry is to be reversed that is no booked credit, or was reversed before.
	ErrNotBooked = errors.New("only a booked credit can be taken back, once")
	// ErrCurrency is returned when money is put on an account of another currency.
	ErrCurrency = errors.New("the account has another currency")
)

// Incoming is a payment that somebody makes to an account of the bank.
type Incoming struct {
	Account    string        `json:"account"`
	Amount     amount.Amount `json:"amount"`
	Currency   string        `json:"currency"`
	Reference  string        `json:"reference"`     // a structured creditor reference
	Remittance string        `json:"remittance"`    // free text
	EndToEndID string        `json:"end_to_end_id"` // the payer's own
	UETR       string        `json:"uetr"`
	Debtor     struct {
		Name string `json:"name"`
		IBAN string `json:"iban"`
	} `json:"debtor"`
	Status string `json:"status"` // BOOK, or PDNG until it is released
}

// Receive lets a payment come in and returns the bank's reference of the entry.
func (b *Bank) Receive(in Incoming) (string, error) {
	if err := in.check(); err != nil {
		return "", err
	}
	return b.book.credit(in)
}

func (in Incoming) check() error {
	var faults []string
	if in.Amount.IsZero() || in.Amount.Digits() > digitsMax || in.Amount.Decimals() > decimalsOf(in.Currency) {
		faults = append(faults, "amount must be more than zero, with no more decimals than the currency has")
	}
	if in.Status != "" && in.Status != "BOOK" && in.Status != "PDNG" {
		faults = append(faults, "status must be BOOK or PDNG")
	}
	if in.EndToEndID != "" && !idGrammar.MatchString(in.EndToEndID) || in.Reference != "" && !idGrammar.MatchString(in.Reference) {
		faults = append(faults, "end_to_end_id and reference must be at most 35 characters")
	}
	if in.UETR != "" && !uetrGrammar.MatchString(in.UETR) {
		faults = append(faults, "uetr must be a version 4 UUID in small letters")
	}
	if len([]rune(in.Remittance)) > 140 || len([]rune(in.Debtor.Name)) > 140 || len(in.Debtor.IBAN) > 34 {
		faults = append(faults, "remittance and debtor.name must be at most 140 characters, debtor.iban at most 34")
	}
	return invalid(faults...)
}

func (b *book) credit(in Incoming) (string, error) {
	defer b.begin()()
	a, err := b.holdingIn(in.Account, in.Currency)
	if err != nil {
		return "", err
	}
	e := &entry{account: a, credit: true, amount: in.Amount, kind: movement.Credit, order: order{
		names: names{EndToEndID: in.EndToEndID, UETR: in.UETR},
		content: content{
			Reference: in.Reference, Text: in.Remittance, Debtor: in.Debtor.Name, DebtorAccount: in.Debtor.IBAN,
			CreditorAccount: a.ID,
		},
	}}
	if e.order.EndToEndID == "" {
		e.order.EndToEndID = notProvided
	}
	if in.Status == "PDNG" {
		e.reference, e.pending, e.at = b.newReference(), true, b.at
		b.entries[e.reference] = e
		b.notify(e, scenario.Once)
		return e.reference, nil
	}
	b.enter(e, scenario.Once)
	return e.reference, nil
}

// Fund puts money on an account and returns the bank's reference of the entry.
func (b *Bank) Fund(account string, value amount.Amount, currency string) (string, error) {
	if value.IsZero() || value.Digits() > digitsMax || value.Decimals() > decimalsOf(currency) {
		return "", invalid("amount must be more than zero, with no more decimals than the currency has")
	}
	defer b.book.begin()()
	a, err := b.book.holdingIn(account, currency)
	if err != nil {
		return "", err
	}
	e := &entry{account: a, credit: true, amount: value, kind: movement.Fund}
	b.book.enter(e, scenario.Once)
	return e.reference, nil
}

func (b *book) holdingIn(id, currency string) (*account, error) {
	a := b.account(id)
	switch {
	case a == nil:
		return nil, ErrNotFound
	case a.Currency != currency:
		return nil, ErrCurrency
	}
	return a, nil
}

// Repeat reports the entry under the bank's reference once more, in another message: the mailbox and the callback carry
// the same reference under a new message id.
func (b *Bank) Repeat(reference string) error {
	defer b.book.begin()()
	e, ok := b.book.entries[reference]
	if !ok {
		return ErrNotFound
	}
	b.book.notify(e, scenario.Once)
	return nil
}

// Reverse takes a booked credit back and returns the bank's reference of the reversal.
func (b *Bank) Reverse(reference string) (string, error) {
	defer b.book.begin()()
	e, ok := b.book.entries[reference]
	switch {
	case !ok:
		return "", ErrNotFound
	case e.kind != movement.Credit || e.pending || e.reversed:
		return "", ErrNotBooked
	}
	e.reversed = true
	taken := &entry{account: e.account, amount: e.amount, kind: movement.Debit, order: e.order, reverses: e.reference}
	b.book.enter(taken, scenario.Once)
	return taken.reference, nil
}

// Standing is the balance of one account.
type Standing struct {
	Account  string        `json:"account"`
	Currency string        `json:"currency"`
	Balance  amount.Amount `json:"balance"`
	Reserved amount.Amount `json:"reserved"` // by orders that are accepted and not booked yet
}

// Books are all balances, and where they come from: per currency the balances sum to Funded plus Outside.
type Books struct {
	Accounts []Standing               `json:"accounts"`
	Funded   map[string]amount.Amount `json:"funded"`  // put in through the control API, or there from the start
	Outside  map[string]amount.Amount `json:"outside"` // come in from other banks, less what went out; may be negative
}

// Books returns the balances of the bank.
func (b *Bank) Books() Books {
	defer b.book.begin()()
	books := Books{Accounts: []Standing{}, Funded: maps.Clone(b.book.funded), Outside: maps.Clone(b.book.outside)}
	for _, a := range b.book.accounts {
		books.Accounts = append(books.Accounts, Standing{a.ID, a.Currency, a.balance, a.reserved})
	}
	return books
}

// release lets the payment or the pending credit under reference go on, and returns how many there were.
func (b *book) release(reference string) int {
	defer b.begin()()
	released := 0
	for _, p := range b.named(reference) {
		if p.resume != nil {
			p.resume()
			released++
		}
	}
	if e, ok := b.entries[reference]; ok && e.pending {
		b.enter(e, scenario.Once)
		released++
	}
	return released
}

// named returns the payments that reference names.
func (b *book) named(reference string) []*payment {
	var found []*payment
	for _, message := range []string{iso.Pain001, iso.Pacs008} {
		if p, ok := b.payments[paymentKey{message, reference}]; ok {
			found = append(found, p)
		}
	}
	return found
}

// announce calls back with what stands under reference, or returns ErrNotFound.
func (b *book) announce(reference string) error {
	defer b.begin()()
	if found := b.named(reference); len(found) > 0 {
		b.tell(scenario.Once, b.reportOn(found[0], false))
		return nil
	}
	e, ok := b.entries[reference]
	if !ok {
		return ErrNotFound
	}
	b.tell(scenario.Once, b.notification(e.account, []notice{{*e, b.newReference()}}, false))
	return nil
}
