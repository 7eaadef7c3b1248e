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
	"github.com/causeway-pay/causeway/rails"
)

// ErrNoBeneficiary is returned when a payout names a beneficiary that the merchant does not have.
var ErrNoBeneficiary = errors.New("no such beneficiary")

// payoutMethods are the ways to a beneficiary, tried in this order; which of them reach the beneficiary the channels say.
var payoutMethods = []payment.MethodType{payment.MethodBankTransfer, payment.MethodCrossBorder, payment.MethodCrypto}

// PayoutRequest asks for a payout.
type PayoutRequest struct {
	Merchant    string
	Mode        payment.Mode
	Order       payment.Order // Amount is that of the fixed side, Settlement the asset of the other
	Fix         fx.Side       // whether Amount is what is debited or what the beneficiary is sent
	Beneficiary string
	Quote       string // id of a firm quote to accept; empty: price now
	Draft       bool   // reserve nothing and wait to be confirmed
	Key         payment.Key
	Answer      func(p payment.Payment, object string) payment.Answer
}

// CreatePayout makes a payout: its money is set aside with it, in the transaction that checks the balance. It returns
// ErrNoBeneficiary, ErrNoRoute, payment.ErrInsufficient and the errors of pricing; nothing is written then.
func (g *Gateway) CreatePayout(ctx context.Context, r PayoutRequest) (Reply, error) {
	return g.create(ctx, r.Key, r.Quote, r.Answer, func(now time.Time) (payment.Payment, error) { return g.payout(ctx, r, now) })
}

// payout makes the payout that r asks for, by the first way that reaches the beneficiary.
func (g *Gateway) payout(ctx context.Context, r PayoutRequest, now time.Time) (payment.Payment, error) {
	beneficiary, err := g.Beneficiary(ctx, r.Merchant, r.Mode, r.Beneficiary)
	if err != nil {
		return payment.Payment{}, err
	}
	r.Order.Beneficiary = &beneficiary
	if r.Quote != "" {
		return g.payoutByQuote(ctx, r, now)
	}
	why := ErrNoRoute
	for _, t := range payoutMethods {
		p, err := g.payoutBy(r, r.method(t), now)
		if err == nil && g.serves(p) {
			return p, nil
		}
		if err != nil && !errors.Is(err, money.ErrUnknownAsset) {
			why = err
		}
	}
	return payment.Payment{}, why
}

// Beneficiary returns the merchant's beneficiary of that id. It returns ErrNoBeneficiary when there is none.
func (g *Gateway) Beneficiary(ctx context.Context, merchant string, mode payment.Mode, id string) (payment.Beneficiary, error) {
	b, err := g.store.Beneficiary(ctx, merchant, mode, id)
	if errors.Is(err, payment.ErrNotFound) {
		return b, ErrNoBeneficiary
	}
	if err != nil {
		return b, fmt.Errorf("beneficiary: %w", err)
	}
	return b, nil
}

// method is a method with what it needs to know of the payout.
func (r PayoutRequest) method(t payment.MethodType) payment.Method {
	m := payment.Method{Type: t}
	if target := r.target(); t == payment.MethodCrypto {
		m.Currency, m.Network = target.Code, target.Network
	}
	return m
}

// target is what the beneficiary is sent.
func (r PayoutRequest) target() money.Asset {
	if r.Fix == fx.TargetFixed {
		return r.Order.Amount.Asset()
	}
	return r.Order.Settlement
}

// payoutByQuote makes the payout by the one way that its quote was priced for: fees depend on the way.
func (g *Gateway) payoutByQuote(ctx context.Context, r PayoutRequest, now time.Time) (payment.Payment, error) {
	quote, err := g.payoutQuote(ctx, r)
	if err != nil {
		return payment.Payment{}, err
	}
	p := g.newPayout(r, r.method(payment.MethodOn(quote.Rail)), quote, now)
	if !g.serves(p) {
		return payment.Payment{}, ErrNoRoute
	}
	return p, nil
}

// payoutQuote takes the quote that the merchant accepts, when it is for what r asks.
func (g *Gateway) payoutQuote(ctx context.Context, r PayoutRequest) (fx.Quote, error) {
	quote, err := g.FindQuote(ctx, r.Merchant, r.Quote)
	method := payment.MethodOn(quote.Rail)
	switch {
	case err != nil:
		return fx.Quote{}, fmt.Errorf("quote %s: %w", r.Quote, err)
	case quote.Mode != fx.Firm || quote.Direction != fx.Send:
		return fx.Quote{}, ErrQuoteUnfit
	case !slices.Contains(payoutMethods, method):
		return fx.Quote{}, ErrQuoteMethod
	case quote.Beneficiary != "" && quote.Beneficiary != r.Order.Beneficiary.ID:
		return fx.Quote{}, ErrQuoteBeneficiary
	case quote.Corridor != g.corridorTo(r.Mode, method, r.Order.Beneficiary.Country):
		return fx.Quote{}, ErrQuoteCorridor
	case quote.Status != fx.Open:
		return fx.Quote{}, payment.ErrQuoteUsed
	case !r.pricedBy(quote):
		return fx.Quote{}, ErrQuoteMismatch
	}
	quote.Status = fx.Accepted
	return quote, nil
}

