package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/gateway/limit"
	"github.com/causeway-pay/causeway/payment"
)

// ChannelView is a channel as merchants see it: what works now.
type ChannelView struct {
	Name       string             `json:"name" example:"card.acme-eu"`
	Method     payment.MethodType `json:"method" enum:"card,bank_transfer,cross_border,crypto"`
	Collects   bool               `json:"collects" doc:"Takes payments"`
	PaysOut    bool               `json:"pays_out" doc:"Carries payouts"`
	Currencies []string           `json:"currencies"`
	Available  bool               `json:"available"`
	Status     string             `json:"status" enum:"closed,open,half_open,forced_open,draining,maintenance" doc:"State of the breaker; closed is good"`
	Until      string             `json:"until,omitempty" format:"date-time" doc:"When that may change by itself"`
}

// breakerView is a channel as operators see it.
type breakerView struct {
	ChannelView

	Reason       string  `json:"reason,omitempty"`
	Since        string  `json:"since" format:"date-time"`
	Requests     int     `json:"requests" doc:"Calls answered in the window"`
	FailureRatio float64 `json:"failure_ratio"`
	SlowRatio    float64 `json:"slow_ratio"`
	LatencyMs    int64   `json:"latency_ms"`
	InFlight     int     `json:"in_flight"`
	Trips        uint64  `json:"trips" doc:"How often the breaker opened since the start of this gateway"`

	Nodes []nodeView `json:"nodes,omitempty" doc:"Of a chain: its nodes, each with a breaker of its own"`
}

// nodeView is one node of a chain. Its address may hold a key, and is not shown.
type nodeView struct {
	Name         string  `json:"name" example:"rpc-1"`
	Status       string  `json:"status" enum:"closed,open,half_open" doc:"State of its breaker; closed is good"`
	Reason       string  `json:"reason,omitempty"`
	Since        string  `json:"since" format:"date-time"`
	Requests     int     `json:"requests" doc:"Calls answered in the window"`
	FailureRatio float64 `json:"failure_ratio"`
	LatencyMs    int64   `json:"latency_ms"`
}

// several is a rail that asks several nodes.
type several interface{ Nodes() []breaker.State }

func viewNodes(c gateway.Channel) []nodeView {
	asked, ok := c.Rail.(several)
	if !ok {
		return nil
	}
	var views []nodeView
	for _, s := range asked.Nodes() {
		views = append(views, nodeView{
			Name: s.Channel, Status: string(s.Status), Reason: s.Reason, Since: payment.Stamp(s.Since), Requests: s.Requests,
			FailureRatio: s.FailureRatio, LatencyMs: s.Latency.Milliseconds(),
		})
	}
	return views
}

func (s *server) routeChannels(contract huma.API) {
	huma.Register(contract, operation("list-channels", http.MethodGet, "/v1/channels", "What works now", access.Read), s.listChannels)
	huma.Register(contract, operation("list-breakers", http.MethodGet, "/v1/ops/channels", "Operator: channels and their breakers", access.Operator), s.listBreakers)
	for action, status := range map[string]breaker.Status{
		"open": breaker.ForcedOpen, "close": breaker.Closed, "drain": breaker.Draining, "maintenance": breaker.Maintenance,
	} {
		op := operation("channel-"+action, http.MethodPost, "/v1/ops/channels/{name}/"+action, "Operator: "+action+" a channel", access.Operator)
		huma.Register(contract, op, func(ctx context.Context, in *flagInput) (*output[breakerView], error) {
			return s.decide(ctx, in, status)
		})
	}
}

func viewChannel(c gateway.Channel, state breaker.State) ChannelView {
	caps := c.Rail.Capabilities()
	return ChannelView{
		Name: c.Name, Method: c.Method, Currencies: c.Currencies, Collects: caps.Push || !caps.Payout, PaysOut: caps.Payout,
		Available: state.Status == breaker.Closed,
		Status:    string(state.Status), Until: payment.Stamp(state.Until),
	}
}

func (s *server) listChannels(ctx context.Context, _ *struct{}) (*listOutput[ChannelView], error) {
	var views []ChannelView
	for _, c := range s.Gateway.Channels() {
		if c.Mode == callerOf(ctx).Mode {
			state, _ := s.Board.State(c.Name)
			views = append(views, viewChannel(c, state.ForPayers()))
		}
	}
	return listOf(views, false), nil
}

func (s *server) viewBreaker(c gateway.Channel) breakerView {
	state, _ := s.Board.State(c.Name)
	state = state.ForPayers()
	return breakerView{
		ChannelView: viewChannel(c, state),
		Reason:      state.Reason, Since: payment.Stamp(state.Since), Requests: state.Requests,
		FailureRatio: state.FailureRatio, SlowRatio: state.SlowRatio, LatencyMs: state.Latency.Milliseconds(),
		InFlight: state.InFlight, Trips: state.Trips, Nodes: viewNodes(c),
	}
}

func (s *server) listBreakers(context.Context, *struct{}) (*listOutput[breakerView], error) {
	var views []breakerView
	for _, c := range s.Gateway.Channels() {
		views = append(views, s.viewBreaker(c))
	}
	return listOf(views, false), nil
}

type flagInput struct {
	Name string `path:"name" maxLength:"64"`
	Body *struct {
		From  time.Time `json:"from,omitempty" doc:"When it begins; at once when absent"`
		Until time.Time `json:"until,omitempty" doc:"When it lapses; maintenance needs one"`
		Note  string    `json:"note,omitempty" maxLength:"255"`
	}
}

// decide puts an operator's decision in force here, and keeps it for the other gateways and the next start.
func (s *server) decide(ctx context.Context, in *flagInput, status breaker.Status) (*output[breakerView], error) {
	flag := breaker.Flag{Channel: in.Name, Status: status, By: callerOf(ctx).ID}
	if in.Body != nil {
		flag.From, flag.Until, flag.Note = in.Body.From, in.Body.Until, in.Body.Note
	}
	channels := s.Gateway.Channels()
	i := slices.IndexFunc(channels, func(c gateway.Channel) bool { return c.Name == in.Name })
	if i < 0 {
		return nil, s.problem(ctx, gateway.ErrNoChannel)
	}
	decided, err := s.Board.Decide(flag)
	if err != nil {
		return nil, s.problem(ctx, &invalid{[]Violation{{"", "invalid", err.Error()}}})
	}
	if err := s.Store.SaveChannelFlag(ctx, decided); err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[breakerView]{s.viewBreaker(channels[i])}, nil
}

// callback takes a channel's message in.
func (s *server) callback(c *gin.Context) {
	body, err := c.GetRawData()
	if err != nil {
		s.refuse(c, errBadJSON)
		return
	}
	name := c.Param("channel")
	if !slices.ContainsFunc(s.Gateway.Channels(), func(c gateway.Channel) bool { return c.Name == name }) {
		s.refuse(c, gateway.ErrNoChannel)
		return
	}
	// Not c itself: gin uses it again for another request while the database may still watch its end.
	ctx := c.Request.Context()
	turn, err := s.Limiter.Admit(ctx, limit.Callbacks, name)
	if err != nil {
		s.refuse(c, err)
		return
	}
	defer turn.Done()
	if err := s.Gateway.Receive(limit.With(ctx, turn), name, c.Request.Header, body); err != nil {
		s.refuse(c, err)
		return
	}
	c.Status(http.StatusOK)
}
