package ledger

import "github.com/causeway-pay/causeway/money"

const (
	hot     = "hot"     // the wallet that payouts leave from
	deposit = "deposit" // the wallets that payers pay to, until swept
)

// Deposit is a payment that the payer sent by themselves and that is complete: on a chain at the required depth (B1), or
// booked by a bank. It is converted once, at the quote (B7).
//
//	AtMid = Credited + Margin + Rounding
type Deposit struct {
	ID, Merchant, Payment string
	Into                  Account // where it arrived: a deposit wallet or a nostro account

	Paid      money.Amount // all that is converted, by the payer, without the sender's fee
	Claimed   money.Amount // the part of what was paid that arrived before and waits in the payment's claims
	AtMid     money.Amount // Paid at the mid rate, in the merchant's asset, at house precision
	Credited  money.Amount // to the merchant, before the fee
	Margin    money.Amount // earned on the rate, in the merchant's asset, at house precision
	Rounding  money.Amount
	Fee       money.Amount // borne by the merchant, in its asset
	SenderFee money.Amount // paid by the payer on top, in the payer's asset
}

// Entry returns the postings of the deposit.
func (d Deposit) Entry() Entry { return d.to(MerchantPending(d.Merchant)) }

// to returns the postings of the deposit, with merchant as the account that is credited.
func (d Deposit) to(merchant Account) Entry {
	return post(d.ID,
		debit(d.Into, minus(plus(d.Paid, d.SenderFee), d.Claimed)), debit(Claims(d.Payment), d.Claimed),
		credit(Position, d.Paid), credit(RevenueFees, d.SenderFee),
		debit(Position, d.AtMid), credit(merchant, d.Credited), credit(RevenueMargin, d.Margin), credit(Rounding, d.Rounding),
		debit(merchant, d.Fee), credit(RevenueFees, d.Fee),
	)
}

// DepositOrphaned undoes a deposit that a reorg took off the chain or a bank reversed, at the deposit's own numbers (F2). Once the credit was
// Settled it comes out of what is available, which may go negative.
type DepositOrphaned struct {
	ID      string
	Deposit Deposit
	Settled bool
}

// Entry returns the postings of the reversal.
func (o DepositOrphaned) Entry() Entry {
	if o.Settled {
		return o.Deposit.to(MerchantAvailable(o.Deposit.Merchant)).Reverse(o.ID)
	}
	return o.Deposit.Entry().Reverse(o.ID)
}

// ReorgGuarantee makes a merchant whole for goods delivered against a deposit that never came back (F4).
type ReorgGuarantee struct {
	ID, Merchant string

	Amount money.Amount
}

// Entry returns the postings of the guarantee.
func (g ReorgGuarantee) Entry() Entry {
	return post(g.ID, debit(LossReorg, g.Amount), credit(MerchantAvailable(g.Merchant), g.Amount))
}

// Claim is a deposit of a known payer that is not applied to the payment: what was paid over (B4), or what is not yet
// complete (B6).
type Claim struct {
	ID, Payment string
	Into        Account // where it arrived: a deposit wallet or a nostro account

	Amount money.Amount
}

// Entry returns the postings of the claim.
func (c Claim) Entry() Entry {
	return post(c.ID, debit(c.Into, c.Amount), credit(Claims(c.Payment), c.Amount))
}

// Unmatched is a transfer that names no payment we know.
type Unmatched struct {
	ID, Channel string
	Into        Account // where it arrived: a deposit wallet or a nostro account

	Amount money.Amount
}

// Entry returns the postings of the transfer.
func (u Unmatched) Entry() Entry {
	return post(u.ID, debit(u.Into, u.Amount), credit(Suspense(u.Channel), u.Amount))
}

// ClaimPaid is a claim paid out to the payer, final on the chain (B5).
type ClaimPaid struct {
	ID, Payment, Network string

	Amount money.Amount
	Gas    money.Amount // of every mined transaction, in the coin of the network
}

// Entry returns the postings of the pay-out.
func (c ClaimPaid) Entry() Entry {
	return post(c.ID,
		debit(Claims(c.Payment), c.Amount), credit(Chain(c.Network, hot), c.Amount),
		debit(CostNetwork, c.Gas), credit(Chain(c.Network, hot), c.Gas),
	)
}

// Sweep moves deposits to the hot wallet (B2). A sweep that the chain reverted has Gas alone. A sweep that a reorg took off
// the chain is undone with Reverse (F1): its gas was not spent.
type Sweep struct {
	ID, Network string

	Amount money.Amount
	Gas    money.Amount // in the coin of the network
	Paid   bool         // the deposit's own address paid the gas: it does with the coin
}

// Entry returns the postings of the sweep.
func (s Sweep) Entry() Entry {
	payer := Chain(s.Network, hot)
	if s.Paid {
		payer = Chain(s.Network, deposit)
	}
	return post(s.ID,
		debit(Chain(s.Network, hot), s.Amount), credit(Chain(s.Network, deposit), s.Amount),
		debit(CostNetwork, s.Gas), credit(payer, s.Gas),
	)
}
