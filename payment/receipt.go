package payment

import (
	"errors"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// ReceiptsMax is how many incoming transfers one payment takes in. Whoever sends more than that to one address does not
// pay for anything; what comes further is kept as unmatched.
const ReceiptsMax = 100

// ErrTooManyReceipts is returned beyond ReceiptsMax.
var ErrTooManyReceipts = errors.New("payment has too many receipts")

// ReceiptState says how far an incoming transfer can be believed.
type ReceiptState string

// The states of a receipt. Only a credited one is money.
const (
	ReceiptSeen     ReceiptState = "seen"     // the network shows it, not deep enough or not booked yet; nothing is posted
	ReceiptCredited ReceiptState = "credited" // booked by the bank, or at the required depth of the chain
	ReceiptOrphaned ReceiptState = "orphaned" // taken back by a reorganisation of the chain, or reversed by the bank
)

// Receipt is one transfer that a payer sent by themselves to the place that an [Instruction] names. The same transfer in
// another block of a chain is another receipt.
type Receipt struct {
	ID         string // "rct_…"
	Attempt    string // whose instruction it follows
	Reference  string // of the channel, for ever unique there: a bank's servicer reference; block hash, transaction and log of a chain
	Amount     money.Amount
	State      ReceiptState
	Credits    int       // how often it was credited: a chain may take a block back and return to it
	Have       int       // confirmations it has
	Need       int       // confirmations it needs to be credited; 0 for a bank, which books
	Block      string    // hash of the block that holds it; empty for a bank
	Height     int64     // number of that block
	Tx         string    // hash of the transaction; the bank's end-to-end id
	Sender     string    // address or account it came from, where known
	At         time.Time // block time or booking time: what decides whether it came in time
	CreditedAt time.Time // when it was credited last; it is money since then, as long as it stays
	Late       bool      // it came after the price's lock, and is converted at the rate of crediting
}

// Instruction says where the payer sends the money on a push rail. Each attempt has a place of its own.
type Instruction struct {
	PayTo     string       `json:"pay_to"`                  // what identifies the attempt at the channel: an address, or a structured reference
	Amount    money.Amount `json:"amount"`                  // what is due
	Network   string       `json:"network,omitempty"`       // crypto: CAIP-2 id of the chain
	Contract  string       `json:"contract,omitempty"`      // crypto: the token's contract; empty for the chain's own coin
	Holder    string       `json:"holder,omitempty"`        // bank: who the account belongs to
	Account   string       `json:"account,omitempty"`       // bank: IBAN
	Agent     string       `json:"agent,omitempty"`         // bank: BIC
	Reference string       `json:"reference,omitempty"`     // bank: ISO 11649 creditor reference to be given with the transfer
	Confirm   int          `json:"confirmations,omitempty"` // crypto: how deep a transfer must be to count
}

// Arrived returns what arrived for an attempt and counts, in the asset of the attempt. What arrived in another asset
// counts for nothing; it waits in the payment's claims.
func (p Payment) Arrived(a Attempt) money.Amount {
	total := a.Amount.Asset().Zero()
	for _, r := range p.Receipts {
		if r.Attempt == a.ID && r.State == ReceiptCredited && r.Amount.Asset() == a.Amount.Asset() {
			total = total.Add(r.Amount)
		}
	}
	return total
}

// seen reports whether anything arrived for an attempt and was not taken back.
func (p Payment) seen(a Attempt) bool {
	for _, r := range p.Receipts {
		if r.Attempt == a.ID && r.State != ReceiptOrphaned {
			return true
		}
	}
	return false
}

func (p Payment) receiptIndex(attempt, reference string) int {
	for i, r := range p.Receipts {
		if r.Attempt == attempt && r.Reference == reference {
			return i
		}
	}
	return -1
}

// AmountDue returns what the payer still has to send on a push rail: the amount less what was credited.
func (p Payment) AmountDue() money.Amount {
	last, ok := p.Last()
	if !ok || !last.Capabilities.Push {
		return p.Debit().Sub(p.Received())
	}
	return money.Max(last.Amount.Sub(p.Arrived(last)), last.Amount.Asset().Zero())
}

// Receive takes in what a channel says of an incoming transfer. Telling the same twice changes nothing. It returns
// ErrNoReference when the payment has no such attempt and ErrTooManyReceipts beyond ReceiptsMax.
//
// An attempt whose receipts reach its amount is captured, and one that falls below it, since a chain or a bank took a
// transfer back, is pending again.
// Money for an attempt that was given up waits in the payment's claims, unless the payment merely expired and nothing
// else was paid: then it succeeds late.
func (p Payment) Receive(r Receipt, at time.Time) (Payment, error) {
	i := p.attemptIndex(r.Attempt)
	if i < 0 {
		return p, ErrNoReference
	}
	p = p.clone()
	j := p.receiptIndex(r.Attempt, r.Reference)
	switch {
	case j >= 0:
		p.Receipts[j] = p.Receipts[j].heard(r, at)
	case len(p.Receipts) >= ReceiptsMax:
		return p, ErrTooManyReceipts
	default:
		if r.State == ReceiptCredited {
			r.Credits, r.CreditedAt = 1, at
		}
		p.Receipts = append(p.Receipts, r)
	}
	return p.tally(i, at), nil
}

// heard returns the receipt after more was said of it. A credited one is not merely seen again, and what a bank reversed
// stays so: only a chain takes a block back and returns to it.
func (r Receipt) heard(n Receipt, at time.Time) Receipt {
	if (r.State == ReceiptCredited && n.State == ReceiptSeen) || (r.State == ReceiptOrphaned && r.Block == "") {
		return r
	}
	if n.State == ReceiptCredited && r.State != ReceiptCredited {
		r.Credits, r.CreditedAt = r.Credits+1, at
		r.Late = n.Late
	}
	r.State, r.Have, r.Need = n.State, n.Have, n.Need
	return r
}

// tally holds the attempt against its receipts.
func (p Payment) tally(i int, at time.Time) Payment {
	a := p.Attempts[i]
	complete := p.Arrived(a).Cmp(a.Amount) >= 0
	switch {
	case p.unpriced(a): // how much of it is due, its price will say
		return p
	case a.Outcome == Captured && !complete: // a chain or a bank took it back
		a.Outcome, a.Reason, a.Captured, a.CheckAt = Pending, Reorganised, a.Amount.Asset().Zero(), at.Add(receiptPatience)
		if p.vanished(a) {
			a.CheckAt = p.afterExpiry(a, at)
		}
		p.Settled, p.SettleAt = p.Settled.Asset().Zero(), time.Time{}
	case a.Live() && a.Outcome != Captured && complete, p.revives(i) && complete:
		a.Outcome, a.Reason, a.Captured, a.CheckAt = Captured, "", a.Amount, time.Time{}
		p.Closed, p.Switch = "", nil
		p.SettleAt = settleAt(at, p.Order.Terms.SettlementDays)
	case a.Live() && a.Outcome != Captured && p.seen(a):
		a.Outcome, a.Reason, a.CheckAt = Pending, p.waitingFor(a), at.Add(receiptPatience)
		p.Switch, p.CancelRequested = nil, false // money is on its way: the wish to end it came too late
	case a.Outcome == Pending && p.vanished(a):
		a.Reason, a.CheckAt = Reorganised, p.afterExpiry(a, at)
	}
	p.Attempts[i] = a
	return p
}

// receiptPatience is how long a payment that was seen and is not complete waits for more before people look at it.
const receiptPatience = 7 * 24 * time.Hour

// vanished reports whether nothing stands of what was seen for an attempt: all of it was taken back, or the channel once said
// that something was on its way, and no receipt came of that. Once the payment has expired, and the channel finds nothing that
// could still come, the attempt ends as one that nothing came for; what comes later is a receipt.
func (p Payment) vanished(a Attempt) bool {
	return p.pushed(a) && a.Outcome == Pending && !p.seen(a)
}

// afterExpiry is when to ask whether nothing comes any more.
func (p Payment) afterExpiry(a Attempt, at time.Time) time.Time {
	soon := nextCheck(a.ID, slowFrom, at)
	if soon.Before(p.ExpiresAt) {
		return p.ExpiresAt
	}
	return soon
}

// waitingFor is why an attempt that has receipts is not complete.
func (p Payment) waitingFor(a Attempt) Reason {
	for _, r := range p.Receipts {
		if r.Attempt == a.ID && r.State == ReceiptSeen {
			return AwaitingConfirmations
		}
	}
	return Underpaid
}

// revives reports whether money for an attempt that ended still pays for the payment: it is the last one, it merely
// expired, nothing was paid otherwise, and nobody began to return what had come.
func (p Payment) revives(i int) bool {
	return i == len(p.Attempts)-1 && p.Attempts[i].Outcome == Canceled && p.Closed == PaymentExpired &&
		p.Switch == nil && p.Received().IsZero() && !p.forgone(p.Attempts[i])
}

// Late reports whether a transfer could pay for the payment but comes after the price was held, so that the price has to
// be made anew before it counts. What pays for nothing changes no price: a transfer in another asset, or to an attempt
// that was given up or that belongs to a method before.
func (p Payment) Late(r Receipt) bool {
	i := p.attemptIndex(r.Attempt)
	if i < p.SwitchedAfter || i != len(p.Attempts)-1 || r.Amount.Asset() != p.Attempts[i].Amount.Asset() {
		return false
	}
	waits := p.Attempts[i].Live() && p.Attempts[i].Outcome != Captured
	return (waits || p.revives(i)) && !r.At.Before(p.Quote.ExpiresAt)
}

// Credits reports whether the receipt counts already.
func (p Payment) Credits(r Receipt) bool {
	i := p.receiptIndex(r.Attempt, r.Reference)
	return i >= 0 && p.Receipts[i].State == ReceiptCredited
}

// Reprice replaces the price of a payment of which nothing was captured. What is due at the last attempt follows it.
func (p Payment) Reprice(q fx.Quote) Payment {
	p = p.clone()
	p.Quote = q
	if n := len(p.Attempts); n > 0 {
		last := &p.Attempts[n-1]
		last.Amount, last.Instruction.Amount = p.Moves(), p.Moves()
		if last.Reason == AwaitingRate {
			last.Reason = ""
		}
	}
	return p
}
