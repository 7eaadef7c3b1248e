package crossborder

import (
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

// Read says what the answers of the correspondent and of the tracker mean for a payout of which nothing was booked.
func (c *Correspondent) Read(reply, tracked line.Reply, at payment.Attempt) (payment.Result, error) {
	said, err := c.reported(reply, at)
	if err != nil {
		return payment.Result{}, err
	}
	track, err := readTrack(tracked, at)
	if err != nil {
		return payment.Result{}, err
	}
	standing, consistent := said.and(track).merged()
	if !consistent {
		return c.link.Undecided(at, "both credited and rejected", standing, banklink.Trail{}), nil
	}
	return c.link.Result(at, standing, banklink.Trail{})
}

// Order is what is sent for a payout.
func (c *Correspondent) Order(p payment.Payment, at payment.Attempt) ([]byte, error) {
	m, err := c.transfer(p, at)
	if err != nil {
		return nil, err
	}
	return iso20022.Write(c.header(at, c.link.Now()), m)
}
