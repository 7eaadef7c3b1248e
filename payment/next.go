package payment

import (
	"hash/fnv"
	"time"

	"github.com/causeway-pay/causeway/fx"
)

// Do is a kind of step.
type Do uint8

// The steps. Every one but Stop either asks a channel or writes something down.
const (
	Stop     Do = iota // nothing to do now
	Send               // choose a channel and make the next attempt
	Replay             // send the same reference again; the channel gives the first answer again
	Check              // ask what became of it
	Fence              // have it canceled, and a later arrival refused
	Release            // begin the void of an authorization that is no longer wanted
	Close              // make no further attempt
	Settle             // move the credit from pending to available
	Convert            // book what arrived without a rate, at the rate of now
	Escalate           // give up asking; people decide
)

var doNames = [...]string{"stop", "send", "replay", "check", "fence", "release", "close", "settle", "convert", "escalate"}

// String names the step.
func (d Do) String() string { return doNames[d] }

// Step is what to do next, and to which attempt or operation.
type Step struct {
	Do     Do
	Ref    string // id of the attempt or operation, for Replay, Check, Fence, Release, Convert and Escalate
	Reason Reason // for Close
}

// inquiries is when to ask after an answer was lost. Further inquiries follow every inquiryEvery until inquiriesFor has passed.
var inquiries = [...]time.Duration{
	time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 15 * time.Minute, 15 * time.Minute, time.Hour,
}

const (
	inquiryEvery = 6 * time.Hour
	inquiriesFor = 7 * 24 * time.Hour
	// ChecksMax is how often the fate of one reference is asked for, and not told, before people decide.
	ChecksMax = len(inquiries) + int(inquiriesFor/inquiryEvery)
	// askedFor is how long it is at most. The jitter lengthens the whole ladder by a fifth; a quarter leaves every ladder its end.
	askedFor = inquiriesFor + inquiriesFor/4
	// quarterHour is the first of the two rungs of inquiries that some ladders climb no further than: what is asked in two ways
	// in turn is asked in both of them.
	quarterHour = 6
	// VoidsMax is how often the release of one authorization is asked for. One that the channel refuses to release ends
	// there by itself.
	VoidsMax = 3
	// checksBeforeFence is how many inquiries without a final answer a channel with a fence is given.
	checksBeforeFence = 2
)

// nextCheck returns when to ask for the (checks+1)-th time. The jitter of up to a fifth depends on the reference alone,
// so that a crowd of payments that lost their answers in one moment does not return in one moment.
func nextCheck(ref string, checks int, at time.Time) time.Time {
	wait := inquiryEvery
	if checks < len(inquiries) {
		wait = inquiries[checks]
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(ref)) // never fails
	return at.Add(wait + wait/5*time.Duration(h.Sum32()%1000)/1000)
}

// exhausted reports whether the fate of what began at a moment was asked for often enough, or for long enough where nobody answers.
func exhausted(checks int, since, now time.Time) bool {
	return checks >= ChecksMax || checks >= quarterHour && now.Sub(since) > askedFor
}

// Next says what is to be done at the moment now. The same question is asked for a new payment, for one found after a
// crash, and for one woken by a callback.
func (p Payment) Next(now time.Time) Step {
	for _, o := range p.Operations {
		if step := p.nextOfOperation(o, now); step.Do != Stop {
			return step
		}
	}
	last, ok := p.Last()
	if ok && last.Live() {
		if step := p.nextOfAttempt(last, now); step.Do != Stop {
			return step
		}
		return p.nextSettlement(now)
	}
	switch {
	case p.Closed != "":
		return p.nextSettlement(now)
	case p.CancelRequested:
		return Step{Do: Close, Reason: CanceledByMerchant}
	case p.choosing():
		if now.Before(p.ExpiresAt) {
			return Step{}
		}
		return Step{Do: Close, Reason: PaymentExpired}
	case !now.Before(p.Quote.ExpiresAt):
		return Step{Do: Close, Reason: p.closingReason()}
	case p.Hold != "", now.Before(p.RetryAt):
		return Step{}
	default:
		return Step{Do: Send}
	}
}

// closingReason tells a payment that never found a channel, or was kept from it, from one whose price ran out while its
// outcome was unknown.
func (p Payment) closingReason() Reason {
	if why := p.Stopped(); why != "" {
		return why
	}
	if !p.RetryAt.IsZero() {
		return ChannelUnavailable
	}
	return QuoteExpired
}

func (p Payment) nextOfAttempt(a Attempt, now time.Time) Step {
	can := a.Capabilities
	due := !a.CheckAt.IsZero() && !now.Before(a.CheckAt)
	switch a.Outcome {
	case Unknown:
		switch {
		case p.CancelRequested && fences(a.Checks, can) && !exhausted(a.Checks, a.CreatedAt, now) && (a.Checks == 0 || due):
			return Step{Do: Fence, Ref: a.ID}
		case !due:
			return Step{}
		case p.pushed(a): // nothing was ever sent: the payer is told again where to pay
			return Step{Do: Replay, Ref: a.ID}
		case exhausted(a.Checks, a.CreatedAt, now):
			return Step{Do: Escalate, Ref: a.ID}
		case resends(a.Checks, can) && replayable(now, a.CreatedAt, a.Deadline, can) && (p.Direction == fx.Send || now.Before(p.Quote.ExpiresAt)):
			return Step{Do: Replay, Ref: a.ID}
		case fences(a.Checks, can) && (a.Checks >= checksBeforeFence || !can.Inquiry):
			return Step{Do: Fence, Ref: a.ID}
		case can.Inquiry:
			return Step{Do: Check, Ref: a.ID}
		default:
			return Step{Do: Escalate, Ref: a.ID}
		}
	case ActionRequired, Pending:
		nothing := a.Outcome == ActionRequired || p.vanished(a)
		unwanted := p.CancelRequested || p.Switch != nil || (nothing && !now.Before(p.ExpiresAt))
		closable := can.Fence || (p.pushed(a) && nothing)
		switch {
		case p.unpriced(a) && due:
			return Step{Do: Convert, Ref: a.ID}
		case p.unpriced(a):
			return Step{}
		case due && a.Checks >= ChecksMax:
			return Step{Do: Escalate, Ref: a.ID}
		case unwanted && closable && (a.Checks == 0 || due):
			return Step{Do: Fence, Ref: a.ID}
		case !due:
			return Step{}
		case p.pushed(a) && a.Outcome == Pending, a.Outcome == ActionRequired && !can.Inquiry:
			return Step{Do: Escalate, Ref: a.ID}
		default:
			return Step{Do: Check, Ref: a.ID}
		}
	case Authorized:
		switch {
		case p.busy(a):
			return Step{}
		case due && can.Inquiry: // before a void, since a void that was refused made it due
			return Step{Do: Check, Ref: a.ID}
		case p.CancelRequested && can.Void && p.voids(a.ID) < VoidsMax:
			return Step{Do: Release, Ref: a.ID}
		}
	}
	return Step{}
}

