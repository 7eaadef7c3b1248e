package payment

import (
	"errors"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
)

// Claim is what waits in a payment's claims and pays for nothing: what came to the place of one attempt in one asset, less
// what was returned of it or may have been.
type Claim struct {
	Payment ID           `json:"payment"`
	Attempt string       `json:"attempt"` // at whose place it arrived
	Amount  money.Amount `json:"amount"`  // negative when a chain took back what had been returned already
	Since   time.Time    `json:"since"`   // when the last of it was credited
	Senders []string     `json:"senders"` // where it came from, oldest first; that proves nothing of who may have it back
	Ruling  *ClaimRuling `json:"ruling,omitempty"`
}

// ClaimRuling is a return of a claim that one person proposes and another confirms. The same two eyes never do both.
type ClaimRuling struct {
	Operation   string       `json:"operation"` // id of the return that it begins: one proposal begins one
	Payment     ID           `json:"payment"`
	Amount      money.Amount `json:"amount"`
	Destination string       `json:"destination"`

	ProposedBy  string    `json:"proposed_by"`
	ProposedAt  time.Time `json:"proposed_at"`
	ConfirmedBy string    `json:"confirmed_by,omitempty"` // empty while it is only proposed
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
}

// Same reports whether two rulings return the same amount of the same asset to the same destination.
func (r ClaimRuling) Same(other ClaimRuling) bool {
	return r.Payment == other.Payment && r.Amount.Asset() == other.Amount.Asset() && r.Amount.Equal(other.Amount) &&
		r.Destination == other.Destination
}

// Why a claim is not returned. Nothing is written then.
var (
	ErrClaimOpen     = errors.New("the payment can still be completed with it") // returned while the payment waits for the rest
	ErrClaimEarly    = errors.New("it was credited too short a time ago")       // returned while a chain may yet take it back
	ErrNotReturnable = errors.New("the channel cannot return it")               // returned when its rail has no way back
	ErrDestination   = errors.New("destination cannot be paid at")              // returned when the rail refuses the address
)

// Claims lists what waits in the payment's claims and pays for nothing. What a payment that is underpaid may yet be
// completed with is not among it.
func (p Payment) Claims() []Claim {
	var found []Claim
	for i, a := range p.Attempts {
		var seen []money.Asset
		for _, r := range p.Receipts {
			asset := r.Amount.Asset()
			if r.Attempt != a.ID || slices.Contains(seen, asset) {
				continue
			}
			seen = append(seen, asset)
			if left := p.claimed(i, asset, time.Time{}); !left.IsZero() && !p.completes(i, asset) {
				found = append(found, p.claim(a.ID, left))
			}
		}
	}
	return found
}

func (p Payment) claim(attempt string, amount money.Amount) Claim {
	c := Claim{Payment: p.ID, Attempt: attempt, Amount: amount}
	for _, r := range p.Receipts {
		if r.Attempt != attempt || r.Amount.Asset() != amount.Asset() {
			continue
		}
		if r.CreditedAt.After(c.Since) {
			c.Since = r.CreditedAt
		}
		if r.Sender != "" && !slices.Contains(c.Senders, r.Sender) {
			c.Senders = append(c.Senders, r.Sender)
		}
	}
	return c
}

// claimed is what came to the place of the i-th attempt in an asset, less what is applied to the payment and what was
// returned or may have been. With a moment it counts only what was credited until then.
func (p Payment) claimed(i int, asset money.Asset, until time.Time) money.Amount {
	a := p.Attempts[i]
	left := asset.Zero()
	for _, r := range p.Receipts {
		young := !until.IsZero() && r.CreditedAt.After(until)
		if r.Attempt == a.ID && r.State == ReceiptCredited && r.Amount.Asset() == asset && !young {
			left = left.Add(r.Amount)
		}
	}
	if a.Amount.Asset() == asset {
		left = left.Sub(a.Captured)
	}
	for _, o := range p.Operations {
		if o.Kind == ClaimReturn && o.Attempt == a.ID && o.Amount.Asset() == asset && (o.Outcome == Done || o.Open()) {
			left = left.Sub(o.Amount)
		}
	}
	return left
}

// completes reports whether what came to the place of the i-th attempt in an asset may yet pay for the payment.
func (p Payment) completes(i int, asset money.Asset) bool {
	a := p.Attempts[i]
	return asset == a.Amount.Asset() && a.Live() && a.Outcome != Captured
}

// forgone reports whether people began to return what came to the place of an attempt in its own asset. Nothing that comes
// later makes it whole.
func (p Payment) forgone(a Attempt) bool {
	return slices.ContainsFunc(p.Operations, func(o Operation) bool {
		return o.Kind == ClaimReturn && o.Attempt == a.ID && o.Amount.Asset() == a.Amount.Asset()
	})
}

// NewClaimReturn returns the return of an amount to a destination, to be begun now.
func NewClaimReturn(id string, amount money.Amount, destination string, now time.Time) Operation {
	return Operation{ID: id, Kind: ClaimReturn, Amount: amount, Destination: destination, CreatedAt: now, Deadline: now.Add(claimReturnMax)}
}

// claimReturnMax is how long one try of a return counts as in flight.
const claimReturnMax = 30 * time.Second

// BeginClaimReturn adds the return of a claim, out of what was credited until a moment, under the first attempt at whose
// place as much waits. It is due at once. It returns ErrClaimOpen, ErrClaimEarly, ErrAmountExceeds, ErrAmountAsset or
// ErrTooManyOperations, and then nothing has changed.
func (p Payment) BeginClaimReturn(o Operation, until time.Time) (Payment, error) {
	why := ErrAmountExceeds
	for i, a := range p.Attempts {
		err := p.returnable(i, o, until)
		if err == nil {
			o.Kind, o.Attempt = ClaimReturn, a.ID
			p = p.beginOperation(o)
			p.Operations[len(p.Operations)-1].CheckAt = o.CreatedAt
			return p, nil
		}
		if !errors.Is(err, ErrAmountExceeds) {
			why = err
		}
	}
	return p, why
}

func (p Payment) returnable(i int, o Operation, until time.Time) error {
	asset := o.Amount.Asset()
	if err := p.fits(o, p.claimed(i, asset, time.Time{})); err != nil {
		return err
	}
	if p.completes(i, asset) {
		return ErrClaimOpen
	}
	if o.Amount.Cmp(p.claimed(i, asset, until)) > 0 {
		return ErrClaimEarly
	}
	return nil
}

// bookClaimReturn returns the entries of what became of a return since it was: the claim is paid out when the transfer
// comes to count (B5), comes back exactly when its block is replaced, and a transfer in vain costs its gas alone.
func (o Operation) bookClaimReturn(p ID, was Operation) []ledger.Entry {
	paid := func(o Operation) ledger.ClaimPaid {
		return ledger.ClaimPaid{
			ID: o.minedCause("paid"), Payment: string(p), Network: o.Amount.Asset().Network, Amount: o.Amount, Gas: o.Booking.Gas,
		}
	}
	entry := func(o Operation) ledger.Entry { return paid(o).Entry() }
	return o.bookMined(was, "unpaid", entry, func(o Operation) ledger.Entry {
		gas := paid(o)
		gas.ID, gas.Amount = o.minedCause("reverted"), o.Amount.Asset().Zero()
		return gas.Entry()
	})
}
