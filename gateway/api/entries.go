package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// entryView is one event that moved money, as the ledger has it.
type entryView struct {
	ID       string        `json:"id" doc:"What caused it, which is booked once: object, event, and a further part where the event may happen again" example:"att_01KAPR3Z5V9W6QZ2M8D4X7TJ5N:captured"`
	Object   string        `json:"object" enum:"entry"`
	Postings []postingView `json:"postings" doc:"They sum to zero in every currency"`
}

type postingView struct {
	Account string     `json:"account" example:"channel:card.acme-eu:receivable"`
	Amount  money.Wire `json:"amount" doc:"Debits are positive, credits negative; the accounts of the house have six decimals more than the currency"`
}

func (s *server) routeEntries(contract huma.API) {
	op := operation("list-entries", http.MethodGet, "/v1/ops/payments/{id}/entries", "Operator: the ledger entries of a payment or payout, oldest first", access.Operator)
	huma.Register(contract, op, s.listEntries)
}

func (s *server) listEntries(ctx context.Context, in *PaymentPath) (*listOutput[entryView], error) {
	id := payment.ID(in.ID)
	if _, err := s.Store.Payment(ctx, id); err != nil {
		return nil, s.problem(ctx, err)
	}
	entries, err := s.Store.Entries(ctx, id)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]entryView, len(entries))
	for i, e := range entries {
		views[i] = viewEntry(e)
	}
	return listOf(views, false), nil
}

func viewEntry(e ledger.Entry) entryView {
	v := entryView{ID: e.ID, Object: "entry", Postings: make([]postingView, len(e.Postings))}
	for i, p := range e.Postings {
		v.Postings[i] = postingView{string(p.Account), p.Amount.Wire()}
	}
	return v
}
