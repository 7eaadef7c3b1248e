package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// post books an entry in the model, once for each cause.
func (m *model) post(e ledger.Entry) {
	if err := e.Check(); err != nil {
		m.broken("I4", e.ID, err.Error())
	}
	if _, booked := m.entries[e.ID]; booked {
		return
	}
	m.entries[e.ID] = struct{}{}
	for _, p := range e.Postings {
		at := account{p.Account, p.Amount.Asset()}
		if sum, ok := m.balances[at]; ok {
			m.balances[at] = sum.Add(p.Amount)
		} else {
			m.balances[at] = p.Amount
		}
	}
}

// balance is what stands on an account, as its normal side shows it.
func (m *model) balance(name ledger.Account, asset money.Asset) money.Amount {
	sum, ok := m.balances[account{name, asset}]
	if !ok {
		return asset.Zero()
	}
	return name.Balance(sum)
}

// floors demands that what a step may not take below zero is not.
func (m *model) floors(t payment.Transition) {
	for _, name := range t.Floors {
		for _, e := range t.Entries {
			for _, p := range e.Postings {
				if left := m.balance(name, p.Amount.Asset()); p.Account == name && left.Sign() < 0 {
					m.broken("I6", string(t.After.ID), fmt.Sprintf("%s is at %s", name, left))
				}
			}
		}
	}
}

// judgeBooks holds the ledger against the sum of what was posted, and what it says of our accounts at peers against theirs.
func (w *world) judgeBooks(ctx context.Context, deposits map[string]money.Amount) {
	totals, _ := w.db.Totals(ctx)
	for _, sum := range totals {
		if !sum.IsZero() {
			w.broken("I4", sum.Asset().String(), "the ledger sums to "+sum.String())
		}
	}
	for _, at := range w.accounts() {
		want := w.balance(at.name, at.asset)
		if is, err := w.db.Balance(ctx, at.name, at.asset); err != nil || !is.Equal(want) {
			w.broken("I6", string(at.name), fmt.Sprintf("is at %s, its postings sum to %s (%v)", is, want, err))
		}
		if strings.HasSuffix(string(at.name), ":reserved") && !want.IsZero() && len(w.reviews) == 0 {
			w.broken("I6", string(at.name), "still has "+want.String()+" reserved")
		}
	}
	w.judgeHeld(deposits)
}

// accounts lists every account, in order.
func (m *model) accounts() []account {
	var all []account
	for at := range m.balances {
		all = append(all, at)
	}
	slices.SortFunc(all, func(a, b account) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.asset.String(), b.asset.String()))
	})
	return all
}

// judgeHeld holds what the ledger says that peers have of ours against what they have: banks, the chain's addresses and the
// wallet to the last unit, also where people have yet to decide.
func (w *world) judgeHeld(deposits map[string]money.Amount) {
	same := func(name ledger.Account, funded, has money.Amount) {
		if ours := w.balance(name, has.Asset()); !ours.Equal(funded.Add(has)) {
			w.broken(HeldByPeers, string(name), fmt.Sprintf("we count %s, there are %s", ours, funded.Add(has)))
		}
	}
	for _, at := range w.institutions() {
		same(ledger.Nostro(at.name, at.asset.Code), w.funded(at.asset), at.balance)
	}
	for _, asset := range []money.Asset{token, coin} {
		total := asset.Zero()
		for place, sum := range deposits {
			if strings.HasSuffix(place, " "+asset.String()) {
				total = total.Add(sum)
			}
		}
		same(ledger.ChainDeposit(networkName), asset.Zero(), total)
		same(ledger.ChainHot(networkName), w.funded(asset), w.net.purse.spent(asset).Neg())
	}
	strays := w.home.asset.Zero()
	for payTo, refs := range w.home.places {
		for _, ref := range refs {
			if c := w.home.credits[ref]; payTo == nowhere && c.stands {
				strays = strays.Add(c.amount)
			}
		}
	}
	same(ledger.Suspense(w.home.name), w.home.asset.Zero(), strays)
	for _, a := range w.acquirers {
		if len(w.reviews) == 0 {
			same(ledger.Suspense(a.name), money.MustAsset("EUR").Zero(), money.MustAsset("EUR").Zero())
		}
	}
}

// spent is what left the wallet in an asset: what was paid, and the gas of everything.
func (p *purse) spent(asset money.Asset) money.Amount {
	total := asset.Zero()
	for _, b := range p.blocks {
		for _, t := range b.holds {
			switch {
			case t.nonce < 0:
			case asset == coin:
				total = total.Add(gas)
			case !t.cancel:
				total = total.Add(t.amount)
			}
		}
	}
	return total
}

// judgePurse demands that each nonce is used once, without a gap, and each payout paid by one transaction.
func (w *world) judgePurse() {
	next, paid := int64(0), map[string]bool{}
	for _, b := range w.net.blocks {
		for _, t := range b.holds {
			if t.nonce < 0 {
				continue
			}
			if t.nonce != next {
				w.broken("I11", t.hash, fmt.Sprintf("nonce %d follows %d", t.nonce, next-1))
			}
			next = t.nonce + 1
			if !t.cancel && paid[t.intent.attempt] {
				w.broken("I11", t.intent.attempt, "was paid twice")
			}
			paid[t.intent.attempt] = paid[t.intent.attempt] || !t.cancel
		}
	}
}
