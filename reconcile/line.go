package reconcile

import (
	"slices"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Posted is an entry as the books have it, and what its cause is called at the channel.
type Posted struct {
	ledger.Entry

	At        time.Time
	Payment   payment.ID
	Attempt   string // of an operation: the attempt that it stands under
	Reference string // of a receipt: the channel's own reference
}

// Object returns what the entry is about: the attempt, operation or receipt that its cause begins with.
func (p Posted) Object() string {
	object, _, _ := strings.Cut(p.ID, ":")
	return object
}

// line is one movement, as one of the sides has it.
type line struct {
	reference string
	other     string // another name of it; empty for none
	kind      rails.MovementKind
	amount    money.Amount // above zero where we gained
	at        time.Time
	payment   payment.ID
	ours      bool // statement: its reference is one of ours
}

// costs are the accounts on which an entry books what a movement cost beside it.
var costs = []ledger.Account{ledger.CostChannel, ledger.CostNetwork}

// lines says what an entry makes the statement of a channel show: in each asset what it moved on the channel's accounts,
// and on a chain its fee. What an acquirer charges is an estimate, and on no statement.
func (p Posted) lines(accounts []ledger.Account) []line {
	reference, kind := p.meaning()
	if kind == "" {
		return nil
	}
	var all []line
	add := func(kind rails.MovementKind, amount money.Amount) {
		if !amount.IsZero() {
			all = append(all, line{reference: reference, kind: kind, amount: amount, at: p.At, payment: p.Payment})
		}
	}
	for _, asset := range p.assets(accounts) {
		moved, cost := p.sum(accounts, asset), p.sum(costs, asset)
		if asset.Network != "" {
			add(rails.Fee, cost.Neg())
		}
		if moved = moved.Add(cost); kind == rails.Credit && moved.Sign() < 0 && asset.Network == "" {
			add(rails.Taken, moved) // a bank writes two rows; a chain forgets the first
			continue
		}
		add(kind, moved)
	}
	return all
}

// meaning is what the cause of the entry is called on a statement, and what kind of movement it is. What treasury books by
// hand has no name there. What a break was resolved with is no movement.
//
//	att_1:captured, …:captured:cap_1     charge, or the capture
//	att_1:booked, final, takenback       payout; :charges, :gas its fee; :restored, :astray what came back of it
//	cap_1, ref_1                         what an operation moved, given up or not
//	orp_1:found, reversed                the charge of its attempt, and the reversal as a refund
//	rct_1:…                              the transfer, under the channel's own reference
//	ret_1:…                              what came back, under its attempt
//	clm_1:…, swp_1:…                     payout, and fee: a sweep moves nothing between us and others
func (p Posted) meaning() (reference string, kind rails.MovementKind) {
	cause := strings.Split(p.ID, ":")
	object, event := cause[0], cause[1]
	event, _, _ = strings.Cut(event, "-")
	prefix, _, _ := strings.Cut(object, "_")
	switch prefix {
	case "att":
		return p.attempt(object, event, cause)
	case "cap":
		return object, rails.Capture
	case "ref":
		return object, rails.Refund
	case "orp", "orc":
		if event == "found" {
			return p.Attempt, rails.Charge
		}
		return object, rails.Refund
	case "rct":
		return p.Reference, rails.Credit
	case "ret":
		return p.Attempt, rails.Return
	case "clm", "swp":
		return object, rails.Payout
	case "brk":
		return "", ""
	}
	return "", rails.Other
}

func (p Posted) attempt(object, event string, cause []string) (string, rails.MovementKind) {
	switch event {
	case "captured":
		if len(cause) > 2 {
			return cause[2], rails.Capture
		}
		return object, rails.Charge
	case "charges":
		return object, rails.Fee
	case "restored", "astray":
		return object, rails.Return
	}
	return object, rails.Payout
}

func (p Posted) assets(accounts []ledger.Account) []money.Asset {
	var found []money.Asset
	for _, posting := range p.Postings {
		if asset := posting.Amount.Asset(); slices.Contains(accounts, posting.Account) && !slices.Contains(found, asset) {
			found = append(found, asset)
		}
	}
	return found
}

// total is what the lines of the entry come to in an asset.
func (p Posted) total(accounts []ledger.Account, asset money.Asset) money.Amount {
	total := asset.Zero()
	for _, l := range p.lines(accounts) {
		if l.amount.Asset() == asset {
			total = total.Add(l.amount)
		}
	}
	return total
}

func (p Posted) sum(accounts []ledger.Account, asset money.Asset) money.Amount {
	total := asset.Zero()
	for _, posting := range p.Postings {
		if posting.Amount.Asset() == asset && slices.Contains(accounts, posting.Account) {
			total = total.Add(posting.Amount)
		}
	}
	return total
}

// Row is one row of a statement as it is kept.
type Row struct {
	Day string // 2026-11-29
	No  int    // from 1, in the order of the statement

	rails.Movement
}

// line is the row as a line.
func (r Row) line() line {
	l := line{reference: r.Reference, other: r.ID, kind: r.Kind, amount: r.Amount, at: r.BookedAt}
	if !r.Kind.Gains() {
		l.amount = r.Amount.Neg()
	}
	return l
}
