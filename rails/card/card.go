// Package card moves money over card acquirers.
//
// An [Acquirer] speaks the generic acquirer protocol, JSON over HTTP, which the sandbox and any third party can serve. It
// reports what the provider said and decides nothing: whatever cannot be told for certain is an error, and the outcome is
// then unknown.
package card

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/line"
)

// Acquirer is a channel that speaks the generic acquirer protocol. It is safe for concurrent use.
type Acquirer struct {
	config Config
	line   *line.Line
	seal   line.Seal
}

var _ interface {
	rails.Rail
	rails.Canceler
	rails.Capturer
	rails.Refunder
	rails.Inquirer
	rails.Prober
	rails.Statementer
	rails.Listener
	rails.Teller
} = (*Acquirer)(nil)

// New returns the channel that config describes. An error names every field that is wrong.
func New(config Config) (*Acquirer, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	config.PreExecutionCodes = slices.Clone(config.PreExecutionCodes)
	seal, err := line.NewSeal(config.CallbackSecret, config.Now)
	if err != nil {
		return nil, err
	}
	return &Acquirer{config: config, line: line.New(config.URL, config.Secret, config.Timeout), seal: seal}, nil
}

// String returns the name of the channel, so that printing an Acquirer does not print its secrets.
func (a *Acquirer) String() string { return a.config.Name }

// Capabilities returns what the provider promises, as configured.
func (a *Acquirer) Capabilities() payment.Capabilities { return a.config.Capabilities }

// Send charges the payer. The result is NotSent when no byte left for the provider, or when it answered with a code that
// it documents as "before execution".
func (a *Acquirer) Send(ctx context.Context, p payment.Payment, at payment.Attempt) (payment.Result, error) {
	reply, err := a.call(ctx, http.MethodPost, chargesPath, newOrder(p, at))
	if errors.Is(err, line.ErrNotSent) {
		return payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached}, nil
	}
	if err != nil {
		return payment.Result{}, a.fault("send", at.ID, err)
	}
	if refused, ok := reply.TurnedAway(a.config.PreExecutionCodes); ok {
		return refused, nil
	}
	return a.readCharge("send", at, reply, http.StatusOK)
}

// Check asks for the charge under the attempt's reference.
func (a *Acquirer) Check(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	reply, err := a.call(ctx, http.MethodGet, chargePath(at), nil)
	if err != nil {
		return payment.Result{}, a.fault("check", at.ID, err)
	}
	if reply.NotFound() {
		return payment.Result{NotFound: true}, nil
	}
	return a.readCharge("check", at, reply, http.StatusOK)
}

// Cancel voids the charge, and has a later arrival of its reference refused. A charge that cannot be canceled any more
// comes back as it stands.
func (a *Acquirer) Cancel(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	reply, err := a.call(ctx, http.MethodPost, chargePath(at)+"/cancel", nil)
	if err != nil {
		return payment.Result{}, a.fault("cancel", at.ID, err)
	}
	return a.readCharge("cancel", at, reply, http.StatusOK, http.StatusConflict)
}

// Capture takes held money.
func (a *Acquirer) Capture(ctx context.Context, at payment.Attempt, o payment.Operation) (payment.Result, error) {
	reply, err := a.call(ctx, http.MethodPost, chargePath(at)+"/capture", transfer{o.ID, o.Amount.Value(), o.Final})
	if err != nil {
		return payment.Result{}, a.fault("capture", o.ID, err)
	}
	return a.readReceipt("capture", o, reply)
}

// Refund gives captured money back. A reversal of captured money is a refund to the provider.
func (a *Acquirer) Refund(ctx context.Context, at payment.Attempt, o payment.Operation) (payment.Result, error) {
	reply, err := a.call(ctx, http.MethodPost, chargePath(at)+"/refunds", transfer{Reference: o.ID, Amount: o.Amount.Value()})
	if err != nil {
		return payment.Result{}, a.fault("refund", o.ID, err)
	}
	return a.readReceipt("refund", o, reply)
}

// CheckOperation asks for the capture or refund under the operation's reference.
func (a *Acquirer) CheckOperation(ctx context.Context, at payment.Attempt, o payment.Operation) (payment.Result, error) {
	reply, err := a.call(ctx, http.MethodGet, operationPath(at, o), nil)
	if err != nil {
		return payment.Result{}, a.fault("check", o.ID, err)
	}
	if reply.NotFound() {
		return payment.Result{NotFound: true}, nil
	}
	return a.readReceipt("check", o, reply)
}

// Probe asks whether the provider is up.
func (a *Acquirer) Probe(ctx context.Context) error {
	reply, err := a.call(ctx, http.MethodGet, healthPath, nil)
	if err != nil {
		return a.fault("probe", "health", err)
	}
	var health struct {
		Status string `json:"status"`
	}
	if err := reply.Decode(&health, http.StatusOK); err != nil {
		return a.fault("probe", "health", err)
	}
	if health.Status != "ok" {
		return a.fault("probe", "health", errors.New("provider does not say that it is well"))
	}
	return nil
}

// fault says which call went wrong.
func (a *Acquirer) fault(call, reference string, err error) error {
	return fmt.Errorf("%s: %s %s: %w", a.config.Name, call, reference, a.line.Discreet(err))
}
