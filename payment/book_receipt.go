package payment

import (
	"strconv"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
)

// account is where a channel keeps money of ours in an asset: what payers sent to it by themselves, or what it pays out.
// A chain has two wallets, one for each.
func account(channel string, asset money.Asset, chain func(network string) ledger.Account) ledger.Account {
	if asset.Network != "" {
		return chain(asset.Network)
	}
	return ledger.Nostro(channel, asset.Code)
}

// bookReceipts returns the entries of what changed among the receipts. One that completes a payment is converted with all
// that arrived before it; any other waits in the payment's claims. What a new price completes is converted beside them.
func (p Payment) bookReceipts(before Payment) []ledger.Entry {
	var entries []ledger.Entry
	completed := false
	for i, r := range p.Receipts {
		was := Receipt{Amount: r.Amount}
		if i < len(before.Receipts) {
			was = before.Receipts[i]
		}
		came := r.State == ReceiptCredited && was.State != ReceiptCredited
		went := r.State != ReceiptCredited && was.State == ReceiptCredited
		if came || went {
			entries = append(entries, p.bookReceipt(before, r, came)...)
			completed = completed || came && p.completedBy(before, r)
		}
	}
	if completed {
		return entries
	}
	return append(entries, p.bookRepriced(before)...)
}

// completedBy reports whether a receipt that came is the one that makes its attempt complete.
func (p Payment) completedBy(before Payment, r Receipt) bool {
	a, _ := p.Attempt(r.Attempt)
	was, _ := before.Attempt(r.Attempt)
	return a.Captured.Sign() > 0 && was.Captured.Sign() <= 0 && r.Amount.Asset() == a.Amount.Asset()
}

// bookReceipt books one receipt that came or went.
func (p Payment) bookReceipt(before Payment, r Receipt, came bool) []ledger.Entry {
	a, _ := p.Attempt(r.Attempt)
	was, _ := before.Attempt(r.Attempt)
	into := account(a.Channel, r.Amount.Asset(), ledger.ChainDeposit)
	claim := ledger.Claim{ID: r.cause("credited"), Payment: string(p.ID), Into: into, Amount: r.Amount}
	captured, had := a.Captured.Sign() > 0, was.Captured.Sign() > 0
	switch {
	case came && p.completedBy(before, r):
		return p.bookComplete(before, a, r, into)
	case !came && had && !captured:
		d := before.deposit(r.cause("orphaned"), was, into)
		d.Claimed = was.Amount.Sub(r.Amount) // what arrived besides stays, and waits again
		return []ledger.Entry{ledger.DepositOrphaned{ID: d.ID, Deposit: d, Settled: before.Settlements > 0 && before.SettleAt.IsZero()}.Entry()}
	case came:
		return []ledger.Entry{claim.Entry()}
	}
	return []ledger.Entry{claim.Entry().Reverse(r.cause("orphaned"))}
}

// bookComplete books the receipt that makes the payment complete: the conversion of all that is due, and beside it what
// is over.
func (p Payment) bookComplete(before Payment, a Attempt, r Receipt, into ledger.Account) []ledger.Entry {
	earlier := before.Arrived(a)
	d := p.deposit(r.cause("credited"), a, into)
	d.Claimed = money.Min(earlier, a.Amount)
	entries := []ledger.Entry{d.Entry()}
	if over := r.Amount.Sub(a.Amount.Sub(d.Claimed)); over.Sign() > 0 {
		entries = append(entries, ledger.Claim{ID: r.cause("over"), Payment: string(p.ID), Into: into, Amount: over}.Entry())
	}
	return entries
}

// bookRepriced books the conversion of what had arrived already, when a new price makes it enough.
func (p Payment) bookRepriced(before Payment) []ledger.Entry {
	for i, a := range p.Attempts {
		if !a.Capabilities.Push || a.Captured.IsZero() || (i < len(before.Attempts) && before.Attempts[i].Captured.Sign() > 0) {
			continue
		}
		d := p.deposit(a.ID+":converted:"+strconv.FormatInt(p.Version, 10), a, account(a.Channel, a.Amount.Asset(), ledger.ChainDeposit))
		d.Claimed = a.Amount
		return []ledger.Entry{d.Entry()}
	}
	return nil
}

// deposit is the whole payment as the ledger sees it when the payer sent the money of a by themselves.
func (p Payment) deposit(id string, a Attempt, into ledger.Account) ledger.Deposit {
	q := p.Quote
	return ledger.Deposit{
		ID: id, Merchant: p.Merchant, Payment: string(p.ID), Into: into,
		Paid: q.Source, AtMid: q.AtMid, Credited: q.Target, Margin: q.Margin, Rounding: q.Residual, Fee: q.Fee(),
		SenderFee: p.Debit().Sub(q.Source),
	}
}

// cause names an entry after the receipt, a further time when the receipt is credited again.
func (r Receipt) cause(event string) string {
	id := r.ID + ":" + event
	if r.Credits > 1 {
		id += ":" + strconv.Itoa(r.Credits)
	}
	return id
}
