package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Reasons why a request is refused before anything is written.
var (
	ErrQuoteMismatch    = errors.New("quote is for another amount or currency") // returned when amount or settlement differ from the accepted quote
	ErrQuoteUnfit       = errors.New("quote cannot be paid")                    // returned when the quote is indicative or for the other direction
	ErrQuoteMethod      = errors.New("quote is for another method")             // returned when the quote was priced for another rail, or for none
	ErrQuoteCorridor    = errors.New("quote is for another country")            // returned when the quote was priced for another corridor
	ErrQuoteBeneficiary = errors.New("quote is for another beneficiary")        // returned when the quote was priced for somebody else alone
)

// QuoteRequest asks for a price.
type QuoteRequest struct {
	Merchant  string
	Mode      payment.Mode
	Tier      string
	Kind      fx.Mode // firm, or to compare and show
	Direction fx.Direction
	Fix       fx.Side
	Amount    money.Amount // of the fixed side
	Other     money.Asset  // of the other side
	Method    payment.Method
	To        payment.Beneficiary // payouts: whom the money is for; of one who is not known, the country is enough
}

// Quote prices a collect or a payout, and keeps the price when it is firm.
func (g *Gateway) Quote(ctx context.Context, r QuoteRequest) (fx.Quote, error) {
	quote, err := g.price(r, g.now())
	if err != nil {
		return fx.Quote{}, err
	}
	if quote.Mode == fx.Firm {
		if err := g.store.SaveQuote(ctx, quote); err != nil {
			return fx.Quote{}, fmt.Errorf("keep quote: %w", err)
		}
	}
	return quote, nil
}

// price prices a request without keeping the price.
func (g *Gateway) price(r QuoteRequest, now time.Time) (fx.Quote, error) {
	request := fx.Request{
		ID: g.newID("quo"), Merchant: r.Merchant, Tier: r.Tier, Rail: r.Method.Type.Rail(), Direction: r.Direction,
		Mode: r.Kind, Fix: r.Fix, Amount: r.Amount, Other: r.Other,
	}
	if r.Direction == fx.Send {
		request.Corridor, request.Beneficiary = g.corridorTo(r.Mode, r.Method.Type, r.To.Country), r.To.ID
	}
	quote, err := g.pricer.Price(request, now)
	if err != nil {
		return fx.Quote{}, fmt.Errorf("price: %w", err)
	}
	return quote, nil
}

// FindQuote returns a quote of the merchant, with its status as it is now.
func (g *Gateway) FindQuote(ctx context.Context, merchant, id string) (fx.Quote, error) {
	quote, err := g.store.Quote(ctx, merchant, id)
	if err == nil && quote.Status == fx.Open && !g.now().Before(quote.ExpiresAt) {
		quote.Status = fx.Expired
	}
	return quote, err
}

// quoteFor prices the payment, or takes the quote that the merchant accepts.
func (g *Gateway) quoteFor(ctx context.Context, r CreateRequest, method payment.Method, now time.Time) (fx.Quote, error) {
	if r.Quote == "" {
		return g.priceCollect(r.Merchant, r.Order, method, r.Payer, now)
	}
	quote, err := g.FindQuote(ctx, r.Merchant, r.Quote)
	if err != nil {
		return fx.Quote{}, fmt.Errorf("quote %s: %w", r.Quote, err)
	}
	payer, err := payerAsset(method, r.Order, r.Payer)
	fits := slices.ContainsFunc([]money.Amount{quote.Debit(), quote.Source, quote.Target}, r.Order.Amount.Equal)
	switch {
	case err != nil:
		return fx.Quote{}, err
	case quote.Mode != fx.Firm || quote.Direction != fx.Collect:
		return fx.Quote{}, ErrQuoteUnfit
	case method.Type == "" || quote.Rail != method.Type.Rail():
		return fx.Quote{}, ErrQuoteMethod // without a rail in its request, a price leaves out the fees of every rail
	case quote.Status != fx.Open:
		return fx.Quote{}, payment.ErrQuoteUsed
	case !fits || quote.Source.Asset() != payer || quote.Target.Asset() != r.Order.Settlement:
		return fx.Quote{}, ErrQuoteMismatch
	}
	quote.Status = fx.Accepted
	return quote, nil
}

// payerAsset is what a payer pays in with a method: the coin or token of a chain, or else, or the currency of the amount.
func payerAsset(m payment.Method, order payment.Order, or money.Asset) (money.Asset, error) {
	switch {
	case m.Type == payment.MethodCrypto:
		return money.LookupAsset(m.Currency, m.Network)
	case !or.IsZero():
		return or, nil
	}
	return order.Amount.Asset(), nil
}

// priceCollect prices what a payer is charged for an order with a method:
//
//	paid in what was asked for        the amount is taken, and converted to the settlement asset
//	settled in what was asked for     the amount is credited, and the payer pays what that costs
//	neither                           the payer pays what the amount is worth at mid, which is then converted
func (g *Gateway) priceCollect(merchant string, order payment.Order, method payment.Method, payer money.Asset, now time.Time) (fx.Quote, error) {
	payer, err := payerAsset(method, order, payer)
	if err != nil {
		return fx.Quote{}, err
	}
	r := requestFor(merchant, order, method)
	r.ID, r.Amount, r.Other = g.newID("quo"), order.Amount, order.Settlement
	switch {
	case payer == order.Amount.Asset():
	case order.Settlement == order.Amount.Asset():
		r.Fix, r.Other = fx.TargetFixed, payer
	default:
		worth, err := g.inAsset(order.Amount, payer, now)
		if err != nil {
			return fx.Quote{}, fmt.Errorf("price: %w", err)
		}
		r.Amount, _ = worth.Up()
	}
	quote, err := g.pricer.Price(r, now)
	if err != nil {
		return fx.Quote{}, fmt.Errorf("price: %w", err)
	}
	quote.Status = fx.Accepted
	return quote, nil
}

// requestFor is what treasury's rules are asked about a payment.
func requestFor(merchant string, order payment.Order, method payment.Method) fx.Request {
	return fx.Request{
		Merchant: merchant, Tier: order.Tier, Rail: method.Type.Rail(), Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed,
	}
}

// inAsset states an amount in another asset at mid.
func (g *Gateway) inAsset(amount money.Amount, asset money.Asset, now time.Time) (money.Amount, error) {
	mid, _, err := g.pricer.Mid(amount.Asset(), asset, now)
	if err != nil {
		return money.Amount{}, err
	}
	return mid.Convert(amount), nil
}
