package payment

import (
	"time"

	"github.com/causeway-pay/causeway/money"
)

// Attempt is one try to carry a payment on one channel. It is stored before the channel is called.
type Attempt struct {
	ID      string // "att_…", also the reference and idempotency key given to the channel
	No      int    // 1, 2, 3 within the payment
	Channel string // "card.acme-eu"

	Number      int64       // serial number at the channel, of an attempt on a push rail: what its instruction is made from
	Instruction Instruction // push rails: where the payer sends the money
	UETR        string      // cross-border: unique end-to-end transaction reference, UUID v4, the same on every leg

	Amount   money.Amount // what the payer is charged, or the beneficiary is sent
	Captured money.Amount // how much of it is ours, or the beneficiary's, by now
	Cost     money.Amount // what we expect the channel to keep of the whole amount, in the asset of Amount

	Outcome      Outcome
	Reason       Reason
	ProviderID   string    // the channel's own id, once it told us
	ProviderCode string    // the channel's own code, for operators
	ChallengeURL string    // where the payer proves who they are, while ActionRequired
	ExpiresAt    time.Time // when an authorization ends, as the channel said; zero when it did not

	Progress Progress // payouts: how far the money has come

	Capabilities Capabilities // what the channel promised when the attempt was made

	CreatedAt time.Time
	Deadline  time.Time // until then an unanswered attempt is merely in flight; nobody may send it afterwards
	SentAt    time.Time // when the last send or replay was written down; it leaves before Overdue or never
	Checks    int       // how often its fate was asked for without a final answer
	CheckAt   time.Time // when to ask next; zero: do not ask
}

// Capabilities is what a channel declares about itself. Absent means it cannot.
type Capabilities struct {
	Replay  time.Duration `json:"idempotent_replay,omitempty"`  // how long a repeated reference gives the first answer again instead of a new charge
	Inquiry bool          `json:"inquiry,omitempty"`            // the fate of a reference can be asked
	Fence   bool          `json:"fence,omitempty"`              // a confirmed cancel also refuses a later arrival of the reference
	Void    bool          `json:"void,omitempty"`               // an authorization can be released
	Push    bool          `json:"push,omitempty"`               // the payer sends the money by themselves, and receipts tell what arrived
	Payout  bool          `json:"payout,omitempty"`             // money can be sent to a beneficiary
	Horizon time.Duration `json:"visibility_horizon,omitempty"` // after this long the channel, by contract, refuses a reference that it does not know
}

// Overdue returns the moment from which the last send or replay can no longer leave for the channel: as long after it was
// written down as the attempt counts as in flight.
func (a Attempt) Overdue() time.Time { return a.SentAt.Add(a.Deadline.Sub(a.CreatedAt)) }

// Turned reports whether our own board turned the attempt away before it was sent: the channel was not tried.
func (a Attempt) Turned() bool { return a.Outcome == NotSent && a.Reason == NotAdmitted }

// Live reports whether the attempt can still move money.
func (a Attempt) Live() bool { return !a.Outcome.Free() }

// Rests reports whether nobody asks by themselves what becomes of the attempt: it came to its end, or people decide.
func (a Attempt) Rests() bool {
	return a.Outcome == Captured || a.Outcome == Review || a.Outcome.Free()
}

// Capturable returns how much of an authorization is still held.
func (a Attempt) Capturable() money.Amount {
	if a.Outcome != Authorized {
		return a.Amount.Asset().Zero()
	}
	return a.Amount.Sub(a.Captured)
}

// Result is what a channel says about an attempt or operation. The zero Result means "I cannot tell".
type Result struct {
	Outcome      Outcome
	Reason       Reason
	ProviderID   string
	ProviderCode string
	Amount       money.Amount // echoed by the channel; required with Authorized, Captured and Done
	NotFound     bool         // an inquiry was answered: the channel has no such reference
	ChallengeURL string
	ExpiresAt    time.Time // end of the authorization
	Progress     *Progress // of a payout; nil when the channel says nothing of it
	Returned     *Comeback // of a payout: what came back of it; nil when nothing did
}

// Comeback is what a channel says of a payout that came back.
type Comeback struct {
	Amount money.Amount // what arrived, which may be less than was sent
	Code   string       // ISO 20022 external return reason
	Ours   bool         // by our fault or the channel's: the merchant is made whole
}
