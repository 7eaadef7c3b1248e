package api

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// amount is the grammar of money on the wire.
type amount struct {
	Value    string `json:"value" pattern:"^(0|[1-9][0-9]{0,27})(\\.[0-9]{1,18})?$" patternDescription:"a plain decimal number in a string" maxLength:"48" example:"49.90"`
	Currency string `json:"currency" minLength:"2" maxLength:"12" example:"EUR"`
	Network  string `json:"network,omitempty" maxLength:"48" example:"eip155:1" doc:"CAIP-2 chain of a coin or token"`
}

// read returns the amount, and notes what is wrong with it under a pointer.
func (a amount) read(pointer string, faults *[]Violation) money.Amount {
	m, err := money.Wire{Value: a.Value, Currency: a.Currency, Network: a.Network}.Amount()
	if err != nil {
		*faults = append(*faults, Violation{pointer, "invalid", plainly(err)})
	} else if m.Sign() == 0 {
		*faults = append(*faults, Violation{pointer + "/value", "invalid", "must be more than zero"})
	}
	return m
}

type createBody struct {
	_                  struct{}          `json:"-" additionalProperties:"false"`
	Amount             amount            `json:"amount"`
	Method             methodBody        `json:"method"`
	SettlementCurrency string            `json:"settlement_currency,omitempty" maxLength:"12" doc:"What you are credited in; your own currency when absent"`
	Quote              string            `json:"quote,omitempty" maxLength:"64" doc:"A firm quote to accept"`
	Capture            string            `json:"capture,omitempty" enum:"automatic,manual" default:"automatic"`
	Reference          string            `json:"reference,omitempty" maxLength:"255" doc:"Your own name for the order"`
	Customer           *customerBody     `json:"customer,omitempty"`
	ReturnURL          string            `json:"return_url,omitempty" maxLength:"2000"`
	Metadata           map[string]string `json:"metadata,omitempty"`
	FailFast           bool              `json:"fail_fast,omitempty" doc:"Fail at once when no channel is up, instead of waiting for one"`
	SoftFailover       *bool             `json:"soft_failover,omitempty" doc:"Try another channel once after a soft decline; true when absent"`
	Simulate           string            `json:"simulate,omitempty" maxLength:"100" doc:"Test keys only: how the sandbox should behave"`
}

type methodBody struct {
	Type string    `json:"type" enum:"card"`
	Card *cardBody `json:"card,omitempty"`
}

type cardBody struct {
	Token string `json:"token" pattern:"^tok_[A-Za-z0-9_]{1,60}$" patternDescription:"a card token" example:"tok_visa"`
}

type customerBody struct {
	Email   string `json:"email,omitempty" format:"email" maxLength:"254"`
	Country string `json:"country,omitempty" pattern:"^[A-Z]{2}$" patternDescription:"an ISO 3166-1 alpha-2 code"`
}

type createInput struct {
	KeyInput

	Body createBody
}

type PaymentPath struct {
	ID string `path:"id" maxLength:"64" example:"pay_01KAPR3Z5V9W6QZ2M8D4X7TJ5N"`
}

func (s *server) routePayments(contract huma.API) {
	huma.Register(contract, answers[payment.View](contract, operation("create-payment", http.MethodPost, "/v1/payments", "Take a payment", access.Write),
		http.StatusCreated, http.StatusAccepted), s.createPayment)
	huma.Register(contract, operation("list-payments", http.MethodGet, "/v1/payments", "List payments", access.Read), s.listPayments)
	huma.Register(contract, operation("get-payment", http.MethodGet, "/v1/payments/{id}", "Look at a payment", access.Read), s.getPayment)
	huma.Register(contract, operation("why-payment", http.MethodGet, "/v1/payments/{id}/why", "Explain every decision about a payment", access.Read), s.why)
	huma.Register(contract, operation("list-payment-events", http.MethodGet, "/v1/payments/{id}/events", "List the events of a payment", access.Read), s.paymentEvents)
	huma.Register(contract, answers[payment.View](contract, operation("cancel-payment", http.MethodPost, "/v1/payments/{id}/cancel", "Cancel a payment", access.Write),
		http.StatusOK, http.StatusAccepted), s.cancelPayment)
}

func (s *server) createPayment(ctx context.Context, in *createInput) (*answerOutput, error) {
	request, err := s.readCreate(ctx, in)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	language := companyOf(ctx).language
	request.Answer = render(request.Key, s.Now, func(p payment.Payment, _ string) (int, any) {
		v := p.View(s.Now(), language)
		return createdStatus(p, v), v
	})
	reply, err := s.Gateway.Create(ctx, request)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answered(reply), nil
}

// createdStatus is 201 for a payment that has an outcome or waits for the payer, and 202 for one that is being worked on.
func createdStatus(p payment.Payment, v payment.View) int {
	if p.Status() == payment.Processing || v.Exceptions != nil {
		return http.StatusAccepted
	}
	return http.StatusCreated
}

