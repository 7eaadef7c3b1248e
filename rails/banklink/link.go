// Package banklink is the link to a bank that speaks ISO 20022 over HTTP: messages in, answers out, and the mailbox of
// notifications that says what was booked. The rails that pay through banks share it.
//
//	POST {url}/iso20022                         a message, answered by a message
//	GET  {url}/notifications/{account}?after=n  camt.054 of what happened after the first n; Next-After says how many are read then
//	GET  {url}/statements/{account}/{date}      camt.053
//	GET  {url}/v1/health                        the probe
//
// Requests carry a bearer token. What the bank refuses before it carried anything out it says with a 4xx and {"code"}.
package banklink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

const (
	xmlType  = "application/xml"
	jsonType = "application/json"
)

// Link leads to one bank. It is safe for concurrent use.
type Link struct {
	config  Config
	line    *line.Line
	seal    line.Seal
	shelves []*shelf      // one for each account
	wake    chan struct{} // a callback came: look at the mailbox now
	// fetch reads a page of the mailbox: the page method, but in tests of the watch alone.
	fetch func(ctx context.Context, a Account, after int) ([]Movement, int, error)
}

// New returns the link that config describes, which was found to be valid.
func New(config Config) (*Link, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	seal, err := line.NewSeal(config.CallbackSecret, config.Now)
	if err != nil {
		return nil, err
	}
	l := &Link{
		config: config, line: line.New(config.URL, config.Secret, config.Timeout), seal: seal, wake: make(chan struct{}, 1),
	}
	l.fetch = l.page
	for _, a := range config.Accounts {
		l.shelves = append(l.shelves, newShelf(a))
	}
	return l, nil
}

// Now is the time by the clock of the configuration.
func (l *Link) Now() time.Time { return l.config.Now() }

// Account returns our account in a currency.
func (l *Link) Account(currency string) (Account, bool) {
	for _, a := range l.config.Accounts {
		if a.Currency == currency {
			return a, true
		}
	}
	return Account{}, false
}

// Post hands the bank a message. The answer was not judged yet.
func (l *Link) Post(ctx context.Context, h *iso20022.Header, m iso20022.Message) (line.Reply, error) {
	body, err := iso20022.Write(h, m)
	if err != nil {
		return line.Reply{}, fmt.Errorf("%w: %w", line.ErrNotSent, err)
	}
	return l.line.Do(ctx, line.Request{Method: http.MethodPost, Path: "/iso20022", Type: xmlType, Accept: xmlType, Body: body})
}

// Get asks the bank something. JSON says that the answer is wanted as JSON, and not as a message.
func (l *Link) Get(ctx context.Context, path string, asJSON bool) (line.Reply, error) {
	accept := xmlType
	if asJSON {
		accept = jsonType
	}
	return l.line.Do(ctx, line.Request{Method: http.MethodGet, Path: path, Accept: accept})
}

// ReadAs reads an answer that must be a message of one kind, with the header that such a message travels with.
func ReadAs[M iso20022.Message](r line.Reply) (M, error) {
	var none M
	if err := r.Expect(http.StatusOK); err != nil {
		return none, err
	}
	_, m, err := iso20022.ReadAs[M](r.Body)
	if err != nil {
		return none, err
	}
	return m, nil
}

// Probe asks whether the bank is up. Whether its mailboxes are read is not for the bank to say.
func (l *Link) Probe(ctx context.Context) error {
	reply, err := l.Get(ctx, "/v1/health", true)
	if err != nil {
		return l.Fault("probe", "health", err)
	}
	var health struct {
		Status string `json:"status"`
	}
	if err := reply.Decode(&health, http.StatusOK); err != nil {
		return l.Fault("probe", "health", err)
	}
	if health.Status != "ok" {
		return l.Fault("probe", "health", errors.New("bank does not say that it is well"))
	}
	return nil
}

// Order gives the bank an order. When it was not taken, refused says so: no byte of it left, or the bank answered with a
// code that it documents as "before execution".
func (l *Link) Order(ctx context.Context, h *iso20022.Header, m iso20022.Message) (reply line.Reply, refused payment.Result, err error) {
	reply, err = l.Post(ctx, h, m)
	if errors.Is(err, line.ErrNotSent) {
		return reply, payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached}, nil
	}
	if err == nil {
		refused, _ = reply.TurnedAway(l.config.PreExecutionCodes)
	}
	return reply, refused, err
}

// Fault says which call went wrong, without the secret. It is nil when err is.
func (l *Link) Fault(call, reference string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s %s: %w", l.config.Name, call, reference, l.line.Discreet(err))
}

// String returns the name of the channel, so that printing a Link does not print its secrets.
func (l *Link) String() string { return l.config.Name }
