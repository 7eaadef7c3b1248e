package acquirer

import (
	"slices"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
)

// Status is the state of a charge, or of a capture or refund under it.
//
//	now          event                                 next
//	-            card approves, capture asked for      approved
//	-            card approves, no capture             authorized
//	-            card refuses                          declined
//	-            issuer asks the payer                 challenge
//	-            issuer takes its time                 pending
//	challenge    payer approves                        approved or authorized
//	challenge    payer refuses                         declined
//	pending      issuer answers                        approved or authorized
//	challenge    canceled                             canceled
//	pending      canceled                             canceled
//	authorized   partly captured                       authorized
//	authorized   captured whole, or with final         approved
//	authorized   canceled before any capture          canceled
//	authorized   hold expired before any capture       expired
//	authorized   hold expired after a capture          approved
//
// Nothing leaves approved, declined, canceled or expired.
type Status string

// The statuses. Captures and refunds use Approved and Declined.
const (
	Approved   Status = "approved"
	Authorized Status = "authorized"
	Declined   Status = "declined"
	Pending    Status = "pending"
	Challenge  Status = "challenge"
	Canceled   Status = "canceled"
	Expired    Status = "expired"
)

// Charge is what the protocol says about one charge.
type Charge struct {
	Reference              string        `json:"reference"`
	ID                     string        `json:"id"`
	Amount                 amount.Amount `json:"amount"`
	Currency               string        `json:"currency"`
	Status                 Status        `json:"status"`
	Captured               amount.Amount `json:"captured"`
	Refunded               amount.Amount `json:"refunded"`
	Code                   string        `json:"code,omitempty"`
	Message                string        `json:"message,omitempty"`
	ChallengeURL           string        `json:"challenge_url,omitempty"`
	AuthorizationExpiresAt clock.Time    `json:"authorization_expires_at,omitzero"`
	Captures               []Capture     `json:"captures"`
	Refunds                []Transfer    `json:"refunds"`
}

// Transfer is one movement of money under a charge.
type Transfer struct {
	Reference string        `json:"reference"`
	ID        string        `json:"id"`
	Amount    amount.Amount `json:"amount"`
	Status    Status        `json:"status"`
	Code      string        `json:"code,omitempty"`
}

// Capture is a transfer that takes held money; a final one releases the rest of the hold.
type Capture struct {
	Transfer
	Final bool `json:"final"`
}

// Receipt answers a capture or a refund.
type Receipt struct {
	Transfer
	Currency string `json:"currency"`
}

// Fence answers for a reference that was canceled before it arrived.
type Fence struct {
	Reference string `json:"reference"`
	Status    Status `json:"status"`
}

// capturable returns what may still be captured.
func (c Charge) capturable() amount.Amount {
	if c.Status != Authorized {
		return c.Amount.Zero()
	}
	return c.Amount.Sub(c.Captured)
}

// refundable returns what may still be refunded.
func (c Charge) refundable() amount.Amount { return c.Captured.Sub(c.Refunded) }

// snapshot returns a copy that later captures and refunds do not change.
func (c Charge) snapshot() Charge {
	c.Captures = slices.Clone(c.Captures)
	c.Refunds = slices.Clone(c.Refunds)
	return c
}

// earlier returns the charge as it looked before anything was decided.
func (c Charge) earlier() Charge {
	c.Status, c.Code, c.Message = Pending, "", ""
	c.Captured, c.Refunded = c.Amount.Zero(), c.Amount.Zero()
	c.Captures, c.Refunds = []Capture{}, []Transfer{}
	c.AuthorizationExpiresAt = clock.Time{}
	return c
}

// misquoted returns the charge with an amount that nobody asked for.
func (c Charge) misquoted() any {
	c.Amount = c.Amount.OneMore()
	return c
}

// misquoted returns the receipt with an amount that nobody asked for.
func (r Receipt) misquoted() any {
	r.Amount = r.Amount.OneMore()
	return r
}
