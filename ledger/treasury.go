package ledger

import "github.com/causeway-pay/causeway/money"

// Cover closes a position at a bank (A3). What the bank fills below mid is treasury's slippage, never the client's; a fill
// above mid is its gain.
type Cover struct {
	ID, Bank string

	Sold   money.Amount
	Bought money.Amount
	AtMid  money.Amount // the position that is closed in the asset bought, at house precision
}

// Entry returns the postings of the trade.
func (c Cover) Entry() Entry {
	return post(c.ID,
		debit(Position, c.Sold), credit(Nostro(c.Bank, c.Sold.Asset().Code), c.Sold),
		debit(Nostro(c.Bank, c.Bought.Asset().Code), c.Bought), debit(Slippage, slip(c.AtMid, c.Bought)), credit(Position, c.AtMid),
	)
}

// Funding puts capital into a nostro account (H1) or a hot wallet (B3).
type Funding struct {
	ID      string
	Account Account // Nostro or Chain

	Amount money.Amount
}

// Entry returns the postings of the funding.
func (f Funding) Entry() Entry {
	return post(f.ID, debit(f.Account, f.Amount), credit(Capital, f.Amount))
}

// DailyRevaluation values the open positions at the close of a day, in the reporting currency only (H2). It is undone with
// Reverse the next day.
type DailyRevaluation struct {
	ID string

	Gain money.Amount // negative for a loss
}

// Entry returns the postings of the revaluation.
func (r DailyRevaluation) Entry() Entry {
	return post(r.ID, debit(Revaluation, r.Gain), credit(Unrealised, r.Gain))
}

// RollingReserve is the part of its settlements that an acquirer keeps back (H3).
type RollingReserve struct {
	ID, Channel string

	Amount money.Amount
}

// Entry returns the postings of the reserve.
func (r RollingReserve) Entry() Entry {
	return post(r.ID, debit(ChannelReserve(r.Channel), r.Amount), credit(ChannelReceivable(r.Channel), r.Amount))
}
