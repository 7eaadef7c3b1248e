package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

type payoutInput struct {
	KeyInput

	Body payoutBody
}

type payoutBody struct {
	Amount      amount            `json:"amount" doc:"Of the fixed side"`
	Fix         string            `json:"fix,omitempty" enum:"source,target" default:"target" doc:"target: the beneficiary is sent this; source: this is converted and sent, fees come on top"`
	Source      *assetBody        `json:"source,omitempty" doc:"With target: the balance that is debited; your own currency when absent"`
	Target      *assetBody        `json:"target,omitempty" doc:"With source, required: what the beneficiary is sent"`
	Beneficiary string            `json:"beneficiary" maxLength:"64" example:"ben_01KAPR3Z5V9W6QZ2M8D4X7TJ5N"`
	Bearer      string            `json:"charge_bearer,omitempty" enum:"DEBT,SHAR,CRED,SLEV" default:"SHAR" doc:"Who pays the banks on the way (ISO 20022)"`
	Quote       string            `json:"quote,omitempty" maxLength:"64" doc:"A firm quote to accept, for this country or beneficiary, fixed side, amount and other currency; its method is taken"`
	Draft       bool              `json:"draft,omitempty" doc:"Reserve nothing yet and wait to be confirmed"`
	Reference   string            `json:"reference,omitempty" maxLength:"140" doc:"What the beneficiary reads"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Simulate    simulation        `json:"simulate,omitempty" maxLength:"100" doc:"Test keys only: how the sandbox should behave"`
}

// Resolve wants the other side of the conversion where the amount does not say it.
func (b *payoutBody) Resolve(huma.Context) []error {
	faults := metadataFaults(b.Metadata)
	if b.Fix == string(fx.SourceFixed) && b.Target == nil {
		faults = append(faults, Violation{"/target", "missing", "is required when the source is fixed"})
	}
	if b.Fix == string(fx.SourceFixed) && b.Source != nil {
		faults = append(faults, Violation{"/source", "invalid", "the amount says it when the source is fixed"})
	}
	if b.Fix != string(fx.SourceFixed) && b.Target != nil {
		faults = append(faults, Violation{"/target", "invalid", "the amount says it when the target is fixed"})
	}
	return faults
}

func (s *server) routePayouts(contract huma.API) {
	op := func(id, method, path, text string, scope access.Scope) huma.Operation {
		return answers[payment.PayoutView](contract, operation(id, method, path, text, scope), http.StatusCreated, http.StatusAccepted)
	}
	huma.Register(contract, op("create-payout", http.MethodPost, "/v1/payouts", "Send money to a beneficiary", access.Payout), s.createPayout)
	huma.Register(contract, op("confirm-payout", http.MethodPost, "/v1/payouts/{id}/confirm", "Carry a draft out", access.Payout), s.confirmPayout)
	huma.Register(contract, change(op("cancel-payout", http.MethodPost, "/v1/payouts/{id}/cancel", "Withdraw a payout that no channel has yet", access.Payout)), s.cancelPayout)
	huma.Register(contract, operation("list-payouts", http.MethodGet, "/v1/payouts", "List payouts", access.Read), s.listPayouts)
	huma.Register(contract, operation("get-payout", http.MethodGet, "/v1/payouts/{id}", "Look at a payout", access.Read), s.getPayout)
	huma.Register(contract, operation("why-payout", http.MethodGet, "/v1/payouts/{id}/why", "Explain every decision about a payout", access.Read), s.whyPayout)
	huma.Register(contract, operation("approve-payout", http.MethodPost, "/v1/ops/payouts/{id}/approve", "Operator: release a payout that waits for a second person", access.Operator), s.approvePayout)
}

func (s *server) createPayout(ctx context.Context, in *payoutInput) (*answerOutput, error) {
	caller, b := callerOf(ctx), in.Body
	merchant, err := s.Access.Merchant(ctx, caller.Merchant)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	other, err := b.other(merchant.Currency)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	key := in.key(ctx, s.Now())
	reply, err := s.Gateway.CreatePayout(ctx, gateway.PayoutRequest{
		Merchant: merchant.ID, Mode: caller.Mode, Fix: fx.Side(b.Fix), Beneficiary: b.Beneficiary, Quote: b.Quote, Draft: b.Draft,
		Order: payment.Order{
			Amount: b.Amount.money, Settlement: other, Tier: merchant.Tier, Bearer: payment.Bearer(b.Bearer), Maker: caller.ID,
			Reference: b.Reference, Metadata: b.Metadata, Simulate: string(b.Simulate),
		},
		Key: key, Answer: render(key, s.Now, s.viewPayout(requestOf(ctx).language)),
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answered(reply), nil
}

// other is the asset of the side that the amount does not name.
func (b payoutBody) other(own string) (money.Asset, error) {
	switch {
	case b.Target != nil:
		return b.Target.asset, nil
	case b.Source != nil:
		return b.Source.asset, nil
	}
	return money.ParseAsset(own)
}

// viewPayout renders a payout: 201 when it has an outcome or waits for people, 202 while it is on its way.
func (s *server) viewPayout(language string) func(payment.Payment, string) (int, any) {
	return func(p payment.Payment, _ string) (int, any) {
		v := p.PayoutView(s.Now(), language)
		if v.Status == payment.Processing || v.Status == payment.InTransit {
			return http.StatusAccepted, v
		}
		return http.StatusCreated, v
	}
}

type payoutChange struct {
	KeyInput
	PaymentPath
}

func (s *server) confirmPayout(ctx context.Context, in *payoutChange) (*answerOutput, error) {
	return s.change(ctx, in.KeyInput, in.ID, s.Gateway.ConfirmPayout, s.viewPayout(requestOf(ctx).language), nil)
}

func (s *server) cancelPayout(ctx context.Context, in *payoutChange) (*answerOutput, error) {
	return s.change(ctx, in.KeyInput, in.ID, s.Gateway.CancelPayout, s.viewPayout(requestOf(ctx).language), nil)
}

func (s *server) findPayout(ctx context.Context, id string) (payment.Payment, error) {
	caller := callerOf(ctx)
	return s.Gateway.Find(ctx, caller.Merchant, caller.Mode, fx.Send, payment.ID(id))
}

func (s *server) getPayout(ctx context.Context, in *PaymentPath) (*output[payment.PayoutView], error) {
	p, err := s.findPayout(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[payment.PayoutView]{p.PayoutView(s.Now(), requestOf(ctx).language)}, nil
}

func (s *server) whyPayout(ctx context.Context, in *PaymentPath) (*output[explanation], error) {
	p, err := s.findPayout(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[explanation]{explain(p, p.Next(s.Now()))}, nil
}

type payoutsInput struct {
	PageInput

	Status    string `query:"status" enum:"draft,awaiting_approval,held,processing,in_transit,paid,failed,returned,canceled,needs_review"`
	Reference string `query:"reference" maxLength:"140"`
}

func (s *server) listPayouts(ctx context.Context, in *payoutsInput) (*listOutput[payment.PayoutView], error) {
	caller, language := callerOf(ctx), requestOf(ctx).language
	found, more, err := s.Store.Payments(ctx, payment.Filter{
		Merchant: caller.Merchant, Mode: caller.Mode, Direction: fx.Send, Status: payment.Status(in.Status), Reference: in.Reference,
		Page: in.page(),
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]payment.PayoutView, len(found))
	for i, p := range found {
		views[i] = p.PayoutView(s.Now(), language)
	}
	return listOf(views, more), nil
}

func (s *server) approvePayout(ctx context.Context, in *PaymentPath) (*output[payment.PayoutView], error) {
	p, err := s.Gateway.ApprovePayout(ctx, payment.ID(in.ID), callerOf(ctx).ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[payment.PayoutView]{p.PayoutView(s.Now(), requestOf(ctx).language)}, nil
}
