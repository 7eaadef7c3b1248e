// Package rails says what a rail must do: move money over one kind of network. An adapter speaks its provider's
// protocol and reports what the provider said; it decides nothing, stores nothing and retries nothing.
package rails

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// ErrRefused is wrapped by an adapter's error when the provider understood a request and refused it, in a way that says
// nothing of what became of the reference. The outcome is as unknown as with any error, but the provider is well: what one
// merchant asks for in vain does not count against the channel.
var ErrRefused = errors.New("provider refused the request")

// Rail moves money over one channel.
//
// An error, and the zero Result, mean "I cannot tell": the outcome is then unknown and resolved by evidence, so the lazy
// path of an adapter is the safe one. NotSent is said only when the request provably never reached the provider, or the
// provider answered with a code that it documents as "before execution". An approval echoes reference, amount and
// currency; an adapter that cannot verify the echo returns the zero Result.
type Rail interface {
	// Send carries out a, using a.ID as reference. It is the only method that may move the payer's money.
	Send(ctx context.Context, p payment.Payment, a payment.Attempt) (payment.Result, error)
	// Check asks what became of a. It never moves money, so it may be repeated. NotFound says that the provider
	// answered and has no such reference.
	Check(ctx context.Context, a payment.Attempt) (payment.Result, error)
	// Capabilities returns what the provider promises.
	Capabilities() payment.Capabilities
}

// Receiver is a push rail: payers send the money by themselves, and what arrives is told by a [Watcher]. Its Send asks
// nobody: it answers that the payer has to act. Its Cancel asks whether anything was seen; what comes later is a receipt
// all the same. Capabilities say Push.
type Receiver interface {
	// Instruct returns where the payer of a sends the money: a place of a's own, made from its number and given to no
	// other attempt. It asks nobody, and answers the same for the same attempt.
	Instruct(p payment.Payment, a payment.Attempt) (payment.Instruction, error)
}

// Watcher looks at the provider's books, or at the chain, for what happens there by itself.
type Watcher interface {
	// Watch tells journal what it sees, oldest first, until ctx ends. It goes on from where it was, and may tell the same
	// again after a crash. It returns when it cannot go on; whoever runs it starts it again after a pause.
	Watch(ctx context.Context, journal Journal) error
}

// Journal is what a watcher tells, and what it must remember.
type Journal interface {
	// Arrived takes in what is known of a transfer to a place that was given out, or to one that nobody knows. The
	// receipt's ID and Attempt are the journal's to fill in.
	Arrived(ctx context.Context, payTo string, r payment.Receipt) error
	// Moved says that there is news of an attempt or operation: the gateway then asks for it with Check. It returns
	// payment.ErrNotFound when the channel has no such attempt or operation.
	Moved(ctx context.Context, attempt string) error
	// Cursor returns how far the watcher had looked when it last called Advance, and nothing at first.
	Cursor(ctx context.Context) (string, error)
	// Advance remembers how far the watcher has looked. Everything before was told.
	Advance(ctx context.Context, cursor string) error
}

// Sweeper brings what was credited at the place of a to where payouts leave from. The result is Done, Pending, Declined or
// unknown; a chain may take a Done one back, and [Inquirer] then says Pending. Progress has the block and the gas.
type Sweeper interface {
	Sweep(ctx context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error)
}

// ClaimReturner gives payers back what waits in the claims of their payments. The result is Done, Pending, Declined or
// unknown; a chain may take a Done one back, and [Inquirer] then says Pending. Progress has the block and the gas.
type ClaimReturner interface {
	// Destination reads an address that people named, and returns it as it is kept and compared. It asks nobody; the error
	// says why nobody should be paid there.
	Destination(text string) (string, error)
	// ReturnClaim pays o.Amount to o.Destination, using o.ID as reference.
	ReturnClaim(ctx context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error)
}

// SweepBeginner is a journal that begins sweeps. It is told by a watcher whose rail is a [Sweeper] when the moment is good.
type SweepBeginner interface {
	// BeginSweeps looks at a page of places after the one named, and begins to sweep those where something is worth it, at most
	// room of them. It returns the last that it looked at, and nothing once there are no more.
	BeginSweeps(ctx context.Context, worth []Worth, after string, room int) (last string, err error)
}

