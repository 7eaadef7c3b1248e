// Package movement is the ledger of the sandbox: what reached a channel and what moved money there, in order.
//
// Tests count charges here rather than in the gateway, because only the other side of the wire knows the truth.
package movement

import (
	"slices"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
)

// Kind says what a movement is.
type Kind string

// The kinds of movement. Only Charge, Capture and Refund are booked money; they make the statement.
const (
	Received      Kind = "received"      // a message arrived; nothing moved yet
	Charge        Kind = "charge"        // money taken at once
	Authorization Kind = "authorization" // money held for a later capture
	Capture       Kind = "capture"       // held money taken
	Void          Kind = "void"          // a hold released, by request or because it expired
	Refund        Kind = "refund"        // money given back
	Decline       Kind = "decline"       // a charge, capture or refund refused by the issuer
	Cancel        Kind = "cancel"        // a reference closed before any money moved
)

// The further kinds of a bank, whose Charge is a fee that it bills. All but Reject and Cancel move a balance: Fund, Credit
// and Return up, Debit and Charge down.
const (
	Fund   Kind = "fund"   // money put in through the control API, or there from the start
	Credit Kind = "credit" // money that came in
	Debit  Kind = "debit"  // money sent, or a credit taken back
	Return Kind = "return" // money sent that came back
	Reject Kind = "reject" // a transfer refused
)

// Booked reports whether k appears on a statement.
func (k Kind) Booked() bool { return k == Charge || k == Capture || k == Refund }

// Movement is one line of the log.
type Movement struct {
	Seq       int64         `json:"seq"` // from 1 without a gap, over all channels
	At        clock.Time    `json:"at"`
	Channel   string        `json:"channel"`
	Kind      Kind          `json:"kind"`
	Reference string        `json:"reference"`
	Charge    string        `json:"charge,omitempty"` // the charge that a capture or a refund belongs to
	ID        string        `json:"id,omitempty"`     // the channel's own identifier
	Amount    amount.Amount `json:"amount,omitzero"`
	Currency  string        `json:"currency,omitempty"`
	Path      string        `json:"path,omitempty"`    // of a received message
	Message   string        `json:"message,omitempty"` // its name in the standard, when it has one
	Account   string        `json:"account,omitempty"` // of a bank
	Code      string        `json:"code,omitempty"`    // why, in the code set of the protocol
	Also      []string      `json:"also,omitempty"`    // further references it is found by
}

// Query selects movements. Zero fields select everything.
type Query struct {
	Channel   string
	Kind      Kind
	Reference string // the movement's own reference, that of its charge, or any further one
	After     int64  // only later sequence numbers
}

func (q Query) matches(m Movement) bool {
	return (q.Channel == "" || q.Channel == m.Channel) &&
		(q.Kind == "" || q.Kind == m.Kind) &&
		(q.Reference == "" || q.Reference == m.Reference || q.Reference == m.Charge || slices.Contains(m.Also, q.Reference))
}
