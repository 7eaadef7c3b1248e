package payment

import (
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/fx"
)

// Evidence says how something became known. Not every kind proves everything.
type Evidence string

// The kinds of evidence.
const (
	ByAnswer   Evidence = "answer"   // the reply to the first send
	ByReplay   Evidence = "replay"   // the reply to a repeated send
	ByInquiry  Evidence = "inquiry"  // the reply to a question that moves nothing
	ByCancel   Evidence = "cancel"   // the reply to the fence
	ByCallback Evidence = "callback" // what the channel told us by itself: a hint, never proof that money did not move
	ByOperator Evidence = "operator" // what two people decided
)

// News is what became known of one attempt or operation.
type News struct {
	Ref string // id of the attempt or operation
	Result
	By      Evidence
	At      time.Time // when it became known
	Unasked bool      // the question never left, since the channel had no place for it: this tells nothing
	Unheard bool      // the question was put, and nothing came back that can be used: this tells of the channel only
	AskedAt time.Time // when the question was put; an answer tells of no later moment. Zero: nobody knows, so that it proves no absence
}

// climb returns the rung of the ladder that is next. A question that nobody heard leads no further up than a quarter of an hour: a
// channel that works again is asked soon, however long it did not. It leads from an even rung to the odd one of the two and the other
// way round: what is asked on even rungs and on odd ones takes turns, since a channel may hear one of them and not the other.
func (n News) climb(checks int) int {
	if n.Unheard && checks >= quarterHour {
		return quarterHour + (checks+1)%2
	}
	return checks + 1
}

// answers reports whether the news is the answer to a question whose moment is known. What else is told may be old.
func (n News) answers() bool {
	return (n.By == ByInquiry || n.By == ByCancel) && !n.AskedAt.IsZero()
}

// absent reports whether an authoritative "not found" came after the horizon of everything that was sent: what has not
// shown by then is refused by the channel.
func (n News) absent(overdue time.Time, can Capabilities) bool {
	return n.NotFound && n.By == ByInquiry && can.Horizon > 0 && n.AskedAt.After(overdue.Add(can.Horizon))
}

// ErrNoReference is returned when news names an attempt or operation that the payment does not have.
var ErrNoReference = errors.New("payment has no such attempt or operation")

// Learn takes news in and returns the payment as it then is. It is the only way a fact about a channel becomes part of
// a payment, and it believes no more than the evidence carries:
//
//   - an approval that does not echo the amount is unknown;
//   - "not sent" is believed of the first send only, and only until it was sent again: on a replay, an inquiry or a fence the
//     first may have arrived, and when a gateway wakes that slept over its answer a replay may be on its way;
//   - a callback never frees an attempt;
//   - an attempt that is free stays free: money that still arrives on it is an orphan, and is reversed;
//   - while a capture is under way, the capture says what was captured;
//   - a change that the tables do not allow is ignored, and the inquiry ladder goes on.
func (p Payment) Learn(n News) (Payment, error) {
	if n.Unasked {
		return p.later(n), nil
	}
	if i := p.attemptIndex(n.Ref); i >= 0 {
		a := p.Attempts[i]
		return p.learnOfAttempt(i, n.believable(a.SentAt.After(a.CreatedAt))), nil
	}
	if i := p.operationIndex(n.Ref); i >= 0 {
		o := p.Operations[i]
		return p.learnOfOperation(i, n.believable(o.SentAt.After(o.CreatedAt))), nil
	}
	return p, fmt.Errorf("%s: %w", n.Ref, ErrNoReference)
}

// later puts a question off that could not be asked. It costs no rung of the ladder.
func (p Payment) later(n News) Payment {
	p = p.clone()
	if i := p.attemptIndex(n.Ref); i >= 0 {
		p.Attempts[i].CheckAt = nextCheck(n.Ref, 0, n.At)
	}
	if i := p.operationIndex(n.Ref); i >= 0 {
		p.Operations[i].CheckAt = nextCheck(n.Ref, 0, n.At)
	}
	return p
}

// believable narrows the result to what its evidence can prove of a reference that was, or was not, sent again.
func (n News) believable(resent bool) News {
	if n.Outcome == NotSent && (n.By != ByAnswer || resent) && n.By != ByOperator {
		n.Outcome, n.Reason = Unknown, NoAnswer
	}
	if n.By == ByCallback && n.Outcome.Free() {
		n.Outcome, n.Reason = Unknown, ""
	}
	return n
}

