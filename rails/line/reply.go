package line

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Reply is an answer that was read whole.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Decode reads JSON when the status is one of those expected. Members that are not known are ignored, as a provider may
// add some; a member that stands twice, text that is not UTF-8 and anything after the document are refused. It returns
// ErrUnexpected for any other status.
func (r Reply) Decode(into any, expected ...int) error {
	if err := r.Expect(expected...); err != nil {
		return err
	}
	return json.Unmarshal(r.Body, into)
}

// Expect returns ErrUnexpected unless the status is one of those.
func (r Reply) Expect(statuses ...int) error {
	if slices.Contains(statuses, r.Status) {
		return nil
	}
	code := r.Code()
	if code != "" && r.refused() {
		return fmt.Errorf("%w: %w: status %d, code %s", ErrUnexpected, rails.ErrRefused, r.Status, code)
	}
	if code != "" {
		return fmt.Errorf("%w: status %d, code %s", ErrUnexpected, r.Status, code)
	}
	return fmt.Errorf("%w: status %d", ErrUnexpected, r.Status)
}

// refused reports whether the status says that the request is at fault. A provider that is out of time or out of places
// says that of itself.
func (r Reply) refused() bool {
	return r.Status >= 400 && r.Status <= 499 && r.Status != http.StatusRequestTimeout && r.Status != http.StatusTooManyRequests
}

// Code returns the code of a refusal, or nothing when the body has none that is readable.
func (r Reply) Code() string {
	var problem struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(r.Body, &problem); err != nil || !IsCode(problem.Code) {
		return ""
	}
	return problem.Code
}

// NotFound reports whether the provider itself says that it has no such reference. A bare 404 may come from anybody on
// the way and says nothing.
func (r Reply) NotFound() bool { return r.Status == http.StatusNotFound && r.Code() == "not_found" }

// turnedAway are the reasons of the codes that the protocols document as "before execution".
var turnedAway = map[string]payment.Reason{
	"invalid_request": payment.ChannelMisconfigured,
	"unauthorized":    payment.ChannelMisconfigured,
	"rate_limited":    payment.RateLimited,
	"channel_closed":  payment.ChannelClosed,
}

// TurnedAway reads the refusal of a request that the provider, as it documents with these codes, did not begin to carry
// out. The same code with a status other than 4xx proves nothing.
func (r Reply) TurnedAway(documented []string) (payment.Result, bool) {
	code := r.Code()
	if r.Status < 400 || r.Status > 499 || !slices.Contains(documented, code) {
		return payment.Result{}, false
	}
	reason, ok := turnedAway[code]
	if !ok {
		reason = payment.ChannelUnavailable
	}
	return payment.Result{Outcome: payment.NotSent, Reason: reason, ProviderCode: code}, true
}

var codeGrammar = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)

// IsCode reports whether text can be a code of a provider.
func IsCode(text string) bool { return codeGrammar.MatchString(text) }

// SpeaksOfDuplicate reports whether a code means, in any dialect, that the reference was seen before. "94" is that code of
// ISO 8583, which providers pass through.
func SpeaksOfDuplicate(code string) bool {
	lower := strings.ToLower(code)
	return code == "94" || slices.ContainsFunc([]string{"duplicate", "already", "conflict", "idempoten", "repeat"}, func(word string) bool {
		return strings.Contains(lower, word)
	})
}
