package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/gateway/limit"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/reconcile"
)

// breakView is one difference between a channel's statement and the books.
type breakView struct {
	ID        string           `json:"id"`
	Object    string           `json:"object" enum:"break"`
	Channel   string           `json:"channel"`
	Kind      string           `json:"kind" enum:"missing_at_channel,missing_here,amount_differs,currency_differs,duplicate,balance_differs" doc:"missing_at_channel: only the books have it; missing_here: only the statement has it; balance_differs: what stands there is explained by no row"`
	Movement  string           `json:"movement,omitempty" doc:"What moved: charge, capture, refund, credit, taken, payout, return, fee or other; absent for a balance"`
	Reference string           `json:"reference" doc:"Of the attempt or operation where it is known, else the channel's own"`
	Payment   payment.ID       `json:"payment,omitempty" doc:"Whose it is, where that is known"`
	Theirs    money.Wire       `json:"theirs" doc:"As the statement has it; above zero where we gained"`
	Ours      money.Wire       `json:"ours" doc:"As the books have it"`
	At        string           `json:"at" format:"date-time" doc:"When it moved, as the side says that has it"`
	OpenedAt  string           `json:"opened_at" format:"date-time"`
	SeenAt    string           `json:"seen_at" format:"date-time" doc:"When it was found last"`
	ClosedAt  string           `json:"closed_at,omitempty" format:"date-time"`
	Closed    string           `json:"closed,omitempty" enum:"healed,resolved" doc:"healed: both sides are the same by now; resolved: two people decided"`
	Owner     string           `json:"owner,omitempty" doc:"Who looks after it"`
	Note      string           `json:"note,omitempty" doc:"What is known of it"`
	Ruling    *breakRulingView `json:"ruling,omitempty" doc:"What one person proposed, or two decided"`
}

// breakRulingView is what people decided of a break, or propose.
type breakRulingView struct {
	Break       string `json:"break"`
	Remedy      string `json:"remedy" enum:"book,write_off,dismiss"`
	ProposedBy  string `json:"proposed_by" doc:"Key of the operator who named the remedy first"`
	ProposedAt  string `json:"proposed_at" format:"date-time"`
	ConfirmedBy string `json:"confirmed_by,omitempty" doc:"Key of another operator who named the same; absent while it is only proposed"`
	ConfirmedAt string `json:"confirmed_at,omitempty" format:"date-time"`
}

// reconciledView is what one run found.
type reconciledView struct {
	Channel string      `json:"channel"`
	Day     string      `json:"day" format:"date"`
	Rows    int         `json:"rows" doc:"Of the statement"`
	Matched int         `json:"matched" doc:"Pairs of a row and an entry, of that day and those beside it"`
	Opened  int         `json:"opened"`
	Healed  int         `json:"healed"`
	Open    int         `json:"open" doc:"Breaks of the channel that are open now; list them for more than these"`
	Breaks  []breakView `json:"breaks" doc:"The oldest of them"`
}

func viewBreak(b reconcile.Break) breakView {
	v := breakView{
		ID: b.ID, Object: "break", Channel: b.Channel, Kind: string(b.Kind), Movement: string(b.Movement), Reference: b.Reference,
		Payment: b.Payment, Theirs: b.Theirs.Wire(), Ours: b.Ours.Wire(), At: payment.Stamp(b.At), OpenedAt: payment.Stamp(b.OpenedAt),
		SeenAt: payment.Stamp(b.SeenAt), ClosedAt: payment.Stamp(b.ClosedAt), Closed: string(b.Closed), Owner: b.Owner, Note: b.Note,
	}
	if b.Ruling != nil {
		ruling := viewBreakRuling(*b.Ruling)
		v.Ruling = &ruling
	}
	return v
}

