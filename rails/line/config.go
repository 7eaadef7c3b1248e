package line

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// TimeoutMax is the longest timeout that a channel can have.
const TimeoutMax = time.Minute

// Config is what every channel over HTTP has.
type Config struct {
	Name           string // of the channel, such as "card.acme-eu"
	URL            string // base address of the protocol, http or https
	Secret         string // bearer token of every request
	CallbackSecret string // "whsec_" and 24 to 64 bytes in base64; empty: callbacks are refused
	Capabilities   payment.Capabilities
	// PreExecutionCodes are the codes that the provider documents as said before anything was executed, such as
	// "rate_limited". Without any, no answer ever means that an order was not sent.
	PreExecutionCodes []string
	Timeout           time.Duration    // of one exchange; the caller's deadline may end it sooner
	Now               func() time.Time // for the age of callbacks; nil: the machine's clock
}

// String returns the name of the channel, so that printing a Config does not print its secrets.
func (c Config) String() string { return c.Name }

// Faults returns an error for every field that is wrong. None repeats a secret.
func (c Config) Faults() []error {
	var faults []error
	check := func(ok bool, fault string) {
		if !ok {
			faults = append(faults, errors.New(fault))
		}
	}
	check(c.Name != "", "name is missing")
	check(validURL(c.URL), "url must be an absolute http or https address without user, query or fragment")
	check(validSecret(c.Secret), "secret must be visible ASCII without blanks")
	check(c.CallbackSecret == "" || validCallbackSecret(c.CallbackSecret), "callback_secret must be whsec_ and 24 to 64 bytes in base64")
	check(c.Timeout > 0 && c.Timeout <= TimeoutMax, fmt.Sprintf("timeout must be more than zero and at most %s", TimeoutMax))
	check(c.Capabilities.Replay >= 0, "idempotent_replay must not be negative")
	check(c.Capabilities.Horizon >= 0, "visibility_horizon must not be negative")
	for _, code := range c.PreExecutionCodes {
		check(IsCode(code), fmt.Sprintf("pre_execution_codes: %q is no code", code))
		check(!SpeaksOfDuplicate(code), fmt.Sprintf("pre_execution_codes: %q says that the reference was seen before, so something may have been executed", code))
	}
	return faults
}

func validURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
}

func validSecret(secret string) bool {
	for _, c := range []byte(secret) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return secret != ""
}

// validCallbackSecret follows Standard Webhooks 1.0.0: between 192 and 512 bits.
func validCallbackSecret(secret string) bool {
	encoded, prefixed := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	return prefixed && err == nil && len(key) >= 24 && len(key) <= 64
}
