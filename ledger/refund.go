package ledger

import "github.com/causeway-pay/causeway/money"

// RefundRequest sets the price of a refund aside (D1). A refund draws on what the payment has pending, then on what the
// merchant has available.
type RefundRequest struct {
	ID, Merchant string

	FromPending, FromAvailable money.Amount
}

// Entry returns the postings of the request.
func (r RefundRequest) Entry() Entry {
	return post(r.ID,
		debit(MerchantPending(r.Merchant), r.FromPending), debit(MerchantAvailable(r.Merchant), r.FromAvailable),
		credit(MerchantReserved(r.Merchant), plus(r.FromPending, r.FromAvailable)),
	)
}

// RefundOriginal is a confirmed refund at the original rate (D2): the payer is whole, the merchant returns exactly what it
// was credited, the margin is given back, and treasury bears the move of the rate from AtMidThen to AtMidNow, gain or loss.
//
//	AtMidThen = Reserved + Margin + Rounding
type RefundOriginal struct {
	ID, Merchant, Channel string

	Paid       money.Amount // back to the payer, in its asset
	Reserved   money.Amount // what the merchant returns, in its asset; set aside by a RefundRequest
	Margin     money.Amount // given back
	Rounding   money.Amount // given back
	AtMidNow   money.Amount // Paid at today's mid rate, in the merchant's asset, at house precision; Paid itself when both use one asset
	AtMidThen  money.Amount // Paid at the mid rate of the capture
	ChannelFee money.Amount // what the acquirer charges us for the refund
}

// Entry returns the postings of the refund.
func (r RefundOriginal) Entry() Entry { return r.from(ChannelReceivable(r.Channel)) }

// from returns the postings of the refund, with source as the account that the payer was paid back from.
func (r RefundOriginal) from(source Account) Entry {
	return post(r.ID,
		debit(Position, r.Paid), credit(source, r.Paid),
		debit(MerchantReserved(r.Merchant), r.Reserved), debit(RevenueMargin, r.Margin), debit(Rounding, r.Rounding),
		debit(Slippage, slip(r.AtMidNow, r.AtMidThen)), credit(Position, r.AtMidNow),
		debit(CostChannel, r.ChannelFee), credit(ChannelReceivable(r.Channel), r.ChannelFee),
	)
}

// RefundCurrent is a confirmed refund at today's rate (D3): the merchant pays today's price of making the payer whole.
//
//	Reserved = AtMid + Margin + Rounding
type RefundCurrent struct {
	ID, Merchant, Channel string

	Paid       money.Amount // back to the payer, in its asset
	Reserved   money.Amount // what the merchant pays, in its asset; set aside by a RefundRequest
	AtMid      money.Amount // Paid at today's mid rate, in the merchant's asset
	Margin     money.Amount // earned on today's rate
	Rounding   money.Amount
	ChannelFee money.Amount // what the acquirer charges us for the refund
}

// Entry returns the postings of the refund.
func (r RefundCurrent) Entry() Entry {
	receivable := ChannelReceivable(r.Channel)
	return post(r.ID,
		debit(Position, r.Paid), credit(receivable, r.Paid),
		debit(MerchantReserved(r.Merchant), r.Reserved),
		credit(Position, r.AtMid), credit(RevenueMargin, r.Margin), credit(Rounding, r.Rounding),
		debit(CostChannel, r.ChannelFee), credit(receivable, r.ChannelFee),
	)
}

// RefundRelease gives back what was set aside for a refund that failed, on evidence (D4).
type RefundRelease struct {
	ID, Merchant string

	ToPending   money.Amount // what came from pending and would still be there
	ToAvailable money.Amount // what came from available, or from pending that has been settled since
}

// Entry returns the postings of the release.
func (r RefundRelease) Entry() Entry {
	return post(r.ID,
		debit(MerchantReserved(r.Merchant), plus(r.ToPending, r.ToAvailable)),
		credit(MerchantPending(r.Merchant), r.ToPending), credit(MerchantAvailable(r.Merchant), r.ToAvailable),
	)
}