// busy reports whether an authorization waits for what is under way on it, people's decision included. What the channel says
// of the authorization is of no use before: it is freed only together with everything under it.
func (p Payment) busy(a Attempt) bool {
	_, busy := p.open(a.ID, Void, Capture)
	return busy && a.Outcome == Authorized
}

// nextOfOperation resolves a capture, void, refund or reversal. Sending it again under its own reference is both the
// question and the remedy where the channel honours the reference; a release may always be repeated. Of a capture or a refund
// every other question only asks, where the channel can be asked: that reaches one which takes nothing new.
func (p Payment) nextOfOperation(o Operation, now time.Time) Step {
	if (o.Outcome != Unknown && o.Outcome != Pending) || o.CheckAt.IsZero() || now.Before(o.CheckAt) {
		return Step{}
	}
	if o.Kind == Return {
		return Step{Do: Convert, Ref: o.ID}
	}
	a, _ := p.Attempt(o.Attempt)
	again := replayable(now, o.CreatedAt, o.Deadline, a.Capabilities) || o.Kind == Void || o.Held
	if (o.Kind == Capture || o.Kind == Refund) && !o.Held && a.Capabilities.Inquiry {
		again = again && o.Checks%2 == 0
	}
	switch {
	case exhausted(o.Checks, o.CreatedAt, now):
		return Step{Do: Escalate, Ref: o.ID}
	case o.Outcome == Unknown && again:
		return Step{Do: Replay, Ref: o.ID}
	case a.Capabilities.Inquiry:
		return Step{Do: Check, Ref: o.ID}
	default:
		return Step{Do: Escalate, Ref: o.ID}
	}
}

// choosing reports whether the payer has yet to say how they pay. The price is made when they do.
func (p Payment) choosing() bool { return p.Method.Type == "" }

// pushed reports whether the payer sends the money of a by themselves. Its cancel asks whether anything was seen, and
// needs no promise about later arrivals: what comes later is a receipt.
func (p Payment) pushed(a Attempt) bool { return p.Direction == fx.Collect && a.Capabilities.Push }

// replayable reports whether a reference that is sent again now leaves while the channel still knows the first: what is
// sent may be on its way for as long as the first was.
func replayable(now, created, deadline time.Time, can Capabilities) bool {
	return now.Add(deadline.Sub(created)).Before(created.Add(can.Replay))
}

// resends reports whether the next question is to send the reference again. The first one is. Where the channel can neither
// be fenced nor be believed when it knows nothing of a reference, nothing else settles what never arrived, so there every
// other one is; those between reach a channel whose breaker is open.
func resends(checks int, can Capabilities) bool {
	return checks == 0 || !can.Fence && can.Horizon == 0 && checks%2 == 0
}

// fences reports whether the next question may be a cancel. Where the channel can be asked, every other one asks: a cancel that
// nobody answers keeps no charge that arrived after all from being learned.
func fences(checks int, can Capabilities) bool {
	return can.Fence && (checks%2 == 0 || !can.Inquiry)
}

// voids counts how often the release of an authorization was asked for.
func (p Payment) voids(attempt string) int {
	n := 0
	for _, o := range p.Operations {
		if o.Kind == Void && o.Attempt == attempt {
			n++
		}
	}
	return n
}

func (p Payment) nextSettlement(now time.Time) Step {
	if !p.SettleAt.IsZero() && !now.Before(p.SettleAt) && p.PendingCredit().Sign() > 0 {
		return Step{Do: Settle}
	}
	return Step{}
}

// Due returns the next moment at which Next may have an answer other than Stop without further news. It returns the
// zero time when there is none.
func (p Payment) Due() time.Time {
	var due time.Time
	consider := func(t time.Time) {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	for _, o := range p.Operations {
		if o.Outcome == Unknown || o.Outcome == Pending {
			consider(o.CheckAt)
		}
	}
	last, ok := p.Last()
	switch live := ok && last.Live(); {
	case live && (last.Outcome == Review || p.busy(last)):
	case live:
		consider(last.CheckAt)
	case !live && p.Closed == "" && p.choosing():
		consider(p.ExpiresAt)
	case !live && p.Closed == "" && p.Hold != "":
		consider(p.Quote.ExpiresAt)
	case !live && p.Closed == "" && p.RetryAt.After(p.UpdatedAt):
		consider(p.RetryAt)
	case !live && p.Closed == "":
		consider(p.UpdatedAt)
	}
	if p.PendingCredit().Sign() > 0 {
		consider(p.SettleAt)
	}
	return due
}