// Worth says from what amount on a place is swept.
type Worth struct {
	Least money.Amount // less stays
	Leave money.Amount // stays at the place, which pays its own gas with it
}

// Estimator says when a payment or payout that begins now arrives. The later moment is a promise that is usually kept.
type Estimator interface {
	Estimate(p payment.Payment, now time.Time) (earliest, latest time.Time)
}

// Checker refuses what the rail could never carry out: a bad account, a beneficiary without what the corridor wants. It
// looks at direction, method and beneficiary only, and asks nobody. The error joins one error for each fault.
type Checker interface {
	Accepts(p payment.Payment) error
}

// Canceler is the fence, and the release of an authorization. Fenced means that the provider confirmed the cancel and
// refuses a later arrival of the reference; a reference that was already captured is reported as Captured.
type Canceler interface {
	Cancel(ctx context.Context, a payment.Attempt) (payment.Result, error)
}

// Capturer takes authorized money. The result is Done, Declined or unknown.
type Capturer interface {
	Capture(ctx context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error)
}

// Refunder gives captured money back. The result is Done, Pending, Declined or unknown. It serves refunds and reversals.
type Refunder interface {
	Refund(ctx context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error)
}

// Inquirer asks what became of a capture, refund or reversal. It never moves money. It is not asked about what releases an
// authorization: there Check tells.
type Inquirer interface {
	CheckOperation(ctx context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error)
}

// Prober asks whether the provider is there, and on a push rail whether what arrives there is seen. It never moves money.
type Prober interface {
	Probe(ctx context.Context) error
}

// ErrNoStatement is returned by a [Statementer] when the provider says that it has no statement of a day.
var ErrNoStatement = errors.New("provider has no statement of that day")

// Statementer reads what the provider booked on a day, whole or not at all: a statement with a hole proves nothing.
type Statementer interface {
	// Statement reads the statement of the calendar date of day. Where a day begins is the provider's to say.
	Statement(ctx context.Context, day time.Time) (Statement, error)
}

// Statement is what a provider booked on one day.
type Statement struct {
	From, Until time.Time // what it covers; Until is no later than when it was made
	Movements   []Movement
	Closing     []money.Amount // what stood on our accounts there at Until, in all, by asset; empty when it does not say
}

// MovementKind says what a movement did.
type MovementKind string

// The kinds of movement.
const (
	Charge  MovementKind = "charge"  // a payer was charged
	Capture MovementKind = "capture" // held money was taken
	Refund  MovementKind = "refund"  // captured money was given back
	Credit  MovementKind = "credit"  // a payer sent money by themselves
	Taken   MovementKind = "taken"   // such money was taken back
	Payout  MovementKind = "payout"  // money was sent
	Return  MovementKind = "return"  // money that was sent came back
	Fee     MovementKind = "fee"     // the provider, or whoever carried the money on, took it for its part
	Other   MovementKind = "other"   // anything else that left our accounts
)

// Gains reports whether a movement of this kind leaves us with more.
func (k MovementKind) Gains() bool {
	return k == Charge || k == Capture || k == Credit || k == Return
}

// Movement is one row of a provider's statement.
type Movement struct {
	ID        string // the provider's own name of it, where it has one: for ever unique there
	Reference string // ours, of the attempt or operation, where it names one; else the provider's
	Charge    string // cards: reference of the attempt that it belongs to
	Kind      MovementKind
	Amount    money.Amount // above zero
	BookedAt  time.Time
}

// Listener verifies what a provider tells by itself. It returns an error when the message is not authentic.
type Listener interface {
	Callback(header http.Header, body []byte) (Callback, error)
}

// Teller reads what an authentic message tells of an attempt. An error says that it tells nothing of it that is clear. What it
// tells is a hint: it is asked for, unless it is what is known already.
type Teller interface {
	Told(body []byte, a payment.Attempt) (payment.Result, error)
}

// Callback is an authentic message of a provider. What it says is a hint: money is believed to have moved or not only
// after an inquiry.
type Callback struct {
	Event     string // the provider's id of the message, processed once
	Reference string // the attempt it is about; empty when it only says that there is something to look at
}
