package acquirer

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
)

// ErrInvalid is returned when a message cannot be understood; the text names every fault.
var ErrInvalid = errors.New("invalid request")

var (
	referenceGrammar = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)
	currencyGrammar  = regexp.MustCompile(`^[A-Z]{3}$`)
)

// order asks for a charge.
type order struct {
	Reference string        `json:"reference"`
	Amount    amount.Amount `json:"amount"`
	Currency  string        `json:"currency"`
	Capture   bool          `json:"capture"`
	Token     string        `json:"token"`
	ReturnURL string        `json:"return_url"`
}

// partial asks for a capture or a refund.
type partial struct {
	Reference string        `json:"reference"`
	Amount    amount.Amount `json:"amount"`
	Final     bool          `json:"final"` // of a capture
}

func (o order) same(other order) bool {
	return o.Amount.Equal(other.Amount) && o.Currency == other.Currency && o.Capture == other.Capture &&
		o.Token == other.Token && o.ReturnURL == other.ReturnURL
}

func parseOrder(body []byte) (order, error) {
	var o order
	if err := json.Unmarshal(body, &o); err != nil {
		return order{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	faults := referenceAndAmount(o.Reference, o.Amount)
	if !currencyGrammar.MatchString(o.Currency) {
		faults = append(faults, "currency must be three capital letters")
	}
	if o.Token == "" {
		faults = append(faults, "token is missing")
	}
	if !returnable(o.ReturnURL) {
		faults = append(faults, "return_url must be an absolute http or https address")
	}
	return o, invalid(faults)
}

func parsePartial(body []byte) (partial, error) {
	var p partial
	if err := json.Unmarshal(body, &p); err != nil {
		return partial{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return p, invalid(referenceAndAmount(p.Reference, p.Amount))
}

func referenceAndAmount(reference string, value amount.Amount) []string {
	var faults []string
	if !referenceGrammar.MatchString(reference) {
		faults = append(faults, "reference must be 1 to 64 letters, digits or _.:-")
	}
	if value.IsZero() {
		faults = append(faults, "amount must be more than zero")
	}
	return faults
}

func returnable(address string) bool {
	if address == "" {
		return true
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func invalid(faults []string) error {
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrInvalid, strings.Join(faults, "; "))
}