// pricedBy reports whether a quote has the sides of the order. A quote that fixes the other side is for another order,
// even where one of its amounts is the same.
func (r PayoutRequest) pricedBy(q fx.Quote) bool {
	fixed, other := q.Source, q.Target
	if r.Fix == fx.TargetFixed {
		fixed, other = other, fixed
	}
	return q.Fix == r.Fix && fixed.Equal(r.Order.Amount) && other.Asset() == r.Order.Settlement
}

// payoutBy is the payout by one of the methods, at the price of now.
func (g *Gateway) payoutBy(r PayoutRequest, method payment.Method, now time.Time) (payment.Payment, error) {
	quote, err := g.price(QuoteRequest{
		Merchant: r.Merchant, Mode: r.Mode, Tier: r.Order.Tier, Kind: fx.Firm, Direction: fx.Send, Fix: r.Fix, Amount: r.Order.Amount,
		Other: r.Order.Settlement, Method: method, To: *r.Order.Beneficiary,
	}, now)
	if err != nil {
		return payment.Payment{}, err
	}
	quote.Status = fx.Accepted
	return g.newPayout(r, method, quote, now), nil
}

func (g *Gateway) newPayout(r PayoutRequest, method payment.Method, quote fx.Quote, now time.Time) payment.Payment {
	p := payment.New(payment.ID(g.newID("po")), r.Merchant, r.Mode, r.Order, method, quote, now, quote.ExpiresAt)
	switch {
	case r.Draft:
		p.Hold = payment.HoldDraft
	case g.needsApproval(p):
		p.Hold = payment.HoldApproval
	}
	return p
}

// corridorTo names the corridor to a country as the first channel of the mode with the method has it.
func (g *Gateway) corridorTo(mode payment.Mode, method payment.MethodType, country string) string {
	for _, c := range g.channels {
		if c.Mode == mode && c.Method == method && c.Home != "" {
			return c.Home + ">" + country
		}
	}
	return ""
}

// Vet refuses a beneficiary that no channel could ever pay. The error joins one error for each fault that the last channel
// finds which goes there, or is ErrNoRoute when none does.
func (g *Gateway) Vet(b payment.Beneficiary) error {
	fault := ErrNoRoute
	for _, c := range g.channels {
		p := payment.Payment{Direction: fx.Send, Method: payment.Method{Type: c.Method, Network: b.Network}, Order: payment.Order{Beneficiary: &b}}
		onChain := c.Method == payment.MethodCrypto
		serves := len(c.Corridors) == 0 || slices.Contains(c.Corridors, c.corridor(p))
		if c.Mode != b.Mode || !c.Rail.Capabilities().Payout || onChain != (b.Network != "") || !serves {
			continue
		}
		checker, ok := c.Rail.(rails.Checker)
		if !ok {
			return nil
		}
		if fault = checker.Accepts(p); fault == nil {
			return nil
		}
	}
	return fault
}

// needsApproval reports whether a payout is so large that a second person has to release it.
func (g *Gateway) needsApproval(p payment.Payment) bool {
	return slices.ContainsFunc(g.approvalAbove, func(limit money.Amount) bool {
		return limit.Asset() == p.Debit().Asset() && p.Debit().Cmp(limit) > 0
	})
}

// ConfirmPayout carries a draft out, or has it wait for an approval. It returns payment.ErrNotHeld and
// payment.ErrInsufficient, and then nothing has changed.
func (g *Gateway) ConfirmPayout(ctx context.Context, c Change) (Reply, error) {
	return g.changePayout(ctx, c, func(p payment.Payment) (payment.Payment, error) { return p.Confirm(g.needsApproval(p)) })
}

// ApprovePayout releases a payout that waits for a second person, of any merchant. It returns payment.ErrNotFound,
// payment.ErrNotHeld and payment.ErrOwnApproval, and then nothing has changed.
func (g *Gateway) ApprovePayout(ctx context.Context, id payment.ID, by string) (payment.Payment, error) {
	stored, err := g.store.Payment(ctx, id)
	if err == nil && stored.Direction != fx.Send {
		err = payment.ErrNotFound
	}
	if err != nil {
		return payment.Payment{}, err
	}
	e := &errand{until: g.now().Add(requestMax)}
	e.change = sendsNothing(func(p payment.Payment) (payment.Payment, error) { return p.Approve(by) })
	return g.drive(ctx, stored, e)
}

func (g *Gateway) changePayout(ctx context.Context, c Change, change func(payment.Payment) (payment.Payment, error)) (Reply, error) {
	return g.once(ctx, c.Key, c.Answer, func() (Reply, error) {
		stored, err := g.Find(ctx, c.Merchant, c.Mode, fx.Send, c.Payment)
		if err != nil {
			return Reply{}, err
		}
		e := g.errandFor(c.Key, stored.ID, string(stored.ID), c.Answer)
		e.change = sendsNothing(change)
		return g.reply(ctx, stored, e)
	})
}

// CancelPayout withdraws a payout that no channel has yet. It returns payment.ErrNotCancelable otherwise.
func (g *Gateway) CancelPayout(ctx context.Context, c Change) (Reply, error) {
	return g.changePayout(ctx, c, payment.Payment.Cancel)
}
