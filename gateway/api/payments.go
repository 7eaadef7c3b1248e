package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
)

type createBody struct {
	Amount             amount            `json:"amount"`
	Method             *methodBody       `json:"method,omitempty" doc:"How the payer pays; they choose on the page at checkout_url when absent"`
	SettlementCurrency currency          `json:"settlement_currency,omitempty" maxLength:"12" doc:"What you are credited in; your own currency when absent"`
	Quote              string            `json:"quote,omitempty" maxLength:"64" doc:"A firm quote to accept, for this method, amount and settlement currency"`
	Capture            string            `json:"capture,omitempty" enum:"automatic,manual" default:"automatic"`
	Reference          string            `json:"reference,omitempty" maxLength:"255" doc:"Your own name for the order"`
	Customer           *customerBody     `json:"customer,omitempty"`
	ReturnURL          returnURL         `json:"return_url,omitempty" maxLength:"2000"`
	Metadata           map[string]string `json:"metadata,omitempty"`
	FailFast           bool              `json:"fail_fast,omitempty" doc:"Fail at once when no channel is up, instead of waiting for one"`
	SoftFailover       *bool             `json:"soft_failover,omitempty" doc:"Try another channel once after a soft decline; true when absent"`
	Simulate           simulation        `json:"simulate,omitempty" maxLength:"100" doc:"Test keys only: how the sandbox should behave"`
}

type customerBody struct {
	Email   string `json:"email,omitempty" format:"email" pattern:"^[^\\s@<>]+@[^\\s@<>]+$" patternDescription:"a bare address" maxLength:"254"`
	Country string `json:"country,omitempty" pattern:"^[A-Z]{2}$" patternDescription:"an ISO 3166-1 alpha-2 code"`
}

type createInput struct {
	KeyInput

	Body createBody
}

// PaymentPath names a payment or payout. It is exported since huma fills in what is embedded only then.
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
	huma.Register(contract, answers[payment.View](contract, operation("switch-payment", http.MethodPost, "/v1/payments/{id}/switch", "Pay with another method", access.Write),
		http.StatusOK, http.StatusAccepted), s.switchPayment)
	huma.Register(contract, answers[payment.View](contract, change(operation("cancel-payment", http.MethodPost, "/v1/payments/{id}/cancel", "Cancel a payment", access.Write)),
		http.StatusOK, http.StatusAccepted), s.cancelPayment)
}

func (s *server) createPayment(ctx context.Context, in *createInput) (*answerOutput, error) {
	wanted, err := s.readCreate(ctx, in)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	language := requestOf(ctx).language
	var page string
	page, wanted.Checkout = s.newPage()
	wanted.Answer = render(wanted.Key, s.Now, func(p payment.Payment, _ string) (int, any) {
		v := p.View(s.Now(), language)
		v.CheckoutURL = page
		return createdStatus(p, v), v
	})
	reply, err := s.Gateway.Create(ctx, wanted)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answered(reply), nil
}

// createdStatus is 201 for a payment that has an outcome or waits for the payer, and 202 for one that is being worked on.
func createdStatus(p payment.Payment, v payment.View) int {
	if p.Status() == payment.Processing || slices.Contains(v.Exceptions, payment.OutcomeUnknown) {
		return http.StatusAccepted
	}
	return http.StatusCreated
}

// readCreate turns a body without faults into a request of the gateway.
func (s *server) readCreate(ctx context.Context, in *createInput) (gateway.CreateRequest, error) {
	caller := callerOf(ctx)
	merchant, err := s.Access.Merchant(ctx, caller.Merchant)
	if err != nil {
		return gateway.CreateRequest{}, err
	}
	b := in.Body
	settlement, err := b.SettlementCurrency.or(merchant.Currency)
	if err != nil {
		return gateway.CreateRequest{}, err
	}
	order := payment.Order{
		Amount: b.Amount.money, Settlement: settlement, Tier: merchant.Tier, Capture: payment.CaptureMode(b.Capture),
		Reference: b.Reference, ReturnURL: string(b.ReturnURL), Metadata: b.Metadata,
		FailFast: b.FailFast, SoftFailover: b.SoftFailover == nil || *b.SoftFailover, Simulate: string(b.Simulate),
	}
	if b.Customer != nil {
		order.Customer = payment.Customer{Email: b.Customer.Email, Country: b.Customer.Country}
	}
	return gateway.CreateRequest{
		Merchant: merchant.ID, Mode: caller.Mode, Order: order, Methods: b.Method.offered(), Quote: b.Quote, Key: in.key(ctx, s.Now()),
	}, nil
}

// newPage makes the address of a payer's page, and the hash that its payment keeps of the secret in it.
func (s *server) newPage() (address, hash string) {
	secret := rand.Text() // 130 bits
	return s.PublicURL + "/c/" + secret, access.Hash(secret)
}

