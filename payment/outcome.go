package payment

import (
	"errors"
	"fmt"
	"slices"
)

// Outcome is what is known of an attempt or operation. The zero Outcome is Unknown: what is on disk and unanswered is
// unknown, and so is everything that an adapter does not say clearly.
type Outcome uint8

// The outcomes. Those of the free set are evidence that the attempt can no longer move money.
const (
	Unknown        Outcome = iota // on disk, no answer that can be believed; money may have moved
	ActionRequired                // the payer has to do something first, such as a 3-D Secure challenge
	Pending                       // the channel has it and will decide later
	Authorized                    // the channel holds the money for us
	Captured                      // attempt: the money is ours, or the beneficiary's; the final good outcome
	Done                          // operation: it happened
	Review                        // the ladder of inquiries is exhausted or contradicts itself; two people decide

	Declined // free: the channel refused
	NotSent  // free: it provably never reached the channel
	Fenced   // free: the channel confirmed a cancel that also refuses a later arrival
	Voided   // free: an authorization was released
	Canceled // free: nothing was received, and the channel closed it
	Lapsed   // free: the channel says that the authorization expired
	Short    // free: the merchant accepted less, or the remainder moved to a new attempt
)

var outcomeNames = [...]string{
	"unknown", "action_required", "pending", "authorized", "captured", "done", "review",
	"declined", "not_sent", "fenced", "voided", "canceled", "lapsed", "short",
}

// ErrUnknownName is returned when text names no outcome.
var ErrUnknownName = errors.New("unknown name")

// String returns the name used in the API and in storage.
func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText writes the name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name. It returns ErrUnknownName when there is no such outcome.
func (o *Outcome) UnmarshalText(text []byte) error {
	i := slices.Index(outcomeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("outcome %q: %w", text, ErrUnknownName)
	}
	*o = Outcome(i)
	return nil
}

// Free reports whether an attempt with this outcome can no longer move money, so that another may be made. It is the
// set that the unique index one_live of the store excludes.
func (o Outcome) Free() bool { return o >= Declined }

// Moved reports whether the channel holds or has taken the payer's money.
func (o Outcome) Moved() bool { return o == Authorized || o == Captured }

// allowed lists where each outcome of an attempt may go. Nothing else is ever stored (invariant I15).
//
//	unknown          the first answer, an inquiry, a fence, or the end of the ladder
//	action_required  the payer acted, gave up, or acted and we lost sight of it; or the end of the ladder
//	pending          the channel decided; on push rails nothing came (canceled) or less was accepted (short)
//	authorized       captured in full or finally, released, or expired at the channel
//	captured         back to pending only by a chain or a bank that takes receipts back; declined only by two people, of a
//	                 payout that was not paid
//	canceled         money for a push attempt that expired came late, and nothing else was paid; pending while it has no price
//	review           wherever two people say
var allowed = map[Outcome][]Outcome{
	Unknown:        {ActionRequired, Pending, Authorized, Captured, Declined, NotSent, Fenced, Review},
	ActionRequired: {Pending, Authorized, Captured, Declined, Canceled, Unknown, Review},
	Pending:        {Authorized, Captured, Declined, Fenced, Review, Canceled, Short},
	Authorized:     {Captured, Voided, Lapsed},
	Captured:       {Pending, Declined},
	Canceled:       {Captured, Pending},
	Review:         {Unknown, ActionRequired, Pending, Authorized, Captured, Declined, NotSent, Fenced, Voided, Canceled, Lapsed, Short},
}

// allowedOperation is the same for captures, voids, refunds and reversals. What was given up and happened all the same is
// for people to decide.
var allowedOperation = map[Outcome][]Outcome{
	Unknown: {Pending, Done, Declined, NotSent, Review},
	Pending: {Done, Declined, Review},
	Review:  {Unknown, Pending, Done, Declined, NotSent},

	Declined: {Review},
	NotSent:  {Review},
}

// Allows reports whether an attempt may go from o to next.
func (o Outcome) Allows(next Outcome) bool { return slices.Contains(allowed[o], next) }

// AllowsOperation reports whether an operation may go from o to next.
func (o Outcome) AllowsOperation(next Outcome) bool {
	return slices.Contains(allowedOperation[o], next)
}
