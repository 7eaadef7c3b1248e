package banklink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// Standing is what the bank says of an order, bound to it and merged into one.
type Standing struct {
	Status iso20022.Status
	Code   string // its reason
	ID     string // the bank's own reference
	Paid   bool   // the status means that the beneficiary has the money
	At     time.Time
	// Progress is what else was said on the way, such as charges.
	Progress payment.Progress
}

var (
	// ErrDuplicate is returned when a rejection answers a copy of our own message.
	ErrDuplicate = errors.New("bank speaks of a duplicate")
	// ErrStatus is returned when a status is none that says how far a payment came.
	ErrStatus = errors.New("status says nothing that can be acted on")
	// ErrConflict is returned when one message of the bank contradicts itself.
	ErrConflict = errors.New("bank contradicts itself")
	// ErrEcho is returned when an answer is about something else than was asked for.
	ErrEcho = errors.New("answer does not echo the request")
)

// Rejected reports whether nothing further happens to the order at the bank.
func (s Standing) Rejected() bool {
	return s.Status == iso20022.Rejected || s.Status == iso20022.Canceled
}

// Result says what the bank's word and its books mean together for a payout:
//
//	status                  booked                        result
//	RCVD ACTC ACCP PDNG     -                             pending
//	ACSP                    -                             pending, accepted
//	ACSC, not paid by it    -                             pending, accepted, booked
//	paid                    nothing given back            captured
//	paid                    something given back          returned
//	RJCT CANC               never debited                 declined by its code; fenced when we withdrew it
//	RJCT CANC               debited, given back whole     declined; returned once it was paid
//	RJCT CANC               debited, given back in part   returned
//	RJCT CANC               debited, nothing given back   pending until the money is back
//	AM05 DU01 … DU05        nothing given back            error: our own copy was rejected
//	AM05 DU01 … DU05        something given back          review; once it is paid, returned with a mark
//	any                     debited twice, or more back   review; once it is paid, captured with a mark
//	any but paid            given back, never debited     review
//
// Whatever was given back is told, also where it explains nothing: it is on our account. So is what came back of a payout
// that counts as paid, although the bank answers with an old report by which it is on its way.
//
// A payout whose debit stands is never free: nobody sends the money again while a bank owes it to us.
func (l *Link) Result(a payment.Attempt, s Standing, t Trail) (payment.Result, error) {
	progress := s.Progress
	progress.Code, progress.At = firstOf(s.Code, string(s.Status)), s.At
	progress.Billed = t.Billed
	progress.Booked = t.Debits > 0
	progress.Accepted = progress.Booked
	r := payment.Result{ProviderID: s.ID, ProviderCode: s.Code, Progress: &progress}
	back := t.Back.Sign()
	switch {
	case t.Debits > 1:
		return l.Conflict(a, "debited twice", progress), nil
	case back > 0 && t.Back.Cmp(a.Amount) > 0:
		return l.overpaid(a, t, "gave back more than was sent", progress), nil
	case back > 0 && t.Debits == 0 && !s.Paid && !a.Progress.Booked && a.Outcome != payment.Captured:
		return l.overpaid(a, t, "gave back what it never debited", progress), nil
	case s.Rejected() && OwnCopy(s.Code) && back > 0:
		return l.overpaid(a, t, "called it a duplicate and gave back", progress), nil
	case s.Rejected() && OwnCopy(s.Code):
		return payment.Result{}, fmt.Errorf("%w: %s", ErrDuplicate, s.Code)
	case s.Rejected():
		return l.rejected(a, s, t, r), nil
	case s.Paid && back > 0:
		progress.Accepted, progress.Booked = true, true
		r.Outcome, r.Amount, r.Returned = payment.Captured, a.Amount, comeback(t)
		return r, nil
	case s.Paid:
		progress.Accepted = true
		r.Outcome, r.Amount = payment.Captured, a.Amount
		return r, nil
	}
	r.Outcome, r.Reason = payment.Pending, payment.AwaitingChannel
	switch s.Status {
	case iso20022.Received, iso20022.AcceptedTechnical, iso20022.AcceptedCustomer, iso20022.Pending:
	case iso20022.AcceptedInProcess:
		progress.Accepted = true
	case iso20022.AcceptedSettled:
		progress.Accepted, progress.Booked = true, true
	default:
		return payment.Result{}, fmt.Errorf("%w: %.8q", ErrStatus, s.Status)
	}
	switch {
	case back > 0 && a.Outcome == payment.Captured: // an old report about what was paid, and came back since
		r.Outcome, r.Reason, r.Amount, r.Returned = payment.Captured, "", a.Amount, comeback(t)
	case progress.Accepted:
		r.Reason = payment.InTransfer
	}
	return r, nil
}

