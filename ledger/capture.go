package ledger

import "github.com/causeway-pay/causeway/money"

// Capture is money that a channel collected for a merchant (A1). It adds up:
//
//	AtMid = Credited + Margin + Rounding
//
// Credited + Rounding is what the client rate gives before rounding. When payer and merchant use one asset, AtMid is Paid.
type Capture struct {
	ID, Merchant, Channel string

	Paid      money.Amount // by the payer, without the sender's fee
	AtMid     money.Amount // Paid at the mid rate, in the merchant's asset, at house precision
	Credited  money.Amount // to the merchant, before the fee
	Margin    money.Amount // earned on the rate, in the merchant's asset, at house precision
	Rounding  money.Amount // what rounding Credited left over, in the merchant's asset
	Fee       money.Amount // borne by the merchant, in its asset
	SenderFee money.Amount // paid by the payer on top, in the payer's asset
	Cost      money.Amount // what the channel is expected to charge us
}

// Entry returns the postings of the capture.
func (c Capture) Entry() Entry {
	receivable, pending := ChannelReceivable(c.Channel), MerchantPending(c.Merchant)
	return post(c.ID,
		debit(receivable, c.Paid), credit(Position, c.Paid),
		debit(Position, c.AtMid), credit(pending, c.Credited), credit(RevenueMargin, c.Margin), credit(Rounding, c.Rounding),
		debit(pending, c.Fee), credit(RevenueFees, c.Fee),
		debit(receivable, c.SenderFee), credit(RevenueFees, c.SenderFee),
		debit(CostChannel, c.Cost), credit(receivable, c.Cost),
	)
}

// ChannelSettlement is an acquirer's settlement that a bank statement shows (A2).
type ChannelSettlement struct {
	ID, Channel, Bank string

	Net       money.Amount // what arrived
	ExtraCost money.Amount // what the channel charged beyond the expected cost; negative when it charged less. Never the merchant's
}

// Entry returns the postings of the settlement.
func (s ChannelSettlement) Entry() Entry {
	receivable := ChannelReceivable(s.Channel)
	return post(s.ID,
		debit(Nostro(s.Bank, s.Net.Asset().Code), s.Net), credit(receivable, s.Net),
		debit(CostChannel, s.ExtraCost), credit(receivable, s.ExtraCost),
	)
}

// Settlement makes a merchant's money available on its settlement date (A2).
type Settlement struct {
	ID, Merchant string

	Amount money.Amount
}

// Entry returns the postings of the settlement.
func (s Settlement) Entry() Entry {
	return post(s.ID, debit(MerchantPending(s.Merchant), s.Amount), credit(MerchantAvailable(s.Merchant), s.Amount))
}
