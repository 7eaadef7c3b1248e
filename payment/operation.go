package payment

import (
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

// OperationKind says what an operation does to the attempt it stands under.
type OperationKind string

// The kinds of operation.
const (
	Capture  OperationKind = "capture"  // takes authorized money, in full or in part
	Void     OperationKind = "void"     // releases an authorization
	Refund   OperationKind = "refund"   // gives captured money back, in full or in part
	Reversal OperationKind = "reversal" // gives back an orphan: money that arrived on an attempt of the free set
	Return   OperationKind = "return"   // a payout that came back, perhaps short; the banks do it, we learn of it
	Sweep    OperationKind = "sweep"    // brings what payers sent to a place of their own to the wallet that payouts leave from

	// ClaimReturn gives a payer back what waits in the payment's claims. It is no refund: no merchant has that money.
	ClaimReturn OperationKind = "claim_return"
)

// Operation is one movement of money after the attempt itself. Like an attempt it is stored before the channel is
// called, begins unknown, and is resolved by evidence.
type Operation struct {
	ID      string // "cap_…", "void_…", "ref_…", "orp_…", "orc_…", "swp_…", "clm_…": the reference given to the channel
	Attempt string
	Kind    OperationKind
	Amount  money.Amount // in the asset of the attempt; of a sweep or a returned claim: in that of what moves
	Final   bool         // a capture after which the rest of the authorization is released
	Held    bool         // a reversal of money that is authorized only: it is released, not refunded
	Note    string       // the merchant's reason for a refund; the bank's code for a return
	Ours    bool         // a return by our fault or the channel's: the merchant is made whole

	Destination string // of a returned claim: the address that two people named, never where the money came from

	Outcome      Outcome
	Reason       Reason
	ProviderID   string
	ProviderCode string

	Booking Booking // a refund's numbers in the settlement asset, or a late capture's rate, fixed when it was accepted; where a sweep stands

	CreatedAt time.Time
	Deadline  time.Time
	SentAt    time.Time // when the last send or replay was written down; it leaves before Overdue or never
	Checks    int
	CheckAt   time.Time
}

// Overdue returns the moment from which the last send or replay can no longer leave for the channel.
func (o Operation) Overdue() time.Time { return o.SentAt.Add(o.Deadline.Sub(o.CreatedAt)) }

// Booking is what a refund costs the merchant, or a return gives it, and at which rate it is booked; and of a capture that
// was asked for after the price's lock had ended, which rate it is converted at. Of a sweep or a returned claim it is which
// block holds it.
type Booking struct {
	Mid  money.Rate   `json:"mid,omitzero"`  // late capture: the market's rate when it was accepted
	Paid money.Amount `json:"paid,omitzero"` // late capture: what it took without the sender's fee, once it was done

	Block string       `json:"block,omitempty"` // sweep, returned claim: hash of the block for which it counts, or was mined in vain
	Gas   money.Amount `json:"gas,omitzero"`    // what it cost there, in the chain's coin
	Times int          `json:"times,omitempty"` // how often it came to count

	Rate          fx.RefundRate `json:"rate,omitempty"`
	FromPending   money.Amount  `json:"from_pending"`   // reserved out of this payment's pending credit
	FromAvailable money.Amount  `json:"from_available"` // reserved out of the merchant's available balance
	Margin        money.Amount  `json:"margin"`         // original: margin given back; current: margin earned
	Rounding      money.Amount  `json:"rounding"`
	AtMidThen     money.Amount  `json:"at_mid_then"`          // the refunded amount at the mid rate of the payment
	AtMidNow      money.Amount  `json:"at_mid_now"`           // the refunded amount at the mid rate when the refund was accepted
	ChannelFee    money.Amount  `json:"channel_fee,omitzero"` // refund: what we expect the channel to charge us for it, in the asset refunded
}

// Reserved returns what the merchant's balance was reduced by when the refund was accepted.
func (b Booking) Reserved() money.Amount { return b.FromPending.Add(b.FromAvailable) }

// Releases reports whether the operation lets go of an authorization: a void, or the reversal of money that is only held.
// The channel knows no reference of its own for it. It is done by a cancel of the attempt, and what became of it is what
// became of the attempt.
func (o Operation) Releases() bool { return o.Kind == Void || o.Held }

// Open reports whether the fate of the operation is not settled yet.
func (o Operation) Open() bool {
	return o.Outcome == Unknown || o.Outcome == Pending || o.Outcome == Review
}

// Allows reports whether the operation may go to the outcome next. What a chain says of a sweep or of a
// returned claim it may take back, and it says so whatever people had decided.
func (o Operation) Allows(next Outcome) bool {
	if o.mined() && (o.Outcome == Done && (next == Pending || next == Declined) || o.Outcome.Free() && next == Done) {
		return true
	}
	return o.Outcome.AllowsOperation(next)
}

// Late reports whether the channel carried the operation out after it had been given up. Its money is in suspense, and
// people decide.
func (o Operation) Late() bool { return o.Outcome == Review && o.Reason == LateSuccess }

// Status is the public state: processing, succeeded, failed or needs_review.
func (o Operation) Status() string {
	switch o.Outcome {
	case Done:
		return "succeeded"
	case Review:
		return "needs_review"
	case Unknown, Pending:
		return "processing"
	default:
		return "failed"
	}
}
