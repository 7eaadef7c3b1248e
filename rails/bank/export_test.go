package bank

import (
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/line"
)

// Read says what an answer means for a payout of which nothing was booked.
func (b *Bank) Read(reply line.Reply, at payment.Attempt) (payment.Result, error) {
	standing, err := b.standing(reply, at)
	if err != nil {
		return payment.Result{}, err
	}
	return b.link.Result(at, standing, banklink.Trail{})
}
