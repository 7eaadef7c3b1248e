package reconcile

import (
	"errors"
	"strconv"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Kind says in what way a statement and the books differ.
type Kind string

// The kinds of break.
const (
	MissingThere    Kind = "missing_at_channel" // the books have it, and the statement that should have it has not
	MissingHere     Kind = "missing_here"       // the statement has it, and the books have not
	AmountDiffers   Kind = "amount_differs"
	CurrencyDiffers Kind = "currency_differs"
	Duplicate       Kind = "duplicate"       // the statement has once more what it and the books have
	BalanceDiffers  Kind = "balance_differs" // what stands there is not what the books and all other breaks make it
)

// Break is one difference between a channel's statement and the books. It is open until a statement heals it, or until two
// people decide what becomes of it.
type Break struct {
	ID        string             `json:"id"` // "brk_…"
	Channel   string             `json:"channel"`
	Kind      Kind               `json:"kind"`
	Movement  rails.MovementKind `json:"movement"` // what moved; empty for a balance
	Reference string             `json:"reference"`
	No        int                `json:"no"`                // of several like it: 0, 1, …
	Payment   payment.ID         `json:"payment,omitempty"` // whose it is, where that is known
	Theirs    money.Amount       `json:"theirs"`            // as the statement has it; above zero where we gained
	Ours      money.Amount       `json:"ours"`              // as the books have it
	At        time.Time          `json:"at"`                // when it moved, as the side says that has it

	OpenedAt time.Time `json:"opened_at"`
	SeenAt   time.Time `json:"seen_at"` // when it was found last
	ClosedAt time.Time `json:"closed_at,omitzero"`
	Closed   Closing   `json:"closed,omitempty"`
	Owner    string    `json:"owner,omitempty"`
	Note     string    `json:"note,omitempty"`
	Ruling   *Ruling   `json:"ruling,omitempty"` // what was proposed, or decided
}

// Closing says how a break ended.
type Closing string

// How a break ends.
const (
	Healed   Closing = "healed"   // a later statement, or later news, made both sides the same
	Resolved Closing = "resolved" // two people decided
)

// Key is what makes a break of its channel the same one when it is found again.
func (b Break) Key() string {
	return string(b.Kind) + "|" + string(b.Movement) + "|" + b.Reference + "|" + strconv.Itoa(b.No)
}

// Difference returns by how much the statement exceeds the books, and false when the two cannot be compared.
func (b Break) Difference() (money.Amount, bool) {
	if b.Theirs.Asset() != b.Ours.Asset() {
		return money.Amount{}, false
	}
	return b.Theirs.Sub(b.Ours), true
}

// Same reports whether two breaks of one key have the same amounts.
func (b Break) Same(other Break) bool {
	equal := func(x, y money.Amount) bool { return x.Asset() == y.Asset() && x.Equal(y) }
	return equal(b.Theirs, other.Theirs) && equal(b.Ours, other.Ours)
}

// The ages by which open breaks are counted: up to a day, up to a week, and older.
const (
	Day  = 24 * time.Hour
	Week = 7 * Day
)

// Filter selects breaks. Zero fields select every open one.
type Filter struct {
	Channel string
	Kind    Kind
	Closed  bool // closed ones too
	Page    payment.Page
}

// Remedy says what two people do about a break.
type Remedy string

// The remedies.
const (
	// Book follows the statement: the difference is booked on the channel's account against its suspense.
	Book Remedy = "book"
	// WriteOff books it so and takes it out of suspense again, to what the channel costs.
	WriteOff Remedy = "write_off"
	// Dismiss books nothing: the channel is wrong, or will put it right.
	Dismiss Remedy = "dismiss"
)

// Ruling is what one person proposes and another confirms.
type Ruling struct {
	Break       string    `json:"break"`
	Remedy      Remedy    `json:"remedy"`
	ProposedBy  string    `json:"proposed_by"`
	ProposedAt  time.Time `json:"proposed_at"`
	ConfirmedBy string    `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
}

// Why a break is not resolved. Nothing is written then.
var (
	ErrNoBreak     = errors.New("no such break")                                    // returned when there is none of that id
	ErrBreakClosed = errors.New("break is closed")                                  // returned when nobody has to decide any more
	ErrRemedy      = errors.New("remedy must be book, write_off or dismiss")        // returned for any other word
	ErrNotBookable = errors.New("the two sides cannot be compared; it is no entry") // returned when there is no difference in one currency
)

// entries returns what a ruling books: nothing, the difference in suspense, or that and its way out.
func (r Ruling) entries(b Break, account ledger.Account) ([]ledger.Entry, error) {
	if r.Remedy == Dismiss {
		return nil, nil
	}
	difference, ok := b.Difference()
	if !ok || difference.IsZero() || account == "" {
		return nil, ErrNotBookable
	}
	found := ledger.Unmatched{ID: b.ID + ":found", Channel: b.Channel, Into: account, Amount: difference}.Entry()
	if r.Remedy == Book {
		return []ledger.Entry{found}, nil
	}
	return []ledger.Entry{found, ledger.SuspenseWrittenOff{ID: b.ID + ":written-off", Channel: b.Channel, Amount: difference}.Entry()}, nil
}
