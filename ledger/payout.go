package ledger

import "github.com/causeway-pay/causeway/money"

// PayoutReserved sets the whole debit of an accepted payout aside (C1), in the transaction that guards the balance.
type PayoutReserved struct {
	ID, Merchant string

	Amount money.Amount
}

// Entry returns the postings of the hold.
func (p PayoutReserved) Entry() Entry {
	return post(p.ID, debit(MerchantAvailable(p.Merchant), p.Amount), credit(MerchantReserved(p.Merchant), p.Amount))
}

// PayoutReleased gives back what was set aside for a payout that was rejected before the channel accepted it (C5).
type PayoutReleased struct {
	ID, Merchant string

	Amount money.Amount
}

// Entry returns the postings of the release.
func (p PayoutReleased) Entry() Entry {
	return post(p.ID, debit(MerchantReserved(p.Merchant), p.Amount), credit(MerchantAvailable(p.Merchant), p.Amount))
}

// PayoutSent is a payout that the channel has accepted (C2). While its outcome is unknown the money stays reserved.
//
//	Reserved = AtMid + Margin + Fee + Rounding
type PayoutSent struct {
	ID, Merchant, Channel string

	Reserved money.Amount // taken from the merchant, in its asset
	AtMid    money.Amount // Sent at the mid rate, in the merchant's asset, at house precision
	Margin   money.Amount // earned on the rate, in the merchant's asset, at house precision
	Fee      money.Amount // borne by the merchant as sender, in its asset
	Rounding money.Amount
	Sent     money.Amount // to the beneficiary, in its asset
}

// Entry returns the postings of the payout.
func (p PayoutSent) Entry() Entry {
	return post(p.ID,
		debit(MerchantReserved(p.Merchant), p.Reserved),
		credit(Position, p.AtMid), credit(RevenueMargin, p.Margin), credit(RevenueFees, p.Fee), credit(Rounding, p.Rounding),
		debit(Position, p.Sent), credit(Transit(p.Channel), p.Sent),
	)
}

// PayoutSettled is our bank account debited for a payout (C3).
type PayoutSettled struct {
	ID, Channel, Bank string

	Amount money.Amount
}

// Entry returns the postings of the debit.
func (p PayoutSettled) Entry() Entry {
	return post(p.ID, debit(Transit(p.Channel), p.Amount), credit(Nostro(p.Bank, p.Amount.Asset().Code), p.Amount))
}

// PayoutCharges is what banks on the way bill us for a payout whose charges the debtor bears (C4, ISO 20022 DEBT). Charges
// deducted on the way are no posting of ours.
type PayoutCharges struct {
	ID, Bank string

	Amount money.Amount
}

// Entry returns the postings of the charges.
func (p PayoutCharges) Entry() Entry {
	return post(p.ID, debit(CostCorrespondent, p.Amount), credit(Nostro(p.Bank, p.Amount.Asset().Code), p.Amount))
}

// PayoutRejected undoes a payout that was rejected after the channel had accepted it and before our account was debited (C5b).
type PayoutRejected struct {
	ID     string
	Payout PayoutSent
}

// Entry returns the postings of the rejection.
func (r PayoutRejected) Entry() Entry {
	p := r.Payout
	return post(r.ID,
		debit(Transit(p.Channel), p.Sent), credit(Position, p.Sent),
		debit(Position, p.AtMid), debit(RevenueMargin, p.Margin), debit(RevenueFees, p.Fee), debit(Rounding, p.Rounding),
		credit(MerchantAvailable(p.Merchant), p.Reserved),
	)
}

// PayoutReturned is a payout that came back, perhaps short, by the fault of the beneficiary (C6): the merchant bears the
// charges and the rate, without a new margin, and the fees stay.
//
//	AtMid = Credited + Rounding
type PayoutReturned struct {
	ID, Merchant, Bank string

	Returned money.Amount // what arrived, in the beneficiary's asset
	AtMid    money.Amount // Returned at today's mid rate, in the merchant's asset, at house precision
	Credited money.Amount // to the merchant
	Rounding money.Amount
}

// Entry returns the postings of the return.
func (r PayoutReturned) Entry() Entry {
	return post(r.ID,
		debit(Nostro(r.Bank, r.Returned.Asset().Code), r.Returned), credit(Position, r.Returned),
		debit(Position, r.AtMid), credit(MerchantAvailable(r.Merchant), r.Credited), credit(Rounding, r.Rounding),
	)
}

// PayoutMadeWhole is a payout that came back, perhaps short, by our fault or the channel's (C7): the merchant gets all back,
// what is missing is our cost, and treasury bears the move of the rate.
type PayoutMadeWhole struct {
	ID, Bank string
	Payout   PayoutSent

	Returned money.Amount // what arrived, in the beneficiary's asset
	AtMidNow money.Amount // all that was sent at today's mid rate, in the merchant's asset, at house precision
}

// Entry returns the postings of the return.
func (r PayoutMadeWhole) Entry() Entry {
	p := r.Payout
	return post(r.ID,
		debit(Nostro(r.Bank, p.Sent.Asset().Code), r.Returned), debit(CostCorrespondent, minus(p.Sent, r.Returned)), credit(Position, p.Sent),
		debit(Position, r.AtMidNow), debit(Slippage, slip(p.AtMid, r.AtMidNow)),
		debit(RevenueMargin, p.Margin), debit(RevenueFees, p.Fee), debit(Rounding, p.Rounding),
		credit(MerchantAvailable(p.Merchant), p.Reserved),
	)
}

// PayoutMined is an on-chain payout whose receipt is final.
//
//	Reserved = AtMid + Margin + Fee + Rounding
type PayoutMined struct {
	ID, Merchant, Network string

	Reserved money.Amount // taken from the merchant, in its asset
	AtMid    money.Amount // Sent at the mid rate, in the merchant's asset, at house precision
	Margin   money.Amount // earned on the rate, in the merchant's asset, at house precision
	Fee      money.Amount // borne by the merchant as sender, in its asset
	Rounding money.Amount
	Sent     money.Amount // to the beneficiary
	Gas      money.Amount // of every mined transaction of the payout, reverted and replaced ones too, in the coin of the network
}

// Entry returns the postings of the payout.
func (p PayoutMined) Entry() Entry {
	wallet := Chain(p.Network, hot)
	return post(p.ID,
		debit(MerchantReserved(p.Merchant), p.Reserved),
		credit(Position, p.AtMid), credit(RevenueMargin, p.Margin), credit(RevenueFees, p.Fee), credit(Rounding, p.Rounding),
		debit(Position, p.Sent), credit(wallet, p.Sent),
		debit(CostNetwork, p.Gas), credit(wallet, p.Gas),
	)
}