// readCreate turns the body into a request of the gateway, or names everything that is wrong with it.
func (s *server) readCreate(ctx context.Context, in *createInput) (gateway.CreateRequest, error) {
	caller := callerOf(ctx)
	key, err := in.key(ctx, s.Now())
	if err != nil {
		return gateway.CreateRequest{}, err
	}
	merchant, err := s.Store.Merchant(ctx, caller.Merchant)
	if err != nil {
		return gateway.CreateRequest{}, err
	}
	b := in.Body
	var faults []Violation
	r := gateway.CreateRequest{
		Merchant: merchant.ID, Tier: merchant.Tier, Mode: caller.Mode, Quote: b.Quote, Key: key,
		Amount:     b.Amount.read("/amount", &faults),
		Settlement: settlement(b.SettlementCurrency, merchant.Currency, &faults),
	}
	if b.Method.Card == nil {
		faults = append(faults, Violation{"/method/card", "missing", "a card payment needs a card with a token"})
	} else {
		r.Order.Method = payment.Method{Type: b.Method.Type, Token: b.Method.Card.Token}
	}
	if b.ReturnURL != "" && !isReturnURL(b.ReturnURL, caller.Mode) {
		faults = append(faults, Violation{"/return_url", "invalid", "must be an https address"})
	}
	if b.Simulate != "" && caller.Mode != payment.Test {
		faults = append(faults, Violation{"/simulate", "forbidden", "only test keys may simulate"})
	}
	faults = append(faults, metadataFaults(b.Metadata)...)
	if len(faults) > 0 {
		return r, &invalid{faults}
	}
	r.Order.Capture = payment.CaptureMode(b.Capture)
	r.Order.Reference, r.Order.ReturnURL, r.Order.Metadata = b.Reference, b.ReturnURL, b.Metadata
	r.Order.FailFast, r.Order.Simulate = b.FailFast, b.Simulate
	r.Order.SoftFailover = b.SoftFailover == nil || *b.SoftFailover
	if b.Customer != nil {
		r.Order.Customer = payment.Customer{Email: b.Customer.Email, Country: b.Customer.Country}
	}
	return r, nil
}

func settlement(code, otherwise string, faults *[]Violation) money.Asset {
	if code == "" {
		code = otherwise
	}
	asset, err := money.LookupAsset(code, "")
	if err != nil {
		*faults = append(*faults, Violation{"/settlement_currency", "invalid", "no such currency"})
	}
	return asset
}

// isReturnURL wants https, and allows plain http to this machine in test mode.
func isReturnURL(text string, mode payment.Mode) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && mode == payment.Test)
}

const (
	metadataMax      = 50
	metadataNameMax  = 40
	metadataValueMax = 500
)

var isMetadataName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

func metadataFaults(metadata map[string]string) []Violation {
	var faults []Violation
	if len(metadata) > metadataMax {
		faults = append(faults, Violation{"/metadata", "invalid", "at most 50 members"})
	}
	for name, value := range metadata {
		if len(name) > metadataNameMax || !isMetadataName.MatchString(name) {
			faults = append(faults, Violation{"/metadata", "invalid", "a name has 1 to 40 letters, digits, _, . or -"})
		} else if utf8.RuneCountInString(value) > metadataValueMax {
			faults = append(faults, Violation{"/metadata/" + name, "invalid", "at most 500 characters"})
		}
	}
	return faults
}

func (s *server) find(ctx context.Context, id string) (payment.Payment, error) {
	caller := callerOf(ctx)
	return s.Gateway.Find(ctx, caller.Merchant, caller.Mode, payment.ID(id))
}

func (s *server) getPayment(ctx context.Context, in *PaymentPath) (*output[payment.View], error) {
	p, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[payment.View]{p.View(s.Now(), companyOf(ctx).language)}, nil
}

type paymentsInput struct {
	PageInput

	Status        string    `query:"status" enum:"requires_action,processing,authorized,succeeded,failed,canceled,expired,needs_review"`
	Reference     string    `query:"reference" maxLength:"255"`
	CreatedFrom   time.Time `query:"created_from" doc:"At or after"`
	CreatedBefore time.Time `query:"created_before" doc:"Before"`
}

func (s *server) listPayments(ctx context.Context, in *paymentsInput) (*listOutput[payment.View], error) {
	caller, with := callerOf(ctx), companyOf(ctx)
	found, more, err := s.Store.Payments(ctx, payment.Filter{
		Merchant: caller.Merchant, Mode: caller.Mode, Status: payment.Status(in.Status), Reference: in.Reference,
		CreatedFrom: in.CreatedFrom, CreatedBefore: in.CreatedBefore, Page: in.page(),
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]payment.View, len(found))
	for i, p := range found {
		views[i] = p.View(s.Now(), with.language)
	}
	return listOf(views, more), nil
}

type cancelInput struct {
	KeyInput
	PaymentPath
}

func (s *server) cancelPayment(ctx context.Context, in *cancelInput) (*answerOutput, error) {
	language := companyOf(ctx).language
	return s.change(ctx, in.KeyInput, in.ID, s.Gateway.Cancel, func(p payment.Payment, _ string) (int, any) {
		status := http.StatusOK
		if p.CancelRequested && !p.Status().Final() {
			status = http.StatusAccepted
		}
		return status, p.View(s.Now(), language)
	}, nil)
}

// change asks the gateway to change a payment of the caller.
func (s *server) change(ctx context.Context, in KeyInput, id string, do func(context.Context, gateway.Change) (gateway.Reply, error),
	view func(payment.Payment, string) (int, any), fill func(*gateway.Change),
) (*answerOutput, error) {
	key, err := in.key(ctx, s.Now())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	caller := callerOf(ctx)
	change := gateway.Change{Merchant: caller.Merchant, Mode: caller.Mode, Payment: payment.ID(id), Key: key}
	change.Answer = render(key, s.Now, view)
	if fill != nil {
		fill(&change)
	}
	reply, err := do(ctx, change)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answered(reply), nil
}

// plainly says what is wrong with an amount without repeating it.
func plainly(err error) string {
	for _, known := range []error{money.ErrUnknownAsset, money.ErrTooPrecise, money.ErrBadAmount} {
		if is(err, known) {
			return known.Error()
		}
	}
	return "is not an amount"
}
