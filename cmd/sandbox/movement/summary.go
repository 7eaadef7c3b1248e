package movement

import "github.com/causeway-pay/causeway/cmd/sandbox/amount"

// Summary adds up what a channel did.
type Summary struct {
	Charges  int                      `json:"charges"`  // approved or authorized, whatever became of them later
	Captured map[string]amount.Amount `json:"captured"` // money taken, by currency
	Refunded map[string]amount.Amount `json:"refunded"` // money given back, by currency
}

// Summarize adds up the movements of one channel.
func Summarize(lines []Movement, channel string) Summary {
	s := Summary{Captured: map[string]amount.Amount{}, Refunded: map[string]amount.Amount{}}
	for _, m := range lines {
		if m.Channel != channel {
			continue
		}
		switch m.Kind {
		case Charge:
			s.Charges++
			s.Captured[m.Currency] = s.Captured[m.Currency].Add(m.Amount)
		case Authorization:
			s.Charges++
		case Capture:
			s.Captured[m.Currency] = s.Captured[m.Currency].Add(m.Amount)
		case Refund:
			s.Refunded[m.Currency] = s.Refunded[m.Currency].Add(m.Amount)
		}
	}
	return s
}
