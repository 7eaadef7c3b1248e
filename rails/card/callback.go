package card

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/line"
)

// errAbout is returned when the body of a callback names no reference.
var errAbout = errors.New("callback is not about a charge of ours")

// Told returns what a message that Callback has verified tells of the charge.
func (a *Acquirer) Told(body []byte, at payment.Attempt) (payment.Result, error) {
	var message struct {
		Data charge `json:"data"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return payment.Result{}, fmt.Errorf("%s: %w: %w", a.config.Name, errAbout, err)
	}
	return message.Data.result(at, a.config.Capabilities.Fence)
}

// Callback verifies a message as Standard Webhooks 1.0.0 says and returns which charge it is about.
func (a *Acquirer) Callback(header http.Header, body []byte) (rails.Callback, error) {
	callback, err := a.callback(header, body)
	if err != nil {
		return rails.Callback{}, fmt.Errorf("%s: %w", a.config.Name, err)
	}
	return callback, nil
}

func (a *Acquirer) callback(header http.Header, body []byte) (rails.Callback, error) {
	event, err := a.seal.Verify(header, body)
	if err != nil {
		return rails.Callback{}, err
	}
	var message struct {
		Type string `json:"type"`
		Data struct {
			Reference string `json:"reference"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return rails.Callback{}, fmt.Errorf("%w: %w", errAbout, err)
	}
	if message.Type != "charge.updated" || !line.IsID(message.Data.Reference) {
		return rails.Callback{}, errAbout
	}
	return rails.Callback{Event: event, Reference: message.Data.Reference}, nil
}