func (p Payment) learnOfAttempt(i int, n News) Payment {
	p = p.clone()
	a := p.Attempts[i]
	if n.Outcome.Moved() && !n.Amount.Equal(a.Amount) {
		n.Outcome, n.Reason = Unknown, EchoMismatch
	}
	if p.Direction == fx.Send {
		if p = p.learnOfBooks(i, n); a.Outcome.Free() {
			return p
		}
		a = p.Attempts[i]
	}
	if a.Outcome.Free() {
		if n.Outcome.Moved() {
			return p.beginReversal(a, n)
		}
		return p
	}
	if _, capturing := p.open(a.ID, Capture); capturing && n.Outcome == Captured {
		n.Outcome, n.Reason = a.Outcome, "" // the capture under way tells how much, and would be counted twice
	}
	if a.Outcome == Captured && n.Outcome == Pending {
		n.Outcome, n.Reason = Captured, "" // older than what is known; only a receipt that goes takes money back
	}
	if p.vanished(a) && n.Outcome == ActionRequired && n.answers() {
		n.Outcome, n.Reason = Pending, "" // the channel shows something that the receipts do not: it is asked on, and then people are
	}
	if p.pushed(a) && a.Outcome == Pending && (n.Outcome == ActionRequired || n.Outcome == Fenced && !p.vanished(a)) {
		return p // what was seen is told by receipts, and was seen after this was asked
	}
	if p.pushed(a) && n.Outcome == Captured && p.Arrived(a).Cmp(a.Amount) < 0 {
		return p // nobody's word makes a part the whole: the ledger converts what arrived
	}
	n = a.named(n)
	next := a.heard(n)
	if a.Outcome == Review && next.Outcome != Review && (n.By == ByOperator || !next.Progress.strayed()) { // by people, or by books that say more than words
		next.Progress.Ruled = next.Progress.Conflict
	}
	next.CheckAt = p.patience(next, n.At)
	if next.Outcome.Free() {
		if _, busy := p.open(a.ID, Capture, Void, Refund); busy && n.By != ByOperator {
			return p // freed only together with everything under it: the operation is resolved first
		}
		if a.Captured.Sign() > 0 { // what was captured stays ours; only the rest of the authorization ended
			next.Outcome = Captured
		}
	}
	if next.Outcome == Captured && a.Outcome != Captured {
		next = p.capturedBy(next, a)
		if p.Direction == fx.Collect {
			p.SettleAt = settleAt(n.At, p.Order.Terms.SettlementDays)
		}
	}
	p.Attempts[i] = next
	return p.closeIfOver(next).stillWanted()
}

// stillWanted forgets that the payment was canceled when nothing can be done about it: an authorization that the channel
// does not release ends by itself, and until then it may be captured.
func (p Payment) stillWanted() Payment {
	if last, ok := p.Last(); ok && p.CancelRequested && p.unreleasable(last) {
		p.CancelRequested = false
	}
	return p
}

// unreleasable reports whether a is an authorization whose channel cannot release it, or refused to often enough.
func (p Payment) unreleasable(a Attempt) bool {
	if a.Outcome != Authorized {
		return false
	}
	_, releasing := p.open(a.ID, Void)
	return !releasing && (!a.Capabilities.Void || p.voids(a.ID) >= VoidsMax)
}

// capturedBy says how much became ours with the attempt itself. With manual capture the captures say it.
func (p Payment) capturedBy(next, before Attempt) Attempt {
	if before.Captured.IsZero() {
		next.Captured = next.Amount
	}
	next.CheckAt = time.Time{}
	return next
}

