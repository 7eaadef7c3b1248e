package payment

import (
	"errors"
	"reflect"
	"time"

	"github.com/causeway-pay/causeway/ledger"
)

// Transition is one step of one payment with all that must become true together: its rows, its ledger entries, its
// events. A store commits it whole or not at all, alone or with the transitions of other payments.
type Transition struct {
	Before Payment // as it was loaded; the zero Payment for a new one
	After  Payment // as it will be; its Version is one more

	Entries []ledger.Entry
	Events  []Event
	Floors  []ledger.Account // accounts whose balance must not be below zero afterwards

	Key      *Key      // a key that this step takes, for ever
	Answer   *Answer   // what its request is answered with
	Accept   string    // a stored quote that this step uses up
	Callback *Callback // the channel's message that caused this step
	Review   *Ruling   // the proposal that this step confirms, by another person

	ClaimRuling *ClaimRuling // the same of the return of a claim
}

// Why a transition was refused. Nothing of it is then written.
var (
	ErrConflict          = errors.New("payment was changed by another")       // returned when Before is no longer the newest version
	ErrKeyUsed           = errors.New("idempotency key is used")              // returned when the key was taken before
	ErrQuoteUsed         = errors.New("quote was used or has expired")        // returned when the quote cannot be accepted
	ErrInsufficient      = errors.New("balance is insufficient")              // returned when a floor would be broken
	ErrLiveAttempt       = errors.New("another attempt can still move money") // returned by the index one_live
	ErrAnswered          = errors.New("request was answered by another")      // returned when the key got its answer meanwhile
	ErrDuplicateCallback = errors.New("callback was processed before")        // returned when the channel's event id is known
	ErrUnavailable       = errors.New("storage is unavailable")               // returned when the database cannot be reached or cannot answer
	ErrNotFound          = errors.New("not found")                            // returned when there is no such object
)

// Key is a merchant's idempotency key. It names one object for ever.
type Key struct {
	Merchant string
	Path     string
	Key      string
	Hash     string // SHA-256 of the request body, in hex
	Object   string // id of what was made under the key
	Payment  ID
	Answer   *Answer // nil until the request was answered
	At       time.Time
}

// Answer is the reply that a repeated request gets again.
type Answer struct {
	Merchant, Path, Key string // which key it answers

	Status int
	Body   []byte
	At     time.Time
}

// Callback identifies a channel's message. One that changed something does not do so again.
type Callback struct {
	Channel string
	Event   string // the channel's own event id
	At      time.Time
}

// Attempts returns the attempts that the step adds or changes.
func (t Transition) Attempts() (added, changed []Attempt) {
	return compare(t.Before.Attempts, t.After.Attempts)
}

// Operations returns the operations that the step adds or changes.
func (t Transition) Operations() (added, changed []Operation) {
	return compare(t.Before.Operations, t.After.Operations)
}

// Receipts returns the receipts that the step adds or changes.
func (t Transition) Receipts() (added, changed []Receipt) {
	return compare(t.Before.Receipts, t.After.Receipts)
}

// compare returns what after has more than before, and what it has changed. Nothing is ever taken away or moved.
func compare[T any](before, after []T) (added, changed []T) {
	for i, v := range after {
		switch {
		case i >= len(before):
			added = append(added, v)
		case !reflect.DeepEqual(v, before[i]):
			changed = append(changed, v)
		}
	}
	return added, changed
}

// Repriced reports whether the step changes how the payment is paid, or its price.
func (t Transition) Repriced() bool {
	return t.After.Quote.ID != t.Before.Quote.ID || t.After.Method != t.Before.Method || !t.After.ExpiresAt.Equal(t.Before.ExpiresAt)
}

// New reports whether the step makes the payment.
func (t Transition) New() bool { return t.Before.ID == "" }

// OutcomeChange is one step of the history of an attempt or operation.
type OutcomeChange struct {
	Ref     string
	Was     string // empty for the first
	Became  string
	Version int64     // of the payment, in which it became so
	At      time.Time // when that was stored
}

// Changes returns the outcomes that the step changes.
func (t Transition) Changes() []OutcomeChange {
	var changes []OutcomeChange
	add := func(ref string, isNew bool, was, became Outcome) {
		c := OutcomeChange{Ref: ref, Was: was.String(), Became: became.String(), Version: t.After.Version, At: t.After.UpdatedAt}
		if isNew {
			c.Was = ""
		}
		if isNew || was != became {
			changes = append(changes, c)
		}
	}
	for i, a := range t.After.Attempts {
		if i >= len(t.Before.Attempts) {
			add(a.ID, true, Unknown, a.Outcome)
		} else {
			add(a.ID, false, t.Before.Attempts[i].Outcome, a.Outcome)
		}
	}
	for i, o := range t.After.Operations {
		if i >= len(t.Before.Operations) {
			add(o.ID, true, Unknown, o.Outcome)
		} else {
			add(o.ID, false, t.Before.Operations[i].Outcome, o.Outcome)
		}
	}
	return changes
}
