package movement

import "github.com/causeway-pay/causeway/cmd/sandbox/amount"

// Turnover adds up what a bank did, by currency.
type Turnover struct {
	Credits  Count `json:"credits"`  // money that came in, whether it was taken back or not
	Debits   Count `json:"debits"`   // money sent, or credits taken back
	Charges  Count `json:"charges"`  // fees billed
	Returns  Count `json:"returns"`  // money sent that came back
	Rejected int   `json:"rejected"` // transfers refused
	Canceled int   `json:"canceled"` // transfers canceled or recalled
}

// Count is how many there were, and how much money that was.
type Count struct {
	Number int                      `json:"count"`
	Amount map[string]amount.Amount `json:"amount"`
}

func (c *Count) add(m Movement) {
	c.Number++
	c.Amount[m.Currency] = c.Amount[m.Currency].Add(m.Amount)
}

// TurnoverOf adds up the movements of one bank.
func TurnoverOf(lines []Movement, channel string) Turnover {
	empty := func() Count { return Count{Amount: map[string]amount.Amount{}} }
	t := Turnover{Credits: empty(), Debits: empty(), Charges: empty(), Returns: empty()}
	for _, m := range lines {
		if m.Channel != channel {
			continue
		}
		switch m.Kind {
		case Credit:
			t.Credits.add(m)
		case Debit:
			t.Debits.add(m)
		case Charge:
			t.Charges.add(m)
		case Return:
			t.Returns.add(m)
		case Reject:
			t.Rejected++
		case Cancel:
			t.Canceled++
		}
	}
	return t
}
