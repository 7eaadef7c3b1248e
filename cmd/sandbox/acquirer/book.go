package acquirer

import (
	"errors"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

const (
	// AuthorizationLife is how long a hold lasts before it expires, in sandbox time.
	AuthorizationLife = 7 * 24 * time.Hour
	// PendingLife is how long the issuer of tok_pending thinks, in sandbox time.
	PendingLife = 10 * time.Second
)

var (
	// ErrNotFound is returned when a reference was never seen.
	ErrNotFound = errors.New("no such reference")
	// ErrReferenceCanceled is returned when a charge arrives under a reference that was canceled before.
	ErrReferenceCanceled = errors.New("the reference was canceled")
	// ErrReferenceConflict is returned when a reference is repeated with another body.
	ErrReferenceConflict = errors.New("the reference was used with another body")
	// ErrAmountExceeds is returned when a capture or a refund is more than what remains.
	ErrAmountExceeds = errors.New("the amount is more than what remains")
	// ErrFinal is returned when a charge can no longer be canceled.
	ErrFinal = errors.New("the charge can no longer be canceled")
	// ErrChallengeClosed is returned when a challenge is answered that waits for nothing.
	ErrChallengeClosed = errors.New("the challenge is no longer open")
)

// book is the set of charges of one acquirer. Its size is bounded by the movement log, which takes one line per message.
type book struct {
	channel      string
	replays      bool // a repeated reference replays its first answer instead of moving money again
	clock        *clock.Clock
	log          *movement.Log
	newID        func(prefix string) string
	challengeURL func(id string) string
	changed      func(Charge, scenario.Callbacks) // called with mu held; must not block

	mu         sync.Mutex
	charges    map[string][]*entry // by reference, oldest first; more than one only without replays
	fenced     map[string]bool     // references that no charge may use any more
	challenges map[string]*entry   // by charge id
}

// entry is one charge with what it was asked for and what was first said about it.
type entry struct {
	order  order
	charge Charge
	first  Charge
	manner scenario.Callbacks
}

// place carries out an order, or replays what was answered to it.
func (b *book) place(o order, s scenario.Scenario) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fenced[o.Reference] && !s.Stubborn {
		return Charge{}, ErrReferenceCanceled
	}
	if e, ok := b.latest(o.Reference); ok && b.replays {
		if !e.order.same(o) {
			return Charge{}, ErrReferenceConflict
		}
		return e.first, nil
	}
	v := judge(o.Token)
	if s.Effect == scenario.Decline {
		v = decline("do_not_honor")
	}
	e := &entry{order: o, manner: s.Callbacks, charge: Charge{
		Reference: o.Reference, ID: b.newID("ch_"), Amount: o.Amount, Currency: o.Currency,
		Captured: o.Amount.Zero(), Refunded: o.Amount.Zero(), Captures: []Capture{}, Refunds: []Transfer{},
	}}
	b.charges[o.Reference] = append(b.charges[o.Reference], e)
	b.decide(e, v)
	e.first = e.charge.snapshot()
	return e.first, nil
}

// decide applies what the issuer said to a charge that waits for it.
func (b *book) decide(e *entry, v verdict) {
	c := &e.charge
	c.Status = v.status
	switch v.status {
	case Challenge:
		c.ChallengeURL = b.challengeURL(c.ID)
		b.challenges[c.ID] = e
	case Pending:
		b.clock.AfterFunc(PendingLife, func() { b.settle(e) })
	case Declined:
		c.Code, c.Message = v.code, messages[v.code]
		b.record(movement.Decline, e, c.Amount)
	default:
		b.approve(e)
	}
	b.changed(c.snapshot(), e.manner)
}

func (b *book) approve(e *entry) {
	c := &e.charge
	if e.order.Capture {
		c.Status, c.Captured = Approved, c.Amount
		b.record(movement.Charge, e, c.Amount)
		return
	}
	c.Status = Authorized
	c.AuthorizationExpiresAt = clock.Time{Time: b.clock.Now().Add(AuthorizationLife)}
	b.record(movement.Authorization, e, c.Amount)
	b.clock.AfterFunc(AuthorizationLife, func() { b.lapse(e) })
}

// settle answers a pending charge, unless it was canceled meanwhile.
func (b *book) settle(e *entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.charge.Status == Pending {
		b.decide(e, approval)
	}
}

// lapse ends a hold that was not captured whole in time.
func (b *book) lapse(e *entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &e.charge
	if c.Status != Authorized {
		return
	}
	b.record(movement.Void, e, c.capturable())
	c.Status = Approved
	if c.Captured.IsZero() {
		c.Status = Expired
	}
	b.changed(c.snapshot(), e.manner)
}

// answerChallenge carries out what the payer chose and returns the charge and where the payer came from.
func (b *book) answerChallenge(id string, approved bool) (Charge, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.challenges[id]
	if !ok {
		return Charge{}, "", ErrNotFound
	}
	if e.charge.Status != Challenge {
		return e.charge.snapshot(), e.order.ReturnURL, ErrChallengeClosed
	}
	v := decline("authentication_failed")
	if approved {
		v = approval
	}
	b.decide(e, v)
	return e.charge.snapshot(), e.order.ReturnURL, nil
}

// challenged returns the charge behind a challenge.
func (b *book) challenged(id string) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.challenges[id]; ok {
		return e.charge.snapshot(), nil
	}
	return Charge{}, ErrNotFound
}

// find returns the Charge under reference as it is now, or the Fence of one that was canceled before it arrived.
func (b *book) find(reference string) (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.latest(reference); ok {
		return e.charge.snapshot(), nil
	}
	if b.fenced[reference] {
		return Fence{Reference: reference, Status: Canceled}, nil
	}
	return nil, ErrNotFound
}

// cancel closes a reference for good: it voids an authorization that nothing was captured of, and makes sure that a
// reference not seen yet is refused when it arrives. With ErrFinal it returns the charge that stands.
func (b *book) cancel(reference string) (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.latest(reference)
	if !ok {
		b.fence(reference)
		return Fence{Reference: reference, Status: Canceled}, nil
	}
	c := &e.charge
	switch {
	case c.Status == Canceled:
		return c.snapshot(), nil
	case c.Status == Authorized && c.Captured.IsZero():
		b.record(movement.Void, e, c.Amount)
	case c.Status == Pending || c.Status == Challenge:
		b.record(movement.Cancel, e, c.Amount)
	default:
		return c.snapshot(), ErrFinal
	}
	c.Status = Canceled
	b.fenced[reference] = true
	b.changed(c.snapshot(), e.manner)
	return c.snapshot(), nil
}

func (b *book) fence(reference string) {
	if b.fenced[reference] {
		return
	}
	b.fenced[reference] = true
	b.log.Record(movement.Movement{Channel: b.channel, Kind: movement.Cancel, Reference: reference})
}

func (b *book) latest(reference string) (*entry, bool) {
	entries := b.charges[reference]
	if len(entries) == 0 {
		return nil, false
	}
	return entries[len(entries)-1], true
}

func (b *book) record(kind movement.Kind, e *entry, value amount.Amount) {
	b.log.Record(movement.Movement{
		Channel: b.channel, Kind: kind, Reference: e.charge.Reference, ID: e.charge.ID,
		Amount: value, Currency: e.charge.Currency,
	})
}
