package payment

import (
	"regexp"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// PayerFault explains to the payer why the payment failed, waits or is unknown. Where the truth would help a thief the
// public reason stands in its place. It is nil when there is nothing to explain.
func (p Payment) PayerFault(now time.Time, lang string) *Fault {
	f := p.lastError(now, lang)
	if f == nil || f.Code == f.PublicCode {
		return f
	}
	return fault(f.PublicCode, f.Outcome, lang)
}

// Switchable reports whether the payer may choose a method: nothing can have been paid, and nothing is being changed.
func (p Payment) Switchable() bool {
	_, err := p.SwitchTo(p.Method, p.Quote, p.ExpiresAt)
	return err == nil
}

// OnTheWay returns what was seen for an attempt and does not count yet, in the asset of the attempt.
func (p Payment) OnTheWay(a Attempt) money.Amount {
	total := a.Amount.Asset().Zero()
	for _, r := range p.Receipts {
		if r.Attempt == a.ID && r.State == ReceiptSeen && r.Amount.Asset() == a.Amount.Asset() {
			total = total.Add(r.Amount)
		}
	}
	return total
}

// Kept returns what waits in the payment's claims for the payer, one amount for each asset: more than was due, another asset
// than was asked for, or money for an attempt that had ended. What goes back already is not among it.
func (p Payment) Kept() []money.Amount {
	var kept []money.Amount
	for _, c := range p.Claims() {
		n := p.attemptIndex(c.Attempt)
		if c.Amount.Sign() < 0 || p.revives(n) && c.Amount.Asset() == p.Attempts[n].Amount.Asset() {
			continue
		}
		i := slices.IndexFunc(kept, func(k money.Amount) bool { return k.Asset() == c.Amount.Asset() })
		if i < 0 {
			kept = append(kept, c.Amount)
			continue
		}
		kept[i] = kept[i].Add(c.Amount)
	}
	return kept
}

// evmAddress is an address of 20 bytes, and evmChain the number of a chain (EIP-155): what EIP-681 is written of here.
var (
	evmAddress = regexp.MustCompile(`^0x[0-9a-fA-F]{40}$`)
	evmChain   = regexp.MustCompile(`^eip155:([1-9][0-9]{0,19})$`)
)

// WalletURI asks a wallet to send an amount to the instruction's address, as EIP-681 writes it. It is empty for what is
// no chain of the Ethereum kind, and for all that a wallet could read in another way than it was meant.
func (in Instruction) WalletURI(amount money.Amount) string {
	chain := evmChain.FindStringSubmatch(in.Network)
	if chain == nil || !evmAddress.MatchString(in.PayTo) || amount.Sign() <= 0 || !amount.IsWhole() {
		return ""
	}
	units := amount.Units().String()
	switch {
	case in.Contract == "":
		return "ethereum:" + in.PayTo + "@" + chain[1] + "?value=" + units
	case evmAddress.MatchString(in.Contract):
		return "ethereum:" + in.Contract + "@" + chain[1] + "/transfer?address=" + in.PayTo + "&uint256=" + units
	}
	return ""
}
