package gatewaytest

import (
	"context"
	"io"
	"sync"

	"github.com/causeway-pay/causeway/payment"
)

// Card is an acquirer in memory. What it says is chosen by the card's token, with the names of the sandbox.
type Card struct {
	mu        sync.Mutex
	sent      int
	gate      chan struct{} // holds answers back; nil: none is
	confirmed bool          // payers have proved who they are
}

func newCard() *Card { return &Card{} }

var declines = map[string]payment.Reason{
	"tok_declined":              payment.GenericDecline,
	"tok_lost":                  payment.LostCard,
	"tok_insufficient_funds":    payment.InsufficientFunds,
	"tok_expired":               payment.ExpiredCard,
	"tok_bad_cvc":               payment.IncorrectCVC,
	"tok_issuer_unavailable":    payment.IssuerUnavailable,
	"tok_authentication_failed": payment.AuthFailed,
}

// Send answers as the token says.
func (c *Card) Send(ctx context.Context, p payment.Payment, a payment.Attempt) (payment.Result, error) {
	c.mu.Lock()
	c.sent++
	gate := c.gate
	c.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return payment.Result{}, ctx.Err()
		}
	}
	if reason, ok := declines[p.Method.Token]; ok {
		return payment.Result{Outcome: payment.Declined, Reason: reason}, nil
	}
	switch p.Method.Token {
	case "tok_no_answer":
		return payment.Result{}, io.ErrUnexpectedEOF
	case "tok_pending":
		return payment.Result{Outcome: payment.Pending}, nil
	case "tok_challenge":
		return payment.Result{Outcome: payment.ActionRequired, ChallengeURL: "https://issuer.example/challenge"}, nil
	}
	outcome := payment.Captured
	if p.Order.Capture == payment.CaptureManual {
		outcome = payment.Authorized
	}
	return payment.Result{Outcome: outcome, Amount: a.Amount, ExpiresAt: a.CreatedAt.AddDate(0, 0, 7)}, nil
}

// Check says nothing, until the payers have proved who they are.
func (c *Card) Check(_ context.Context, a payment.Attempt) (payment.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.confirmed {
		return payment.Result{Outcome: payment.Captured, Amount: a.Amount}, nil
	}
	return payment.Result{}, io.ErrUnexpectedEOF
}

// Capabilities promise only that it can be asked.
func (c *Card) Capabilities() payment.Capabilities { return payment.Capabilities{Inquiry: true} }

// Capture takes what was authorized.
func (c *Card) Capture(_ context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	return payment.Result{Outcome: payment.Done, Amount: o.Amount}, nil
}

// Refund gives back what was captured.
func (c *Card) Refund(_ context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	return payment.Result{Outcome: payment.Done, Amount: o.Amount}, nil
}

// Sent counts the charges that were asked for.
func (c *Card) Sent() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent
}

// Hold keeps every answer back until release is called.
func (c *Card) Hold() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gate := make(chan struct{})
	c.gate = gate
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.gate = nil
		close(gate)
	})
}

// Confirm has the payers prove who they are: from now on inquiries find the charge.
func (c *Card) Confirm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.confirmed = true
}
