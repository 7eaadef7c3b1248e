package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
)

type quoteInput struct{ Body quoteBody }

type quoteBody struct {
	Amount             amount   `json:"amount" doc:"Of the fixed side"`
	Fix                string   `json:"fix,omitempty" enum:"source,target" default:"source" doc:"source: the payer is charged this; target: you are credited this"`
	SettlementCurrency currency `json:"settlement_currency,omitempty" maxLength:"12" doc:"With source: what you are credited in; your own currency when absent"`
	SourceCurrency     currency `json:"source_currency,omitempty" maxLength:"12" doc:"With target, required: what the payer pays in"`
	Mode               string   `json:"mode,omitempty" enum:"firm,indicative" default:"firm"`
	Method             string   `json:"method,omitempty" enum:"card" doc:"What the payer will pay with, when known"`
}

// Resolve wants the currency of the side that is not fixed, and none of the side that is.
func (b *quoteBody) Resolve(huma.Context) []error {
	switch {
	case b.Fix == string(fx.TargetFixed) && b.SourceCurrency == "":
		return []error{Violation{"/source_currency", "missing", "is required when the target is fixed"}}
	case b.Fix == string(fx.TargetFixed) && b.SettlementCurrency != "":
		return []error{Violation{"/settlement_currency", "invalid", "the amount says it when the target is fixed"}}
	case b.Fix == string(fx.SourceFixed) && b.SourceCurrency != "":
		return []error{Violation{"/source_currency", "invalid", "the amount says it when the source is fixed"}}
	}
	return nil
}

func (s *server) routeQuotes(contract huma.API) {
	op := operation("create-quote", http.MethodPost, "/v1/quotes", "Price a payment", access.Write)
	op.DefaultStatus = http.StatusCreated
	huma.Register(contract, op, s.createQuote)
	huma.Register(contract, operation("get-quote", http.MethodGet, "/v1/quotes/{id}", "Look at a quote", access.Read), s.getQuote)
}

func (s *server) createQuote(ctx context.Context, in *quoteInput) (*output[payment.QuoteView], error) {
	merchant, err := s.Store.Merchant(ctx, callerOf(ctx).Merchant)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	b := in.Body
	other, err := b.SettlementCurrency.or(merchant.Currency)
	if fx.Side(b.Fix) == fx.TargetFixed {
		other, err = b.SourceCurrency.or("")
	}
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	quote, err := s.Gateway.Quote(ctx, gateway.QuoteRequest{
		Merchant: merchant.ID, Tier: merchant.Tier, Mode: fx.Mode(b.Mode), Fix: fx.Side(b.Fix), Method: b.Method,
		Amount: b.Amount.money, Other: other,
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[payment.QuoteView]{payment.ViewQuote(quote)}, nil
}

func (s *server) getQuote(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
},
) (*output[payment.QuoteView], error) {
	quote, err := s.Gateway.FindQuote(ctx, callerOf(ctx).Merchant, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[payment.QuoteView]{payment.ViewQuote(quote)}, nil
}
