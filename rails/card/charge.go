package card

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/line"
)

const (
	chargesPath = "/v1/charges"
	healthPath  = "/v1/health"
)

func chargePath(at payment.Attempt) string { return chargesPath + "/" + url.PathEscape(at.ID) }

func operationPath(at payment.Attempt, o payment.Operation) string {
	kind := "/refunds/"
	if o.Kind == payment.Capture {
		kind = "/captures/"
	}
	return chargePath(at) + kind + url.PathEscape(o.ID)
}

var (
	// errEcho is returned when an answer is about something else than was asked for.
	errEcho = errors.New("answer does not echo the request")
	// errState is returned when an answer has a status that the protocol does not know.
	errState = errors.New("answer has no known status")
	// errChallenge is returned when a challenge has no address that a payer can be sent to.
	errChallenge = errors.New("challenge has no usable address")
)

// order asks for a charge.
type order struct {
	Reference string `json:"reference"`
	Amount    string `json:"amount"`
	Currency  string `json:"currency"`
	Capture   bool   `json:"capture"`
	Token     string `json:"token"`
	ReturnURL string `json:"return_url,omitempty"`
	Simulate  string `json:"simulate,omitempty"`
}

func newOrder(p payment.Payment, at payment.Attempt) order {
	o := order{
		Reference: at.ID, Amount: at.Amount.Value(), Currency: at.Amount.Asset().Code,
		Capture: p.Order.Capture != payment.CaptureManual, Token: p.Method.Token, ReturnURL: p.Order.ReturnURL,
	}
	if p.Mode == payment.Test {
		o.Simulate = p.Order.Simulate
	}
	return o
}

// transfer asks for a capture or a refund.
type transfer struct {
	Reference string `json:"reference"`
	Amount    string `json:"amount"`
	Final     bool   `json:"final,omitzero"`
}

// echo is what every answer about money repeats, and what became of it.
type echo struct {
	Reference string `json:"reference"`
	ID        string `json:"id"`
	Amount    string `json:"amount"`
	Currency  string `json:"currency"`
	Status    string `json:"status"`
	Code      string `json:"code"`
}

// of returns an error unless the answer is about this reference and amount.
func (e echo) of(reference string, amount money.Amount) error {
	if e.Reference != reference {
		return fmt.Errorf("%w: other reference", errEcho)
	}
	if e.Currency != amount.Asset().Code {
		return fmt.Errorf("%w: other currency", errEcho)
	}
	echoed, err := money.Parse(e.Amount, amount.Asset())
	if err != nil {
		return fmt.Errorf("%w: %w", errEcho, err)
	}
	if !echoed.Equal(amount) {
		return fmt.Errorf("%w: %s instead of %s", errEcho, echoed, amount)
	}
	if e.ID != "" && !line.IsID(e.ID) {
		return fmt.Errorf("%w: id is not usable", errEcho)
	}
	return nil
}

// declined reads a refusal.
func (e echo) declined() (payment.Result, error) {
	reason, err := declineReason(e.Code)
	if err != nil {
		return payment.Result{}, err
	}
	return payment.Result{Outcome: payment.Declined, Reason: reason, ProviderID: e.ID, ProviderCode: e.Code}, nil
}

// charge is what the provider says about one charge.
type charge struct {
	echo

	Captured               string    `json:"captured"`
	ChallengeURL           string    `json:"challenge_url"`
	AuthorizationExpiresAt time.Time `json:"authorization_expires_at"`
}

func (a *Acquirer) readCharge(call string, at payment.Attempt, r line.Reply, expected ...int) (payment.Result, error) {
	var c charge
	if err := r.Decode(&c, expected...); err != nil {
		return payment.Result{}, a.fault(call, at.ID, err)
	}
	result, err := c.result(at, a.config.Capabilities.Fence)
	if err != nil {
		return payment.Result{}, a.fault(call, at.ID, err)
	}
	return result, nil
}

// result says what the charge means for the attempt.
//
//	approved     captured, when what was captured is the whole amount or what is known of partial captures
//	authorized   authorized, until it expires
//	declined     declined, with the reason of its code
//	pending      pending
//	challenge    action required, at an http or https address
//	canceled     fenced, where the channel promises that a later arrival is refused; otherwise only voided, which ends an
//	             authorization but no uncertainty
//	expired      lapsed
func (c charge) result(at payment.Attempt, fence bool) (payment.Result, error) {
	if c.Status == "canceled" && c.Amount == "" && c.Currency == "" && c.Reference == at.ID {
		return canceled(c.echo, fence), nil // it was canceled before it ever arrived, so there is no amount to echo
	}
	if err := c.of(at.ID, at.Amount); err != nil {
		return payment.Result{}, err
	}
	result := payment.Result{ProviderID: c.ID}
	switch c.Status {
	case "approved":
		if err := c.capturedAsKnown(at); err != nil {
			return payment.Result{}, err
		}
		result.Outcome, result.Amount = payment.Captured, at.Amount
	case "authorized":
		result.Outcome, result.Amount, result.ExpiresAt = payment.Authorized, at.Amount, c.AuthorizationExpiresAt
	case "declined":
		return c.declined()
	case "pending":
		result.Outcome = payment.Pending
	case "challenge":
		if !validChallenge(c.ChallengeURL) {
			return payment.Result{}, errChallenge
		}
		result.Outcome, result.ChallengeURL = payment.ActionRequired, c.ChallengeURL
	case "canceled":
		return canceled(c.echo, fence), nil
	case "expired":
		result.Outcome = payment.Lapsed
	default:
		return payment.Result{}, errState
	}
	return result, nil
}

// capturedAsKnown tells a charge that was captured whole from an authorization of which only a part was captured before
// it ended: that part must be what we know to have captured.
func (c charge) capturedAsKnown(at payment.Attempt) error {
	if c.Captured == "" {
		return nil
	}
	captured, err := money.Parse(c.Captured, at.Amount.Asset())
	if err != nil {
		return fmt.Errorf("%w: captured: %w", errEcho, err)
	}
	if captured.Equal(at.Amount) || (captured.Sign() > 0 && captured.Equal(at.Captured)) {
		return nil
	}
	return fmt.Errorf("%w: %s of %s is captured", errEcho, captured, at.Amount)
}

func canceled(e echo, fence bool) payment.Result {
	if fence {
		return payment.Result{Outcome: payment.Fenced, ProviderID: e.ID}
	}
	return payment.Result{Outcome: payment.Voided, ProviderID: e.ID}
}

func validChallenge(address string) bool {
	const addressMax = 2048
	u, err := url.Parse(address)
	return err == nil && len(address) <= addressMax && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

func (a *Acquirer) readReceipt(call string, o payment.Operation, r line.Reply) (payment.Result, error) {
	var receipt echo
	if err := r.Decode(&receipt, http.StatusOK); err != nil {
		return payment.Result{}, a.fault(call, o.ID, err)
	}
	result, err := receipt.result(o)
	if err != nil {
		return payment.Result{}, a.fault(call, o.ID, err)
	}
	return result, nil
}

// result says what the receipt of a capture or refund means for the operation.
func (e echo) result(o payment.Operation) (payment.Result, error) {
	if err := e.of(o.ID, o.Amount); err != nil {
		return payment.Result{}, err
	}
	switch e.Status {
	case "approved":
		return payment.Result{Outcome: payment.Done, ProviderID: e.ID, Amount: o.Amount}, nil
	case "declined":
		return e.declined()
	case "pending":
		return payment.Result{Outcome: payment.Pending, ProviderID: e.ID}, nil
	default:
		return payment.Result{}, errState
	}
}
