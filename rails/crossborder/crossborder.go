// Package crossborder pays out across borders, through a correspondent bank where we hold nostro accounts.
//
// A payout is one pacs.008 behind a business header, with a UETR that stays the same on every leg. Three books say what
// becomes of it: the correspondent's word (pacs.002), the tracker, and the mailbox of the nostro account. Of what the first
// two say the newest counts, until one of them says that the beneficiary was credited (ACCC) or that the payment was
// rejected (RJCT): neither can follow the other. Where both were said, what was booked decides: money that was given back was
// rejected. While none was, it is for people to sort out. What was debited, billed and given back only the mailbox tells,
// which is read to its end.
//
// Nothing here is a fence: a recall is a request, so that a payout whose fate is unknown is never sent again elsewhere.
// The messages follow the base schemas and the public part of CBPR+; that is no certification by Swift.
package crossborder

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/calendar"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

// Correspondent is a channel that pays out through one correspondent bank. It is safe for concurrent use.
type Correspondent struct {
	config   Config
	link     *banklink.Link
	calendar calendar.Calendar
}

var _ interface {
	rails.Rail
	rails.Watcher
	rails.Checker
	rails.Estimator
	rails.Listener
	rails.Prober
} = (*Correspondent)(nil)

// New returns the channel that config describes. An error names every field that is wrong.
func New(config Config) (*Correspondent, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	days, err := calendar.New(config.Calendar, config.Cutoff)
	if err != nil {
		return nil, err
	}
	config.Zone = days.Zone()
	link, err := banklink.New(config.Config)
	if err != nil {
		return nil, err
	}
	return &Correspondent{config: config, link: link, calendar: days}, nil
}

// String returns the name of the channel, so that printing a Correspondent does not print its secrets.
func (c *Correspondent) String() string { return c.config.Name }

// Capabilities returns what the correspondent promises, as configured.
func (c *Correspondent) Capabilities() payment.Capabilities {
	promised := c.config.Capabilities
	promised.Payout = true
	return promised
}

// Send pays out. The result is NotSent when no byte left for the correspondent, or when it answered with a code that it
// documents as "before execution".
func (c *Correspondent) Send(ctx context.Context, p payment.Payment, at payment.Attempt) (payment.Result, error) {
	m, err := c.transfer(p, at)
	if err != nil {
		return banklink.Unsendable(err), nil
	}
	reply, err := c.link.Post(ctx, c.header(at, at.CreatedAt), m)
	if errors.Is(err, line.ErrNotSent) {
		return payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached}, nil
	}
	if err != nil {
		return payment.Result{}, c.link.Fault("send", at.ID, err)
	}
	if refused, ok := reply.TurnedAway(c.config.PreExecutionCodes); ok {
		return refused, nil
	}
	said, err := c.reported(reply, at)
	if err != nil {
		return payment.Result{}, c.link.Fault("send", at.ID, err)
	}
	return c.judge(ctx, "send", at, said)
}

// Check asks the correspondent (pacs.028) and the tracker what became of a payout, and reads the nostro's mailbox.
func (c *Correspondent) Check(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	result, err := c.inquire(ctx, at)
	return c.link.Answered(at, result, err)
}

func (c *Correspondent) inquire(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	var said sayings
	asked, err := c.link.Post(ctx, c.header(at, c.link.Now()), c.inquiry(at))
	if err != nil {
		return payment.Result{}, c.link.Fault("check", at.ID, err)
	}
	if !asked.NotFound() {
		if said, err = c.reported(asked, at); err != nil {
			return payment.Result{}, c.link.Fault("check", at.ID, err)
		}
	}
	tracked, err := c.link.Get(ctx, "/tracker/"+url.PathEscape(at.UETR), true)
	if err != nil {
		return payment.Result{}, c.link.Fault("track", at.ID, err)
	}
	if !tracked.NotFound() {
		track, err := readTrack(tracked, at)
		if err != nil {
			return payment.Result{}, c.link.Fault("track", at.ID, err)
		}
		said = said.and(track)
	}
	if len(said.reports) == 0 {
		forgotten, err := c.link.Forgotten(ctx, at)
		if err != nil {
			return payment.Result{}, c.link.Fault("check", at.ID, err)
		}
		return forgotten, nil
	}
	return c.judge(ctx, "check", at, said)
}

// reported reads an answer that must be a pacs.002 about the payout.
func (c *Correspondent) reported(reply line.Reply, at payment.Attempt) (sayings, error) {
	report, err := banklink.ReadAs[*iso20022.StatusReport](reply)
	if err != nil {
		return sayings{}, err
	}
	return readReport(report, at, c.config.Zone)
}

// judge holds what was said against what was booked. The first answer to an order that was taken is not kept waiting for
// the mailbox, which has nothing to add yet.
func (c *Correspondent) judge(ctx context.Context, call string, at payment.Attempt, said sayings) (payment.Result, error) {
	standing, clear := said.merged()
	var trail banklink.Trail
	if call != "send" || standing.Rejected() || !clear {
		var err error
		if trail, err = c.link.Trail(ctx, at); err != nil {
			return payment.Result{}, c.link.Fault(call, at.ID, err)
		}
	}
	if !clear && trail.Back.Sign() == 0 {
		return c.link.Undecided(at, "both credited and rejected", standing, trail), nil
	}
	result, err := c.link.Result(at, standing, trail)
	if err != nil {
		return payment.Result{}, c.link.Fault(call, at.ID, err)
	}
	return result, nil
}

// Watch tells the journal what the mailboxes of the nostro accounts say.
func (c *Correspondent) Watch(ctx context.Context, journal rails.Journal) error {
	return c.link.Watch(ctx, journal)
}

// Callback verifies what the correspondent tells by itself.
func (c *Correspondent) Callback(header http.Header, body []byte) (rails.Callback, error) {
	return c.link.Callback(header, body)
}

// Probe asks whether the correspondent is up.
func (c *Correspondent) Probe(ctx context.Context) error { return c.link.Probe(ctx) }
