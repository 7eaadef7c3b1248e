package payment

import (
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
)

// Status is what the outside sees of a payment or payout. It is always derived; nothing ever sets it.
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

// Status derives the status from the last attempt and from why the payment was closed. That of a payout has a table of
// its own.
//
//	last attempt               closed                         status
//	none, method not chosen    no                             requires_action
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
	if p.Direction == fx.Send {
		return p.payoutStatus()
	}
	if last, ok := p.Last(); ok && last.Live() {
		return statusOfLive[last.Outcome]
	}
	switch p.Closed {
	case "":
		if p.choosing() {
			return RequiresAction
		}
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
	return s == Succeeded || s == Failed || s == StatusCanceled || s == StatusExpired || s == Paid || s == Returned
}

// Exceptional circumstances beside the status.
const (
	OutcomeUnknown = "outcome_unknown" // an answer was lost, and evidence is being looked for
	WasUnderpaid   = "underpaid"       // less than is due has arrived
	WasOverpaid    = "overpaid"        // more than was due has arrived; the rest waits in the payment's claims
	WasPaidLate    = "paid_late"       // it arrived after the price was held, and was converted at the rate of crediting
	WasMultiple    = "multiple"        // it arrived in several transfers
	WasWrongAsset  = "wrong_asset"     // something else arrived than was asked for; it waits in the payment's claims
	WasReorged     = "reorged"         // the chain, or the bank, took a transfer back
	Contradicted   = "contradicted"    // what the channel says of a payout contradicts itself: two people decide
	AwaitsRate     = "awaiting_rate"   // something arrived while there was no exchange rate; it is converted at the next one
)

// Exceptions lists what is unusual about the payment at the moment now. An unanswered attempt is merely in flight
// until its deadline; afterwards, or once an answer was lost, its outcome is unknown.
func (p Payment) Exceptions(now time.Time) []string {
	last, ok := p.Last()
	if ok && last.Outcome == Unknown && (last.Reason != "" || !now.Before(last.Deadline)) {
		return []string{OutcomeUnknown}
	}
	if slices.ContainsFunc(p.Attempts, func(a Attempt) bool { return a.Progress.Contradicts() }) {
		return []string{Contradicted}
	}
	if p.awaitsRate() {
		return []string{AwaitsRate}
	}
	if why := p.Stopped(); why != "" && p.Closed == "" {
		return []string{string(why)}
	}
	if !ok || len(p.Receipts) == 0 {
		return nil
	}
	return p.oddReceipts(last)
}

// oddReceipts lists what is unusual about what arrived for the attempt a.
func (p Payment) oddReceipts(a Attempt) []string {
	var odd []string
	add := func(is bool, exception string) {
		if is {
			odd = append(odd, exception)
		}
	}
	credited, late, strange, orphaned := 0, false, false, false
	for _, r := range p.Receipts {
		orphaned = orphaned || r.State == ReceiptOrphaned
		if r.State != ReceiptCredited {
			continue
		}
		credited++
		late = late || r.Late
		strange = strange || r.Amount.Asset() != a.Amount.Asset()
	}
	arrived := p.Arrived(a)
	add(a.Outcome != Captured && arrived.Sign() > 0, WasUnderpaid)
	add(arrived.Cmp(a.Amount) > 0, WasOverpaid)
	add(late && a.Outcome == Captured, WasPaidLate)
	add(credited > 1, WasMultiple)
	add(strange, WasWrongAsset)
	add(orphaned, WasReorged)
	return odd
}
