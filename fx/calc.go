package fx

import "github.com/causeway-pay/causeway/money"

// Calc computes a charge on an amount: Fixed, plus Bps of the amount, plus what the tiers say, then at least Min and at
// most Max. The amounts are in the asset of the rule; zero ones are not set.
type Calc struct {
	Fixed  money.Amount
	Bps    int64
	Tiered Tiering
	Tiers  []Tier
	Min    money.Amount
	Max    money.Amount
	Waive  bool // charge nothing, so that a special rule can lift a general one
}

// Tiering says how tiers apply to an amount.
type Tiering string

// The tierings.
const (
	Marginal Tiering = "marginal" // each part of the amount at the price of its own tier: more never costs less
	Slab     Tiering = "slab"     // the whole amount at the price of the tier that it is in
)

// Tier is the price of amounts up to To, which is excluded; the last tier has none.
type Tier struct {
	To  money.Amount
	Bps int64
}

// Charge returns what the rule takes from amount, rounded up to what can be paid.
func (c Calc) Charge(amount money.Amount) money.Amount {
	if c.Waive {
		return amount.Asset().Zero()
	}
	total := amount.Bps(c.Bps)
	switch c.Tiered {
	case Marginal:
		total = total.Add(c.marginal(amount))
	case Slab:
		total = total.Add(amount.Bps(c.slab(amount)))
	}
	if !c.Fixed.IsZero() {
		total = total.Add(c.Fixed)
	}
	if !c.Min.IsZero() {
		total = money.Max(total, c.Min)
	}
	if !c.Max.IsZero() {
		total = money.Min(total, c.Max)
	}
	charge, _ := total.Up()
	return charge
}

func (c Calc) marginal(amount money.Amount) money.Amount {
	total, from := amount.Asset().Zero(), amount.Asset().Zero()
	for _, tier := range c.Tiers {
		to := amount
		if !tier.To.IsZero() {
			to = money.Min(amount, tier.To)
		}
		if to.Cmp(from) <= 0 {
			break
		}
		total = total.Add(to.Sub(from).Bps(tier.Bps))
		from = to
	}
	return total
}

func (c Calc) slab(amount money.Amount) int64 {
	for _, tier := range c.Tiers {
		if tier.To.IsZero() || amount.Cmp(tier.To) < 0 {
			return tier.Bps
		}
	}
	return 0
}
