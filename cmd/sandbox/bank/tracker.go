package bank

import (
	"slices"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
)

// Track is what the tracker knows about a pacs.008.
type Track struct {
	UETR       string   `json:"uetr"`
	Status     string   `json:"status"`
	Reason     string   `json:"reason,omitempty"`
	Updates    []Update `json:"updates"`
	Charges    []Taken  `json:"charges"`
	Instructed *Sum     `json:"instructed,omitempty"` // missing for a reference that was canceled before it came
	Credited   *Sum     `json:"credited,omitempty"`
	Returned   *Sum     `json:"returned,omitempty"`
}

// Update is what one agent said at one moment.
type Update struct {
	Agent  string     `json:"agent"`
	Status string     `json:"status"`
	Reason string     `json:"reason,omitempty"`
	At     clock.Time `json:"at"`
}

// Taken is what one agent took from the amount.
type Taken struct {
	Agent    string        `json:"agent"`
	Amount   amount.Amount `json:"amount"`
	Currency string        `json:"currency"`
}

// Sum is an amount in a currency.
type Sum struct {
	Amount   amount.Amount `json:"amount"`
	Currency string        `json:"currency"`
}

func (t *Track) misquote() {
	if t.Instructed != nil {
		t.Instructed.Amount = t.Instructed.Amount.OneMore()
	}
}

// track returns what became of the pacs.008 with that UETR, or ErrNotFound.
func (b *book) track(uetr string) (*Track, error) {
	defer b.begin()()
	p, ok := b.payments[paymentKey{iso.Pacs008, uetr}]
	if !ok {
		return nil, ErrNotFound
	}
	now, currency := p.now(), p.order.Currency
	t := &Track{UETR: uetr, Status: now.status, Reason: now.reason, Updates: []Update{}, Charges: []Taken{}}
	for _, s := range p.states {
		t.Updates = append(t.Updates, Update{Agent: s.agent, Status: s.status, Reason: s.reason, At: s.at})
	}
	for _, l := range p.levies {
		t.Charges = append(t.Charges, Taken{Agent: l.agent, Amount: l.amount, Currency: currency})
	}
	if !p.order.Amount.IsZero() {
		t.Instructed = &Sum{p.order.Amount, currency}
	}
	if slices.ContainsFunc(p.states, func(s state) bool { return s.status == credited }) {
		t.Credited = &Sum{p.left, currency}
	}
	if p.returned != nil {
		t.Returned = &Sum{*p.returned, currency}
	}
	return t, nil
}
