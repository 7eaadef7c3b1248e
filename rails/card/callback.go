package card

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/rails"
)

const (
	callbackMax    = 1 << 20         // bytes of the body
	callbackAgeMax = 5 * time.Minute // and how far its clock may be ahead of ours
)

// Why a callback is refused.
var (
	errNoCallbacks = errors.New("channel takes no callbacks")             // returned when no callback secret is configured
	errLongBody    = errors.New("callback is too long")                   // returned beyond callbackMax
	errSignature   = errors.New("callback is not signed by the provider") // returned when no signature is ours
	errAge         = errors.New("callback is too old or too far ahead")   // returned when its timestamp is beyond callbackAgeMax
	errAbout       = errors.New("callback is not about a charge of ours") // returned when its body names no reference
)

// Callback verifies a message as Standard Webhooks 1.0.0 says and returns which charge it is about. What the message says
// of the charge is not read.
func (a *Acquirer) Callback(header http.Header, body []byte) (rails.Callback, error) {
	callback, err := a.callback(header, body)
	if err != nil {
		return rails.Callback{}, fmt.Errorf("%s: %w", a.config.Name, err)
	}
	return callback, nil
}

func (a *Acquirer) callback(header http.Header, body []byte) (rails.Callback, error) {
	switch {
	case a.signer == nil:
		return rails.Callback{}, errNoCallbacks
	case len(body) > callbackMax:
		return rails.Callback{}, errLongBody
	case a.signer.VerifyIgnoringTimestamp(body, header) != nil:
		return rails.Callback{}, errSignature
	case !a.recent(header.Get(standardwebhooks.HeaderWebhookTimestamp)):
		return rails.Callback{}, errAge
	}
	var message struct {
		Type string `json:"type"`
		Data struct {
			Reference string `json:"reference"`
		} `json:"data"`
	}
	event := header.Get(standardwebhooks.HeaderWebhookID)
	if err := json.Unmarshal(body, &message); err != nil {
		return rails.Callback{}, fmt.Errorf("%w: %w", errAbout, err)
	}
	if message.Type != "charge.updated" || !isID(message.Data.Reference) || !isID(event) {
		return rails.Callback{}, errAbout
	}
	return rails.Callback{Event: event, Reference: message.Data.Reference}, nil
}

// recent judges the age by the injected clock; the library would ask the machine's.
func (a *Acquirer) recent(timestamp string) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return false
	}
	return a.config.Now().Sub(time.Unix(seconds, 0)).Abs() <= callbackAgeMax
}