func viewBreakRuling(r reconcile.Ruling) breakRulingView {
	return breakRulingView{
		Break: r.Break, Remedy: string(r.Remedy), ProposedBy: r.ProposedBy, ProposedAt: payment.Stamp(r.ProposedAt),
		ConfirmedBy: r.ConfirmedBy, ConfirmedAt: payment.Stamp(r.ConfirmedAt),
	}
}

func (s *server) routeBreaks(contract huma.API) {
	const base = "/v1/ops/breaks"
	huma.Register(contract, operation("list-breaks", http.MethodGet, base, "Operator: in what statements and books differ", access.Operator), s.listBreaks)
	huma.Register(contract, operation("assign-break", http.MethodPost, base+"/{id}/assign", "Operator: say who looks after a break", access.Operator), s.assignBreak)
	huma.Register(contract, operation("resolve-break", http.MethodPost, base+"/{id}/resolve", "Operator: propose what is done about a break, or confirm another's", access.Operator), s.resolveBreak)
	huma.Register(contract, operation("reconcile", http.MethodPost, "/v1/ops/reconcile", "Operator: hold a channel's statement of a day against the books", access.Operator), s.reconcile)
}

func (s *server) listBreaks(ctx context.Context, in *struct {
	PageInput

	Channel string `query:"channel" maxLength:"64" doc:"Of this channel alone"`
	Kind    string `query:"kind" maxLength:"32" doc:"Of this kind alone"`
	Closed  bool   `query:"closed" doc:"Closed ones too"`
},
) (*listOutput[breakView], error) {
	found, more, err := s.Store.Breaks(ctx, reconcile.Filter{Channel: in.Channel, Kind: reconcile.Kind(in.Kind), Closed: in.Closed, Page: in.page()})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]breakView, len(found))
	for i, b := range found {
		views[i] = viewBreak(b)
	}
	return listOf(views, more), nil
}

func (s *server) assignBreak(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Owner string `json:"owner" minLength:"1" maxLength:"100"`
		Note  string `json:"note,omitempty" maxLength:"1000"`
	}
},
) (*output[breakView], error) {
	b, err := s.Breaks.Assign(ctx, in.ID, in.Body.Owner, in.Body.Note)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[breakView]{viewBreak(b)}, nil
}

func (s *server) resolveBreak(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Remedy string `json:"remedy" enum:"book,write_off,dismiss" doc:"book: the difference goes against the channel's suspense; write_off: and from there to what the channel costs; dismiss: nothing is booked"`
	}
},
) (*output[breakRulingView], error) {
	r, err := s.Breaks.Resolve(ctx, in.ID, reconcile.Remedy(in.Body.Remedy), callerOf(ctx).ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[breakRulingView]{viewBreakRuling(r)}, nil
}

// reconcileShown is how many breaks the answer to a run holds.
const reconcileShown = 100

func (s *server) reconcile(ctx context.Context, in *struct {
	Body struct {
		Channel string `json:"channel" minLength:"1" maxLength:"64"`
		Date    string `json:"date" format:"date" doc:"Of which day the statement is; where a day begins is the channel's to say"`
	}
},
) (*output[reconciledView], error) {
	day, err := time.Parse(time.DateOnly, in.Body.Date)
	if err != nil {
		return nil, s.problem(ctx, &invalid{[]Violation{{"/date", "invalid", "must be a date"}}})
	}
	back := limit.Away(ctx) // the channel is asked, and the pool for what nobody waits for
	report, err := s.Breaks.Run(ctx, in.Body.Channel, day)
	back()
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	view := reconciledView{
		Channel: report.Channel, Day: report.Day, Rows: report.Rows, Matched: report.Matched, Opened: report.Opened, Healed: report.Healed,
		Open: len(report.Breaks), Breaks: []breakView{},
	}
	for _, b := range report.Breaks[:min(len(report.Breaks), reconcileShown)] {
		view.Breaks = append(view.Breaks, viewBreak(b))
	}
	return &output[reconciledView]{view}, nil
}
