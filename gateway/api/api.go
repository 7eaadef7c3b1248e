// Package api is the HTTP contract of merchants and operators: Gin serves it, and /v1 is built with huma so that the
// OpenAPI document comes from the types. Handlers read a request strictly, ask the gateway or the store, and render; they
// never call a rail.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/gateway/limit"
	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/reconcile"
	"github.com/causeway-pay/causeway/webhook"
)

// Version is the date of the contract, sent as Gateway-Version.
const Version = "2026-11-01"

// Store is what the API reads, and the few things that it writes itself.
type Store interface {
	Payment(ctx context.Context, id payment.ID) (payment.Payment, error)
	Payments(ctx context.Context, f payment.Filter) ([]payment.Payment, bool, error)
	PaymentOf(ctx context.Context, ref string) (payment.ID, error)
	Operations(ctx context.Context, f payment.OperationFilter) ([]payment.Found, bool, error)
	Events(ctx context.Context, f payment.EventFilter) ([]payment.Event, bool, error)
	Event(ctx context.Context, merchant string, mode payment.Mode, id string) (payment.Event, error)
	Resend(ctx context.Context, merchant string, mode payment.Mode, event string, now time.Time) error
	Balances(ctx context.Context, merchant string) ([]ledger.Balance, error)
	Entries(ctx context.Context, id payment.ID) ([]ledger.Entry, error) // oldest first

	SaveBeneficiary(ctx context.Context, b payment.Beneficiary) error
	Beneficiary(ctx context.Context, merchant string, mode payment.Mode, id string) (payment.Beneficiary, error)
	Beneficiaries(ctx context.Context, merchant string, mode payment.Mode, page payment.Page) ([]payment.Beneficiary, bool, error)

	Endpoints(ctx context.Context, merchant string, mode payment.Mode) ([]webhook.Endpoint, error)
	Endpoint(ctx context.Context, merchant string, mode payment.Mode, id string) (webhook.Endpoint, error)
	AddEndpoint(ctx context.Context, e webhook.Endpoint) error
	// ChangeEndpoint returns webhook.ErrChanged when the endpoint is not any more as it was read.
	ChangeEndpoint(ctx context.Context, e webhook.Endpoint, read time.Time) error
	DeleteEndpoint(ctx context.Context, merchant string, mode payment.Mode, id string) error
	Deliveries(ctx context.Context, endpoint string, page payment.Page) ([]webhook.Delivery, bool, error)

	Breaks(ctx context.Context, f reconcile.Filter) ([]reconcile.Break, bool, error)

	SaveChannelFlag(ctx context.Context, f breaker.Flag) error

	Findings(ctx context.Context) ([]audit.Finding, error)
	Halts(ctx context.Context) ([]halt.Halt, error)
	Cursor(ctx context.Context, name string) (string, error)
}

// Access knows who may do what. What it returns was true a second ago at most, and what it remembers was true once.
type Access interface {
	// Key returns a key, revoked or not. It returns payment.ErrNotFound when there is none.
	Key(ctx context.Context, id string) (access.Key, error)
	RememberedKey(id string) (access.Key, bool)
	Merchant(ctx context.Context, id string) (access.Merchant, error)
}

// Deps is what the API is made of.
type Deps struct {
	Gateway              *gateway.Gateway
	Breaks               *reconcile.Reconciler
	Store                Store
	Access               Access
	Board                *breaker.Board
	Limiter              *limit.Limiter
	Now                  func() time.Time // as it is stored: in UTC and whole microseconds
	NewID                func(prefix string) string
	Log                  *slog.Logger
	Ready                func(ctx context.Context) error // nil when payments can be taken
	PublicURL            string                          // how payers reach this gateway
	AllowPrivateWebhooks bool
	Help                 http.Handler // serves /help
	Proxies              []string     // addresses and networks whose X-Forwarded-For is believed
}

type server struct {
	Deps

	health health
}

