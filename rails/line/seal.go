package line

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	callbackMax    = 1 << 20         // bytes of the body
	callbackAgeMax = 5 * time.Minute // and how far its clock may be ahead of ours
)

// Why a callback is refused.
var (
	ErrNoCallbacks = errors.New("channel takes no callbacks")             // returned when no callback secret is configured
	ErrLongBody    = errors.New("callback is too long")                   // returned beyond a megabyte
	ErrSignature   = errors.New("callback is not signed by the provider") // returned when no signature is ours, or its id cannot be one or has a point
	ErrAge         = errors.New("callback is too old or too far ahead")   // returned when its timestamp is more than five minutes off
)

// Seal is how a provider signs what it tells by itself (Standard Webhooks 1.0.0). The zero Seal refuses everything.
type Seal struct {
	signer *standardwebhooks.Webhook
	now    func() time.Time
}

// NewSeal returns the seal of a secret, or one that refuses everything when there is none. The age of messages is judged
// by now.
func NewSeal(secret string, now func() time.Time) (Seal, error) {
	if secret == "" {
		return Seal{}, nil
	}
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return Seal{}, errors.New("callback secret cannot be used") // the library's error may quote it
	}
	return Seal{signer, now}, nil
}

// Verify returns the id of an authentic message, or one of the errors above.
func (s Seal) Verify(header http.Header, body []byte) (event string, err error) {
	event = header.Get(standardwebhooks.HeaderWebhookID)
	switch {
	case s.signer == nil:
		return "", ErrNoCallbacks
	case len(body) > callbackMax:
		return "", ErrLongBody
	case s.signer.VerifyIgnoringTimestamp(body, header) != nil, !IsID(event), strings.Contains(event, "."):
		// What is signed is "id.timestamp.body": with a point in the id it could be cut in two ways.
		return "", ErrSignature
	case !s.recent(header.Get(standardwebhooks.HeaderWebhookTimestamp)):
		return "", ErrAge
	}
	return event, nil
}

// recent judges the age by the injected clock; the library would ask the machine's.
func (s Seal) recent(timestamp string) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return false
	}
	return s.now().Sub(time.Unix(seconds, 0)).Abs() <= callbackAgeMax
}

var idGrammar = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,128}$`)

// IsID reports whether text can be an identifier that a provider gives.
func IsID(text string) bool { return idGrammar.MatchString(text) }
