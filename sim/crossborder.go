package sim

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// correspondent pays out across borders. It knows no fence, and its reports come late and out of order.
type correspondent struct{ institution }

// live is what becomes of an order: refused before or after it was debited, or credited to the beneficiary, and perhaps
// sent back, less what banks on the way took.
func (c *correspondent) live(ref string, o *order) {
	if c.chance(8) {
		c.count(PayoutRefused)
		c.report(ref, iso20022.Rejected, "AC01", false)
		return
	}
	c.debit(ref)
	c.report(ref, iso20022.AcceptedInProcess, "G001", false)
	if c.chance(15) {
		c.bill(ref, money.Must("5.00", "USD"))
	}
	c.later(c.within(2*time.Hour), "arrival "+ref, func() { c.arrive(ref, o) })
}

func (c *correspondent) arrive(ref string, o *order) {
	if c.chance(8) {
		c.count(PayoutBounced)
		c.report(ref, iso20022.Rejected, "RC01", false)
		c.later(c.within(time.Hour), "bounce "+ref, func() { c.giveBack(ref, o.amount, "RC01") })
		return
	}
	c.report(ref, iso20022.AcceptedCredited, "", true)
	if c.chance(10) {
		c.later(c.within(3*time.Hour), "return "+ref, func() {
			c.count(PayoutReturns)
			short, _ := o.amount.Bps(9000).Down()
			c.giveBack(ref, short, "AC04")
		})
	}
}

// told is the standing that follows from what an inquiry hears: a final one stays, else the newest counts, whatever order
// they come in. At times it hears an old report alone.
func (c *correspondent) told(o *order) banklink.Standing {
	heard := o.reports
	if len(heard) > 1 && c.chance(20) {
		c.count(ReportStale)
		heard = heard[:1+c.IntN(len(heard)-1)]
	}
	final := func(s banklink.Standing) bool { return s.Paid || s.Rejected() }
	if n := slices.IndexFunc(heard, final); n >= 0 {
		return heard[n]
	}
	return slices.MaxFunc(heard, func(a, b banklink.Standing) int { return a.At.Compare(b.At) })
}

func (c *correspondent) inquire(at payment.Attempt) (payment.Result, error) {
	o, known := c.orders[at.ID]
	if !known {
		return payment.Result{NotFound: true}, nil
	}
	return c.link.Result(at, c.told(o), o.trail)
}

// borderAdapter is the rail of one process to the correspondent.
type borderAdapter struct {
	*correspondent

	by *gatewayProcess
}

var _ interface {
	rails.Rail
	rails.Watcher
	rails.Listener
} = borderAdapter{}

// Capabilities returns what the correspondent promises.
func (a borderAdapter) Capabilities() payment.Capabilities { return a.caps }

// Send pays out.
func (a borderAdapter) Send(ctx context.Context, _ payment.Payment, at payment.Attempt) (payment.Result, error) {
	return unsent(a.exchange(ctx, a.by, "send "+at.ID, sendFaults, func() (payment.Result, error) {
		return a.carry(at, func(o *order) { a.live(at.ID, o) })
	}))
}

// Check asks correspondent and tracker.
func (a borderAdapter) Check(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	return a.exchange(ctx, a.by, "check "+at.ID, askFaults, func() (payment.Result, error) { return a.inquire(at) })
}

// Watch tells the journal what the mailbox says.
func (a borderAdapter) Watch(ctx context.Context, journal rails.Journal) error {
	return a.watch(ctx, a.by, journal)
}

// Callback reads a message.
func (a borderAdapter) Callback(_ http.Header, body []byte) (rails.Callback, error) {
	return readCallback(body)
}
