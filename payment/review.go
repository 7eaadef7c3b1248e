package payment

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/causeway-pay/causeway/money"
)

// Ruling is a way out of review that one person proposes and another confirms. The same two eyes never do both.
type Ruling struct {
	Ref     string  `json:"ref"`           // the attempt or operation
	Payment ID      `json:"payment"`       // whose it is
	Outcome Outcome `json:"outcome"`       // what became of it
	Why     string  `json:"why,omitempty"` // what people have to decide about; a proposal is for that alone

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
	ErrNoPerson     = errors.New("who decides must be named, in one to 100 characters") // returned when there is no usable name, or one with characters that cannot be seen
)

// Person returns the name under which somebody decides, so that one person has one name.
func Person(name string) (string, error) {
	name = strings.ToLower(strings.Join(strings.Fields(name), " "))
	unseen := func(r rune) bool { return !unicode.IsPrint(r) }
	if name == "" || len(name) > 100 || strings.ContainsFunc(name, unseen) {
		return "", ErrNoPerson
	}
	return name, nil
}

// Decide takes in what two people decided of a reference in review, or of a payout that its channel contradicts itself
// about. It returns ErrNoReference, ErrNotInReview or ErrNotDecidable.
func (p Payment) Decide(ref string, outcome Outcome, at time.Time) (Payment, error) {
	was, amount, ok := p.outcomeOf(ref)
	i := p.attemptIndex(ref)
	switch {
	case !ok:
		return p, ErrNoReference
	case was != Review && i >= 0 && p.Attempts[i].Progress.Contradicts():
		return p.rule(i, outcome)
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

// rule is what two people decided of a payout that its channel contradicts itself about: that it stands as it is, or that
// one which counts as paid was not.
func (p Payment) rule(i int, outcome Outcome) (Payment, error) {
	p = p.clone()
	a := &p.Attempts[i]
	a.Progress.Ruled = a.Progress.Conflict
	_, came := p.returned()
	switch {
	case outcome == a.Outcome:
		return p, nil
	case outcome == Declined && a.Outcome == Captured && !came:
		return p.takeBack(i), nil
	}
	return p, ErrNotDecidable
}

// takeBack ends a payout that counted as paid and was not: the merchant has all of it again. No other attempt follows by
// itself, since who says that the first will never arrive are people.
func (p Payment) takeBack(i int) Payment {
	a := &p.Attempts[i]
	a.Outcome, a.Reason, a.Captured, a.CheckAt = Declined, GenericDecline, a.Amount.Asset().Zero(), time.Time{}
	if a.Amount.Asset().Network != "" {
		a.Reason = Reorganised
	} else {
		a.Progress.Accepted = true // so it was, when it counted as paid
	}
	p.Closed = a.Reason
	return p
}

// Question is what people have to decide about a reference: how its channel contradicts itself, or why it is in review.
func (p Payment) Question(ref string) string {
	if a, ok := p.Attempt(ref); ok {
		if a.Progress.Contradicts() {
			return a.Progress.Conflict
		}
		return string(a.Reason)
	}
	o, _ := p.Operation(ref)
	return string(o.Reason)
}

// outcomeOf returns the outcome and amount of an attempt or operation.
func (p Payment) outcomeOf(ref string) (outcome Outcome, amount money.Amount, ok bool) {
	if a, ok := p.Attempt(ref); ok {
		return a.Outcome, a.Amount, true
	}
	o, ok := p.Operation(ref)
	return o.Outcome, o.Amount, ok
}
