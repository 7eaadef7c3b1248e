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
	"fmt"
	"net/http"
	"net/url"
	"time"

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
	rails.Statementer
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
	result, err := c.order(ctx, m, at)
	return result, c.link.Fault("send", at.ID, err)
}

// order gives the correspondent an order. The first answer to one that was taken is not kept waiting for the mailbox, which
// has nothing to add yet.
func (c *Correspondent) order(ctx context.Context, m iso20022.Message, at payment.Attempt) (payment.Result, error) {
	reply, refused, err := c.link.Order(ctx, c.header(at, at.CreatedAt), m)
	if err != nil || refused.Outcome == payment.NotSent {
		return refused, err
	}
	said, err := c.reported(reply, at)
	if err != nil {
		return payment.Result{}, err
	}
	if standing, consistent := said.merged(); consistent && !standing.Rejected() {
		return c.link.Result(at, standing, banklink.Trail{})
	}
	return c.judge(ctx, at, said)
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
		return payment.Result{}, err
	}
	if !asked.NotFound() {
		if said, err = c.reported(asked, at); err != nil {
			return payment.Result{}, err
		}
	}
	tracked, err := c.link.Get(ctx, "/tracker/"+url.PathEscape(at.UETR), true)
	if err != nil {
		return payment.Result{}, fmt.Errorf("tracker: %w", err)
	}
	if !tracked.NotFound() {
		track, err := readTrack(tracked, at)
		if err != nil {
			return payment.Result{}, fmt.Errorf("tracker: %w", err)
		}
		said = said.and(track)
	}
	if len(said.reports) == 0 {
		return c.link.Forgotten(ctx, at)
	}
	return c.judge(ctx, at, said)
}

// reported reads an answer that must be a pacs.002 about the payout.
func (c *Correspondent) reported(reply line.Reply, at payment.Attempt) (sayings, error) {
	report, err := banklink.ReadAs[*iso20022.StatusReport](reply)
	if err != nil {
		return sayings{}, err
	}
	return readReport(report, at, c.config.Zone)
}

// judge holds what was said against what was booked.
func (c *Correspondent) judge(ctx context.Context, at payment.Attempt, said sayings) (payment.Result, error) {
	standing, consistent := said.merged()
	trail, err := c.link.Trail(ctx, at)
	if err != nil {
		return payment.Result{}, err
	}
	if !consistent && trail.Back.Sign() == 0 {
		return c.link.Undecided(at, "both credited and rejected", standing, trail), nil
	}
	return c.link.Result(at, standing, trail)
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

// Statement reads what the bank booked on our accounts on a day.
func (c *Correspondent) Statement(ctx context.Context, day time.Time) (rails.Statement, error) {
	return c.link.Statement(ctx, day)
}