// New returns the handler of the whole API.
func New(d Deps) http.Handler {
	s := &server{Deps: d}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	_ = engine.SetTrustedProxies(d.Proxies) // the configuration was validated
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	engine.Use(s.accompany, s.recovered, s.strictAddress, s.strictBody)
	engine.NoRoute(func(c *gin.Context) { s.refuse(c, errNoPath) })
	engine.NoMethod(func(c *gin.Context) { s.refuse(c, errNoMethod) })

	engine.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	engine.GET("/readyz", s.ready)
	engine.POST("/callbacks/:channel", s.callback)
	if d.Help != nil {
		engine.GET("/help/*page", gin.WrapH(d.Help))
		engine.GET("/help", gin.WrapH(d.Help))
	}

	contract := humagin.New(engine, contractConfig())
	contract.UseMiddleware(s.admit)
	s.routePayments(contract)
	s.routePayouts(contract)
	s.routeBeneficiaries(contract)
	s.routeOperations(contract)
	s.routeQuotes(contract)
	s.routeBalances(contract)
	s.routeEvents(contract)
	s.routeEndpoints(contract)
	s.routeChannels(contract)
	s.routeReviews(contract)
	s.routeBreaks(contract)
	s.routeEntries(contract)
	s.routeInvariants(contract)
	keepToTheStandard(contract)
	return engine
}

// contractConfig describes the contract. No documentation page is served from elsewhere, and no $schema is added to
// bodies.
func contractConfig() huma.Config {
	c := huma.DefaultConfig("Causeway", Version)
	c.Info.Description = "Payments across card, bank, cross-border and on-chain rails: never charged twice, never lost."
	c.DocsPath, c.SchemasPath = "", ""
	c.CreateHooks = nil
	c.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	c.RejectUnknownQueryParameters = true
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "sk_test_…, sk_live_… for merchants, op_… for operators"},
	}
	return c
}

// keepToTheStandard takes out what huma writes and OpenAPI does not know. The messages made of it are made by now.
func keepToTheStandard(contract huma.API) {
	for _, schema := range contract.OpenAPI().Components.Schemas.Map() {
		for _, property := range schema.Properties {
			property.PatternDescription = ""
		}
	}
	for _, path := range contract.OpenAPI().Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Patch, path.Delete} {
			if op == nil {
				continue
			}
			for _, parameter := range op.Parameters {
				parameter.Schema.PatternDescription = ""
			}
		}
	}
}

// schemaName is what a type is called in the contract: without the ending that tells it from the domain's own.
func schemaName(t reflect.Type, hint string) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[payment.View]():
		return "Payment"
	case reflect.TypeFor[list[payment.View]]():
		return "ListPayment"
	case reflect.TypeFor[money.Wire]():
		return "Money"
	}
	return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "View")
}

// operation describes one endpoint of the contract: what it is called, and what a key needs to use it.
func operation(id, method, path, summary string, scope access.Scope) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, MaxBodyBytes: -1, // strictBody has measured it
		Security: []map[string][]string{{"key": {}}},
		Metadata: map[string]any{"scope": scope, "class": classOf(method, scope)},
		Errors: []int{
			http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
			http.StatusTooManyRequests, http.StatusServiceUnavailable,
		},
	}
}

// list is a page of objects, newest first.
type list[T any] struct {
	Object  string `json:"object" enum:"list"`
	HasMore bool   `json:"has_more"`
	Data    []T    `json:"data"`
}

type listOutput[T any] struct{ Body list[T] }

func listOf[T any](data []T, more bool) *listOutput[T] {
	if data == nil {
		data = []T{}
	}
	return &listOutput[T]{list[T]{Object: "list", HasMore: more, Data: data}}
}

// PageInput are the parameters of every list.
type PageInput struct {
	Limit         int    `query:"limit" minimum:"1" maximum:"100" default:"10"`
	StartingAfter string `query:"starting_after" pattern:"^[a-z]{2,5}_[0-7][0-9A-HJKMNP-TV-Z]{25}$" patternDescription:"an id" doc:"Id of the last object of the page before"`
	EndingBefore  string `query:"ending_before" pattern:"^[a-z]{2,5}_[0-7][0-9A-HJKMNP-TV-Z]{25}$" patternDescription:"an id" doc:"Id of the first object of the page behind"`
}

// Resolve refuses a page that is asked for from both ends.
func (p *PageInput) Resolve(huma.Context) []error {
	if p.StartingAfter != "" && p.EndingBefore != "" {
		return []error{Violation{"ending_before", "invalid", "cannot be combined with starting_after"}}
	}
	return nil
}

func (p PageInput) page() payment.Page {
	return payment.Page{Limit: p.Limit, After: p.StartingAfter, Before: p.EndingBefore}
}

type output[T any] struct{ Body T }
