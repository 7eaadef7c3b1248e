// Package reconcile holds what channels say that they booked against the books.
//
// A channel's statement lists what moved there; the ledger's entries on the accounts of that channel say what should have.
// The two are matched by reference, and what carries no reference of ours by amount and date. What is left over is a
// [Break], kept until a statement heals it or two people decide. Nothing here moves money: where a statement shows what
// the engine does not know, the gateway is told and asks the channel, so that a late success becomes an orphan and is
// reversed in the same way as one that any other evidence tells of.
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Limits of one run.
const (
	RowsMax    = 500_000 // of one statement
	PostedMax  = 500_000 // entries of the days around it
	BreaksMax  = 10_000  // open ones of one channel
	reportsMax = 500     // references that the gateway is told of
)

// Books is the part of the ledger that concerns a channel, at one moment.
type Books struct {
	Posted   []Posted
	Balances []ledger.Balance // signed: debit above zero
}

// Span is which entries are read: all from one moment to another, and those of no payment from an earlier one on.
type Span struct{ Early, From, Until time.Time }

// Store remembers statements and breaks, and reads the books. Every method is one transaction.
type Store interface {
	// PostedOn returns the entries on the accounts of a channel, oldest first, and what stands there now. It returns an error
	// beyond limit.
	PostedOn(ctx context.Context, channel string, accounts []ledger.Account, s Span, limit int) (Books, error)
	// PostedUnder returns all entries on those accounts of the payments that references belong to: of attempts, operations and
	// receipts of the channel.
	PostedUnder(ctx context.Context, channel string, accounts []ledger.Account, references []string) ([]Posted, error)
	// Ours returns those references that are attempts or operations, with their payments.
	Ours(ctx context.Context, references []string) (map[string]payment.ID, error)
	// KeepStatement keeps what a statement says, in place of what it said when it was read before.
	KeepStatement(ctx context.Context, channel, day string, rows []Row, now time.Time) error
	// HasStatement reports whether the statement of a day was ever read.
	HasStatement(ctx context.Context, channel, day string) (bool, error)
	// RowsUnder returns the rows of all statements of a channel under references, or with them as their own names.
	RowsUnder(ctx context.Context, channel string, references []string) ([]Row, error)
	// OpenBreaks returns an error beyond limit.
	OpenBreaks(ctx context.Context, channel string, limit int) ([]Break, error)
	// ResolvedBreaks returns what people decided of breaks of these references.
	ResolvedBreaks(ctx context.Context, channel string, references []string) ([]Break, error)
	// Dismissed returns by how much the statements of a channel exceed the books for good, by asset.
	Dismissed(ctx context.Context, channel string) ([]money.Amount, error)
	// RecordBreaks keeps what a run found, all of one channel, and what is healed. What is open already is the same break, with
	// its own id, owner and age. What was proposed for other amounts is dropped, and what people decided since the run began is
	// not opened again.
	RecordBreaks(ctx context.Context, found, healed []Break) error

	// Break returns ErrNoBreak when there is none of that id.
	Break(ctx context.Context, id string) (Break, error)
	// AssignBreak says who looks after an open break. It returns ErrBreakClosed.
	AssignBreak(ctx context.Context, id, owner, note string) error
	ProposeRemedy(ctx context.Context, r Ruling) error
	// ConfirmRemedy closes a break with the entries of a ruling. It returns payment.ErrConflict when the proposal is another
	// by now, is by the same person, or is too old.
	ConfirmRemedy(ctx context.Context, r Ruling, entries []ledger.Entry) error

	Lease(ctx context.Context, name, owner string, now, until time.Time) (epoch int64, ok bool, err error)
	Cursor(ctx context.Context, name string) (string, error)
	SaveCursor(ctx context.Context, name, place string, now time.Time) error
}

// Reporter is told that there may be news of an attempt or operation, and asks its channel.
type Reporter interface {
	Report(ctx context.Context, ref string) error
}

// Channel is a channel with its statements, and the accounts where the ledger books what moves there.
type Channel struct {
	Name       string
	Statements rails.Statementer
	Accounts   []ledger.Account
}

// ErrNoStatement is returned when a channel says that it has no statement of a day.
var ErrNoStatement = rails.ErrNoStatement

// ErrTooMany is returned when statement and books differ in more than BreaksMax places. Nothing of that is kept: it is no list
// for people, but a statement, or books, of something else.
var ErrTooMany = fmt.Errorf("statement and books differ in more than %d places", BreaksMax)

// ErrNoChannel is returned when no channel of that name has statements.
var ErrNoChannel = errors.New("no such channel with statements")

