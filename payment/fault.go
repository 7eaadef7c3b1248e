package payment

import (
	"slices"
	"time"
)

// MoneyState answers the first question of everyone who sees a failure: was money taken?
type MoneyState string

// Where the money is.
const (
	NotCharged   MoneyState = "not_charged"   // nothing was taken
	Charged      MoneyState = "charged"       // it was taken
	MaybeCharged MoneyState = "being_checked" // nobody knows yet; paying again is not safe
	PartlyPaid   MoneyState = "partly_paid"   // some of it has arrived, and waits for the rest
)

// Fault says what went wrong in the shape of a problem (RFC 9457), and what the payer can do about it.
type Fault struct {
	Type        string     `json:"type" format:"uri-reference" doc:"Help page of the cause"`
	Title       string     `json:"title"`
	Detail      string     `json:"detail"`
	Code        Reason     `json:"code"`
	Cause       Cause      `json:"cause" enum:"network,balance,channel,identity,institution,client,request,declined,internal"`
	Retryable   bool       `json:"retryable" doc:"The same payment may safely be made again"`
	NextActions []string   `json:"next_actions" doc:"What the payer can do, best first"`
	Outcome     MoneyState `json:"outcome" enum:"not_charged,charged,being_checked,partly_paid"`
	Blame       Blame      `json:"blame"`
	Retry       Retry      `json:"retry"`
	PublicCode  Reason     `json:"public_code" doc:"The code that the payer may be shown"`
}

// Remedies that a page can offer as a button.
const (
	ActWait         = "wait_and_do_not_pay_again"
	ActOtherMethod  = "use_another_method"
	ActRetry        = "pay_again"
	ActNewQuote     = "get_a_new_price"
	ActFixDetails   = "correct_the_card_details"
	ActAuthenticate = "authenticate"
	ActAskIssuer    = "ask_the_card_issuer"
	ActPayRest      = "pay_the_rest"
	ActSendMoney    = "send_the_money"
	ActFixAccount   = "correct_the_account"
	ActSupport      = "contact_support"
)

var remedies = map[Reason][]string{
	AuthRequired:        {ActAuthenticate},
	AuthFailed:          {ActAuthenticate, ActOtherMethod},
	InsufficientFunds:   {ActOtherMethod, ActAskIssuer},
	LimitExceeded:       {ActOtherMethod, ActAskIssuer},
	ExpiredCard:         {ActOtherMethod, ActFixDetails},
	IncorrectCVC:        {ActFixDetails, ActOtherMethod},
	InvalidCard:         {ActFixDetails, ActOtherMethod},
	QuoteExpired:        {ActNewQuote},
	PaymentExpired:      {ActNewQuote},
	AuthorizationLapsed: {ActRetry},
	ChannelUnavailable:  {ActRetry, ActOtherMethod},
	IssuerUnavailable:   {ActRetry, ActOtherMethod},
	NotReached:          {ActRetry, ActOtherMethod},
	LadderExhausted:     {ActSupport, ActWait},
	AwaitingPayer:       {ActSendMoney, ActOtherMethod},
	Underpaid:           {ActPayRest, ActSupport},
	InvalidAccount:      {ActFixAccount},
	AccountClosed:       {ActFixAccount},
	RegulatoryReason:    {ActSupport},
}

// Remedies returns what a payer can do about r, best first.
func (r Reason) Remedies() []string {
	if acts, ok := remedies[r]; ok {
		return slices.Clone(acts)
	}
	switch r.Meaning().Retry {
	case RetryWait:
		return []string{ActWait, ActSupport}
	case RetryElsewhere, RetryLater:
		return []string{ActRetry, ActOtherMethod}
	default:
		return []string{ActOtherMethod, ActAskIssuer}
	}
}

// fault explains r, with texts for the payer in the language lang.
func fault(r Reason, state MoneyState, lang string) *Fault {
	m := r.Meaning()
	text := r.Text(lang)
	return &Fault{
		Type: "/help/" + string(m.Cause), Title: text.Title, Detail: joined(lang, text.Detail, state.Text(lang)), Code: r, Cause: m.Cause,
		Retryable:   state == NotCharged && m.Retry != RetryNever,
		NextActions: r.Remedies(), Outcome: state, Blame: m.Blame, Retry: m.Retry, PublicCode: r.Public(),
	}
}

// lastError explains a payment that failed, waits or is unknown. It is nil when there is nothing to explain.
func (p Payment) lastError(now time.Time, lang string) *Fault {
	last, ok := p.Last()
	switch {
	case p.Closed != "":
		return fault(p.Closed, p.MoneyAt(), lang)
	case p.Stopped() != "":
		return fault(p.Stopped(), NotCharged, lang)
	case !ok:
		if p.RetryAt.IsZero() {
			return nil
		}
		return fault(ChannelUnavailable, NotCharged, lang)
	case p.untried(last):
		return fault(ChannelUnavailable, NotCharged, lang)
	case last.Outcome == Unknown && p.Exceptions(now) == nil, last.Outcome.Moved(), last.Reason == AwaitingPayer:
		return nil
	case last.Outcome == Unknown:
		return fault(NoAnswer, MaybeCharged, lang)
	case last.Reason != "":
		return fault(last.Reason, p.MoneyAt(), lang)
	}
	return nil
}

// MoneyAt says whether the payer's money was taken.
func (p Payment) MoneyAt() MoneyState {
	last, ok := p.Last()
	switch {
	case p.Received().Sign() > 0:
		return Charged
	case ok && p.Arrived(last).Sign() > 0:
		return PartlyPaid
	case ok && (last.Outcome == Unknown || last.Outcome == Review || last.Outcome == Pending):
		return MaybeCharged
	default:
		return NotCharged
	}
}
