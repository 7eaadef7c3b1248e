package payment

import (
	"errors"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// Ruling is a way out of review that one person proposes and another confirms. The same two eyes never do both.
type Ruling struct {
	Ref     string  `json:"ref"`     // the attempt or operation
	Payment ID      `json:"payment"` // whose it is
	Outcome Outcome `json:"outcome"` // what became of it

	ProposedBy  string    `json:"proposed_by"`
	ProposedAt  time.Time `json:"proposed_at"`
	ConfirmedBy string    `json:"confirmed_by,omitempty"` // empty while it is only proposed
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
}

// ProposedFor is how long a proposal waits for the second person.
const ProposedFor = 24 * time.Hour

// Why a review is not resolved. Nothing is written then.
var (
	ErrNotInReview  = errors.New("reference is not in review")                          // returned when nobody has to decide
	ErrNotDecidable = errors.New("reference cannot have this outcome")                  // returned when the tables, or the money that is left, do not allow it
	ErrNoPerson     = errors.New("who decides must be named, in one to 100 characters") // returned when there is no usable name
)

// Person returns the name under which somebody decides, so that one person has one name.
func Person(name string) (string, error) {
	name = strings.ToLower(strings.Join(strings.Fields(name), " "))
	if name == "" || len(name) > 100 {
		return "", ErrNoPerson
	}
	return name, nil
}

// Decide takes in what two people decided of a reference in review. It returns ErrNoReference, ErrNotInReview or
// ErrNotDecidable.
func (p Payment) Decide(ref string, outcome Outcome, at time.Time) (Payment, error) {
	was, amount, ok := p.outcomeOf(ref)
	switch {
	case !ok:
		return p, ErrNoReference
	case was != Review:
		return p, ErrNotInReview
	}
	after, err := p.Learn(News{Ref: ref, By: ByOperator, At: at, AskedAt: at, Result: Result{Outcome: outcome, Amount: amount}})
	if err != nil {
		return p, err
	}
	if is, _, _ := after.outcomeOf(ref); is == Review {
		return p, ErrNotDecidable
	}
	return after, nil
}

// outcomeOf returns the outcome and amount of an attempt or operation.
func (p Payment) outcomeOf(ref string) (outcome Outcome, amount money.Amount, ok bool) {
	if a, ok := p.Attempt(ref); ok {
		return a.Outcome, a.Amount, true
	}
	o, ok := p.Operation(ref)
	return o.Outcome, o.Amount, ok
}
