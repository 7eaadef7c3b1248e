package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/payment"
)

type beneficiaryBody struct {
	Name     string `json:"name" minLength:"1" maxLength:"140" doc:"As the bank knows it"`
	Country  string `json:"country,omitempty" pattern:"^[A-Z]{2}$" patternDescription:"an ISO 3166-1 alpha-2 code" doc:"Of the account; required for a bank account"`
	Account  string `json:"account,omitempty" maxLength:"34" doc:"IBAN, or account number where the country has none"`
	BIC      string `json:"bic,omitempty" maxLength:"11" doc:"Of the beneficiary's bank (ISO 9362)"`
	Street   string `json:"street,omitempty" maxLength:"70"`
	Town     string `json:"town,omitempty" maxLength:"35"`
	Postcode string `json:"postcode,omitempty" maxLength:"16"`
	Address  string `json:"address,omitempty" maxLength:"64" doc:"On a chain, instead of an account"`
	Network  string `json:"network,omitempty" maxLength:"48" doc:"CAIP-2 id of that chain"`
	Purpose  string `json:"purpose,omitempty" pattern:"^[A-Z]{4}$" patternDescription:"an ISO 20022 external purpose code" doc:"Where the corridor wants one"`
}

// Resolve wants an account or an address, and what belongs to it.
func (b *beneficiaryBody) Resolve(huma.Context) []error {
	var faults []error
	fault := func(is bool, pointer, text string) {
		if is {
			faults = append(faults, Violation{pointer, "invalid", text})
		}
	}
	fault(b.Account == "" && b.Address == "", "/account", "an account or an address is required")
	fault(b.Account != "" && b.Address != "", "/address", "give an account or an address, not both")
	fault(b.Account != "" && b.Country == "", "/country", "is required with an account")
	fault((b.Address == "") != (b.Network == ""), "/network", "goes with an address")
	return faults
}

func (s *server) routeBeneficiaries(contract huma.API) {
	op := operation("create-beneficiary", http.MethodPost, "/v1/beneficiaries", "Add a beneficiary of payouts", access.Payout)
	op.DefaultStatus = http.StatusCreated
	huma.Register(contract, op, s.createBeneficiary)
	huma.Register(contract, operation("list-beneficiaries", http.MethodGet, "/v1/beneficiaries", "List beneficiaries", access.Read), s.listBeneficiaries)
	huma.Register(contract, operation("get-beneficiary", http.MethodGet, "/v1/beneficiaries/{id}", "Look at a beneficiary", access.Read), s.getBeneficiary)
	huma.Register(contract, operation("list-corridors", http.MethodGet, "/v1/corridors", "Where payouts can go", access.Read), s.listCorridors)
}

func (s *server) createBeneficiary(ctx context.Context, in *struct{ Body beneficiaryBody }) (*output[payment.BeneficiaryView], error) {
	caller, body := callerOf(ctx), in.Body
	b := payment.Beneficiary{
		ID: s.NewID("ben"), Merchant: caller.Merchant, Mode: caller.Mode, Name: body.Name, Country: body.Country,
		Account: strings.ReplaceAll(body.Account, " ", ""), Agent: strings.ToUpper(body.BIC), Street: body.Street, Town: body.Town,
		Postcode: body.Postcode, Address: body.Address, Network: body.Network, Purpose: body.Purpose, At: s.Now().UTC(),
	}
	if err := s.Gateway.Vet(b); err != nil {
		return nil, s.problem(ctx, &invalid{violationsIn(err)})
	}
	if err := s.Store.SaveBeneficiary(ctx, b); err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[payment.BeneficiaryView]{b.View()}, nil
}

// violationsIn names every fault that an error joins.
func violationsIn(err error) []Violation {
	var found []Violation
	for line := range strings.Lines(err.Error()) {
		found = append(found, Violation{"", "invalid", strings.TrimSpace(line)})
	}
	return found
}

func (s *server) listBeneficiaries(ctx context.Context, in *PageInput) (*listOutput[payment.BeneficiaryView], error) {
	caller := callerOf(ctx)
	found, more, err := s.Store.Beneficiaries(ctx, caller.Merchant, caller.Mode, in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]payment.BeneficiaryView, len(found))
	for i, b := range found {
		views[i] = b.View()
	}
	return listOf(views, more), nil
}

func (s *server) getBeneficiary(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
},
) (*output[payment.BeneficiaryView], error) {
	caller := callerOf(ctx)
	b, err := s.Store.Beneficiary(ctx, caller.Merchant, caller.Mode, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[payment.BeneficiaryView]{b.View()}, nil
}

// corridorView is one way that payouts can go.
type corridorView struct {
	ID         string             `json:"id" example:"DE>CN" doc:"Country from and to; empty for a chain, which has none"`
	Channel    string             `json:"channel"`
	Method     payment.MethodType `json:"method" enum:"bank_transfer,cross_border,crypto"`
	Currencies []string           `json:"currencies"`
}

func (s *server) listCorridors(ctx context.Context, _ *struct{}) (*listOutput[corridorView], error) {
	var views []corridorView
	for _, c := range s.Gateway.Channels() {
		if c.Mode != callerOf(ctx).Mode || !c.Rail.Capabilities().Payout {
			continue
		}
		corridors := slices.Clone(c.Corridors)
		if len(corridors) == 0 {
			corridors = []string{""}
		}
		for _, id := range corridors {
			views = append(views, corridorView{ID: id, Channel: c.Name, Method: c.Method, Currencies: c.Currencies})
		}
	}
	return listOf(views, false), nil
}
