package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

type captureInput struct {
	KeyInput
	PaymentPath

	Body *struct {
		Amount *amount `json:"amount,omitempty" doc:"All that is left when absent"`
		Final  bool    `json:"final,omitempty" doc:"Release the rest of the authorization"`
	}
}

type refundInput struct {
	KeyInput

	Body struct {
		Payment string  `json:"payment" maxLength:"64"`
		Amount  *amount `json:"amount,omitempty" doc:"All that is left when absent"`
		Reason  string  `json:"reason,omitempty" maxLength:"255"`
	}
}

func (s *server) routeOperations(contract huma.API) {
	huma.Register(contract, answers[payment.OperationView](contract, change(operation("capture-payment", http.MethodPost, "/v1/payments/{id}/capture", "Capture authorized money", access.Write)),
		http.StatusCreated, http.StatusAccepted), s.capture)
	huma.Register(contract, operation("list-captures", http.MethodGet, "/v1/payments/{id}/captures", "List the captures of a payment", access.Read), s.listCaptures)
	huma.Register(contract, answers[payment.OperationView](contract, change(operation("create-refund", http.MethodPost, "/v1/refunds", "Refund a payment", access.Write)),
		http.StatusCreated, http.StatusAccepted), s.refund)
	huma.Register(contract, operation("list-refunds", http.MethodGet, "/v1/refunds", "List refunds", access.Read), s.listRefunds)
	huma.Register(contract, operation("get-refund", http.MethodGet, "/v1/refunds/{id}", "Look at a refund", access.Read), s.getRefund)
}

func (s *server) capture(ctx context.Context, in *captureInput) (*answerOutput, error) {
	return s.change(ctx, in.KeyInput, in.ID, s.Gateway.Capture, viewOperation(requestOf(ctx).language), func(c *gateway.Change) {
		if in.Body != nil {
			c.Amount, c.Final = in.Body.Amount.part(), in.Body.Final
		}
	})
}

func (s *server) refund(ctx context.Context, in *refundInput) (*answerOutput, error) {
	return s.change(ctx, in.KeyInput, in.Body.Payment, s.Gateway.Refund, viewOperation(requestOf(ctx).language), func(c *gateway.Change) {
		c.Amount, c.Note = in.Body.Amount.part(), in.Body.Reason
	})
}

// part is the amount, or nothing, which means all that is left, where it was left out.
func (a *amount) part() money.Amount {
	if a == nil {
		return money.Amount{}
	}
	return a.money
}

// viewOperation returns what renders the capture or refund that the request began, whatever others began meanwhile.
func viewOperation(language string) func(payment.Payment, string) (int, any) {
	return func(p payment.Payment, object string) (int, any) {
		o, _ := p.Operation(object)
		if o.Open() {
			return http.StatusAccepted, o.View(p.ID, language)
		}
		return http.StatusCreated, o.View(p.ID, language)
	}
}

func (s *server) listCaptures(ctx context.Context, in *struct {
	PaymentPath
	PageInput
},
) (*listOutput[payment.OperationView], error) {
	if _, err := s.find(ctx, in.ID); err != nil {
		return nil, s.problem(ctx, err)
	}
	return s.listOperations(ctx, payment.Capture, in.ID, in.page())
}

func (s *server) listRefunds(ctx context.Context, in *struct {
	PageInput

	Payment string `query:"payment" maxLength:"64"`
},
) (*listOutput[payment.OperationView], error) {
	return s.listOperations(ctx, payment.Refund, in.Payment, in.page())
}

func (s *server) listOperations(ctx context.Context, kind payment.OperationKind, of string, page payment.Page) (*listOutput[payment.OperationView], error) {
	caller, language := callerOf(ctx), requestOf(ctx).language
	found, more, err := s.Store.Operations(ctx, payment.OperationFilter{
		Merchant: caller.Merchant, Mode: caller.Mode, Kind: kind, Payment: payment.ID(of), Page: page,
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]payment.OperationView, len(found))
	for i, f := range found {
		views[i] = f.Operation.View(f.Payment, language)
	}
	return listOf(views, more), nil
}

func (s *server) getRefund(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
},
) (*output[payment.OperationView], error) {
	id, err := s.Store.PaymentOf(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	p, err := s.find(ctx, string(id))
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	o, ok := p.Operation(in.ID)
	if !ok || o.Kind != payment.Refund {
		return nil, s.problem(ctx, payment.ErrNotFound)
	}
	return &output[payment.OperationView]{o.View(p.ID, requestOf(ctx).language)}, nil
}
