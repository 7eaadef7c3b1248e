package reconcile

import (
	"context"
	"slices"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Resolve closes a break once two people agree what is to be done. The first who names a remedy proposes it; it is carried
// out when another names the same within a day. It returns ErrNoBreak, ErrBreakClosed, ErrRemedy, ErrNotBookable,
// payment.ErrNoPerson or payment.ErrConflict, and then nothing has changed.
func (r *Reconciler) Resolve(ctx context.Context, id string, remedy Remedy, by string) (Ruling, error) {
	by, err := payment.Person(by)
	if err != nil {
		return Ruling{}, err
	}
	if !slices.Contains([]Remedy{Book, WriteOff, Dismiss}, remedy) {
		return Ruling{}, ErrRemedy
	}
	b, err := r.Store.Break(ctx, id)
	if err != nil {
		return Ruling{}, err
	}
	if !b.ClosedAt.IsZero() {
		return Ruling{}, ErrBreakClosed
	}
	now := r.Now()
	ruling := Ruling{Break: id, Remedy: remedy, ProposedBy: by, ProposedAt: now}
	entries, err := ruling.entries(b, r.account(b))
	if err != nil {
		return Ruling{}, err
	}
	p := b.Ruling
	if p == nil || p.Remedy != remedy || p.ProposedBy == by || !now.Before(p.ProposedAt.Add(payment.ProposedFor)) {
		return ruling, r.Store.ProposeRemedy(ctx, ruling)
	}
	ruling = *p
	ruling.ConfirmedBy, ruling.ConfirmedAt = by, now
	return ruling, r.Store.ConfirmRemedy(ctx, ruling, entries)
}

// Assign says who looks after a break, and what is known of it. It returns ErrNoBreak, ErrBreakClosed or payment.ErrNoPerson.
func (r *Reconciler) Assign(ctx context.Context, id, owner, note string) (Break, error) {
	owner, err := payment.Person(owner)
	if err != nil {
		return Break{}, err
	}
	if err := r.Store.AssignBreak(ctx, id, owner, note); err != nil {
		return Break{}, err
	}
	return r.Store.Break(ctx, id)
}

// account is the account of the channel on which the difference of a break is booked, and nothing where there is none.
func (r *Reconciler) account(b Break) ledger.Account {
	c, err := r.channel(b.Channel)
	if err != nil {
		return ""
	}
	asset := b.Theirs.Asset()
	wanted := []ledger.Account{ledger.ChannelReceivable(c.Name), ledger.Nostro(c.Name, asset.Code)}
	if asset.Network != "" {
		wanted = []ledger.Account{ledger.ChainHot(asset.Network)}
		if b.Movement == rails.Credit {
			wanted = []ledger.Account{ledger.ChainDeposit(asset.Network)}
		}
	}
	for _, a := range c.Accounts {
		if slices.Contains(wanted, a) {
			return a
		}
	}
	return ""
}
