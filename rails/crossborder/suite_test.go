package crossborder_test

import (
	"testing"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/crossborder"
	"github.com/causeway-pay/causeway/rails/railtest"
)

// network is a correspondent, for the suite of payout rails.
type network struct{ *banktest.Office }

func (n network) Open() (rails.Rail, error) { return crossborder.New(config(n.URL)) }

func (n network) Suffer(trouble railtest.Trouble) bool {
	ways := map[railtest.Trouble]banktest.Way{
		railtest.Well: banktest.Plainly, railtest.Deaf: banktest.Deaf, railtest.Mute: banktest.Mute, railtest.Refusing: banktest.Refusing,
		railtest.WrongAmount: banktest.Misquoting, railtest.Silent: banktest.Gone,
	}
	way, known := ways[trouble]
	n.Behave(way)
	return known
}

func TestPayouts(t *testing.T) {
	railtest.RunPayout(t, railtest.Payout{
		Network: func(t *testing.T) railtest.PayoutNetwork {
			return network{banktest.NewOffice(banktest.Open(t), nostro, money.Must("0", "CNY"))}
		},
		Method: payment.Method{Type: payment.MethodCrossBorder}, Beneficiary: beneficiary, Amount: money.Must("1000.00", "CNY"),
	})
}
