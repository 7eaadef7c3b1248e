package card

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/line"
)

// errAbout is returned when the body of a callback names no reference.
var errAbout = errors.New("callback is not about a charge of ours")

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
