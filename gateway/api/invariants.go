package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/payment"
)

// invariantsView is what the audit knows, whichever gateway it is on.
type invariantsView struct {
	Object     string          `json:"object" enum:"invariants"`
	Payouts    string          `json:"payouts" enum:"operational,halted"`
	Halt       *haltView       `json:"halt,omitempty" doc:"Why payouts are halted"`
	Pass       passView        `json:"pass"`
	Invariants []invariantView `json:"invariants"`
}

type haltView struct {
	Reason     string `json:"reason"`
	Since      string `json:"since" format:"date-time"`
	ProposedBy string `json:"lift_proposed_by,omitempty" doc:"Who wants payouts to go on; another person has to confirm it"`
	ProposedAt string `json:"lift_proposed_at,omitempty" format:"date-time"`
	Note       string `json:"lift_note,omitempty"`
}

type passView struct {
	Began     string `json:"began_at,omitempty" format:"date-time" doc:"Of the pass under way; absent while it rests"`
	LastBegan string `json:"last_began_at,omitempty" format:"date-time" doc:"Of the last pass that ended"`
	LastEnded string `json:"last_ended_at,omitempty" format:"date-time"`
}

type invariantView struct {
	ID       string        `json:"id" example:"I4"`
	Text     string        `json:"text"`
	Status   string        `json:"status" enum:"holds,broken,not_checked_yet"`
	Checked  int64         `json:"checked" doc:"Objects looked at in the last pass that ended"`
	Broken   int64         `json:"broken"`
	Findings []findingView `json:"findings" maxItems:"100" doc:"What the audit found in two looks, the oldest first"`
}

type findingView struct {
	Fault    string `json:"fault"`
	FoundAt  string `json:"found_at" format:"date-time"`
	LiftedAt string `json:"lifted_at,omitempty" format:"date-time" doc:"When two people let payouts go on in spite of it"`
}

func (s *server) routeInvariants(contract huma.API) {
	op := operation("list-invariants", http.MethodGet, "/v1/ops/invariants", "Operator: what the audit knows of every invariant", access.Operator)
	huma.Register(contract, op, s.listInvariants)
}

func (s *server) listInvariants(ctx context.Context, _ *struct{}) (*output[invariantsView], error) {
	states, pass, err := audit.States(ctx, s.Store)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	halts, err := s.Store.Halts(ctx)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	v := invariantsView{Object: "invariants", Payouts: "operational", Pass: passView{
		Began: payment.Stamp(pass.Began), LastBegan: payment.Stamp(pass.LastBegan), LastEnded: payment.Stamp(pass.LastEnded),
	}}
	for _, h := range halts {
		if h.Name == halt.Payouts {
			v.Payouts = "halted"
			v.Halt = &haltView{h.Reason, payment.Stamp(h.At), h.ProposedBy, payment.Stamp(h.ProposedAt), h.Note}
		}
	}
	for _, state := range states {
		v.Invariants = append(v.Invariants, viewInvariant(state, pass))
	}
	return &output[invariantsView]{v}, nil
}

func viewInvariant(state audit.State, pass audit.Pass) invariantView {
	v := invariantView{ID: state.ID, Text: state.Text, Status: "holds", Checked: state.Checked, Broken: state.Broken, Findings: []findingView{}}
	switch {
	case state.Broken > 0:
		v.Status = "broken"
	case pass.LastEnded.IsZero():
		v.Status = "not_checked_yet"
	}
	for _, f := range state.Findings[:min(len(state.Findings), audit.FaultsMax)] {
		v.Findings = append(v.Findings, findingView{f.Text, payment.Stamp(f.FoundAt), payment.Stamp(f.LiftedAt)})
	}
	return v
}
