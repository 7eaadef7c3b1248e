package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/payment"
)

// rulingView is what people decided, or propose to decide, of a reference in review.
type rulingView struct {
	Ref         string     `json:"ref"`
	Payment     payment.ID `json:"payment"`
	Outcome     string     `json:"outcome"`
	ProposedBy  string     `json:"proposed_by" doc:"Key of the operator who named the outcome first"`
	ProposedAt  string     `json:"proposed_at" format:"date-time"`
	ConfirmedBy string     `json:"confirmed_by,omitempty" doc:"Key of another operator who named the same; absent while it is only proposed"`
	ConfirmedAt string     `json:"confirmed_at,omitempty" format:"date-time"`
}

type rulingInput struct {
	Ref  string `path:"ref" maxLength:"64"`
	Body struct {
		Outcome string `json:"outcome" enum:"unknown,pending,authorized,captured,done,declined,not_sent,fenced,voided,canceled,lapsed"`
	}
}

func (s *server) routeReviews(contract huma.API) {
	op := operation("resolve-review", http.MethodPost, "/v1/ops/reviews/{ref}/resolve", "Operator: propose an outcome, or confirm another's", access.Operator)
	huma.Register(contract, op, s.resolveReview)
}

func (s *server) resolveReview(ctx context.Context, in *rulingInput) (*output[rulingView], error) {
	var outcome payment.Outcome
	if err := outcome.UnmarshalText([]byte(in.Body.Outcome)); err != nil {
		return nil, s.problem(ctx, err)
	}
	r, err := s.Gateway.Resolve(ctx, in.Ref, outcome, callerOf(ctx).ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[rulingView]{rulingView{
		Ref: r.Ref, Payment: r.Payment, Outcome: r.Outcome.String(), ProposedBy: r.ProposedBy, ProposedAt: payment.Stamp(r.ProposedAt),
		ConfirmedBy: r.ConfirmedBy, ConfirmedAt: payment.Stamp(r.ConfirmedAt),
	}}, nil
}