// overpaid is a conflict over money that the bank gave back: whatever people decide, it came.
func (l *Link) overpaid(a payment.Attempt, t Trail, what string, progress payment.Progress) payment.Result {
	r := l.Conflict(a, fmt.Sprintf("%s: %s", what, t.Back), progress)
	r.Returned = comeback(t)
	return r
}

// Forgotten is what a payout comes to that the bank does not know, or does not know any more. Its books remember: a payout
// of which they show nothing is not found, one that was debited is on its way until somebody says more, and what was given
// back is returned. One that counts as paid already stays so.
func (l *Link) Forgotten(ctx context.Context, a payment.Attempt) (payment.Result, error) {
	t, err := l.Trail(ctx, a)
	if err != nil || t.empty() {
		return payment.Result{NotFound: err == nil}, err
	}
	s := Standing{Status: iso20022.AcceptedInProcess}
	if a.Outcome == payment.Captured || t.Debits > 0 && t.Back.Sign() > 0 {
		s = Standing{Status: iso20022.AcceptedSettled, Paid: true}
	}
	return l.Result(a, s, t)
}

// rejected tells a refusal that cost nothing from one whose money has to come back.
func (l *Link) rejected(a payment.Attempt, s Standing, t Trail, r payment.Result) payment.Result {
	debited := t.Debits > 0 || a.Progress.Booked
	r.Progress.Booked = debited
	if t.Back.Sign() > 0 {
		r.Returned = comeback(t)
	}
	back, paid := t.Back.Sign() > 0, a.Outcome == payment.Captured
	switch whole := back && t.Back.Equal(a.Amount); {
	case back && (paid || debited && !whole):
		r.Progress.Accepted = true
		r.Outcome, r.Amount = payment.Captured, a.Amount
	case !debited && s.Code == withdrawn && l.config.Capabilities.Fence:
		r.Outcome, r.Reason = payment.Fenced, payment.FencedByUs
	case !debited || whole:
		r.Outcome, r.Reason = payment.Declined, Refusal(s.Code)
	default:
		r.Outcome, r.Reason = payment.Pending, payment.InTransfer
	}
	return r
}

func comeback(t Trail) *payment.Comeback {
	return &payment.Comeback{Amount: t.Back, Code: t.Code, Ours: Ours(t.Code)}
}

// Conflict hands a payout to people. One that counts as paid already stays so, and bears the mark of it: an error would
// have the mailbox stop at this payout, and with it the money of everybody else.
func (l *Link) Conflict(a payment.Attempt, what string, progress payment.Progress) payment.Result {
	progress.Conflict = what
	r := payment.Result{Outcome: payment.Review, Reason: payment.EchoMismatch, ProviderCode: what, Progress: &progress}
	if a.Outcome == payment.Captured {
		r.Outcome, r.Reason, r.Amount = payment.Captured, "", a.Amount
	}
	return r
}

// Undecided is a conflict that the bank's books do not settle. What they hold is told.
func (l *Link) Undecided(a payment.Attempt, what string, s Standing, t Trail) payment.Result {
	progress := s.Progress
	progress.Code, progress.At, progress.Billed = firstOf(s.Code, string(s.Status)), s.At, t.Billed
	progress.Booked = t.Debits > 0
	progress.Accepted = progress.Booked
	return l.Conflict(a, what, progress)
}

// Answered is what an inquiry comes to. An answer that was read, and cannot be true of a payout that rests, is the same however
// often the bank is asked: it is a conflict. Any other error may pass, and is a fault.
func (l *Link) Answered(a payment.Attempt, r payment.Result, err error) (payment.Result, error) {
	err = l.Fault("check", a.ID, err)
	untrue := func(sentinel error) bool { return errors.Is(err, sentinel) }
	if a.Rests() && slices.ContainsFunc([]error{ErrConflict, ErrDuplicate, ErrStatus, ErrEcho, errBooked}, untrue) {
		return l.Conflict(a, err.Error(), payment.Progress{}), nil
	}
	return r, err
}

// Unsendable is the result of an order that could not even be written: no byte of it left.
func Unsendable(err error) payment.Result {
	return payment.Result{Outcome: payment.NotSent, Reason: payment.ChannelMisconfigured, ProviderCode: err.Error()}
}
