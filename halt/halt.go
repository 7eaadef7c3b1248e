// Package halt is about what does not go on until two people have looked: the payouts of the house, a wallet, or the
// watching of a chain. A halt is stored, so that it holds on every gateway and outlives each.
package halt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Payouts is the name under which the payouts of the house are halted: an invariant of the books does not hold.
const Payouts = "payouts"

// Halt is why something does not go on. One person proposes to lift it, another confirms. The watching of a channel is
// halted again while its cause stands, and goes on by itself once it does not.
type Halt struct {
	Name   string    `json:"name"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`

	ProposedBy  string    `json:"proposed_by,omitempty"` // who wants it lifted; empty: nobody
	ProposedAt  time.Time `json:"proposed_at,omitzero"`
	Note        string    `json:"note,omitempty"`         // why it may go on, in the words of whoever proposed it
	ConfirmedBy string    `json:"confirmed_by,omitempty"` // who else does: it is lifted
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
}

// ErrNotHalted is returned when nothing of that name is halted.
var ErrNotHalted = errors.New("nothing of that name is halted")

// Halts remembers what is halted, and who lifted it. Every method is one transaction.
type Halts interface {
	// Halts lists what is halted, the oldest first, with what is proposed since it began.
	Halts(ctx context.Context) ([]Halt, error)
	// ProposeLift keeps a proposal in place of the one before.
	ProposeLift(ctx context.Context, h Halt) error
	// ConfirmLift ends a halt and keeps by whom. It returns payment.ErrConflict when the halt, or the proposal, is another by
	// now.
	ConfirmLift(ctx context.Context, h Halt) error
}

// noteMax is how long a note may be, in bytes.
const noteMax = 500

// ErrNote is returned when a note is too long.
var ErrNote = fmt.Errorf("a note has at most %d bytes", noteMax)

// Lift ends a halt once two people agree, within a day. It returns ErrNotHalted, ErrNote and payment.ErrNoPerson, and then
// nothing has changed.
func Lift(ctx context.Context, halts Halts, name, by, note string, now time.Time) (Halt, error) {
	by, err := payment.Person(by)
	if err != nil {
		return Halt{}, err
	}
	if len(note) > noteMax {
		return Halt{}, ErrNote
	}
	all, err := halts.Halts(ctx)
	if err != nil {
		return Halt{}, err
	}
	for _, h := range all {
		if h.Name != name {
			continue
		}
		if h.ProposedBy == "" || h.ProposedBy == by || !now.Before(h.ProposedAt.Add(payment.ProposedFor)) {
			h.ProposedBy, h.ProposedAt, h.Note = by, now, note
			return h, halts.ProposeLift(ctx, h)
		}
		h.ConfirmedBy, h.ConfirmedAt = by, now
		return h, halts.ConfirmLift(ctx, h)
	}
	return Halt{}, fmt.Errorf("lift %s: %w", name, ErrNotHalted)
}
