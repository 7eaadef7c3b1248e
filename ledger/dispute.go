package ledger

import "github.com/causeway-pay/causeway/money"

// DisputeOpened is a chargeback: the acquirer takes the money and a fee (E1). The merchant's available balance may go
// negative. For an amount that was already refunded the merchant is not debited: Reserved and Fee are left out.
type DisputeOpened struct {
	ID, Merchant, Channel string

	Disputed    money.Amount // what the acquirer takes for the payer, in the payer's asset
	DisputeCost money.Amount // what the acquirer charges us for the dispute
	Reserved    money.Amount // what the merchant was credited for Disputed, in its asset
	Fee         money.Amount // the cost as it is passed on to the merchant, in its asset; kept whoever wins
}

// Entry returns the postings of the chargeback.
func (d DisputeOpened) Entry() Entry {
	return post(d.ID,
		debit(Disputes(d.Channel), d.Disputed), debit(CostDispute, d.DisputeCost),
		credit(ChannelReceivable(d.Channel), plus(d.Disputed, d.DisputeCost)),
		debit(MerchantAvailable(d.Merchant), plus(d.Reserved, d.Fee)),
		credit(MerchantReserved(d.Merchant), d.Reserved), credit(RevenueFees, d.Fee),
	)
}

// DisputeLost is a dispute that the payer won (E2): a refund at the original rate that the acquirer has already taken.
type DisputeLost RefundOriginal

// Entry returns the postings of the lost dispute.
func (d DisputeLost) Entry() Entry { return RefundOriginal(d).from(Disputes(d.Channel)) }

// DisputeWon is a dispute that the merchant won (E3): all comes back but the fee.
type DisputeWon struct {
	ID, Merchant, Channel string

	Disputed, Reserved money.Amount // as in DisputeOpened
}

// Entry returns the postings of the won dispute.
func (d DisputeWon) Entry() Entry {
	return post(d.ID,
		debit(ChannelReceivable(d.Channel), d.Disputed), credit(Disputes(d.Channel), d.Disputed),
		debit(MerchantReserved(d.Merchant), d.Reserved), credit(MerchantAvailable(d.Merchant), d.Reserved),
	)
}

// WriteOff gives up what nobody will pay: the negative balance of a merchant that is gone (E4), on the word of two people,
// or a dispute lost on an amount that had been refunded before.
type WriteOff struct {
	ID      string
	Account Account // MerchantAvailable or Disputes

	Amount money.Amount
}

// Entry returns the postings of the loss.
func (w WriteOff) Entry() Entry {
	return post(w.ID, debit(LossBadDebt, w.Amount), credit(w.Account, w.Amount))
}