// Reconciler reconciles the channels of a gateway.
type Reconciler struct {
	Deps
}

// Deps is what a reconciler is made of.
type Deps struct {
	Store    Store
	Channels []Channel
	Reporter Reporter
	Now      func() time.Time // as it is stored: in UTC and whole microseconds
	NewID    func(prefix string) string
	Name     string        // of this gateway among others, for leases
	After    time.Duration // how long after its day has ended a statement is read
	Log      *slog.Logger
}

// New returns a reconciler.
func New(d Deps) *Reconciler { return &Reconciler{d} }

// Report is what one run found.
type Report struct {
	Channel string  `json:"channel"`
	Day     string  `json:"day"`
	Rows    int     `json:"rows"`    // of the statement
	Matched int     `json:"matched"` // pairs, of that day and those beside it
	Opened  int     `json:"opened"`
	Healed  int     `json:"healed"`
	Breaks  []Break `json:"breaks"` // all that are open now
}

func (r *Reconciler) channel(name string) (Channel, error) {
	i := slices.IndexFunc(r.Channels, func(c Channel) bool { return c.Name == name })
	if i < 0 {
		return Channel{}, fmt.Errorf("%w: %q", ErrNoChannel, name)
	}
	return r.Channels[i], nil
}

// Run reads the statement of a day and holds it against the books. It may be run again at any time, by anyone.
func (r *Reconciler) Run(ctx context.Context, name string, day time.Time) (Report, error) {
	c, err := r.channel(name)
	if err != nil {
		return Report{}, err
	}
	report, err := r.run(ctx, c, day)
	if err != nil {
		return report, fmt.Errorf("reconcile %s on %s: %w", name, day.Format(time.DateOnly), err)
	}
	return report, nil
}

func (r *Reconciler) run(ctx context.Context, c Channel, day time.Time) (Report, error) {
	date := day.Format(time.DateOnly)
	report := Report{Channel: c.Name, Day: date, Breaks: []Break{}}
	if err := r.before(ctx, c, day); err != nil {
		return report, err
	}
	statement, rows, err := r.read(ctx, c, day)
	if err != nil {
		return report, err
	}
	report.Rows = len(rows)
	open, err := r.Store.OpenBreaks(ctx, c.Name, BreaksMax)
	if err != nil {
		return report, err
	}
	e := &examination{Reconciler: r, channel: c, statement: statement, now: r.Now(), rows: rows}
	if err := e.gather(ctx, open); err != nil {
		return report, err
	}
	found, err := e.breaks(ctx)
	if err != nil {
		return report, err
	}
	report.Matched = e.pairs
	opened, healed := e.compare(open, found)
	if len(open)+len(opened)-len(healed) > BreaksMax {
		return report, ErrTooMany
	}
	if err := r.Store.RecordBreaks(ctx, found, healed); err != nil {
		return report, err
	}
	for _, b := range opened {
		r.Log.Warn("statement and books differ", "channel", c.Name, "kind", b.Kind, "movement", b.Movement, "reference", b.Reference,
			"payment", b.Payment, "theirs", b.Theirs, "ours", b.Ours, "break", b.ID)
	}
	report.Opened, report.Healed = len(opened), len(healed)
	report.Breaks, err = r.Store.OpenBreaks(ctx, c.Name, BreaksMax)
	return report, err
}

// read reads a statement and keeps it.
func (r *Reconciler) read(ctx context.Context, c Channel, day time.Time) (rails.Statement, []Row, error) {
	statement, err := c.Statements.Statement(ctx, day)
	if err != nil {
		return statement, nil, err
	}
	if len(statement.Movements) > RowsMax {
		return statement, nil, fmt.Errorf("statement has %d rows, of at most %d", len(statement.Movements), RowsMax)
	}
	date := day.Format(time.DateOnly)
	rows := make([]Row, len(statement.Movements))
	for i, m := range statement.Movements {
		rows[i] = Row{Day: date, No: i + 1, Movement: m}
	}
	return statement, rows, r.Store.KeepStatement(ctx, c.Name, date, rows, r.Now())
}

// before reads the statement of the day before, unless it was read: what the books learned first thing in the morning
// stands on it. A channel that has none begins with this day.
func (r *Reconciler) before(ctx context.Context, c Channel, day time.Time) error {
	yesterday := day.AddDate(0, 0, -1)
	known, err := r.Store.HasStatement(ctx, c.Name, yesterday.Format(time.DateOnly))
	if err != nil || known {
		return err
	}
	_, _, err = r.read(ctx, c, yesterday)
	if errors.Is(err, rails.ErrNoStatement) {
		return nil
	}
	return err
}
