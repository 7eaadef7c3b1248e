package checkout

import (
	"slices"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// scene is the one thing that a page is about: where the payment stands, and what that means for the payer.
type scene struct {
	Name   string // what the page shows beside it; a name of the table in sceneOf
	Tone   string // "good", "warn" or "bad" where the colour helps
	Title  string // what happened, or is to be done
	Detail string // what that means, and whether money was taken
	Poll   int    // how often to look again, in milliseconds; 0: never
}

// How often a page that follows along looks again.
const (
	pollBusy    = 1500
	pollWaiting = 4000
	pollIdle    = 15000
)

// story is a payment with everything that decides what its page is about.
type story struct {
	payment.Payment

	now   time.Time
	texts catalogue
	lang  string
	fault *payment.Fault // what the payer may know of what went wrong; nil: nothing did
	view  payment.View
}

func storyOf(p payment.Payment, now time.Time, lang string) story {
	return story{p, now, catalogues[lang], lang, p.PayerFault(now, lang), p.View(now, lang)}
}

// sceneOf is derived from the payment alone:
//
//	succeeded, authorized           paid
//	canceled, expired, failed       the same
//	outcome unknown, with people    checking
//	something arrived               confirming, underpaid, reorganised
//	a change or cancel under way    changing
//	method not chosen               choose
//	payer has to prove themselves   challenge
//	payer has to send it            bank, crypto; expired once the price is not held any more
//	no channel can take it now      waiting
//	asked, not answered yet         processing
func (s story) sceneOf() scene {
	switch s.Status() {
	case payment.Succeeded, payment.StatusAuthorized:
		return s.paid()
	case payment.StatusCanceled:
		return s.explained("canceled", "", 0)
	case payment.StatusExpired:
		return s.expired()
	case payment.Failed:
		return s.explained("failed", "bad", pollIdle)
	case payment.NeedsReview:
		return s.checking()
	}
	last, ok := s.Last()
	switch {
	case slices.Contains(s.view.Exceptions, payment.OutcomeUnknown):
		return s.checking()
	case ok && last.Capabilities.Push && last.Outcome == payment.Pending: // what was seen is told even if a change was asked for
		return s.pushed(last)
	case s.Switch != nil || s.CancelRequested:
		return s.told("changing", "", pollBusy)
	case s.Method.Type == "":
		return s.choosing()
	case s.view.NextAction != nil && s.view.NextAction.Type == "three_d_secure":
		return s.told("challenge", "", pollWaiting)
	case ok && last.Capabilities.Push && last.Live():
		return s.pushed(last)
	case !ok || !last.Live():
		if s.fault != nil {
			return s.explained("waiting", "warn", pollWaiting)
		}
		return s.told("processing", "", pollBusy)
	case last.Outcome == payment.Unknown:
		return s.told("processing", "", pollBusy)
	default:
		return s.checking()
	}
}

func (s story) choosing() scene {
	if !s.now.Before(s.ExpiresAt) {
		return s.expired()
	}
	return s.told("choose", "", pollIdle)
}

// pushed is about money that the payer sends by themselves.
func (s story) pushed(a payment.Attempt) scene {
	switch {
	case a.Outcome == payment.Unknown:
		return s.told("processing", "", pollBusy)
	case a.Reason == payment.Reorganised:
		return s.told("reorganised", "warn", pollWaiting)
	case a.Outcome == payment.ActionRequired && !s.now.Before(s.ExpiresAt):
		return s.expired()
	case a.Outcome == payment.ActionRequired && a.Instruction.Network != "":
		return s.told("crypto", "", pollWaiting)
	case a.Outcome == payment.ActionRequired:
		return s.told("bank", "", pollWaiting)
	case s.missing().Sign() > 0:
		return s.told("underpaid", "warn", pollWaiting)
	}
	return s.told("confirming", "", pollWaiting)
}

// paid tells also what was unusual about it.
func (s story) paid() scene {
	switch refunded := s.Refunded(); {
	case s.Status() == payment.StatusAuthorized:
		return s.told("authorized", "good", pollIdle)
	case refunded.Sign() > 0 && s.Refundable().Sign() <= 0:
		return s.told("refunded", "good", pollIdle)
	case refunded.Sign() > 0:
		return s.told("part_refunded", "good", pollIdle, figureOf(refunded).String())
	case slices.Contains(s.view.Exceptions, payment.WasOverpaid):
		last, _ := s.Last()
		return s.told("overpaid", "good", pollIdle, figureOf(s.Arrived(last).Sub(last.Amount)).String())
	case slices.Contains(s.view.Exceptions, payment.WasPaidLate):
		return s.told("paid_late", "good", pollIdle)
	}
	return s.told("paid", "good", pollIdle)
}

// checking never offers to pay: nobody knows yet whether money was taken.
func (s story) checking() scene {
	if s.fault != nil && s.fault.Code != payment.NoAnswer {
		return s.explained("checking", "warn", pollWaiting)
	}
	return s.told("checking", "warn", pollWaiting)
}

// expired keeps everything but the price.
func (s story) expired() scene {
	made := s.told("expired", "", pollIdle)
	if !s.Switchable() {
		made.Detail = s.texts.say("act.none")
		return made
	}
	if last, ok := s.Last(); ok && last.Capabilities.Push {
		made.Detail = s.texts.say("expired.sent.detail")
	}
	return made
}

// told is a scene with the texts of its name.
func (s story) told(name, tone string, poll int, gaps ...any) scene {
	return scene{name, tone, s.texts.say(name + ".title"), s.texts.say(name+".detail", gaps...), poll}
}

// explained is a scene with the texts of what went wrong.
func (s story) explained(name, tone string, poll int) scene {
	if s.fault == nil {
		return s.told(name, tone, poll)
	}
	return scene{name, tone, s.fault.Title, s.fault.Detail, poll}
}
