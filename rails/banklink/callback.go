package banklink

import (
	"errors"
	"net/http"

	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// errAbout is returned when a message is about nothing that can be ours.
var errAbout = errors.New("callback is not about anything of ours")

// Callback verifies a message of the bank and returns which attempt it is about. What it says of the attempt is not
// believed: the bank is asked. A notification concerns the watcher, which looks at once.
func (l *Link) Callback(header http.Header, body []byte) (rails.Callback, error) {
	callback, err := l.callback(header, body)
	if err != nil {
		return rails.Callback{}, l.Fault("callback", "message", err)
	}
	return callback, nil
}

func (l *Link) callback(header http.Header, body []byte) (rails.Callback, error) {
	event, err := l.seal.Verify(header, body)
	if err != nil {
		return rails.Callback{}, err
	}
	_, message, err := iso20022.Read(body)
	if err != nil {
		return rails.Callback{}, err
	}
	if _, isReport := message.(*iso20022.AccountReport); isReport {
		l.Wake()
		return rails.Callback{Event: event}, nil
	}
	attempt := AttemptOf(subject(message))
	if attempt == "" {
		return rails.Callback{}, errAbout
	}
	return rails.Callback{Event: event, Reference: attempt}, nil
}

// subject is the end-to-end id of the one transaction that a message is about.
func subject(m iso20022.Message) string {
	var about []iso20022.Original
	switch m := m.(type) {
	case *iso20022.InitiationStatus:
		for _, p := range m.Payments {
			for _, t := range p.Transactions {
				about = append(about, t.Original)
			}
		}
	case *iso20022.StatusReport:
		for _, t := range m.Transactions {
			about = append(about, t.Original)
		}
	case *iso20022.Return:
		for _, t := range m.Transactions {
			about = append(about, t.Original)
		}
	}
	if len(about) != 1 {
		return ""
	}
	return about[0].EndToEndID
}
