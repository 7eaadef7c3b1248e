package chain

import (
	"context"
	"errors"
	"math/big"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// InFlightMax is how many payouts of one sender wait for a block at once. Nodes keep no more of one account for long.
const InFlightMax = 16

// SweepsMax is how many of these places sweeps take at most, so that payouts always find the others.
const SweepsMax = InFlightMax / 2

// Why a wallet does not take or keep an intent.
var (
	ErrInFlight  = errors.New("too many payouts are under way")                // returned by Reserve at InFlightMax; nothing was written
	ErrAbandoned = errors.New("intent was given up")                           // returned by Reserve and Keep; nothing may be sent for it any more
	ErrNoIntent  = errors.New("no such intent")                                // returned when an attempt never reached the wallet
	ErrNonce     = errors.New("a nonce was used by a transaction not of ours") // what a wallet is halted for
	ErrTakenBack = errors.New("a payout that counts as paid was not paid")     // what a wallet is halted for
)

// State is how far an intent has come.
type State string

// The states of an intent.
const (
	Reserved  State = "reserved"  // it has a nonce, and nothing was signed
	Sent      State = "signed"    // signed bytes are stored; they may be on their way
	Canceling State = "canceling" // a transaction to ourselves was signed for its nonce
	Abandoned State = "abandoned" // given up before it was signed; its nonce is given to another
	Final     State = "final"     // a transaction of its nonce is final
	Usurped   State = "usurped"   // a transaction that is not ours used its nonce, and is final
)

// Open reports whether the chain may still change its mind about the intent.
func (s State) Open() bool { return s == Reserved || s == Sent || s == Canceling }

// Intent is one payout, one sweep, or the return of one claim, as the wallet knows it.
type Intent struct {
	Attempt  string // its name: that of the attempt or operation
	Channel  string
	Payout   string // what the signer knows it by
	Network  string
	Sender   string
	Nonce    int64
	To       string
	Contract string // of a token; empty for the chain's coin
	Amount   money.Amount
	State    State
	FinalTx  string // the transaction that decided it; while it is open: the one that it was told as paid with
	At       time.Time
	Place    string   // of a sweep: the address that it empties; empty for a payout
	Number   int64    // what the key of that address is made from
	Signed   []Signed // oldest first
}

// Sweeps reports whether the intent brings in what payers sent, instead of paying out.
func (i Intent) Sweeps() bool { return i.Place != "" }

// Operates reports whether the intent stands for an operation, which the signer knows by the same name. Its entry is taken
// back with its block; a payout stands for an attempt, and only people take back that it was paid.
func (i Intent) Operates() bool { return i.Payout == i.Attempt }

// Places is how many intents of its sender may wait for a block when it is begun, with itself.
func (i Intent) Places() int {
	if i.Sweeps() {
		return SweepsMax
	}
	return InFlightMax
}

// Purpose says what a signed transaction does.
type Purpose string

// The purposes.
const (
	Pay    Purpose = "pay"    // pays the beneficiary
	Cancel Purpose = "cancel" // moves nothing to ourselves, so that the nonce is used up
)

// Signed is a transaction that was signed and stored before anybody else had it.
type Signed struct {
	Hash     string
	Purpose  Purpose
	Raw      []byte
	Tip, Cap *big.Int // wei for each unit of gas
	Gas      int64
	Height   int64 // of the chain when it was signed
}

// Last returns the newest transaction that was signed.
func (i Intent) Last() (Signed, bool) {
	if len(i.Signed) == 0 {
		return Signed{}, false
	}
	return i.Signed[len(i.Signed)-1], true
}

// Wallet remembers what is paid out. Every method is one transaction.
type Wallet interface {
	// Reserve gives an intent the next nonce of its sender: the lowest that was given up, else the one after the highest,
	// else mined. An intent that is known comes back as it is. It returns ErrInFlight and ErrAbandoned. The nonces below
	// mined are used up in the newest block: whoever has one takes no place among InFlightMax.
	Reserve(ctx context.Context, i Intent, mined int64) (Intent, error)
	// Intent returns what is known of an attempt. It returns ErrNoIntent when it never came here.
	Intent(ctx context.Context, attempt string) (Intent, error)
	// Abandon gives up an intent of which nothing was signed, known or not, and reports whether it is given up.
	Abandon(ctx context.Context, i Intent) (bool, error)
	// Keep stores a signed transaction. It returns ErrAbandoned when the intent was given up, or is being canceled and this
	// one pays, or was told as paid and this one cancels.
	Keep(ctx context.Context, attempt string, s Signed, now time.Time) error
	// Count notes with which transaction an open intent is told as paid, before it is final. It returns ErrAbandoned when
	// the intent is being canceled: which of the two is final is open.
	Count(ctx context.Context, attempt, tx string) error
	// Finish notes which transaction of an intent is final.
	Finish(ctx context.Context, attempt, tx string) error
	// Usurp notes that an intent's nonce was used by a transaction that is not ours, and is final.
	Usurp(ctx context.Context, attempt string) error
	// InFlight returns the open intents of a sender in order of their nonces.
	InFlight(ctx context.Context, network, sender string) ([]Intent, error)
	// Sweeping returns the open intents of a network whose sender is the place itself that they empty, oldest first.
	Sweeping(ctx context.Context, network string, limit int) ([]Intent, error)
	// Owners returns the names of the intents that transactions were signed for, by their hashes.
	Owners(ctx context.Context, network string, hashes []string) (map[string]string, error)
	// Holding returns the addresses of a channel where something waits to be swept, or was swept since a moment.
	Holding(ctx context.Context, channel string, since time.Time, limit int) ([]string, error)
	// Gap returns the lowest nonce that was given up while a higher one is used, and false when there is none.
	Gap(ctx context.Context, network, sender string) (int64, bool, error)
	Halt(ctx context.Context, name, reason string, now time.Time) error
	Halted(ctx context.Context, name string) (string, error)
}