// named gives a confirmed cancel the name that fits what it ended, and so it does with an expiry that the channel states
// when asked or told to cancel, an authoritative "not found" after the channel's own horizon the name of what it proves,
// and an outcome without a reason its usual one.
func (a Attempt) named(n News) News {
	expired := n.Outcome == Lapsed && (n.By == ByInquiry || n.By == ByCancel)
	switch {
	case expired && (a.Outcome == ActionRequired || a.Outcome == Pending):
		n.Outcome = Canceled
	case expired && a.Outcome == Unknown:
		n.Outcome = Fenced
	case n.Outcome == Unknown && n.Reason == "" && a.Outcome == ActionRequired && n.By != ByAnswer:
		n.Outcome = ActionRequired // a question without an answer takes nothing away from what is known
	case n.Outcome == Fenced && (a.Outcome == ActionRequired || a.Outcome == Pending && a.Capabilities.Push && a.Instruction.PayTo != ""):
		n.Outcome = Canceled
	case n.Outcome == Fenced && a.Outcome == Authorized:
		n.Outcome = Voided
	case a.Outcome == Unknown && !a.Capabilities.Fence && n.absent(a.Overdue(), a.Capabilities):
		n.Outcome = NotSent
	}
	if n.Reason == "" {
		n.Reason = usualReason[n.Outcome]
	}
	return n
}

var usualReason = map[Outcome]Reason{
	Unknown:        NoAnswer,
	ActionRequired: AuthRequired,
	Pending:        AwaitingChannel,
	Review:         LadderExhausted,
	Declined:       GenericDecline,
	NotSent:        NotReached,
	Fenced:         FencedByUs,
	Voided:         CanceledByMerchant,
	Canceled:       PaymentExpired,
	Lapsed:         AuthorizationLapsed,
}

// patience bounds the next question about an attempt that waits for the payer or the channel: a challenge is looked at
// again no later than when the payment expires, and a channel that answers no inquiry is not asked before that.
func (p Payment) patience(a Attempt, now time.Time) time.Time {
	if a.Outcome != ActionRequired && a.Outcome != Pending {
		return a.CheckAt
	}
	if p.pushed(a) && a.Outcome == Pending && !p.vanished(a) {
		return now.Add(receiptPatience) // what was seen is told by receipts
	}
	at := a.CheckAt
	if p.vanished(a) { // whoever is asked is the chain, or the mailbox, that shows nothing
		if at.Before(p.ExpiresAt) && !p.CancelRequested && p.Switch == nil {
			return p.ExpiresAt
		}
		return at
	}
	if !a.Capabilities.Inquiry && (a.Outcome == Pending || now.Before(p.ExpiresAt)) {
		at = time.Time{}
	}
	if a.Outcome == ActionRequired && now.Before(p.ExpiresAt) && (at.IsZero() || at.After(p.ExpiresAt)) {
		return p.ExpiresAt
	}
	return at
}

// heard returns the attempt after one more answer.
func (a Attempt) heard(n News) Attempt {
	if n.ProviderID != "" {
		a.ProviderID = n.ProviderID
	}
	if n.Outcome == a.Outcome || !a.Outcome.Allows(n.Outcome) || a.Outcome == Captured && n.Outcome.Free() {
		return a.askAgain(n)
	}
	a.Outcome = n.Outcome
	a.Reason = n.Reason
	a.ProviderCode = n.ProviderCode
	a.ChallengeURL = ""
	a.Checks = 0
	a.CheckAt = time.Time{}
	switch a.Outcome {
	case ActionRequired:
		a.ChallengeURL = n.ChallengeURL
		a.CheckAt = nextCheck(a.ID, slowFrom, n.At)
	case Pending:
		a.CheckAt = nextCheck(a.ID, slowFrom, n.At)
	case Authorized:
		a.ExpiresAt = n.ExpiresAt
		a.CheckAt = n.ExpiresAt
	case Unknown:
		a.CheckAt = nextCheck(a.ID, 0, n.At)
	}
	return a
}

// slowFrom is where on the ladder the questions begin when the channel already said that it will take its time.
const slowFrom = 3

func (a Attempt) askAgain(n News) Attempt {
	if n.Reason != "" && a.Outcome == Unknown {
		a.Reason = n.Reason
		a.ProviderCode = n.ProviderCode
	}
	switch {
	case n.By == ByCallback:
		a.CheckAt = n.At // a hint: ask now
	case a.Outcome == Unknown:
		if n.By != ByAnswer {
			a.Checks = n.climb(a.Checks)
		}
		a.CheckAt = nextCheck(a.ID, a.Checks, n.At)
	case a.Outcome == Pending || a.Outcome == ActionRequired:
		a.Checks++
		a.CheckAt = nextCheck(a.ID, slowFrom+a.Checks, n.At)
	case a.Outcome == Authorized && !a.CheckAt.IsZero() && !a.CheckAt.After(n.At):
		a.CheckAt = n.At.Add(inquiryEvery)
	}
	return a
}
