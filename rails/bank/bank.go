// Package bank moves money over domestic bank transfers, with one bank where we hold accounts.
//
// Money comes in by transfers that payers make themselves, with a structured reference (ISO 11649) that names the attempt;
// the bank's mailbox tells what was booked. Money goes out by pain.001, and pain.002 says what becomes of it.
//
// What became of a payout is asked of two books: GET /payments says what the bank decided, and the mailbox of the account
// what it booked. The first alone makes a payout paid, because a bank says ACSC once it debited our account; the second
// makes known what the first never says: money that came back, charges, and a second debit.
package bank

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/calendar"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

// Bank is a channel that collects and pays out at one bank. It is safe for concurrent use.
type Bank struct {
	config   Config
	link     *banklink.Link
	calendar calendar.Calendar
}

var _ interface {
	rails.Rail
	rails.Receiver
	rails.Watcher
	rails.Canceler
	rails.Checker
	rails.Estimator
	rails.Listener
	rails.Prober
	rails.Statementer
} = (*Bank)(nil)

// New returns the channel that config describes. An error names every field that is wrong.
func New(config Config) (*Bank, error) {
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
	return &Bank{config: config, link: link, calendar: days}, nil
}

// String returns the name of the channel, so that printing a Bank does not print its secrets.
func (b *Bank) String() string { return b.config.Name }

// Capabilities returns what the bank promises, as configured.
func (b *Bank) Capabilities() payment.Capabilities {
	c := b.config.Capabilities
	c.Push, c.Payout = true, true
	return c
}

// Instruct tells the payer where to transfer the money: to our account in the currency, with the creditor reference that
// is made from the attempt's number.
func (b *Bank) Instruct(_ payment.Payment, at payment.Attempt) (payment.Instruction, error) {
	account, ok := b.link.Account(at.Amount.Asset().Code)
	if !ok || at.Number <= 0 {
		return payment.Instruction{}, b.link.Fault("instruct", at.ID, errNowhere)
	}
	reference := banklink.PayTo(at.Number)
	return payment.Instruction{
		PayTo: reference, Reference: reference, Amount: at.Amount,
		Holder: b.config.Holder, Account: account.Number, Agent: b.config.BIC,
	}, nil
}

// errNowhere is returned when an attempt has no number, or a currency in which we have no account.
var errNowhere = errors.New("attempt has no number, or a currency without an account")

// Send pays out. A payer sends the money by themselves, so that for a collection it asks nobody. The result is NotSent
// when no byte left for the bank, or when the bank answered with a code that it documents as "before execution".
func (b *Bank) Send(ctx context.Context, p payment.Payment, at payment.Attempt) (payment.Result, error) {
	if p.Direction == fx.Collect {
		return awaitingPayer(), nil
	}
	m, err := b.initiation(p, at)
	if err != nil {
		return banklink.Unsendable(err), nil
	}
	result, err := b.order(ctx, m, at)
	return result, b.link.Fault("send", at.ID, err)
}

func (b *Bank) order(ctx context.Context, m iso20022.Message, at payment.Attempt) (payment.Result, error) {
	reply, refused, err := b.link.Order(ctx, nil, m)
	if err != nil || refused.Outcome == payment.NotSent {
		return refused, err
	}
	standing, err := b.standing(reply, at)
	if err != nil {
		return payment.Result{}, err
	}
	if standing.Rejected() { // of a copy, perhaps, whose first was debited
		return b.judge(ctx, at, standing)
	}
	return b.link.Result(at, standing, banklink.Trail{})
}

// Check asks what became of a payout. What payers sent is told by the watcher.
func (b *Bank) Check(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	if at.Instruction.PayTo != "" {
		return awaitingPayer(), nil
	}
	result, err := b.inquire(ctx, at)
	return b.link.Answered(at, result, err)
}

func (b *Bank) inquire(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	reply, err := b.link.Get(ctx, "/payments/"+url.PathEscape(banklink.ReferenceOf(at.ID)), false)
	if err != nil {
		return payment.Result{}, err
	}
	if reply.NotFound() {
		return b.link.Forgotten(ctx, at)
	}
	standing, err := b.standing(reply, at)
	if err != nil {
		return payment.Result{}, err
	}
	return b.judge(ctx, at, standing)
}

func awaitingPayer() payment.Result {
	return payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer}
}

func (b *Bank) standing(reply line.Reply, at payment.Attempt) (banklink.Standing, error) {
	report, err := banklink.ReadAs[*iso20022.InitiationStatus](reply)
	if err != nil {
		return banklink.Standing{}, err
	}
	return standingOf(report, at, b.config.Zone)
}

// judge holds the bank's word against its books.
func (b *Bank) judge(ctx context.Context, at payment.Attempt, s banklink.Standing) (payment.Result, error) {
	trail, err := b.link.Trail(ctx, at)
	if err != nil {
		return payment.Result{}, err
	}
	return b.link.Result(at, s, trail)
}

// Cancel ends a collection for which the mailbox, read to its end, shows nothing: what comes later is a receipt all the
// same. A payout it has the bank cancel, which is a fence where the bank promises that. A bank may confirm a cancellation
// also of what it paid and gets back, which is no fence: its word on the payment itself decides.
func (b *Bank) Cancel(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	if at.Instruction.PayTo != "" {
		return b.cancelCollection(ctx, at)
	}
	confirmed, err := b.withdraw(ctx, at)
	if err != nil {
		return payment.Result{}, b.link.Fault("cancel", at.ID, err)
	}
	result, err := b.Check(ctx, at)
	if err == nil && confirmed && result.NotFound {
		return payment.Result{Outcome: payment.Fenced, Reason: payment.FencedByUs}, nil
	}
	return result, err
}

func (b *Bank) cancelCollection(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	seen, err := b.link.Seen(ctx, at.CreatedAt, at.Instruction.PayTo)
	if err != nil {
		return payment.Result{}, b.link.Fault("cancel", at.ID, err)
	}
	if seen {
		return awaitingPayer(), nil // the watcher tells what it is
	}
	return payment.Result{Outcome: payment.Fenced}, nil
}

// errNoFence is returned when a bank does not promise to refuse what was canceled and arrives later.
var errNoFence = errors.New("bank promises no fence")

// withdraw asks for the cancellation of a payout (camt.055), and reports whether the bank confirms it.
func (b *Bank) withdraw(ctx context.Context, at payment.Attempt) (bool, error) {
	if !b.config.Capabilities.Fence {
		return false, errNoFence
	}
	reply, err := b.link.Post(ctx, nil, b.cancellation(at))
	if err != nil {
		return false, err
	}
	resolution, err := banklink.ReadAs[*iso20022.Resolution](reply)
	if err != nil {
		return false, err
	}
	return confirms(resolution, at)
}

// Watch tells the journal what the mailboxes say.
func (b *Bank) Watch(ctx context.Context, journal rails.Journal) error {
	return b.link.Watch(ctx, journal)
}

// Callback verifies what the bank tells by itself.
func (b *Bank) Callback(header http.Header, body []byte) (rails.Callback, error) {
	return b.link.Callback(header, body)
}

// Probe asks whether the bank is up.
func (b *Bank) Probe(ctx context.Context) error { return b.link.Probe(ctx) }

// Statement reads what the bank booked on our accounts on a day.
func (b *Bank) Statement(ctx context.Context, day time.Time) (rails.Statement, error) {
	return b.link.Statement(ctx, day)
}
