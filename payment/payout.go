package payment

import (
	"errors"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// Hold says why a payout is not carried out yet.
type Hold string

// The holds. A draft reserves no money.
const (
	HoldDraft    Hold = "draft"
	HoldApproval Hold = "awaiting_approval"
	HoldReview   Hold = "held"
)

// The statuses of a payout, beside those it shares with a payment.
const (
	Draft            Status = "draft"
	AwaitingApproval Status = "awaiting_approval"
	Held             Status = "held"
	InTransit        Status = "in_transit"
	Paid             Status = "paid"
	Returned         Status = "returned"
)

// PayoutStatuses lists the statuses of a payout.
func PayoutStatuses() []Status {
	return []Status{Draft, AwaitingApproval, Held, Processing, InTransit, Paid, Failed, Returned, StatusCanceled, NeedsReview}
}

// Beneficiary is whom a payout is for, as it was when the payout was made.
type Beneficiary struct {
	ID       string    `json:"id"` // "ben_…"
	Merchant string    `json:"merchant"`
	Mode     Mode      `json:"mode"`
	Name     string    `json:"name"`
	Country  string    `json:"country,omitempty"`  // ISO 3166-1 alpha-2
	Account  string    `json:"account,omitempty"`  // IBAN, or account number where the country has none
	Agent    string    `json:"agent,omitempty"`    // BIC of the beneficiary's bank
	Street   string    `json:"street,omitempty"`   // of the beneficiary
	Town     string    `json:"town,omitempty"`     // of the beneficiary
	Postcode string    `json:"postcode,omitempty"` // of the beneficiary
	Address  string    `json:"address,omitempty"`  // on a chain
	Network  string    `json:"network,omitempty"`  // CAIP-2 id of the chain
	Purpose  string    `json:"purpose,omitempty"`  // ISO 20022 external purpose code, where the corridor wants one
	At       time.Time `json:"created_at"`
}

// Known reports whether somebody in particular is to be paid. Of anybody else only the country is known, which is enough
// for a price.
func (b Beneficiary) Known() bool { return b.ID != "" }

// Bearer says who pays the charges of the banks on the way (ISO 20022 ChargeBearerType1Code).
type Bearer string

// The charge bearers.
const (
	BearerDebtor   Bearer = "DEBT" // we do: the beneficiary gets the whole amount
	BearerShared   Bearer = "SHAR" // each side its own: banks on the way deduct theirs
	BearerCreditor Bearer = "CRED" // the beneficiary does
	BearerScheme   Bearer = "SLEV" // as the scheme says
)

// Progress is how far the money of a payout has come, as the channel said. Each part is posted when it becomes known.
type Progress struct {
	Accepted  bool         `json:"accepted,omitempty"` // the channel carries it out (ISO 20022 ACSP)
	Booked    bool         `json:"booked,omitempty"`   // our account was debited
	Restored  bool         `json:"restored,omitempty"` // the debit was given back after a rejection on the way
	Billed    money.Amount `json:"billed"`             // charges of others that our account was debited, in all
	Astray    money.Amount `json:"astray"`             // what came back, in all, and is no return of it: in suspense until people say whose it is
	Delivered money.Amount `json:"delivered"`          // what the beneficiary was credited
	Gas       money.Amount `json:"gas"`                // on a chain: what the mined transactions cost, in the chain's coin
	Tx        string       `json:"tx,omitempty"`       // on a chain: hash of the transaction that was mined
	Block     string       `json:"block,omitempty"`    // on a chain: hash of the block that holds it, where that matters
	Code      string       `json:"code,omitempty"`     // where it is now (G000 … G004 of the tracker, or a status of ISO 20022)
	Charges   []Charge     `json:"charges,omitempty"`  // what each agent on the way took, in order
	Conflict  string       `json:"conflict,omitempty"` // how the channel contradicted itself: people have to look
	Ruled     string       `json:"ruled,omitempty"`    // the contradiction that two people decided; another one is not decided with it
	At        time.Time    `json:"at"`                 // when the channel says that this was so
}

// Contradicts reports whether the channel contradicted itself and people have yet to decide.
func (g Progress) Contradicts() bool { return g.Conflict != "" && g.Conflict != g.Ruled }

// Charge is what one bank on the way deducted.
type Charge struct {
	Agent  string       `json:"agent"` // BIC
	Amount money.Amount `json:"amount"`
}

// follows takes in a newer report. What once happened stays: a later message that omits it does not undo it.
func (g Progress) follows(n Progress) Progress {
	n.At = n.At.UTC() // as it is stored: the same report again is nothing new, whatever zone the channel writes
	n.Accepted, n.Booked, n.Billed = n.Accepted || g.Accepted, n.Booked || g.Booked, most(g.Billed, n.Billed)
	if n.Delivered.Asset().IsZero() {
		n.Delivered = g.Delivered
	}
	if n.Gas.Asset().IsZero() {
		n.Gas = g.Gas
	}
	if n.Tx == "" {
		n.Tx = g.Tx
	}
	if n.At.Before(g.At) { // out of order: the older message does not tell where the money is
		n.Code, n.At = g.Code, g.At
	}
	if n.Code == "" {
		n.Code = g.Code
	}
	if n.Conflict == "" {
		n.Conflict = g.Conflict
	}
	n.Restored, n.Astray, n.Ruled = g.Restored, g.Astray, g.Ruled // which no channel says
	if len(n.Charges) < len(g.Charges) {
		n.Charges = g.Charges
	}
	return n
}

// most returns the greater of two amounts, of which one may have been left out.
func most(a, b money.Amount) money.Amount {
	switch {
	case a.Asset().IsZero():
		return b
	case b.Asset().IsZero():
		return a
	}
	return money.Max(a, b)
}

// Errors of what may be asked of a payout. Each is returned before anything is written.
var (
	ErrNotHeld     = errors.New("payout does not wait for this")            // returned when a payout that is no draft is confirmed, or one that needs no approval is approved
	ErrOwnApproval = errors.New("whoever made a payout may not approve it") // returned when maker and checker are one
)

// Stopped says what of ours keeps a payout from being sent although it is wanted: Halted, Uncovered, or nothing. It waits
// then, for as long as its price holds.
func (p Payment) Stopped() Reason {
	n := len(p.Decisions)
	if last, ok := p.Last(); n == 0 || ok && last.Live() {
		return ""
	}
	return p.Decisions[n-1].Stopped
}

// Moves returns what one attempt moves at a channel: what the payer is charged, or what the beneficiary is sent.
func (p Payment) Moves() money.Amount {
	if p.Direction == fx.Send {
		return p.Quote.Net()
	}
	return p.Debit()
}

// reserving reports whether a payout has the merchant's money set aside or spent.
func (p Payment) reserving() bool {
	if p.Direction != fx.Send || p.Hold == HoldDraft {
		return false
	}
	return p.Closed == ""
}

// Confirm makes a draft a payout that is carried out, or that waits for an approval. It returns ErrNotHeld otherwise.
func (p Payment) Confirm(needsApproval bool) (Payment, error) {
	if p.Hold != HoldDraft || p.Closed != "" {
		return p, ErrNotHeld
	}
	p.Hold = ""
	if needsApproval {
		p.Hold = HoldApproval
	}
	return p, nil
}

// Approve releases a payout that waits for a second person. It returns ErrNotHeld and ErrOwnApproval.
func (p Payment) Approve(by string) (Payment, error) {
	switch {
	case p.Hold != HoldApproval || p.Closed != "":
		return p, ErrNotHeld
	case by == p.Order.Maker:
		return p, ErrOwnApproval
	}
	p.Hold, p.ApprovedBy = "", by
	return p, nil
}

// returned returns what came back of a payout.
func (p Payment) returned() (Operation, bool) {
	for _, o := range p.Operations {
		if o.Kind == Return {
			return o, true
		}
	}
	return Operation{}, false
}

// Unreached reports whether a payout never left for the channel of the attempt. Nobody waits at a till for a payout, and few
// other channels go where it goes: the same one may be asked again.
func (p Payment) Unreached(a Attempt) bool {
	return p.Direction == fx.Send && a.Outcome == NotSent && a.Reason == NotReached
}

// untried reports whether the attempt does not count as one on its channel.
func (p Payment) untried(a Attempt) bool { return a.Turned() || p.Unreached(a) }

// payoutStatus derives the status of a payout:
//
//	hold, not closed               draft, awaiting_approval, held
//	came back, and was credited    returned
//	last attempt captured          paid
//	review                         needs_review
//	pending and accepted           in_transit
//	other live, or none            processing
//	closed by the merchant         canceled
//	closed otherwise               failed
func (p Payment) payoutStatus() Status {
	if o, came := p.returned(); came && o.Outcome == Done {
		return Returned
	}
	last, ok := p.Last()
	if ok && last.Live() {
		switch {
		case last.Outcome == Captured:
			return Paid
		case last.Outcome == Review:
			return NeedsReview
		case last.Outcome == Pending && last.Progress.Accepted:
			return InTransit
		}
		return Processing
	}
	switch p.Closed {
	case "":
		if p.Hold != "" {
			return Status(p.Hold)
		}
		return Processing
	case CanceledByMerchant:
		return StatusCanceled
	}
	return Failed
}
