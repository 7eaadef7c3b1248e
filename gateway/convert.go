package gateway

import (
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// convert books what arrived at the rate of now: a return, or the receipts of an attempt. While there is no rate it waits in
// the asset in which it came, and is due again.
func (g *Gateway) convert(p payment.Payment, ref string, now time.Time) payment.Payment {
	if o, ok := p.Operation(ref); ok {
		mid, _, err := g.pricer.Mid(o.Amount.Asset(), p.Quote.Source.Asset(), now)
		if err != nil {
			return g.unpriced(p, ref, now, err)
		}
		return p.ConvertReturn(ref, mid)
	}
	quote, err := g.priceCollect(p.Merchant, p.Order, p.Method, money.Asset{}, now)
	if err != nil {
		return g.unpriced(p, ref, now, err)
	}
	return p.ConvertReceipts(quote, now)
}

func (g *Gateway) unpriced(p payment.Payment, ref string, now time.Time, err error) payment.Payment {
	g.log.Error("what arrived waits for a rate", "payment", p.ID, "ref", ref, "err", err)
	return p.AwaitRate(ref, now)
}
