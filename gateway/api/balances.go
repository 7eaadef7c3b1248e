package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
)

// balance is what a merchant is owed in one currency.
type balance struct {
	Pending   money.Wire `json:"pending" doc:"Captured, not available yet"`
	Available money.Wire `json:"available" doc:"Can be refunded or paid out"`
	Reserved  money.Wire `json:"reserved" doc:"Set aside for refunds under way"`
}

type assetView struct {
	Code     string     `json:"code"`
	Network  string     `json:"network,omitempty"`
	Kind     money.Kind `json:"kind" enum:"fiat,native,token"`
	Exponent int32      `json:"exponent" doc:"Decimals of the smallest unit"`
}

func (s *server) routeBalances(contract huma.API) {
	huma.Register(contract, operation("list-balances", http.MethodGet, "/v1/balances", "What you are owed", access.Read), s.listBalances)
	huma.Register(contract, operation("list-assets", http.MethodGet, "/v1/assets", "List currencies, coins and tokens", access.Read), s.listAssets)
}

func (s *server) listBalances(ctx context.Context, _ *struct{}) (*listOutput[balance], error) {
	merchant := callerOf(ctx).Merchant
	found, err := s.Store.Balances(ctx, merchant)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	var balances []balance
	var last money.Asset
	for _, b := range found { // in order of asset
		if asset := b.Amount.Asset(); asset != last {
			nothing := asset.Zero().Wire()
			balances = append(balances, balance{nothing, nothing, nothing})
			last = asset
		}
		row := &balances[len(balances)-1]
		switch b.Account {
		case ledger.MerchantPending(merchant):
			row.Pending = b.Amount.Wire()
		case ledger.MerchantAvailable(merchant):
			row.Available = b.Amount.Wire()
		case ledger.MerchantReserved(merchant):
			row.Reserved = b.Amount.Wire()
		}
	}
	return listOf(balances, false), nil
}

func (s *server) listAssets(context.Context, *struct{}) (*listOutput[assetView], error) {
	assets := money.Assets()
	views := make([]assetView, len(assets))
	for i, a := range assets {
		views[i] = assetView{a.Code, a.Network, a.Kind, a.Exponent}
	}
	return listOf(views, false), nil
}
