package rates

import (
	"math/rand/v2"

	"github.com/shopspring/decimal"
)

// Deviations are whole billionths of the anchor, so that a seed gives the same rates on every machine.
const (
	unit = 1_000_000_000

	// stride is the longest step: 0.0095 %. A coin moves with the dollar and by itself, which stays under 0.02 %.
	stride    = 95_000
	pegStride = 10_000

	fiatSwing = 10_000_000 // 1 %
	coinSwing = 50_000_000 // 5 %
	pegSwing  = 500_000    // 0.05 %

	// pull is the share of its deviation that a walk goes back in each step.
	pull = 512
)

// walk is a number that wanders around its anchor and always comes back.
type walk struct {
	anchor    decimal.Decimal
	swing     int64 // the furthest deviation
	stride    int64 // the longest step
	deviation int64
}

func (w *walk) step(random *rand.Rand) {
	step := random.Int64N(2*w.stride+1) - w.stride - w.deviation/pull
	step = min(max(step, -w.stride), w.stride)
	w.deviation = min(max(w.deviation+step, -w.swing), w.swing)
}

func (w *walk) value() decimal.Decimal {
	return w.anchor.Mul(decimal.New(unit+w.deviation, -9))
}