const (
	metadataMax      = 50
	metadataNameMax  = 40
	metadataValueMax = 500
)

var isMetadataName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// Resolve checks the metadata, and wants the method that a quote is for.
func (b *createBody) Resolve(huma.Context) []error {
	faults := metadataFaults(b.Metadata)
	if b.Quote != "" && b.Method == nil {
		faults = append(faults, Violation{"/method", "missing", "is required with a quote, which is for one method"})
	}
	return faults
}

func metadataFaults(metadata map[string]string) []error {
	var faults []error
	if len(metadata) > metadataMax {
		faults = append(faults, Violation{"/metadata", "too_many", "at most 50 members"})
	}
	named := true
	for name, value := range metadata {
		switch {
		case len(name) > metadataNameMax || !isMetadataName.MatchString(name):
			named = false
		case utf8.RuneCountInString(value) > metadataValueMax:
			faults = append(faults, Violation{"/metadata/" + name, "invalid", "at most 500 characters"})
		}
	}
	if !named {
		faults = append(faults, Violation{"/metadata", "invalid", "names have 1 to 40 letters, digits, _, . or -"})
	}
	return faults
}

func (s *server) find(ctx context.Context, id string) (payment.Payment, error) {
	caller := callerOf(ctx)
	return s.Gateway.Find(ctx, caller.Merchant, caller.Mode, fx.Collect, payment.ID(id))
}

func (s *server) getPayment(ctx context.Context, in *PaymentPath) (*output[payment.View], error) {
	p, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &output[payment.View]{p.View(s.Now(), requestOf(ctx).language)}, nil
}

type paymentsInput struct {
	PageInput

	Status        string    `query:"status" enum:"requires_action,processing,authorized,succeeded,failed,canceled,expired,needs_review"`
	Reference     string    `query:"reference" maxLength:"255"`
	CreatedFrom   time.Time `query:"created_from" doc:"At or after"`
	CreatedBefore time.Time `query:"created_before" doc:"Before"`
}

// Resolve refuses a page from both ends, and a range that ends before it begins.
func (in *paymentsInput) Resolve(ctx huma.Context) []error {
	faults := in.PageInput.Resolve(ctx)
	if !in.CreatedBefore.IsZero() && !in.CreatedFrom.Before(in.CreatedBefore) {
		faults = append(faults, Violation{"created_before", "invalid", "must be after created_from"})
	}
	return faults
}

func (s *server) listPayments(ctx context.Context, in *paymentsInput) (*listOutput[payment.View], error) {
	caller, language := callerOf(ctx), requestOf(ctx).language
	found, more, err := s.Store.Payments(ctx, payment.Filter{
		Merchant: caller.Merchant, Mode: caller.Mode, Direction: fx.Collect, Status: payment.Status(in.Status), Reference: in.Reference,
		CreatedFrom: in.CreatedFrom, CreatedBefore: in.CreatedBefore, Page: in.page(),
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	views := make([]payment.View, len(found))
	for i, p := range found {
		views[i] = p.View(s.Now(), language)
	}
	return listOf(views, more), nil
}

type switchInput struct {
	KeyInput
	PaymentPath

	Body struct {
		Method methodBody `json:"method"`
	}
}

// switchPayment changes the method, where nothing of the one before can move money any more.
func (s *server) switchPayment(ctx context.Context, in *switchInput) (*answerOutput, error) {
	offered := in.Body.Method.offered()
	if len(offered) != 1 {
		return nil, s.problem(ctx, &invalid{[]Violation{{"/method/type", "invalid", "must be one method"}}})
	}
	language := requestOf(ctx).language
	do := func(ctx context.Context, c gateway.Change) (gateway.Reply, error) {
		return s.Gateway.Switch(ctx, c, offered[0])
	}
	return s.change(ctx, in.KeyInput, in.ID, do, func(p payment.Payment, _ string) (int, any) {
		v := p.View(s.Now(), language)
		status := http.StatusOK
		if createdStatus(p, v) == http.StatusAccepted {
			status = http.StatusAccepted
		}
		return status, v
	}, nil)
}

type cancelInput struct {
	KeyInput
	PaymentPath
}

func (s *server) cancelPayment(ctx context.Context, in *cancelInput) (*answerOutput, error) {
	language := requestOf(ctx).language
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
	caller, key := callerOf(ctx), in.key(ctx, s.Now())
	change := gateway.Change{
		Merchant: caller.Merchant, Mode: caller.Mode, Payment: payment.ID(id), Key: key, Answer: render(key, s.Now, view),
	}
	if fill != nil {
		fill(&change)
	}
	reply, err := do(ctx, change)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answered(reply), nil
}
