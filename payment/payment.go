// Package payment is the heart of the domain and pure: it knows no clock, no network and no database. A [Payment] is
// a frozen quote and every attempt to carry it out. Its [Payment.Status] is derived from those facts, [Payment.Next]
// says what is to be done now, and [Payment.Learn] is the only way a fact becomes part of it.
package payment

import (
	"errors"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// Limits of one payment.
const (
	AttemptsMax   = 3   // attempts with one method, the first included, without those that our own board turned away
	TurnedMax     = 20  // attempts with one method that our own board turned away, or that were payouts and did not leave
	SwitchesMax   = 5   // changes of the method
	OperationsMax = 100 // captures, voids, refunds, reversals, sweeps and returned claims
)

// Mode separates test money from real money.
type Mode string

// The modes.
const (
	Test Mode = "test"
	Live Mode = "live"
)

// CaptureMode says when authorized money is taken.
type CaptureMode string

// The capture modes.
const (
	CaptureAutomatic CaptureMode = "automatic" // with the attempt itself
	CaptureManual    CaptureMode = "manual"    // by captures of the merchant
)

// Customer is what the merchant says of the payer.
type Customer struct {
	Email   string `json:"email,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
}

// Order is what the merchant asked for. It never changes.
type Order struct {
	Amount       money.Amount      `json:"amount"` // as the merchant named it; what the payer is charged may be in another asset
	Settlement   money.Asset       `json:"settlement"`
	Tier         string            `json:"tier,omitempty"`          // of the merchant, for the rules
	Beneficiary  *Beneficiary      `json:"beneficiary,omitempty"`   // payout: whom it is for
	Bearer       Bearer            `json:"charge_bearer,omitempty"` // payout: who pays the banks on the way
	Maker        string            `json:"maker,omitempty"`         // payout: id of the key that made it
	Capture      CaptureMode       `json:"capture"`
	Reference    string            `json:"reference,omitempty"`
	Customer     Customer          `json:"customer"`
	ReturnURL    string            `json:"return_url,omitempty"`
	Metadata     map[string]string `json:"metadata,omitempty"`
	FailFast     bool              `json:"fail_fast,omitempty"`     // do not wait for a channel to come back
	SoftFailover bool              `json:"soft_failover,omitempty"` // a soft decline may be tried once on another channel
	Simulate     string            `json:"simulate,omitempty"`      // test mode: carried to the sandbox, unread by us
	Terms        Terms             `json:"terms"`
}

// Terms is what treasury's rules said about the payment beyond its price.
type Terms struct {
	SettlementDays int            `json:"settlement_days"` // from capture until the credit is available
	Refund         fx.RefundTerms `json:"refund"`
}

// Switch is a change to another method that waits until nothing of the method before can move money any more.
type Switch struct {
	Method  Method    `json:"method"`
	Quote   fx.Quote  `json:"quote"`
	Expires time.Time `json:"expires_at"`
}

// Payment is one purchase, or one payout: a frozen quote and every attempt to carry it out.
type Payment struct {
	ID        ID
	Merchant  string
	Mode      Mode
	Direction fx.Direction
	Order     Order
	Method    Method // how it is paid now
	Quote     fx.Quote

	Attempts   []Attempt   // oldest first; only the last can be live
	Operations []Operation // oldest first
	Receipts   []Receipt   // what payers sent by themselves, oldest first
	Decisions  []Decision  // one per attempt, and one for each time that no channel could be found

	Closed          Reason // why no further attempt is made; empty while one may be
	Checkout        string // SHA-256 of the secret that opens the payer's page, in hex; empty: there is no page
	CancelRequested bool
	Switch          *Switch   // a change of method that was asked for
	Switches        int       // how often the method was changed
	SwitchedAfter   int       // how many attempts were made with the methods before
	Hold            Hold      // why a payout is not carried out yet
	ApprovedBy      string    // who released a payout that waited for an approval
	RetryAt         time.Time // when to look for a channel again, while none can take the payment

	Settled     money.Amount // how much of the credit has become available, in the settlement asset
	Settlements int          // how often that happened
	SettleAt    time.Time    // when the rest becomes available; zero: nothing is pending

	Version  int64 // how many transitions have been committed
	Sequence int64 // how many events have been emitted

	CreatedAt time.Time
	UpdatedAt time.Time
	ExpiresAt time.Time // until then the payer can act and a channel can be found
}

// Decision is one choice of a channel, with everything that went into it.
type Decision struct {
	Attempt    string      `json:"attempt,omitempty"` // empty when no channel was eligible
	Chosen     string      `json:"chosen,omitempty"`
	Candidates []Candidate `json:"candidates"`
	Stopped    Reason      `json:"stopped,omitempty"` // what keeps a payout from every channel: Halted or Uncovered
	At         time.Time   `json:"at"`
}

// Candidate is one channel as the router saw it.
type Candidate struct {
	Channel  string       `json:"channel"`
	Fit      bool         `json:"fit,omitempty"` // it could in good health
	Eligible bool         `json:"eligible"`
	WhyNot   []string     `json:"why_not,omitempty"`
	Breaker  string       `json:"breaker"`
	Cost     money.Amount `json:"cost"`
	Rank     int          `json:"rank,omitempty"` // 1 is tried first
	Dry      bool         `json:"dry,omitempty"`  // WhyNot says that we have too little there, which no merchant is told
}

// Errors of what a merchant may ask of a payment. Each is returned before anything is written.
var (
	ErrNotCapturable     = errors.New("payment has no authorization to capture")                       // returned when there is nothing authorized
	ErrNotRefundable     = errors.New("payment has no captured money to refund")                       // returned when nothing was captured
	ErrNotCancelable     = errors.New("payment has been captured or is closed and cannot be canceled") // returned when it is too late to cancel, or the channel cannot release
	ErrAmountExceeds     = errors.New("amount exceeds what is left")                                   // returned when captures or refunds would exceed their sum
	ErrAmountAsset       = errors.New("amount is in another currency than the payment")                // returned when the asset differs
	ErrTooManyOperations = errors.New("payment has too many operations")                               // returned beyond OperationsMax
	ErrNotSweepable      = errors.New("nothing can be swept there now")                                // returned when payers send nothing there by themselves, or a sweep is under way
	ErrNotSwitchable     = errors.New("payment method cannot be changed now")                          // returned while money may have moved, and after the payment was canceled
)

// spent reports whether the payment has had as many attempts with its method as it may have.
func (p Payment) spent() bool {
	turned := 0
	for _, a := range p.Tried() {
		if p.untried(a) {
			turned++
		}
	}
	return len(p.Tried())-turned >= AttemptsMax || turned >= TurnedMax
}

// Last returns the newest attempt.
func (p Payment) Last() (Attempt, bool) {
	if len(p.Attempts) == 0 {
		return Attempt{}, false
	}
	return p.Attempts[len(p.Attempts)-1], true
}

// Attempt finds an attempt by id.
func (p Payment) Attempt(id string) (Attempt, bool) {
	i := p.attemptIndex(id)
	if i < 0 {
		return Attempt{}, false
	}
	return p.Attempts[i], true
}

// Operation finds an operation by id.
func (p Payment) Operation(id string) (Operation, bool) {
	i := p.operationIndex(id)
	if i < 0 {
		return Operation{}, false
	}
	return p.Operations[i], true
}

func (p Payment) attemptIndex(id string) int {
	return slices.IndexFunc(p.Attempts, func(a Attempt) bool { return a.ID == id })
}

func (p Payment) operationIndex(id string) int {
	return slices.IndexFunc(p.Operations, func(o Operation) bool { return o.ID == id })
}

// Debit returns what the payer is charged in all.
func (p Payment) Debit() money.Amount { return p.Quote.Debit() }

// Received returns what was captured at all channels and belongs to the payment, in what the payer is charged in. Nothing
// was captured in another asset: the method changes only while nothing is.
func (p Payment) Received() money.Amount {
	total := p.Debit().Asset().Zero()
	for _, a := range p.Attempts {
		if p.Direction == fx.Collect && a.Captured.Sign() > 0 {
			total = total.Add(a.Captured)
		}
	}
	return total
}

// Refunded returns what was given back.
func (p Payment) Refunded() money.Amount {
	return p.sum(func(o Operation) bool { return o.Kind == Refund && o.Outcome == Done })
}

// Refunding returns what was given back or may yet be. A refund that happened after it had been given up counts as far as
// anything is left: it may have been made again meanwhile.
func (p Payment) Refunding() money.Amount {
	wanted := p.refundsWanted()
	late := p.sum(func(o Operation) bool { return o.Kind == Refund && o.Late() })
	return money.Max(wanted, money.Min(wanted.Add(late), p.principal(p.Received())))
}

// refundsWanted sums the refunds that were made or are under way, and were not given up.
func (p Payment) refundsWanted() money.Amount {
	return p.sum(func(o Operation) bool { return o.Kind == Refund && !o.Late() && (o.Outcome == Done || o.Open()) })
}

// Refundable returns what may still be refunded. A fee that the payer bore is kept.
func (p Payment) Refundable() money.Amount { return p.principal(p.Received()).Sub(p.Refunding()) }

// Capturable returns what is authorized and not claimed by a capture that is under way.
func (p Payment) Capturable() money.Amount {
	last, ok := p.Last()
	if !ok || last.Outcome != Authorized {
		return p.Debit().Asset().Zero()
	}
	return last.Capturable().Sub(p.sum(func(o Operation) bool { return o.Kind == Capture && o.Open() }))
}

func (p Payment) sum(match func(Operation) bool) money.Amount {
	total := p.Debit().Asset().Zero()
	for _, o := range p.Operations {
		if match(o) {
			total = total.Add(o.Amount)
		}
	}
	return total
}

// open finds an unresolved operation of a kind under an attempt.
func (p Payment) open(attempt string, kinds ...OperationKind) (Operation, bool) {
	for _, o := range p.Operations {
		if o.Attempt == attempt && o.Open() && slices.Contains(kinds, o.Kind) {
			return o, true
		}
	}
	return Operation{}, false
}

// clone copies the slices that are changed in place, so that the value it came from stays as it was.
func (p Payment) clone() Payment {
	p.Attempts = slices.Clone(p.Attempts)
	p.Operations = slices.Clone(p.Operations)
	p.Receipts = slices.Clone(p.Receipts)
	p.Decisions = slices.Clone(p.Decisions)
	return p
}
