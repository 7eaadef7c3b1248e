package payment

import "time"

// Status is what the outside sees of a payment. It is always derived; nothing ever sets it.
type Status string

// The statuses of a payment.
const (
	RequiresAction   Status = "requires_action"
	Processing       Status = "processing"
	StatusAuthorized Status = "authorized"
	Succeeded        Status = "succeeded"
	Failed           Status = "failed"
	StatusCanceled   Status = "canceled"
	StatusExpired    Status = "expired"
	NeedsReview      Status = "needs_review"
)

// Status derives the status from the last attempt and from why the payment was closed:
//
//	last attempt               closed                         status
//	none                       no                             processing
//	none                       as below                       as below
//	unknown, pending           -                              processing
//	action_required            -                              requires_action
//	authorized                 -                              authorized
//	captured                   -                              succeeded
//	review                     -                              needs_review
//	free (declined, …)         no                             processing: another attempt follows
//	free (declined, …)         canceled_by_merchant           canceled
//	free (declined, …)         payment_, quote_expired,
//	                           authorization_lapsed           expired
//	free (declined, …)         any other reason               failed
func (p Payment) Status() Status {
	if last, ok := p.Last(); ok && last.Live() {
		return statusOfLive[last.Outcome]
	}
	switch p.Closed {
	case "":
		return Processing
	case CanceledByMerchant:
		return StatusCanceled
	case PaymentExpired, QuoteExpired, AuthorizationLapsed:
		return StatusExpired
	default:
		return Failed
	}
}

var statusOfLive = map[Outcome]Status{
	Unknown:        Processing,
	Pending:        Processing,
	ActionRequired: RequiresAction,
	Authorized:     StatusAuthorized,
	Captured:       Succeeded,
	Review:         NeedsReview,
}

// Final reports whether the status can only change by late news.
func (s Status) Final() bool {
	return s == Succeeded || s == Failed || s == StatusCanceled || s == StatusExpired
}

// Exceptional circumstances beside the status.
const OutcomeUnknown = "outcome_unknown"

// Exceptions lists what is unusual about the payment at the moment now. An unanswered attempt is merely in flight
// until its deadline; afterwards, or once an answer was lost, its outcome is unknown.
func (p Payment) Exceptions(now time.Time) []string {
	last, ok := p.Last()
	if ok && last.Outcome == Unknown && (last.Reason != "" || !now.Before(last.Deadline)) {
		return []string{OutcomeUnknown}
	}
	return nil
}
