package ledger

import "github.com/causeway-pay/causeway/money"

// OrphanFound is money that a channel collected for an attempt that had been given up (G1).
type OrphanFound struct {
	ID, Channel string

	Amount money.Amount
}

// Entry returns the postings of the finding.
func (o OrphanFound) Entry() Entry {
	return post(o.ID, debit(ChannelReceivable(o.Channel), o.Amount), credit(Suspense(o.Channel), o.Amount))
}

// StrayRefund is the counterpart of an orphan: money that a channel gave back for a refund that had been given up (G3). What
// was set aside for it is the merchant's again, so that nobody bears it until people decide who does.
type StrayRefund struct {
	ID, Channel string

	Amount money.Amount
}

// Entry returns the postings of the finding.
func (s StrayRefund) Entry() Entry {
	return post(s.ID, debit(Suspense(s.Channel), s.Amount), credit(ChannelReceivable(s.Channel), s.Amount))
}

// OrphanReversed is an orphan given back to the payer, confirmed by the channel (G2).
type OrphanReversed struct {
	ID, Channel string

	Amount money.Amount
	Cost   money.Amount // what the channel charges us for it
}

// Entry returns the postings of the reversal.
func (o OrphanReversed) Entry() Entry {
	receivable := ChannelReceivable(o.Channel)
	return post(o.ID,
		debit(Suspense(o.Channel), o.Amount), credit(receivable, o.Amount),
		debit(CostChannel, o.Cost), credit(receivable, o.Cost),
	)
}

// SuspenseWrittenOff is a difference to a channel's statement that stays: what was in suspense is what the channel cost us,
// or, below zero there, what it gave (G4).
type SuspenseWrittenOff struct {
	ID, Channel string

	Amount money.Amount // by how much the channel gave more than the books knew
}

// Entry returns the postings of the write-off.
func (s SuspenseWrittenOff) Entry() Entry {
	return post(s.ID, debit(Suspense(s.Channel), s.Amount), credit(CostChannel, s.Amount))
}
